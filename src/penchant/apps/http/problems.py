"""Errors as RFC 9457 problem documents: what, why, what now; never an echo of the input."""

from __future__ import annotations

import http
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from penchant.apps.http.schemas import TAG
from penchant.apps.presentation import shortened, title_choice
from penchant.errors import (
    AmbiguousTitle,
    Conflict,
    InvalidInput,
    NotFound,
    PenchantError,
    StoreUnavailable,
    UnknownItem,
)

__all__ = ["Problem", "add_problem_handlers", "phrase_of", "problem_response"]

MOST_FAULTS = 5
MOST_CHOICES = 5
RENAMED = {413: "Content Too Large", 422: "Unprocessable Content"}
LONGEST_CHOICE = 60
RETRY_AFTER_S = 1

STATUS_OF: tuple[tuple[type[PenchantError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (InvalidInput, 422),
    (StoreUnavailable, 503),
    (PenchantError, 500),
)

log = logging.getLogger(__name__)


class Problem(msgspec.Struct, omit_defaults=True):
    """One problem document; `nearest` holds titles that may have been meant."""

    title: str
    status: int
    detail: str = ""
    type: str = "about:blank"
    nearest: list[dict[str, Any]] = []


def phrase_of(status: int) -> str:
    """The name of a status; the same on every Python, which renamed some along the way."""
    return RENAMED.get(status) or http.HTTPStatus(status).phrase


def problem_response(
    status: int,
    detail: str,
    nearest: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem document as a response of that status."""
    phrase = phrase_of(status)
    problem = Problem(
        phrase,
        status,
        shortened(detail),
        nearest=[_brief(choice) for choice in (nearest or [])[:MOST_CHOICES]],
    )
    return Response(
        msgspec.json.encode(problem), status, dict(headers or {}), "application/problem+json"
    )


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error of the application with a problem document."""
    app.add_exception_handler(PenchantError, _penchant_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


def _penchant_error(_: Request, error: Exception) -> Response:
    status = next(code for kind, code in STATUS_OF if isinstance(error, kind))
    nearest = []
    if isinstance(error, UnknownItem | AmbiguousTitle):
        nearest = [title_choice(choice) for choice in error.alternatives]
    if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("answered %s: %s", status, type(error).__name__)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if isinstance(error, StoreUnavailable) else {}
    return problem_response(status, str(error), nearest, headers)


def _invalid_request(request: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    if any(fault["type"] == "json_invalid" for fault in faults):
        return problem_response(400, "the body is not JSON")
    if _is_unread(request, faults):
        return problem_response(422, "send the body with Content-Type: application/json")
    told = [f"{_place(fault['loc'])}: {_words(fault)}" for fault in faults[:MOST_FAULTS]]
    more = f"; and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
    return problem_response(422, "; ".join(told) + more)


def _is_unread(request: Request, faults: Sequence[Any]) -> bool:
    """Whether the fault is that a body came as something else than JSON."""
    sent_as = request.headers.get("content-type", "")
    return "json" not in sent_as and any(fault["loc"] == ("body",) for fault in faults)


def _words(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "extra_forbidden":
        return "is not known here; /docs lists what is"
    return str(fault["msg"]).removeprefix("Value error, ")


def _place(location: Sequence[object]) -> str:
    """Where a fault is, in the caller's words: without the names of alternatives."""
    return ".".join(str(part) for part in location if not str(part).startswith(TAG))


def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    if status == http.HTTPStatus.NOT_FOUND:
        return problem_response(404, "no such address; /docs lists what there is", headers=headers)
    if status == http.HTTPStatus.METHOD_NOT_ALLOWED:
        detail = f"{request.method} is not possible here; /docs lists what is"
        return problem_response(405, detail, headers=headers)
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    return problem_response(status, detail, headers=headers)


def _unexpected(_: Request, error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return problem_response(500, "something went wrong on our side; it has been logged")


def _brief(choice: Mapping[str, Any]) -> dict[str, Any]:
    return {name: shortened(str(value), LONGEST_CHOICE) for name, value in choice.items()}

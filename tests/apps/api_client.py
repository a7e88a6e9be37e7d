"""A client of the HTTP API that checks on every answer what is promised of all of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from penchant.apps.http.app import create_app
from penchant.assembly import build_engine, ensure_catalogue
from penchant.engine import Engine
from penchant.settings import load_settings

JSON = "application/json"
PROBLEM = "application/problem+json"
LARGEST_PROBLEM_BYTES = 2_048
NOW = 1_750_000_000.0


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: float = NOW) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


class Answer:
    """One response: its status, headers, bytes and, read on demand, its JSON."""

    def __init__(self, response: Any) -> None:
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.content: bytes = response.content

    @property
    def type(self) -> str:
        """The media type without parameters."""
        return self.headers.get("content-type", "").partition(";")[0]

    @property
    def body(self) -> Any:
        """The JSON of the answer."""
        return json.loads(self.content)

    @property
    def ok(self) -> Any:
        """The JSON of an answer that must be a 200."""
        self.must_work()
        return self.body

    def must_work(self) -> None:
        """Fail unless the answer is a 200."""
        assert self.status == 200, self.content[:500]

    def problem(self, *statuses: int) -> Any:
        """The JSON of an answer that must be a problem of one of these statuses."""
        assert self.status in statuses, (self.status, self.content[:500])
        return self.body


class Api:
    """Sends requests; no answer may be a 5xx, and every error must be a small problem document."""

    def __init__(self, app: FastAPI, engine: Engine) -> None:
        self.engine = engine
        self.app = app
        self.http = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
        self.document: dict[str, Any] = app.openapi()

    def send(self, method: str, path: str, **request: Any) -> Answer:
        """The answer to one request, checked."""
        answer = Answer(self.http.request(method, path, **request))
        assert answer.status < 500, (method, path[:200], answer.content[:500])
        if answer.status >= 400:
            check_problem(answer, empty=method == "HEAD")
        operation = operation_of(self.document, method, path)
        documented = (operation or {}).get("responses", {}).get(str(answer.status))
        if documented is not None:
            assert answer.type in documented["content"], (method, path[:200], answer.type)
        return answer

    def get(self, path: str, **params: Any) -> Answer:
        """GET with query parameters."""
        return self.send("GET", path, params=params or None)

    def post(self, path: str, body: Any = None, **params: Any) -> Answer:
        """POST a JSON body, or query parameters only."""
        sent = {} if body is None else {"json": body}
        return self.send("POST", path, params=params or None, **sent)

    def raw(self, method: str, path: str, content: bytes, media_type: str | None = JSON) -> Answer:
        """Send bytes as they are."""
        headers = {} if media_type is None else {"content-type": media_type}
        return self.send(method, path, content=content, headers=headers)

    def record(self, user: str, title: str, kind: str = "rating", **more: Any) -> Any:
        """Record one event about a drama and return the receipt."""
        event = {"user_id": user, "drama_title": title, "type": kind, **more}
        return self.post("/analytics/interaction", event).ok

    def found(self, title: str | None = None, user: str | None = None, **params: Any) -> Any:
        """The body of a search, or of a list when there is no title."""
        asked = {"title": title, "user_id": user, **params}
        return self.get("/recommend", **{k: v for k, v in asked.items() if v is not None}).ok

    def ids(self, title: str | None = None, user: str | None = None, **params: Any) -> list[str]:
        """The ids that a search or a list shows, in order."""
        return [r["id"] for r in self.found(title, user, **params)["recommendations"]]


def check_problem(answer: Answer, *, empty: bool = False) -> None:
    """An error is RFC 9457, says what is wrong, and is no larger than 2 KB."""
    assert answer.type == PROBLEM
    assert len(answer.content) <= LARGEST_PROBLEM_BYTES
    if empty:
        return
    assert answer.body["status"] == answer.status
    assert answer.body["title"]
    assert answer.body["detail"]


def operation_of(document: Mapping[str, Any], method: str, path: str) -> dict[str, Any] | None:
    """The documented operation that a request is for."""
    plain = path.partition("?")[0]
    for template, operations in document["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if re.fullmatch(pattern, plain) and method.lower() in operations:
            found: dict[str, Any] = operations[method.lower()]
            return found
    return None


@contextmanager
def serving(clock: Clock | None = None) -> Iterator[Api]:
    """An API over a fresh store in memory that holds the bundled catalogue."""
    engine = build_engine(load_settings(database_url="memory://"), clock=clock or Clock())
    ensure_catalogue(engine)
    try:
        yield Api(create_app(engine), engine)
    finally:
        engine.close()

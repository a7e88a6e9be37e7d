"""What the routes share: the engine of the running application."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path, Request
from starlette.responses import Response

from penchant.apps.http.schemas import Id
from penchant.apps.presentation import shortened
from penchant.catalogue.schema import CatalogueSchema
from penchant.domain.identity import checked_id
from penchant.engine import Engine
from penchant.errors import InvalidInput

__all__ = [
    "EngineOf",
    "EventId",
    "ItemId",
    "NoParameters",
    "UserId",
    "json_response",
    "schema_of",
]


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def _user_id(user_id: Annotated[Id, Path(examples=["mina"])]) -> str:
    return checked_id(user_id, "user_id")


def _item_id(item_id: Annotated[Id, Path(examples=["hospital-playlist-2020"])]) -> str:
    return checked_id(item_id, "item_id")


def _event_id(event_id: Annotated[Id, Path(examples=["e-0f3a"])]) -> str:
    return checked_id(event_id, "event_id")


def _no_parameters(request: Request) -> None:
    unknown = next(iter(request.query_params), None)
    if unknown is not None:
        raise InvalidInput(f"no parameter {shortened(unknown)!r} here; this takes none")


EngineOf = Annotated[Engine, Depends(_engine)]
UserId = Annotated[str, Depends(_user_id)]
EventId = Annotated[str, Depends(_event_id)]
NoParameters = Depends(_no_parameters)
ItemId = Annotated[str, Depends(_item_id)]


def schema_of(engine: Engine) -> CatalogueSchema:
    """The schema of the catalogue being served."""
    return engine.snapshot.catalogue.schema


def json_response(content: Any, status: int = 200) -> Response:  # noqa: ANN401 (plain data)
    """Plain data as JSON; its shape is tested once, not validated at each call."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")

"""What the routes share: the engine of the running application."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path, Request
from starlette.responses import Response

from penchant.apps.http.schemas import Id
from penchant.catalogue.schema import CatalogueSchema
from penchant.domain.identity import checked_id
from penchant.engine import Engine

__all__ = ["EngineOf", "ItemId", "UserId", "json_response", "schema_of"]


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def _user_id(user_id: Annotated[Id, Path(examples=["mina"])]) -> str:
    return checked_id(user_id, "user_id")


def _item_id(item_id: Annotated[Id, Path(examples=["hospital-playlist-2020"])]) -> str:
    return checked_id(item_id, "item_id")


EngineOf = Annotated[Engine, Depends(_engine)]
UserId = Annotated[str, Depends(_user_id)]
ItemId = Annotated[str, Depends(_item_id)]


def schema_of(engine: Engine) -> CatalogueSchema:
    """The schema of the catalogue being served."""
    return engine.snapshot.catalogue.schema


def json_response(content: Any, status: int = 200) -> Response:  # noqa: ANN401 (plain data)
    """Plain data as JSON; its shape is tested once, not validated at each call."""
    return Response(msgspec.json.encode(content), status, media_type="application/json")

"""Routes for operators: is the process alive, can it answer."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from penchant.apps.http.state import EngineOf, json_response
from penchant.errors import StorageError

__all__ = ["router"]

router = APIRouter(tags=["health"])


@router.get("/livez")
def livez() -> Response:
    """The process runs; nothing else is looked at."""
    return json_response({"status": "alive"})


@router.get("/readyz")
def readyz(engine: EngineOf) -> Response:
    """The database answers and the indexes are built; says which part is not ready."""
    try:
        position = engine.storage.latest_position()
    except StorageError as error:
        return json_response({"status": "not ready", "database": str(error)}, status=503)
    snapshot = engine.snapshot
    return json_response(
        {
            "status": "ready",
            "database": "ready",
            "index": "ready",
            "items": int(snapshot.catalogue.visible.sum()),
            "catalogue_version": snapshot.version,
            "position": position,
        }
    )

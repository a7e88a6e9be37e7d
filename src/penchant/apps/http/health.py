"""Routes for operators: is the process alive, can it answer."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from penchant.apps.http import responses
from penchant.apps.http.problems import problem_response
from penchant.apps.http.state import EngineOf, NoParameters, json_response
from penchant.errors import StorageError

__all__ = ["router"]

router = APIRouter(tags=["health"])


@router.get("/livez", responses=responses.ALIVE, dependencies=[NoParameters])
def livez() -> Response:
    """The process runs; nothing else is looked at."""
    return json_response({"status": "alive"})


@router.get("/readyz", responses=responses.READY, dependencies=[NoParameters])
def readyz(engine: EngineOf) -> Response:
    """The database answers and the indexes are built; says which part is not ready."""
    try:
        position = engine.storage.latest_position()
    except StorageError as error:
        return problem_response(503, f"not ready: database: {error}")
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

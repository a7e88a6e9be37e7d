"""The FastAPI application: routes over one engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.responses import Response

from penchant.apps.http import health, interactions, items, profiles, recommend
from penchant.apps.http.limits import BodyLimit
from penchant.apps.http.problems import add_problem_handlers
from penchant.apps.http.state import json_response
from penchant.engine import Engine
from penchant.settings import MOST_BODY_BYTES

__all__ = ["create_app"]

DESCRIPTION = """\
Search and recommendations that differ for every person, change with the very next event, and say
truthfully why each item is there. Rate something, search again, and see.
"""


def create_app(engine: Engine, *, most_body_bytes: int = MOST_BODY_BYTES) -> FastAPI:
    """The API over an engine, which it closes when it shuts down."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        engine.close()

    app = FastAPI(
        title="Penchant",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    app.state.engine = engine
    app.add_middleware(BodyLimit, most_bytes=most_body_bytes)
    add_problem_handlers(app)
    for part in (recommend, items, profiles, interactions, health):
        app.include_router(part.router)
    app.add_api_route("/", index, include_in_schema=False)
    return app


def index() -> Response:
    """Where to go from here."""
    return json_response(
        {
            "name": "Penchant",
            "docs": "/docs",
            "openapi": "/openapi.json",
            "try": [
                "/recommend?title=medical drama",
                "/recommend?title=medical drama&user_id=mina",
                "/suggest?q=hosp",
                "/profile/mina",
            ],
        }
    )


def _operation_id(route: APIRoute) -> str:
    return route.name

"""/livez, /readyz, / and the addresses that do not exist."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from apps.api_client import Answer, Api
from starlette.testclient import TestClient

from penchant.apps.http.app import create_app
from penchant.errors import StoreUnavailable


class Unreachable:
    """A store whose every use fails, as when the database is away."""

    @property
    def profiles(self) -> Unreachable:
        """Its profiles are as far away."""
        return self

    def __getattr__(self, name: str) -> Any:
        def fail(*_: Any, **__: Any) -> Any:
            raise StoreUnavailable(f"the database does not answer ({name})")

        return fail


def test_livez(api: Api) -> None:
    """The process says that it is alive."""
    assert api.get("/livez").ok == {"status": "alive"}


def test_readyz(api: Api) -> None:
    """Ready means: database and index answer, with how many items."""
    told = api.get("/readyz").ok
    assert told["status"] == told["database"] == told["index"] == "ready"
    assert told["items"] == 476
    assert told["position"] >= told["catalogue_version"] >= 1


def test_without_the_database(api: Api) -> None:
    """With the database away the process lives, is not ready, and writes answer 503: try again."""
    engine = replace(api.engine, storage=Unreachable())  # type: ignore[arg-type]
    cut_off = TestClient(create_app(engine), raise_server_exceptions=False)
    assert cut_off.get("/livez").status_code == 200
    ready = cut_off.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["status"] != "ready"
    assert "database" in ready.text
    for answer in (
        cut_off.get("/profile/mina"),
        cut_off.post("/profile/mina/rate?item_id=signal-2016&rating=9"),
        cut_off.delete("/analytics/interaction/e-1"),
    ):
        told = Answer(answer)
        assert told.type == "application/problem+json"
        told.problem(503)
        assert int(told.headers["retry-after"]) >= 1


def test_index_says_where_to_go(api: Api) -> None:
    """The front door names the documents and calls that work."""
    told = api.get("/").ok
    assert api.get(told["openapi"]).status == 200
    assert api.get(told["docs"]).status == 200
    for call in told["try"]:
        assert api.get(call).status == 200


@pytest.mark.parametrize(
    "path", ["/nope", "/profile", "/profile/", "/items", "/items/a/b/c", "/analytics", "/.env",
             "/recommend/../../etc/passwd", "/%00", "/%FF%FE", "/%2e%2e%2fetc", "/" + "x" * 5_000]
)  # fmt: skip
def test_unknown_addresses(api: Api, path: str) -> None:
    """An address that does not exist is a 404 or leads to one that does, never an error of ours."""
    answer = api.get(path)
    assert answer.status in {404, 405, 307}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/recommend"), ("PUT", "/recommend"), ("DELETE", "/suggest"), ("PATCH", "/rank"),
        ("GET", "/rank"), ("GET", "/analytics/interaction"), ("GET", "/profile/mina/rate"),
        ("PUT", "/profile/mina"), ("POST", "/items/signal-2016"), ("POST", "/livez"),
        ("OPTIONS", "/recommend"), ("TRACE", "/recommend"), ("BREW", "/recommend"),
        ("OPTIONS", "/profile/mina"), ("OPTIONS", "/items/signal-2016"),
    ],
)  # fmt: skip
def test_other_methods(api: Api, method: str, path: str) -> None:
    """A method that an address does not have is a 405 that names those it has."""
    answer = api.send(method, path)
    answer.problem(405)
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    "path", ["/recommend?title=drama", "/livez", "/items/signal-2016", "/nope"]
)
def test_head(api: Api, path: str) -> None:
    """HEAD answers without a body, and never fails."""
    answer = api.send("HEAD", path)
    assert answer.content == b""
    assert answer.status in {200, 404, 405}

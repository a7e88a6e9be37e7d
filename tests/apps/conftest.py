"""The faces' tests run on stores of their own, whatever the machine's PENCHANT_* say."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from apps.api_client import Api, Clock, serving


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            setting = name.startswith("PENCHANT_") and name != "PENCHANT_DATA"
            if setting or name in {"COLUMNS", "FORCE_COLOR"}:
                patch.delenv(name)
        yield


@pytest.fixture(autouse=True)
def _nothing_written_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that forgets to name its database leaves it in a folder that goes away."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The module's clock."""
    return Clock()


@pytest.fixture(scope="module")
def api(clock: Clock) -> Iterator[Api]:
    """The API over the bundled catalogue, shared by the tests of a module."""
    with serving(clock) as served:
        yield served


@pytest.fixture
def someone(request: pytest.FixtureRequest) -> str:
    """A user id that no other test uses."""
    return f"someone-{zlib.crc32(request.node.nodeid.encode()):08x}"


@pytest.fixture
def medical_fan(api: Api, someone: str) -> str:
    """A user who rated three hospital dramas highly."""
    for title, rating in (("Hospital Playlist", 9.5), ("Dr. Romantic", 9), ("Doctors", 8.5)):
        api.record(someone, title, value=rating)
    return someone

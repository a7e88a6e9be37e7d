"""Running commands inside the test's process, and a database to run them on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from penchant.apps.cli.main import app
from penchant.catalogue.encoder import WordLlamaEncoder


@dataclass(frozen=True)
class Ran:
    """What a command printed and its exit code."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output; fails when there is more or less."""
        return json.loads(self.out)


Command = Callable[..., Ran]


def run(*arguments: object, given: str | None = None) -> Ran:
    """Run `penchant` with these arguments."""
    result = CliRunner().invoke(app, [str(a) for a in arguments], input=given)
    unexpected = result.exception is not None and not isinstance(result.exception, SystemExit)
    assert not unexpected, repr(result.exception)
    assert "Traceback" not in result.output
    return Ran(result.exit_code, result.stdout, result.stderr)


# Every command takes the same encoder: reading it from disk is half of a command's time.
shared_encoder = cache(WordLlamaEncoder)


@pytest.fixture(autouse=True)
def _one_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.assembly.WordLlamaEncoder", shared_encoder)


@pytest.fixture(scope="session")
def _taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose database holds the catalogue and two people with opposite tastes."""
    folder = tmp_path_factory.mktemp("taught")
    database = f"sqlite:///{folder / 'penchant.sqlite'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("penchant.assembly.WordLlamaEncoder", shared_encoder)
        for user, titles in (
            ("mina", ("Hospital Playlist", "Dr. Romantic", "Doctors")),
            ("joon", ("Signal", "Stranger", "Flower of Evil")),
        ):
            for title in titles:
                assert run("rate", user, title, 9.5, "--database", database).code == 0
    return folder


@pytest.fixture
def penchant(_taught: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line on a copy of the taught database."""
    shutil.copytree(_taught, tmp_path / "store")
    monkeypatch.setenv(
        "PENCHANT_DATABASE_URL", f"sqlite:///{tmp_path / 'store' / 'penchant.sqlite'}"
    )
    return run


@pytest.fixture
def untaught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line on a database that does not exist yet."""
    monkeypatch.setenv("PENCHANT_DATABASE_URL", f"sqlite:///{tmp_path / 'new.sqlite'}")
    return run

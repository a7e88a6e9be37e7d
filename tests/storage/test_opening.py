"""A URL chooses the store."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from contracts.examples import rating

import penchant.storage
from penchant.errors import InvalidSettings
from penchant.storage import MemoryStorage, open_storage
from penchant.storage.sql import SqlStorage


def test_memory() -> None:
    """memory:// is a store of its own each time."""
    first, second = open_storage("memory://"), open_storage("memory://")
    assert isinstance(first, MemoryStorage)
    first.write(lambda t: t.append(rating("e-1")))
    assert second.latest_position() == 0


def test_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative file stays the same file when the program changes its folder."""
    monkeypatch.chdir(tmp_path)
    with closing(open_storage("sqlite:///store.db")) as storage:
        assert isinstance(storage, SqlStorage)
        os.chdir("/")
        assert storage.write(lambda t: t.append(rating("e-1"))) == 1
        assert storage.latest_position() == 1
    assert (tmp_path / "store.db").exists()


def test_temporary_store_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary store's folder goes with it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    storage = open_storage("sqlite://")
    assert len(list(tmp_path.iterdir())) == 1
    storage.close()
    del storage
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["", "redis://localhost", "postgresql://u:secret@h/db", "store.db", "memory://x"]
)
def test_unknown_url(url: str) -> None:
    """Any other URL is refused with what is possible, and without its password."""
    with pytest.raises(InvalidSettings, match=r"memory:// and sqlite:///") as refused:
        open_storage(url)
    assert "secret" not in str(refused.value)


def test_public_names() -> None:
    """Everything the package promises is there."""
    for name in penchant.storage.__all__:
        assert getattr(penchant.storage, name) is not None

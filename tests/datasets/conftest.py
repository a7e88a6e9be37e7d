"""Small folders shaped like the real ones, and the real ones where they are present."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Folder = Callable[[Mapping[str, str | bytes]], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Write files by name into a folder of their own; text is UTF-8."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        made = tmp_path / "set"
        for name, content in files.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return made

    return write


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data sets: PENCHANT_DATA, or `shared/data` beside the repository."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    found = Path(os.environ.get("PENCHANT_DATA") or beside)
    if not found.is_dir():
        pytest.skip(f"no data sets at {found}; set PENCHANT_DATA to their folder")
    return found

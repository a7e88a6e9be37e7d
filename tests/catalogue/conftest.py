"""Fixtures of the catalogue's tests: the data sets when they are present, and a small schema."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from penchant.catalogue.schema import CatalogueSchema, load_schema

GAMES_SCHEMA = """
[catalogue]
name = "games"
noun = "game"
id = "gameid"
title = "title"
alternate_titles = "aka"
native_title = "original"
text = ["blurb", "notes"]
year = "released"
rating = "score"
rating_count = "votes"
rating_scale = [0, 10]
text_cut = ['\\s*\\[advert\\].*$']

[facets.genre]
column = "genre"
boost = 0.5

[facets.author]
column = "author"
boost = 0.3
person = true

[numbers]
minutes = "playtime"
"""


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of real data sets: PENCHANT_DATA, or `shared/data` beside the repository."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("PENCHANT_DATA") or beside)
    if not folder.is_dir():
        pytest.skip(f"no data sets at {folder}; set PENCHANT_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def games_toml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A schema file with every kind of column."""
    path = tmp_path_factory.mktemp("games") / "schema.toml"
    path.write_text(GAMES_SCHEMA, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def games(games_toml: Path) -> CatalogueSchema:
    """The schema of that file."""
    return load_schema(games_toml)

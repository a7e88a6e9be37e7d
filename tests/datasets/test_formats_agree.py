"""Every format that has a name can be opened, and each document section has its command."""

from __future__ import annotations

from pathlib import Path

import pytest

from penchant.catalogue.formats import FORMATS
from penchant.datasets.opening import is_personal, open_dataset
from penchant.errors import InvalidInput, InvalidSettings

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "catalogue.md"


def test_formats_of_one_person_are_those_that_say_so() -> None:
    """The list of names and the readers behind them agree."""
    told = {name for name, known in FORMATS.items() if known.holds == "person"}
    assert (
        told
        == {name for name in FORMATS if is_personal(name)}
        == {"letterboxd", "imdb", "mydramalist"}
    )


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_format_of_an_empty_folder_says_what_is_missing(name: str, tmp_path: Path) -> None:
    """No name leads to a traceback or to silence."""
    with pytest.raises(InvalidInput):
        list(open_dataset(tmp_path, name).items)


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    """A misspelled name is answered with all of them."""
    with pytest.raises(InvalidSettings, match=r"movielens.*letterboxd"):
        open_dataset(tmp_path, "movie-lens")


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_each_format_has_a_section_with_its_command(name: str) -> None:
    """docs/catalogue.md shows the exact command for each name."""
    text = DOCUMENT.read_text(encoding="utf-8")
    section = text.split(f"### `{name}`", 1)[1].split("\n### ", 1)[0]
    assert "penchant import" in section
    assert f"--format {name}" in section or name == "own"

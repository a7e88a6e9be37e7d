from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.catalogue.identifiers import clean_id, title_id
from penchant.errors import InvalidItem


@pytest.mark.parametrize(
    ("title", "year", "expected"),
    [
        ("Hospital Playlist", 2020, "hospital-playlist-2020"),
        ("It's Okay to Not Be Okay", 2020, "its-okay-to-not-be-okay-2020"),
        ("Doctor\u2019s Day", 2011, "doctors-day-2011"),
        ("Père & Fils", None, "pere-fils"),
        ("슬기로운 의사생활", 2020, "seulgiroun-yisasaenghwal-2020"),
    ],
)
def test_title_and_year_make_a_readable_id(title: str, year: int | None, expected: str) -> None:
    assert title_id(title, year) == expected


def test_titles_of_signs_only_get_ids_of_their_own() -> None:
    """Two titles without a letter do not fall on one id, and the id is the same in every run."""
    assert title_id("!!!", 2001) == title_id("!!!", 2001)
    assert title_id("!!!", 2001) != title_id("???", 2001)


@given(st.text(min_size=1), st.none() | st.integers(1, 9_999))
def test_an_id_made_of_a_title_is_always_allowed(title: str, year: int | None) -> None:
    made = title_id(title, year)
    assert clean_id(made) == made


def test_ids_are_composed_and_trimmed() -> None:
    assert clean_id(" " + unicodedata.normalize("NFD", "café") + "\n") == "café"


@pytest.mark.parametrize("text", ["", "   ", "a" * 129, "a\x00b", "a\nb", "a\x7f", "a\ud800"])
def test_ids_that_could_not_be_stored_are_refused(text: str) -> None:
    with pytest.raises(InvalidItem):
        clean_id(text)


def test_the_longest_allowed_id_has_128_characters() -> None:
    assert clean_id("a" * 128) == "a" * 128

"""Titles as lists write them, taken apart."""

from __future__ import annotations

import pytest

from penchant.datasets.film_titles import split_film_title


@pytest.mark.parametrize(
    ("written", "title", "year", "alternates"),
    [
        ("Heat (1995)", "Heat", 1995, ()),
        ("Matrix, The (1999)", "The Matrix", 1999, ()),
        ("Postino, Il (The Postman) (1994)", "Il Postino", 1994, ("The Postman",)),
        ("Hate (Haine, La) (1995)", "Hate", 1995, ("La Haine",)),
        ("Appartement, L' (1996)", "L'Appartement", 1996, ()),
        ("Seven (a.k.a. Se7en) (1995)", "Seven", 1995, ("Se7en",)),
        ("One (Uno) (Een) (1990)", "One", 1990, ("Uno", "Een")),
        ("Babies (Bébé(s)) (2010)", "Babies", 2010, ("Bébé(s)",)),
        ("(500) Days of Summer (2009)", "(500) Days of Summer", 2009, ()),
        ("Two  Friends (1986) ", "Two Friends", 1986, ()),
        ("Land Before Time III (1995) (V)", "Land Before Time III", 1995, ()),
        ("Fawlty Towers (1975-1979)", "Fawlty Towers", 1975, ()),
        ("Big Bang Theory, The (2007-)", "The Big Bang Theory", 2007, ()),
        ("1984", "1984", None, ()),
        ("Paris, Texas (1984)", "Paris, Texas", 1984, ()),
        ("unknown", "unknown", None, ()),
    ],
)
def test_a_listed_title_is_taken_apart(
    written: str, title: str, year: int | None, alternates: tuple[str, ...]
) -> None:
    """The article goes to the front, the year and what stands in brackets go their own ways."""
    assert split_film_title(written) == (title, year, alternates)

"""Years, counts and ratings read from query text."""

from __future__ import annotations

import pytest

from penchant.search.ranges import RangeReader, range_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020", "year 2020-2020"),
        ("from 2020", "year 2020-2020"),
        ("2015-2019", "year 2015-2019"),
        ("between 2019 and 2015", "year 2015-2019"),
        ("after 2020", "year 2021-"),
        ("since 2020", "year 2020-"),
        ("2021 onwards", "year 2021-"),
        ("before 2010", "year -2009"),
        ("2010s", "year 2010-2019"),
        ("early 2000s", "year 2000-2003"),
        ("the 90s", "year 1990-1999"),
        ("under 12 episodes", "episodes -11"),
        ("at most 12 episodes", "episodes -12"),
        ("ten episodes or less", "episodes -10"),
        ("12 to 16 eps", "episodes 12-16"),
        ("20+ episodes", "episodes 20-"),
        ("16-episode", "episodes 16-16"),
        ("rated above 8.5", "rating 8.5-"),
        ("at least 9 stars", "rating 9-"),
        ("9/10 rating", "rating 9-"),
    ],
)
def test_one_range(text: str, expected: str) -> None:
    """Bounds are inclusive: "after" and "under" leave the named number out."""
    (found,) = RangeReader(["episodes"]).read(text)
    assert f"{found.name} {range_text(found.least, found.most)}" == expected


@pytest.mark.parametrize("text", ["100 days my prince", "18 again", "no numbers", "49 days", "1.5"])
def test_plain_numbers_ask_for_nothing(text: str) -> None:
    """A number without a unit is no constraint."""
    assert RangeReader(["episodes"]).read(text) == ()


def test_a_catalogue_only_has_its_own_numbers() -> None:
    """Where items have no episodes, episodes are no constraint."""
    assert RangeReader([]).read("under 12 episodes") == ()

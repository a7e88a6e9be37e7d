"""How a person rates: spread, and the genres they favour or punish."""

from __future__ import annotations

import numpy as np
import pytest
from taste.histories import drama, shelf, watched

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import load_bundled_schema
from penchant.taste.rating_behaviour import rating_behaviour

# Everybody gives each of them a 7.
SHELF = shelf({"Medical": 30, "Romance": 30})
IDS = [f"Medical-{n:03}" for n in range(30)]


def test_good_and_bad_far_apart_is_picky_all_alike_is_lenient() -> None:
    assert rating_behaviour(watched(SHELF, IDS, ratings=[1.0, 10.0] * 15)).selectivity == "picky"
    assert rating_behaviour(watched(SHELF, IDS, ratings=[8.0, 9.0] * 15)).selectivity == "lenient"
    assert rating_behaviour(watched(SHELF, IDS, ratings=[5.0, 9.0] * 15)).selectivity == "moderate"


def test_a_few_ratings_far_apart_are_not_yet_picky() -> None:
    """Five ratings deviating by 3.4 are shrunk to the usual 2.2: 2.86 of ten."""
    ratings = [1.5, 9.0, 9.0, 1.5, 5.25]
    assert np.std(ratings) == pytest.approx(3.354, abs=0.001)
    assert rating_behaviour(watched(SHELF, IDS[:5], ratings=ratings)).selectivity == "moderate"
    assert rating_behaviour(watched(SHELF, IDS[:4], ratings=ratings[:4])).selectivity == "unknown"


def test_a_few_ratings_all_alike_are_not_yet_lenient() -> None:
    """No deviation in five ratings is shrunk to 2.2 * sqrt(.5) = 1.56 of ten, in seven to 1.42."""
    assert rating_behaviour(watched(SHELF, IDS[:5], ratings=[8.0] * 5)).selectivity == "moderate"
    assert rating_behaviour(watched(SHELF, IDS[:7], ratings=[8.0] * 7)).selectivity == "lenient"


def test_the_gap_is_to_what_others_gave_the_same_items() -> None:
    unrated = drama("nobody", "Medical", rating=None, raters=0)
    catalogue = Catalogue(SHELF.schema, [*SHELF.items, unrated])
    found = rating_behaviour(watched(catalogue, [*IDS[:3], "nobody"], ratings=[8.0, 9.0, 8.5, 2.0]))
    assert found.gap == pytest.approx(1.5)
    assert (found.compared, found.number, found.style) == (3, 4, "generous")
    assert found.mean == pytest.approx(6.875)


def test_a_genre_is_favoured_beyond_the_persons_own_style() -> None:
    """One above others overall: medical +2 and romance 0, five of each, shrunk by half."""
    ids = [f"{genre}-{n:03}" for genre in ("Medical", "Romance") for n in range(5)]
    found = rating_behaviour(watched(SHELF, ids, ratings=[9.0] * 5 + [7.0] * 5))
    assert found.gap == pytest.approx(1.0)
    assert [(b.name, b.number) for b in found.biases] == [("Medical", 5), ("Romance", 5)]
    assert [b.bias for b in found.biases] == pytest.approx([0.5, -0.5])


def test_a_better_genre_is_not_a_favoured_one() -> None:
    """Whoever gives everything what others give it has no bias, however good the genre."""
    items = [drama(f"m{n}", "Medical", rating=9.0) for n in range(9)]
    items += [drama(f"r{n}", "Romance", rating=6.0) for n in range(9)]
    catalogue = Catalogue(load_bundled_schema(), items)
    ids = [item.id for item in catalogue.items]
    found = rating_behaviour(watched(catalogue, ids, ratings=[9.0] * 9 + [6.0] * 9))
    assert [b.bias for b in found.biases] == pytest.approx([0.0, 0.0])
    assert found.style == "balanced"


@pytest.mark.parametrize("ids", [[], IDS[:3]])
def test_who_does_not_rate_has_no_behaviour(ids: list[str]) -> None:
    found = rating_behaviour(watched(SHELF, ids))
    assert (found.style, found.selectivity, found.biases) == ("unknown", "unknown", ())
    assert found.mean is found.gap is found.deviation is None


def test_items_without_genre_have_no_bias() -> None:
    catalogue = Catalogue(load_bundled_schema(), [drama("a")])
    assert rating_behaviour(watched(catalogue, ["a"], ratings=[9.0])).biases == ()

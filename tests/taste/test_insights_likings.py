"""Whom people like, and from which decades: shrunk means with counts."""

from __future__ import annotations

import pytest
from taste.histories import drama, watched
from worlds import make_event, make_learner, taste_of

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import load_bundled_schema
from penchant.taste.insights import PreferenceLearner
from penchant.taste.likings import decades, likings

ITEMS = [
    drama("a", director=["Kim"], year=2001),
    drama("b", director=["Kim"], year=2009),
    drama("c", director=["Lee"], year=2010),
    drama("d", director=["Lee"], year=2013),
    drama("e", director=["Lee"], year=2019),
    drama("f", director=["Once"], year=2021),
    drama("g", year=None),
]
CATALOGUE = Catalogue(load_bundled_schema(), ITEMS)


def test_directors_by_shrunk_mean_with_counts() -> None:
    """Mean 6.8: Kim 6.8 + 2 * 2.2 / 4 = 7.9 over two, Lee 6.8 - 3 * 1.8 / 5 = 5.72 over three."""
    history = watched(CATALOGUE, list("abcdef"), ratings=[9.0, 9.0, 4.0, 5.0, 6.0, 7.8])
    kim, lee = likings(history, "director")
    assert (kim.name, kim.count, kim.rated) == ("Kim", 2, 2)
    assert kim.mean_rating == pytest.approx(7.9)
    assert kim.mean == pytest.approx(0.79)
    assert (lee.name, lee.count) == ("Lee", 3)
    assert lee.mean_rating == pytest.approx(6.8 - 3 * 1.8 / 5)


def test_one_item_is_not_enough() -> None:
    assert likings(watched(CATALOGUE, ["a", "c", "f"]), "director") == ()


def test_many_good_ones_are_liked_more_than_two() -> None:
    """Three of nine say more than two of nine: the mean is shrunk."""
    history = watched(CATALOGUE, list("abcdefg"), ratings=[9, 9, 9, 9, 9, 3, 3])
    assert [liking.name for liking in likings(history, "director")] == ["Lee", "Kim"]


def test_who_does_not_rate_has_counts_and_no_ratings() -> None:
    lee, kim = likings(watched(CATALOGUE, list("abcde")), "director")
    assert (lee.name, lee.count, lee.rated, lee.mean_rating) == ("Lee", 3, 0, None)
    assert kim.mean == lee.mean == 1.0


def test_the_lead_counts_more_than_the_fourth_name_of_the_cast() -> None:
    """Ratings of leads 9, mean 7: a lead's lift is 2 * 2 / 4, a fourth name's 2 * .55 * 2 / 3.1."""
    cast = ["Lead", "Second", "Third", "Fourth"]
    items = [drama(i, actor=cast) for i in "ab"] + [drama(i) for i in "cd"]
    catalogue = Catalogue(load_bundled_schema(), items)
    found = likings(watched(catalogue, list("abcd"), ratings=[9.0, 9.0, 5.0, 5.0]), "actor")
    assert [liking.name for liking in found] == cast
    assert found[0].mean_rating == pytest.approx(8.0)
    assert found[3].mean_rating == pytest.approx(7.0 + 2.2 / 3.1)


def test_a_look_says_less_than_having_watched() -> None:
    """Two clicks lift a director less than two watched items, from a mean that a dislike lowers."""
    items = [*ITEMS[:4], drama("z")]
    records = [make_event("click", i, position=n) for n, i in enumerate("ab", start=1)]
    records += [make_event("watched", i, position=n) for n, i in enumerate("cd", start=3)]
    records.append(make_event("hate", "z", position=9))
    people = PreferenceLearner(taste_of(make_learner(items), *records)).people()
    assert [liking.name for liking in people["director"]] == ["Lee", "Kim"]
    assert set(people) == {"actor", "director", "writer"}


def test_decades_come_in_the_order_of_time() -> None:
    """Mean 7: the 2000s 7 + 2 * 2 / 4, the 2010s 7 - 3 * 2 / 5, the 2020s 7 + 1 * 2 / 3."""
    history = watched(CATALOGUE, list("abcdefg"), ratings=[9.0, 9.0, 5.0, 5.0, 5.0, 9.0, 0.0])
    found = decades(history)
    assert [(x.name, x.count) for x in found] == [("2000s", 2), ("2010s", 3), ("2020s", 1)]
    assert [x.mean_rating for x in found] == pytest.approx([8.0, 5.8, 7.0 + 2 / 3])


def test_nobody_and_items_without_year_have_no_decades() -> None:
    assert decades(watched(CATALOGUE, [])) == ()
    assert decades(watched(CATALOGUE, ["g"])) == ()
    assert likings(watched(CATALOGUE, []), "director") == ()
    assert likings(watched(CATALOGUE, ["g"]), "theme") == ()

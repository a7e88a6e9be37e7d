"""Favourites: more than everybody watches, more than chance gives, rated higher than the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest, hypergeom
from taste.histories import drama, like_everybody, shelf, watched

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import load_bundled_schema
from penchant.taste.expectation import expected_shares
from penchant.taste.favourites import Favourite, favourites

SHELF = shelf({"Medical": 20, "Romance": 60, "Thriller": 20, "Comedy": 100})


def by_name(found: tuple[Favourite, ...]) -> dict[str, Favourite]:
    return {favourite.name: favourite for favourite in found}


def some(genre: str, count: int) -> list[str]:
    return [f"{genre}-{n:03}" for n in range(count)]


# What people watch


def test_where_all_are_as_popular_the_expected_share_is_the_share_of_the_catalogue() -> None:
    shares = dict(
        zip(SHELF.facets["genre"].names, expected_shares(SHELF, "genre", 12), strict=True)
    )
    assert shares == pytest.approx({"Comedy": 0.5, "Medical": 0.1, "Romance": 0.3, "Thriller": 0.1})


def test_where_nobody_counted_all_items_are_alike() -> None:
    counted = shelf({"Medical": 1, "Romance": 3}, raters=0)
    assert sorted(expected_shares(counted, "genre", 1)) == pytest.approx([0.25, 0.75])


def test_what_is_popular_is_expected_more() -> None:
    """One hit of 100 raters among 100 items of one rater each.

    Of three choices one is the hit with a chance of about 1 - .5 ** 3.
    """
    items = [drama("hit", "Medical", raters=100)]
    items += [drama(f"r{n:03}", "Romance", raters=1) for n in range(100)]
    catalogue = Catalogue(load_bundled_schema(), items)
    medical = catalogue.facets["genre"].column_of["medical"]
    assert expected_shares(catalogue, "genre", 3)[medical] == pytest.approx(0.875 / 3, abs=0.01)
    # Nobody watches it twice: among fifty items it is one.
    assert expected_shares(catalogue, "genre", 50)[medical] == pytest.approx(1 / 50, rel=0.01)
    # Whoever has seen everything has seen it in its own proportions.
    assert expected_shares(catalogue, "genre", 101)[medical] == pytest.approx(1 / 101)


@pytest.mark.parametrize("drawn", [5, 40, 120])
def test_expected_shares_are_those_of_people_who_go_by_popularity(drawn: int) -> None:
    rng = np.random.default_rng(5)
    items = [
        drama(f"i{n:03}", "Medical" if n < 40 else "Romance", raters=int(rng.pareto(1.0) * 100 + 1))
        for n in range(150)
    ]
    catalogue = Catalogue(load_bundled_schema(), items)
    seen = [watched(catalogue, like_everybody(catalogue, drawn, rng)) for _ in range(300)]
    found = np.mean([np.asarray(h.has("genre").sum(axis=0)).ravel() / drawn for h in seen], axis=0)
    assert expected_shares(catalogue, "genre", drawn) == pytest.approx(found, abs=0.02)


def test_hidden_items_are_not_what_people_watch() -> None:
    items = [drama("m", "Medical"), drama("r", "Romance", hidden=True)]
    catalogue = Catalogue(load_bundled_schema(), items)
    shares = dict(
        zip(catalogue.facets["genre"].keys, expected_shares(catalogue, "genre", 1), strict=True)
    )
    assert shares == pytest.approx({"medical": 1.0, "romance": 0.0})


# Favourites


def test_a_fan_of_a_rare_genre_has_it_as_a_favourite_with_its_counts() -> None:
    """Six medical dramas of ten, where a tenth of the catalogue is medical."""
    history = watched(SHELF, some("Medical", 6) + some("Romance", 2) + some("Comedy", 2))
    found = favourites(history)
    assert [f.name for f in found if f.significant] == ["Medical"]
    medical = found[0]
    assert (medical.count, medical.out_of, medical.share) == (6, 10, 0.6)
    assert medical.expected_share == pytest.approx(0.1)
    assert medical.p == pytest.approx(binomtest(6, 10, 0.1, alternative="greater").pvalue)
    assert not medical.is_tendency
    assert by_name(found)["Comedy"].p == pytest.approx(
        binomtest(2, 10, 0.5, alternative="greater").pvalue
    )


def test_a_little_more_than_expected_is_a_tendency() -> None:
    history = watched(SHELF, some("Medical", 2) + some("Romance", 3) + some("Comedy", 7))
    found = by_name(favourites(history))
    assert not any(f.significant for f in found.values())
    assert [name for name, f in found.items() if f.is_tendency] == ["Medical", "Comedy"]


def test_two_items_make_no_favourite_and_one_no_tendency() -> None:
    """However rare the genre: two of two at one in a hundred is a p of .0001, yet two items."""
    rare = shelf({"Medical": 2, "Comedy": 198})
    two = favourites(watched(rare, some("Medical", 2)))[0]
    assert two.p < 0.001
    assert not two.significant
    assert two.is_tendency
    one = favourites(watched(rare, some("Medical", 1)))[0]
    assert not one.is_tendency


def test_what_was_disliked_is_no_choice() -> None:
    history = watched(SHELF, some("Medical", 8) + some("Comedy", 4), targets=[0.2] * 8 + [0.9] * 4)
    found = by_name(favourites(history))
    assert set(found) == {"Comedy"}
    assert (found["Comedy"].count, found["Comedy"].out_of) == (4, 4)


def test_the_same_item_again_and_again_is_one_item() -> None:
    history = watched(SHELF, some("Medical", 1) * 30 + some("Comedy", 9))
    found = by_name(favourites(history))
    assert (found["Medical"].count, found["Medical"].out_of) == (1, 10)
    assert not found["Medical"].significant


@pytest.mark.parametrize("count", [12, 40, 120])
def test_who_watches_like_everybody_has_no_favourite(count: int) -> None:
    """In at least nine of ten worlds; the bundled catalogue's kind: a few hits, several genres."""
    rng = np.random.default_rng(11)
    genres = ["Romance", "Drama", "Comedy", "Thriller", "Medical", "Law", "Music", "Sports"]
    often = np.array([6, 4, 4, 2, 1, 1, 1, 1]) / 20
    items = []
    for n in range(200):
        own = rng.choice(genres, size=rng.integers(1, 4), replace=False, p=often)
        items.append(drama(f"i{n:03}", *own, raters=int(rng.pareto(1.2) * 1_000 + 1_000)))
    catalogue = Catalogue(load_bundled_schema(), items)
    worlds = [
        favourites(watched(catalogue, like_everybody(catalogue, count, rng))) for _ in range(200)
    ]
    assert np.mean([any(f.significant for f in found) for found in worlds]) <= 0.1


# Rated higher


def test_a_genre_rated_above_the_rest_is_said_to_be() -> None:
    """Eight medical dramas at 9, twelve comedies at 6: mean 7.2, lift 8 * 1.8 / (8 + 5)."""
    history = watched(
        SHELF, some("Medical", 8) + some("Comedy", 12), ratings=[9.0] * 8 + [6.0] * 12
    )
    found = by_name(favourites(history))
    medical, comedy = found["Medical"].rating, found["Comedy"].rating
    assert medical is not None
    assert comedy is not None
    assert medical.significant
    assert medical.number == 8
    assert medical.lift == pytest.approx(8 * 1.8 / 13)
    assert medical.mean == pytest.approx(7.2 + 8 * 1.8 / 13)
    assert medical.p == pytest.approx(float(hypergeom.sf(7, 20, 8, 8)))
    assert not comedy.significant
    assert comedy.lift == pytest.approx(-12 * 1.2 / 17)


def test_who_does_not_rate_is_not_said_to_rate_anything_higher() -> None:
    found = favourites(watched(SHELF, some("Medical", 8)))
    assert [f.rating for f in found] == [None]


def test_one_high_rating_is_no_higher_genre() -> None:
    history = watched(SHELF, some("Medical", 1) + some("Comedy", 30), ratings=[10.0] + [5.0] * 30)
    rating = by_name(favourites(history))["Medical"].rating
    assert rating is not None
    assert not rating.significant


def test_ratings_without_rhyme_or_reason_raise_no_genre() -> None:
    rng = np.random.default_rng(3)
    worlds = []
    for _ in range(200):
        ids = like_everybody(SHELF, 50, rng)
        found = favourites(watched(SHELF, ids, ratings=rng.normal(7.5, 1.0, 50)))
        worlds.append(any(f.rating is not None and f.rating.significant for f in found))
    assert np.mean(worlds) <= 0.1


# Little to go by


@pytest.mark.parametrize("items", [[], [drama("a")], [drama("a", "Medical", hidden=True)]])
def test_a_catalogue_that_says_nothing_gives_no_favourites(items: list[object]) -> None:
    catalogue = Catalogue(load_bundled_schema(), items)
    visible = [item.id for item in catalogue.items if not item.hidden]
    assert favourites(watched(catalogue, visible)) == ()


def test_a_catalogue_without_genres_gives_no_favourites() -> None:
    schema = load_bundled_schema()
    plain = replace(schema, facets=tuple(f for f in schema.facets if f.name != "genre"))
    catalogue = Catalogue(plain, [drama("a")])
    assert favourites(watched(catalogue, ["a"])) == ()

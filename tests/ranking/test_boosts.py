"""Boosts: the printed numbers, the shape of the pull, the bounds of the multiplier, the alpha."""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import make_event, make_item, make_learner, taste_of, taste_with

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import load_bundled_schema
from penchant.domain.item import FacetSpec, Item
from penchant.ranking.boosts import PersonalizationEngine, pull

ENGINE = PersonalizationEngine()
SCHEMA = load_bundled_schema()
GENRES = [f"Genre {n}" for n in range(6)]


def catalogue_of(*items: Item, facets: tuple[FacetSpec, ...] = SCHEMA.facets) -> Catalogue:
    return Catalogue(replace(SCHEMA, facets=facets, lexicon={}), items)


def boosts_of(
    catalogue: Catalogue,
    preferences: dict[str, dict[str, float]],
    item_id: str = "a",
    evidence: float = 2.0,
    strength: float = 1.0,
) -> tuple[dict[str, float], float]:
    """The boosts of one item by facet, and its multiplier."""
    reading = taste_with(catalogue, preferences, evidence)
    found = ENGINE.boosts(reading, catalogue.rows([item_id]), strength)
    return {f: float(b[0]) for f, b in found.facets.items()}, float(found.multiplier[0])


def value_with_pull(g: float) -> float:
    """The preference between .5 and .6 whose pull is g: the root of p * (p - .5) / .1 = g."""
    return (5.0 + sqrt(25.0 + 40.0 * g)) / 20.0


@pytest.mark.parametrize(("base", "expected"), [(0.750, 1.005), (0.730, 0.978)])
def test_two_full_ratings_of_medical_dramas_add_thirty_four_percent(
    base: float, expected: float
) -> None:
    """Medical at .68 -> +.34: .750 becomes 1.005 and .730 becomes .978."""
    items = [make_item(f"m{n}", genre=["Medical"]) for n in range(3)]
    learner = make_learner(items)
    rated = [make_event("rating", f"m{n}", 10.0, position=n + 1) for n in range(2)]
    reading = taste_of(learner, *rated)
    boosts = ENGINE.boosts(reading, learner.catalogue.rows(["m2"]))
    assert boosts.facets["genre"] == pytest.approx([0.34])
    assert boosts.multiplier == pytest.approx([1.34])
    assert base * boosts.multiplier == pytest.approx([expected], abs=5e-4)


def test_boosts_of_three_facets_add_up() -> None:
    """.25 + .09 + .05 on .75 give 1.0425."""
    catalogue = catalogue_of(make_item("a", genre=["G"], actor=["A"], director=["D"]))
    boosts, multiplier = boosts_of(
        catalogue,
        {
            "genre": {"G": value_with_pull(0.25 / 0.5)},
            "actor": {"A": value_with_pull(0.09 / 0.3)},
            "director": {"D": value_with_pull(0.05 / 0.2)},
        },
    )
    assert (boosts["genre"], boosts["actor"], boosts["director"]) == pytest.approx(
        (0.25, 0.09, 0.05)
    )
    assert boosts["theme"] == 0.0
    assert 0.75 * multiplier == pytest.approx(1.0425)


@pytest.mark.parametrize(
    ("facet", "cap"), [("genre", 0.5), ("actor", 0.3), ("director", 0.2), ("theme", 0.4)]
)
def test_the_strongest_preference_reaches_exactly_the_cap(facet: str, cap: float) -> None:
    catalogue = catalogue_of(make_item("a", **{facet: ["X"]}))
    boosts, _ = boosts_of(catalogue, {facet: {"X": 1.0}})
    assert boosts[facet] == pytest.approx(cap)


def test_a_publisher_is_learned_and_never_boosts() -> None:
    catalogue = catalogue_of(make_item("a", publisher=["tvN"]))
    boosts, multiplier = boosts_of(catalogue, {"publisher": {"tvN": 1.0}})
    assert "publisher" not in boosts
    assert multiplier == 1.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, -1.0),
        (0.25, -0.5),
        (0.49, -0.02),
        (0.5, 0.0),
        (0.55, 0.275),
        (0.6, 0.6),
        (0.68, 0.68),
        (1.0, 1.0),
    ],
)
def test_the_pull_of_a_preference(value: float, expected: float) -> None:
    """The preference itself from .6 on, a ramp to it from neutral, -2(.5 - p) below."""
    assert float(pull(np.array([value]))[0]) == pytest.approx(expected)


@given(low=st.floats(0.0, 1.0), high=st.floats(0.0, 1.0))
def test_a_higher_preference_never_pulls_less(low: float, high: float) -> None:
    pulls = pull(np.array(sorted([low, high])))
    assert pulls[0] <= pulls[1]
    assert np.all(np.abs(pulls) <= 1.0)


@given(value=st.floats(0.6, 1.0))
def test_from_sixty_on_the_pull_is_the_preference_itself(value: float) -> None:
    assert float(pull(np.array([value]))[0]) == pytest.approx(value)


@pytest.mark.parametrize("facet", ["genre", "theme", "actor", "director"])
def test_neutral_adds_nothing(facet: str) -> None:
    catalogue = catalogue_of(make_item("a", **{facet: ["X"]}))
    boosts, multiplier = boosts_of(catalogue, {facet: {"X": 0.5}})
    assert boosts[facet] == 0.0
    assert multiplier == 1.0


def test_a_dislike_demotes_even_beside_a_like() -> None:
    """Liked .8 and disliked .3: .5 * (.8 - .4) = .2, less than the like alone (.4)."""
    catalogue = catalogue_of(
        make_item("a", genre=["Liked", "Disliked"]), make_item("b", genre=["Liked"])
    )
    preferences = {"genre": {"Liked": 0.8, "Disliked": 0.3}}
    assert boosts_of(catalogue, preferences, "a")[0]["genre"] == pytest.approx(0.2)
    assert boosts_of(catalogue, preferences, "b")[0]["genre"] == pytest.approx(0.4)


def test_the_largest_like_and_the_smallest_dislike_count_not_their_sums() -> None:
    """g(.9) + g(.1) = .9 - .8; the milder .7 and .4 change nothing."""
    catalogue = catalogue_of(make_item("a", genre=["A", "B", "C", "D", "Unknown"]))
    preferences = {"genre": {"A": 0.7, "B": 0.9, "C": 0.1, "D": 0.4}}
    assert boosts_of(catalogue, preferences)[0]["genre"] == pytest.approx(0.5 * 0.1)


def test_an_item_without_values_is_not_boosted_between_two_that_are() -> None:
    items = [make_item("a", genre=["G"]), make_item("b"), make_item("c", genre=["G"])]
    catalogue = catalogue_of(*items)
    reading = taste_with(catalogue, {"genre": {"G": 1.0}})
    boosts = ENGINE.boosts(reading, catalogue.rows(["c", "b", "a"]))
    assert boosts.facets["genre"] == pytest.approx([0.5, 0.0, 0.5])


def test_strength_scales_the_boosts() -> None:
    catalogue = catalogue_of(make_item("a", genre=["G"]))
    preferences = {"genre": {"G": 0.8}}
    assert boosts_of(catalogue, preferences, strength=0.5)[0]["genre"] == pytest.approx(0.2)


# The multiplier


def test_a_disliked_item_keeps_forty_percent_of_its_score() -> None:
    """Genre -.5, actor -.3 and director -.2 would leave nothing: they are scaled to -.6."""
    catalogue = catalogue_of(make_item("a", genre=["G"], actor=["A"], director=["D"]))
    preferences = {"genre": {"G": 0.0}, "actor": {"A": 0.0}, "director": {"D": 0.0}}
    boosts, multiplier = boosts_of(catalogue, preferences)
    assert multiplier == pytest.approx(0.4)
    assert (boosts["genre"], boosts["actor"], boosts["director"]) == pytest.approx(
        (-0.3, -0.18, -0.12)
    )


def test_configured_caps_cannot_lift_an_item_past_two_point_four() -> None:
    facets = tuple(replace(spec, boost=1.0) for spec in SCHEMA.facets[:2])
    catalogue = catalogue_of(make_item("a", genre=["G"], theme=["T"]), facets=facets)
    boosts, multiplier = boosts_of(catalogue, {"genre": {"G": 1.0}, "theme": {"T": 1.0}})
    assert multiplier == pytest.approx(2.4)
    assert boosts == pytest.approx({"genre": 0.7, "theme": 0.7})


@given(
    values=st.lists(st.floats(0.0, 1.0), min_size=4, max_size=4),
    caps=st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4),
    evidence=st.floats(0.0, 50.0),
    strength=st.floats(0.0, 1.0),
)
def test_the_multiplier_stays_in_bounds_and_its_boosts_still_sum_to_it(
    values: list[float], caps: list[float], evidence: float, strength: float
) -> None:
    """However strong the preferences and caps; scaling keeps every boost's sign and proportion."""
    names = ["genre", "theme", "actor", "director"]
    facets = tuple(
        replace(SCHEMA.facet(name), boost=cap) for name, cap in zip(names, caps, strict=True)
    )
    catalogue = catalogue_of(make_item("a", **{name: ["X"] for name in names}), facets=facets)
    preferences = {name: {"X": value} for name, value in zip(names, values, strict=True)}
    boosts, multiplier = boosts_of(catalogue, preferences, evidence=evidence, strength=strength)
    assert 0.4 - 1e-9 <= multiplier <= 2.4 + 1e-9
    assert 1.0 + sum(boosts.values()) == pytest.approx(multiplier)
    reading = taste_with(catalogue, preferences, evidence)
    rows = catalogue.rows(["a"])
    free = {s.name: strength * s.boost * ENGINE.affinity(reading, s, rows)[0] for s in facets}
    total = sum(free.values())
    scale = min(max(total, -0.6), 1.4) / total if abs(total) > 1e-9 else 1.0
    assert boosts == pytest.approx({name: boost * scale for name, boost in free.items()})


# Themes


def theme_boost(item_themes: list[str], likes: dict[str, float], evidence: float = 2.0) -> float:
    everything = make_item("all", theme=list(likes))
    catalogue = catalogue_of(make_item("a", theme=item_themes), everything)
    return boosts_of(catalogue, {"theme": likes}, evidence=evidence)[0]["theme"]


def test_no_themes_on_either_side_is_no_boost() -> None:
    assert theme_boost([], {"Revenge": 1.0}) == 0.0
    assert theme_boost(["Revenge"], {}) == 0.0
    assert theme_boost(["Revenge"], {"Revenge": 0.5}) == 0.0
    assert theme_boost(["Revenge"], {"Revenge": 1.0}, evidence=0.0) == 0.0


def test_the_theme_boost_is_a_cosine() -> None:
    """Likes .9 and .8 weigh 4 : 3; an item with the first of two themes: .4 * 4 / (5 * sqrt 2)."""
    likes = {"Revenge": 0.9, "Family": 0.8}
    assert theme_boost(["Revenge", "Chess"], likes) == pytest.approx(0.4 * 4 / (5 * sqrt(2)))
    assert theme_boost(["Revenge", "Family"], likes) == pytest.approx(0.4 * 7 / (5 * sqrt(2)))


def test_a_confident_theme_outweighs_an_uncertain_one() -> None:
    catalogue = catalogue_of(make_item("a", theme=["Sure"]), make_item("b", theme=["Unsure"]))
    sure = taste_with(catalogue, {"theme": {"Sure": 0.9}}, evidence=6.0).profile
    unsure = taste_with(catalogue, {"theme": {"Unsure": 0.9}}, evidence=0.5).profile
    both = {"theme": {**sure.preferences["theme"], **unsure.preferences["theme"]}}
    reading = replace(taste_with(catalogue, {}), profile=replace(sure, preferences=both))
    boosts = ENGINE.boosts(reading, catalogue.rows(["a", "b"])).facets["theme"]
    # Confidences 6/8 and .5/2.5 weigh .75 : .2.
    assert boosts == pytest.approx(0.4 * np.array([0.75, 0.2]) / sqrt(0.75**2 + 0.2**2))


def test_a_disliked_theme_demotes() -> None:
    assert theme_boost(["Revenge"], {"Revenge": 0.2}) == pytest.approx(-0.4)


@given(
    likes=st.dictionaries(st.sampled_from("ABCDEFG"), st.floats(0.0, 1.0), max_size=7),
    themes=st.lists(st.sampled_from("ABCDEFGHI"), unique=True, max_size=9),
    evidence=st.floats(0.1, 20.0),
)
def test_the_theme_boost_never_passes_its_cap_and_has_the_sign_of_the_overlap(
    likes: dict[str, float], themes: list[str], evidence: float
) -> None:
    boost = theme_boost(themes, likes, evidence)
    overlap = sum(likes[t] - 0.5 for t in themes if t in likes)
    assert abs(boost) <= 0.4 + 1e-9
    if abs(overlap) > 1e-6:
        assert np.sign(boost) == np.sign(overlap)


def test_only_the_twenty_strongest_likes_count() -> None:
    """Twenty likes at 1 fill the list: the milder twenty-first adds nothing to an item."""
    likes = {f"T{n}": 1.0 for n in range(20)} | {"Mild": 0.9}
    assert theme_boost(["Mild"], likes) == 0.0
    assert theme_boost(["T3"], likes) == pytest.approx(0.4 / sqrt(20))
    assert theme_boost(["Mild"], {**likes, "T3": 0.6}) > 0.0


def test_only_an_items_first_twenty_themes_count() -> None:
    """Whatever order the catalogue met the themes in, places 21 and later are not looked at."""
    themes = [f"T{n}" for n in range(25)]
    catalogue = catalogue_of(
        make_item("0-reversed", theme=themes[::-1]), make_item("a", theme=themes)
    )
    last = boosts_of(catalogue, {"theme": {"T24": 1.0}}, "a")
    assert last[0]["theme"] == 0.0
    first = boosts_of(catalogue, {"theme": {"T19": 1.0}}, "a")
    assert first[0]["theme"] == pytest.approx(0.4 / sqrt(20))


# Alpha


def genre_catalogue(count: int = len(GENRES)) -> Catalogue:
    return catalogue_of(*(make_item(f"i{n}", genre=[GENRES[n]]) for n in range(count)))


def alpha_of(likes: dict[str, float], base: float = 0.5, evidence: float = 2.0) -> float:
    return ENGINE.personal_alpha(taste_with(genre_catalogue(), {"genre": likes}, evidence), base)


def test_an_even_taste_for_every_genre_explores_and_one_genre_exploits() -> None:
    """Confidence 2/4: diversity 1 gives +.2 * .5 * .5, diversity 0 as much down."""
    assert alpha_of(dict.fromkeys(GENRES, 0.8)) == pytest.approx(0.55)
    assert alpha_of({GENRES[0]: 0.8}) == pytest.approx(0.45)


def test_diversity_is_the_entropy_over_the_genres_of_the_catalogue() -> None:
    """Two even genres of six: log 2 / log 6."""
    diversity = log(2) / log(6)
    likes = {GENRES[0]: 0.8, GENRES[1]: 0.8}
    assert alpha_of(likes) == pytest.approx(0.5 + 0.2 * 0.5 * (diversity - 0.5))


def test_disliked_genres_are_no_part_of_diversity() -> None:
    one = {GENRES[0]: 0.8}
    assert alpha_of({**one, GENRES[1]: 0.2, GENRES[2]: 0.5}) == pytest.approx(alpha_of(one))


def test_without_any_liked_genre_alpha_stays() -> None:
    assert alpha_of({}) == 0.5
    assert alpha_of({GENRES[0]: 0.1}) == 0.5


LIKES = st.dictionaries(st.sampled_from(GENRES), st.floats(0.51, 1.0), min_size=2)


@given(likes=LIKES, mixed=st.floats(0.0, 1.0), base=st.floats(0.2, 0.95), n=st.floats(0.1, 30.0))
def test_a_more_diverse_user_never_gets_a_lower_alpha(
    likes: dict[str, float], mixed: float, base: float, n: float
) -> None:
    """Spreading the same liking more evenly over the same genres makes a taste more diverse."""
    mean = sum(likes.values()) / len(likes)
    evener = {genre: (1 - mixed) * value + mixed * mean for genre, value in likes.items()}
    assert alpha_of(evener, base, n) >= alpha_of(likes, base, n) - 1e-9


@given(value=st.floats(0.51, 1.0), base=st.floats(0.2, 0.95), n=st.floats(0.1, 30.0))
def test_each_further_genre_liked_as_much_never_lowers_alpha(
    value: float, base: float, n: float
) -> None:
    alphas = [alpha_of(dict.fromkeys(GENRES[:k], value), base, n) for k in range(1, 7)]
    assert alphas == sorted(alphas)
    assert alphas[0] < alphas[-1]


@given(likes=LIKES | st.just({}), base=st.floats(0.2, 0.95), evidence=st.floats(0.0, 1000.0))
def test_alpha_moves_at_most_a_tenth_and_stays_in_its_range(
    likes: dict[str, float], base: float, evidence: float
) -> None:
    alpha = alpha_of(likes, base, evidence)
    assert abs(alpha - base) <= 0.1 + 1e-9
    assert 0.2 <= alpha <= 0.95


def test_alpha_is_clamped_at_both_ends() -> None:
    assert alpha_of({GENRES[0]: 0.8}, base=0.21, evidence=100.0) == 0.2
    assert alpha_of(dict.fromkeys(GENRES, 0.8), base=0.94, evidence=100.0) == 0.95

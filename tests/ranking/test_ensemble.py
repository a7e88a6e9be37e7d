"""Own weights, worked by hand: what choices from lists teach about the scorers."""

from __future__ import annotations

from math import exp, log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.ranking.blend import Blend, BlendConfig, BlendedScores, Parts, Sides
from penchant.ranking.boosts import PersonalizationEngine
from penchant.ranking.ensemble import EnsembleConfig, learned_weights, rank_of
from penchant.ranking.weights import BlendWeights
from penchant.taste.interests import InterestModel

WEIGHTS = BlendWeights({"facets": 0.4, "embedding": 0.1}, {"popularity": 0.6, "quality": 0.4})
NAMES = ("facets", "embedding", "popularity", "quality")

lessons_drawn = st.lists(
    st.dictionaries(st.sampled_from(NAMES), st.integers(1, 2_000), max_size=4), max_size=40
)


# --- the rank of one scorer ---------------------------------------------------------------------


def test_the_best_row_has_rank_one() -> None:
    """Ranks count from 1 in falling order of the column."""
    column = np.array([0.2, 0.9, -1.0, 0.5])
    assert [rank_of(column, place) for place in range(4)] == [3, 1, 4, 2]


def test_a_scorer_that_says_nothing_is_neither_right_nor_wrong() -> None:
    """Among equals a row stands in the middle: a column of zeros praises nobody."""
    assert rank_of(np.zeros(101), 7) == 51
    assert rank_of(np.array([1.0, 0.0, 0.0, 0.0]), 2) == 3
    assert rank_of(np.array([5.0]), 0) == 1


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=12))
def test_ranks_stay_within_the_rows_and_follow_the_column(values: list[int]) -> None:
    """From 1 to the number of rows; more of the column never means a worse rank."""
    column = np.array(values, dtype=np.float64)
    ranks = [rank_of(column, place) for place in range(len(values))]
    assert min(ranks) >= 1
    assert max(ranks) <= len(values)
    for a, first in enumerate(values):
        assert all(ranks[a] < ranks[b] for b, second in enumerate(values) if first > second)


# --- one lesson and many ------------------------------------------------------------------------


def test_one_lesson_worked_by_hand() -> None:
    """Rank 1 earns 1, rank 3 earns 1 / log2(4) = .5, the mean is .75; 1 lesson against 20."""
    learned = learned_weights(WEIGHTS, [{"facets": 1, "popularity": 3}])
    up, down = exp(0.1 * 0.25), exp(0.1 * -0.25)
    assert learned.lessons == 1
    assert dict(learned.factors) == pytest.approx(
        {"facets": 1 + (up - 1) / 21, "popularity": 1 + (down - 1) / 21}
    )
    # The same, as the issue writes it: (20 * global + 1 * own) / 21.
    assert learned.weights.personal("facets") == pytest.approx((20 * 0.4 + 0.4 * up) / 21)
    assert learned.weights.model("popularity") == pytest.approx((20 * 0.6 + 0.6 * down) / 21)


def test_scorers_that_had_no_say_keep_their_weight() -> None:
    """A lesson is about the scorers whose ranks it holds; `other` stays for the rest."""
    weights = BlendWeights(WEIGHTS.personal_weights, WEIGHTS.model_weights, other=0.7)
    learned = learned_weights(weights, [{"facets": 1, "popularity": 3}]).weights
    assert learned.personal("embedding") == 0.1
    assert learned.model("quality") == 0.4
    assert learned.model("never heard of") == 0.7


def test_two_lessons_worked_by_hand() -> None:
    """Steps multiply: .025 up, then (1 / log2(6) - 1) / 2 * .1 down, mixed by 2 / 22."""
    learned = learned_weights(WEIGHTS, [{"facets": 1, "quality": 3}, {"facets": 5, "quality": 1}])
    second = 0.1 * (1 / log2(6) - 1) / 2
    assert learned.factors["facets"] == pytest.approx(1 + (exp(0.025 + second) - 1) * 2 / 22)
    assert learned.factors["quality"] == pytest.approx(1 + (exp(-0.025 - second) - 1) * 2 / 22)


def test_nothing_learned_is_the_global_weights() -> None:
    """No lesson, and lessons without ranks, change nothing and count for nothing."""
    for lessons in ([], [{}], [{}, {}]):
        learned = learned_weights(WEIGHTS, lessons)
        assert learned.lessons == 0
        assert dict(learned.factors) == {}
        assert dict(learned.weights.personal_weights) == dict(WEIGHTS.personal_weights)
        assert dict(learned.weights.model_weights) == dict(WEIGHTS.model_weights)


def test_two_hundred_choices_move_more_than_two() -> None:
    """The same choice made often weighs more: the global weights are worth only 20 of them."""
    lesson = {"facets": 1, "popularity": 40}
    few, many = (learned_weights(WEIGHTS, [lesson] * n).factors for n in (2, 200))
    assert many["facets"] > 2.0 > few["facets"] > 1.0
    assert many["popularity"] < 0.5 < few["popularity"] < 1.0


def test_a_scorer_never_falls_below_its_floor() -> None:
    """However often it is wrong, its own factor stays at .01, and mixing keeps it above."""
    lessons = [{"facets": 1, "popularity": 5_000}] * 5_000
    learned = learned_weights(WEIGHTS, lessons)
    share = 5_000 / 5_020
    assert learned.factors["popularity"] == pytest.approx(1 + share * (0.01 - 1))
    higher = learned_weights(WEIGHTS, lessons, EnsembleConfig(least_factor=0.5))
    assert higher.factors["popularity"] == pytest.approx(1 + share * (0.5 - 1))


def test_lessons_count_in_their_order() -> None:
    """At the floor order tells: a fall that was caught and a rise after it, or before it."""
    config = EnsembleConfig(step=8.0)
    right, wrong = {"facets": 1, "quality": 9_999}, {"facets": 9_999, "quality": 1}
    rose_last = learned_weights(WEIGHTS, [wrong, wrong, wrong, right], config).factors["facets"]
    fell_last = learned_weights(WEIGHTS, [right, wrong, wrong, wrong], config).factors["facets"]
    move = exp(8.0 * (1 - 1 / log2(10_000)) / 2)
    assert rose_last == pytest.approx(1 + (0.01 * move - 1) * 4 / 24)
    assert fell_last == pytest.approx(1 + (0.01 - 1) * 4 / 24)
    assert fell_last < rose_last


@given(lessons=lessons_drawn)
def test_weights_stay_positive_and_near_the_global_ones(lessons: list[dict[str, int]]) -> None:
    """No scorer is ever switched off, and n lessons move a weight by a bounded factor."""
    learned = learned_weights(WEIGHTS, lessons)
    count = sum(bool(lesson) for lesson in lessons)
    assert learned.lessons == count
    bound = exp(0.1 * count)
    for name, factor in learned.factors.items():
        assert 0.0 < factor <= bound, name
    for name in ("facets", "embedding"):
        held = learned.weights.personal(name) / WEIGHTS.personal(name)
        assert held == pytest.approx(learned.factors.get(name, 1.0))


@given(lessons=lessons_drawn, rank=st.integers(1, 100))
def test_who_agrees_with_everybody_teaches_nothing(
    lessons: list[dict[str, int]], rank: int
) -> None:
    """A choice that all scorers had placed alike says nothing of them; only the mixing moves."""
    alike = dict.fromkeys(NAMES, rank)
    config = EnsembleConfig(prior_lessons=1e-9)  # the own factors as they are
    before = learned_weights(WEIGHTS, lessons, config).factors
    after = learned_weights(WEIGHTS, [*lessons, alike], config).factors
    assert {n: after[n] for n in before} == pytest.approx(dict(before), rel=1e-6)


# --- own weights in the blend -------------------------------------------------------------------


def test_the_ranks_of_a_list_by_each_scorer_alone() -> None:
    """Facet terms count as one scorer, which is their sum; places are ranked among all rows."""
    terms = {
        "popularity": np.array([3.0, 2.0, 1.0]),
        "genre": np.array([0.0, 1.0, 0.0]),
        "actor": np.array([0.0, -2.0, 0.5]),
        "recent": np.array([0.0, 0.0, 0.0]),
    }
    boosts = {"genre": np.zeros(3), "actor": np.zeros(3)}
    scores = BlendedScores(terms, ("popularity",), boosts, {}, 3)
    assert scores.ranks(np.array([2, 0])) == {
        "popularity": (3, 1), "recent": (2, 2), "facets": (1, 2)
    }  # fmt: skip
    nobody = BlendedScores({"popularity": terms["popularity"]}, ("popularity",), {}, {}, 3)
    assert nobody.ranks(np.array([1])) == {"popularity": (2,)}


def test_the_best_first_and_of_equals_the_lower_row() -> None:
    """Rows need not be in order; places are into the rows."""
    rows = np.array([40, 10, 30, 20])
    scores = BlendedScores({"popularity": np.array([1.0, 0.5, 2.0, 0.5])}, (), {}, {}, 4)
    assert scores.best_first(rows).tolist() == [2, 0, 1, 3]
    level = BlendedScores({"popularity": np.zeros(4)}, (), {}, {}, 4)
    assert level.best_first(rows).tolist() == [1, 3, 2, 0]


def parts_of(own: BlendWeights | None, w: float = 0.5) -> Parts:
    known = BlendWeights({"facets": 0.5, "recent": 0.5}, {"popularity": 0.6, "quality": 0.4})
    blend = Blend(PersonalizationEngine(), InterestModel(), BlendConfig(weights=known))
    sides = Sides({"popularity": np.ones(2), "quality": np.ones(2)})
    return blend.parts(w, sides, ("facets", "recent"), own)


def test_own_weights_change_how_a_side_is_divided_and_what_it_weighs() -> None:
    """At w = 1/2 taste adds 1 in all; with 1.0 and .5 in place of .5 and .5 it adds 1.5."""
    assert dict(parts_of(None).personal) == pytest.approx({"facets": 0.5, "recent": 0.5})
    own = BlendWeights({"facets": 1.0, "recent": 0.5}, {"popularity": 0.3, "quality": 0.4})
    parts = parts_of(own)
    assert dict(parts.personal) == pytest.approx({"facets": 1.0, "recent": 0.5})
    assert dict(parts.model) == pytest.approx({"popularity": 0.3, "quality": 0.4})
    whole = 1.0 + 0.5 + 0.3 + 0.4
    assert dict(parts.shares) == pytest.approx(
        {"facets": 1.0 / whole, "recent": 0.5 / whole, "popularity": 0.3 / whole,
         "quality": 0.4 / whole}
    )  # fmt: skip


def test_own_weights_like_everybodys_change_nothing() -> None:
    """Nothing learned is nothing different, to the last digit that counts."""
    known = BlendWeights({"facets": 0.5, "recent": 0.5}, {"popularity": 0.6, "quality": 0.4})
    for w in (0.0, 0.3, 0.6):
        same, usual = parts_of(known, w), parts_of(None, w)
        assert dict(same.model) == pytest.approx(dict(usual.model))
        assert dict(same.personal) == pytest.approx(dict(usual.personal))
    assert dict(parts_of(known, 0.0).personal) == {}

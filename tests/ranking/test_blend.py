"""The ranking without a query: what suits the person, as far as the person is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ranking.small_worlds import BLEND, WEIGHTS
from worlds import (
    make_event,
    make_item,
    make_placed_learner,
    make_statement,
    taste_of,
    taste_with,
)

from penchant.domain.record import StatementAction
from penchant.ranking.blend import BlendConfig, BlendedScores, Sides, personal_share
from penchant.ranking.weights import BlendWeights
from penchant.taste.learner import Learner
from penchant.taste.reading import TasteReading

CONFIG = BLEND.config
ROWS = np.arange(4, dtype=np.int64)
MODEL = {
    "popularity": np.array([10.0, 5.0, 0.0, 2.5]),
    "quality": np.array([0.2, 0.4, 0.8, 0.0]),
}


@pytest.fixture(scope="module")
def learner() -> Learner:
    """Four items: two Medical of one direction, a Thriller across, a Comedy opposite."""
    items = [
        make_item("a", genre=["Medical"]),
        make_item("b", genre=["Medical"]),
        make_item("c", genre=["Thriller"]),
        make_item("d", genre=["Comedy"]),
    ]
    directions = {"a": (1, 0), "b": (4, 3), "c": (0, 1), "d": (-1, 0)}
    return make_placed_learner(items, directions)


def scores(learner: Learner, reading: TasteReading | None) -> BlendedScores:
    return BLEND.scores(reading, learner.vectors.centred, ROWS, Sides(MODEL))


def test_a_stranger_gets_the_model_alone(learner: Learner) -> None:
    """Popularity .6 and quality .4, each over its largest: 1, .5, 0, .25 and .25, .5, 1, 0."""
    found = scores(learner, None)
    assert set(found.terms) == {"popularity", "quality"}
    assert found.score == pytest.approx([0.7, 0.5, 0.4, 0.15])
    assert found.model_score == pytest.approx(found.score)
    assert not found.boosts
    assert personal_share(None, CONFIG) == 0.0


@pytest.mark.parametrize("evidence", [0.0, 0.3, 1.0, 2.0, 6.0, 1_000.0])
def test_the_personal_share_rises_with_the_evidence(learner: Learner, evidence: float) -> None:
    """The share is .6 * e / (e + 2): .2 after one, .3 after two, .45 after six full verdicts."""
    reading = taste_with(learner.catalogue, {})
    reading = replace(reading, profile=replace(reading.profile, evidence=evidence))
    assert personal_share(reading, CONFIG) == pytest.approx(0.6 * evidence / (evidence + 2))


def test_evidence_is_the_strength_of_current_verdicts_not_the_number_of_events(
    learner: Learner,
) -> None:
    """Watched (1) and clicked (.3), with nineteen clicks more that say nothing new: e = 1.3."""
    watched = make_event("watched", "a")
    clicks = [make_event("click", "c", position=2 + n) for n in range(20)]
    reading = taste_of(learner, watched, *clicks)
    assert personal_share(reading, CONFIG) == pytest.approx(0.6 * 1.3 / 3.3)


@pytest.mark.parametrize("action", [StatementAction.LIKE, StatementAction.PIN])
def test_a_stated_like_works_before_the_first_event(
    learner: Learner, action: StatementAction
) -> None:
    """It counts as one verdict and lifts every item with that value above its model score."""
    reading = taste_of(learner, make_statement(action, "genre", "thriller"))
    assert personal_share(reading, CONFIG) == pytest.approx(0.2)
    found = scores(learner, reading)
    lift = found.score - found.model_score
    assert lift[2] > 0.0
    assert lift[[0, 1, 3]] == pytest.approx(np.zeros(3))
    assert int(np.argmax(found.score / scores(learner, None).score)) == 2


def test_the_blend_worked_by_hand(learner: Learner) -> None:
    """One watched Medical item: w = .2, so that taste adds w / (1 - w) = .25 to a model of 1.

    Every personal column is over its largest absolute value: the genre column is 1, 1, 0, 0, the
    cosines to `a` are 1, .8, 0, -1, for the embedding as for the one interest.
    """
    found = scores(learner, taste_of(learner, make_event("watched", "a")))
    assert found.terms["popularity"] == pytest.approx(0.6 * np.array([1.0, 0.5, 0.0, 0.25]))
    assert found.terms["quality"] == pytest.approx(0.4 * np.array([0.25, 0.5, 1.0, 0.0]))
    assert found.terms["genre"] == pytest.approx(0.125 * np.array([1.0, 1.0, 0.0, 0.0]))
    cosines = np.array([1.0, 0.8, 0.0, -1.0])
    assert found.terms["embedding"] == pytest.approx(0.0625 * cosines, abs=1e-6)
    assert found.terms["interests"] == pytest.approx(0.0625 * cosines, abs=1e-6)
    assert found.model_score == pytest.approx(found.terms["popularity"] + found.terms["quality"])
    assert found.boosts["genre"] == pytest.approx([0.3, 0.3, 0.0, 0.0])


def test_weights_are_shares_of_the_whole(learner: Learner) -> None:
    reading = taste_of(learner, make_event("watched", "a"))
    assert scores(learner, reading).weights == pytest.approx(
        {"popularity": 0.48, "quality": 0.32, "facets": 0.1, "embedding": 0.05, "interests": 0.05}
    )


def test_half_the_strength_is_half_the_personal_share(learner: Learner) -> None:
    """W falls from .2 to .1: taste adds 1/9 of the model instead of 1/4, which stays as it is."""
    reading = taste_of(learner, make_event("watched", "a"))
    vectors = learner.vectors.centred
    half = BLEND.scores(reading, vectors, ROWS, Sides(MODEL), strength=0.5)
    whole = scores(learner, reading)
    assert half.terms["genre"] == pytest.approx(whole.terms["genre"] * (1 / 9) / (1 / 4))
    assert half.terms["popularity"] == pytest.approx(whole.terms["popularity"])
    assert half.weights == pytest.approx(
        {
            "popularity": 0.54,
            "quality": 0.36,
            "facets": 0.05,
            "embedding": 0.025,
            "interests": 0.025,
        }
    )


def test_what_others_do_adds_to_the_score_and_takes_from_nothing(learner: Learner) -> None:
    """A weight of 4 trusted by half adds 2 to a model of 1 and a taste of .25: 2/3.25 of all."""
    reading = taste_of(learner, make_event("watched", "a"))
    weights = BlendWeights(WEIGHTS.personal_weights, {**WEIGHTS.model_weights, "crowd": 4.0})
    crowd = np.array([0.0, 0.0, 1.0, 0.0])
    sides = Sides({**MODEL, "crowd": crowd}, confidence={"crowd": 0.5})
    found = BLEND.scores(reading, learner.vectors.centred, ROWS, sides, own=weights)
    assert found.weights["crowd"] == pytest.approx(2 / 3.25)
    assert found.weights["facets"] == pytest.approx(0.125 / 3.25)
    assert found.terms["crowd"] == pytest.approx(2 * crowd)
    assert found.terms["genre"] == pytest.approx(0.125 * np.array([1.0, 1.0, 0.0, 0.0]))
    assert found.terms["popularity"] == pytest.approx(scores(learner, reading).terms["popularity"])


def test_without_strength_the_list_is_a_strangers(learner: Learner) -> None:
    reading = taste_of(learner, make_event("watched", "a"))
    none = BLEND.scores(reading, learner.vectors.centred, ROWS, Sides(MODEL), strength=0.0)
    assert none.score.tolist() == scores(learner, None).score.tolist()
    assert set(none.terms) == set(MODEL)


SHARES = st.floats(0.01, 10.0)


@given(
    evidence=st.floats(0.0, 1_000.0),
    personal=st.tuples(SHARES, SHARES, SHARES),
    model=st.dictionaries(st.sampled_from(["popularity", "quality"]), SHARES),
    scorers=st.sets(st.sampled_from(["popularity", "quality", "base", "crowd"]), min_size=1),
    known=st.booleans(),
)
def test_weights_sum_to_one_whatever_is_configured(
    learner: Learner,
    evidence: float,
    personal: tuple[float, float, float],
    model: dict[str, float],
    scorers: set[str],
    known: bool,  # noqa: FBT001 (hypothesis draws it)
) -> None:
    names = ("facets", "embedding", "interests")
    config = BlendConfig(weights=BlendWeights(dict(zip(names, personal, strict=True)), model))
    blend = replace(BLEND, config=config)
    reading = taste_with(learner.catalogue, {})
    reading = replace(reading, profile=replace(reading.profile, evidence=evidence))
    sides = Sides({name: np.ones(4) for name in scorers}, confidence={"crowd": 0.3})
    whom = reading if known else None
    weights = blend.scores(whom, learner.vectors.centred, ROWS, sides).weights
    assert sum(weights.values()) == pytest.approx(1.0)
    assert min(weights.values()) >= 0.0


@given(
    base=st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=4, max_size=4),
    factor=st.floats(0.01, 1e4),
    likes=st.dictionaries(st.sampled_from(["Medical", "Thriller"]), st.floats(0.0, 1.0)),
)
def test_base_scores_of_any_scale_mean_the_same(
    learner: Learner, base: list[float], factor: float, likes: dict[str, float]
) -> None:
    """A caller's scores count by their proportions: their unit does not drown the taste."""
    reading = taste_with(learner.catalogue, {"genre": likes})
    reading = replace(reading, profile=replace(reading.profile, evidence=3.0))
    vectors = learner.vectors.centred
    small = BLEND.scores(reading, vectors, ROWS, Sides({"base": np.array(base)}))
    large = BLEND.scores(reading, vectors, ROWS, Sides({"base": np.array(base) * factor}))
    assert large.score == pytest.approx(small.score)
    # With three verdicts' worth of evidence w = .36: taste adds at most .36 / .64 of the model.
    assert np.all(np.abs(small.score) <= 1.0 + 0.36 / 0.64 + 1e-9)


def test_scores_are_finite_for_scorers_that_say_nothing(learner: Learner) -> None:
    """A model that is nought everywhere and a taste without any vector divide by nothing."""
    reading = taste_of(learner, make_statement(StatementAction.LIKE, "genre", "Western"))
    found = BLEND.scores(reading, learner.vectors.centred, ROWS, Sides({"base": np.zeros(4)}))
    assert found.score.tolist() == [0.0] * 4


def test_scoring_some_rows_gives_them_in_the_order_asked_for(learner: Learner) -> None:
    reading = taste_of(learner, make_event("love", "c"))
    model = {"base": np.array([1.0, 1.0])}
    found = BLEND.scores(reading, learner.vectors.centred, np.array([2, 0]), Sides(model))
    assert found.score[0] > found.score[1]


def test_everything_that_suits_better_scores_higher(learner: Learner) -> None:
    """With an even model the loved item's likes come first and the opposite comes last."""
    reading = taste_of(learner, make_event("love", "a"))
    found = BLEND.scores(reading, learner.vectors.centred, ROWS, Sides({"base": np.ones(4)}))
    assert np.argsort(-found.score).tolist() == [0, 1, 2, 3]


def test_the_best_of_two_interests_counts_not_their_average(learner: Learner) -> None:
    """Loving two unrelated things does not make something in between better than either."""
    reading = taste_of(learner, make_event("love", "a"), make_event("love", "c", position=2))
    interests = scores(learner, reading).terms["interests"]
    assert interests[0] == pytest.approx(interests[2])
    assert interests[0] > interests[1]

"""Fitting weights: who knows is found, chance is not, and questions rank as For You does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log2

import numpy as np
import pytest
from evaluation.small_logs import log_of, problem_of
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from ranking.crowd_moments import item, moment_of, paths
from worlds import NOON, make_event

from penchant.evaluation.weights import Question, fit_weights, question_of
from penchant.ranking.blend import Blend, BlendConfig, Sides, personal_share
from penchant.ranking.boosts import PersonalizationEngine
from penchant.ranking.for_you import ForYou
from penchant.ranking.weights import DEFAULT_WEIGHTS, BlendWeights
from penchant.taste.interests import InterestModel

ITEMS = 50
WEIGHTS = BlendWeights(
    {"facets": 0.5, "recent": 0.5}, {"popularity": 0.6, "quality": 0.4, "trend": 0.2}
)
Columns = Mapping[str, NDArray[np.float64]]


def blend_of(weights: BlendWeights = WEIGHTS) -> Blend:
    return Blend(PersonalizationEngine(), InterestModel(), BlendConfig(weights=weights))


def ask(place: int, w: float = 0.3, **columns: NDArray[np.float64]) -> Question:
    """A question whose scorers said this, each on the side that its weight is on."""
    model = {n: c for n, c in columns.items() if n in WEIGHTS.model_weights}
    return question_of(place, w, Sides(model), columns)


def made_up(
    knows: str | None, count: int = 60, seed: int = 3, share: float = 1.0
) -> list[Question]:
    """Questions on which scorers guess; the one that knows points at the next item that often."""
    rng = np.random.default_rng(seed)
    questions = []
    for _ in range(count):
        place = int(rng.integers(ITEMS))
        names = ("popularity", "quality", "trend", "facets", "recent")
        columns = {name: rng.random(ITEMS) for name in names}
        if knows is not None and rng.random() < share:
            columns[knows][place] = 1.5
        questions.append(ask(place, **columns))
    return questions


def one_right_answer(place: int, value: float) -> Question:
    """Of two items the trend lifts the second, which popularity holds down by `value`."""
    columns = {"popularity": np.array([1.0, 1.0 - value]), "trend": np.array([0.0, 1.0])}
    return ask(place, 0.0, **columns)


# --- what a question is worth -------------------------------------------------------------------


def test_a_question_worked_by_hand() -> None:
    """Popularity .6 and trend .2 over a base of 1: scores .6, .5, .32; the second comes second."""
    popular, trend = np.array([10.0, 5.0, 2.0]), np.array([0.0, 3.0, 3.0])
    gains = [
        ask(p, 0.0, popularity=popular, trend=trend).ndcg(blend_of(), WEIGHTS) for p in (0, 1, 2)
    ]
    assert gains == pytest.approx([1.0, 1 / log2(3), 1 / log2(4)])


def test_equals_count_the_middle_of_their_ranks() -> None:
    """Three equal items stand at rank 2 each: nothing is gained by saying nothing."""
    silent = ask(1, 0.0, popularity=np.zeros(3))
    assert silent.ndcg(blend_of(), WEIGHTS) == pytest.approx(1 / log2(3))


def test_beyond_the_tenth_rank_nothing_is_gained() -> None:
    """As in the metric that is reported: the tenth gains 1 / log2(11), the eleventh 0."""
    column = np.arange(20.0, 0.0, -1.0)
    assert ask(9, 0.0, popularity=column).ndcg(blend_of(), WEIGHTS) == pytest.approx(1 / log2(11))
    assert ask(10, 0.0, popularity=column).ndcg(blend_of(), WEIGHTS) == 0.0


@given(weights=st.lists(st.sampled_from([0.0, 0.1, 1.0, 4.0]), min_size=5, max_size=5))
def test_questions_rank_as_for_you_does(weights: Sequence[float]) -> None:
    """Under any weights, the gain is that of the item's rank in the list that would be served."""
    items = [item(name, raters=50 * n) for n, name in enumerate("abcdef")]
    own = [make_event("watched", "a", at=NOON + 60), make_event("hate", "b", position=2, at=NOON)]
    moment = moment_of(items, paths("acd", "ace", "bf"), own, rows=[2, 3, 4, 5], now=NOON + 120)
    personal = dict(zip(("facets", "embedding", "recent"), weights[:3], strict=True))
    tried = BlendWeights(
        {"interests": 0.3, **personal},
        {"popularity": 0.6, "quality": 0.4, "transitions": weights[3], "trend": weights[4]},
    )
    if sum(tried.personal_weights.values()) == 0.0:
        return
    start, served = ForYou(blend_of()), ForYou(blend_of(tried))
    sides = start.sides(moment)
    assert moment.reading is not None
    columns = {**sides.model, **sides.personal}
    columns |= start.blend.personal_columns(moment.reading, moment.vectors, moment.rows)
    w = personal_share(moment.reading, start.blend.config)
    score = served.scores(moment).score
    for place in range(len(moment.rows)):
        gain = question_of(place, w, sides, columns).ndcg(start.blend, tried)
        near = np.abs(score - score[place]) < 1e-6
        best = 1 + int(((score > score[place]) & ~near).sum())
        worst = best + int(near.sum()) - 1
        assert 1 / log2(1 + worst) - 1e-9 <= gain <= 1 / log2(1 + best) + 1e-9


def test_a_question_keeps_no_more_than_it_needs() -> None:
    """The columns are over their largest value; a scorer's scale is of no account."""
    small = ask(1, popularity=np.array([1.0, 2.0]), recent=np.array([-4.0, 2.0]))
    large = ask(1, popularity=np.array([100.0, 200.0]), recent=np.array([-0.4, 0.2]))
    for name in ("popularity", "recent"):
        assert small.columns[name] == pytest.approx(large.columns[name])
        assert float(np.abs(small.columns[name]).max()) == 1.0
    assert small.personal == ("recent",)
    silent = ask(0, popularity=np.zeros(2))
    assert silent.columns["popularity"].tolist() == [0.0, 0.0]


# --- fitting ------------------------------------------------------------------------------------


@pytest.mark.parametrize("knows", ["trend", "quality", "recent", "facets"])
def test_the_scorer_that_knows_is_found(knows: str) -> None:
    """It comes to count for more than those beside it that guess, and the lists get better."""
    fitted = fit_weights(made_up(knows), blend_of())
    sides = [(WEIGHTS.personal_weights, fitted.personal), (WEIGHTS.model_weights, fitted.model)]
    before, after = next(side for side in sides if knows in side[0])
    grown = {name: after[name] / before[name] for name in before}
    assert all(grown[knows] > grown[name] for name in grown if name != knows)
    assert fitted.report["questions"] == 60
    assert fitted.report["ndcg@10_after"] > fitted.report["ndcg@10_before"] + 0.2
    fresh = made_up(knows, seed=99)
    gained = [q.ndcg(blend_of(), fitted.weights) - q.ndcg(blend_of(), WEIGHTS) for q in fresh]
    assert float(np.mean(gained)) > 0.1


def test_the_report_is_true() -> None:
    """What it says of before and after is what the questions give under those weights."""
    questions = made_up("trend", share=0.5)
    fitted = fit_weights(questions, blend_of())
    for figure, weights in (("before", WEIGHTS), ("after", fitted.weights)):
        mean = float(np.mean([q.ndcg(blend_of(), weights) for q in questions]))
        assert fitted.report[f"ndcg@10_{figure}"] == pytest.approx(mean, abs=1e-5)
    factors = dict.fromkeys(WEIGHTS.personal_weights | WEIGHTS.model_weights, 1.0)
    for change in fitted.report["changes"]:
        name, factor = change.split(" x ")
        factors[name] *= float(factor)
    before = {**WEIGHTS.personal_weights, **WEIGHTS.model_weights}
    after = {**fitted.personal, **fitted.model}
    assert after == pytest.approx({name: before[name] * factors[name] for name in before})


def test_weights_stay_when_every_list_is_right_already() -> None:
    """Nothing to gain, nothing moved."""
    questions = [one_right_answer(0, 0.9) for _ in range(30)]
    fitted = fit_weights(questions, blend_of())
    assert fitted.weights.model("trend") == 0.2
    assert fitted.report["changes"] == []
    assert fitted.report["ndcg@10_before"] == fitted.report["ndcg@10_after"] == 1.0


def test_a_gain_within_chance_moves_nothing() -> None:
    """Eleven lists better and nine worse: a mean of two, an error of more than four."""
    better = [one_right_answer(1, 0.4) for _ in range(11)]
    worse = [one_right_answer(0, 0.4) for _ in range(9)]
    fitted = fit_weights([*better, *worse], blend_of())
    assert dict(fitted.weights.model_weights) == dict(WEIGHTS.model_weights)
    assert fitted.report["changes"] == []


def test_a_gain_beyond_chance_is_kept() -> None:
    """Sixteen lists better and four worse: a mean of twelve, an error of less than four."""
    better = [one_right_answer(1, 0.4) for _ in range(16)]
    worse = [one_right_answer(0, 0.4) for _ in range(4)]
    fitted = fit_weights([*better, *worse], blend_of())
    assert fitted.report["changes"]
    assert fitted.report["ndcg@10_after"] > fitted.report["ndcg@10_before"]
    assert fitted.model["trend"] / 0.2 > fitted.model["popularity"] / 0.6


@pytest.mark.parametrize("others", [0, 39])
def test_one_list_is_chance(others: int) -> None:
    """A single list that gets better, alone or among many that stay, moves no weight."""
    lucky = one_right_answer(1, 0.4)
    same = ask(0, 0.0, popularity=np.array([1.0, 0.0]), trend=np.zeros(2))
    fitted = fit_weights([lucky, *[same] * others], blend_of())
    assert fitted.report["changes"] == []
    assert dict(fitted.weights.model_weights) == dict(WEIGHTS.model_weights)


def test_fitting_twice_gives_the_same() -> None:
    """Nothing in it is random."""
    first, second = (fit_weights(made_up("trend", share=0.4), blend_of()) for _ in range(2))
    assert first == second


def test_progress_is_told() -> None:
    """From nothing on, never beyond the whole."""
    told: list[tuple[int, int]] = []
    fit_weights(made_up("trend", count=5), blend_of(), lambda done, of: told.append((done, of)))
    assert told[0][0] == 0
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert all(done < of for done, of in told)


def test_a_scorer_without_a_weight_stays_without() -> None:
    """A scorer of one's own counts 1 until it is given a weight; fitting invents none."""
    rng = np.random.default_rng(1)
    questions = []
    for _ in range(20):
        place = int(rng.integers(ITEMS))
        mine = rng.random(ITEMS)
        mine[place] = 2.0
        columns = {"popularity": rng.random(ITEMS), "mine": mine}
        questions.append(question_of(place, 0.0, Sides(columns), columns))
    assert "mine" not in fit_weights(questions, blend_of()).model


def test_the_start_is_the_blends_own_weights() -> None:
    """What ships is where fitting starts unless something else is served."""
    problem = problem_of(log_of(("u", "i", 0.0)))
    assert problem.weights is None
    assert BlendConfig().weights is DEFAULT_WEIGHTS
    other = BlendWeights(WEIGHTS.personal_weights, {**WEIGHTS.model_weights, "trend": 0.7})
    fitted = fit_weights([one_right_answer(0, 0.9)] * 3, blend_of(other))
    assert fitted.model["trend"] == 0.7

"""From placings to figures, intervals and differences."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation.small_logs import SCHEMA, Constant, Follows, log_of, problem_of, ring

from penchant.evaluation.baselines.popularity import Popularity
from penchant.evaluation.comparison import ModelResult, PairedDifference, compare
from penchant.evaluation.contest import hold_contest
from penchant.evaluation.plan import Plan
from penchant.evaluation.problem import Model
from penchant.evaluation.protocols import ProtocolSettings, make_plan
from penchant.taste.signals import DEFAULT_SIGNALS

SIGNALS = DEFAULT_SIGNALS.on_scale(*SCHEMA.rating_scale)
RING = ring(people=12, items=12, length=8)


def compared(
    plan: Plan, models: list[Model], k: int = 3
) -> tuple[list[ModelResult], list[PairedDifference]]:
    """Figures of some models over a plan, without vectors."""
    return compare(plan, hold_contest(plan, models, k), k, None, np.random.default_rng(0))


def test_the_better_model_is_ahead_and_surely_so() -> None:
    """Differences are first minus other: positive, and the interval leaves 0 out."""
    problem = problem_of(RING)
    plan = make_plan(RING, ProtocolSettings(), SIGNALS)
    (best, worse), paired = compared(plan, [Follows(problem), Popularity(problem)])
    assert best.metrics["ndcg"].value == 1.0
    of_ndcg = next(p for p in paired if p.metric == "ndcg")
    assert (of_ndcg.first, of_ndcg.second) == ("follows", "popularity-batch")
    assert of_ndcg.difference.value == pytest.approx(1.0 - worse.metrics["ndcg"].value)
    assert of_ndcg.difference.low > 0.0


def test_the_other_way_round_the_sign_turns() -> None:
    """The first model is the one that is spoken of."""
    problem = problem_of(RING)
    plan = make_plan(RING, ProtocolSettings(), SIGNALS)
    paired = compared(plan, [Popularity(problem), Follows(problem)])[1]
    assert all(p.difference.high < 0.0 for p in paired if p.metric == "ndcg")


def test_equal_models_differ_by_nothing() -> None:
    """The same people are drawn for both, so that the interval is a point."""
    plan = make_plan(RING, ProtocolSettings(), SIGNALS)
    flat: list[Model] = [Constant(name, [0.0] * 12) for name in ("a", "b")]
    for p in compared(plan, flat)[1]:
        assert p.difference == (0.0, 0.0, 0.0)


def test_everybody_counts_once() -> None:
    """One is asked 1 list and found, one is asked 3 and never found: the mean is 1/2, not 1/4."""
    log = log_of(("u", "a", 0), ("v", "b", 1), ("v", "c", 2), ("v", "d", 3))
    plan = make_plan(log, ProtocolSettings(protocol="replay"), SIGNALS)
    only_a: list[Model] = [Constant("a", [1.0, -np.inf, -np.inf, -np.inf])]
    assert compared(plan, only_a)[0][0].metrics["ndcg"].value == 0.5


def test_the_curve_counts_the_events_before_the_list() -> None:
    """Whoever has exactly one event is asked for the second; 1-5 takes all of those lists."""
    log = log_of(*(("u", item, n) for n, item in enumerate("abcd")))
    plan = make_plan(log, ProtocolSettings(protocol="replay"), SIGNALS)
    only_b: list[Model] = [Constant("b", [-np.inf, 1.0, -np.inf, -np.inf])]
    curve = {(p.least, p.most): p for p in compared(plan, only_b)[0][0].curve}
    assert curve[1, 1].ndcg.value == 1.0
    assert curve[2, 2].ndcg.value == 0.0
    assert curve[1, 5].ndcg.value == pytest.approx(1 / 3)
    assert (curve[1, 1].users, curve[10, 10].users) == (1, 0)
    assert np.isnan(curve[10, 10].ndcg.value)


def test_only_replay_has_a_curve() -> None:
    """Leave-one-out asks each person once: there is no curve to draw."""
    plan = make_plan(RING, ProtocolSettings(), SIGNALS)
    assert compared(plan, [Constant("a", [0.0] * 12)])[0][0].curve == ()


def test_novelty_and_debiasing_count_people_in_what_was_learned() -> None:
    """The target is met by nobody in what is learned: 5 of 5 events are u's own."""
    log = log_of(*(("u", f"i{n}", n) for n in range(5)), ("v", "i0", 0))
    plan = make_plan(log, ProtocolSettings(), SIGNALS)
    found = compared(plan, [Constant("a", [0.0] * 5)], k=1)[0][0]
    # i4 is listed: nobody of the two people met it, so -log2(1 / 3).
    assert found.metrics["novelty"].value == pytest.approx(np.log2(3.0))
    assert found.metrics["debiased_ndcg"].value == 1.0

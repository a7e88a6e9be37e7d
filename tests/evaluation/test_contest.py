"""Several models over one plan."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation.small_logs import SCHEMA, Constant, Follows, fashion, problem_of, ring
from numpy.typing import NDArray

from penchant.errors import InvalidInput, PenchantError
from penchant.evaluation.baselines.ease import Ease
from penchant.evaluation.baselines.popularity import Popularity
from penchant.evaluation.contest import hold_contest
from penchant.evaluation.plan import Plan
from penchant.evaluation.protocols import ProtocolSettings, make_plan
from penchant.taste.signals import DEFAULT_SIGNALS

SIGNALS = DEFAULT_SIGNALS.on_scale(*SCHEMA.rating_scale)
RING = ring(people=12, items=12, length=8)


def plan_of(protocol: str = "leave-one-out") -> Plan:
    """A plan over the ring."""
    return make_plan(RING, ProtocolSettings(protocol=protocol), SIGNALS)  # type: ignore[arg-type]


def test_what_always_follows_is_found_first() -> None:
    """On the ring the model of transitions puts every target first; popularity cannot."""
    problem = problem_of(RING)
    follows, popular = hold_contest(plan_of(), [Follows(problem), Popularity(problem)], 5)
    assert follows.ranks.tolist() == [1.0] * 12
    assert popular.ranks.mean() > 2.0
    assert follows.lists[:, 0].tolist() == plan_of().asks.targets.tolist()


def test_what_everybody_meets_is_found_first() -> None:
    """In a world of one hit popularity puts every target first; transitions cannot know it."""
    log = fashion(people=8)
    plan = make_plan(log, ProtocolSettings(), SIGNALS)
    problem = problem_of(log)
    follows, popular = hold_contest(plan, [Follows(problem), Popularity(problem)], 5)
    assert popular.ranks.tolist() == [1.0] * 8
    assert follows.ranks.min() > 5.0


def test_replay_learns_on_the_way() -> None:
    """On the ring nothing is known at first; once someone walked the way the rest is foreseen."""
    follows = hold_contest(plan_of("replay"), [Follows(problem_of(RING))], 5)[0]
    quarter = len(follows.ranks) // 4
    assert follows.ranks[:quarter].mean() > 3.0
    assert follows.ranks[-quarter:].tolist() == [1.0] * quarter


def test_batch_models_are_refused_in_replay() -> None:
    """The message names them and what to do instead."""
    problem = problem_of(RING)
    with pytest.raises(InvalidInput, match=r"ease must see the whole log.*--protocol temporal"):
        hold_contest(plan_of("replay"), [Follows(problem), Ease(problem)], 5)


def test_the_whole_catalogue_is_ranked_unless_a_sample_is_asked_for() -> None:
    """A model that puts the target last of 12 - 7 unseen items: rank 5, among 2 sampled 3."""
    plan = plan_of()
    placings = hold_contest(plan, [Antagonist(plan)], 5)[0]
    assert placings.ranks.tolist() == [5.0] * 12
    sampled = hold_contest(plan, [Antagonist(plan)], 5, sampled=2)[0]
    assert sampled.ranks.tolist() == [3.0] * 12
    assert ((sampled.lists >= 0).sum(axis=1) == 3).all()


def test_sampled_negatives_are_the_same_for_every_model_and_seed() -> None:
    """Two equal models meet the same opponents; another seed draws others."""
    plan = plan_of()
    flat = [Constant(name, [0.0] * 12) for name in ("a", "b")]
    one, other = hold_contest(plan, flat, 5, sampled=2, seed=1)
    np.testing.assert_array_equal(one.lists, other.lists)
    again = hold_contest(plan, flat[:1], 5, sampled=2, seed=1)[0]
    np.testing.assert_array_equal(one.lists, again.lists)
    changed = hold_contest(plan, flat[:1], 5, sampled=2, seed=2)[0]
    assert (one.lists != changed.lists).any()


def test_sampled_negatives_are_none_that_were_seen() -> None:
    """The opponents of a target are items that could have been in its list."""
    plan = plan_of()
    lists = hold_contest(plan, [Constant("flat", [0.0] * 12)], 5, sampled=3)[0].lists
    for ask, user in enumerate(plan.asks.user):
        own = plan.log.rows_by_user[user][: plan.asks.before[ask]]
        assert not set(plan.log.item[own].tolist()) & set(lists[ask].tolist())


@pytest.mark.parametrize("scores", [[0.0] * 11, [float("nan")] + [0.0] * 11])
def test_a_model_that_cannot_be_ranked_is_named(scores: list[float]) -> None:
    """Too few scores, or scores that are no numbers, never become a figure."""
    with pytest.raises(PenchantError, match="broken"):
        hold_contest(plan_of(), [Constant("broken", scores)], 5)


def test_infinite_scores_are_fine() -> None:
    """Always (+inf) and never (-inf) may stand beside each other."""
    scores = [float("inf"), float("-inf")] + [0.0] * 10
    assert np.isfinite(hold_contest(plan_of(), [Constant("sure", scores)], 5)[0].ranks).any()


def test_time_is_told_apart() -> None:
    """Learning and ranking are timed for each model."""
    placing = hold_contest(plan_of(), [Follows(problem_of(RING))], 5)[0]
    assert placing.seconds_learn > 0.0
    assert placing.seconds_rank > 0.0


def test_progress_is_told() -> None:
    """Learning names the model; ranking counts up to the number of lists."""
    told: list[tuple[str, int, int | None]] = []
    hold_contest(
        plan_of(), [Follows(problem_of(RING))], 5, progress=lambda *stage: told.append(stage)
    )
    assert told[0] == ("learning follows", 0, 1)
    assert told[-1] == ("ranking", 12, 12)


class Antagonist:
    """Knows the targets and puts them last."""

    name = "antagonist"
    online = True

    def __init__(self, plan: Plan) -> None:
        self.wanted = {int(u): plan.asks.targets_of(n) for n, u in enumerate(plan.asks.user)}
        self.item_count = len(plan.log.item_ids)

    def learn(self, log: object) -> None:
        del log

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        del at
        scores = np.ones(self.item_count)
        scores[self.wanted[user]] = 0.0
        return scores

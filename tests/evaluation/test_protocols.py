"""Protocols: who is asked what, and what a model may know by then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from evaluation.small_logs import SCHEMA, Constant, Spy, log_of, logs, problem_of, ring
from hypothesis import assume, given
from hypothesis import strategies as st
from worlds import DAY, NOON

from penchant.datasets.log import EventColumns
from penchant.errors import InvalidInput
from penchant.evaluation.contest import hold_contest
from penchant.evaluation.events import leading, positive
from penchant.evaluation.plan import Plan
from penchant.evaluation.preparation import ties_shuffled
from penchant.evaluation.protocols import ProtocolSettings, make_plan
from penchant.taste.signals import DEFAULT_SIGNALS

SIGNALS = DEFAULT_SIGNALS.on_scale(*SCHEMA.rating_scale)


def plan_of(log: EventColumns, **settings: object) -> Plan:
    """The plan of some settings."""
    return make_plan(log, ProtocolSettings(**settings), SIGNALS)  # type: ignore[arg-type]


def watched(plan: Plan) -> Spy:
    """A spy that has lived through the plan."""
    spy = Spy(problem_of(plan.log))
    hold_contest(plan, [spy], 3)
    return spy


def asked(plan: Plan) -> dict[str, list[str]]:
    """The ids of the targets by user, for plans that ask once a user."""
    return {
        plan.log.user_ids[int(user)]: [plan.log.item_ids[t] for t in plan.asks.targets_of(ask)]
        for ask, user in enumerate(plan.asks.user)
    }


FIVE = [("u", f"i{n}", n) for n in range(5)]


def test_leave_one_out_asks_for_the_last_event() -> None:
    """Five events: the fifth is asked for at its time, the four before it are learned."""
    plan = plan_of(log_of(*FIVE))
    assert asked(plan) == {"u": ["i4"]}
    assert plan.asks.at.tolist() == [NOON + 4 * DAY]
    assert watched(plan).numbers == [0, 1, 2, 3]


def test_users_with_few_events_are_learned_from_and_not_asked() -> None:
    """Four events are too few; they are counted, and still teach."""
    plan = plan_of(log_of(*FIVE, *(("v", f"i{n}", n) for n in range(4))))
    assert asked(plan) == {"u": ["i4"]}
    assert plan.left_out["with fewer than 5 events"] == 1
    assert len(watched(plan).numbers) == 8


def test_a_target_is_an_item_that_was_not_met_before() -> None:
    """A rating of something seen is no target: seen items are not in the lists."""
    log = log_of(*FIVE, ("u", "i1", 5, "rating", 9.0))
    plan = plan_of(log)
    assert asked(plan) == {"u": ["i4"]}
    assert watched(plan).numbers == [0, 1, 2, 3], "what came after the target is not learned"


def test_what_is_consumed_again_and_again_may_be_asked_for_again() -> None:
    """In a repeatable catalogue the last event is the target, and nothing is left out."""
    log = log_of(*FIVE, ("u", "i1", 5))
    plan = plan_of(log, repeatable=True)
    assert asked(plan) == {"u": ["i1"]}
    best = Constant("best", [0.0, 1.0, 0.0, 0.0, 0.0])
    assert hold_contest(plan, [best], 3)[0].ranks.tolist() == [1.0]


def test_seen_items_stand_in_no_list() -> None:
    """A model that loves what was seen is not helped by it, and cannot list it."""
    fond = Constant("fond", [9.0, 9.0, 9.0, 9.0, 1.0])
    placings = hold_contest(plan_of(log_of(*FIVE)), [fond], 3)[0]
    assert placings.ranks.tolist() == [1.0]
    assert placings.lists.tolist() == [[4, -1, -1]]


def test_a_model_keeps_its_own_scores() -> None:
    """Leaving out what was seen does not reach into the model."""
    fond = Constant("fond", [9.0, 9.0, 9.0, 9.0, 1.0])
    hold_contest(plan_of(log_of(*FIVE)), [fond], 3)
    assert fond.given.tolist() == [9.0, 9.0, 9.0, 9.0, 1.0]


def test_positive_targets_skip_what_was_not_welcome() -> None:
    """The last event is a bad rating: with positive targets the one before is asked for."""
    log = log_of(*FIVE, ("u", "bad", 6, "rating", 2.0))
    assert asked(plan_of(log)) == {"u": ["bad"]}
    assert asked(plan_of(log, targets="positive")) == {"u": ["i4"]}


def test_a_dismissal_is_never_a_target() -> None:
    """Nobody wants to be shown what they will send away."""
    log = log_of(*FIVE, ("u", "gone", 6, "dismiss"))
    assert asked(plan_of(log)) == {"u": ["i4"]}


def test_a_sample_of_people_learns_what_everybody_learns() -> None:
    """Asking fewer people does not reveal the targets of the others."""
    log = ring(people=30, items=12, length=8)
    whole, some = plan_of(log), plan_of(log, users=7)
    assert len(some.asks) == 7
    assert some.rows.tolist() == whole.rows.tolist()
    assert asked(some).items() <= asked(whole).items()
    assert asked(plan_of(log, users=7, seed=1)) != asked(some)


def test_temporal_learns_what_was_before_and_asks_for_all_after() -> None:
    """The cut is strict: an event at the cut is after it."""
    log = log_of(*FIVE, ("v", "i0", 0), ("v", "i4", 1), ("late", "i1", 4))
    plan = plan_of(log, protocol="temporal", cut=NOON + 3 * DAY)
    assert asked(plan) == {"u": ["i3", "i4"]}
    assert plan.asks.at.tolist() == [NOON + 3 * DAY]
    spy = watched(plan)
    assert max(part.at.max() for part in spy.taught) == NOON + 2 * DAY
    assert plan.left_out == {
        "without an event before the cut": 1,
        "without a target after the cut": 1,
    }


def test_a_share_cuts_at_the_time_of_that_event() -> None:
    """Half of ten events: five are before."""
    log = log_of(*((user, f"{user}{n}", n) for n in range(5) for user in "uv"))
    plan = plan_of(log, protocol="temporal", cut=0.5)
    assert len(watched(plan).numbers) == 4, "the two events of the cut's own moment are after it"


def test_temporal_needs_times() -> None:
    """Events that share one time cannot be cut; the message says what works."""
    log = log_of(*((user, f"i{n}", 0) for n in range(6) for user in "uv"))
    with pytest.raises(InvalidInput, match="leave-one-out"):
        plan_of(log, protocol="temporal")


def test_a_cut_outside_of_the_log_is_refused() -> None:
    """Everything on one side: there is nothing to learn or nothing to ask."""
    with pytest.raises(InvalidInput, match="one side of the cut"):
        plan_of(log_of(*FIVE), protocol="temporal", cut=NOON + 99 * DAY)


def test_replay_asks_before_it_learns() -> None:
    """Each event is asked for when exactly the events before it are known."""
    plan = plan_of(log_of(("u", "a", 0), ("v", "a", 1), ("u", "b", 2)), protocol="replay")
    spy = watched(plan)
    assert [known for _, _, known in spy.asked] == [0, 1, 2]
    assert spy.numbers == [0, 1], "nothing is asked after the last event, so it is not learned"
    assert plan.asks.before.tolist() == [0, 0, 1]


def test_replay_asks_only_for_what_was_welcome() -> None:
    """A dismissal and a bad rating are learned, not asked for."""
    log = log_of(
        ("u", "a", 0), ("u", "b", 1, "dismiss"), ("u", "c", 2, "rating", 1.0), ("u", "d", 3)
    )
    spy = watched(plan_of(log, protocol="replay"))
    assert [known for _, _, known in spy.asked] == [0, 3]


def test_replay_withholds_the_newest_events_of_each_user() -> None:
    """With one withheld, u's third list knows u's first event and not the second."""
    log = log_of(("u", "a", 0), ("u", "b", 1), ("v", "x", 2), ("u", "c", 3))
    plan = plan_of(log, protocol="replay", stale=1)
    spy = watched(plan)
    assert [known for _, _, known in spy.asked] == [0, 0, 1, 1]
    assert spy.numbers == [0]
    assert "1 withheld" in plan.protocol
    fond = Constant("fond", [1.0, 2.0, 0.0, 0.5])
    assert hold_contest(plan, [fond], 4)[0].lists[3].tolist() == [3, 2, -1, -1], "seen all the same"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"protocol": "leave-two-out"}, "replay"),
        ({"targets": "some"}, "positive"),
        ({"users": 0}, "at least 1"),
        ({"stale": -1}, "0 or more"),
        ({"stale": 2}, "needs the protocol replay"),
        ({"protocol": "temporal", "cut": 0.0}, "share"),
        ({"protocol": "temporal", "cut": float("nan")}, "share"),
    ],
)
def test_impossible_settings_say_what_is_possible(
    settings: dict[str, object], message: str
) -> None:
    """Each is refused by name before anything is learned."""
    with pytest.raises(InvalidInput, match=message):
        plan_of(log_of(*FIVE), **settings)


def test_nobody_to_ask_is_an_error() -> None:
    """The message counts who was left out and why."""
    with pytest.raises(InvalidInput, match="1 with fewer than 5 events"):
        plan_of(log_of(("u", "a", 0)))


def plan_or_none(log: EventColumns, **settings: object) -> Plan:
    """The plan, or another example where nobody can be asked."""
    try:
        return plan_of(log, **settings)
    except InvalidInput:
        assume(condition=False)
        raise


SETTINGS = st.one_of(
    st.fixed_dictionaries({"protocol": st.just("leave-one-out")}),
    st.fixed_dictionaries(
        {"protocol": st.just("temporal"), "cut": st.sampled_from([0.2, 0.5, 0.8])}
    ),
    st.fixed_dictionaries({"protocol": st.just("replay"), "stale": st.integers(0, 3)}),
)


@given(logs(), SETTINGS, st.sampled_from([None, "all", "positive"]), st.booleans())
def test_no_protocol_shows_a_model_what_it_asks_for(
    log: EventColumns,
    chosen: dict[str, object],
    targets: str | None,
    shuffled: bool,  # noqa: FBT001
) -> None:
    """Before an ask no event of that user from the target on is known, and no target is excluded.

    Targets lead somewhere and, where asked, are welcome; nothing is taught twice.
    """
    if shuffled:
        log = ties_shuffled(log, np.random.default_rng(3))
    plan = plan_or_none(log, **chosen, targets=targets)
    spy = watched(plan)
    assert len(set(spy.numbers)) == len(spy.numbers)
    able = leading(log) & (
        positive(log, SIGNALS)
        if ProtocolSettings(**chosen, targets=targets).targets_asked == "positive"  # type: ignore[arg-type]
        else True
    )
    for ask, (user, at, known) in enumerate(spy.asked):
        own = log.rows_by_user[user]
        wanted = set(plan.asks.targets_of(ask).tolist())
        seen = set(log.item[own[: plan.asks.before[ask]]].tolist())
        assert not wanted & seen
        taught = set(spy.numbers[:known])
        of_user = [row for row in own.tolist() if int(log.number[row]) in taught]
        first_target = min(row for row in own.tolist() if int(log.item[row]) in wanted)
        assert all(row < first_target for row in of_user)
        assert at == log.at[first_target]
        assert all(able[next(r for r in own.tolist() if log.item[r] == t)] for t in wanted)
        if plan.by_history:
            assert all(number < log.number[first_target] for number in taught)


@given(logs(), st.integers(0, 3))
def test_stale_replay_knows_all_but_the_newest_of_everybody(log: EventColumns, stale: int) -> None:
    """Before each ask, of the n events a user has had, the first n - stale are known."""
    plan = plan_or_none(log, protocol="replay", stale=stale)
    spy = watched(plan)
    for ask, (user, _, known) in enumerate(spy.asked):
        row = int(log.rows_by_user[user][plan.asks.before[ask]])
        taught = set(spy.numbers[:known])
        for own in log.rows_by_user:
            past = [r for r in own.tolist() if r < row]
            assert taught & set(own.tolist()) == set(past[: max(len(past) - stale, 0)])


def test_all_models_learn_the_same_slices() -> None:
    """Shared states rely on it: the same events, in the same order, at the same points."""
    plan = plan_of(ring(people=4, items=9, length=6), protocol="replay")
    spies = [Spy(problem_of(plan.log)), Spy(problem_of(plan.log))]
    hold_contest(plan, spies, 3)
    first, second = ([part.number.tolist() for part in spy.taught] for spy in spies)
    assert first == second
    assert spies[0].asked == spies[1].asked


def test_settings_are_plain_values() -> None:
    """The same settings are equal, so that a report can name them."""
    assert replace(ProtocolSettings(), seed=1) == ProtocolSettings(seed=1)

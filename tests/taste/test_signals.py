"""What each kind of feedback is worth, which values it takes, and which verdict stands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import DAY, NOON, make_event

from penchant.domain.profile import Verdict
from penchant.domain.record import Record
from penchant.errors import InvalidFeedback
from penchant.taste.signals import DEFAULT_SIGNALS, SignalRule, Signals
from penchant.taste.verdicts import current_verdicts

# Kind, value, strength, target: the table of the design, row by row.
TABLE = [
    ("watched", None, 1.0, 1.0),
    ("rating", 9.0, 1.0, 0.9),
    ("rating", 0.0, 1.0, 0.0),
    ("rating", 10.0, 1.0, 1.0),
    ("love", None, 1.0, 1.0),
    ("thumbs_up", None, 0.9, 1.0),
    ("like", None, 0.9, 1.0),
    ("hate", None, 1.0, 0.0),
    ("thumbs_down", None, 0.9, 0.0),
    ("dislike", None, 0.9, 0.0),
    ("watch_progress", 0.0, 0.0, 1.0),
    ("watch_progress", 0.45, 0.45, 1.0),
    ("watch_progress", 1.0, 1.0, 1.0),
    ("dismiss", None, 0.6, 0.0),
    ("skip", None, 0.3, 0.0),
    ("conversion", None, 1.0, 1.0),
    ("share", None, 0.8, 1.0),
    ("save", None, 0.7, 1.0),
    ("watchlist_add", None, 0.6, 1.0),
    ("watchlist_remove", None, 0.3, 0.0),
    ("click", None, 0.3, 1.0),
    ("view", None, 0.3, 1.0),
    ("dwell", 0.0, 0.0, 1.0),
    ("dwell", 75.0, 0.1, 1.0),
    ("dwell", 300.0, 0.4, 1.0),
    ("dwell", 3_000.0, 0.4, 1.0),
    ("scroll", 0.5, 0.15, 1.0),
    ("scroll", 1.0, 0.3, 1.0),
]


@pytest.mark.parametrize(("kind", "value", "strength", "target"), TABLE)
def test_each_kind_is_worth_what_the_table_says(
    kind: str, value: float | None, strength: float, target: float
) -> None:
    assert DEFAULT_SIGNALS.worth(kind, value) == pytest.approx((strength, target))


def test_the_table_above_names_every_known_kind() -> None:
    assert {kind for kind, *_ in TABLE} == set(DEFAULT_SIGNALS.rules)


def test_a_rating_is_a_share_of_the_catalogues_own_scale() -> None:
    """4.5 of 5 is .9, as is 9 of 10."""
    movies = DEFAULT_SIGNALS.on_scale(1.0, 5.0)
    assert movies.worth("rating", 4.5) == pytest.approx((1.0, 0.9))
    assert DEFAULT_SIGNALS.worth("rating", 9.0) == pytest.approx((1.0, 0.9))


NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("rating", 10.5, "10.5"),
        ("rating", -0.5, "from 0 to 10"),
        ("rating", NAN, "nan"),
        ("rating", INFINITY, "inf"),
        ("rating", None, "needs a value"),
        ("watch_progress", 1.01, "from 0 to 1"),
        ("watch_progress", -0.01, "from 0 to 1"),
        ("watch_progress", None, "needs a value"),
        ("watch_progress", NAN, "nan"),
        ("scroll", 55.0, "55.0"),
        ("dwell", -1.0, "-1.0"),
        ("dwell", INFINITY, "inf"),
        ("dwell", None, "needs a value"),
        ("watched", 1.0, "takes no value"),
        ("click", 0.0, "takes no value"),
    ],
)
def test_a_value_that_does_not_suit_is_refused_by_name(
    kind: str, value: float | None, said: str
) -> None:
    """The message names the kind and what is wrong, so that the sender can mend it."""
    with pytest.raises(InvalidFeedback) as refused:
        DEFAULT_SIGNALS.check(kind, value)
    assert kind in str(refused.value)
    assert said in str(refused.value)


@pytest.mark.parametrize(("value", "fits"), [(0.5, False), (1.0, True), (5.0, True), (5.1, False)])
def test_ratings_are_checked_against_the_catalogues_scale(
    value: float,
    fits: bool,  # noqa: FBT001 (a table column)
) -> None:
    movies = DEFAULT_SIGNALS.on_scale(1.0, 5.0)
    if fits:
        movies.check("rating", value)
    else:
        with pytest.raises(InvalidFeedback, match="from 1 to 5"):
            movies.check("rating", value)


@pytest.mark.parametrize(("kind", "value", "strength", "target"), TABLE)
def test_every_value_of_the_table_is_accepted(
    kind: str, value: float | None, strength: float, target: float
) -> None:
    DEFAULT_SIGNALS.check(kind, value)
    assert 0.0 <= strength <= 1.0
    assert 0.0 <= target <= 1.0


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    for use in (DEFAULT_SIGNALS.check, DEFAULT_SIGNALS.worth):
        with pytest.raises(InvalidFeedback, match=r"'binged'.*watched"):
            use("binged", None)


def test_a_kind_of_ones_own_joins_the_table_and_leaves_the_default_alone() -> None:
    """Registered with its own strength, target and rank, it takes part like any other."""
    own = DEFAULT_SIGNALS.with_rule("attended", SignalRule(0.8, 1.0, rank=5))
    own.check("attended", None)
    assert own.worth("attended", None) == (0.8, 1.0)
    assert own.worth("watched", None) == (1.0, 1.0)
    assert "attended" not in DEFAULT_SIGNALS.rules
    clicked, attended = make_event("click", "a"), make_event("attended", "a", position=2)
    liked = make_event("like", "a", position=3)
    assert standing_under(own, clicked, attended).kind == "attended"
    assert standing_under(own, attended, liked).kind == "like"
    assert standing_under(own, liked, attended).kind == "like"


def test_a_kind_of_ones_own_may_read_its_value() -> None:
    rule = SignalRule(1.0, 1.0, 4, value="share", strength_of_value=lambda share: share**2)
    own = DEFAULT_SIGNALS.with_rule("read_share", rule)
    assert own.worth("read_share", 0.5) == pytest.approx((0.25, 1.0))
    with pytest.raises(InvalidFeedback, match="read_share"):
        own.check("read_share", 2.0)


def test_weights_are_configuration() -> None:
    louder = DEFAULT_SIGNALS.with_rule("click", SignalRule(0.5, 1.0, rank=1))
    assert louder.worth("click", None) == (0.5, 1.0)
    assert DEFAULT_SIGNALS.worth("click", None) == (0.3, 1.0)


@given(value=st.floats(allow_nan=True, allow_infinity=True), kind=st.sampled_from(list(TABLE)))
def test_what_passes_the_check_is_worth_something_sound(
    value: float, kind: tuple[str, float | None, float, float]
) -> None:
    """No value that gets in gives a strength or a target outside [0, 1]."""
    try:
        DEFAULT_SIGNALS.check(kind[0], value)
    except InvalidFeedback:
        return
    strength, target = DEFAULT_SIGNALS.worth(kind[0], value)
    assert 0.0 <= strength <= 1.0
    assert 0.0 <= target <= 1.0


# The verdict on an item

Step = tuple[str, float | None]


def verdicts_of(
    steps: Sequence[Step], *, repeatable: bool = False, spacing: float = 60.0
) -> dict[str, Verdict]:
    """The verdicts after steps on one item, a minute apart."""
    events = [
        make_event(kind, "a", value, position=n, at=NOON + n * spacing)
        for n, (kind, value) in enumerate(steps, start=1)
    ]
    feedback = [(e.feedback, e.position) for e in events if e.feedback is not None]
    return current_verdicts(feedback, DEFAULT_SIGNALS, repeatable=repeatable)


def standing_under(signals: Signals, *events: Record) -> Verdict:
    """The verdict on item a under a table of one's own."""
    feedback = [(e.feedback, e.position) for e in events if e.feedback is not None]
    return current_verdicts(feedback, signals, repeatable=False)["a"]


def standing(*steps: Step) -> str:
    """The event whose verdict stands, by its place among the steps."""
    (verdict,) = verdicts_of(steps).values()
    return verdict.event_id


LADDER: list[list[Step]] = [
    [("click", None), ("view", None)],
    [("dwell", 90.0), ("scroll", 0.5)],
    [("watchlist_add", None), ("save", None), ("share", None)],
    [("watch_progress", 0.5)],
    [("watched", None), ("conversion", None)],
    [("like", None), ("dislike", None), ("thumbs_up", None), ("thumbs_down", None)],
    [("love", None), ("hate", None)],
    [("rating", 3.0), ("rating", 8.0)],
]
STEPS = [step for rung in LADDER for step in rung]
WEAKER_THEN_STRONGER = [
    (low, high) for below, above in pairwise(LADDER) for low in below for high in above
]


@pytest.mark.parametrize(("weaker", "stronger"), WEAKER_THEN_STRONGER)
def test_a_stronger_verdict_stands_whichever_came_last(weaker: Step, stronger: Step) -> None:
    """Rating > love > like > watched > progress > watchlist > dwell > click."""
    assert standing(weaker, stronger) == "e2"
    assert standing(stronger, weaker) == "e1"


@pytest.mark.parametrize("rung", LADDER)
def test_a_later_verdict_of_the_same_rank_replaces_the_earlier(rung: list[Step]) -> None:
    for first in rung:
        for second in rung:
            assert standing(first, second) == "e2"


@pytest.mark.parametrize("weaker", [step for rung in LADDER[:4] for step in rung])
def test_a_dismissal_replaces_weaker_positives(weaker: Step) -> None:
    """Clicks, looks, lists and a started item; not what was watched or judged."""
    assert standing(weaker, ("dismiss", None)) == "e2"


@pytest.mark.parametrize("stronger", [step for rung in LADDER[4:] for step in rung])
def test_a_dismissal_does_not_undo_what_was_watched_or_judged(stronger: Step) -> None:
    assert standing(stronger, ("dismiss", None)) == "e1"


@pytest.mark.parametrize("weaker", [step for rung in LADDER[:3] for step in rung])
def test_removing_from_the_list_replaces_weaker_positives(weaker: Step) -> None:
    assert standing(weaker, ("watchlist_remove", None)) == "e2"


@pytest.mark.parametrize("stronger", [step for rung in LADDER[4:] for step in rung])
def test_removing_from_the_list_after_watching_says_nothing(stronger: Step) -> None:
    assert standing(stronger, ("watchlist_remove", None)) == "e1"


def test_a_dismissed_item_stays_dismissed_when_clicked_by_chance() -> None:
    assert standing(("dismiss", None), ("click", None)) == "e1"
    assert standing(("dismiss", None), ("watchlist_add", None)) == "e2"


@given(steps=st.lists(st.sampled_from([*STEPS, ("skip", None), ("dismiss", None)]), min_size=1))
def test_one_item_has_one_verdict_of_the_highest_rank_reached(steps: list[Step]) -> None:
    (verdict,) = verdicts_of(steps).values()
    ranks = [DEFAULT_SIGNALS.rule(kind).rank for kind, _ in steps]
    last_of_highest = max(n for n, rank in enumerate(ranks, start=1) if rank == max(ranks))
    if ("dismiss", None) not in steps:
        assert verdict.rank == max(ranks)
        assert verdict.event_id == f"e{last_of_highest}"


def test_each_consumption_counts_where_items_are_repeated() -> None:
    """Songs or meals: five plays are five; five clicks are still one."""
    plays: list[Step] = [("watched", None)] * 5
    assert len(verdicts_of(plays, repeatable=True)) == 5
    assert len(verdicts_of(plays)) == 1
    assert len(verdicts_of([("click", None)] * 5, repeatable=True)) == 1
    assert {v.item_id for v in verdicts_of(plays, repeatable=True).values()} == {"a"}


@pytest.mark.parametrize(
    ("progress", "days", "left_lying"),
    [(0.29, 14.0, True), (0.29, 13.9, False), (0.3, 30.0, False), (0.05, 60.0, True)],
)
def test_a_barely_started_item_counts_mildly_against_after_two_idle_weeks(
    progress: float,
    days: float,
    left_lying: bool,  # noqa: FBT001 (a table column)
) -> None:
    """Below .3 and idle for 14 days of the person's own time: strength .3, target .35."""
    started = make_event("watch_progress", "a", progress, position=1)
    later = make_event("click", "b", position=2, at=NOON + days * DAY)
    events = [(e.feedback, e.position) for e in (started, later) if e.feedback is not None]
    verdict = current_verdicts(events, DEFAULT_SIGNALS, repeatable=False)["a"]
    expected = (0.3, 0.35) if left_lying else (progress, 1.0)
    assert (verdict.strength, verdict.target) == pytest.approx(expected)

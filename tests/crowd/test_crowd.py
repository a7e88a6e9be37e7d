"""The crowd: a sum over people from which each can be taken out again, exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from crowd.portraits import LogBook, counted_slowly, new_crowd, portrait_of, told
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import DAY, NOON, make_item

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import load_bundled_schema
from penchant.crowd.counts import CountMatrix
from penchant.crowd.crowd import Crowd, CrowdConfig
from penchant.crowd.people import Hearing, Person
from penchant.crowd.transitions import TransitionConfig
from penchant.domain.feedback import FeedbackType
from penchant.domain.record import Record, RecordType, Statement, StatementAction
from penchant.errors import StoreUnavailable
from penchant.taste.signals import DEFAULT_SIGNALS, SignalRule

KINDS = [str(kind) for kind in FeedbackType]
VALUED = {"rating": 2.0, "watch_progress": 0.1, "scroll": 0.5, "dwell": 60.0}
USERS = ["mina", "joon", "suzy"]
SCALES = TransitionConfig().scales


def event(position: int, user: str, kind: str, item_id: str, at: float | None = None) -> Record:
    """One event, with a low value where its kind needs one."""
    return told(position, user, kind, item_id, VALUED.get(kind), at=at)


def transitions(crowd: Crowd) -> dict[tuple[str, str], float]:
    """The middle table (decay .8) in whole transitions."""
    return {pair: count / 1024 for pair, count in portrait_of(crowd).tables[1].items()}


def taught(*records: Record, repeatable: bool = False) -> Crowd:
    """A crowd after these records."""
    return LogBook(records).taught(new_crowd(repeatable=repeatable))


# --- what leads and what follows ----------------------------------------------------------------


def test_one_path_by_hand() -> None:
    """Watching a, b, c in this order: a to b 1, b to c 1, a to c .8."""
    crowd = taught(*(event(n, "mina", "watched", item) for n, item in enumerate("abc", start=1)))
    assert transitions(crowd) == pytest.approx(
        {("a", "b"): 1.0, ("b", "c"): 1.0, ("a", "c"): 0.8}, abs=1e-3
    )
    assert portrait_of(crowd).days == {(item, int(NOON // DAY)): 1 for item in "abc"}
    assert crowd.position == 3


@pytest.mark.parametrize("kind", ["dismiss", "skip", "watchlist_remove"])
def test_what_was_sent_away_neither_leads_nor_follows(kind: str) -> None:
    """A dismissed item is no step: its neighbours are next to each other, and nobody's day."""
    crowd = taught(
        event(1, "mina", "watched", "a"),
        event(2, "mina", kind, "b"),
        event(3, "mina", "watched", "c"),
    )
    assert transitions(crowd) == {("a", "c"): 1.0}
    assert {item for item, _ in portrait_of(crowd).days} == {"a", "c"}


@pytest.mark.parametrize("kind", ["hate", "dislike", "thumbs_down"])
def test_what_was_seen_and_disliked_is_a_step(kind: str) -> None:
    """Whatever they thought of it, they turned to it: disliked items lead and follow."""
    crowd = taught(
        event(1, "mina", "watched", "a"),
        event(2, "mina", kind, "b"),
        told(3, "mina", "rating", "c", 0.5),
        event(4, "mina", "watched", "d"),
    )
    assert transitions(crowd)["a", "b"] == transitions(crowd)["b", "c"] == 1.0
    assert transitions(crowd)["c", "d"] == 1.0


def test_an_item_counts_once_by_its_verdicts_time() -> None:
    """A click on a, then b, then a rating of a: the path is b, a; the day of the click stays."""
    crowd = taught(
        event(1, "mina", "click", "a", NOON),
        event(2, "mina", "watched", "b", NOON + DAY),
        event(3, "mina", "rating", "a", NOON + 2 * DAY),
        event(4, "mina", "click", "a", NOON + 3 * DAY),
    )
    assert transitions(crowd) == {("b", "a"): 1.0}
    noon = int(NOON // DAY)
    assert portrait_of(crowd).days == {
        ("a", noon): 1,
        ("b", noon + 1): 1,
        ("a", noon + 2): 1,
        ("a", noon + 3): 1,
    }


def test_dismissing_ends_a_click_but_not_a_rating() -> None:
    """A dismissal takes a weaker verdict off the path; what was consumed stays on it."""
    path = [event(1, "mina", "click", "a"), event(2, "mina", "rating", "b")]
    path += [event(3, "mina", "watched", "c")]
    gone = taught(*path, event(4, "mina", "dismiss", "a"), event(5, "mina", "dismiss", "b"))
    assert transitions(gone) == {("b", "c"): 1.0}
    back = taught(*path, event(4, "mina", "dismiss", "a"), event(5, "mina", "watchlist_add", "a"))
    assert transitions(back)["c", "a"] == 1.0


def test_what_is_consumed_again_and_again_leads_each_time() -> None:
    """In a catalogue of songs a, b, a is two steps; elsewhere a counts where it came last."""
    path = [event(n, "mina", "watched", item) for n, item in enumerate("aba", start=1)]
    assert transitions(taught(*path)) == {("b", "a"): 1.0}
    assert transitions(taught(*path, repeatable=True)) == pytest.approx(
        {("a", "b"): 1.0, ("b", "a"): 1.0, ("a", "a"): 0.8}, abs=1e-3
    )


def test_a_person_counts_once_per_item_and_day() -> None:
    """Twenty clicks and a rating of one day are one person; the next day is another."""
    log = [event(n, "mina", "click", "a", NOON + n) for n in range(1, 21)]
    log += [event(21, "mina", "rating", "a", NOON + 30), event(22, "joon", "view", "a", NOON)]
    log += [event(23, "mina", "view", "a", NOON + DAY)]
    crowd = taught(*log)
    noon = int(NOON // DAY)
    assert portrait_of(crowd).days == {("a", noon): 2, ("a", noon + 1): 1}
    assert crowd.popular(NOON).tolist() == [2.0, 0.0]
    assert crowd.popular(NOON + 30 * DAY) == pytest.approx([1.0 + 0.5 ** (29 / 30), 0.0])
    assert crowd.trending(NOON + 7 * DAY) == pytest.approx([1.0 + 0.5 ** (6 / 7), 0.0])


# --- reading ------------------------------------------------------------------------------------


def test_continuations_by_hand() -> None:
    """The best continuation is 1, what nothing leads to 0, in between by the fourth root."""
    log = [event(n, "mina", "watched", item) for n, item in enumerate("abc", start=1)]
    crowd = taught(*log, event(4, "joon", "watched", "d"))
    columns = np.array([crowd.columns[item] for item in "bcd"] + [-1])
    likelihood, evidence = crowd.continuations(["a"], columns)
    scores = crowd._transitions.scores(np.array([crowd.columns["a"]]), columns[:3])
    least = crowd._transitions.least_score
    expected = (np.exp(scores[1] / 4) - np.exp(least / 4)) / (1.0 - np.exp(least / 4))
    assert likelihood == pytest.approx([1.0, expected, 0.0, 0.0])
    assert 0.0 < expected < 1.0
    assert likelihood[2] == likelihood[3] == 0.0
    assert evidence == pytest.approx(1.5, abs=1e-3)  # at decay .5: a to b 1, a to c .5


def test_where_nothing_leads_every_candidate_is_0() -> None:
    """Also when the history leads somewhere, but to none of the candidates."""
    log = [event(1, "mina", "watched", "a"), event(2, "mina", "watched", "b")]
    crowd = taught(*log, event(3, "joon", "watched", "c"), event(4, "suzy", "watched", "d"))
    columns = np.array([crowd.columns[item] for item in "cd"])
    likelihood, evidence = crowd.continuations(["a"], columns)
    assert evidence > 0.0
    assert likelihood.tolist() == [0.0, 0.0]
    for history in (["c"], ["never heard of"], []):
        likelihood, evidence = crowd.continuations(history, columns)
        assert (likelihood.tolist(), evidence) == ([0.0, 0.0], 0.0)


@pytest.mark.parametrize("floor", [n / 97 for n in range(1, 30)])
def test_nothing_is_exactly_nothing(floor: float) -> None:
    """However the floor rounds, what nothing leads to is 0: the blend would make all of a trace."""
    scales = tuple(replace(s, exponent=e) for s, e in zip(SCALES, (0.1, 0.7, 0.2), strict=True))
    config = CrowdConfig(TransitionConfig(scales, floor=floor))
    log = [event(1, "mina", "watched", "a"), event(2, "mina", "watched", "b")]
    log += [event(3, "joon", "watched", "c"), event(4, "suzy", "watched", "d")]
    crowd = LogBook(log).taught(Crowd(DEFAULT_SIGNALS, config=config))
    likelihood, _ = crowd.continuations(["a"], np.array([crowd.columns[i] for i in "cd"]))
    assert likelihood.tolist() == [0.0, 0.0]


def test_the_leaders_of_an_item() -> None:
    """Twenty went from a to x and two from b: a leads most, c does not lead at all."""
    log: list[Record] = []
    for n in range(22):
        first = "a" if n < 20 else "b"
        log += [event(2 * n + 1, f"u{n}", "watched", first), event(2 * n + 2, f"u{n}", "view", "x")]
    log += [event(100, "joon", "watched", "c")]
    crowd = taught(*log)
    leaders = crowd.leaders(["c", "b", "unknown", "a"], "x")
    assert [(item_id, goes_on) for item_id, _, goes_on in leaders] == [("a", True), ("b", True)]
    assert leaders[0][1] > leaders[1][1] > 0.0
    assert crowd.leaders(["a"], "unknown") == []
    assert crowd.leaders([], "x") == []


def test_columns_follow_the_catalogue() -> None:
    """Rows that nobody has turned to are -1, until somebody does."""
    schema = load_bundled_schema()
    catalogue = Catalogue(schema, [make_item(item) for item in ("a", "b", "c")])
    log = LogBook([event(1, "mina", "watched", "c")])
    crowd = log.taught()
    assert crowd.columns_of(catalogue).tolist() == [-1, -1, 0]
    log.records.append(event(2, "joon", "click", "a"))
    log.taught(crowd)
    assert crowd.columns_of(catalogue).tolist() == [1, -1, 0]
    other = Catalogue(schema, [make_item(item) for item in ("b", "c")])
    assert crowd.columns_of(other).tolist() == [-1, 0]


def test_how_many_people_turned_to_an_item() -> None:
    """People, not days: one who came three times is one; whom nobody knows of yet is none."""
    log = [
        event(1, "suzy", "watched", "a", NOON - 7 * DAY),
        event(2, "mina", "watched", "a", NOON - 2 * DAY),
        event(3, "joon", "click", "a", NOON - 6 * DAY),
        event(4, "mina", "rating", "a", NOON - DAY),
        event(5, "mina", "click", "a", NOON),
        event(6, "mina", "watched", "b", NOON),
        event(7, "jane", "dismiss", "a", NOON),
        event(8, "june", "watched", "a", NOON + 2 * DAY),
    ]
    crowd = taught(*log)
    assert crowd.turned_to("a", NOON, within_days=7) == 2
    assert crowd.turned_to("a", NOON, within_days=8) == 3
    assert crowd.turned_to("a", NOON, within_days=1) == 1
    assert crowd.turned_to("a", NOON) == 3
    assert crowd.turned_to("a", NOON + 2 * DAY) == 4
    assert crowd.turned_to("b", NOON) == 1
    assert crowd.turned_to("c", NOON) == 0
    crowd.unlearn("mina")
    assert crowd.turned_to("a", NOON) == 2
    assert crowd.turned_to("b", NOON) == 0


# --- exactness ----------------------------------------------------------------------------------


@st.composite
def logs(draw: st.DrawFn, most: int = 24) -> list[Record]:
    """Any log of three people and five items: every kind, ties, late events, undo and reset.

    A retraction marks its target at once, as the store does: whoever reads it later sees the mark.
    """
    records: list[Record] = []
    for position in range(1, draw(st.integers(1, most)) + 1):
        user = draw(st.sampled_from(USERS))
        at = NOON + draw(st.sampled_from([0.0, 60.0, 3_600.0, DAY, 20 * DAY, -20 * DAY]))
        what = draw(st.sampled_from(["event"] * 8 + ["undo"] * 2 + ["reset", "statement"]))
        name = f"e{position}"
        theirs = [r for r in records if r.user_id == user and r.type is not RecordType.RETRACTION]
        if what == "undo" and theirs:
            target = draw(st.sampled_from(theirs))
            records[target.position - 1] = replace(target, retracted=True)
            records.append(
                Record(RecordType.RETRACTION, name, user, at, position, target=target.event_id)
            )
        elif what == "reset":
            records.append(Record(RecordType.RESET, name, user, at, position))
        elif what == "statement":
            said = Statement(name, user, StatementAction.PIN, "genre", "Medical", at)
            records.append(Record(RecordType.STATEMENT, name, user, at, position, statement=said))
        else:
            kind = draw(st.sampled_from(KINDS))
            item_id = draw(st.sampled_from("abcde"))
            records.append(event(position, user, kind, item_id, at))
    return records


def unmarked(records: Sequence[Record], position: int) -> list[Record]:
    """The log as it was when it had `position` records: later retractions are unknown."""
    known = records[:position]
    gone = {record.target for record in known}
    return [replace(r, retracted=r.retracted and r.event_id in gone) for r in known]


def learn_in_steps(crowd: Crowd, records: Sequence[Record], ends: Sequence[int]) -> None:
    """Follow a log as it grows, reading it whenever it has `ends` records."""
    for end in ends:
        LogBook(unmarked(records, end)).taught(crowd)


@pytest.mark.parametrize("repeatable", [False, True])
@settings(max_examples=150, deadline=None)
@given(records=logs(), data=st.data())
def test_any_way_of_reading_a_log_gives_the_same_crowd(
    repeatable: bool,  # noqa: FBT001 - a parameter of the test
    records: list[Record],
    data: st.DataObject,
) -> None:
    """One by one as it grew, in any batches, or whole: what slow counting gives, to the bit."""
    size = len(records)
    expected = counted_slowly(records, repeatable=repeatable)
    cuts = data.draw(st.sets(st.integers(1, size)))
    for ends in (range(1, size + 1), [*sorted(cuts), size], [size]):
        crowd = new_crowd(repeatable=repeatable)
        learn_in_steps(crowd, records, ends)
        assert portrait_of(crowd) == expected
        assert crowd.position == size
    relearned = new_crowd(repeatable=repeatable)
    for user in data.draw(st.permutations(USERS)):
        relearned.relearn(user, LogBook(records).recall(user))
    assert portrait_of(relearned) == expected


@settings(max_examples=100, deadline=None)
@given(records=logs())
def test_a_log_read_late_is_the_log_read_at_once(records: list[Record]) -> None:
    """Who follows one record at a time, with all later retractions marked already, ends alike."""
    crowd, log = new_crowd(), LogBook(records)
    for record in records:
        crowd.learn([record], log.recall)
    assert portrait_of(crowd) == counted_slowly(records)


@settings(max_examples=100, deadline=None)
@given(records=logs(), data=st.data())
def test_people_are_learned_in_any_order(records: list[Record], data: st.DataObject) -> None:
    """The crowd is a sum over people: interleaving them otherwise changes nothing."""
    chosen = data.draw(st.permutations([record.user_id for record in records]))
    theirs = {user: iter([r for r in records if r.user_id == user]) for user in USERS}
    shuffled = [next(theirs[user]) for user in chosen]
    crowd, log = new_crowd(), LogBook(records)
    for user, part in ((record.user_id, record) for record in shuffled):
        crowd.learn([part], log.recall)
        assert user in crowd.people
    assert portrait_of(crowd) == counted_slowly(records)


@settings(max_examples=100, deadline=None)
@given(records=logs(), gone=st.sampled_from(USERS))
def test_taking_a_person_out_is_as_if_they_had_never_come(records: list[Record], gone: str) -> None:
    """Unlearning takes out all of one person and nothing of others; learning again brings back."""
    log = LogBook(records)
    crowd = log.taught()
    crowd.unlearn(gone)
    others = [record for record in records if record.user_id != gone]
    assert portrait_of(crowd) == counted_slowly(others)
    assert gone not in crowd.people
    crowd.relearn(gone, log.recall(gone))
    assert portrait_of(crowd) == counted_slowly(records)
    for user in USERS:
        crowd.unlearn(user)
    assert portrait_of(crowd) == portrait_of(new_crowd())
    assert crowd.turned_to("a", NOON + 100 * DAY) == 0


@settings(max_examples=100, deadline=None)
@given(records=logs())
def test_the_number_of_people_is_counted_exactly(records: list[Record]) -> None:
    """However the log came, each person is counted once for an item."""
    crowd = new_crowd()
    learn_in_steps(crowd, records, range(1, len(records) + 1))
    for item_id in "abcde":
        visitors = 0
        for user in USERS:
            theirs = [record for record in records if record.user_id == user]
            visitors += item_id in {item for item, _ in counted_slowly(theirs).days}
        assert crowd.turned_to(item_id, NOON + 100 * DAY) == visitors


@settings(max_examples=100, deadline=None)
@given(records=logs())
def test_hearing_twice_is_harmless(records: list[Record]) -> None:
    """Records that were taken in before change nothing."""
    log = LogBook(records)
    crowd = log.taught()
    crowd.learn(records, log.recall)
    crowd.learn(records[-3:], log.recall)
    assert portrait_of(crowd) == counted_slowly(records)


def test_only_what_changes_the_past_is_read_again() -> None:
    """A person is recalled from the log for late events, once, and for no other event."""
    log = LogBook([event(n, "mina", "watched", item) for n, item in enumerate("abc", start=1)])
    crowd = log.taught()
    log.records += [event(4, "mina", "rating", "b"), event(5, "joon", "click", "a")]
    log.taught(crowd)
    assert log.asked == []
    log.records += [event(6, "mina", "view", "d", NOON), event(7, "mina", "view", "e", NOON)]
    log.taught(crowd)
    assert log.asked == ["mina"]
    log.taught(crowd)
    assert log.asked == ["mina"]


@settings(max_examples=100, deadline=None)
@given(records=logs(), failing=st.integers(0, 5))
def test_a_past_that_could_not_be_read_is_read_the_next_time(
    records: list[Record], failing: int
) -> None:
    """When the store fails in the middle of learning, learning the same again makes it whole."""
    log, crowd, asked = LogBook(records), new_crowd(), 0

    def recall(user_id: str) -> Sequence[Record]:
        nonlocal asked
        asked += 1
        if asked > failing:
            raise StoreUnavailable("the disk is busy; try again")
        return log.recall(user_id)

    def learn(how: Callable[[str], Sequence[Record]]) -> None:
        crowd.learn(log.after(crowd.position), how)

    try:
        learn(recall)
    except StoreUnavailable:
        assert crowd.position == 0
        learn(log.recall)
    assert portrait_of(crowd) == counted_slowly(records)


def test_what_is_marked_as_taken_back_does_not_count() -> None:
    """Whoever reads the event after it was undone does not count it, not even for a while."""
    marked = replace(event(2, "mina", "watched", "b"), retracted=True)
    crowd = taught(event(1, "mina", "watched", "a"), marked, event(3, "mina", "watched", "c"))
    assert transitions(crowd) == {("a", "c"): 1.0}
    assert crowd.turned_to("b", NOON) == 0


def test_an_unknown_kind_of_event_is_no_step() -> None:
    """Somebody else's kinds of feedback, found in the log, do not stop everybody's answers."""
    log = [event(1, "mina", "watched", "a"), told(2, "mina", "sung_along", "b")]
    log += [event(3, "mina", "watched", "c")]
    crowd = taught(*log)
    assert transitions(crowd) == {("a", "c"): 1.0}
    late = [*log, event(4, "mina", "watched", "d", NOON)]
    assert transitions(taught(*late)) == pytest.approx(
        {("d", "a"): 1.0, ("d", "c"): 0.8, ("a", "c"): 1.0}, abs=1e-3
    )
    signals = DEFAULT_SIGNALS.with_rule("sung_along", SignalRule(1.0, 1.0, 5))
    knowing = LogBook(log).taught(Crowd(signals))
    assert transitions(knowing)["a", "b"] == transitions(knowing)["b", "c"] == 1.0


def test_a_person_heard_is_the_person_recalled() -> None:
    """What hearing keeps of a person is what the log gives: also when, and since when."""
    log = [
        event(1, "mina", "click", "a"),
        event(2, "mina", "watched", "b"),
        event(3, "mina", "dismiss", "a"),
        event(4, "mina", "rating", "b"),
        event(5, "mina", "watch_progress", "c"),
    ]
    columns: dict[str, int] = {}
    hearing = Hearing(DEFAULT_SIGNALS, False, lambda i: columns.setdefault(i, len(columns)))  # noqa: FBT003
    person = Person()
    person.hear(log, hearing)
    recalled = Person.recalled(log, hearing)
    assert person == recalled
    assert list(person.standings) == list(recalled.standings)
    assert (person.first, person.position, person.last) == (1, 5, (NOON + 5, 5))


def test_those_who_came_from_an_item_did_not_go_on_to_it() -> None:
    """Thirty went from b to a, five from a to c: after a, c was gone on to and b was come from."""
    log = []
    for n in range(35):
        first, second = ("b", "a") if n < 30 else ("a", "c")
        log += [
            event(2 * n + 1, f"u{n}", "watched", first),
            event(2 * n + 2, f"u{n}", "watched", second),
        ]
    crowd = taught(*log)
    assert [goes_on for _, _, goes_on in crowd.leaders(["a"], "c")] == [True]
    assert [goes_on for _, _, goes_on in crowd.leaders(["a"], "b")] == [False]


def test_one_item_again_and_again_does_not_overflow() -> None:
    """Where things are consumed again and again, counts stay what they are, far beyond 2**31."""
    crowd = Crowd(DEFAULT_SIGNALS, repeatable=True)
    table = CountMatrix(wide=True)
    table.grow(1)
    for _ in range(3):
        table.add(np.array([0]), np.array([0]), np.array([2**30], dtype=np.int32))
    assert table.counts()[2].tolist() == [3 * 2**30]
    assert crowd.fingerprint != Crowd(DEFAULT_SIGNALS).fingerprint

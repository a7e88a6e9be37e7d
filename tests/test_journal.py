"""The journal: batches, statements, taking back, starting anew and erasing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from worlds import (
    CLINIC_ITEMS,
    LATER,
    NOON,
    an_event,
    make_item,
    open_engine,
    refolded,
    say,
    stored_profile,
    taste,
    teach,
)

from penchant.domain.profile import UserProfile
from penchant.domain.record import RecordType, Statement, StatementAction
from penchant.engine import Engine
from penchant.errors import EventConflict, InvalidStatement, UnknownEvent
from penchant.journal import new_event_id
from penchant.storage.codec import taste_bytes


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_engine(items=CLINIC_ITEMS)
    yield opened
    opened.close()


@dataclass
class _Counting:
    """A storage that notes what each unit of work did."""

    inner: Any
    works: list[list[str]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def write(self, work: Callable[[Any], Any]) -> Any:
        done: list[str] = []
        self.works.append(done)
        return self.inner.write(lambda tx: work(_Noting(tx, done)))


@dataclass(frozen=True)
class _Noting:
    inner: Any
    done: list[str]

    def __getattr__(self, name: str) -> Any:
        if name in ("append", "put_profile"):
            self.done.append(name)
        return getattr(self.inner, name)


# --- batches ------------------------------------------------------------------------------------


def test_a_batch_rejects_rows_one_by_one(engine: Engine) -> None:
    """Unusable rows are rejected, each with its reason; the others are recorded, in order."""
    engine.record(an_event("mina", "watched", "heal", event_id="taken"))
    batch = [
        an_event("mina", "watched", "pulse", event_id="good"),
        an_event("mina", "rating", "pulse", 11.0, event_id="too-much"),
        an_event("mina", "watched", "nowhere", event_id="no-item"),
        an_event("mina", "adored", "heal", event_id="no-kind"),
        an_event("mina", "love", "laughs", event_id="taken"),
        an_event("mi\x00na", "love", "laughs", event_id="no-user"),
        an_event("mina", "love", "laughs", event_id="early", at=LATER + 9_999.0),
        an_event("mina", "watched", "heal", event_id="taken"),
        an_event("joon", "love", "laughs", event_id="also-good"),
    ]
    receipts = engine.record_many(batch)
    assert [r.event_id for r in receipts] == [event.event_id for event in batch]
    assert [r.status for r in receipts] == [
        "recorded",
        *["rejected"] * 6,
        "duplicate",
        "recorded",
    ]
    reasons = ["11.0", "nowhere", "adored", "taken", "user_id", "ahead"]
    for receipt, word in zip(receipts[1:7], reasons, strict=True):
        assert word in (receipt.detail or "")
        assert receipt.position == 0
    assert receipts[0].profile_version == 2
    assert receipts[8].profile_version == 1
    assert {r.event_id for r in engine.storage.records_of("mina")} == {"taken", "good"}


def test_a_batch_is_one_transaction_and_one_profile_per_user(engine: Engine) -> None:
    """Twelve events of two people, told out of order, are one unit of work with two profiles."""
    counting = _Counting(engine.storage)
    batch = [
        an_event(user, "click", item, event_id=f"{user}-{n}", at=NOON - 60.0 * n)
        for user in ("mina", "joon")
        for n, item in enumerate(["heal", "pulse", "laughs", "kisses", "heal", "pulse"])
    ]
    receipts = replace(engine, storage=counting).record_many(batch)
    assert [sorted(set(work)) for work in counting.works] == [["append", "put_profile"]]
    assert counting.works[0].count("append") == 12
    assert counting.works[0].count("put_profile") == 2
    assert {r.profile_version for r in receipts} == {1}
    assert taste(engine, "mina") == taste_bytes(refolded(engine, "mina"))


def test_a_batch_equals_its_events_one_by_one(engine: Engine) -> None:
    """Whether told together or singly, the events give the same taste."""
    told = [("watched", "heal", None), ("rating", "laughs", 3.0), ("love", "pulse", None)]
    events = [
        an_event("mina", kind, item, value, event_id=f"e{n}", at=NOON + n)
        for n, (kind, item, value) in enumerate(told)
    ]
    other = open_engine(items=CLINIC_ITEMS)
    for event in events:
        other.record(event)
    engine.record_many(events)
    assert taste(engine, "mina") == taste(other, "mina")


def test_the_same_row_twice_in_a_batch_counts_once(engine: Engine) -> None:
    """A doubled row is a duplicate of the one before it."""
    event = an_event("mina", "watched", "heal", event_id="e1")
    receipts = engine.record_many([event, event])
    assert [r.status for r in receipts] == ["recorded", "duplicate"]
    assert receipts[0].position == receipts[1].position
    assert len(engine.storage.records_of("mina")) == 1


def test_a_receipt_tells_the_version_of_its_own_user(engine: Engine) -> None:
    """A later row that misuses the event id for someone else does not spoil the first's receipt."""
    receipts = engine.record_many(
        [
            an_event("mina", "watched", "heal", event_id="e1"),
            an_event("joon", "watched", "heal", event_id="e1"),
        ]
    )
    assert [r.status for r in receipts] == ["recorded", "rejected"]
    assert receipts[0].profile_version == 1


def test_an_empty_batch_is_no_error(engine: Engine) -> None:
    """Nothing in, nothing out."""
    before = engine.storage.latest_position()
    assert engine.record_many([]) == ()
    assert engine.storage.latest_position() == before


# --- statements ---------------------------------------------------------------------------------


def test_statements_are_kept_together_or_not_at_all(engine: Engine) -> None:
    """One wrong statement among several keeps all of them out of the log."""
    good = Statement("s1", "mina", StatementAction.LIKE, "genre", "Comedy", NOON)
    bad = Statement("s2", "mina", StatementAction.LIKE, "genre", "Medicine", NOON)
    with pytest.raises(InvalidStatement, match="Medical"):
        engine.state_many([good, bad])
    taken = replace(good, name="Romance")
    with pytest.raises(EventConflict):
        engine.state_many([good, taken])
    assert list(engine.storage.records_of("mina")) == []
    assert stored_profile(engine, "mina") is None


def test_a_statement_is_a_version_and_is_spelled_as_the_catalogue_spells(engine: Engine) -> None:
    """A pin of genres "comedy" is kept as genre Comedy, in a new version of the profile."""
    receipt = engine.state(Statement("s1", "mina", StatementAction.PIN, "genres", "comedy", NOON))
    assert (receipt.status, receipt.profile_version) == ("recorded", 1)
    profile = stored_profile(engine, "mina")
    assert profile is not None
    assert [(s.facet, s.name) for s in profile.statements] == [("genre", "Comedy")]


@pytest.mark.parametrize(
    ("action", "value"), [("cap", None), ("cap", 1.5), ("cap", float("nan")), ("like", 0.7)]
)
def test_a_statement_with_a_wrong_value_is_refused(
    engine: Engine, action: str, value: float | None
) -> None:
    """Cap needs a share, the others take nothing; the action is named."""
    with pytest.raises(InvalidStatement, match=action):
        engine.state(
            Statement("s1", "mina", StatementAction(action), "genre", "Comedy", NOON, value)
        )


def test_a_repeated_statement_is_no_conflict(engine: Engine) -> None:
    """The very same statement under the same event id again is a retry: a duplicate."""
    statement = Statement("s1", "mina", StatementAction.LIKE, "genre", "Comedy", NOON)
    first = engine.state(statement)
    again = engine.state(statement)
    assert (again.status, again.position) == ("duplicate", first.position)


def test_a_statement_from_the_future_is_refused(engine: Engine) -> None:
    """A statement is a record like an event: more than five minutes ahead is refused."""
    ahead = Statement("s1", "mina", StatementAction.LIKE, "genre", "Comedy", LATER + 9_999.0)
    with pytest.raises(InvalidStatement):
        engine.state(ahead)


# --- taking back --------------------------------------------------------------------------------


def test_undo_takes_an_event_back_bit_for_bit(engine: Engine) -> None:
    """After undo the taste is byte-equal to the one before the event, under a new version."""
    teach(engine, "mina", ("watched", "heal"), ("rating", "laughs", 8.0))
    before = taste(engine, "mina")
    engine.record(an_event("mina", "hate", "heal", event_id="oops", at=NOON + 90.0))
    assert taste(engine, "mina") != before
    receipt = engine.undo("oops")
    assert (receipt.status, receipt.profile_version) == ("recorded", 3)
    assert receipt.position == engine.storage.latest_position()
    assert taste(engine, "mina") == before


def test_undoing_twice_is_harmless(engine: Engine) -> None:
    """The second undo is a duplicate: no record, no version, the same taste."""
    teach(engine, "mina", ("watched", "heal"), ("love", "laughs"))
    engine.undo("mina-0")
    before, position = stored_profile(engine, "mina"), engine.storage.latest_position()
    assert engine.undo("mina-0").status == "duplicate"
    assert stored_profile(engine, "mina") == before
    assert engine.storage.latest_position() == position


def test_a_retry_does_not_bring_an_undone_event_back(engine: Engine) -> None:
    """The tombstone answers a late retry with "duplicate" and keeps the event out."""
    event = an_event("mina", "watched", "heal", event_id="e1")
    engine.record(event)
    engine.undo("e1")
    assert engine.record(event).status == "duplicate"
    assert engine.profile("mina").reading.profile.is_new


def test_only_what_is_in_the_log_can_be_undone(engine: Engine) -> None:
    """Unknown ids, item changes and retractions themselves raise UnknownEvent with the id."""
    teach(engine, "mina", ("watched", "heal"))
    engine.undo("mina-0")
    others = [
        record.event_id
        for record in engine.storage.records_after(0, 100)
        if record.type in (RecordType.ITEM_CHANGE, RecordType.RETRACTION)
    ]
    assert len(others) == 2
    position = engine.storage.latest_position()
    for event_id in ["never", *others]:
        with pytest.raises(UnknownEvent, match=event_id):
            engine.undo(event_id)
    assert engine.storage.latest_position() == position


def test_a_statement_can_be_undone(engine: Engine) -> None:
    """Undoing a pin, a mute or a forget leaves the taste as if it had not been said."""
    teach(engine, "mina", ("watched", "heal"), ("love", "laughs"))
    before = taste(engine, "mina")
    for action in ("pin", "mute", "forget", "like"):
        event_id = say(engine, "mina", action, "genre", "Medical", at=NOON + 600.0)
        assert taste(engine, "mina") != before
        engine.undo(event_id)
        assert taste(engine, "mina") == before


def test_undoing_a_clear_brings_the_statement_back(engine: Engine) -> None:
    """Clear takes a statement back; undoing the clear restores it."""
    say(engine, "mina", "mute", "genre", "Comedy", at=NOON)
    before = taste(engine, "mina")
    cleared = say(engine, "mina", "clear", "genre", "Comedy", at=NOON + 1.0)
    assert engine.profile("mina").reading.muted == {}
    engine.undo(cleared)
    assert taste(engine, "mina") == before
    assert engine.profile("mina").reading.muted == {"genre": ("Comedy",)}


def test_a_reset_starts_anew_and_can_be_undone(engine: Engine) -> None:
    """After a reset the person is new; after undoing it everything is back."""
    teach(engine, "mina", ("watched", "heal"), ("love", "laughs"))
    say(engine, "mina", "pin", "genre", "Medical")
    before = taste(engine, "mina")
    reset = engine.reset("mina", now=NOON + 900.0)
    assert reset.profile_version == 3
    assert engine.profile("mina").reading.profile.is_new
    assert taste(engine, "mina") == taste_bytes(UserProfile("mina", fingerprint=_empty(engine)))
    engine.record(an_event("mina", "watched", "kisses", event_id="after", at=NOON + 901.0))
    since = stored_profile(engine, "mina")
    assert since is not None
    assert set(since.verdicts) == {"kisses"}
    engine.undo("after")
    engine.undo(reset.event_id)
    assert taste(engine, "mina") == before


def _empty(engine: Engine) -> str:
    return engine.snapshot.learner.fold("mina", ()).fingerprint


def test_two_resets_are_undone_one_by_one(engine: Engine) -> None:
    """Undoing the newer of two resets leaves the older one in force."""
    teach(engine, "mina", ("watched", "heal"))
    engine.reset("mina", now=NOON + 100.0)
    engine.record(an_event("mina", "love", "laughs", event_id="between", at=NOON + 200.0))
    second = engine.reset("mina", now=NOON + 300.0)
    engine.undo(second.event_id)
    profile = stored_profile(engine, "mina")
    assert profile is not None
    assert set(profile.verdicts) == {"laughs"}


# --- reading ------------------------------------------------------------------------------------


def test_asking_about_a_stranger_leaves_no_trace(engine: Engine) -> None:
    """A stranger has an empty profile, and asking writes nothing."""
    position = engine.storage.latest_position()
    assert engine.profile("nobody").reading.profile.is_new
    assert engine.recommend("nobody").recommendations
    assert stored_profile(engine, "nobody") is None
    assert engine.storage.latest_position() == position


def test_an_export_holds_profile_and_records(engine: Engine) -> None:
    """Everything a person told is in the export, what was taken back included and marked."""
    teach(engine, "mina", ("watched", "heal"), ("love", "laughs"))
    said = say(engine, "mina", "pin", "genre", "Medical")
    engine.undo("mina-0")
    learner, records, _ = engine.export("mina")
    assert learner.reading.profile == stored_profile(engine, "mina")
    marks = {record.event_id: record.retracted for record in records}
    assert marks.items() >= {"mina-0": True, "mina-1": False, said: False}.items()


def newcomer_arrives(engine: Engine) -> None:
    """Another writer adds an item, and mina loves it."""
    engine.put_items([make_item("newcomer", genre=["Medical"])], LATER)
    engine.record(an_event("mina", "love", "newcomer", event_id="met", at=NOON))


@dataclass
class _Overtaken:
    """A storage whose first unit of work is overtaken by `others`."""

    inner: Any
    others: Callable[[], None] | None

    def write(self, work: Callable[[Any], Any]) -> object:
        others, self.others = self.others, None
        if others is not None:
            others()
        return self.inner.write(work)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def test_a_fold_meets_an_item_that_came_after_its_snapshot(engine: Engine) -> None:
    """A late event refolds its user even when the log is ahead of the snapshot it began with."""
    slow = replace(engine, storage=_Overtaken(engine.storage, lambda: newcomer_arrives(engine)))
    receipt = slow.record(an_event("mina", "love", "heal", event_id="late", at=NOON - 10.0), LATER)
    assert receipt.status == "recorded"
    assert taste(engine, "mina") == taste_bytes(refolded(engine, "mina"))


@dataclass
class _Behind:
    """A keeper of snapshots after whose first look `others` write."""

    inner: Any
    others: Callable[[], None] | None

    def current(self) -> object:
        snapshot = self.inner.current()
        others, self.others = self.others, None
        if others is not None:
            others()
        return snapshot


def test_an_answer_knows_every_item_of_the_profile_it_reads(engine: Engine) -> None:
    """An item that comes while a list is made, and is loved at once, breaks no reason."""
    slow = replace(engine, keeper=_Behind(engine.keeper, lambda: newcomer_arrives(engine)))
    assert slow.recommend("mina", now=LATER).recommendations


def test_taking_back_twice_tells_the_profile_version(engine: Engine) -> None:
    """The second receipt is a duplicate at the same profile version."""
    teach(engine, "mina", ("watched", "heal"))
    first, second = engine.undo("mina-0"), engine.undo("mina-0")
    assert (second.status, second.profile_version) == ("duplicate", first.profile_version)


def test_event_ids_are_unique() -> None:
    """A thousand fresh ids are a thousand different ones."""
    assert len({new_event_id() for _ in range(1_000)}) == 1_000


def test_the_second_undo_tells_the_version_in_force(engine: Engine) -> None:
    """A repeated undo changes nothing and answers with the profile version that stands."""
    teach(engine, "mina", ("watched", "heal"), ("love", "laughs"))
    first = engine.undo("mina-0")
    assert engine.undo("mina-0").profile_version == first.profile_version

"""Journal: every way of writing. One transaction holds the record and the profile it leads to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from penchant.catalogue.catalogue import Catalogue, FacetIndex
from penchant.crowd.follower import STORED_CROWD
from penchant.domain.feedback import Feedback
from penchant.domain.identity import checked_id
from penchant.domain.item import Item, checked_item, facet_key
from penchant.domain.profile import UserProfile
from penchant.domain.protocols import Storage, Transaction
from penchant.domain.record import Record, RecordType, Statement, StatementAction
from penchant.domain.result import Receipt
from penchant.errors import (
    CorruptProfile,
    EventConflict,
    InvalidFeedback,
    InvalidStatement,
    PenchantError,
    UnknownEvent,
    UnknownItem,
)
from penchant.snapshot import Snapshot, SnapshotKeeper
from penchant.storage.codec import taste_bytes
from penchant.taste.learner import Learner

__all__ = ["Journal", "new_event_id"]

T = TypeVar("T")

MOST_AHEAD_S = 300.0
# A longer batch of one person is folded anew: the same bytes, without a copy for each event.
MOST_LEARNED_SINGLY = 20


def new_event_id() -> str:
    """A fresh event id, unique everywhere."""
    return f"e-{uuid.uuid4().hex}"


class Journal:
    """Appends records and keeps profiles equal to the fold of their records."""

    def __init__(self, storage: Storage, keeper: SnapshotKeeper) -> None:
        self._storage = storage
        self._keeper = keeper

    def record(self, feedback: Feedback, now: float) -> Receipt:
        """Add one event; raises InvalidFeedback, UnknownItem or EventConflict."""
        snapshot = self._keeper.current()
        checked = _checked_feedback(feedback, snapshot.learner, now)
        return self._write(lambda tx, learner: _recorded(tx, learner, [checked])[0], snapshot)

    def record_many(self, feedback: Sequence[Feedback], now: float) -> tuple[Receipt, ...]:
        """Add a batch in one transaction; unusable events are rejected row by row."""
        learner = self._keeper.current().learner
        receipts: dict[int, Receipt] = {}
        usable: list[tuple[int, Feedback]] = []
        for place, event in enumerate(feedback):
            try:
                usable.append((place, _checked_feedback(event, learner, now)))
            except PenchantError as error:
                receipts[place] = Receipt(event.event_id, "rejected", detail=str(error))
        if usable:
            events = [event for _, event in usable]
            written = self._write(lambda tx, learner: _recorded(tx, learner, events, lenient=True))
            receipts.update((place, r) for (place, _), r in zip(usable, written, strict=True))
        return tuple(receipts[place] for place in range(len(feedback)))

    def state_many(self, statements: Sequence[Statement], now: float) -> tuple[Receipt, ...]:
        """Add stated preferences in one transaction: all of them or, when one is wrong, none.

        Raises InvalidStatement or EventConflict; the very same statement again is a duplicate.
        """
        snapshot = self._keeper.current()
        checked = [_checked_statement(s, snapshot.catalogue, now) for s in statements]
        return self._write(
            lambda tx, learner: tuple(_stated(tx, learner, statement) for statement in checked)
        )

    def undo(self, event_id: str, now: float) -> Receipt:
        """Take one record back, for good: its user is refolded as if it had never been.

        Raises UnknownEvent for an id that is not in the log or cannot be taken back. Taking back
        twice changes nothing the second time.
        """
        return self._write(lambda tx, learner: _retracted(tx, learner, event_id, now))

    def reset(self, user_id: str, now: float) -> Receipt:
        """Start a user's taste anew; the log keeps what was, and the reset can be undone."""
        name = checked_id(user_id, "user_id")
        record = Record(RecordType.RESET, new_event_id(), name, now)
        return self._write(lambda tx, learner: _appended(tx, learner, record))

    def erase(self, user_id: str, now: float) -> Mapping[str, int]:
        """Delete everything about a user; returns how many rows went, by table."""
        name = checked_id(user_id, "user_id")
        note = Record(RecordType.ERASURE, new_event_id(), "", now)

        def work(tx: Transaction) -> Mapping[str, int]:
            gone = tx.erase_user(name)
            tx.append(note)
            # The stored crowd names everyone who is in it; whoever follows the log makes it anew.
            tx.put_metadata(STORED_CROWD, b"")
            return gone

        return self._storage.write(work)

    def put_items(self, items: Sequence[Item], now: float) -> int:
        """Add or replace items; returns the log position from which answers hold them.

        Raises InvalidItem when one of them cannot be used; then none is kept.
        """
        checked = [checked_item(item) for item in items]
        return self._storage.write(lambda tx: tx.put_items(checked, new_event_id(), now))

    def change_item(self, item_id: str, change: Callable[[Item], Item], now: float) -> Item:
        """Replace one item by `change` of it as it is stored; raises UnknownItem or InvalidItem."""

        def work(tx: Transaction) -> Item:
            held = tx.item(item_id)
            if held is None:
                raise UnknownItem(f"no item with id {item_id!r} in the catalogue; check the id")
            changed = checked_item(change(held))
            tx.put_items([changed], new_event_id(), now)
            return changed

        return self._storage.write(work)

    def profile(self, user_id: str) -> UserProfile:
        """The user's profile, refolded first when its bytes or what it was folded with are stale.

        A stranger has an empty profile, and asking leaves no trace.
        """
        name = checked_id(user_id, "user_id")
        learner = self._keeper.current().learner
        try:
            stored = self._storage.profiles.get(name)
        except CorruptProfile:
            return self._refold(name)
        if stored is None:
            unread = self._storage.records_of(name)
            return self._refold(name) if unread else learner.fold(name, ())
        return stored if learner.is_current(stored) else self._refold(name)

    def rebuild(self, user_id: str) -> bool:
        """Refold one user from the log and store the result; returns whether it differed."""

        def work(tx: Transaction, learner: Learner) -> bool:
            differed = _differs(tx, learner, user_id)
            if differed:
                _refolded(tx, learner, user_id)
            return differed

        return self._write(work)

    def differs(self, user_id: str) -> bool:
        """Whether the stored profile is not what the log gives; changes nothing."""
        return self._write(lambda tx, learner: _differs(tx, learner, user_id))

    def _refold(self, user_id: str) -> UserProfile:
        return self._write(lambda tx, learner: _refolded(tx, learner, user_id))

    def _write(
        self, work: Callable[[Transaction, Learner], T], snapshot: Snapshot | None = None
    ) -> T:
        """Run `work` in a transaction with the learner of the newest (or the given) snapshot.

        Others write between taking the snapshot and the transaction: when a fold then meets an
        item that the snapshot does not have, the work is undone and done again with the next one.
        """
        snapshot = snapshot or self._keeper.current()
        while True:
            try:
                return self._storage.write(_with_learner(work, snapshot.learner))
            except UnknownItem:
                newest = self._keeper.current()
                if newest.version == snapshot.version:
                    raise
                snapshot = newest


def _with_learner(
    work: Callable[[Transaction, Learner], T], learner: Learner
) -> Callable[[Transaction], T]:
    return lambda tx: work(tx, learner)


def _checked_feedback(feedback: Feedback, learner: Learner, now: float) -> Feedback:
    learner.signals.check(feedback.kind, feedback.value)
    if not feedback.at <= now + MOST_AHEAD_S:
        raise InvalidFeedback(
            f"event time {feedback.at:.0f} lies more than 5 minutes ahead of this clock; "
            "check the sender's clock"
        )
    if feedback.at < 0.0:
        raise InvalidFeedback(
            f"event time {feedback.at!r} lies before 1970; check the sender's clock"
        )
    return replace(
        feedback,
        event_id=checked_id(feedback.event_id, "event_id"),
        user_id=checked_id(feedback.user_id, "user_id"),
        item_id=learner.catalogue.get(checked_id(feedback.item_id, "item_id")).id,
    )


def _recorded(
    tx: Transaction, learner: Learner, events: Sequence[Feedback], *, lenient: bool = False
) -> list[Receipt]:
    """Append events and bring each user's profile up to date once."""
    receipts: list[Receipt] = []
    new: dict[str, list[Record]] = {}
    for event in events:
        record = Record(
            RecordType.FEEDBACK, event.event_id, event.user_id, event.at, feedback=event
        )
        try:
            record = replace(record, position=tx.append(record))
        except EventConflict as taken:
            receipts.append(_repeated(tx, event, taken, lenient=lenient))
            continue
        new.setdefault(event.user_id, []).append(record)
        receipts.append(Receipt(event.event_id, "recorded", record.position))
    versions = {user: _learn(tx, learner, user, records).version for user, records in new.items()}
    for user in {event.user_id for event in events} - versions.keys():
        versions[user] = _version(_stored(tx, user))
    return [
        receipt
        if receipt.status == "rejected"
        else replace(receipt, profile_version=versions[event.user_id])
        for receipt, event in zip(receipts, events, strict=True)
    ]


def _repeated(tx: Transaction, event: Feedback, taken: EventConflict, *, lenient: bool) -> Receipt:
    """What to say when the event's id is in the log already: a duplicate, or another event."""
    known = tx.find(event.event_id)
    if known is not None and known.feedback is not None and _same(known.feedback, event):
        return Receipt(event.event_id, "duplicate", known.position)
    told = (
        f"event id {event.event_id!r} was used before for something else; give each event an id "
        "of its own"
    )
    if lenient:
        return Receipt(event.event_id, "rejected", detail=told)
    raise EventConflict(told) from taken


def _same(one: Feedback, other: Feedback) -> bool:
    # Neither time nor context: a retry may be stamped anew by whoever sends it.
    return (one.user_id, one.item_id, one.kind, one.value) == (
        other.user_id,
        other.item_id,
        other.kind,
        other.value,
    )


def _appended(tx: Transaction, learner: Learner, record: Record) -> Receipt:
    position = tx.append(record)
    placed = replace(record, position=position)
    profile = _learn(tx, learner, record.user_id, [placed])
    return Receipt(record.event_id, "recorded", position, profile.version)


def _retracted(tx: Transaction, learner: Learner, event_id: str, now: float) -> Receipt:
    known = tx.find(event_id)
    undoable = (RecordType.FEEDBACK, RecordType.STATEMENT, RecordType.RESET)
    if known is None or known.type not in undoable:
        raise UnknownEvent(f"no event {event_id!r} to take back; it may have been erased")
    if known.retracted:
        version = _version(_stored(tx, known.user_id))
        return Receipt(event_id, "duplicate", known.position, version)
    tx.mark_retracted(event_id)
    note = Record(RecordType.RETRACTION, new_event_id(), known.user_id, now, target=event_id)
    position = tx.append(note)
    profile = _refolded(tx, learner, known.user_id)
    return Receipt(event_id, "recorded", position, profile.version)


def _learn(tx: Transaction, learner: Learner, user_id: str, new: Sequence[Record]) -> UserProfile:
    """The profile after `new` records, folded one by one where that is exact, else anew."""
    stored = _stored(tx, user_id)
    profile = stored if len(new) <= MOST_LEARNED_SINGLY else None
    for record in new:
        if profile is None:
            break
        profile = learner.learn(profile, record)
    if profile is not None and stored is not None:
        return _put(tx, profile, stored.version + 1, new[-1].position)
    records = tx.records_of(user_id)
    version = _next_version(tx, stored, has_past=len(records) > len(new))
    return _put(tx, learner.fold(user_id, records), version, new[-1].position)


def _stored(tx: Transaction, user_id: str) -> UserProfile | None:
    try:
        return tx.profile(user_id)
    except CorruptProfile:
        return None


def _put(tx: Transaction, fresh: UserProfile, version: int, position: int) -> UserProfile:
    numbered = fresh.at_version(version, position)
    tx.put_profile(numbered)
    return numbered


def _refolded(tx: Transaction, learner: Learner, user_id: str) -> UserProfile:
    """Fold a user anew and store the result, numbered by everything that is in the log."""
    stored = _stored(tx, user_id)
    records = tx.records_of(user_id)
    version = _next_version(tx, stored, has_past=True)
    return _put(tx, learner.fold(user_id, records), version, tx.latest_position())


def _next_version(tx: Transaction, stored: UserProfile | None, *, has_past: bool) -> int:
    if stored is not None:
        return stored.version + 1
    # A lost profile had fewer versions than the log has records: its successor must not go back.
    return tx.latest_position() if has_past else 1


def _version(stored: UserProfile | None) -> int:
    return 0 if stored is None else stored.version


def _differs(tx: Transaction, learner: Learner, user_id: str) -> bool:
    stored = _stored(tx, user_id)
    fresh = learner.fold(user_id, tx.records_of(user_id))
    return stored is None or taste_bytes(stored) != taste_bytes(fresh)


def _stated(tx: Transaction, learner: Learner, statement: Statement) -> Receipt:
    known = tx.find(statement.event_id)
    if known is not None and known.statement is not None:
        held = replace(known.statement, at=statement.at, position=statement.position)
        if held == statement:
            version = _version(_stored(tx, statement.user_id))
            return Receipt(statement.event_id, "duplicate", known.position, version)
    record = Record(
        RecordType.STATEMENT,
        statement.event_id,
        statement.user_id,
        statement.at,
        statement=statement,
    )
    return _appended(tx, learner, record)


def _checked_statement(statement: Statement, catalogue: Catalogue, now: float) -> Statement:
    if not 0.0 <= statement.at <= now + MOST_AHEAD_S:
        raise InvalidStatement(
            f"statement time {statement.at:.0f} lies more than 5 minutes ahead of this clock, or "
            "before 1970; check the sender's clock"
        )
    spec = catalogue.schema.facet(statement.facet)
    needs_value = statement.action is StatementAction.CAP
    if needs_value and not (statement.value is not None and 0.0 <= statement.value <= 1.0):
        raise InvalidStatement(f"cap needs a value from 0 to 1, got {statement.value!r}")
    if not needs_value and statement.value is not None:
        raise InvalidStatement(f"{statement.action} takes no value, got {statement.value!r}")
    return replace(
        statement,
        event_id=checked_id(statement.event_id, "event_id"),
        user_id=checked_id(statement.user_id, "user_id"),
        facet=spec.name,
        name=_spelled(statement.name, spec.name, catalogue.facets[spec.name]),
    )


def _spelled(name: str, facet: str, index: FacetIndex) -> str:
    """The value as the catalogue spells it; a value that no item has would do nothing, silently."""
    column = index.column_of.get(facet_key(name))
    if column is None:
        near = index.nearest_names(name)
        meant = f"; did you mean {', '.join(near)}?" if near else ""
        raise InvalidStatement(f"no item has the {facet} {name[:60]!r}{meant}")
    return index.names[column]

"""What the in-memory store holds, and the few ways to change it; each way has a way back."""

from __future__ import annotations

from itertools import islice
from threading import RLock
from typing import TYPE_CHECKING

from penchant.domain.record import Record
from penchant.errors import StorageError, StoreUnavailable
from penchant.storage.rows import FOLDED_TYPES

if TYPE_CHECKING:
    from types import TracebackType

    from penchant.domain.impression import Impression
    from penchant.domain.item import Item
    from penchant.domain.profile import UserProfile

__all__ = ["Gate", "MemoryState"]


class Gate:
    """One lock, which also knows whether a unit of work runs and whether the store is closed."""

    __slots__ = ("_closed", "_lock", "working")

    def __init__(self) -> None:
        self._lock = RLock()
        self._closed = False
        self.working = False

    def __enter__(self) -> None:
        self._lock.acquire()
        if self._closed:
            self._lock.release()
            raise StoreUnavailable("this storage was closed; open it again")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    def close(self) -> None:
        """Let nobody in any more, once whoever is inside has left."""
        with self._lock:
            self.refuse_inside_work("close")
            self._closed = True

    def refuse_inside_work(self, name: str) -> None:
        """Raise when a unit of work asks for another write instead of using its transaction."""
        if self.working:
            raise StorageError(
                f"{name}() was called inside a unit of work; use the transaction that the work"
                " was given"
            )


class MemoryState:
    """Log, items, profiles, impressions and named values; whoever touches them holds the gate."""

    __slots__ = (
        "_log",
        "_position_of",
        "_positions_of_user",
        "impressions",
        "item_position",
        "items",
        "named_values",
        "profiles",
    )

    def __init__(self) -> None:
        self.items: dict[str, tuple[int, Item]] = {}
        self.item_position = 0
        self.profiles: dict[str, UserProfile] = {}
        self.named_values: dict[str, bytes] = {}
        self.impressions: dict[str, Impression] = {}
        # Position p is at index p - 1. An erased record leaves its place empty for good, because a
        # position that is given again would be missed by those who follow the log.
        self._log: list[Record | None] = []
        self._position_of: dict[str, int] = {}
        self._positions_of_user: dict[str, list[int]] = {}

    def latest_position(self) -> int:
        """The position of the newest record, 0 for an empty log."""
        present = (record.position for record in reversed(self._log) if record is not None)
        return next(present, 0)

    def find(self, event_id: str) -> Record | None:
        """The record with that id."""
        position = self._position_of.get(event_id)
        return None if position is None else self._log[position - 1]

    def records_of(self, user_id: str) -> list[Record]:
        """The user's feedback, statements and resets, in order of position."""
        theirs = (self._log[position - 1] for position in self._positions_of_user.get(user_id, ()))
        return [record for record in theirs if record and record.type in FOLDED_TYPES]

    def records_after(self, position: int, limit: int) -> list[Record]:
        """Up to `limit` records with a greater position, in order of position."""
        later = islice(self._log, max(position, 0), None)
        return list(islice((record for record in later if record is not None), limit))

    def user_ids(self) -> list[str]:
        """Everyone who has a record, in order of id."""
        return sorted(user for user, theirs in self._positions_of_user.items() if user and theirs)

    def first_positions(self) -> dict[str, int]:
        """Everyone who has a record, with the position of the oldest one."""
        positions = self._positions_of_user
        return {user: theirs[0] for user, theirs in positions.items() if user and theirs}

    def swap_named_value(self, name: str, value: bytes | None) -> bytes | None:
        """Put a named value or, with None, remove it; returns what was there before."""
        before = self.named_values.pop(name, None)
        if value is not None:
            self.named_values[name] = value
        return before

    def append(self, record: Record) -> int:
        """Add a record at the next position, which is returned."""
        position = len(self._log) + 1
        self._log.append(_stored(record, position, retracted=record.retracted))
        self._position_of[record.event_id] = position
        self._positions_of_user.setdefault(record.user_id, []).append(position)
        return position

    def take_back_newest(self) -> None:
        """Undo `append`."""
        record = self._log.pop()
        if record is not None:
            del self._position_of[record.event_id]
            self._positions_of_user[record.user_id].pop()

    def mark(self, position: int, retracted: bool) -> None:  # noqa: FBT001 - the mark itself
        """Set whether the record at a position is retracted."""
        record = self._log[position - 1]
        if record is not None:
            self._log[position - 1] = _stored(record, position, retracted=retracted)

    def remove_records(self, user_id: str) -> list[Record]:
        """Empty the places of a user's records, which are returned."""
        positions = self._positions_of_user.pop(user_id, [])
        gone = [record for p in positions if (record := self._log[p - 1]) is not None]
        for record in gone:
            self._log[record.position - 1] = None
            del self._position_of[record.event_id]
        return gone

    def bring_back(self, user_id: str, records: list[Record]) -> None:
        """Undo `remove_records`."""
        for record in records:
            self._log[record.position - 1] = record
            self._position_of[record.event_id] = record.position
        self._positions_of_user[user_id] = [record.position for record in records]

    def swap_profile(self, user_id: str, profile: UserProfile | None) -> UserProfile | None:
        """Put a profile or, with None, remove it; returns what was there before."""
        before = self.profiles.pop(user_id, None)
        if profile is not None:
            self.profiles[user_id] = profile
        return before

    def swap_impression(self, impression_id: str, one: Impression | None) -> Impression | None:
        """Put an impression or, with None, remove it; returns what was there before."""
        before = self.impressions.pop(impression_id, None)
        if one is not None:
            self.impressions[impression_id] = one
        return before

    def swap_item(self, item_id: str, entry: tuple[int, Item] | None) -> tuple[int, Item] | None:
        """Put an item with its position or, with None, remove it; returns what was there before."""
        before = self.items.pop(item_id, None)
        if entry is not None:
            self.items[item_id] = entry
        return before

    def swap_item_position(self, position: int) -> int:
        """Set the position of the newest item change; returns the one before."""
        before, self.item_position = self.item_position, position
        return before


def _stored(record: Record, position: int, *, retracted: bool) -> Record:
    # Field by field: `dataclasses.replace` takes three times as long, a million times over.
    return Record(
        record.type,
        record.event_id,
        record.user_id,
        record.at,
        position,
        record.feedback,
        record.statement,
        record.target,
        retracted,
    )

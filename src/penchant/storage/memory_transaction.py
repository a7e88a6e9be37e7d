"""One unit of work on the in-memory store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penchant.domain.record import Record, RecordType
from penchant.errors import EventConflict, InvalidInput, StorageError
from penchant.storage.impression_rows import row_of_impression
from penchant.storage.rows import encode_item, refuse_unstorable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from penchant.domain.impression import Impression
    from penchant.domain.item import Item
    from penchant.domain.profile import UserProfile
    from penchant.storage.memory_state import MemoryState

__all__ = ["MemoryTransaction"]


class MemoryTransaction:
    """The Transaction of one unit of work, with the list of steps that would undo it.

    `erasures` holds position and time of every ERASURE record, oldest first; `append` adds to it.
    """

    __slots__ = ("_erasures", "_live_state", "_steps_back")

    def __init__(self, state: MemoryState, erasures: list[tuple[int, float]]) -> None:
        self._live_state: MemoryState | None = state
        self._erasures = erasures
        self._steps_back: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []

    def append(self, record: Record) -> int:
        """Add a record and return its position. Raises EventConflict when its event id is taken."""
        state = self._state()
        refuse_unstorable(record)
        if state.find(record.event_id) is not None:
            raise EventConflict(
                f"event id {record.event_id!r} is already in the log; choose another"
            )
        self._steps_back.append((state.take_back_newest, ()))
        position = state.append(record)
        if record.type is RecordType.ERASURE:
            self._erasures.append((position, record.at))
            self._steps_back.append((self._erasures.pop, ()))
        return position

    def find(self, event_id: str) -> Record | None:
        """The record with that id, retracted or not."""
        return self._state().find(event_id)

    def latest_position(self) -> int:
        """The position of the newest record, 0 for an empty log."""
        return self._state().latest_position()

    def mark_retracted(self, event_id: str) -> None:
        """Mark a record as taken back. An unknown id changes nothing."""
        state = self._state()
        record = state.find(event_id)
        if record is not None:
            state.mark(record.position, True)  # noqa: FBT003 - the mark itself
            self._steps_back.append((state.mark, (record.position, record.retracted)))

    def records_of(self, user_id: str) -> Sequence[Record]:
        """As EventLog.records_of, seeing what this unit of work has written."""
        return self._state().records_of(user_id)

    def profile(self, user_id: str) -> UserProfile | None:
        """The stored profile."""
        return self._state().profiles.get(user_id)

    def put_profile(self, profile: UserProfile) -> None:
        """Replace the stored profile, whatever its version."""
        state = self._state()
        before = state.swap_profile(profile.user_id, profile)
        self._steps_back.append((state.swap_profile, (profile.user_id, before)))

    def item(self, item_id: str) -> Item | None:
        """The stored item, hidden or not."""
        held = self._state().items.get(item_id)
        return None if held is None else held[1]

    def put_items(self, items: Sequence[Item], event_id: str, at: float) -> int:
        """Insert or replace items and append one ITEM_CHANGE record; returns its position."""
        state = self._state()
        for item in items:
            encode_item(item)  # what the other stores could not keep is refused here too
        position = self.append(Record(RecordType.ITEM_CHANGE, event_id, "", at))
        for item in items:
            before = state.swap_item(item.id, (position, item))
            self._steps_back.append((state.swap_item, (item.id, before)))
        if items:
            newest = state.swap_item_position(position)
            self._steps_back.append((state.swap_item_position, (newest,)))
        return position

    def put_impressions(self, impressions: Sequence[Impression]) -> None:
        """Add impressions, but leave alone each whose id is stored already.

        One from before the newest erasure is left out, unless its person was known before that too.
        """
        state = self._state()
        for impression in impressions:
            row_of_impression(impression)  # what the other stores could not keep is refused here
        for impression in self._outliving_erasure(impressions):
            if impression.impression_id not in state.impressions:
                state.swap_impression(impression.impression_id, impression)
                self._steps_back.append((state.swap_impression, (impression.impression_id, None)))

    def remove_impressions(self, goes: Callable[[Impression], bool]) -> int:
        """Delete the impressions of which `goes` is true; returns how many went."""
        state = self._state()
        gone = [one for one in state.impressions.values() if goes(one)]
        for one in gone:
            state.swap_impression(one.impression_id, None)
            self._steps_back.append((state.swap_impression, (one.impression_id, one)))
        return len(gone)

    def put_metadata(self, name: str, value: bytes) -> None:
        """Keep a small named value, in place of the one before."""
        state = self._state()
        before = state.swap_named_value(name, value)
        self._steps_back.append((state.swap_named_value, (name, before)))

    def erase_user(self, user_id: str) -> Mapping[str, int]:
        """Delete everything about the user; returns how much went, by table of the SQL store."""
        state = self._state()
        if not user_id:
            raise InvalidInput(
                "an empty user id names nobody; records of the store itself are not erased"
            )
        records = state.remove_records(user_id)
        self._steps_back.append((state.bring_back, (user_id, records)))
        profile = state.swap_profile(user_id, None)
        self._steps_back.append((state.swap_profile, (user_id, profile)))
        shown = self.remove_impressions(lambda one: one.user_id == user_id)
        return {"log": len(records), "profiles": int(profile is not None), "impressions": shown}

    def undo(self) -> None:
        """Take back everything that was done, newest first."""
        for step, arguments in reversed(self._steps_back):
            step(*arguments)

    def end(self) -> None:
        """Refuse further use: the work is over."""
        self._live_state = None

    def _outliving_erasure(self, impressions: Sequence[Impression]) -> Sequence[Impression]:
        if not self._erasures:
            return impressions
        position, at = self._erasures[-1]
        if all(one.at >= at for one in impressions):
            return impressions
        first = self._state().first_positions()
        known = {"", *(user for user, oldest in first.items() if oldest <= position)}
        return [one for one in impressions if one.at >= at or one.user_id in known]

    def _state(self) -> MemoryState:
        if self._live_state is None:
            raise StorageError(
                "this transaction has ended with its unit of work; call write() again"
            )
        return self._live_state

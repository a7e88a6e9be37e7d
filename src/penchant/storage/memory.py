"""The reference implementation: everything in this process's memory, gone with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from penchant.storage.memory_state import Gate, MemoryState
from penchant.storage.memory_transaction import MemoryTransaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from penchant.domain.impression import Impression
    from penchant.domain.item import Item
    from penchant.domain.profile import UserProfile
    from penchant.domain.protocols import ProfileStore
    from penchant.domain.record import Record

__all__ = ["InMemoryProfileStore", "MemoryStorage"]

T = TypeVar("T")


class InMemoryProfileStore:
    """Profiles in a dictionary; safe between threads.

    Alone it keeps them itself; as part of a MemoryStorage it shares that store's state and gate.
    """

    def __init__(self, state: MemoryState | None = None, gate: Gate | None = None) -> None:
        self._state = state or MemoryState()
        self._gate = gate or Gate()

    def get(self, user_id: str) -> UserProfile | None:
        """The stored profile, the very object that was put."""
        with self._gate:
            return self._state.profiles.get(user_id)

    def get_many(self, user_ids: Sequence[str]) -> Mapping[str, UserProfile]:
        """The stored profiles of those users who have one."""
        with self._gate:
            profiles = self._state.profiles
            return {user_id: profiles[user_id] for user_id in user_ids if user_id in profiles}

    def put(self, profile: UserProfile) -> None:
        """Store a profile, unless a greater version is stored."""
        self.put_many([profile])

    def put_many(self, profiles: Iterable[UserProfile]) -> None:
        """Store profiles, each unless a greater version is stored."""
        given = list(profiles)
        with self._gate:
            self._gate.refuse_inside_work("profiles.put")
            for profile in given:
                stored = self._state.profiles.get(profile.user_id)
                if stored is None or stored.version <= profile.version:
                    self._state.profiles[profile.user_id] = profile

    def delete(self, user_id: str) -> None:
        """Forget the stored profile; an unknown user is not an error."""
        with self._gate:
            self._gate.refuse_inside_work("profiles.delete")
            self._state.profiles.pop(user_id, None)


class MemoryStorage:
    """The Storage behind `memory://`.

    One lock, so units of work run one at a time, in the caller's thread, and readers see whole
    ones. A unit of work that fails is undone step by step.
    """

    def __init__(self) -> None:
        self._state = MemoryState()
        self._erasures: list[tuple[int, float]] = []
        self._gate = Gate()
        self._profiles = InMemoryProfileStore(self._state, self._gate)

    @property
    def profiles(self) -> ProfileStore:
        """The stored profiles."""
        return self._profiles

    def latest_position(self) -> int:
        """The position of the newest record, 0 for an empty log."""
        with self._gate:
            return self._state.latest_position()

    def find(self, event_id: str) -> Record | None:
        """The record with that id, retracted or not."""
        with self._gate:
            return self._state.find(event_id)

    def records_of(self, user_id: str) -> Sequence[Record]:
        """The user's feedback, statements and resets, retracted ones too, in order of position."""
        with self._gate:
            return self._state.records_of(user_id)

    def records_after(self, position: int, limit: int) -> Sequence[Record]:
        """Up to `limit` records of the whole log with a greater position, in order of position."""
        with self._gate:
            return self._state.records_after(position, limit)

    def user_ids(self) -> Sequence[str]:
        """Everyone who has a record, in order of id."""
        with self._gate:
            return self._state.user_ids()

    def first_positions(self) -> Mapping[str, int]:
        """Everyone who has a record, with the position of the oldest one."""
        with self._gate:
            return self._state.first_positions()

    def items(self) -> Sequence[Item]:
        """All items, hidden ones too, in order of id."""
        return self.items_changed_after(0)

    def items_changed_after(self, position: int) -> Sequence[Item]:
        """Items whose last change has a greater log position, in order of id."""
        with self._gate:
            changed = [item for at, item in self._state.items.values() if at > position]
        return sorted(changed, key=lambda item: item.id)

    def item_position(self) -> int:
        """The log position of the newest item change, 0 when there was none."""
        with self._gate:
            return self._state.item_position

    def write(self, work: Callable[[MemoryTransaction], T]) -> T:
        """Run `work` and return its result; its exception undoes what it did and is raised here.

        Raises StorageError when called from inside a unit of work.
        """
        with self._gate:
            self._gate.refuse_inside_work("write")
            transaction = MemoryTransaction(self._state, self._erasures)
            self._gate.working = True
            try:
                return work(transaction)
            except BaseException:
                transaction.undo()
                raise
            finally:
                self._gate.working = False
                transaction.end()

    def put_impressions(self, impressions: Sequence[Impression]) -> None:
        """Keep all of them or none; an id that is stored already is left as it is.

        What may be about an erased person is left out: it was made before the newest erasure, and
        its person has no record from before that.
        Raises InvalidInput for an impression that the other stores could not read back exactly.
        """
        self.write(lambda transaction: transaction.put_impressions(impressions))

    def impressions(self, ids: Sequence[str]) -> Mapping[str, Impression]:
        """The stored impressions among those ids, by id."""
        with self._gate:
            stored = self._state.impressions
            return {one: stored[one] for one in ids if one in stored}

    def impressions_of(self, user_id: str) -> Sequence[Impression]:
        """What was shown to the user, in order of time, then of id."""
        with self._gate:
            theirs = [one for one in self._state.impressions.values() if one.user_id == user_id]
        return sorted(theirs, key=lambda one: (one.at, one.impression_id))

    def drop_impressions_before(self, at: float) -> int:
        """Delete what was shown before that time, Unix seconds; returns how many went."""
        return self.write(
            lambda transaction: transaction.remove_impressions(lambda one: one.at < at)
        )

    def metadata(self, name: str) -> bytes | None:
        """A small named value of the store, None when there is none."""
        with self._gate:
            return self._state.named_values.get(name)

    def put_metadata(self, name: str, value: bytes) -> None:
        """Keep a small named value, in place of the one before."""
        with self._gate:
            self._gate.refuse_inside_work("put_metadata")
            self._state.named_values[name] = value

    def close(self) -> None:
        """Refuse every later call; closing twice is harmless."""
        self._gate.close()

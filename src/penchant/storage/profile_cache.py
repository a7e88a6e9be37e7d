"""A bounded memory of decoded profiles, each known by the checksum of its stored bytes."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penchant.domain.profile import UserProfile

__all__ = ["ProfileCache"]


class ProfileCache:
    """Up to `capacity` profiles, the least recently used leaving first; safe between threads.

    An entry answers only to the checksum it was kept under. Whoever asks has just read the checksum
    of the row, so another process's write, an erased and re-created user and a profile whose
    transaction was undone are all simply misses.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[str, tuple[bytes, UserProfile]] = OrderedDict()
        self._lock = Lock()

    def get(self, user_id: str, checksum: bytes) -> UserProfile | None:
        """The user's profile, if it is the one with this checksum."""
        with self._lock:
            entry = self._entries.get(user_id)
            if entry is None or entry[0] != checksum:
                return None
            self._entries.move_to_end(user_id)
            return entry[1]

    def keep(self, checksum: bytes, profile: UserProfile) -> None:
        """Remember a profile; it must never be changed from here on."""
        with self._lock:
            self._entries[profile.user_id] = (checksum, profile)
            self._entries.move_to_end(profile.user_id)
            while len(self._entries) > self._capacity:
                self._entries.popitem(last=False)

    def drop(self, user_id: str) -> None:
        """Forget the user's profile."""
        with self._lock:
            self._entries.pop(user_id, None)

"""Where others plug in: each protocol is one capability, kept to a few methods."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from penchant.domain.impression import Impression
from penchant.domain.item import Item
from penchant.domain.profile import UserProfile
from penchant.domain.record import Record

__all__ = [
    "Encoder",
    "EventLog",
    "ImpressionStore",
    "ItemStore",
    "ProfileStore",
    "Reranker",
    "Storage",
    "Transaction",
]

T = TypeVar("T")


class Encoder(Protocol):
    """Text to unit vectors. `id` names model and dimension: vectors of two ids never mix."""

    @property
    def id(self) -> str:
        """Names model and dimension."""

    @property
    def dimension(self) -> int:
        """The length of a vector."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, float32 (len(texts), dimension); a text without any known word gives zeros."""


class Reranker(Protocol):
    """A cross-encoder: reads the query and a text together."""

    @property
    def id(self) -> str:
        """Names the model."""

    def score(self, query: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """Relevance in [0, 1] for each text, float64 (len(texts),)."""


class ProfileStore(Protocol):
    """Profiles by user. A put of a lower version than the stored one changes nothing."""

    def get(self, user_id: str) -> UserProfile | None:
        """The stored profile; raises CorruptProfile when its bytes cannot be trusted."""

    def get_many(self, user_ids: Sequence[str]) -> Mapping[str, UserProfile]:
        """The stored profiles of those users who have one; corrupt ones are left out."""

    def put(self, profile: UserProfile) -> None:
        """Store one profile."""

    def put_many(self, profiles: Iterable[UserProfile]) -> None:
        """Store several profiles."""

    def delete(self, user_id: str) -> None:
        """Forget the stored profile; an unknown user is not an error."""


class EventLog(Protocol):
    """Reading the one ordered log."""

    def latest_position(self) -> int:
        """The position of the newest record, 0 for an empty log."""

    def find(self, event_id: str) -> Record | None:
        """The record with that id, retracted or not."""

    def records_of(self, user_id: str) -> Sequence[Record]:
        """The user's feedback, statements and resets by position, retracted ones too."""

    def records_after(self, position: int, limit: int) -> Sequence[Record]:
        """Up to `limit` records of the whole log with a greater position, in order of position."""

    def user_ids(self) -> Sequence[str]:
        """Everyone who has a record, in order of id."""

    def first_positions(self) -> Mapping[str, int]:
        """Everyone who has a record, with the position of the oldest one."""


class ItemStore(Protocol):
    """Reading the stored items."""

    def items(self) -> Sequence[Item]:
        """All items, hidden ones too, in order of id."""

    def items_changed_after(self, position: int) -> Sequence[Item]:
        """Items whose last change has a greater log position, in order of id."""

    def item_position(self) -> int:
        """The log position of the newest item change, 0 when there was none; one cheap look."""


class ImpressionStore(Protocol):
    """What was shown to whom. Beside the log: nothing that is folded depends on it."""

    def put_impressions(self, impressions: Sequence[Impression]) -> None:
        """Keep all of them or none; an id that is stored already is left as it is.

        Raises InvalidInput for an impression that could not be read back exactly.
        """

    def impressions(self, ids: Sequence[str]) -> Mapping[str, Impression]:
        """The stored impressions among those ids, by id."""

    def impressions_of(self, user_id: str) -> Sequence[Impression]:
        """What was shown to the user, in order of time, then of id."""

    def drop_impressions_before(self, at: float) -> int:
        """Delete what was shown before that time, Unix seconds; returns how many went."""


class Transaction(Protocol):
    """What one unit of work may do: all of it is kept, or nothing."""

    def append(self, record: Record) -> int:
        """Add a record and return its position. Raises EventConflict when its event id is taken."""

    def find(self, event_id: str) -> Record | None:
        """As EventLog.find, seeing what this unit of work has written."""

    def latest_position(self) -> int:
        """As EventLog.latest_position, seeing what this unit of work has written."""

    def mark_retracted(self, event_id: str) -> None:
        """Mark a record as taken back. An unknown id changes nothing."""

    def records_of(self, user_id: str) -> Sequence[Record]:
        """As EventLog.records_of, seeing what this unit of work has written."""

    def profile(self, user_id: str) -> UserProfile | None:
        """The stored profile, held against other writers; raises CorruptProfile."""

    def put_profile(self, profile: UserProfile) -> None:
        """Store a profile in place of the one before, whatever their versions."""

    def item(self, item_id: str) -> Item | None:
        """The stored item, hidden or not, seeing what this unit of work has written."""

    def put_items(self, items: Sequence[Item], event_id: str, at: float) -> int:
        """Insert or replace items and append one ITEM_CHANGE record; returns its position."""

    def put_metadata(self, name: str, value: bytes) -> None:
        """Keep a small named value, in place of the one before."""

    def erase_user(self, user_id: str) -> Mapping[str, int]:
        """Delete every row about the user; returns how many went, by table."""


class Storage(EventLog, ItemStore, ImpressionStore, Protocol):
    """A whole store: log, items, profiles and impressions behind one way of writing."""

    @property
    def profiles(self) -> ProfileStore:
        """The stored profiles."""

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a transaction and return its result once it is durable.

        An exception from `work` undoes what that work did, and only that, and is raised here.
        """

    def metadata(self, name: str) -> bytes | None:
        """A small named value of the store (encoder means, calibrations)."""

    def put_metadata(self, name: str, value: bytes) -> None:
        """Keep a small named value."""

    def close(self) -> None:
        """Let go of the store; what was acknowledged stays."""

"""Every error that Penchant raises on purpose.

::

    PenchantError
    ├── InvalidInput            a value from outside cannot be used; the message says the way out
    │   ├── InvalidFeedback     an event that cannot be recorded
    │   ├── InvalidItem         a catalogue row that cannot be used
    │   ├── InvalidQuery        a query or filter that cannot be answered
    │   ├── InvalidStatement    a stated preference that cannot be kept
    │   └── InvalidSettings     configuration that cannot be used
    ├── NotFound
    │   ├── UnknownItem         no such item, or no such title; carries the nearest titles
    │   └── UnknownEvent        no such event to retract
    ├── Conflict
    │   ├── AmbiguousTitle      a title that fits several items equally well; carries them
    │   └── EventConflict       an event id that was used before for something else
    └── StorageError
        ├── CorruptProfile      stored bytes that fail their checksum or their schema
        └── StoreUnavailable    the database cannot be reached or is locked
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "AmbiguousTitle",
    "Conflict",
    "CorruptProfile",
    "EventConflict",
    "InvalidFeedback",
    "InvalidInput",
    "InvalidItem",
    "InvalidQuery",
    "InvalidSettings",
    "InvalidStatement",
    "NotFound",
    "PenchantError",
    "StorageError",
    "StoreUnavailable",
    "UnknownEvent",
    "UnknownItem",
]


class PenchantError(Exception):
    """The root: catch this to catch everything Penchant raises on purpose."""


class InvalidInput(PenchantError):
    """A value from outside cannot be used."""


class InvalidFeedback(InvalidInput):
    """An event cannot be recorded as given."""


class InvalidItem(InvalidInput):
    """A catalogue row cannot be used as given."""


class InvalidQuery(InvalidInput):
    """A query or a filter cannot be answered as given."""


class InvalidStatement(InvalidInput):
    """A stated preference cannot be kept as given."""


class InvalidSettings(InvalidInput):
    """A setting cannot be used as given."""


class NotFound(PenchantError):
    """The thing asked for does not exist."""


class UnknownItem(NotFound):
    """No such item; `alternatives` holds (id, title) of the nearest ones, best first."""

    def __init__(self, message: str, alternatives: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.alternatives = tuple(alternatives)


class UnknownEvent(NotFound):
    """No such event in the log."""


class Conflict(PenchantError):
    """The request contradicts what is already there."""


class AmbiguousTitle(Conflict):
    """A title fits several items; `alternatives` holds their (id, title), best first."""

    def __init__(self, message: str, alternatives: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.alternatives = tuple(alternatives)


class EventConflict(Conflict):
    """An event id was already used for a different event."""


class StorageError(PenchantError):
    """What is stored cannot be read or written."""


class CorruptProfile(StorageError):
    """Stored profile bytes fail their checksum, version or schema; refold the user from the log."""


class StoreUnavailable(StorageError):
    """The store cannot be reached just now; the request may be repeated."""

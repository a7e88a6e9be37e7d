"""Reading the log, items, profiles and impressions, inside a unit of work or outside of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from penchant.domain.profile import UserProfile
from penchant.errors import CorruptProfile
from penchant.storage import statements
from penchant.storage.codec import ProfileSerializer, checksum_of
from penchant.storage.impression_rows import ImpressionRow, impression_from_row
from penchant.storage.rows import LogRow, decode_item, record_from_row

if TYPE_CHECKING:
    from sqlalchemy import CursorResult, Executable

    from penchant.domain.impression import Impression
    from penchant.domain.item import Item
    from penchant.domain.record import Record
    from penchant.storage.profile_cache import ProfileCache

__all__ = [
    "Execute",
    "changed_items",
    "find_record",
    "first_positions",
    "impressions_by_id",
    "impressions_of",
    "item_of",
    "items_by_id",
    "profile_of",
    "profiles_of",
    "records_after",
    "records_of",
]

Execute = Callable[..., "CursorResult[Any]"]
"""Runs one statement with its parameters, as `Connection.execute` does."""

_IDS_PER_STATEMENT = 500
_SERIALIZER = ProfileSerializer()


def find_record(execute: Execute, event_id: str) -> Record | None:
    """The record with that event id."""
    row = execute(statements.FIND, {"event_id": event_id}).one_or_none()
    return None if row is None else record_from_row(cast("LogRow", row))


def records_of(execute: Execute, user_id: str) -> list[Record]:
    """The user's feedback, statements and resets, in order of position."""
    return _records(execute, statements.RECORDS_OF, {"user_id": user_id})


def records_after(execute: Execute, position: int, limit: int) -> list[Record]:
    """Up to `limit` records with a greater position, in order of position."""
    return _records(execute, statements.RECORDS_AFTER, {"after": position, "count": limit})


def first_positions(execute: Execute) -> dict[str, int]:
    """Everyone who has a record, with the position of the oldest one."""
    rows = cast("list[tuple[str, int]]", execute(statements.FIRST_POSITIONS).all())
    return dict(rows)


def items_by_id(execute: Execute) -> list[Item]:
    """Every item, in order of id."""
    return _items(execute(statements.ALL_ITEMS))


def item_of(execute: Execute, item_id: str) -> Item | None:
    """The item of that id."""
    found = _items(execute(statements.ITEM, {"item_id": item_id}))
    return found[0] if found else None


def changed_items(execute: Execute, position: int) -> list[Item]:
    """Items that changed at a greater position, in order of id."""
    return _items(execute(statements.ITEMS_AFTER, {"after": position}))


def profile_of(
    execute: Execute, cache: ProfileCache, user_id: str, *, held: bool = False
) -> UserProfile | None:
    """The stored profile, decoded only when it changed; `held` keeps other writers away from it.

    Raises CorruptProfile when its bytes cannot be trusted.
    """
    look = statements.CHECKSUM_HELD if held else statements.CHECKSUM
    checksum = execute(look, {"user_id": user_id}).scalar()
    if checksum is None:
        return None
    known = cache.get(user_id, checksum)
    if known is not None:
        return known
    row = execute(statements.PROFILE, {"user_id": user_id}).one_or_none()
    return None if row is None else _decoded(cache, user_id, row.checksum, row.bytes)


def profiles_of(
    execute: Execute, cache: ProfileCache, user_ids: Sequence[str]
) -> dict[str, UserProfile]:
    """The stored profiles that can be trusted, by user."""
    found: dict[str, UserProfile] = {}
    for some in _chunks(list(dict.fromkeys(user_ids))):
        unknown = []
        for row in execute(statements.CHECKSUMS, {"user_ids": some}).all():
            known = cache.get(row.user_id, row.checksum)
            if known is None:
                unknown.append(row.user_id)
            else:
                found[row.user_id] = known
        if not unknown:
            continue
        for row in execute(statements.PROFILES, {"user_ids": unknown}).all():
            try:
                found[row.user_id] = _decoded(cache, row.user_id, row.checksum, row.bytes)
            except CorruptProfile:
                continue
    return found


def impressions_by_id(execute: Execute, ids: Sequence[str]) -> dict[str, Impression]:
    """The stored impressions among those ids."""
    found: dict[str, Impression] = {}
    for some in _chunks(list(dict.fromkeys(ids))):
        shown = _impressions(execute(statements.IMPRESSIONS, {"impression_ids": some}))
        found.update((impression.impression_id, impression) for impression in shown)
    return found


def impressions_of(execute: Execute, user_id: str) -> list[Impression]:
    """What was shown to the user, in order of time, then of id."""
    return _impressions(execute(statements.IMPRESSIONS_OF, {"user_id": user_id}))


def _records(execute: Execute, statement: Executable, parameters: object) -> list[Record]:
    rows = execute(statement, parameters).all()
    return [record_from_row(cast("LogRow", row)) for row in rows]


def _items(result: CursorResult[Any]) -> list[Item]:
    # Sorted here, because databases disagree about the order of texts.
    return sorted((decode_item(body) for body in result.scalars()), key=lambda item: item.id)


def _impressions(result: CursorResult[Any]) -> list[Impression]:
    shown = [impression_from_row(cast("ImpressionRow", row)) for row in result.all()]
    return sorted(shown, key=lambda impression: (impression.at, impression.impression_id))


def _decoded(cache: ProfileCache, user_id: str, checksum: bytes, data: bytes) -> UserProfile:
    profile = _SERIALIZER.decode(data)
    if profile.user_id != user_id or checksum_of(data) != checksum:
        raise CorruptProfile(
            f"the stored profile of user {user_id!r} is not theirs; refold it from the log"
        )
    cache.keep(checksum, profile)
    return profile


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _IDS_PER_STATEMENT):
        yield ids[start : start + _IDS_PER_STATEMENT]

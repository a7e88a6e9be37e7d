"""The SQL of the store, built once per dialect and read from here by everyone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import LargeBinary, bindparam, cast, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from penchant.domain.record import RecordType
from penchant.storage.rows import FOLDED_TYPES
from penchant.storage.tables import impressions, items, log, named_values, profiles

if TYPE_CHECKING:
    from sqlalchemy import Executable, Table
    from sqlalchemy.sql.dml import ReturningInsert

__all__ = ["WriteStatements", "write_statements"]

LATEST_POSITION: Final = select(func.max(log.c.position))
FIND: Final = select(log).where(log.c.event_id == bindparam("event_id"))
RECORDS_OF: Final = (
    select(log)
    .where(log.c.user_id == bindparam("user_id"), log.c.type.in_(sorted(FOLDED_TYPES)))
    .order_by(log.c.position)
)
RECORDS_AFTER: Final = (
    select(log)
    .where(log.c.position > bindparam("after"))
    .order_by(log.c.position)
    .limit(bindparam("count"))
)
USER_IDS: Final = select(log.c.user_id).where(log.c.user_id != "").distinct()
FIRST_POSITIONS: Final = (
    select(log.c.user_id, func.min(log.c.position))
    .where(log.c.user_id != "")
    .group_by(log.c.user_id)
)
FIRST_POSITION: Final = select(func.min(log.c.position)).where(
    log.c.user_id == bindparam("user_id")
)
# The store's own records have no user, which is how the index finds the newest of them.
NEWEST_ERASURE: Final = (
    select(log.c.position, log.c.at)
    .where(log.c.user_id == "", log.c.type == RecordType.ERASURE)
    .order_by(log.c.position.desc())
    .limit(1)
)
MARK_RETRACTED: Final = (
    update(log).where(log.c.event_id == bindparam("retracted_event")).values(retracted=True)
)

# SQLite columns hold what they were given; damage that turned bytes into text must still be read.
_CHECKSUM: Final = cast(profiles.c.checksum, LargeBinary).label("checksum")
_BYTES: Final = cast(profiles.c.bytes, LargeBinary).label("bytes")

# FOR UPDATE holds the row on PostgreSQL; SQLite leaves it out, its whole transaction being one
# writer's.
CHECKSUM: Final = select(_CHECKSUM).where(profiles.c.user_id == bindparam("user_id"))
CHECKSUM_HELD: Final = CHECKSUM.with_for_update()
PROFILE: Final = select(_CHECKSUM, _BYTES).where(profiles.c.user_id == bindparam("user_id"))
CHECKSUMS: Final = select(profiles.c.user_id, _CHECKSUM).where(
    profiles.c.user_id.in_(bindparam("user_ids", expanding=True))
)
PROFILES: Final = select(profiles.c.user_id, _CHECKSUM, _BYTES).where(
    profiles.c.user_id.in_(bindparam("user_ids", expanding=True))
)
DELETE_PROFILE: Final = profiles.delete().where(profiles.c.user_id == bindparam("user_id"))

ALL_ITEMS: Final = select(items.c.body)
ITEM: Final = select(items.c.body).where(items.c.id == bindparam("item_id"))
ITEMS_AFTER: Final = select(items.c.body).where(items.c.position > bindparam("after"))
ITEM_POSITION: Final = select(func.max(items.c.position))
IMPRESSIONS: Final = select(impressions).where(
    impressions.c.id.in_(bindparam("impression_ids", expanding=True))
)
IMPRESSIONS_OF: Final = select(impressions).where(impressions.c.user_id == bindparam("user_id"))
DROP_IMPRESSIONS: Final = delete(impressions).where(impressions.c.at < bindparam("bound"))
NAMED_VALUE: Final = select(named_values.c.value).where(named_values.c.name == bindparam("name"))


@dataclass(frozen=True, slots=True)
class WriteStatements:
    """The statements whose wording differs between dialects.

    `append` returns the new position, or no row when the event id is taken.
    """

    append: ReturningInsert[tuple[int]]
    put_profile: Executable
    put_profile_unless_newer: Executable
    put_item: Executable
    put_impression: Executable
    put_named_value: Executable


@cache
def write_statements(dialect: str) -> WriteStatements:
    """The statements for SQLAlchemy's dialect of that name: "sqlite" or "postgresql"."""
    new_profile = _insert(dialect, profiles)
    replaced = {
        column.name: new_profile.excluded[column.name]
        for column in profiles.c
        if not column.primary_key
    }
    new_item = _insert(dialect, items)
    new_value = _insert(dialect, named_values)
    return WriteStatements(
        append=_insert(dialect, log)
        .on_conflict_do_nothing(index_elements=[log.c.event_id])
        .returning(log.c.position),
        put_profile=new_profile.on_conflict_do_update(
            index_elements=[profiles.c.user_id], set_=replaced
        ),
        put_profile_unless_newer=new_profile.on_conflict_do_update(
            index_elements=[profiles.c.user_id],
            set_=replaced,
            where=profiles.c.version <= new_profile.excluded.version,
        ),
        put_item=new_item.on_conflict_do_update(
            index_elements=[items.c.id],
            set_={name: new_item.excluded[name] for name in ("position", "hidden", "body")},
        ),
        put_impression=_insert(dialect, impressions).on_conflict_do_nothing(
            index_elements=[impressions.c.id]
        ),
        put_named_value=new_value.on_conflict_do_update(
            index_elements=[named_values.c.name], set_={"value": new_value.excluded.value}
        ),
    )


def _insert(dialect: str, table: Table) -> Any:  # noqa: ANN401 - two classes with the same methods
    return {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect](table)

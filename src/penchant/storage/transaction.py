"""One unit of work on the SQL store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from penchant.domain.record import Record, RecordType
from penchant.errors import EventConflict, InvalidInput, StorageError, StoreUnavailable
from penchant.storage import queries, statements
from penchant.storage.codec import ProfileSerializer, checksum_of
from penchant.storage.engines import storage_error
from penchant.storage.rows import encode_item, refuse_unstorable, row_of_record
from penchant.storage.tables import ERASE_RULES, schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, CursorResult, Executable

    from penchant.domain.item import Item
    from penchant.domain.profile import UserProfile
    from penchant.storage.profile_cache import ProfileCache

__all__ = ["SqlTransaction"]


class SqlTransaction:
    """The Transaction of one unit of work; of no use once that work has ended.

    `broken` says that the database itself failed, so that nothing of the surrounding transaction
    can be kept. `erased` says that the work deleted someone's rows.
    """

    def __init__(self, connection: Connection, cache: ProfileCache, file: Path) -> None:
        self._connection: Connection | None = connection
        self._statements = statements.write_statements(connection.dialect.name)
        self._cache = cache
        self._file = file
        self.broken = False
        self.erased = False

    def append(self, record: Record) -> int:
        """Add a record and return its position. Raises EventConflict when its event id is taken."""
        refuse_unstorable(record)
        position = self._execute(self._statements.append, row_of_record(record)).scalar()
        if position is None:
            raise EventConflict(
                f"event id {record.event_id!r} is already in the log; choose another"
            )
        return int(position)

    def find(self, event_id: str) -> Record | None:
        """The record with that id, retracted or not."""
        return queries.find_record(self._execute, event_id)

    def latest_position(self) -> int:
        """The position of the newest record, 0 for an empty log."""
        return self._execute(statements.LATEST_POSITION).scalar() or 0

    def mark_retracted(self, event_id: str) -> None:
        """Mark a record as taken back. An unknown id changes nothing."""
        self._execute(statements.MARK_RETRACTED, {"retracted_event": event_id})

    def records_of(self, user_id: str) -> Sequence[Record]:
        """As EventLog.records_of, seeing what this unit of work has written."""
        return queries.records_of(self._execute, user_id)

    def profile(self, user_id: str) -> UserProfile | None:
        """The stored profile, held against other writers; raises CorruptProfile."""
        return queries.profile_of(self._execute, self._cache, user_id, held=True)

    def put_profile(self, profile: UserProfile) -> None:
        """Replace the stored profile, whatever its version."""
        self._put(self._statements.put_profile, [profile])

    def put_newer_profiles(self, profiles: Sequence[UserProfile]) -> None:
        """Store profiles, but leave alone each that is stored with a greater version."""
        self._put(self._statements.put_profile_unless_newer, profiles)

    def delete_profile(self, user_id: str) -> None:
        """Forget the stored profile."""
        self._execute(statements.DELETE_PROFILE, {"user_id": user_id})
        self._cache.drop(user_id)

    def item(self, item_id: str) -> Item | None:
        """The stored item, hidden or not."""
        return queries.item_of(self._execute, item_id)

    def put_items(self, items: Sequence[Item], event_id: str, at: float) -> int:
        """Insert or replace items and append one ITEM_CHANGE record; returns its position."""
        position = self.append(Record(RecordType.ITEM_CHANGE, event_id, "", at))
        rows = [
            {
                "id": item.id,
                "position": position,
                "hidden": item.hidden,
                "body": encode_item(item),
            }
            for item in items
        ]
        if rows:
            self._execute(self._statements.put_item, rows)
        return position

    def put_impression_rows(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Add impressions, but leave alone each whose id is stored already.

        One from before the newest erasure is left out, unless its person was known before that too:
        it may have waited in another process while its person was erased.
        """
        kept = self._outliving_erasure(rows) if rows else rows
        if kept:
            self._execute(self._statements.put_impression, kept)

    def drop_impressions_before(self, at: float) -> int:
        """Delete what was shown before that time; returns how many went."""
        return self._execute(statements.DROP_IMPRESSIONS, {"bound": at}).rowcount

    def put_metadata(self, name: str, value: bytes) -> None:
        """Keep a small named value of the store."""
        self._execute(self._statements.put_named_value, {"name": name, "value": value})

    def erase_user(self, user_id: str) -> Mapping[str, int]:
        """Delete every row about the user; returns how many went, by table."""
        if not user_id:
            raise InvalidInput(
                "an empty user id names nobody; records of the store itself are not erased"
            )
        gone = {
            name: self._execute(delete(schema.tables[name]).where(owner == user_id)).rowcount
            for name, owner in ERASE_RULES.items()
        }
        self._cache.drop(user_id)
        self.erased = True
        return gone

    def end(self) -> None:
        """Refuse further use: the work is over."""
        self._connection = None

    def _outliving_erasure(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        erasure = self._execute(statements.NEWEST_ERASURE).one_or_none()
        if erasure is None:
            return rows
        earlier = {row["user_id"] for row in rows if row["user_id"] and row["at"] < erasure.at}
        strangers = {user for user in earlier if not self._is_known_before(erasure.position, user)}
        return [row for row in rows if row["user_id"] not in strangers or row["at"] > erasure.at]

    def _is_known_before(self, position: int, user_id: str) -> bool:
        first = self._execute(statements.FIRST_POSITION, {"user_id": user_id}).scalar()
        return first is not None and first <= position

    def _put(self, statement: Executable, profiles: Sequence[UserProfile]) -> None:
        serializer = ProfileSerializer()
        rows: list[dict[str, Any]] = []
        for profile in profiles:
            data = serializer.encode(profile)
            rows.append(
                {
                    "user_id": profile.user_id,
                    "version": profile.version,
                    "position": profile.position,
                    "updated_at": profile.updated_at,
                    "checksum": checksum_of(data),
                    "bytes": data,
                }
            )
        if not rows:
            return
        self._execute(statement, rows if len(rows) > 1 else rows[0])
        for profile, row in zip(profiles, rows, strict=True):
            self._cache.keep(checksum_of(row["bytes"]), profile)

    def _execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:  # noqa: ANN401
        if self._connection is None:
            raise StorageError(
                "this transaction has ended with its unit of work; call write() again"
            )
        if self.broken:
            raise StoreUnavailable(
                f"{self._file} failed earlier in this unit of work; try it again"
            )
        try:
            return self._connection.execute(statement, parameters)
        except SQLAlchemyError as error:
            # After some failures (disk full, I/O) SQLite has undone the whole transaction, and what
            # followed would be committed by itself.
            self.broken = isinstance(error, OperationalError)
            raise storage_error(error, self._file) from error

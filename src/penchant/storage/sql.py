"""The SQL store: all that is kept in one database, written by one thread."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import weakref
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Final, TypeVar

from penchant.errors import StoreUnavailable
from penchant.storage import queries, statements
from penchant.storage.engines import (
    database_file,
    read_engine,
    translated_errors,
    write_engine,
)
from penchant.storage.impression_rows import row_of_impression
from penchant.storage.migrations import upgrade
from penchant.storage.passage import Passage
from penchant.storage.process_lock import ProcessLock
from penchant.storage.profile_cache import ProfileCache
from penchant.storage.sql_profiles import SqlProfileStore
from penchant.storage.transaction import SqlTransaction
from penchant.storage.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection

    from penchant.domain.impression import Impression
    from penchant.domain.item import Item
    from penchant.domain.protocols import ProfileStore
    from penchant.domain.record import Record

__all__ = ["SqlStorage"]

T = TypeVar("T")

_IN_MEMORY: Final = frozenset({"sqlite://", "sqlite:///", "sqlite:///:memory:"})


class _Connections:
    """What belongs to one process: engines, locks, the writer and the decoded profiles."""

    def __init__(self, file: Path, cached_profiles: int, busy_timeout_s: float) -> None:
        self.reading = read_engine(file, busy_timeout_s)
        self.writing = write_engine(file, busy_timeout_s)
        self.lock = ProcessLock(file, busy_timeout_s)
        self.passage = Passage()
        self.cache = ProfileCache(cached_profiles)
        self.writer = Writer(self.writing, self.passage, self.lock, self._transaction, file)
        self._file = file

    def _transaction(self, connection: Connection) -> SqlTransaction:
        return SqlTransaction(connection, self.cache, self._file)

    def let_go(self) -> None:
        """Close every open file; what is needed again opens again."""
        self.reading.dispose()
        # Last, because only a connection that may write can fold the log into the database file.
        self.writing.dispose()
        self.lock.close()


class SqlStorage:
    """The Storage behind `sqlite:///path`: durable, for many threads and many processes.

    The schema is created or migrated at opening. Reads never wait for writes. `write` waits at most
    `busy_timeout_s` for other processes and then raises StoreUnavailable. `cached_profiles` decoded
    profiles are kept in memory; a profile handed over or received must not be changed. A fork waits
    for reads and writes under way, then parent and child go on with connections of their own.
    `sqlite://` keeps the database in a temporary folder that goes with the storage.
    """

    def __init__(
        self, url: str, *, cached_profiles: int = 1024, busy_timeout_s: float = 10.0
    ) -> None:
        self._clean_up: Callable[[], object] = _nothing
        if url in _IN_MEMORY:
            folder = tempfile.mkdtemp(prefix="penchant-")
            self._clean_up = weakref.finalize(self, _remove_own, folder, os.getpid())
            url = f"sqlite:///{Path(folder, 'store.db')}"
        upgrade(url)
        self._file = database_file(url)
        self._limits = (cached_profiles, busy_timeout_s)
        self._connections = self._connect()
        self._refusal: str | None = None
        self._is_idle = True
        self._closing = threading.Lock()
        self._profiles = SqlProfileStore(self._reading, self.write, self._cache)
        if sys.platform != "win32":
            _follow_forks(weakref.ref(self))

    @property
    def profiles(self) -> ProfileStore:
        """The stored profiles."""
        return self._profiles

    def latest_position(self) -> int:
        """The position of the newest record, 0 for an empty log."""
        with self._reading() as execute:
            return execute(statements.LATEST_POSITION).scalar() or 0

    def find(self, event_id: str) -> Record | None:
        """The record with that id, retracted or not."""
        with self._reading() as execute:
            return queries.find_record(execute, event_id)

    def records_of(self, user_id: str) -> Sequence[Record]:
        """The user's feedback, statements and resets, retracted ones too, in order of position."""
        with self._reading() as execute:
            return queries.records_of(execute, user_id)

    def records_after(self, position: int, limit: int) -> Sequence[Record]:
        """Up to `limit` records of the whole log with a greater position, in order of position."""
        with self._reading() as execute:
            return queries.records_after(execute, position, limit)

    def user_ids(self) -> Sequence[str]:
        """Everyone who has a record, in order of id."""
        with self._reading() as execute:
            return sorted(execute(statements.USER_IDS).scalars())

    def first_positions(self) -> Mapping[str, int]:
        """Everyone who has a record, with the position of the oldest one."""
        with self._reading() as execute:
            return queries.first_positions(execute)

    def items(self) -> Sequence[Item]:
        """All items, hidden ones too, in order of id."""
        with self._reading() as execute:
            return queries.items_by_id(execute)

    def items_changed_after(self, position: int) -> Sequence[Item]:
        """Items whose last change has a greater log position, in order of id."""
        with self._reading() as execute:
            return queries.changed_items(execute, position)

    def item_position(self) -> int:
        """The log position of the newest item change, 0 when there was none; one cheap look."""
        with self._reading() as execute:
            return execute(statements.ITEM_POSITION).scalar() or 0

    def write(self, work: Callable[[SqlTransaction], T]) -> T:
        """Run `work` in a transaction and return its result once it is durable.

        An exception from `work` undoes what that work did, and only that, and is raised here.
        Raises StoreUnavailable when the database is locked for too long, cannot commit or is
        closed, and StorageError when called from inside a unit of work.
        """
        self._refuse_when_unusable()
        return self._connections.writer.run(work)

    def put_impressions(self, impressions: Sequence[Impression]) -> None:
        """Keep all of them or none; an id that is stored already is left as it is.

        What may be about an erased person is left out: it was made before the newest erasure, and
        its person has no record from before that.
        Raises InvalidInput for an impression that could not be read back exactly.
        """
        # Encoded here, in the caller's thread: the writer's time is everybody's.
        rows = [row_of_impression(impression) for impression in impressions]
        self.write(lambda transaction: transaction.put_impression_rows(rows))

    def impressions(self, ids: Sequence[str]) -> Mapping[str, Impression]:
        """The stored impressions among those ids, by id."""
        with self._reading() as execute:
            return queries.impressions_by_id(execute, ids)

    def impressions_of(self, user_id: str) -> Sequence[Impression]:
        """What was shown to the user, in order of time, then of id."""
        with self._reading() as execute:
            return queries.impressions_of(execute, user_id)

    def drop_impressions_before(self, at: float) -> int:
        """Delete what was shown before that time, Unix seconds; returns how many went."""
        return self.write(lambda transaction: transaction.drop_impressions_before(at))

    def metadata(self, name: str) -> bytes | None:
        """A small named value of the store, None when there is none."""
        with self._reading() as execute:
            value: bytes | None = execute(statements.NAMED_VALUE, {"name": name}).scalar()
            return value

    def put_metadata(self, name: str, value: bytes) -> None:
        """Keep a small named value, in place of the one before."""
        self.write(lambda transaction: transaction.put_metadata(name, value))

    def close(self) -> None:
        """Finish what is queued and let go of the file; closing twice is harmless."""
        with self._closing:
            self._connections.writer.close()
            self._refusal = self._refusal or f"{self._file} was closed; open the storage again"
            self._connections.let_go()
            self._clean_up()

    def _connect(self) -> _Connections:
        cached_profiles, busy_timeout_s = self._limits
        return _Connections(self._file, cached_profiles, busy_timeout_s)

    def _cache(self) -> ProfileCache:
        return self._connections.cache

    @contextmanager
    def _reading(self) -> Iterator[queries.Execute]:
        self._refuse_when_unusable()
        connections = self._connections
        with (
            translated_errors(self._file),
            connections.passage,
            connections.reading.connect() as connection,
        ):
            yield connection.execute

    def _refuse_when_unusable(self) -> None:
        if self._refusal is not None:
            raise StoreUnavailable(self._refusal)

    # Around a fork: `_before_fork` in the forking thread, then one of the others in each process.

    def _before_fork(self) -> None:
        _, timeout_s = self._limits
        self._is_idle = self._connections.passage.shut(timeout_s)
        if self._is_idle:
            self._connections.let_go()

    def _after_fork_in_parent(self) -> None:
        self._connections.passage.reopen()

    def _after_fork_in_child(self) -> None:
        self._closing = threading.Lock()
        if self._is_idle:
            self._connections = self._connect()
        else:
            self._refusal = (
                f"{self._file} was being used by this process's parent while it forked; fork"
                " outside of units of work"
            )


def _follow_forks(reference: weakref.ref[SqlStorage]) -> None:
    def telling(what: Callable[[SqlStorage], None]) -> Callable[[], None]:
        def tell() -> None:
            storage = reference()
            if storage is not None:
                what(storage)

        return tell

    os.register_at_fork(
        before=telling(SqlStorage._before_fork),  # noqa: SLF001 - its own hooks
        after_in_parent=telling(SqlStorage._after_fork_in_parent),  # noqa: SLF001
        after_in_child=telling(SqlStorage._after_fork_in_child),  # noqa: SLF001
    )


def _nothing() -> None:
    """Clean up after a database that stays."""


def _remove_own(folder: str, owner: int) -> None:
    if os.getpid() == owner:  # a forked child ends without taking its parent's database away
        rmtree(folder, ignore_errors=True)

"""Connections to one SQLite file: how they are opened, locked, and what their errors mean."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import URL, create_engine, event
from sqlalchemy.exc import (
    DBAPIError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from penchant.errors import InvalidSettings, StorageError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

__all__ = [
    "database_file",
    "read_engine",
    "storage_error",
    "translated_errors",
    "truncate_write_ahead_log",
    "write_engine",
]

_READERS_KEPT: Final = 8


def database_file(url: str) -> Path:
    """The absolute path in a `sqlite:///path` URL; raises InvalidSettings for any other URL.

    The path is taken as it stands, without decoding; a question mark, which other programs take for
    the start of options, is refused.
    """
    scheme, _, path = url.partition(":///")
    if scheme != "sqlite" or not path or "?" in path:
        # Only the scheme is shown: the rest of a URL may hold a password.
        raise InvalidSettings(
            f"this {url.partition(':')[0]!r} URL does not name a SQLite file; write"
            " sqlite:///relative.db or sqlite:////absolute.db, without options"
        )
    return Path(path).absolute()


def write_engine(file: Path, busy_timeout_s: float) -> Engine:
    """One connection, for the writer: durable commits, transactions that begin as writers."""
    engine = _engine(file, busy_timeout_s, kept=1, overflow=0)

    @event.listens_for(engine, "connect")
    def _prepare(dbapi: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = dbapi.cursor()
        mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()
        if mode != "wal":
            raise StorageError(
                f"{file} cannot keep a write-ahead log; put the database on a local disk"
            )

    @event.listens_for(engine, "begin")
    def _begin_as_writer(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once when another one wrote in
        # between, whatever the busy timeout says.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def read_engine(file: Path, busy_timeout_s: float) -> Engine:
    """Connections that cannot write: each SELECT sees the newest commit and takes no write lock."""
    engine = _engine(file, busy_timeout_s, kept=_READERS_KEPT, overflow=-1)

    @event.listens_for(engine, "connect")
    def _refuse_writes(dbapi: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = dbapi.cursor()
        cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    return engine


def truncate_write_ahead_log(engine: Engine, wait_s: float) -> bool:
    """Move everything into the database file and empty the log beside it.

    False when that could not be done within `wait_s`, because someone reads from that log, say.
    """
    try:
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            usual_ms = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
            cursor.execute(f"PRAGMA busy_timeout={int(wait_s * 1000)}")
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            cursor.execute(f"PRAGMA busy_timeout={usual_ms}")
            cursor.close()
        finally:
            connection.close()
    except (SQLAlchemyError, sqlite3.Error):
        return False
    return not busy


def storage_error(error: Exception, file: Path) -> StorageError:
    """What an error from below means for the caller, naming the file."""
    if isinstance(error, StorageError):
        return error
    if isinstance(error, OSError):
        return StoreUnavailable(
            f"{file} cannot be opened: {error.strerror}; check that its folder exists and is"
            " writable"
        )
    if isinstance(error, PoolTimeout):
        return StoreUnavailable(f"{file} has no free connection; try again")
    # SQLAlchemy wraps the driver's errors, except those of a raw connection.
    cause = error.orig if isinstance(error, DBAPIError) else error
    return _sqlite_error(cause, file)


def _sqlite_error(error: BaseException | None, file: Path) -> StorageError:
    code = getattr(error, "sqlite_errorname", "")
    if code.startswith("SQLITE_NOTADB"):
        return StorageError(f"{file} is not a SQLite database; choose another file")
    if code.startswith("SQLITE_CORRUPT"):
        return StorageError(f"{file} is damaged ({error}); restore it from a backup")
    # What remains of operational errors: locked, full, read-only, unreachable.
    if isinstance(error, sqlite3.OperationalError) and code != "SQLITE_ERROR":
        return StoreUnavailable(f"{file} cannot be used just now: {error}")
    return StorageError(f"{file}: {error}")


@contextmanager
def translated_errors(file: Path) -> Iterator[None]:
    """Raise what goes wrong below as StorageError or its child StoreUnavailable."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise storage_error(error, file) from error


def _engine(file: Path, busy_timeout_s: float, kept: int, overflow: int) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        pool_size=kept,
        max_overflow=overflow,
        pool_timeout=busy_timeout_s,
        hide_parameters=True,  # parameters are what people did: never part of an error message
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _begin_by_hand(dbapi: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver must not open transactions by itself, and must wait from the first statement.
        dbapi.isolation_level = None
        cursor = dbapi.cursor()
        cursor.execute(f"PRAGMA busy_timeout={int(busy_timeout_s * 1000)}")
        cursor.close()

    return engine

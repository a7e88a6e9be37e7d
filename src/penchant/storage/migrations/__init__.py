"""Bringing a database to the newest schema, from inside the program."""

from __future__ import annotations

import logging
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from penchant.errors import StorageError
from penchant.storage.engines import (
    database_file,
    read_engine,
    translated_errors,
    write_engine,
)
from penchant.storage.process_lock import ProcessLock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

__all__ = ["KNOWN_REVISIONS", "upgrade"]

KNOWN_REVISIONS: Final = ("0001", "0002")
"""Every released schema, oldest first; the last one is what this program works with."""

_TIMEOUT_S: Final = 60.0


def upgrade(url: str) -> None:
    """Create or migrate the database behind `url`; one that is up to date is left alone.

    Any number of processes may do so at once: a file lock lets one of them work. A migration that
    is interrupted leaves the schema it found. Raises StorageError for a file that is not a
    database, is another program's, or was made by a newer Penchant.
    """
    file = database_file(url)
    with translated_errors(file), closing(ProcessLock(file, _TIMEOUT_S)) as lock, lock:
        found = _revision(file)
        if found not in {None, *KNOWN_REVISIONS}:
            raise StorageError(
                f"{file} has schema {found!r}, which this Penchant does not know: a newer one"
                " made it; upgrade Penchant or choose another database"
            )
        if found != KNOWN_REVISIONS[-1]:
            _migrate(file)


def _revision(file: Path) -> str | None:
    # Looking must not change a file that may be someone else's, so through the engine that cannot.
    with _disposing(read_engine(file, _TIMEOUT_S)) as engine, engine.connect() as connection:
        tables = sorted(inspect(connection).get_table_names())
        if "alembic_version" in tables:
            revision: str | None = connection.scalar(
                text("SELECT version_num FROM alembic_version")
            )
            return revision
    if tables:
        raise StorageError(
            f"{file} is a database of another program (tables {', '.join(tables[:5])}); choose"
            " another file"
        )
    return None


def _migrate(file: Path) -> None:
    with (
        _quiet_alembic(),
        _disposing(write_engine(file, _TIMEOUT_S)) as engine,
        engine.begin() as connection,
    ):
        # Imported here: it takes a fifth of a second, which an up-to-date database need not wait.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _quiet_alembic() -> Iterator[None]:
    """Keep back what alembic says below warnings, whatever the program's logging lets through."""
    loggers = [logging.getLogger(f"alembic.runtime.{name}") for name in ("migration", "plugins")]
    for logger in loggers:
        logger.addFilter(_is_warning)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(_is_warning)


def _is_warning(entry: logging.LogRecord) -> bool:
    return entry.levelno >= logging.WARNING


@contextmanager
def _disposing(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()

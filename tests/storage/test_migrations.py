"""Databases are created and migrated at opening, whole or not at all."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from contracts.examples import item, profile, rating
from contracts.profile_store_contract import same
from contracts.storage_contract import shown
from sqlalchemy import create_engine
from storage.processes import finish, start

from penchant.domain.feedback import FeedbackContext
from penchant.errors import InvalidSettings, StorageError, StoreUnavailable
from penchant.storage import migrations
from penchant.storage.codec import ProfileSerializer, checksum_of
from penchant.storage.migrations import KNOWN_REVISIONS, upgrade
from penchant.storage.rows import encode_item, row_of_record
from penchant.storage.sql import SqlStorage
from penchant.storage.tables import schema

DEFINITIONS = (
    "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name != 'alembic_version'"
)


def tables_in(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {name for (name,) in rows}


def definitions_in(rows: list[tuple[str, str]]) -> dict[str, str]:
    """What defines each table and index, by name; SQLite adds columns in a layout of its own."""
    return {name: re.sub(r"\s+", " ", sql).replace(" ,", ",") for name, sql in rows}


def fill_first_schema(file: Path) -> None:
    """A database as revision 0001 left it, with everything in it that it could hold."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    data = ProfileSerializer().encode(profile("mina", 4))
    records = [row_of_record(rating(f"e-{number}")) for number in range(1, 4)]
    with closing(sqlite3.connect(file)) as connection, connection:
        for row in records:
            del row["impression_id"]
            marks = ", ".join("?" * len(row))
            connection.execute(
                f"INSERT INTO log ({', '.join(row)}) VALUES ({marks})",  # noqa: S608
                tuple(row.values()),
            )
        connection.execute("DELETE FROM log WHERE event_id = 'e-3'")
        connection.execute(
            "INSERT INTO profiles VALUES ('mina', 4, 1, 1e9, ?, ?)", (checksum_of(data), data)
        )
        connection.execute("INSERT INTO items VALUES ('a', 1, 0, ?)", (encode_item(item("a")),))
        connection.execute("INSERT INTO metadata VALUES ('encoder', x'00ff')")


def rows_in(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows of each table of revision 0001, in the columns that it had."""
    columns = "position, type, event_id, user_id, item_id, kind, value, at, query, session_id,"
    columns += " rank_shown, target, body, retracted"
    wanted = {"log": columns, "profiles": "*", "items": "*", "metadata": "*"}
    with closing(sqlite3.connect(file)) as connection:
        return {
            table: connection.execute(f"SELECT {what} FROM {table}").fetchall()  # noqa: S608
            for table, what in wanted.items()
        }


def test_migrations_lead_to_the_tables(tmp_path: Path) -> None:
    """The migrations and `tables.py` describe the same schema."""
    file = tmp_path / "store.db"
    upgrade(f"sqlite:///{file}")
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema) == []
    engine.dispose()
    created = create_engine("sqlite://")
    with created.connect() as connection:
        schema.create_all(connection)
        wanted = definitions_in(connection.exec_driver_sql(DEFINITIONS).all())
    created.dispose()
    with closing(sqlite3.connect(file)) as connection:
        found = definitions_in(connection.execute(DEFINITIONS).fetchall())
    assert found == wanted
    assert "PRIMARY KEY AUTOINCREMENT" in found["log"]


def test_known_revisions_are_the_files() -> None:
    """Every migration file is listed as known, in order, and nothing else is."""
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    in_order = [revision.revision for revision in script.walk_revisions()][::-1]
    assert in_order == list(KNOWN_REVISIONS)


def test_first_schema_is_upgraded_and_works(tmp_path: Path) -> None:
    """A database of revision 0001 keeps every row as it was, and takes impressions."""
    file = tmp_path / "store.db"
    fill_first_schema(file)
    before = rows_in(file)
    assert [len(rows) for rows in before.values()] == [2, 1, 1, 1]
    with closing(SqlStorage(f"sqlite:///{file}")) as storage:
        assert rows_in(file) == before
        assert storage.find("e-2") == replace(rating("e-2"), position=2)
        assert same(storage.profiles.get("mina"), profile("mina", 4))
        assert list(storage.items()) == [item("a")]
        assert storage.metadata("encoder") == b"\x00\xff"
        answer = replace(rating("e-4").feedback, context=FeedbackContext(impression_id="i-1"))
        record = replace(rating("e-4"), feedback=answer)
        # Position 3 was erased under the old schema: it is still not given again.
        assert storage.write(lambda t: t.append(record)) == 4
        assert storage.find("e-4") == replace(record, position=4)
        storage.put_impressions([shown("i-1")])
        assert storage.impressions_of("mina") == [shown("i-1")]
        gone = storage.write(lambda t: t.erase_user("mina"))
        assert gone == {"log": 3, "profiles": 1, "impressions": 1}


def test_migration_that_fails_halfway(tmp_path: Path) -> None:
    """When a later step of a migration fails, the earlier ones of it leave no trace."""
    file = tmp_path / "store.db"
    fill_first_schema(file)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("ALTER TABLE log ADD COLUMN impression_id TEXT")
    tables = tables_in(file)
    with pytest.raises(StorageError, match="duplicate column"):
        SqlStorage(f"sqlite:///{file}")
    assert tables_in(file) == tables
    assert "impressions" not in tables
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT * FROM alembic_version").fetchall() == [("0001",)]


def test_upgrading_again_changes_nothing(tmp_path: Path) -> None:
    """Opening a database that is up to date leaves its file byte for byte as it was."""
    file = tmp_path / "store.db"
    upgrade(f"sqlite:///{file}")
    before = hashlib.sha256(file.read_bytes()).hexdigest()
    upgrade(f"sqlite:///{file}")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before


def test_processes_open_a_fresh_file_at_once(tmp_path: Path) -> None:
    """Six processes that open the same new file all get it, migrated once."""
    file = tmp_path / "store.db"
    openers = [start("open_late", file, number) for number in range(6)]
    for opener in openers:
        assert opener.stdout is not None
        assert opener.stdout.readline() == "ready\n"
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write("go\n")
        opener.stdin.flush()
    for opener in openers:
        finish(opener)
    with closing(SqlStorage(f"sqlite:///{file}")) as storage:
        assert storage.latest_position() == 6


def test_interrupted_migration_leaves_no_trace(tmp_path: Path) -> None:
    """A process that dies between two tables leaves a file that the next one migrates."""
    file = tmp_path / "store.db"
    process = start("die_migrating", file)
    process.communicate(timeout=60)
    assert process.returncode == 9
    assert tables_in(file) == set()
    with closing(SqlStorage(f"sqlite:///{file}")) as storage:
        assert storage.write(lambda t: t.append(rating("e-1"))) == 1


def test_schema_of_a_newer_version(tmp_path: Path) -> None:
    """A database that a newer Penchant made is refused with advice, and not touched."""
    file = tmp_path / "store.db"
    upgrade(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(StorageError, match=r"store\.db has schema '0999'.*upgrade Penchant"):
        SqlStorage(f"sqlite:///{file}")


def test_file_that_is_no_database(tmp_path: Path) -> None:
    """A text file is refused by name and keeps its content."""
    file = tmp_path / "notes.txt"
    file.write_text("not a database, " * 500)
    with pytest.raises(StorageError, match=r"notes\.txt is not a SQLite database"):
        SqlStorage(f"sqlite:///{file}")
    assert file.read_text() == "not a database, " * 500


def test_database_of_another_program(tmp_path: Path) -> None:
    """Someone else's SQLite file is refused and stays as it is, byte for byte."""
    file = tmp_path / "photos.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE photos (id INTEGER)")
    before = file.read_bytes()
    with pytest.raises(StorageError, match=r"photos\.db is a database of another program.*photos"):
        SqlStorage(f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    """A missing folder is unavailable, with the file and the way out in the message."""
    with pytest.raises(StoreUnavailable, match=r"store\.db cannot be opened.*folder exists"):
        SqlStorage(f"sqlite:///{tmp_path / 'missing' / 'store.db'}")


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://penchant.db",
        "sqlite:////var/x.db?mode=ro",
        "sqlite:////var/x?/y.db",
        "postgresql://u:secret@h/db",
        "nonsense",
    ],
)
def test_url_that_names_no_file(url: str) -> None:
    """A URL that names no SQLite file is refused without showing its password."""
    with pytest.raises(InvalidSettings, match="sqlite:///") as refused:
        upgrade(url)
    assert "secret" not in str(refused.value)


def test_migrating_is_silent(tmp_path: Path) -> None:
    """Migrating says nothing, however loud the program's logging is, and leaves it as it was."""
    printed = finish(start("migrate_loudly", tmp_path / "store.db"))
    assert printed == "unchanged\n"


def test_unusual_path(tmp_path: Path) -> None:
    """A path is taken as it is, with what configuration files and URLs would interpret."""
    folder = tmp_path / "100%(here)s %20 é 드라마 #&"
    folder.mkdir()
    upgrade(f"sqlite:///{folder / 'store.db'}")
    assert (folder / "store.db").stat().st_size > 0

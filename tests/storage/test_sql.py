"""What only the SQL store promises: other processes, crashes, corruption, erasure on disk."""

from __future__ import annotations

import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from contracts.examples import add_one, item, profile, rating
from contracts.profile_store_contract import same
from storage.processes import finish, start

from penchant.domain.item import Item
from penchant.domain.protocols import Transaction
from penchant.domain.record import Record, RecordType
from penchant.errors import CorruptProfile, StoreUnavailable
from penchant.storage.profile_cache import ProfileCache
from penchant.storage.sql import SqlStorage
from penchant.storage.tables import ERASE_RULES, schema

Open = Callable[..., SqlStorage]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def open_store(file: Path) -> Iterator[Open]:
    opened: list[SqlStorage] = []

    def opener(**options: float) -> SqlStorage:
        opened.append(SqlStorage(f"sqlite:///{file}", **options))
        return opened[-1]

    yield opener
    for storage in opened:
        storage.close()


# Many processes


def test_two_processes_lose_nothing(file: Path, open_store: Open) -> None:
    """Two processes that each count 200 times in one profile make 400."""
    storage = open_store()
    counters = [start("increment", file, name, 200) for name in ("first", "second")]
    for counter in counters:
        finish(counter)
    counted = storage.profiles.get("mina")
    assert counted is not None
    assert counted.version == 400
    assert counted.position == storage.latest_position() == 400


def test_other_writers_are_seen(open_store: Open) -> None:
    """A profile that is kept decoded is never served once someone else has replaced it."""
    here, elsewhere = open_store(), open_store()
    here.profiles.put(profile("mina", 1))
    for version in (2, 3):
        assert same(here.profiles.get("mina"), profile("mina", version - 1))
        elsewhere.profiles.put(profile("mina", version))
        assert same(here.profiles.get("mina"), profile("mina", version))
        assert same(here.profiles.get_many(["mina"])["mina"], profile("mina", version))
        assert same(here.write(lambda t: t.profile("mina")), profile("mina", version))


def test_same_numbers_other_content(open_store: Open) -> None:
    """A refold elsewhere under the same version and position is seen all the same."""
    here, elsewhere = open_store(), open_store()
    here.profiles.put(profile("mina", 4, 9))
    refolded = replace(profile("mina", 4, 9), evidence=0.75)
    elsewhere.write(lambda t: t.put_profile(refolded))
    assert same(here.profiles.get("mina"), refolded)


def test_unchanged_profile_is_not_decoded_again(open_store: Open) -> None:
    """Reading an unchanged profile twice gives the same object."""
    open_store().profiles.put(profile("mina", 1))
    storage = open_store()
    first = storage.profiles.get("mina")
    assert first is not None
    assert storage.profiles.get("mina") is first
    assert storage.profiles.get_many(["mina"])["mina"] is first
    assert storage.write(lambda t: t.profile("mina")) is first


def test_undone_profile_is_not_served(open_store: Open) -> None:
    """A profile put by a unit of work that failed is never read, by anyone."""
    storage = open_store()
    storage.profiles.put(profile("mina", 1))

    def fail(transaction: Transaction) -> None:
        transaction.put_profile(profile("mina", 2))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        storage.write(fail)
    assert same(storage.profiles.get("mina"), profile("mina", 1))
    assert same(storage.write(lambda t: t.profile("mina")), profile("mina", 1))


def test_fork(file: Path, open_store: Open) -> None:
    """Parent and child both go on writing after a fork, even one in the middle of a write."""
    finish(start("fork", file))
    storage = open_store()
    counted = storage.profiles.get("mina")
    assert counted is not None
    assert counted.version == storage.latest_position() == 20 + 200 + 100 + 100 + 20


def test_fork_inside_a_unit_of_work(file: Path) -> None:
    """A child forked in mid-write is refused with the reason; the parent's write is kept."""
    assert finish(start("fork_inside", file)) == "True 2\n"


def test_killed_process_keeps_its_word(file: Path, open_store: Open) -> None:
    """Every event that was acknowledged before kill -9 is in the log, once, and counted."""
    for round_number in range(5):
        process = start("acknowledge", file, round_number)
        assert process.stdout is not None
        acknowledged = [process.stdout.readline() for _ in range(50 + 17 * round_number)]
        process.send_signal(signal.SIGKILL)
        acknowledged += process.communicate()[0].splitlines()
        storage = open_store()
        for line in filter(str.strip, acknowledged):
            position, event_id = line.split()
            found = storage.find(event_id)
            assert found is not None, event_id
            assert found.position == int(position)
        for user_id in storage.user_ids():
            counted = storage.profiles.get(user_id)
            assert counted is not None
            assert counted.version == len(storage.records_of(user_id))
        storage.close()


# Locks


def test_locked_database(file: Path, open_store: Open) -> None:
    """A database that another program holds is unavailable to writers, not to readers."""
    storage = open_store(busy_timeout_s=0.05)
    storage.write(lambda t: t.append(rating("e-1")))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match=r"store\.db.*locked"):
            storage.write(lambda t: t.append(rating("e-2")))
        assert storage.find("e-1") is not None
    assert storage.write(lambda t: t.append(rating("e-2"))) == 2


def test_nobody_writes_between_read_and_write(file: Path, open_store: Open) -> None:
    """From its beginning a unit of work keeps every other writer out, other programs too."""
    storage = open_store()

    def work(transaction: Transaction) -> None:
        transaction.profile("mina")
        with (
            closing(sqlite3.connect(file, timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("DELETE FROM log")

    storage.write(work)


def test_lock_between_processes(open_store: Open) -> None:
    """A process that writes for too long makes the others unavailable, and no longer than that."""
    storage, other = open_store(busy_timeout_s=0.05), open_store()
    begun, may_end = threading.Event(), threading.Event()

    def hold(_transaction: Transaction) -> None:
        begun.set()
        assert may_end.wait(30)

    holder = threading.Thread(target=other.write, args=(hold,))
    holder.start()
    assert begun.wait(30)
    with pytest.raises(StoreUnavailable, match="locked by another process"):
        storage.write(lambda t: t.append(rating("e-1")))
    may_end.set()
    holder.join()
    assert storage.write(lambda t: t.append(rating("e-1"))) == 1


def test_lock_file_that_vanished(file: Path, open_store: Open) -> None:
    """Deleting the lock file from outside does not end mutual exclusion."""
    first = open_store(busy_timeout_s=0.05)
    first.write(lambda t: add_one(t, "mina", "e-1"))
    Path(f"{file}.lock").unlink()
    second = open_store(busy_timeout_s=0.05)
    second.write(lambda t: add_one(t, "mina", "e-2"))
    begun, may_end = threading.Event(), threading.Event()

    def hold(_transaction: Transaction) -> None:
        begun.set()
        assert may_end.wait(30)

    holder = threading.Thread(target=first.write, args=(hold,))
    holder.start()
    assert begun.wait(30)
    with pytest.raises(StoreUnavailable, match="locked by another process"):
        second.write(lambda t: add_one(t, "mina", "e-3"))
    may_end.set()
    holder.join()
    assert second.write(lambda t: add_one(t, "mina", "e-3")) == 3


def test_reading_while_writing(open_store: Open) -> None:
    """Readers answer from the last commit while a unit of work is under way, even inside of it."""
    storage = open_store()
    storage.write(lambda t: t.append(rating("e-1")))

    def work(transaction: Transaction) -> tuple[int, object]:
        transaction.append(rating("e-2"))
        return storage.latest_position(), storage.find("e-2")

    assert storage.write(work) == (1, None)
    assert storage.latest_position() == 2


def test_readers_cannot_write(open_store: Open) -> None:
    """The connections for reading refuse to change anything."""
    storage = open_store()
    connection = storage._connections.reading.raw_connection()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.cursor().execute("DELETE FROM log")
    connection.close()


def test_connections_are_durable(open_store: Open) -> None:
    """The writing connection keeps a write-ahead log, syncs commits, zeroes what it deletes."""
    storage = open_store()
    connection = storage._connections.writing.raw_connection()
    settings = {
        name: connection.cursor().execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    }
    connection.close()
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


# Corruption


def change_bytes(file: Path, sql: str, *parameters: object) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(sql, parameters)


def test_corrupt_profile(file: Path, open_store: Open) -> None:
    """Flipped bytes are CorruptProfile for their user only, and a new profile mends them."""
    storage = open_store()
    storage.profiles.put_many([profile("mina", 3), profile("jun", 3)])
    storage.close()
    change_bytes(
        file,
        "UPDATE profiles SET bytes = substr(bytes, 1, 60) || x'ff' || substr(bytes, 62)"
        " WHERE user_id = 'mina'",
    )
    storage = open_store()
    with pytest.raises(CorruptProfile):
        storage.profiles.get("mina")
    with pytest.raises(CorruptProfile):
        storage.write(lambda t: t.profile("mina"))
    assert same(storage.profiles.get("jun"), profile("jun", 3))
    assert list(storage.profiles.get_many(["mina", "jun"])) == ["jun"]

    def refold(transaction: Transaction) -> None:
        with pytest.raises(CorruptProfile):
            transaction.profile("mina")
        transaction.put_profile(profile("mina", 1))

    storage.write(refold)
    assert same(storage.profiles.get("mina"), profile("mina", 1))


def test_profile_of_someone_else(file: Path, open_store: Open) -> None:
    """Intact bytes in the wrong user's row are corrupt: nobody is shown another's taste."""
    storage = open_store()
    storage.profiles.put_many([profile("mina", 3), profile("jun", 3)])
    storage.close()
    change_bytes(
        file,
        "UPDATE profiles SET (bytes, checksum) ="
        " (SELECT bytes, checksum FROM profiles WHERE user_id = 'jun') WHERE user_id = 'mina'",
    )
    with pytest.raises(CorruptProfile, match="'mina'"):
        open_store().profiles.get("mina")


# Erasing


def test_every_table_about_users_has_an_erase_rule() -> None:
    """A table that says whose row it is cannot be forgotten when a person is erased."""
    about_users = {
        table.name: column
        for table in schema.tables.values()
        for column in table.columns
        if "user" in column.name
    }
    assert dict(ERASE_RULES) == about_users


def test_erased_text_is_gone_from_the_files(file: Path, open_store: Open) -> None:
    """Right after an erasure no byte of the person is left in the database or its log."""
    storage = open_store()
    canary = "canary-7f3a"

    def live(transaction: Transaction) -> None:
        for number in range(300):
            event_id = f"{canary}-{number}"
            transaction.append(rating(event_id, canary))
            transaction.append(rating(f"other-{number}", "jun"))
        names = {f"genre:{number}": f"{canary} {number}" for number in range(2000)}
        transaction.put_profile(replace(profile(canary, 1), names=names))

    storage.write(live)
    storage.write(lambda t: t.put_profile(profile(canary, 2)))
    assert canary.encode() in contents(file)
    storage.write(lambda t: t.erase_user(canary))
    assert canary.encode() not in contents(file)
    assert len(storage.records_of("jun")) == 300


def test_erasure_that_a_reader_holds_up(file: Path, open_store: Open) -> None:
    """When someone reads the old state during an erasure, the next write finishes the job."""
    storage = open_store(busy_timeout_s=0.05)
    canary = "canary-7f3a"
    storage.write(lambda t: add_one(t, canary, "e-1"))
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM log").fetchone()
        gone = storage.write(lambda t: t.erase_user(canary))
        assert gone == {"log": 1, "profiles": 1, "impressions": 0}
        assert canary.encode() in contents(file)
    storage.write(lambda t: t.append(rating("e-2", "jun")))
    assert canary.encode() not in contents(file)


def test_erasure_that_a_crash_cut_short(file: Path, open_store: Open) -> None:
    """Traces that a killed process left in the log are gone with a newcomer's first write."""
    open_store().latest_position()  # someone stays, so that the log is not simply removed
    process = start("erase_and_die", file)
    process.communicate(timeout=60)
    assert process.returncode == 9
    assert b"canary-7f3a" in contents(file)
    open_store().write(lambda t: t.append(rating("e-2", "jun")))
    assert b"canary-7f3a" not in contents(file)


def contents(file: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(file.parent.glob(f"{file.name}*")))


# Size


def test_many_items_at_once(open_store: Open) -> None:
    """A whole catalogue goes in as one change and comes back complete."""
    storage = open_store()
    catalogue = [item(f"item-{number:06}") for number in range(20_000)]
    position = storage.write(lambda t: t.put_items(catalogue, "import-1", 5.0))
    assert storage.item_position() == position
    assert list(storage.items()) == catalogue
    some: list[Item] = [item("item-000007", "Changed")]
    storage.write(lambda t: t.put_items(some, "import-2", 6.0))
    assert list(storage.items_changed_after(position)) == some


def test_erasure_record_survives(open_store: Open) -> None:
    """The note that someone was erased stays when they come back and are erased again."""
    storage = open_store()
    for number in range(2):
        storage.write(lambda t, n=number: t.append(rating(f"e-{n}")))
        storage.write(lambda t: t.erase_user("mina"))
        note = Record(RecordType.ERASURE, f"erasure-{number}", "", 9.0)
        storage.write(lambda t, one=note: t.append(one))
    kept = [record.event_id for record in storage.records_after(0, 10)]
    assert kept == ["erasure-0", "erasure-1"]


# The cache by itself


def test_cache_is_bounded() -> None:
    """The least recently used profile leaves first."""
    cache = ProfileCache(2)
    one, two, three = profile("one"), profile("two"), profile("three")
    cache.keep(b"1", one)
    cache.keep(b"2", two)
    assert cache.get("one", b"1") is one
    cache.keep(b"3", three)
    assert cache.get("two", b"2") is None
    assert cache.get("one", b"1") is one
    assert cache.get("three", b"3") is three


def test_cache_answers_to_the_checksum_only() -> None:
    """An entry under another checksum is a miss."""
    cache = ProfileCache(2)
    cache.keep(b"old", profile("mina"))
    assert cache.get("mina", b"new") is None
    cache.drop("mina")
    assert cache.get("mina", b"old") is None

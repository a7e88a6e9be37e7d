"""Group commit: what is written together, and who hears what when something fails."""

from __future__ import annotations

import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import closing, suppress
from pathlib import Path

import pytest
from contracts.examples import add_one, rating
from sqlalchemy import event

from penchant.domain.protocols import Transaction
from penchant.errors import StorageError, StoreUnavailable
from penchant.storage.sql import SqlStorage
from penchant.storage.writer import Writer


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SqlStorage]:
    with closing(SqlStorage(f"sqlite:///{tmp_path / 'store.db'}")) as storage:
        yield storage


@pytest.fixture
def writer(storage: SqlStorage) -> Writer:
    return storage._connections.writer


class Busy:
    """A unit of work that keeps the writer busy until it is let go."""

    def __init__(self, writer: Writer) -> None:
        self.begun, self._may_end = threading.Event(), threading.Event()
        self.done = writer.submit(self._work)
        assert self.begun.wait(30)

    def _work(self, _transaction: Transaction) -> None:
        self.begun.set()
        assert self._may_end.wait(30)

    def let_go(self) -> None:
        self._may_end.set()
        self.done.result(30)


def test_what_waits_is_committed_together(storage: SqlStorage, writer: Writer) -> None:
    """Twenty units of work that wait while the writer is busy share one commit."""
    commits: list[object] = []
    event.listen(storage._connections.writing, "commit", commits.append)
    busy = Busy(writer)
    waiting = [writer.submit(lambda t, n=n: t.append(rating(f"e-{n}"))) for n in range(20)]
    busy.let_go()
    assert [one.result(30) for one in waiting] == list(range(1, 21))
    assert len(commits) == 2


def test_failures_in_a_group_undo_only_themselves(storage: SqlStorage, writer: Writer) -> None:
    """Within one commit, a work that fails halfway is undone and its neighbours are kept."""

    def fail(transaction: Transaction) -> None:
        add_one(transaction, "mina", "never")
        raise ZeroDivisionError

    busy = Busy(writer)
    waiting = [
        writer.submit(fail if n % 2 else lambda t, n=n: add_one(t, "mina", f"e-{n}"))
        for n in range(10)
    ]
    busy.let_go()
    assert [type(one.exception(30)) for one in waiting] == [type(None), ZeroDivisionError] * 5
    counted = storage.profiles.get("mina")
    assert counted is not None
    assert counted.version == 5
    assert [record.event_id for record in storage.records_of("mina")] == [
        f"e-{n}" for n in range(0, 10, 2)
    ]


def test_commit_that_fails(storage: SqlStorage, writer: Writer, tmp_path: Path) -> None:
    """When the commit fails, everyone in the group hears so and nothing of it is kept."""
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection, connection:
        # A constraint that SQLite checks only at commit, and that event "e-1" breaks.
        connection.executescript("""
            CREATE TABLE debts (record INTEGER
                REFERENCES log (position) DEFERRABLE INITIALLY DEFERRED);
            CREATE TRIGGER owe AFTER INSERT ON log WHEN NEW.event_id = 'e-1'
                BEGIN INSERT INTO debts VALUES (-1); END;
        """)
    busy = Busy(writer)
    waiting = [writer.submit(lambda t, n=n: add_one(t, "mina", f"e-{n}")) for n in range(3)]
    busy.let_go()
    for one in waiting:
        with pytest.raises(StoreUnavailable, match="could not be made durable"):
            one.result(30)
    assert storage.latest_position() == 0
    assert storage.profiles.get("mina") is None
    with pytest.raises(StoreUnavailable):  # alone, without a group around it
        storage.write(lambda t: add_one(t, "mina", "e-1"))
    assert storage.write(lambda t: add_one(t, "mina", "e-2")) == 1
    counted = storage.profiles.get("mina")
    assert counted is not None
    assert counted.version == 1


def test_full_disk(storage: SqlStorage, writer: Writer) -> None:
    """A database that fails inside one work fails the group, and the next write succeeds."""
    connection = storage._connections.writing.raw_connection()
    pages = connection.cursor().execute("PRAGMA page_count").fetchone()[0]
    connection.cursor().execute(f"PRAGMA max_page_count = {pages + 2}")
    connection.close()

    def flood(transaction: Transaction) -> None:
        for n in range(2000):
            with suppress(StorageError):  # a work that goes on regardless is not half kept
                transaction.append(rating(f"flood-{n}"))
        with pytest.raises(StoreUnavailable, match="failed earlier"):
            transaction.find("flood-0")

    busy = Busy(writer)
    waiting = [writer.submit(lambda t: t.append(rating("before"))), writer.submit(flood)]
    busy.let_go()
    for one in waiting:
        with pytest.raises(StoreUnavailable, match="went on regardless"):
            one.result(30)
    assert storage.latest_position() == 0
    assert storage.write(lambda t: t.append(rating("later"))) == 1


def test_closing_finishes_what_waits(storage: SqlStorage, writer: Writer) -> None:
    """Closing keeps everything that was accepted and refuses what comes later."""
    busy = Busy(writer)
    waiting = [writer.submit(lambda t, n=n: t.append(rating(f"e-{n}"))) for n in range(20)]
    closer = threading.Thread(target=storage.close)
    closer.start()
    busy.let_go()
    closer.join(30)
    assert [one.result(0) for one in waiting] == list(range(1, 21))
    with pytest.raises(StoreUnavailable, match="closed"):
        writer.submit(lambda t: t.append(rating("late")))
    assert writer._thread is not None
    assert not writer._thread.is_alive()


def test_closing_inside_a_unit_of_work(storage: SqlStorage) -> None:
    """Closing from inside a unit of work is named as a mistake instead of never returning."""
    with pytest.raises(StorageError, match="inside a unit of work"):
        storage.write(lambda _transaction: storage.close())
    assert storage.write(lambda t: t.append(rating("e-1"))) == 1


def test_interrupted_caller(
    storage: SqlStorage, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while waiting takes back a work that has not begun; the store goes on."""
    if threading.current_thread() is not threading.main_thread():
        pytest.skip("only the main thread is interrupted")
    busy = Busy(writer)
    ran = threading.Event()
    waiting: list[Future[object]] = []
    submit = writer.submit

    def remember(work: Callable[[Transaction], object]) -> Future[object]:
        waiting.append(submit(work))
        return waiting[0]

    def interrupt() -> None:
        # Once the caller waits, and not before: what precedes is not what this is about.
        while not (waiting and waiting[0]._condition._waiters):
            time.sleep(0.001)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    monkeypatch.setattr(writer, "submit", remember)
    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        storage.write(lambda _transaction: ran.set())
    monkeypatch.undo()
    busy.let_go()
    assert storage.write(lambda t: t.append(rating("e-1"))) == 1
    assert not ran.is_set()


def test_work_taken_back_while_it_waits(storage: SqlStorage, writer: Writer) -> None:
    """A work whose caller is gone before it begins is left out of the group."""
    busy = Busy(writer)
    kept = writer.submit(lambda t: t.append(rating("kept")))
    gone = writer.submit(lambda t: t.append(rating("gone")))
    assert gone.cancel()
    busy.let_go()
    assert kept.result(30) == 1
    with pytest.raises(CancelledError):
        gone.result(30)
    assert storage.find("gone") is None

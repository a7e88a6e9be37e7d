"""What `record()` costs beside the bare SQLite transaction of the same rows.

Run `python -m benchmarks.record [folder]`; the databases are made in `folder`, by default where
temporary files go. In one run, event by event in turn:

- `record`: Engine.record, everything included: checks, fold, profile bytes, commit;
- `bare`: `BEGIN IMMEDIATE`, the log row and the profile row that `record` has just written, byte
  for byte, into the same tables and indexes, `COMMIT`; the sqlite3 module, WAL, synchronous=FULL.

With eight threads the two take turns by blocks of events. Bare transactions then share a connection
under a lock, which is quicker than connections that wait for one another. A `changed` rating cannot
be folded onto the profile: the user is refolded from the log.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar

from benchmarks import Times, elapsed_ms, print_heading, print_table
from penchant import Engine, Feedback, build_engine, ensure_catalogue, load_settings

VERDICTS = 200
USERS = 40
EVENTS = 240
THREADS = 8
BLOCKS = 7
EVENTS_A_BLOCK = 160
WARM = 20

DAY_S = 86_400.0
SEEDS = {"one client": "20 (feedback), 10 (embedding)", "8 threads": "20 (feedback)"}

T = TypeVar("T")
Row = tuple[object, ...]
Rows = tuple[Row, Row]


class BareStore:
    """The same tables in a file of its own, written by plain transactions."""

    def __init__(self, file: Path, model: sqlite3.Connection) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        made = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name IN (?, ?)"
        for (statement,) in model.execute(made, ("log", "profiles")):
            self._connection.execute(statement)

    def write(self, rows: Rows) -> None:
        """One transaction: the log row and the profile row."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            self._put(rows)
            self._connection.execute("COMMIT")

    def write_all(self, several: Iterable[Rows]) -> None:
        """Everything in one transaction."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            for rows in several:
                self._put(rows)
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _put(self, rows: Rows) -> None:
        event, profile = rows
        self._connection.execute(
            "INSERT INTO log (type, event_id, user_id, item_id, kind, value, at, query, session_id,"
            " rank_shown, target, body, retracted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            event,
        )
        self._connection.execute(
            "INSERT INTO profiles (user_id, version, position, updated_at, checksum, bytes)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (user_id) DO UPDATE SET"
            " version=excluded.version, position=excluded.position,"
            " updated_at=excluded.updated_at, checksum=excluded.checksum, bytes=excluded.bytes",
            profile,
        )


class Bench:
    """An engine, the bare store beside it, and events for both."""

    def __init__(self, folder: Path) -> None:
        file = folder / "engine.sqlite"
        self.engine: Engine = build_engine(load_settings(database_url=f"sqlite:///{file}"))
        ensure_catalogue(self.engine)
        self.items = [item.id for item in self.engine.snapshot.catalogue.items]
        self._reader = sqlite3.connect(file, isolation_level=None)
        self.bare = BareStore(folder / "bare.sqlite", self._reader)
        self._numbers = count()
        self._started = time.time() - DAY_S

    def close(self) -> None:
        """Let go of both files."""
        self._reader.close()
        self.bare.close()
        self.engine.close()

    def event(self, user_id: str, place: int) -> Feedback:
        """The next event: a rating of the catalogue's item at `place`; times rise."""
        number = next(self._numbers)
        item_id = self.items[place % len(self.items)]
        value = float(4 + 7 * number % 7)
        at = self._started + number
        return Feedback(f"event-{number}", user_id, item_id, "rating", at, value)

    def written(self, event: Feedback) -> Rows:
        """The two rows that the engine wrote for an event."""
        said = self._reader.execute(
            "SELECT type, event_id, user_id, item_id, kind, value, at, query, session_id,"
            " rank_shown, target, body, retracted FROM log WHERE event_id = ?",
            (event.event_id,),
        ).fetchone()
        profile = self._reader.execute(
            "SELECT user_id, version, position, updated_at, checksum, bytes FROM profiles"
            " WHERE user_id = ?",
            (event.user_id,),
        ).fetchone()
        return said, profile

    def people(self, name: str) -> list[str]:
        """Users with so many verdicts, in both stores."""
        users = [f"{name}-{number}" for number in range(USERS)]
        for start, user in enumerate(users):
            told = [self.event(user, 3 * start + place) for place in range(VERDICTS)]
            self.engine.record_many(told)
            self.bare.write_all(self.written(event) for event in told)
        return users


def main(folder: str | None = None) -> None:
    """Measure and print."""
    print_heading("record")
    with (
        tempfile.TemporaryDirectory(dir=folder) as made,
        closing(Bench(Path(made))) as bench,
    ):
        people = bench.people("known")
        lines = [
            _line("new users", "one client", _alone(bench, _strangers(bench, "new"))),
            _line(f"{VERDICTS} verdicts", "one client", _alone(bench, _further(bench, people))),
            _line("changed rating", "one client", _alone(bench, _changed(bench, people))),
            _line("new users", "8 threads", _together(bench, _strangers(bench, "many"))),
        ]
        people = bench.people("busy")
        busy = _together(bench, _further(bench, people))
        lines.append(_line(f"{VERDICTS} verdicts", "8 threads", busy))
        print_table(
            (
                "users",
                "clients",
                "profile kB",
                "record",
                "bare",
                "ratio",
                "quick ratio",
                "seeds' goal",
            ),
            lines,
        )


def _line(users: str, clients: str, figures: tuple[float, Times, Times]) -> tuple[str, ...]:
    kilobytes, took, bare = figures
    return (
        users,
        clients,
        f"{kilobytes:.1f}",
        f"{took.median:.3f}",
        f"{bare.median:.3f}",
        f"{took.median / bare.median:.2f}",
        f"{took.quick / bare.quick:.2f}",
        SEEDS[clients],
    )


def _strangers(bench: Bench, name: str) -> Iterator[Feedback]:
    for number in count():
        yield bench.event(f"{name}-{number}", number)


def _further(bench: Bench, people: Sequence[str]) -> Iterator[Feedback]:
    """Ratings of items that the person has not rated yet, person by person."""
    for further in count(VERDICTS):
        for start, user in enumerate(people):
            yield bench.event(user, 3 * start + further)


def _changed(bench: Bench, people: Sequence[str]) -> Iterator[Feedback]:
    for earlier in count():
        for start, user in enumerate(people):
            yield bench.event(user, 3 * start + earlier)


def _alone(bench: Bench, events: Iterator[Feedback]) -> tuple[float, Times, Times]:
    """The median profile size in kB, and the times of `record` and of the bare transaction."""
    sizes, took, bare = [], [], []
    for number in range(WARM + EVENTS):
        event = next(events)
        recorded = elapsed_ms(partial(bench.engine.record, event))
        rows = bench.written(event)
        written = elapsed_ms(partial(bench.bare.write, rows))
        if number >= WARM:
            sizes.append(_kilobytes(rows))
            took.append(recorded)
            bare.append(written)
    return statistics.median(sizes), Times.of(took), Times.of(bare)


def _together(bench: Bench, events: Iterator[Feedback]) -> tuple[float, Times, Times]:
    """As `_alone` with eight threads: the wall time of a block by its number of events."""
    sizes, took, bare = [], [], []
    with ThreadPoolExecutor(THREADS) as pool:
        for number in range(1 + BLOCKS):
            block = [next(events) for _ in range(EVENTS_A_BLOCK)]
            recorded = elapsed_ms(partial(_all, pool, bench.engine.record, block))
            rows = [bench.written(event) for event in block]
            written = elapsed_ms(partial(_all, pool, bench.bare.write, rows))
            if number:
                sizes += [_kilobytes(pair) for pair in rows]
                took.append(recorded / EVENTS_A_BLOCK)
                bare.append(written / EVENTS_A_BLOCK)
    return statistics.median(sizes), Times.of(took), Times.of(bare)


def _all(pool: ThreadPoolExecutor, call: Callable[[T], object], arguments: Sequence[T]) -> None:
    for _ in pool.map(call, arguments):
        pass


def _kilobytes(rows: Rows) -> float:
    stored = rows[1][5]
    return len(stored) / 1_000 if isinstance(stored, bytes) else 0.0


if __name__ == "__main__":
    main(*sys.argv[1:2])

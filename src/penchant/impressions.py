"""ImpressionLog: what was shown is stored off the path of the request that showed it."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Final

from penchant.domain.impression import Impression
from penchant.domain.protocols import ImpressionStore
from penchant.errors import InvalidInput

__all__ = ["ImpressionLog"]

MOST_WAITING: Final = 4_096
MOST_IN_A_BATCH: Final = 256
# Each batch is a durable commit, for which events wait too: a list that is shown can be patient.
GATHERING_S: Final = 0.1

Make = Callable[[], Impression]


class ImpressionLog:
    """A bounded queue in front of the store, emptied in batches by one thread of its own.

    Losing an impression is allowed, holding up an answer is not. Up to 4,096 wait; until they are
    stored, what their `make` refers to stays in memory. Flush before erasing somebody, or what
    still waits about them is stored after it. The thread starts with the first `add` and
    ends with `close`. After a fork the parent stores what waited; the child begins empty, with
    counts and a thread of its own.
    """

    def __init__(self, store: ImpressionStore) -> None:
        self._store = store
        self._closed = False
        self._begin_empty()
        if sys.platform != "win32":
            _follow_forks(weakref.ref(self))

    def _begin_empty(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[Make] = deque()
        self._thread: threading.Thread | None = None
        self._added: int = 0
        self._settled: int = 0  # of those added: stored or failed
        self._wanted: int = 0  # how many of them somebody waits for
        self._dropped: int = 0
        self._failed: int = 0

    @property
    def dropped(self) -> int:
        """How many were turned away: the queue was full, the log closed, or no thread to be had."""
        return self._dropped

    @property
    def failed(self) -> int:
        """How many left the queue and are not stored: `make` raised, or the store did."""
        return self._failed

    def add(self, make: Make) -> None:
        """Have the impression that `make` returns stored soon; never waits and never raises.

        `make` is called once, later, in another thread. Impressions are stored in the order in
        which they were added.
        """
        with self._changed:
            is_full = len(self._waiting) >= MOST_WAITING
            if self._closed or is_full or not self._has_thread():
                self._dropped += 1
                return
            self._waiting.append(make)
            self._added += 1
            if len(self._waiting) in {1, MOST_IN_A_BATCH}:
                self._changed.notify_all()

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything added so far is stored, or counted as failed.

        False when that took longer than `timeout_s`.
        """
        with self._changed:
            wanted = self._added
            self._wanted = wanted
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._settled >= wanted, timeout_s)

    def close(self) -> None:
        """Store what waits and end the thread; closing twice is harmless.

        A store that fails now is not tried again: what still waits is counted as failed.
        """
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _has_thread(self) -> bool:
        """Whether the thread runs, which it does from the first call on, if it can be started."""
        if self._thread is None:
            thread = threading.Thread(target=self._serve, name="impressions", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the process may have no more threads
                return False
            self._thread = thread
        return True

    def _serve(self) -> None:
        while batch := self._next_batch():
            lost = self._lost_of(batch)
            with self._changed:
                self._failed += lost
                self._settled += len(batch)
                self._changed.notify_all()

    def _next_batch(self) -> list[Make]:
        """The oldest of what waits, once enough does or has for long enough; empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            self._changed.wait_for(self._is_awaited, GATHERING_S)
            size = min(len(self._waiting), MOST_IN_A_BATCH)
            return [self._waiting.popleft() for _ in range(size)]

    def _is_awaited(self) -> bool:
        is_full = len(self._waiting) >= MOST_IN_A_BATCH
        return is_full or self._closed or self._settled < self._wanted

    def _lost_of(self, batch: list[Make]) -> int:
        """Make and store a batch; returns how many of it are not stored."""
        made = []
        for make in batch:
            try:
                made.append(make())
            except BaseException:  # noqa: BLE001, S112 - whatever it is, the others go on
                continue
        return len(batch) - len(made) + self._unstored(made)

    def _unstored(self, made: list[Impression]) -> int:
        try:
            self._store.put_impressions(made)
        except InvalidInput:
            # One that cannot be stored must not take its neighbours along.
            return 1 if len(made) == 1 else sum(self._unstored([one]) for one in made)
        except BaseException:  # noqa: BLE001 - whatever it is, there is nobody to raise it to
            self._give_up_when_closing()
            return len(made)
        return 0

    def _give_up_when_closing(self) -> None:
        with self._changed:
            if self._closed:
                self._failed += len(self._waiting)
                self._settled += len(self._waiting)
                self._waiting.clear()


def _follow_forks(reference: weakref.ref[ImpressionLog]) -> None:
    def begin_empty() -> None:
        log = reference()
        if log is not None:
            log._begin_empty()  # noqa: SLF001 - its own hook

    os.register_at_fork(after_in_child=begin_empty)

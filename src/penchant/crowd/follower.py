"""CrowdFollower: every process follows the log before it answers, and so sees what others wrote."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import RLock

from penchant.crowd.crowd import Crowd
from penchant.crowd.stored import crowd_bytes, restore_crowd
from penchant.domain.protocols import Storage, Transaction
from penchant.domain.record import RecordType
from penchant.errors import StorageError

__all__ = ["STORED_CROWD", "CrowdFollower"]

STORED_CROWD = "crowd"
RECORDS_PER_READ = 5_000
# A process that fell far behind answers with what it has and goes on at the next question.
LONGEST_CATCH_UP_S = 0.25
# Reading this many records takes about as long as storing the crowd that they make.
LEAST_RECORDS_TO_KEEP = 2_000


class CrowdFollower:
    """Keeps one process's crowd up to the log of a store.

    The first question starts from the crowd that was kept in the store, if any, and reads the rest
    of the log however long that takes; `new_crowd` makes an empty one.
    """

    def __init__(
        self,
        storage: Storage,
        new_crowd: Callable[[], Crowd],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._storage = storage
        self._new_crowd = new_crowd
        self._monotonic = monotonic
        self._lock = RLock()
        self._crowd: Crowd | None = None
        self._kept_position = 0

    def current(self) -> Crowd:
        """The crowd with every record that is durable now, as far as the time allows."""
        crowd = self._crowd
        if crowd is not None and crowd.position >= self._storage.latest_position():
            return crowd
        with self._lock:
            if self._crowd is None:
                started = self._started()
                self._read_on(started, float("inf"))
                self._crowd = started
            else:
                self._read_on(self._crowd, self._monotonic() + LONGEST_CATCH_UP_S)
            return self._crowd

    def keep(self) -> bool:
        """Store the crowd for the next start if that spares reading many records; whether it did.

        Nothing is stored while others write, so that nobody who was erased comes back with it.
        """
        crowd = self._crowd
        if crowd is None or crowd.position - self._kept_position < LEAST_RECORDS_TO_KEEP:
            return False
        self.current()
        with self._lock:
            data, position = crowd_bytes(crowd), crowd.position

        def work(tx: Transaction) -> bool:
            if tx.latest_position() != position:
                return False
            tx.put_metadata(STORED_CROWD, data)
            return True

        if not self._storage.write(work):
            return False
        self._kept_position = position
        return True

    def _started(self) -> Crowd:
        crowd = self._new_crowd()
        stored = self._storage.metadata(STORED_CROWD)
        if not stored:
            return crowd
        try:
            restore_crowd(crowd, stored)
        except StorageError:
            return self._new_crowd()  # the log gives the same, more slowly
        if crowd.position > self._storage.latest_position():
            return self._new_crowd()  # of another log, such as one restored from a backup
        self._kept_position = crowd.position
        return crowd

    def _read_on(self, crowd: Crowd, until: float) -> None:
        while True:
            records = self._storage.records_after(crowd.position, RECORDS_PER_READ)
            if not records:
                return
            # First, because after learning the crowd counts as having followed the erasure.
            if any(record.type is RecordType.ERASURE for record in records):
                self._forget_erased(crowd)
                self._kept_position = 0  # whoever erases takes the stored crowd away
            crowd.learn(records, self._storage.records_of)
            if len(records) < RECORDS_PER_READ or self._monotonic() > until:
                return

    def _forget_erased(self, crowd: Crowd) -> None:
        """Take out whoever is not in the log any more; an erasure does not say who that was."""
        firsts = self._storage.first_positions()
        gone = [u for u, person in crowd.people.items() if firsts.get(u) != person.first]
        for user_id in gone:
            crowd.relearn(user_id, self._storage.records_of(user_id))

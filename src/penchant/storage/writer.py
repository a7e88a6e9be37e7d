"""Group commit: one thread runs every unit of work and commits what waits in one go."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from penchant.errors import StorageError, StoreUnavailable
from penchant.storage.engines import storage_error, truncate_write_ahead_log

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from sqlalchemy import Connection, Engine, NestedTransaction, RootTransaction

    from penchant.storage.transaction import SqlTransaction

__all__ = ["Writer"]

T = TypeVar("T")

_ERASURE_WAIT_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class _Job(Generic[T]):
    """A unit of work and the caller's claim on its result."""

    work: Callable[[SqlTransaction], T]
    future: Future[T] = field(default_factory=Future)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a unit of work returned or raised, not yet durable."""

    value: Any = None
    error: BaseException | None = None

    def deliver(self, future: Future[Any]) -> None:
        if self.error is None:
            future.set_result(self.value)
        else:
            future.set_exception(self.error)


class Writer:
    """Runs units of work one after another, in one thread, and commits them in groups.

    A group is whatever is waiting when the thread is free; it never waits for more. Each work has
    its own savepoint, so one that fails undoes only itself. Callers hear the outcome after the
    commit; when that fails, the whole group hears StoreUnavailable and nothing of it is kept.
    """

    def __init__(
        self,
        engine: Engine,
        passage: AbstractContextManager[object],
        lock: AbstractContextManager[object],
        transaction: Callable[[Connection], SqlTransaction],
        file: Path,
    ) -> None:
        self._engine = engine
        self._passage = passage
        self._lock = lock
        self._transaction = transaction
        self._file = file
        self._queue: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._door = threading.Lock()
        self._closed = False
        # A process that died after an erasure may have left its traces to this one.
        self._erasure_wait_s: float | None = 0.0

    def run(self, work: Callable[[SqlTransaction], T]) -> T:
        """Run `work` and return its result, or raise its exception, once that is settled.

        A caller that is interrupted while it waits takes its work back if that has not begun.
        """
        if self._is_writing_thread():
            raise StorageError(
                "write() was called inside a unit of work, which would wait for itself; use the"
                " transaction that the work was given"
            )
        future = self.submit(work)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def submit(self, work: Callable[[SqlTransaction], T]) -> Future[T]:
        """Queue `work` and return at once; raises StoreUnavailable after `close`."""
        job = _Job(work)
        with self._door:
            if self._closed:
                raise StoreUnavailable(f"{self._file} was closed; open the storage again")
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._serve, name=f"writer of {self._file.name}", daemon=True
                )
                self._thread.start()
            self._queue.put(job)
        return job.future

    def close(self) -> None:
        """Finish what is queued and end the thread; closing twice is harmless."""
        if self._is_writing_thread():
            raise StorageError(
                "close() was called inside a unit of work; close after write() has returned"
            )
        with self._door:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        if self._thread is not None:
            self._thread.join()

    def _is_writing_thread(self) -> bool:
        return self._thread is not None and self._thread.ident == threading.get_ident()

    def _serve(self) -> None:
        while self._commit_what_waits():
            pass

    def _commit_what_waits(self) -> bool:
        """Commit one group; False when the end of the queue was among it."""
        waiting = [self._queue.get()]
        try:
            while True:
                waiting.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        jobs = [job for job in waiting if job and job.future.set_running_or_notify_cancel()]
        if jobs:
            self._commit(jobs)
        return waiting[-1] is not None

    def _commit(self, jobs: list[_Job[Any]]) -> None:
        try:
            outcomes = self._transact(jobs)
        except BaseException as error:  # noqa: BLE001 - whatever it is, nobody may wait forever
            for job in jobs:
                job.future.set_exception(self._group_failed(error))
            return
        for job, outcome in zip(jobs, outcomes, strict=True):
            outcome.deliver(job.future)

    def _transact(self, jobs: list[_Job[Any]]) -> list[_Outcome]:
        with self._passage, self._lock:
            outcomes = self._commit_together(jobs)
            self._clear_erased()
        return outcomes

    def _clear_erased(self) -> None:
        # Until then the log beside the database still holds the pages as they were. Readers may
        # hold that up: they are waited for once and briefly, then it is tried again at each write.
        if self._erasure_wait_s is not None:
            done = truncate_write_ahead_log(self._engine, self._erasure_wait_s)
            self._erasure_wait_s = None if done else 0.0

    def _commit_together(self, jobs: list[_Job[Any]]) -> list[_Outcome]:
        with self._engine.connect() as connection:
            try:
                return self._attempts(jobs, connection)
            except BaseException:
                # After a failed commit the transaction may still be open: this connection goes.
                connection.invalidate()
                raise

    def _attempts(self, jobs: list[_Job[Any]], connection: Connection) -> list[_Outcome]:
        if len(jobs) == 1:  # a work alone needs no savepoint: the transaction is its own
            return [self._attempt(jobs[0], connection, connection.begin())]
        with connection.begin():
            return [self._attempt(job, connection, connection.begin_nested()) for job in jobs]

    def _attempt(
        self, job: _Job[Any], connection: Connection, scope: RootTransaction | NestedTransaction
    ) -> _Outcome:
        transaction = self._transaction(connection)
        try:
            value = job.work(transaction)
        except BaseException as error:
            if transaction.broken:
                raise
            scope.rollback()
            return _Outcome(error=error)
        finally:
            transaction.end()
        if transaction.broken:
            raise StoreUnavailable(
                "the database failed inside a unit of work that went on regardless"
            )
        scope.commit()
        if transaction.erased:
            self._erasure_wait_s = _ERASURE_WAIT_S
        return _Outcome(value)

    def _group_failed(self, error: BaseException) -> StoreUnavailable:
        known = storage_error(error, self._file) if isinstance(error, Exception) else error
        failure = StoreUnavailable(f"the write could not be made durable: {known}")
        failure.__cause__ = error
        return failure

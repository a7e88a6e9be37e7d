"""The lock between processes that surrounds every write."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filelock import lock_descriptor, unlock_descriptor

from penchant.errors import StoreUnavailable

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["ProcessLock"]

_POLL_INTERVAL_S: Final = 0.001


class ProcessLock:
    """An exclusive lock on the file `<database>.lock`, for one thread of each process.

    Waiting here instead of in SQLite keeps the longest wait short: SQLite's own waiting backs off.
    The lock file stays open between uses, which costs a tenth of opening it each time, and is never
    removed. Entering raises StoreUnavailable after `timeout_s`, OSError when the file cannot be
    opened.
    """

    def __init__(self, database: Path, timeout_s: float) -> None:
        self._database = database
        self._path = f"{database}.lock"
        self._timeout_s = timeout_s
        self._descriptor: int | None = None

    def __enter__(self) -> None:
        deadline: float | None = None
        while not lock_descriptor(self._opened(), blocking=False):
            now = time.monotonic()
            if deadline is None:
                deadline = now + self._timeout_s
            elif now >= deadline:
                raise StoreUnavailable(
                    f"{self._database} was locked by another process for {self._timeout_s:g} s;"
                    " try again"
                )
            time.sleep(_POLL_INTERVAL_S)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            unlock_descriptor(self._descriptor)

    def close(self) -> None:
        """Let go of the file. In a forked child this leaves the parent's lock as it is."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _opened(self) -> int:
        # A lock file that was deleted from outside guards nothing: open its successor.
        if self._descriptor is not None and os.fstat(self._descriptor).st_nlink == 0:
            self.close()
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        return self._descriptor

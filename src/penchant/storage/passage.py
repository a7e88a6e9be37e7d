"""Who is using a database's connections, so that a fork can wait until nobody is."""

from __future__ import annotations

from threading import Condition, local
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Passage"]


class Passage:
    """Any number of threads may be inside; `shut` keeps others out and waits for these to leave.

    SQLite remembers per process which locks it holds. A child that inherits open connections takes
    its parent's locks for its own: it finds the database locked for ever, or worse, unlocked. So a
    fork must meet none.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._inside = 0
        self._open = True
        self._mine = local()

    def __enter__(self) -> None:
        depth = getattr(self._mine, "depth", 0)
        if not depth:  # whoever is inside may enter again, or would be waited for while waiting
            with self._changed:
                while not self._open:
                    self._changed.wait()
                self._inside += 1
        self._mine.depth = depth + 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._mine.depth -= 1
        if not self._mine.depth:
            with self._changed:
                self._inside -= 1
                if not self._inside:
                    self._changed.notify_all()

    def shut(self, timeout_s: float) -> bool:
        """Let nobody in, and wait for everybody inside to leave; False when they did not."""
        with self._changed:
            self._open = False
            return self._changed.wait_for(lambda: self._inside == 0, timeout_s)

    def reopen(self) -> None:
        """Let everybody in again."""
        with self._changed:
            self._open = True
            self._changed.notify_all()

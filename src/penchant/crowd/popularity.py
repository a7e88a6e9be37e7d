"""DailyCounts: how many people turned to each item on each day, faded when it is read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["DailyCounts"]

SECONDS_PER_DAY = 86_400.0
# Beyond this many half-lives a day adds less than a thousandth of a person.
MOST_HALF_LIVES = 20
MOST_REMEMBERED = 8

Counts = NDArray[np.float64]


class DailyCounts:
    """Integer counts by item and day; learning and unlearning are plus and minus one."""

    def __init__(self) -> None:
        self._days: dict[int, dict[int, int]] = {}
        self._columns_of: dict[int, tuple[NDArray[np.int64], Counts]] = {}
        self._faded: dict[tuple[float, int], Counts] = {}

    def add(self, column: int, day: int, people: int = 1) -> None:
        """Count `people` more (or fewer) for an item on a day (days since 1970, UTC)."""
        counts = self._days.setdefault(day, {})
        counts[column] = counts.get(column, 0) + people
        if counts[column] == 0:
            del counts[column]
            if not counts:
                del self._days[day]
        self._columns_of.pop(day, None)
        self._faded.clear()

    def faded(self, half_life_days: float, now: float, size: int) -> Counts:
        """People per item, halved for every half-life passed, float64 (size,), not to be changed.

        Days after `now` do not count: nobody knew of them then.
        """
        today = int(now // SECONDS_PER_DAY)
        asked = (half_life_days, today)
        known = self._faded.get(asked)
        if known is None or len(known) != size:
            while len(self._faded) >= MOST_REMEMBERED:
                self._faded.pop(next(iter(self._faded)))
            known = self._faded[asked] = self._sum(half_life_days, today, size)
        return known

    def total(self, column: int, days: range) -> int:
        """All that was counted for an item on some days."""
        return sum(c.get(column, 0) for day, c in self._days.items() if day in days)

    def _sum(self, half_life_days: float, today: int, size: int) -> Counts:
        total = np.zeros(size)
        oldest = today - MOST_HALF_LIVES * half_life_days
        # In the order of days, so that every process adds up the same numbers in the same order.
        for day in sorted(day for day in self._days if oldest <= day <= today):
            columns, counts = self._day(day)
            total[columns] += counts * 0.5 ** ((today - day) / half_life_days)
        return total

    def _day(self, day: int) -> tuple[NDArray[np.int64], Counts]:
        if day not in self._columns_of:
            counts = self._days[day]
            self._columns_of[day] = (
                np.fromiter(counts.keys(), np.int64, len(counts)),
                np.fromiter(counts.values(), np.float64, len(counts)),
            )
        return self._columns_of[day]

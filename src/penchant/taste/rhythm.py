"""Rhythm: whether somebody likes other things at other times of the day and of the week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from penchant.taste.history import History
from penchant.taste.significance import permutation_test

__all__ = ["DAY_PARTS", "WEEK_PARTS", "Rhythm", "TimeTable", "rhythm_of"]

DAY_PARTS = ("night", "morning", "afternoon", "evening")
WEEK_PARTS = ("weekday", "weekend")
HOURS_PER_PART = 6
SATURDAY = 5
LEAST_MOMENTS = 30
# A habit is how things are: older moments tell of former ones.
MOST_MOMENTS = 500
PRIOR_MOMENTS = 10.0
SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True)
class TimeTable:
    """Shares of the values of a facet by time: of the day, or of the week.

    `parts` are the names of the times, `keys` and `names` the values. `mass`: float64 (moments,
    values), each row summing to 1. `part`: the time of each moment, int64 (moments,).
    """

    parts: tuple[str, ...]
    keys: tuple[str, ...]
    names: tuple[str, ...]
    mass: NDArray[np.float64]
    part: NDArray[np.int64]

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How many moments lie in each part, int64 (parts,)."""
        return np.bincount(self.part, minlength=len(self.parts))

    @cached_property
    def overall(self) -> NDArray[np.float64]:
        """The shares at any time, float64 (values,), summing to 1."""
        return np.asarray(self.mass.mean(axis=0), dtype=np.float64)

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """The shares of each part, shrunk toward `overall` by ten moments; (parts, values)."""
        sums = np.eye(len(self.parts))[self.part].T @ self.mass
        evidence = self.counts[:, np.newaxis] + PRIOR_MOMENTS
        return np.asarray((sums + PRIOR_MOMENTS * self.overall) / evidence, dtype=np.float64)

    def p(self, rng: np.random.Generator) -> float:
        """How often shuffled moments differ as much between the parts; 1 when there is one part."""
        used, groups = np.unique(self.part, return_inverse=True)
        if len(used) < 2:  # noqa: PLR2004 (one part has nothing to differ from)
            return 1.0
        sizes = np.bincount(groups)
        return permutation_test(self.mass, groups, sizes / sizes.sum(), rng)[1]


@dataclass(frozen=True)
class Rhythm:
    """When somebody likes what: the moments of their positive verdicts in their time zone.

    Verdicts of the same instant (an import, a list of ratings) are one moment.
    """

    liked: History
    zone: tzinfo

    def tables(self, facet: str = "genre") -> Mapping[str, TimeTable]:
        """The tables by `day` and by `week`; without `day` where only dates are known.

        Empty when no liked item has the facet.
        """
        if facet not in self._tables:
            self._tables[facet] = self._tables_of(facet)
        return self._tables[facet]

    def leaning(self, facet: str, now: float) -> dict[str, float]:
        """Facet key -> how much more of it than usual the person likes at the time of `now`.

        In [-1, 1] and summing to 0: the shrunk share at that time of the day less the overall one,
        averaged with the same for the time of the week.
        """
        tables = self.tables(facet)
        if not tables:
            return {}
        hour, weekday = self._local(now)
        parts = {"day": _day_part(hour), "week": _week_part(weekday)}
        leanings = [table.shares[parts[name]] - table.overall for name, table in tables.items()]
        keys = next(iter(tables.values())).keys
        return dict(zip(keys, np.mean(leanings, axis=0).tolist(), strict=True))

    def _tables_of(self, facet: str) -> dict[str, TimeTable]:
        spread = self.liked.mass(facet)
        if len(spread.verdicts) == 0:
            return {}
        at = self.liked.at[spread.verdicts]
        moments, moment = np.unique(at, return_inverse=True)
        mass = np.zeros((len(moments), spread.mass.shape[1]))
        np.add.at(mass, moment, spread.mass)
        mass /= np.bincount(moment)[:, np.newaxis]
        local = [self._local(second) for second in moments.tolist()]
        tables = {}
        if len(np.unique(moments % SECONDS_PER_DAY)) > 1:
            hours = np.array([_day_part(hour) for hour, _ in local], dtype=np.int64)
            tables["day"] = TimeTable(DAY_PARTS, spread.keys, spread.names, mass, hours)
        days = np.array([_week_part(weekday) for _, weekday in local], dtype=np.int64)
        tables["week"] = TimeTable(WEEK_PARTS, spread.keys, spread.names, mass, days)
        return tables

    @cached_property
    def _tables(self) -> dict[str, dict[str, TimeTable]]:
        return {}

    def _local(self, at: float) -> tuple[int, int]:
        """Hour and weekday (Monday is 0) in the person's time zone."""
        when = datetime.fromtimestamp(at, self.zone)
        return when.hour, when.weekday()


def rhythm_of(history: History, zone: tzinfo = UTC) -> Rhythm | None:
    """The rhythm of the latest 500 moments; None before 30 positive verdicts of differing times."""
    moments = np.unique(history.positive.at)
    if len(moments) < LEAST_MOMENTS:
        return None
    since = moments[max(len(moments) - MOST_MOMENTS, 0)]
    return Rhythm(history.positive.where(history.positive.at >= since), zone)


def _day_part(hour: int) -> int:
    return hour // HOURS_PER_PART


def _week_part(weekday: int) -> int:
    return int(weekday >= SATURDAY)

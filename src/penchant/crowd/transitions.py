"""Transitions: what people go on to after an item, counted as it happens.

`C[a, b]` is a sum over all people: when b follows a at distance k + 1 in somebody's sequence of
items, it grows by `decay ** k`. Counts are fixed point integers, so that taking a sequence back
leaves exactly what was there before it came, in whatever order things happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penchant.crowd.counts import CountMatrix

__all__ = ["TransitionConfig", "TransitionScale", "Transitions"]

UNIT = 1024  # how many counts make one whole transition
LONGEST_READ = 50
LEAST_WEIGHT = 0.005

Columns = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TransitionScale:
    """How far one table looks, and how it is read.

    A pair at distance k + 1 counts `decay ** k` for k below `window`. A read weighs the n-th newest
    item of a history by `read_decay ** n`; `exponent` is the table's share in the blend.
    """

    decay: float
    window: int
    read_decay: float
    exponent: float

    @property
    def weights(self) -> NDArray[np.int32]:
        """The count of a pair by its distance - 1, int32 (window,)."""
        return np.round(self.decay ** np.arange(self.window) * UNIT).astype(np.int32)

    def read_weights(self, length: int) -> NDArray[np.float32]:
        """The weight of each item of a history, newest first; those that hardly count are cut."""
        weights = self.read_decay ** np.arange(min(length, LONGEST_READ))
        return weights[weights >= LEAST_WEIGHT].astype(np.float32)


@dataclass(frozen=True, slots=True)
class TransitionConfig:
    """Three scales, from what comes next to what goes together, and how they are blended.

    A count is divided by `(row sum + prior) ** row_exponent * (column sum + prior) **
    column_exponent`. What people saw before an item counts, too, by the share `reverse / (reverse +
    times the item was reached)`: much while a log is small, hardly when it is large. `floor` is
    what a column that a scale does not reach stands at, as a share of the best.
    """

    scales: tuple[TransitionScale, ...] = (
        TransitionScale(0.5, 5, 0.5, 0.5),
        TransitionScale(0.8, 10, 0.8, 0.5),
        TransitionScale(0.98, 100, 0.9, 0.5),
    )
    row_exponent: float = 0.7
    column_exponent: float = 0.3
    prior: float = 20.0
    reverse: float = 300.0
    floor: float = 0.1

    @property
    def window(self) -> int:
        """The longest distance at which a pair counts."""
        return max(scale.window for scale in self.scales)


class Transitions:
    """Tables of transitions between columns (items by number); learns and unlearns sequences."""

    def __init__(
        self, config: TransitionConfig = TransitionConfig(), tables: Sequence[CountMatrix] = ()
    ) -> None:
        self.config = config
        self.tables = tuple(tables) or tuple(CountMatrix() for _ in config.scales)
        self._weights = [scale.weights for scale in config.scales]

    def grow(self, size: int) -> None:
        """Make room for items numbered below `size`."""
        for table in self.tables:
            table.grow(size)

    def replace(self, old: Sequence[int], new: Sequence[int]) -> None:
        """Make one person's sequence `new` where it was `old`; only what differs is touched."""
        before, after = np.asarray(old, dtype=np.int64), np.asarray(new, dtype=np.int64)
        prefix, suffix = _common(before, after)
        for sequence, sign in ((before, -1), (after, 1)):
            leaders, followers, lags = _pairs(sequence, prefix, suffix, self.config.window)
            self._add(leaders, followers, lags, sign)

    def extend(self, sequence: Sequence[int], start: int) -> None:
        """Add to a sequence the items from place `start` on."""
        first = max(start - self.config.window, 0)
        tail = np.array(sequence[first:], dtype=np.int64)
        self._add(*_pairs(tail, start - first, 0, self.config.window), 1)

    def scores(self, history: Columns, candidates: Columns) -> NDArray[np.float64]:
        """How well each candidate continues a history (newest first), float64 (candidates,), <= 0.

        For each scale `S(j) = sum over n of read_decay ** n * C[h_n, j] / ((row(h_n) + prior) ** a
        * (column(j) + prior) ** b)` and the same of what led to `h_n`; the blend is the sum of
        `exponent * log(S / largest S + floor)`, its best candidate near 0.
        """
        total = np.zeros(len(candidates))
        for scale, table in zip(self.config.scales, self.tables, strict=True):
            reached = self._reach(scale, table, history)[candidates]
            # Where a scale reaches nobody, all stand at its floor.
            largest = float(reached.max(initial=0.0)) or 1.0
            blended = np.log((reached / largest + self.config.floor) / (1 + self.config.floor))
            total += scale.exponent * blended
        return total

    @property
    def least_score(self) -> float:
        """The score of a candidate that no scale reaches."""
        exponents = sum(scale.exponent for scale in self.config.scales)
        return exponents * float(np.log(self.config.floor / (1.0 + self.config.floor)))

    def evidence(self, history: Columns) -> float:
        """How many transitions onward, each by the age of its item, a history has to go by."""
        scale, table = self.config.scales[0], self.tables[0]
        weights = scale.read_weights(len(history))
        items = history[: len(weights)]
        onward = float(weights @ table.row_sums[items]) / UNIT
        if onward > 0.0 or self.config.reverse == 0.0:
            return onward
        # Nobody ever went on from these: only how people came to them is known.
        back = table.column_sums[items] / UNIT
        return float(weights @ (back * self.config.reverse / (self.config.reverse + back)))

    def led_by(
        self, history: Columns, candidate: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How much each item of a history does for one candidate, float64 (history,), >= 0.

        Two parts: by people going on from the item, and by people coming from the candidate to it.
        """
        items = history[:LONGEST_READ]
        ages = np.arange(len(items))
        onward, back = np.zeros(len(items)), np.zeros(len(items))
        for scale, table in zip(self.config.scales, self.tables, strict=True):
            weights = scale.exponent * scale.read_decay**ages
            ahead, behind = self._reach_alone(table, items, candidate)
            onward += weights * ahead
            back += weights * behind
        return onward, back

    def _reach_alone(
        self, table: CountMatrix, items: Columns, candidate: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What `_reach` would be for one candidate with each item as the only one of a history."""
        config = self.config
        it, once = np.array([candidate]), np.ones(1, dtype=np.float32)
        rows, columns = table.row_sums / UNIT, table.column_sums / UNIT
        onward = (rows[items] + config.prior) ** -config.row_exponent
        reached = onward * table.weighted_columns(it, once)[items] / UNIT
        reached *= (columns[candidate] + config.prior) ** -config.column_exponent
        if config.reverse > 0.0:
            share = config.reverse / (config.reverse + columns[items])
            back = share * (columns[items] + config.prior) ** -config.row_exponent
            led = back * table.weighted_rows(it, once)[items] / UNIT
            return reached, led * (rows[candidate] + config.prior) ** -config.column_exponent
        return reached, np.zeros(len(items))

    def _reach(
        self, scale: TransitionScale, table: CountMatrix, history: Columns
    ) -> NDArray[np.float64]:
        config = self.config
        weights = scale.read_weights(len(history))
        items = history[: len(weights)]
        rows, columns = table.row_sums / UNIT, table.column_sums / UNIT
        onward = weights * (rows[items] + config.prior) ** -config.row_exponent
        reached = table.weighted_rows(items, onward.astype(np.float32)) / UNIT
        reached *= (columns + config.prior) ** -config.column_exponent
        if config.reverse > 0.0:
            share = config.reverse / (config.reverse + columns[items])
            back = weights * share * (columns[items] + config.prior) ** -config.row_exponent
            led = table.weighted_columns(items, back.astype(np.float32)) / UNIT
            reached += led * (rows + config.prior) ** -config.column_exponent
        return np.maximum(reached, 0.0)

    def _add(self, leaders: Columns, followers: Columns, lags: Columns, sign: int) -> None:
        for weights, table in zip(self._weights, self.tables, strict=True):
            near = lags < len(weights)
            if near.any():
                table.add(leaders[near], followers[near], sign * weights[lags[near]])


def _common(old: Columns, new: Columns) -> tuple[int, int]:
    """How many items both sequences share at their start and, beyond that, at their end."""
    shorter = min(len(old), len(new))
    differs = np.flatnonzero(old[:shorter] != new[:shorter])
    prefix = int(differs[0]) if len(differs) else shorter
    rest = shorter - prefix
    differs = np.flatnonzero(old[len(old) - rest :][::-1] != new[len(new) - rest :][::-1])
    return prefix, int(differs[0]) if len(differs) else rest


def _pairs(
    sequence: Columns, prefix: int, suffix: int, window: int
) -> tuple[Columns, Columns, Columns]:
    """(leaders, followers, distance - 1) of the pairs that reach beyond the common ends."""
    length = len(sequence)
    follower = np.arange(prefix, min(length, length - suffix + window))
    lags = np.broadcast_to(np.arange(window), (len(follower), window))
    leader = follower[:, None] - lags - 1
    kept = (leader >= 0) & (leader < length - suffix)
    return (
        sequence[leader[kept]],
        sequence[np.broadcast_to(follower[:, None], kept.shape)[kept]],
        lags[kept],
    )

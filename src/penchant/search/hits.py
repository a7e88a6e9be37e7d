"""Hits: rows found by one scorer, best first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Hits"]


@dataclass(frozen=True, slots=True)
class Hits:
    """`rows` int64 (n,) of a catalogue and their `scores` float64 (n,), falling; ties by row."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def none(cls) -> Hits:
        """No rows at all."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0))

    @classmethod
    def best(cls, rows: NDArray[np.int64], scores: NDArray[np.float64], n: int) -> Hits:
        """The `n` best of the given rows."""
        if 0 < 4 * n < len(rows):
            # Sorting all of a long list to keep its head is slow; ties at the cut all stay.
            kept = scores >= np.partition(scores, len(scores) - n)[len(scores) - n]
            rows, scores = rows[kept], scores[kept]
        order = np.lexsort((rows, -scores))[:n]
        return cls(rows[order], scores[order])

    def scores_of(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The scores of the given rows, NaN for those that are not among the hits."""
        found = np.full(len(rows), np.nan)
        if len(self) and len(rows):
            by_row = np.argsort(self.rows)
            place = np.searchsorted(self.rows, rows, sorter=by_row).clip(max=len(self) - 1)
            nearest = by_row[place]
            held = self.rows[nearest] == rows
            found[held] = self.scores[nearest[held]]
        return found

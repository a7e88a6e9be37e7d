"""PersonalizationEngine: how much each facet of an item adds to its score for one person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from penchant.domain.item import FacetSpec
from penchant.domain.result import column_sum
from penchant.taste.preferences import NEUTRAL
from penchant.taste.reading import TasteReading

__all__ = ["BoostConfig", "Boosts", "PersonalizationEngine", "RowValues", "pull"]


@dataclass(frozen=True, slots=True)
class BoostConfig:
    """Bounds of the multiplier and of the personal alpha."""

    least_multiplier: float = 0.4
    most_multiplier: float = 2.4
    strongest_values: int = 20
    alpha_reach: float = 0.2
    least_alpha: float = 0.2
    most_alpha: float = 0.95


@dataclass(frozen=True, slots=True)
class Boosts:
    """Facet -> share of the base score that it adds, float64 (rows,) each; may be negative."""

    facets: Mapping[str, NDArray[np.float64]]
    row_count: int

    @property
    def multiplier(self) -> NDArray[np.float64]:
        """What the base score is multiplied by, float64 (rows,)."""
        return 1.0 + column_sum(self.facets.values(), self.row_count)


def pull(preference: NDArray[np.float64]) -> NDArray[np.float64]:
    """How strongly a preference pulls: in [-1, 1], 0 at neutral, the preference itself from .6 on.

    `p * clamp((p - .5) / .1, 0, 1)` from .5 on, `-2 * (.5 - p)` below; it rises throughout.
    """
    above = preference * np.clip((preference - NEUTRAL) / 0.1, 0.0, 1.0)
    return np.where(preference >= NEUTRAL, above, -2.0 * (NEUTRAL - preference))


@dataclass(frozen=True, slots=True)
class RowValues:
    """The values of one facet in some rows, laid end to end.

    `columns`: int (values,), row after row. `counts` and `starts`: how many values each row has and
    where its first one stands, int64 (rows,).
    """

    columns: NDArray[np.int32]
    counts: NDArray[np.int64]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, matrix: sparse.csr_matrix, rows: NDArray[np.int64]) -> RowValues:
        """Taken out of a facet's matrix; several times faster than `matrix[rows]`."""
        first = matrix.indptr[rows].astype(np.int64)
        counts = matrix.indptr[rows + 1] - first
        starts = np.cumsum(counts) - counts
        held = np.repeat(first - starts, counts) + np.arange(counts.sum())
        return cls(matrix.indices[held], counts, starts)

    @property
    def places(self) -> NDArray[np.int64]:
        """The place of each value within its row, from 0, int64 (values,)."""
        return np.arange(len(self.columns)) - np.repeat(self.starts, self.counts)

    @property
    def owners(self) -> NDArray[np.int64]:
        """Which of the rows, counted from 0, has each value, int64 (values,)."""
        return np.repeat(np.arange(len(self.counts)), self.counts)


@dataclass(frozen=True, slots=True)
class PersonalizationEngine:
    """Boosts by facet, each up to the cap in the catalogue's schema."""

    config: BoostConfig = BoostConfig()

    def boosts(
        self, reading: TasteReading, rows: NDArray[np.int64], strength: float = 1.0
    ) -> Boosts:
        """The boosts of the given rows; `strength` in [0, 1] scales all of them.

        When they add up to a multiplier outside [.4, 2.4], they are scaled to reach its bound.
        """
        specs = [spec for spec in reading.catalogue.schema.facets if spec.boost > 0.0]
        columns = {
            spec.name: strength * spec.boost * self.affinity(reading, spec, rows) for spec in specs
        }
        scale = self._scale(column_sum(columns.values(), len(rows)))
        return Boosts({name: column * scale for name, column in columns.items()}, len(rows))

    def affinity(
        self, reading: TasteReading, spec: FacetSpec, rows: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """How well the rows' values of one facet suit the person, float64 (rows,) in [-1, 1]."""
        held = RowValues.of(reading.catalogue.facets[spec.name].matrix, rows)
        if spec.match == "cosine":
            return self._cosine(held, *reading.leanings(spec.name, self.config.strongest_values))
        values, _ = reading.columns(spec.name)
        pulls = pull(values)[held.columns]
        # Of most facets a person knows few values; the others pull nowhere and are passed over.
        moving = np.flatnonzero(pulls)
        owners, pulls = held.owners[moving], pulls[moving]
        up, down = np.zeros(len(rows)), np.zeros(len(rows))
        np.maximum.at(up, owners, pulls)
        np.minimum.at(down, owners, pulls)
        return up + down

    def personal_alpha(self, reading: TasteReading, base_alpha: float) -> float:
        """The semantic share for one person: higher for a diverse taste, lower for a focused one.

        `base + .2 * c * (diversity - .5)` within [.2, .95]: at most .1 either way.
        """
        diversity, confidence = reading.genre_diversity
        moved = base_alpha + self.config.alpha_reach * confidence * (diversity - 0.5)
        return float(np.clip(moved, self.config.least_alpha, self.config.most_alpha))

    def _cosine(
        self, held: RowValues, leanings: NDArray[np.float64], norm: float
    ) -> NDArray[np.float64]:
        if norm == 0.0:
            return np.zeros(len(held.counts))
        most = self.config.strongest_values
        met = (leanings / norm)[held.columns]
        if held.counts.max(initial=0) > most:
            met[held.places >= most] = 0.0
        sums = np.bincount(held.owners, met, minlength=len(held.counts))
        return sums / np.sqrt(np.clip(held.counts, 1, most))

    def _scale(self, total: NDArray[np.float64]) -> NDArray[np.float64]:
        low, high = self.config.least_multiplier - 1.0, self.config.most_multiplier - 1.0
        bounded = np.clip(total, low, high)
        return np.divide(bounded, total, out=np.ones(len(total)), where=total != 0.0)

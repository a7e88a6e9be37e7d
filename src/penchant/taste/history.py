"""History: what one person thinks of the items that may be shown, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from penchant.catalogue.catalogue import Catalogue
from penchant.domain.feedback import FeedbackType
from penchant.domain.profile import UserProfile
from penchant.taste.preferences import NEUTRAL

__all__ = ["FacetMass", "History"]


@dataclass(frozen=True)
class FacetMass:
    """How verdicts spread over the values of one facet.

    `verdicts`: which rows of the history have a value at all, int64 (kept,). `mass`: float64 (kept,
    values), an equal part for each value of an item, each row summing to 1. `keys` and `names` are
    the values that occur.
    """

    verdicts: NDArray[np.int64]
    mass: NDArray[np.float64]
    keys: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class History:
    """One row for each current verdict on a known, visible item, in the order of time.

    `rows` are rows of the catalogue, int64 (n,). `target` and `strength` are the verdict's own,
    `at` is Unix seconds, `rating` is on the catalogue's scale and NaN where the verdict is no
    rating; float64 (n,) each.
    """

    catalogue: Catalogue
    rows: NDArray[np.int64]
    target: NDArray[np.float64]
    strength: NDArray[np.float64]
    at: NDArray[np.float64]
    rating: NDArray[np.float64]

    @classmethod
    def of(cls, profile: UserProfile, catalogue: Catalogue) -> History:
        """The verdicts of a profile; hidden items and items that are gone are left out."""
        row_of, items = catalogue.row_of, catalogue.items
        known = [
            (row, verdict)
            for verdict in profile.verdicts.values()
            if (row := row_of.get(verdict.item_id)) is not None and not items[row].hidden
        ]
        known.sort(key=lambda pair: (pair[1].at, pair[1].position))
        ratings = [
            np.nan if v.value is None or v.kind != FeedbackType.RATING else v.value
            for _, v in known
        ]
        return cls(
            catalogue,
            np.array([row for row, _ in known], dtype=np.int64),
            np.array([verdict.target for _, verdict in known], dtype=np.float64),
            np.array([verdict.strength for _, verdict in known], dtype=np.float64),
            np.array([verdict.at for _, verdict in known], dtype=np.float64),
            np.array(ratings, dtype=np.float64),
        )

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, picked: NDArray[np.bool_] | NDArray[np.int64] | slice) -> History:
        """Some of the verdicts."""
        return History(
            self.catalogue,
            self.rows[picked],
            self.target[picked],
            self.strength[picked],
            self.at[picked],
            self.rating[picked],
        )

    @cached_property
    def positive(self) -> History:
        """The verdicts above neutral."""
        return self.where(self.target > NEUTRAL)

    @cached_property
    def rated(self) -> History:
        """The verdicts that are ratings."""
        return self.where(~np.isnan(self.rating))

    @cached_property
    def once_per_item(self) -> History:
        """The newest verdict on each item: the same item again is no independent evidence."""
        _, last = np.unique(self.rows[::-1], return_index=True)
        return self.where(np.sort(len(self) - 1 - last))

    def has(self, facet: str) -> sparse.csr_matrix:
        """Which values of a facet each verdict's item has, 0 or 1, float64 (n, values)."""
        matrix = self.weighted(facet)
        matrix.data = np.ones_like(matrix.data)
        return matrix

    def weighted(self, facet: str) -> sparse.csr_matrix:
        """The same with the weight of each value's place (the lead counts more), (n, values)."""
        index = self.catalogue.facets.get(facet)
        if index is None:
            return sparse.csr_matrix((len(self), 0), dtype=np.float64)
        return index.matrix[self.rows].astype(np.float64)

    def mass(self, facet: str) -> FacetMass:
        """How the verdicts spread over the values of a facet."""
        has = self.has(facet)
        verdicts = np.flatnonzero(np.diff(has.indptr))
        if len(verdicts) == 0:
            return FacetMass(verdicts, np.zeros((0, 0)), (), ())
        index = self.catalogue.facets[facet]
        columns = np.unique(has.indices)
        mass = has[verdicts][:, columns].toarray()
        return FacetMass(
            verdicts,
            mass / mass.sum(axis=1, keepdims=True),
            tuple(index.keys[column] for column in columns),
            tuple(index.names[column] for column in columns),
        )

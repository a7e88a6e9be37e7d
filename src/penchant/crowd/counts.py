"""CountMatrix: a square table of integer counts that grows with the catalogue.

Small tables are dense. Larger ones are a few sparse matrices, each several times the size of the
next, as in a log-structured store: adding touches only the smallest, and each count is moved a
logarithmic number of times.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

__all__ = ["CountMatrix"]

MOST_DENSE_COLUMNS = 5_000
MOST_PENDING_COUNTS = 8_192
LEVEL_GROWTH = 4

Columns = NDArray[np.int64]
Counts = NDArray[np.signedinteger[Any]]
Sums = NDArray[np.int64]


@dataclass
class CountMatrix:
    """Counts by (leader, follower), int32 or, if `wide`, int64.

    Rows and columns are numbered alike from 0.

    `row_sums` and `column_sums`: int64 (size,), of everything added. Both directions are stored, so
    that reading what follows and what leads are equally fast. Above `most_dense` columns the counts
    are kept sparse.
    """

    most_dense: int = MOST_DENSE_COLUMNS
    wide: bool = False
    row_sums: Sums = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    column_sums: Sums = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __post_init__(self) -> None:
        self._dense: _Dense | None = _Dense(np.int64 if self.wide else np.int32)
        self._sparse: _Sparse | None = None

    @property
    def size(self) -> int:
        """How many rows and columns there are."""
        return len(self.row_sums)

    def grow(self, size: int) -> None:
        """Make room for `size` rows and columns; never shrinks."""
        if size <= self.size:
            return
        self.row_sums = _longer(self.row_sums, size)
        self.column_sums = _longer(self.column_sums, size)
        if self._dense is not None and size > self.most_dense:
            self._sparse = _Sparse()
            self._sparse.add(*self._dense.counts())
            self._dense = None
        elif self._dense is not None:
            self._dense.grow(size)

    def add(self, leaders: Columns, followers: Columns, counts: Counts) -> None:
        """Add counts, negative ones too; the same pair may stand several times."""
        np.add.at(self.row_sums, leaders, counts)
        np.add.at(self.column_sums, followers, counts)
        store = self._dense or self._sparse
        if store is not None:
            store.add(leaders, followers, counts.astype(np.int64) if self.wide else counts)

    def weighted_rows(self, leaders: Columns, weights: NDArray[np.float32]) -> NDArray[np.float64]:
        """The sum of the leaders' rows, each times its weight, float64 (size,)."""
        return self._weighted(leaders, weights, transposed=False)

    def weighted_columns(
        self, followers: Columns, weights: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """The sum of the followers' columns, each times its weight, float64 (size,)."""
        return self._weighted(followers, weights, transposed=True)

    def counts(self) -> tuple[Columns, Columns, Counts]:
        """All counts that are not zero as (leaders, followers, counts), by leader, follower."""
        store = self._dense or self._sparse
        if store is None:
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing, nothing.astype(np.int32)
        return store.counts()

    def _weighted(
        self, columns: Columns, weights: NDArray[np.float32], *, transposed: bool
    ) -> NDArray[np.float64]:
        store = self._dense or self._sparse
        if store is None or len(columns) == 0:
            return np.zeros(self.size)
        return store.weighted(columns, weights, self.size, transposed=transposed)


class _Dense:
    """Two arrays with room to spare: the counts and their transpose."""

    def __init__(self, kind: type[np.signedinteger[Any]]) -> None:
        self._size = 0
        self._sides: tuple[Counts, ...] = tuple(np.zeros((0, 0), dtype=kind) for _ in range(2))

    def grow(self, size: int) -> None:
        room = len(self._sides[0])
        if size > room:
            wider = max(size, room + room // 2, 64)
            self._sides = tuple(_wider(side, wider) for side in self._sides)
        self._size = size

    def add(self, leaders: Columns, followers: Columns, counts: Counts) -> None:
        forward, backward = self._sides
        room = len(forward)
        np.add.at(forward.reshape(-1), leaders * room + followers, counts)
        np.add.at(backward.reshape(-1), followers * room + leaders, counts)

    def weighted(
        self, columns: Columns, weights: NDArray[np.float32], size: int, *, transposed: bool
    ) -> NDArray[np.float64]:
        rows = self._sides[transposed][columns, :size]
        return (weights @ rows.astype(np.float32)).astype(np.float64)

    def counts(self) -> tuple[Columns, Columns, Counts]:
        leaders, followers = np.nonzero(self._sides[0])
        return leaders, followers, self._sides[0][leaders, followers]


_Level = tuple["sparse.csr_matrix[Any]", "sparse.csr_matrix[Any]"]


class _Sparse:
    """Levels of matrices, large ones first, and the newest counts as they came."""

    def __init__(self) -> None:
        self._levels: list[_Level] = []
        self._pending: list[tuple[Columns, Columns, Counts]] = []
        self._pending_count = 0

    def add(self, leaders: Columns, followers: Columns, counts: Counts) -> None:
        self._pending.append((leaders, followers, counts))
        self._pending_count += len(leaders)
        if self._pending_count > MOST_PENDING_COUNTS * (1 + len(self._levels)):
            self._merge()

    def weighted(
        self, columns: Columns, weights: NDArray[np.float32], size: int, *, transposed: bool
    ) -> NDArray[np.float64]:
        total = np.zeros(size)
        for level in self._levels:
            matrix = level[transposed]
            held = columns < matrix.shape[0]
            found = matrix[columns[held]].T @ weights[held]
            total[: len(found)] += found
        if self._pending:
            leaders, followers, counts = self._all_pending()
            if transposed:
                leaders, followers = followers, leaders
            weight_of = np.zeros(size, dtype=np.float64)
            np.add.at(weight_of, columns, weights)
            met = weight_of[leaders] != 0.0
            np.add.at(total, followers[met], weight_of[leaders[met]] * counts[met])
        return total

    def counts(self) -> tuple[Columns, Columns, Counts]:
        self._merge(everything=True)
        if not self._levels:
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing, nothing.astype(np.int32)
        whole = self._levels[0][0].tocoo()
        return whole.row.astype(np.int64), whole.col.astype(np.int64), whole.data

    def _all_pending(self) -> tuple[Columns, Columns, Counts]:
        if len(self._pending) > 1:
            leaders, followers, counts = zip(*self._pending, strict=True)
            self._pending = [
                (np.concatenate(leaders), np.concatenate(followers), np.concatenate(counts))
            ]
        return self._pending[0]

    def _merge(self, *, everything: bool = False) -> None:
        if self._pending:
            leaders, followers, counts = self._all_pending()
            merged = _matrix(leaders, followers, counts)
            self._pending, self._pending_count = [], 0
        else:
            nothing = np.zeros(0, dtype=np.int64)
            merged = _matrix(nothing, nothing, nothing.astype(np.int32))
        while self._levels and (
            everything or self._levels[-1][0].nnz < LEVEL_GROWTH * max(merged.nnz, 1)
        ):
            merged = _sum(self._levels.pop()[0], merged)
        if merged.nnz:
            self._levels.append((merged, sparse.csr_matrix(merged.T)))


def _matrix(leaders: Columns, followers: Columns, counts: Counts) -> sparse.csr_matrix[Any]:
    size = int(max(leaders.max(initial=-1), followers.max(initial=-1))) + 1
    summed = sparse.csr_matrix(
        sparse.coo_matrix((counts, (leaders, followers)), shape=(size, size))
    )
    summed.eliminate_zeros()
    return summed


def _sum(one: sparse.csr_matrix[Any], other: sparse.csr_matrix[Any]) -> sparse.csr_matrix[Any]:
    size = max(one.shape[0], other.shape[0])
    total = sparse.csr_matrix(_padded(one, size) + _padded(other, size))
    total.eliminate_zeros()
    return total


def _padded(matrix: sparse.csr_matrix[Any], size: int) -> sparse.csr_matrix[Any]:
    further = np.full(size - matrix.shape[0], matrix.indptr[-1])
    indptr = np.concatenate((matrix.indptr, further))
    return sparse.csr_matrix((matrix.data, matrix.indices, indptr), shape=(size, size))


def _longer(sums: Sums, size: int) -> Sums:
    longer = np.zeros(size, dtype=np.int64)
    longer[: len(sums)] = sums
    return longer


def _wider(side: Counts, width: int) -> Counts:
    wider = np.zeros((width, width), dtype=side.dtype)
    wider[: len(side), : len(side)] = side
    return wider

"""itemknn: items that the same people met."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from penchant.datasets.log import EventColumns
from penchant.evaluation.baselines.history import Histories
from penchant.evaluation.problem import Problem

__all__ = ["ItemKnn"]

NEIGHBOURS = 100
ROWS_AT_ONCE = 256


class ItemKnn:
    """Cosine of the items' binary columns of people; each item keeps its 100 nearest.

    The score of an item is the sum of its likeness to those of its neighbours that the user met.
    """

    name = "itemknn"
    online = False

    def __init__(self, problem: Problem) -> None:
        self._item_count = len(problem.item_ids)
        self._histories: Histories | None = None
        self._likeness: sparse.csr_matrix | None = None

    def learn(self, log: EventColumns) -> None:
        """Find every item's neighbours."""
        self._histories = Histories(log)
        # Rows are what was met, columns what it speaks for.
        self._likeness = nearest_by_cosine(self._histories.matrix(), NEIGHBOURS).T.tocsr()

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        """Sums of likeness to what the user met."""
        del at
        if self._histories is None or self._likeness is None:
            return np.zeros(self._item_count)
        met = self._likeness[self._histories.items(user)]
        return np.asarray(met.sum(axis=0), dtype=np.float64).ravel()


def nearest_by_cosine(matrix: sparse.csr_matrix, neighbours: int) -> sparse.csr_matrix:
    """Each column's nearest other columns by cosine, CSR float32 (columns, columns)."""
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel())
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    unit = (matrix @ sparse.diags(scale)).tocsr().astype(np.float32)
    by_item = unit.T.tocsr()
    count = matrix.shape[1]
    kept: list[sparse.csr_matrix] = []
    for start in range(0, count, ROWS_AT_ONCE):
        block = (by_item[start : start + ROWS_AT_ONCE] @ unit).toarray()
        size = len(block)
        block[np.arange(size), np.arange(start, start + size)] = 0.0
        if neighbours < count:
            least = np.partition(block, count - neighbours, axis=1)[:, count - neighbours]
            block[block < least[:, None]] = 0.0
        kept.append(sparse.csr_matrix(block))
    stacked: sparse.csr_matrix = sparse.vstack(kept, format="csr")
    return stacked

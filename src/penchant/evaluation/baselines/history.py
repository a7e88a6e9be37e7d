"""What each user met, as a sparse matrix: the input of every batch baseline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from penchant.datasets.log import EventColumns
from penchant.evaluation.events import leading

__all__ = ["Histories"]


class Histories:
    """Who met what, and in which order.

    Every event counts but dismiss, skip and removal; an item met twice stands at its first time.
    """

    def __init__(self, log: EventColumns) -> None:
        kept = log.pick(leading(log))
        pairs = kept.user.astype(np.int64) * len(kept.item_ids) + kept.item
        first = np.sort(np.unique(pairs, return_index=True)[1])
        user, item = kept.user[first], kept.item[first]
        order = np.argsort(user, kind="stable")
        self._items = item[order].astype(np.int64)
        counts = np.bincount(user, minlength=len(log.user_ids))
        self._starts = np.concatenate(([0], np.cumsum(counts)))
        self._shape = (len(log.user_ids), len(log.item_ids))

    def items(self, user: int) -> NDArray[np.int64]:
        """The columns of what the user met, oldest first."""
        own: NDArray[np.int64] = self._items[self._starts[user] : self._starts[user + 1]]
        return own

    def matrix(self) -> sparse.csr_matrix:
        """1 where a user met an item, CSR float32 (users, items)."""
        ones = np.ones(len(self._items), dtype=np.float32)
        matrix = sparse.csr_matrix((ones, self._items, self._starts), shape=self._shape)
        matrix.sort_indices()
        return matrix

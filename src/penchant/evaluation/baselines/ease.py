"""ease: the linear autoencoder in closed form, read with a plain or a recency-weighted history."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penchant.datasets.log import EventColumns
from penchant.errors import InvalidInput
from penchant.evaluation.baselines.history import Histories
from penchant.evaluation.problem import Problem

__all__ = ["Ease", "EaseRecency"]

REGULARISATION = 500.0
MOST_ITEMS = 10_000
# Two matrices in double precision while inverting, and the weights in single precision.
BYTES_PER_CELL = 20
RECENCY_DECAY = 0.8


class Ease:
    """Item weights B = I - P / diag(P) with P = (X'X + 500 I)^-1 of the binary histories X.

    The score of an item is the sum of its weights from what the user met. Raises InvalidInput above
    10,000 items, where the dense matrices no longer fit.
    """

    name = "ease"
    online = False

    def __init__(self, problem: Problem) -> None:
        self._weights = problem.shared(_Weights)

    def learn(self, log: EventColumns) -> None:
        """Solve for the weights, once for both readings."""
        self._weights.learn(log)

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        """Weights summed over the user's history."""
        del at
        met = self._weights.items(user)
        return self._weights.summed(met, np.ones(len(met)))


class EaseRecency(Ease):
    """EASE's weights over a history in which the item k places back counts .8^k."""

    name = "ease-recency"

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        """Weights summed over the user's history, recent items first."""
        del at
        met = self._weights.items(user)
        return self._weights.summed(
            met, np.power(RECENCY_DECAY, np.arange(len(met), dtype=np.float64))[::-1]
        )


class _Weights:
    def __init__(self, problem: Problem) -> None:
        count = len(problem.item_ids)
        if count > MOST_ITEMS:
            needed = count**2 * BYTES_PER_CELL / 1e9
            raise InvalidInput(
                f"ease needs dense matrices of {count:,} x {count:,} items, about {needed:,.1f} GB;"
                f" it is refused above {MOST_ITEMS:,} items. Leave it out, or use --core"
            )
        self._log: EventColumns | None = None
        self._histories: Histories | None = None
        self._matrix = np.zeros((count, count), dtype=np.float32)

    def learn(self, log: EventColumns) -> None:
        if log is self._log:
            return
        self._log = log
        self._histories = Histories(log)
        matrix = self._histories.matrix()
        gram = (matrix.T @ matrix).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += REGULARISATION
        inverse = np.linalg.inv(gram)
        del gram
        inverse /= -np.diag(inverse)
        inverse[np.diag_indices_from(inverse)] = 0.0
        self._matrix = inverse.astype(np.float32)

    def items(self, user: int) -> NDArray[np.int64]:
        return (
            np.zeros(0, dtype=np.int64) if self._histories is None else self._histories.items(user)
        )

    def summed(self, met: NDArray[np.int64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(shares.astype(np.float32) @ self._matrix[met], dtype=np.float64)

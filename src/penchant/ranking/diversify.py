"""Variety: the best items first, each next one also unlike those already chosen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["diversified"]


def diversified(
    scores: NDArray[np.float64],
    vectors: NDArray[np.float32],
    count: int,
    relevance_share: float = 0.85,
) -> NDArray[np.int64]:
    """Indexes of `count` items by maximal marginal relevance.

    `scores` are in falling order, (n,); `vectors` are their unit vectors, (n, dimension). Each step
    takes the largest `share * score - (1 - share) * (cosine to the nearest chosen item)`, scores
    scaled to [0, 1] over the input. Source: Carbonell and Goldstein, 1998.
    """
    if len(scores) == 0 or count <= 0:
        return np.array([], dtype=np.int64)
    span = float(scores[0] - scores.min())
    relevance = (scores - scores.min()) / span if span > 0.0 else np.ones(len(scores))
    nearest = np.full(len(scores), -1.0)
    free = np.ones(len(scores), dtype=np.bool_)
    chosen: list[int] = []
    for _ in range(min(count, len(scores))):
        penalty = np.maximum(nearest, 0.0) if chosen else np.zeros(len(scores))
        value = relevance_share * relevance - (1.0 - relevance_share) * penalty
        pick = int(np.argmax(np.where(free, value, -np.inf)))
        chosen.append(pick)
        free[pick] = False
        nearest = np.maximum(nearest, vectors @ vectors[pick])
    return np.array(chosen, dtype=np.int64)

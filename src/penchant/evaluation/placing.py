"""Where targets stand in one ranking of all candidates, and which items head it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["expected_ranks", "leading_columns"]

# Sorting once beats counting twice for each target from about here on.
FEW_TARGETS = 4


def expected_ranks(scores: NDArray[np.float64], targets: NDArray[np.int64]) -> NDArray[np.float64]:
    """The rank of each target from 1, float64 (targets,); infinite where its score is -inf.

    Items with an equal score share the middle of their places, the rank to be expected when ties
    are broken by chance: a model that scores everything alike puts every target in the middle of
    the catalogue, not at its head. Candidates that are left out have the score -inf.
    """
    own = scores[targets]
    if len(targets) <= FEW_TARGETS:
        above = np.array([np.count_nonzero(scores > score) for score in own], dtype=np.float64)
        alike = np.array([np.count_nonzero(scores == score) for score in own], dtype=np.float64)
    else:
        rising = np.sort(scores)
        not_above = np.searchsorted(rising, own, side="right")
        above = (len(scores) - not_above).astype(np.float64)
        alike = (not_above - np.searchsorted(rising, own, side="left")).astype(np.float64)
    ranks = 1.0 + above + (alike - 1.0) / 2.0
    return np.where(np.isneginf(own), np.inf, ranks)


def leading_columns(scores: NDArray[np.float64], k: int) -> NDArray[np.int32]:
    """The best k columns, best first, int32 (k,); ties by column, -1 where nothing is left."""
    found = np.full(k, -1, dtype=np.int32)
    size = min(k, len(scores))
    least = np.partition(scores, len(scores) - size)[len(scores) - size]
    above = np.flatnonzero(scores > least)
    alike = np.flatnonzero(scores == least)[: size - len(above)]
    if np.isneginf(least):
        alike = alike[:0]
    best = np.concatenate((above, alike))
    best = best[np.lexsort((best, -scores[best]))]
    found[: len(best)] = best
    return found

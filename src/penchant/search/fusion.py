"""Fusion: the union of two lists, every member scored by both scorers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["fuse"]


def fuse(
    lexical: NDArray[np.float64], semantic: NDArray[np.float64], alpha: float
) -> dict[str, NDArray[np.float64]]:
    """Blend the two scorers' scores of the same rows into the terms `lexical` and `semantic`.

    `alpha` in [0, 1] is the semantic share. Each side is divided by its maximum, with floor 0, so
    that the terms sum to a score in [0, 1]; a side without any positive score adds nothing.
    """
    return {
        "lexical": (1.0 - alpha) * _relative(lexical),
        "semantic": alpha * _relative(semantic),
    }


def _relative(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    highest = scores.max(initial=0.0)
    return np.maximum(scores, 0.0) / highest if highest > 0.0 else np.zeros(len(scores))

"""Expectation: what somebody would have watched who watches what everybody watches."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue

__all__ = ["expected_shares"]

MOST_STEPS = 100
CLOSE_ENOUGH = 1e-9


def expected_shares(catalogue: Catalogue, facet: str, drawn: int) -> NDArray[np.float64]:
    """The share of each value of a facet among `drawn` items, float64 (values,).

    Items are drawn by their number of raters, all alike where nobody counted. Nobody watches an
    item twice: one that everybody knows counts once, and whoever has watched the whole catalogue
    has watched it in its own proportions. An item is among the drawn with the chance
    1 - exp(-rate * weight), at the rate that gives `drawn` of them (Rosen's approximation, too low
    for a hit among the first one or two, of which nothing is claimed anyway).
    """
    matrix = catalogue.facets[facet].matrix.astype(np.bool_).astype(np.float64)
    may = catalogue.visible & (np.diff(matrix.indptr) > 0)
    # An item of which no number is known is as little known as one with a single rater.
    weights = np.maximum(catalogue.rating_counts, 1.0)
    among = np.zeros(len(catalogue))
    among[may] = 1.0 - np.exp(-_rate(weights[may], drawn) * weights[may])
    shares = np.asarray(matrix.T @ among, dtype=np.float64)
    total = float(among.sum())
    return shares / total if total > 0.0 else shares


def _rate(weights: NDArray[np.float64], drawn: int) -> float:
    """The rate at which `drawn` items are expected; infinite when there are no more than that."""
    if drawn >= len(weights):
        return np.inf
    rate = drawn / float(weights.sum())
    for _ in range(MOST_STEPS):
        left = np.exp(-rate * weights)
        missing = drawn - float((1.0 - left).sum())
        # The expected number is concave in the rate: steps from below never go too far.
        if missing <= CLOSE_ENOUGH * drawn:
            break
        rate += missing / float(weights @ left)
    return rate

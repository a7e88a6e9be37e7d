"""Metrics of ranked lists, vectorised over all lists of a model.

Ranks start at 1 and may be fractions (see `placing.expected_ranks`). Every function takes the ranks
of all targets of all lists one after the other; list i owns `starts[i]:starts[i + 1]`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "coverage",
    "debiased_parts",
    "diversity",
    "ndcg",
    "novelty",
    "propensity_weights",
    "recall",
    "reciprocal_rank",
    "self_information",
]

# How strongly popularity decides what is observed at all: the usual middle between 0 and 1.
PROPENSITY_EXPONENT = 0.5
LISTS_AT_ONCE = 4_096


def ndcg(ranks: NDArray[np.float64], starts: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """Sum of 1 / log2(1 + rank) within the first k over the best that was possible, (lists,)."""
    ideal = np.cumsum(_discount(np.arange(1.0, k + 1.0), k))
    best = ideal[np.minimum(np.diff(starts), k) - 1]
    return np.asarray(np.add.reduceat(_discount(ranks, k), starts[:-1]) / best)


def recall(ranks: NDArray[np.float64], starts: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    """The share of the targets within the first k, (lists,)."""
    found = np.add.reduceat((ranks <= k).astype(np.float64), starts[:-1])
    return np.asarray(found / np.diff(starts))


def reciprocal_rank(ranks: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """1 / rank of the first target, anywhere in the catalogue, (lists,)."""
    return np.asarray(1.0 / np.minimum.reduceat(ranks, starts[:-1]))


def debiased_parts(
    ranks: NDArray[np.float64],
    starts: NDArray[np.int64],
    k: int,
    weights: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Popularity-debiased ndcg as (gained, possible), both (lists,): sum each, then divide.

    Each target counts by its `weights`, (targets,), see `propensity_weights`: inverse propensity
    scoring with exponent .5, self-normalised, so that a model cannot win by popular items alone.
    """
    gained = np.add.reduceat(weights * _discount(ranks, k), starts[:-1])
    owner = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    order = np.lexsort((-weights, owner))
    place = np.arange(1.0, len(ranks) + 1.0) - starts[owner]
    possible = np.add.reduceat(weights[order] * _discount(place, k), starts[:-1])
    return np.asarray(gained), np.asarray(possible)


def propensity_weights(people: NDArray[np.int64]) -> NDArray[np.float64]:
    """(1 + popularity) ** -.5 of the people who met each target, in the shape of `people`."""
    return np.asarray(np.power(people + 1.0, -PROPENSITY_EXPONENT), dtype=np.float64)


def coverage(lists: NDArray[np.int32], item_count: int) -> float:
    """The share of all items that stand in at least one list."""
    return float(len(np.unique(lists[lists >= 0])) / item_count)


def self_information(people: NDArray[np.int64], total: int) -> NDArray[np.float64]:
    """-log2 of the share of people who met each item, in bits, (items,).

    One imagined person met every item, so that an item nobody met is finite.
    """
    return np.asarray(-np.log2((people + 1.0) / (total + 1.0)))


def novelty(lists: NDArray[np.int32], information: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean self-information of each list's items in bits, (lists,); NaN for an empty list."""
    filled = lists >= 0
    sums = np.where(filled, information[lists], 0.0).sum(axis=1)
    counts = filled.sum(axis=1)
    mean = np.divide(sums, counts, out=np.full(len(lists), np.nan), where=counts > 0)
    return np.asarray(mean, dtype=np.float64)


def diversity(lists: NDArray[np.int32], vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """1 - mean cosine of the pairs in each list, (lists,); NaN for fewer than two items.

    `vectors` (items, dimension) have unit rows; a row of zeros is unlike everything.
    """
    found = np.full(len(lists), np.nan)
    for start in range(0, len(lists), LISTS_AT_ONCE):
        part = lists[start : start + LISTS_AT_ONCE]
        filled = part >= 0
        rows = np.where(filled[:, :, None], vectors[part], np.float32(0.0)).astype(np.float64)
        # The cosines of all pairs sum to (|sum of vectors|^2 - sum of |vector|^2) / 2.
        whole = (rows.sum(axis=1) ** 2).sum(axis=1) - (rows**2).sum(axis=(1, 2))
        counts = filled.sum(axis=1).astype(np.float64)
        pairs = counts * (counts - 1.0)
        mean = np.divide(whole, pairs, out=np.full(len(part), np.nan), where=pairs > 0)
        found[start : start + LISTS_AT_ONCE] = 1.0 - mean
    return found


def _discount(ranks: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    return np.where(ranks <= k, 1.0 / np.log2(1.0 + ranks), 0.0)

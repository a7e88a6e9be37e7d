"""Likings: whom a person likes to see and from which decades, as shrunk means with counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from penchant.taste.history import History
from penchant.taste.preferences import NEUTRAL

__all__ = ["Liking", "decades", "likings"]

LEAST_TOGETHER = 2
PRIOR_EVIDENCE = 2.0


@dataclass(frozen=True, slots=True)
class Liking:
    """How somebody likes the items that share one value.

    `count` items. `mean` in [0, 1] is the mean target of their verdicts by strength, shrunk toward
    the person's own mean by two verdicts' worth. `rated` of the items have a rating; `mean_rating`
    is its mean on the catalogue's scale, shrunk in the same way. Where places have weights (a lead
    counts more than a guest), so have the verdicts.
    """

    name: str
    count: int
    mean: float
    rated: int
    mean_rating: float | None


def likings(history: History, facet: str) -> tuple[Liking, ...]:
    """The values that at least two items share: best liked first, then most often seen."""
    seen = history.once_per_item
    has = seen.has(facet)
    if has.nnz == 0:
        return ()
    columns = np.flatnonzero(np.bincount(has.indices) >= LEAST_TOGETHER)
    index = history.catalogue.facets[facet]
    names = [index.names[column] for column in columns]
    found = _likings(seen, names, seen.weighted(facet)[:, columns])
    return tuple(sorted(found, key=lambda x: (-round(x.mean, 6), -x.count, x.name)))


def decades(history: History) -> tuple[Liking, ...]:
    """How the items of each decade are liked ("2010s"), in the order of time."""
    seen = history.once_per_item
    years = history.catalogue.numbers("year")[seen.rows]
    known = ~np.isnan(years)
    seen, years = seen.where(known), years[known]
    starts, place = np.unique((years // 10 * 10).astype(np.int64), return_inverse=True)
    member = sparse.csr_matrix(
        (np.ones(len(seen)), (np.arange(len(seen)), place)), shape=(len(seen), len(starts))
    )
    return tuple(_likings(seen, [f"{start}s" for start in starts.tolist()], member))


def _likings(seen: History, names: Sequence[str], weights: sparse.csr_matrix) -> list[Liking]:
    """The liking of each column of `weights`, (verdicts, values), absent where it does not hold."""
    total = float(seen.strength.sum())
    own = float(seen.strength @ seen.target) / total if total > 0.0 else NEUTRAL
    evidence = weights.T @ seen.strength
    gained = weights.T @ (seen.strength * (seen.target - own))
    means = own + gained / (evidence + PRIOR_EVIDENCE)
    present = weights.astype(np.bool_).astype(np.float64)
    rated = (~np.isnan(seen.rating)).astype(np.float64)
    centre = float(seen.rating[rated > 0.0].mean()) if rated.any() else 0.0
    numbers = present.T @ rated
    above = weights.T @ (np.nan_to_num(seen.rating - centre) * rated)
    ratings = centre + above / (weights.T @ rated + PRIOR_EVIDENCE)
    return [
        Liking(name, int(count), float(mean), int(number), float(rating) if number else None)
        for name, count, mean, number, rating in zip(
            names, present.T @ np.ones(len(seen)), means, numbers, ratings, strict=True
        )
    ]

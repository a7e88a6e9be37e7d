"""Bootstrap over people: how far a mean would move had other people been asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Interval", "interval_of", "ratio_intervals", "resampled_ratios"]

RESAMPLES = 1_000
LOW_PERCENTILE, HIGH_PERCENTILE = 2.5, 97.5
DRAWS_AT_ONCE = 2_000_000


class Interval(NamedTuple):
    """An estimate with its 95% percentile interval."""

    value: float
    low: float
    high: float


def resampled_ratios(
    above: NDArray[np.float64],
    below: NDArray[np.float64],
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> NDArray[np.float64]:
    """Sum over people of `above` / sum of `below`, for resamples of people drawn with replacement.

    Both are (people, columns); a mean has ones below, a mean over some of the people has zeros in
    both for the others. Returns (resamples, columns), NaN where a resample holds nobody; the same
    people are drawn for every column, so that columns may be subtracted.
    """
    parts = [
        (counts @ above, counts @ below) for counts in _drawn_counts(len(above), rng, resamples)
    ]
    upper = np.concatenate([part[0] for part in parts])
    lower = np.concatenate([part[1] for part in parts])
    ratios = np.divide(upper, lower, out=np.full(upper.shape, np.nan), where=lower > 0)
    return np.asarray(ratios, dtype=np.float64)


def ratio_intervals(
    above: NDArray[np.float64], below: NDArray[np.float64], resampled: NDArray[np.float64]
) -> list[Interval]:
    """For each column the ratio over all people and its 95% interval; NaN where nobody counts."""
    upper, lower = above.sum(axis=0), below.sum(axis=0)
    values = np.divide(upper, lower, out=np.full(len(upper), np.nan), where=lower > 0)
    return [interval_of(float(value), resampled[:, column]) for column, value in enumerate(values)]


def interval_of(value: float, resampled: NDArray[np.float64]) -> Interval:
    """The estimate with the middle 95% of its resamples."""
    drawn = resampled[~np.isnan(resampled)]
    if len(drawn) == 0:
        return Interval(value, np.nan, np.nan)
    low, high = np.percentile(drawn, [LOW_PERCENTILE, HIGH_PERCENTILE])
    return Interval(value, float(low), float(high))


def _drawn_counts(
    people: int, rng: np.random.Generator, resamples: int
) -> Iterator[NDArray[np.float64]]:
    """How often each person is drawn, (some resamples, people), until all resamples are drawn."""
    at_once = max(1, DRAWS_AT_ONCE // people)
    for start in range(0, resamples, at_once):
        size = min(at_once, resamples - start)
        drawn = rng.integers(people, size=(size, people))
        places = drawn + np.arange(size)[:, None] * people
        counts = np.bincount(places.ravel(), minlength=size * people)
        yield counts.reshape(size, people).astype(np.float64)

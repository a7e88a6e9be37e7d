"""Comparison: what the models' placings amount to, per person, with intervals and differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from penchant.datasets.log import EventColumns
from penchant.evaluation import metrics
from penchant.evaluation.bootstrap import Interval, interval_of, ratio_intervals, resampled_ratios
from penchant.evaluation.contest import Placings
from penchant.evaluation.plan import Plan

__all__ = ["CURVE", "CurvePoint", "ModelResult", "PairedDifference", "compare"]

# Numbers of a user's events before an ask; the last is the range that the goals speak of.
CURVE = ((1, 1), (2, 2), (3, 3), (5, 5), (10, 10), (20, 20), (1, 5))
PAIRED_METRICS = ("ndcg", "recall", "mrr")


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """ndcg of lists asked for when the user had `least` to `most` events."""

    least: int
    most: int
    users: int
    ndcg: Interval


@dataclass(frozen=True, slots=True)
class ModelResult:
    """One model's figures: `metrics` by plain name, without the cut-off k."""

    name: str
    metrics: Mapping[str, Interval]
    coverage: float
    seconds_learn: float
    seconds_rank: float
    curve: tuple[CurvePoint, ...] = ()


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The metric of `first` minus that of `second`, over the same people."""

    first: str
    second: str
    metric: str
    difference: Interval


@dataclass(slots=True)
class _Columns:
    """Per-person columns as (above, below), found again by (model, figure)."""

    place: dict[tuple[int, object], int] = field(default_factory=dict)
    above: list[NDArray[np.float64]] = field(default_factory=list)
    below: list[NDArray[np.float64]] = field(default_factory=list)

    def add(
        self, key: tuple[int, object], above: NDArray[np.float64], below: NDArray[np.float64]
    ) -> None:
        self.place[key] = len(self.above)
        self.above.append(above)
        self.below.append(below)


def compare(
    plan: Plan,
    placings: Sequence[Placings],
    k: int,
    vectors: NDArray[np.float32] | None,
    rng: np.random.Generator,
) -> tuple[list[ModelResult], list[PairedDifference]]:
    """Figures of every model, and the first model's differences from each other one.

    `vectors` (items, dimension) with unit rows tell how alike items are; None leaves diversity out.
    Every person counts once: the mean over their lists, then over people. Intervals are 95%
    percentile intervals of 1,000 resamples of people, the same resamples for every figure.
    """
    columns = _columns(plan, placings, k, vectors)
    above, below = np.column_stack(columns.above), np.column_stack(columns.below)
    resampled = resampled_ratios(above, below, rng)
    intervals = ratio_intervals(above, below, resampled)
    results = [
        ModelResult(
            placing.name,
            {
                str(name): intervals[column]
                for (owner, name), column in columns.place.items()
                if owner == model and isinstance(name, str)
            },
            metrics.coverage(placing.lists, len(plan.log.item_ids)),
            placing.seconds_learn,
            placing.seconds_rank,
            tuple(
                CurvePoint(name[0], name[1], int(below[:, column].sum()), intervals[column])
                for (owner, name), column in columns.place.items()
                if owner == model and isinstance(name, tuple)
            ),
        )
        for model, placing in enumerate(placings)
    ]
    paired = [
        PairedDifference(
            placings[0].name, placings[other].name, name, _difference(a, b, intervals, resampled)
        )
        for other in range(1, len(placings))
        for name in PAIRED_METRICS
        for a, b in [(columns.place[0, name], columns.place[other, name])]
    ]
    return results, paired


def _difference(
    a: int, b: int, intervals: Sequence[Interval], resampled: NDArray[np.float64]
) -> Interval:
    value = intervals[a].value - intervals[b].value
    return interval_of(value, resampled[:, a] - resampled[:, b])


def _columns(
    plan: Plan, placings: Sequence[Placings], k: int, vectors: NDArray[np.float32] | None
) -> _Columns:
    asks = plan.asks
    people = np.unique(asks.user, return_inverse=True)[1]
    learned = plan.slice_of(0, len(plan.rows))
    met = _people_by_item(learned)
    information = metrics.self_information(met, len(np.unique(learned.user)))
    propensity = metrics.propensity_weights(met[asks.targets])
    columns = _Columns()
    for model, placing in enumerate(placings):
        gained = metrics.ndcg(placing.ranks, asks.starts, k)
        figures = {
            "ndcg": gained,
            "recall": metrics.recall(placing.ranks, asks.starts, k),
            "mrr": metrics.reciprocal_rank(placing.ranks, asks.starts),
            "novelty": metrics.novelty(placing.lists, information),
        }
        if vectors is not None:
            figures["diversity"] = metrics.diversity(placing.lists, vectors)
        for name, values in figures.items():
            columns.add((model, name), *_means(values, people))
        parts = metrics.debiased_parts(placing.ranks, asks.starts, k, propensity)
        columns.add((model, "debiased_ndcg"), *(_means(part, people)[0] for part in parts))
        for least, most in CURVE if plan.by_history else ():
            within = (asks.before >= least) & (asks.before <= most)
            columns.add((model, (least, most)), *_means(np.where(within, gained, np.nan), people))
    return columns


def _means(
    values: NDArray[np.float64], people: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each person's mean over their lists, and whether they have any; NaN lists do not count."""
    known = ~np.isnan(values)
    size = int(people.max()) + 1
    sums = np.bincount(people[known], weights=values[known], minlength=size)
    counts = np.bincount(people[known], minlength=size)
    return sums / np.maximum(counts, 1), (counts > 0).astype(np.float64)


def _people_by_item(log: EventColumns) -> NDArray[np.int64]:
    """How many people have an event about each item, int64 (items,)."""
    pairs = np.unique(log.item.astype(np.int64) * len(log.user_ids) + log.user)
    return np.bincount(pairs // len(log.user_ids), minlength=len(log.item_ids)).astype(np.int64)

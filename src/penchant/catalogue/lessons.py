"""Lessons: what a verdict on an item teaches about facet values, worked out once per item."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from penchant.domain.item import FacetSpec, Item, facet_key

__all__ = ["Lesson", "lessons_of"]


class Lesson(NamedTuple):
    """What one item teaches of one facet: columns of equal length, each value once.

    `weights` scale the evidence: the weight of the value's place in an ordered facet (a cast), else
    1. `names` are the values as this item spells them.
    """

    facet: str
    keys: tuple[str, ...]
    names: tuple[str, ...]
    weights: tuple[float, ...]


def lessons_of(item: Item, facets: Iterable[FacetSpec]) -> tuple[Lesson, ...]:
    """One lesson for each facet of which the item has a value, in the order of `facets`.

    Of an ordered facet only as many values are learned from as it has weights for places.
    """
    found = []
    for spec in facets:
        values = item.values(spec.name)
        weights = spec.position_weights or (1.0,) * len(values)
        taught: dict[str, tuple[str, float]] = {}
        for name, weight in zip(values, weights, strict=False):
            taught.setdefault(facet_key(name), (name, weight))
        if taught:
            names, shares = zip(*taught.values(), strict=True)
            found.append(Lesson(spec.name, tuple(taught), names, shares))
    return tuple(found)

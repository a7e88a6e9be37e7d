"""The intent guard: taste may move an item only so far from where the query put it."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penchant.domain.query import Intent

__all__ = ["GuardConfig", "guarded_order"]


@dataclass(frozen=True, slots=True)
class GuardConfig:
    """How many places an item may move, either way, by intent.

    A vague query ("drama") says nothing that taste could contradict, so its order binds little.
    """

    specific_title_places: int = 2
    vague_places: int = 100
    other_places: int = 10

    def places(self, intent: Intent) -> int:
        """The bound for one intent."""
        if intent is Intent.SPECIFIC_TITLE:
            return self.specific_title_places
        if intent is Intent.VAGUE:
            return self.vague_places
        return self.other_places


def guarded_order(
    personalized: NDArray[np.float64], tier: NDArray[np.int8], places: int, count: int | None = None
) -> NDArray[np.int64]:
    """The order by personalized score in which nothing moves more than `places` from its input.

    Inputs are in base order, best first; tiers never mix. Returns indexes into the input, all of
    them or the first `count`. At each place the item goes in that would otherwise fall too far,
    else the best of those that may rise so high.
    """
    wanted = len(personalized) if count is None else min(count, len(personalized))
    order: list[int] = []
    start = 0
    while len(order) < wanted:
        end = start + int(np.searchsorted(-tier[start:], -tier[start], side="right"))
        scores = personalized[start:end].tolist()
        order.extend(start + i for i in _bounded(scores, places, wanted - len(order)))
        start = end
    return np.array(order, dtype=np.int64)


def _bounded(scores: list[float], places: int, count: int) -> list[int]:
    """The first `count` indexes of one tier."""
    may_rise = [(-score, index) for index, score in enumerate(scores[:places])]
    heapq.heapify(may_rise)
    taken = [False] * len(scores)
    order: list[int] = []
    for place in range(min(count, len(scores))):
        newest = place + places
        if newest < len(scores):
            heapq.heappush(may_rise, (-scores[newest], newest))
        chosen = place - places
        if chosen < 0 or taken[chosen]:
            chosen = heapq.heappop(may_rise)[1]
            while taken[chosen]:
                chosen = heapq.heappop(may_rise)[1]
        taken[chosen] = True
        order.append(chosen)
    return order

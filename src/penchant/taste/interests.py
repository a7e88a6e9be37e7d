"""InterestModel: several interest vectors, so that two tastes are not averaged into none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penchant.domain.profile import Interest

__all__ = ["InterestModel"]


@dataclass(frozen=True, slots=True)
class InterestModel:
    """Up to `most_interests` centroids over centred item vectors.

    A liked item joins the nearest interest when their cosine reaches `joining_cosine`, else it
    opens one of its own and the weakest makes room. A disliked item weakens the interest it belongs
    to.
    """

    most_interests: int = 8
    joining_cosine: float = 0.10
    most_items: int = 5

    def learn(
        self,
        interests: Sequence[Interest],
        item_id: str,
        item_vector: NDArray[np.float64],
        strength: float,
        target: float,
        at: float,
    ) -> tuple[Interest, ...]:
        """The interests after one verdict."""
        if strength <= 0.0 or not item_vector.any():
            return tuple(interests)
        nearest, cosine = _nearest(interests, item_vector)
        if target < 0.5:
            return self._weakened(interests, nearest, cosine, strength, at)
        if nearest is not None and cosine >= self.joining_cosine:
            grown = self._grown(interests[nearest], item_id, item_vector, strength, at)
            return (*interests[:nearest], grown, *interests[nearest + 1 :])
        opened = Interest(item_vector, strength, at, (item_id,))
        return (*self._with_room(interests), opened)

    def scores(
        self, interests: Sequence[Interest], vectors: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """For each row of `vectors` the best interest's cosine times its confidence, (rows,)."""
        if not interests:
            return np.zeros(len(vectors))
        centroids = np.stack([interest.centroid for interest in interests])
        confidence = np.array([interest.confidence for interest in interests])
        cosines = vectors @ centroids.T.astype(np.float32)
        return np.asarray((cosines * confidence).max(axis=1), dtype=np.float64)

    def _grown(
        self,
        interest: Interest,
        item_id: str,
        item_vector: NDArray[np.float64],
        strength: float,
        at: float,
    ) -> Interest:
        total = interest.strength + strength
        mixed = (interest.strength * interest.centroid + strength * item_vector) / total
        norm = float(np.linalg.norm(mixed))
        centroid = mixed / norm if norm > 0.0 else interest.centroid
        items = (item_id, *(i for i in interest.item_ids if i != item_id))[: self.most_items]
        return Interest(centroid, total, at, items)

    def _weakened(
        self,
        interests: Sequence[Interest],
        nearest: int | None,
        cosine: float,
        strength: float,
        at: float,
    ) -> tuple[Interest, ...]:
        if nearest is None or cosine < self.joining_cosine:
            return tuple(interests)
        hit = interests[nearest]
        left = hit.strength - strength
        if left <= 0.0:
            return (*interests[:nearest], *interests[nearest + 1 :])
        kept = Interest(hit.centroid, left, at, hit.item_ids)
        return (*interests[:nearest], kept, *interests[nearest + 1 :])

    def _with_room(self, interests: Sequence[Interest]) -> tuple[Interest, ...]:
        if len(interests) < self.most_interests:
            return tuple(interests)
        weakest = min(range(len(interests)), key=lambda i: (interests[i].strength, i))
        return (*interests[:weakest], *interests[weakest + 1 :])


def _nearest(
    interests: Sequence[Interest], item_vector: NDArray[np.float64]
) -> tuple[int | None, float]:
    if not interests:
        return None, -1.0
    cosines = [float(interest.centroid @ item_vector) for interest in interests]
    best = max(range(len(cosines)), key=lambda i: (cosines[i], -i))
    return best, cosines[best]

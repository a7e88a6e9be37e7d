"""InterestModel: several interest vectors, so that two tastes are not averaged into none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from penchant.domain.profile import Interest

__all__ = ["InterestDraft", "InterestModel"]

# Cosines nearer to each other than this are compared by dot products of one vector at a time: a
# matrix product may add up in another order when it has more rows, and near ties would then depend
# on how many interests there are.
TIE = 1e-9


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

    def scores(
        self, interests: Sequence[Interest], vectors: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """For each row of `vectors` the best interest's cosine times its confidence, (rows,)."""
        if not interests:
            return np.zeros(len(vectors))
        centroids = np.stack([interest.centroid for interest in interests])
        confidence = np.array([interest.confidence for interest in interests])
        # One row to an interest: the largest of long columns is found quicker than of short rows.
        cosines = centroids.astype(np.float32) @ vectors.T
        return np.asarray((cosines * confidence[:, np.newaxis]).max(axis=0), dtype=np.float64)


class InterestDraft:
    """Interests while they are learned: columns in place of objects, changed in place."""

    __slots__ = ("_centroids", "_item_ids", "_last_at", "_mixed", "_model", "_pull", "_strengths")

    def __init__(
        self, model: InterestModel, dimension: int, interests: Sequence[Interest] = ()
    ) -> None:
        self._model = model
        self._centroids = np.empty((max(model.most_interests, len(interests)), dimension))
        for row, interest in enumerate(interests):
            self._centroids[row] = interest.centroid
        self._strengths = [interest.strength for interest in interests]
        self._last_at = [interest.last_at for interest in interests]
        self._item_ids = [interest.item_ids for interest in interests]
        self._mixed, self._pull = np.empty(dimension), np.empty(dimension)

    def learn(
        self, item_id: str, vector: NDArray[np.float64], strength: float, target: float, at: float
    ) -> None:
        """Take in one verdict on an item with a unit vector (or zeros, which say nothing)."""
        if strength <= 0.0:
            return
        row = self._joined(vector)
        if row is not None:
            if target < 0.5:
                self._weaken(row, strength, at)
            else:
                self._grow(row, item_id, vector, strength, at)
        elif target >= 0.5 and vector.any():
            self._open(item_id, vector, strength, at)

    def frozen(self) -> tuple[Interest, ...]:
        """The interests as they stand."""
        columns = zip(self._strengths, self._last_at, self._item_ids, strict=True)
        return tuple(
            Interest(self._centroids[row].copy(), *rest) for row, rest in enumerate(columns)
        )

    def _joined(self, vector: NDArray[np.float64]) -> int | None:
        """The nearest interest (the first among equals) if it is near enough."""
        held, least = len(self._strengths), self._model.joining_cosine
        if not held:
            return None
        centroids = self._centroids[:held]
        cosines = centroids.dot(vector).tolist()
        ranked = sorted(cosines)
        best = ranked[-1]
        if abs(best - least) < TIE or (held > 1 and best - ranked[-2] < TIE):
            cosines = [float(centroid.dot(vector)) for centroid in centroids]
            best = max(cosines)
        if best < least or (best <= 0.0 and not vector.any()):
            return None
        return int(cosines.index(best))

    def _grow(
        self, row: int, item_id: str, vector: NDArray[np.float64], strength: float, at: float
    ) -> None:
        before, mixed, pull = self._strengths[row], self._mixed, self._pull
        total = before + strength
        np.multiply(self._centroids[row], before, mixed)
        np.multiply(vector, strength, pull)
        np.add(mixed, pull, mixed)
        np.divide(mixed, total, mixed)
        norm = sqrt(mixed.dot(mixed))
        if norm > 0.0:
            np.divide(mixed, norm, self._centroids[row])
        self._strengths[row] = total
        self._last_at[row] = at
        others = [known for known in self._item_ids[row] if known != item_id]
        self._item_ids[row] = (item_id, *others)[: self._model.most_items]

    def _weaken(self, row: int, strength: float, at: float) -> None:
        left = self._strengths[row] - strength
        if left <= 0.0:
            self._remove(row)
        else:
            self._strengths[row] = left
            self._last_at[row] = at

    def _open(self, item_id: str, vector: NDArray[np.float64], strength: float, at: float) -> None:
        if len(self._strengths) >= self._model.most_interests:
            self._remove(self._strengths.index(min(self._strengths)))
        self._centroids[len(self._strengths)] = vector
        self._strengths.append(strength)
        self._last_at.append(at)
        self._item_ids.append((item_id,))

    def _remove(self, row: int) -> None:
        held = len(self._strengths)
        self._centroids[row : held - 1] = self._centroids[row + 1 : held]
        del self._strengths[row], self._last_at[row], self._item_ids[row]

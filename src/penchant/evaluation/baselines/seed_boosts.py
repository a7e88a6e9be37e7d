"""seed-boosts: SeoulMate's preference averages and boosts, on popularity, as its documents say."""

from __future__ import annotations

from math import isnan

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from penchant.datasets.log import EventColumns
from penchant.domain.feedback import FeedbackType
from penchant.evaluation.baselines.popularity import Popularity
from penchant.evaluation.problem import Problem

__all__ = ["SeedBoosts"]

CAPS = {"genre": 0.5, "actor": 0.3, "director": 0.2, "theme": 0.4}
MATCHED_BY_COSINE = frozenset({"theme"})
WORTHS: dict[str, float] = {
    FeedbackType.WATCHED: 1.0,
    FeedbackType.WATCHLIST_ADD: 0.6,
    FeedbackType.CLICK: 0.3,
    FeedbackType.VIEW: 0.3,
    FeedbackType.WATCHLIST_REMOVE: -0.3,
}
OTHER_WORTH = 0.5
UNSEEN = 0.5
KEPT, ADDED = 0.8, 0.2
MOST_ACTORS = 5


class SeedBoosts:
    """popularity * (1 + genre + actor + director + theme boosts), learned event by event.

    A preference starts at .5 and becomes .8 old + .2 worth, in [0, 1]; a rating is worth its share
    of the scale's top. Genres, the first five actors and directors boost by their largest known
    preference times .5, .3, .2; themes by .4 times the cosine of preferences and item.
    """

    name = "seed-boosts"
    online = True

    def __init__(self, problem: Problem) -> None:
        self._popularity = Popularity(problem)
        self._scale_top = problem.schema.rating_scale[1]
        known = {spec.name for spec in problem.schema.facets}
        self._facets = {name: _presence(problem, name) for name in CAPS if name in known}
        self._learned_from = {
            name: _columns_by_item(matrix, MOST_ACTORS if name == "actor" else None)
            for name, matrix in self._facets.items()
        }
        self._preferences: dict[str, list[dict[int, float]]] = {
            name: [{} for _ in problem.user_ids] for name in self._facets
        }

    def learn(self, log: EventColumns) -> None:
        """Move the preferences of those who did something."""
        self._popularity.learn(log)
        users, items, worths = log.user.tolist(), log.item.tolist(), self._worths(log)
        for name, preferences in self._preferences.items():
            columns_of = self._learned_from[name]
            for user, item, worth in zip(users, items, worths, strict=True):
                own = preferences[user]
                for column in columns_of[item]:
                    moved = KEPT * own.get(column, UNSEEN) + ADDED * worth
                    own[column] = min(max(moved, 0.0), 1.0)

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        """Popularity times one plus the boosts."""
        del at
        boost = np.ones(len(self._popularity.shares()))
        for name, matrix in self._facets.items():
            own = self._preferences[name][user]
            if not own:
                continue
            known = np.zeros(matrix.shape[1])
            known[list(own)] = list(own.values())
            match = _cosine if name in MATCHED_BY_COSINE else _largest
            boost += CAPS[name] * match(matrix, known)
        return self._popularity.shares() * boost

    def _worths(self, log: EventColumns) -> list[float]:
        by_kind = [WORTHS.get(kind, OTHER_WORTH) for kind in log.kinds]
        return [
            by_kind[kind]
            if isnan(value) or log.kinds[kind] != FeedbackType.RATING
            else value / self._scale_top
            for kind, value in zip(log.kind.tolist(), log.value.tolist(), strict=True)
        ]


def _presence(problem: Problem, facet: str) -> sparse.csr_matrix:
    """1 where an item has a value, CSR float64 (items of the log, values), in order of the cast."""
    weighted = problem.catalogue.facets[facet].matrix[problem.rows]
    ones = np.ones(len(weighted.data))
    return sparse.csr_matrix((ones, weighted.indices, weighted.indptr), shape=weighted.shape)


def _columns_by_item(matrix: sparse.csr_matrix, most: int | None) -> list[list[int]]:
    parts = np.split(matrix.indices, matrix.indptr[1:-1])
    return [part[:most].tolist() for part in parts]


def _largest(matrix: sparse.csr_matrix, preferences: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest preference among each item's values, 0 where it has none."""
    found = np.zeros(matrix.shape[0])
    filled = np.flatnonzero(np.diff(matrix.indptr))
    if len(filled):
        values = preferences[matrix.indices]
        found[filled] = np.maximum.reduceat(values, matrix.indptr[filled])
    return found


def _cosine(matrix: sparse.csr_matrix, preferences: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cosine of the preferences and each item's values, 0 where either side is empty."""
    lengths = np.sqrt(np.diff(matrix.indptr)) * float(np.linalg.norm(preferences))
    shared = np.asarray(matrix @ preferences, dtype=np.float64)
    return np.divide(shared, lengths, out=np.zeros(len(shared)), where=lengths > 0)

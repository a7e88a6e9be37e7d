"""RankingEngine: candidates and a taste in, an ordered list out whose score terms are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penchant.domain.query import Intent
from penchant.domain.result import Candidates, column_sum
from penchant.ranking.boosts import Boosts, PersonalizationEngine
from penchant.ranking.guard import GuardConfig, guarded_order
from penchant.taste.reading import TasteReading

__all__ = ["Ranked", "RankingEngine"]

# The tier of items that meet what the query names; the title asked for stands one above.
ENTITY_TIER = 1


@dataclass(frozen=True)
class Ranked:
    """An ordered list as columns, best first.

    `terms`: every named term, float64 (n,); their sum is `score`. `boosts` holds each facet's share
    of the base score. `held` are indexes of rows that the intent guard kept from moving further.
    """

    rows: NDArray[np.int64]
    base: NDArray[np.float64]
    terms: Mapping[str, NDArray[np.float64]]
    boosts: Mapping[str, NDArray[np.float64]]
    held: NDArray[np.int64]

    @property
    def score(self) -> NDArray[np.float64]:
        """The sum of the terms, float64 (n,)."""
        return column_sum(self.terms.values(), len(self.rows))

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class RankingEngine:
    """Adds personal terms to what a query found, and guards the query."""

    personalization: PersonalizationEngine = PersonalizationEngine()
    guard: GuardConfig = GuardConfig()

    def rank(
        self,
        candidates: Candidates,
        reading: TasteReading | None,
        intent: Intent,
        strength: float = 1.0,
        count: int | None = None,
    ) -> Ranked:
        """The first `count` candidates for one person, or for nobody when there is no reading.

        Every boost is a term of its own: `base * boost`, so that terms sum to `base * multiplier`.
        """
        ordered = candidates.best_first()
        base = ordered.score
        if reading is None or len(ordered) == 0:
            first = slice(count)
            terms = {name: column[first] for name, column in ordered.terms.items()}
            return Ranked(ordered.rows[first], base[first], terms, {}, np.array([], dtype=np.int64))
        boosts = self.personalization.boosts(reading, ordered.rows, strength)
        personalized = base * boosts.multiplier
        order = guarded_order(personalized, ordered.tier, self.guard.places(intent), count)
        terms = {**ordered.terms, **{f: base * boost for f, boost in boosts.facets.items()}}
        return Ranked(
            rows=ordered.rows[order],
            base=base[order],
            terms={name: column[order] for name, column in terms.items()},
            boosts=_reordered(boosts, order),
            held=_held(personalized, ordered.tier, order),
        )


def _reordered(boosts: Boosts, order: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    return {facet: column[order] for facet, column in boosts.facets.items()}


def _held(
    personalized: NDArray[np.float64], tier: NDArray[np.int8], order: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Places whose item would stand elsewhere without the bound and the title's own place."""
    by_query = np.minimum(tier, ENTITY_TIER).astype(np.int64)
    free = np.lexsort((np.arange(len(personalized)), -personalized, -by_query))
    return np.flatnonzero(free[: len(order)] != order)

"""Answers: candidates as columns inside, objects at the edge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from penchant.domain.item import Item
from penchant.domain.query import Analysis, Query

__all__ = [
    "Candidates",
    "ExplainAnswer",
    "Explanation",
    "Personalization",
    "Receipt",
    "RecommendAnswer",
    "Recommendation",
    "SearchAnswer",
    "SimilarAnswer",
    "column_sum",
]


def column_sum(columns: Iterable[NDArray[np.float64]], length: int) -> NDArray[np.float64]:
    """The sum of score columns in their order, float64 (length,); zeros when there are none."""
    total = np.zeros(length)
    for column in columns:
        total += column
    return total


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows of one catalogue snapshot with their named score terms, best first.

    `rows`: int64 (n,). `terms`: name -> float64 (n,); an item's score is the sum of its terms.
    `tier`: int8 (n,); a higher tier always comes first (2: the very title asked for, 1: meets every
    entity of the query when enough items do, 0: the rest).
    """

    rows: NDArray[np.int64]
    terms: Mapping[str, NDArray[np.float64]]
    tier: NDArray[np.int8]

    @property
    def score(self) -> NDArray[np.float64]:
        """The sum of the terms, float64 (n,)."""
        return column_sum(self.terms.values(), len(self.rows))

    def best_first(self) -> Candidates:
        """The same in order: higher tier, then higher score, then lower row."""
        order = np.lexsort((self.rows, -self.score, -self.tier.astype(np.int64)))
        return Candidates(
            rows=self.rows[order],
            terms={name: column[order] for name, column in self.terms.items()},
            tier=self.tier[order],
        )

    def divided(self, name: str, other: str, part: NDArray[np.float64]) -> Candidates:
        """The same with `part` of each row's term under another name; the sum stays.

        `part` in [0, 1] is by row of the catalogue, float64 (items,).
        """
        if name not in self.terms:
            return self
        whole, share = self.terms[name], part[self.rows]
        terms = {**self.terms, other: whole * share, name: whole * (1.0 - share)}
        return Candidates(self.rows, terms, self.tier)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Explanation:
    """One reason for an item, read from kept terms.

    `contribution` is what those `terms` add to the score: over all reasons of an item the
    contributions sum to its score. `evidence` names what stands behind it, as "event:<id>" or
    "item:<id>".
    """

    type: str
    text: str
    confidence: float
    contribution: float
    terms: tuple[str, ...]
    evidence: tuple[str, ...] = ()

    @property
    def strength(self) -> str:
        """`strong` from .5 on, `medium` from .25 on, else `weak`."""
        if self.confidence >= 0.5:
            return "strong"
        return "medium" if self.confidence >= 0.25 else "weak"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """An item in an answer with its score, the terms of it, and the reasons read from them."""

    item: Item
    base_score: float
    personalized_score: float
    boost_multiplier: float
    boost_details: Mapping[str, float]
    terms: Mapping[str, float]
    explanations: tuple[Explanation, ...]


@dataclass(frozen=True, slots=True)
class Personalization:
    """What personalization did to an answer."""

    applied: bool
    alpha_adjusted: bool = False
    original_alpha: float | None = None
    personalized_alpha: float | None = None
    top_genres: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    persona: tuple[str, ...] = ()
    profile_version: int = 0
    position: int = 0
    guarded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """The answer to a query; `nearest_titles` help when there are no recommendations."""

    query: Query
    analysis: Analysis
    personalization: Personalization
    pipeline: Mapping[str, object]
    recommendations: tuple[Recommendation, ...]
    message: str | None = None
    nearest_titles: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RecommendAnswer:
    """A list without a query text; `weights` are the shares of the scorers behind it.

    `message` says why a list is empty. `impression_id` goes with events that the list leads to.
    """

    query: Query
    personalization: Personalization
    weights: Mapping[str, float]
    recommendations: tuple[Recommendation, ...]
    message: str | None = None
    impression_id: str | None = None


@dataclass(frozen=True, slots=True)
class SimilarAnswer:
    """Items that resemble one item, each with its similarity in [-1, 1] and what is shared."""

    item: Item
    similar: tuple[tuple[Item, float, str], ...]


@dataclass(frozen=True, slots=True)
class ExplainAnswer:
    """Why one item stands where it stands: `rank` from 1 with reasons, or `why_not`."""

    item: Item
    user_id: str | None
    rank: int | None
    out_of: int
    recommendation: Recommendation | None
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one event.

    `duplicate`: the same event was there already and nothing changed. `rejected`: only in batches,
    with the reason in `detail`. `position` is the event's place in the log.
    """

    event_id: str
    status: Literal["recorded", "duplicate", "rejected"]
    position: int = 0
    profile_version: int = 0
    detail: str | None = None

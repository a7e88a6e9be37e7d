"""The scorers that ship: what everybody does, what is known of an item, what the hour suggests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penchant.ranking.moment import Moment, Scored, Scorer, Side, over_rows
from penchant.taste.insights import PreferenceLearner

__all__ = [
    "DEFAULT_SCORERS",
    "FreshnessScorer",
    "PopularityScorer",
    "QualityScorer",
    "RecentScorer",
    "TimeOfDayScorer",
    "TransitionScorer",
    "TrendScorer",
    "recent_items",
]

RECENT_DECAY = 0.9
MOST_RECENT = 30
SECONDS_PER_YEAR = 365.2425 * 86_400.0


@dataclass(frozen=True, slots=True)
class PopularityScorer:
    """How many people turned to an item, with the catalogue's own rating counts to start from.

    Both counts are taken on a log scale; the crowd's share is n / (n + `prior_people`) for n people
    (fading slowly) in all.
    """

    name: str = "popularity"
    side: Side = "model"
    prior_people: float = 1_000.0

    def scores(self, moment: Moment) -> Scored:
        """Log popularity in [0, 1]."""
        prior = moment.catalogue.popularity[moment.rows]
        if moment.crowd is None:
            return Scored(prior)
        columns = moment.columns  # before the crowd is asked: others hand out columns meanwhile
        people = moment.crowd.popular(moment.now)
        total = float(people.sum())
        # A catalogue that counts no ratings has nothing to start from.
        least = self.prior_people if moment.catalogue.rating_counts.any() else 0.0
        if total <= 0.0:
            return Scored(prior)
        share = total / (total + least)
        counted = np.log1p(people)
        largest = float(counted.max()) or 1.0
        return Scored(share * counted[columns] / largest + (1.0 - share) * prior)


@dataclass(frozen=True, slots=True)
class QualityScorer:
    """The catalogue's own ratings, shrunk to their mean."""

    name: str = "quality"
    side: Side = "model"

    def scores(self, moment: Moment) -> Scored | None:
        """The Bayesian rating in [0, 1]."""
        if np.isnan(moment.catalogue.numbers("rating")).all():
            return None
        return Scored(moment.catalogue.quality[moment.rows])


@dataclass(frozen=True, slots=True)
class TransitionScorer:
    """What people went on to after the items of this person's history."""

    name: str = "transitions"
    side: Side = "model"
    half_evidence: float = 50.0
    half_people: float = 50.0

    def scores(self, moment: Moment) -> Scored | None:
        """The likelihood of each row as a continuation, trusted as far as transitions are many.

        And as far as people are: what a few did, however much, says little of others.
        """
        if moment.crowd is None or not moment.history:
            return None
        likelihood, evidence = moment.crowd.continuations(moment.history, moment.columns)
        if not likelihood.any():
            return None
        people = len(moment.crowd.people)
        trust = people / (people + self.half_people)
        return Scored(likelihood, trust * evidence / (evidence + self.half_evidence))


@dataclass(frozen=True, slots=True)
class TrendScorer:
    """What people turn to just now."""

    name: str = "trend"
    side: Side = "model"
    half_people: float = 50.0

    def scores(self, moment: Moment) -> Scored | None:
        """People of the last days on a log scale, trusted as far as they are many."""
        if moment.crowd is None:
            return None
        columns = moment.columns
        people = moment.crowd.trending(moment.now)
        total = float(people.sum())
        if total <= 0.0:
            return None
        return Scored(np.log1p(people)[columns], total / (total + self.half_people))


@dataclass(frozen=True, slots=True)
class FreshnessScorer:
    """New items first: halved for every `half_life_years` since the item's year."""

    name: str = "freshness"
    side: Side = "model"
    half_life_years: float = 3.0

    def scores(self, moment: Moment) -> Scored:
        """Freshness in [0, 1]; 0 where the year is not known."""
        years = moment.catalogue.numbers("year")[moment.rows]
        age = np.maximum(1970.0 + moment.now / SECONDS_PER_YEAR - years, 0.0)
        return Scored(np.nan_to_num(0.5 ** (age / self.half_life_years), nan=0.0))


def recent_items(moment: Moment) -> list[tuple[str, float]]:
    """The newest items of a history that the catalogue holds, each with its weight.

    Each counts .9 times the one after it; thirty count.
    """
    held = [item_id for item_id in moment.history if item_id in moment.catalogue.row_of]
    return [(item_id, RECENT_DECAY**age) for age, item_id in enumerate(held[:MOST_RECENT])]


@dataclass(frozen=True, slots=True)
class RecentScorer:
    """Likeness to what the person turned to lately, whatever they thought of it."""

    name: str = "recent"
    side: Side = "personal"

    def scores(self, moment: Moment) -> Scored | None:
        """The cosine-like likeness to the newest items, each counting `decay` times the one after.

        Negative values are kept: what is far from the recent items stands below the rest.
        """
        recent = recent_items(moment)
        if not recent:
            return None
        rows = [moment.catalogue.row_of[item_id] for item_id, _ in recent]
        weights = np.array([weight for _, weight in recent], dtype=np.float32)
        direction = (weights / weights.sum()) @ moment.vectors[rows]
        return Scored(over_rows(moment.vectors, moment.rows, lambda held: held @ direction))


@dataclass(frozen=True, slots=True)
class TimeOfDayScorer:
    """What the person turns to at this hour and on such a day, once there are enough events."""

    name: str = "time_of_day"
    side: Side = "personal"
    facet: str = "genre"

    def scores(self, moment: Moment) -> Scored | None:
        """The mean leaning of an item's genres at the moment, in [-1, 1]."""
        index = moment.catalogue.facets.get(self.facet)
        if moment.reading is None or index is None:
            return None
        rhythm = PreferenceLearner(moment.reading).rhythm()
        leaning = {} if rhythm is None else rhythm.leaning(self.facet, moment.now)
        if not leaning:
            return None
        columns = np.array([leaning.get(key, 0.0) for key in index.keys])
        matrix = index.matrix[moment.rows]
        held = np.maximum(np.diff(matrix.indptr), 1)
        return Scored(np.asarray(matrix @ columns, dtype=np.float64) / held)


DEFAULT_SCORERS: Sequence[Scorer] = (
    PopularityScorer(),
    QualityScorer(),
    TransitionScorer(),
    TrendScorer(),
    FreshnessScorer(),
    RecentScorer(),
    TimeOfDayScorer(),
)

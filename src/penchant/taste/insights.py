"""PreferenceLearner: what a profile says about a person, in words and figures people can check.

Each idea has a file of its own: `favourites` (with significance), `likings` (people, decades),
`rating_behaviour`, `patterns`, `drift`, `rhythm`, `interest_names`. All is computed when somebody
looks and nothing of it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cached_property

import numpy as np

from penchant.domain.feedback import FeedbackType
from penchant.domain.profile import Preference
from penchant.taste.drift import Drift, find_drift
from penchant.taste.favourites import Favourite, favourites
from penchant.taste.history import History
from penchant.taste.interest_names import NamedInterest, named_interests
from penchant.taste.likings import Liking, decades, likings
from penchant.taste.patterns import ViewingPatterns, viewing_patterns
from penchant.taste.rating_behaviour import RatingBehaviour, rating_behaviour
from penchant.taste.reading import TasteReading
from penchant.taste.rhythm import Rhythm, rhythm_of

__all__ = ["SEED", "Diversity", "PreferenceLearner", "ViewingPatterns"]

# Permutation tests on a page shuffle alike each time, so that the page says the same each time.
SEED = 20_240_501
ENTHUSIAST_FROM = 0.8
FAN_FROM = 0.6
MOST_PERSONAS = 3
# One in twenty of MovieLens' raters lies below the first, four in ten above the second.
FOCUSED_BELOW = 0.65
WIDE_FROM = 0.85


@dataclass(frozen=True, slots=True)
class Diversity:
    """How wide a taste is: `value` and `confidence` in [0, 1], and a word for it.

    `focused`, `varied` or `wide-ranging`; `unknown` while nothing is liked.
    """

    value: float
    confidence: float
    word: str


@dataclass(frozen=True)
class PreferenceLearner:
    """Reads insights from one taste; computes nothing that is not in it."""

    reading: TasteReading

    @cached_property
    def history(self) -> History:
        """The current verdicts on visible items, as columns."""
        return History.of(self.reading.profile, self.reading.catalogue)

    def top(self, facet: str, most: int = 10) -> list[Preference]:
        """The preferences above neutral, in the order of `TasteReading.liked`."""
        return self.reading.liked(facet)[:most]

    def personas(self) -> list[str]:
        """At most three labels; "Diverse Viewer" when nothing stands out, "New Viewer" at first."""
        schema = self.reading.catalogue.schema
        audience = schema.audience.title()
        if self.reading.profile.is_new:
            return [f"New {audience}"]
        labels = []
        for preference in self.top("genre"):
            # .6 after one watched item is .5999... as soon as a moment has passed.
            if preference.value >= ENTHUSIAST_FROM - 1e-3:
                labels.append(f"{_with_noun(preference.name, schema.noun)} Enthusiast")
            elif preference.value >= FAN_FROM - 1e-3:
                labels.append(f"{preference.name} Fan")
        return labels[:MOST_PERSONAS] or [f"Diverse {audience}"]

    def counts(self) -> Mapping[str, int]:
        """How many items stand as watched, on the list, clicked, rated or sent away, now."""
        kinds = [verdict.kind for verdict in self.reading.profile.verdicts.values()]
        events = self.reading.profile.counts
        return {
            "watched": len(self.reading.profile.consumed),
            "watchlist": sum(kind == FeedbackType.WATCHLIST_ADD for kind in kinds),
            "clicks": events.get(FeedbackType.CLICK, 0) + events.get(FeedbackType.VIEW, 0),
            "ratings": self.reading.profile.ratings.number,
            "dismissed": sum(kind == FeedbackType.DISMISS for kind in kinds),
            "events": sum(events.values()),
        }

    def viewing_patterns(self) -> ViewingPatterns:
        """Typical episode count (median), years (middle 80%), pace and rating style."""
        return viewing_patterns(self.reading.profile, self.history, self.rating_style())

    def rating_style(self) -> str:
        """`generous`, `harsh` or `balanced` against what others gave the same items.

        `unknown` before three ratings. The margin is a twentieth of the scale.
        """
        return self.rating_behaviour().style

    def rating_behaviour(self) -> RatingBehaviour:
        """Style, selectivity and the bias for each genre."""
        return rating_behaviour(self.history)

    def favourites(self, facet: str = "genre") -> tuple[Favourite, ...]:
        """What is chosen or rated above expectation, and what is only a tendency."""
        return favourites(self.history, facet)

    def people(self) -> Mapping[str, tuple[Liking, ...]]:
        """Facet -> those with at least two items, best liked first, for each facet of people."""
        facets = self.reading.catalogue.schema.facets
        return {spec.name: likings(self.history, spec.name) for spec in facets if spec.person}

    def decades(self) -> tuple[Liking, ...]:
        """How items of each decade are liked, in the order of time."""
        return decades(self.history)

    def diversity(self) -> Diversity:
        """How wide the taste in genres is."""
        value, confidence = self.reading.genre_diversity
        if confidence == 0.0:
            return Diversity(value, confidence, "unknown")
        if value < FOCUSED_BELOW:
            return Diversity(value, confidence, "focused")
        return Diversity(value, confidence, "varied" if value < WIDE_FROM else "wide-ranging")

    def drift(self, rng: np.random.Generator | None = None, zone: tzinfo = UTC) -> Drift | None:
        """How the taste in genres has changed lately, None where it has not.

        `rng` shuffles for the permutation test; without it the same shuffles each time. `zone`
        decides in which month the change fell.
        """
        return find_drift(self.history, rng or np.random.default_rng(SEED), zone=zone)

    def rhythm(self, zone: tzinfo = UTC) -> Rhythm | None:
        """When the person likes what, in their time zone; None before 30 moments."""
        return rhythm_of(self.history, zone)

    def interests(self) -> tuple[NamedInterest, ...]:
        """The several tastes, strongest first, each with a name of its own."""
        return named_interests(self.reading.profile, self.reading.catalogue)


def _with_noun(genre: str, noun: str) -> str:
    """Genre and noun: "Medical" gives "Medical Drama"; the genre Drama of dramas stays "Drama"."""
    return genre if genre.casefold() == noun.casefold() else f"{genre} {noun.title()}"

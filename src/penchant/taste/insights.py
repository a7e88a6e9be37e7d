"""PreferenceLearner: what a profile says about a person, in words and figures people can check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from penchant.domain.feedback import FeedbackType
from penchant.domain.profile import Preference
from penchant.taste.preferences import NEUTRAL
from penchant.taste.reading import TasteReading

__all__ = ["PreferenceLearner", "ViewingPatterns"]

ENTHUSIAST_FROM = 0.8
FAN_FROM = 0.6
MOST_PERSONAS = 3
LEAST_RATINGS = 3
STYLE_MARGIN = 0.05
BINGE_WATCHED = 20
BINGE_COMPLETIONS = 3
BINGE_WINDOW_S = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class ViewingPatterns:
    """How somebody watches: typical length, years, pace and rating style."""

    preferred_episode_count: int | None
    preferred_years: tuple[int, int] | None
    binge_watcher: bool
    rating_style: str
    mean_rating: float | None


@dataclass(frozen=True, slots=True)
class PreferenceLearner:
    """Reads insights from one taste; computes nothing that is not in it."""

    reading: TasteReading

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
        profile, catalogue = self.reading.profile, self.reading.catalogue
        liked = [v for v in profile.verdicts.values() if v.target > NEUTRAL]
        items = [catalogue.get(v.item_id) for v in liked if v.item_id in catalogue.row_of]
        episodes = [n for item in items if (n := item.number("episodes")) is not None]
        years = [item.year for item in items if item.year is not None]
        top = catalogue.schema.rating_scale[1]
        mean = profile.ratings.mean
        return ViewingPatterns(
            preferred_episode_count=round(float(np.median(episodes))) if episodes else None,
            preferred_years=_middle(years),
            binge_watcher=self._binges(),
            rating_style=self.rating_style(),
            mean_rating=None if mean is None else mean * top,
        )

    def rating_style(self) -> str:
        """`generous`, `harsh` or `balanced` against what others gave the same items.

        `unknown` before three ratings. The margin is a twentieth of the scale.
        """
        catalogue = self.reading.catalogue
        top = catalogue.schema.rating_scale[1]
        gaps = [
            verdict.value / top - item.rating / top
            for verdict in self.reading.profile.verdicts.values()
            if verdict.kind == FeedbackType.RATING
            and verdict.item_id in catalogue.row_of
            and verdict.value is not None
            for item in [catalogue.get(verdict.item_id)]
            if item.rating is not None
        ]
        if len(gaps) < LEAST_RATINGS:
            return "unknown"
        gap = float(np.mean(gaps))
        if gap > STYLE_MARGIN:
            return "generous"
        return "harsh" if gap < -STYLE_MARGIN else "balanced"

    def _binges(self) -> bool:
        times = sorted(self.reading.profile.consumed.values())
        if len(times) >= BINGE_WATCHED:
            return True
        last = BINGE_COMPLETIONS - 1
        return any(b - a <= BINGE_WINDOW_S for a, b in zip(times, times[last:], strict=False))


def _with_noun(genre: str, noun: str) -> str:
    """Genre and noun: "Medical" gives "Medical Drama"; the genre Drama of dramas stays "Drama"."""
    return genre if genre.casefold() == noun.casefold() else f"{genre} {noun.title()}"


def _middle(years: list[int]) -> tuple[int, int] | None:
    if not years:
        return None
    low, high = np.percentile(years, [10, 90])
    return round(float(low)), round(float(high))

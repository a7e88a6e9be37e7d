"""Viewing patterns: how somebody watches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penchant.domain.profile import UserProfile
from penchant.taste.history import History

__all__ = ["ViewingPatterns", "viewing_patterns"]

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


def viewing_patterns(profile: UserProfile, history: History, rating_style: str) -> ViewingPatterns:
    """Median episode count and middle 80% of the years of what was liked; pace of what was seen."""
    liked = history.positive
    episodes = _known(liked, "episodes")
    years = _known(liked, "year")
    mean = profile.ratings.mean
    return ViewingPatterns(
        preferred_episode_count=round(float(np.median(episodes))) if len(episodes) else None,
        preferred_years=_middle(years),
        binge_watcher=_binges(profile),
        rating_style=rating_style,
        mean_rating=None if mean is None else mean * history.catalogue.schema.rating_scale[1],
    )


def _known(history: History, number: str) -> NDArray[np.float64]:
    values = history.catalogue.numbers(number)[history.rows]
    return values[~np.isnan(values)]


def _binges(profile: UserProfile) -> bool:
    times = sorted(profile.consumed.values())
    if len(times) >= BINGE_WATCHED:
        return True
    last = BINGE_COMPLETIONS - 1
    return any(b - a <= BINGE_WINDOW_S for a, b in zip(times, times[last:], strict=False))


def _middle(years: NDArray[np.float64]) -> tuple[int, int] | None:
    if len(years) == 0:
        return None
    low, high = np.percentile(years, [10, 90])
    return round(float(low)), round(float(high))

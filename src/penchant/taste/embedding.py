"""The user vector: a running mean of signed item vectors, read on the unit sphere.

The seeds print `u <- normalise(u + step * item)`. Normalising at every step makes the second of two
equal likes count less than half of the first; keeping the mean and normalising at the read makes
the first verdicts count alike, which is what the design's worked test asks for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penchant.domain.feedback import FeedbackType
from penchant.domain.profile import RatingStatistics, Verdict

__all__ = ["EmbeddingConfig", "RatingStyle", "updated_taste_sum"]

RATING = FeedbackType.RATING.value
STRONG_KINDS = frozenset({FeedbackType.LOVE.value, FeedbackType.HATE.value})


@dataclass(frozen=True, slots=True)
class EmbeddingConfig:
    """Learning rates: the share of the newest verdict once there are many."""

    learning_rate: float = 0.1
    strong_learning_rate: float = 0.15
    neutral_band: float = 0.1
    neutral_share: float = 0.2


@dataclass(frozen=True, slots=True)
class RatingStyle:
    """How a person rates, shrunk toward a prior while ratings are few; all as shares of the top."""

    prior_mean: float = 0.7
    prior_ratings: float = 5.0
    least_deviation: float = 0.1
    least_ratings: int = 5
    capped_target: float = 0.4

    def mean(self, ratings: RatingStatistics) -> float:
        """The shrunk mean of the ratings so far."""
        total = ratings.total + self.prior_mean * self.prior_ratings
        return total / (ratings.number + self.prior_ratings)

    def target(self, target: float, ratings: RatingStatistics) -> float:
        """A rating's target with the person's own style taken out.

        With at least five ratings, one that lies more than a standard deviation (never less than
        .1) below the person's mean says "not for me", whatever its number: at most .4.
        """
        if ratings.number < self.least_ratings:
            return target
        deviation = max(ratings.deviation, self.least_deviation)
        if target < self.mean(ratings) - deviation:
            return min(target, self.capped_target)
        return target


def updated_taste_sum(
    taste_sum: NDArray[np.float64] | None,
    item_vector: NDArray[np.float64],
    verdict: Verdict,
    target: float,
    verdict_count: int,
    mean_target: float,
    config: EmbeddingConfig,
) -> NDArray[np.float64]:
    """The running mean after one more verdict; `verdict_count` counts those before it.

    Step `max(rate, 1 / (verdict_count + 1))`: the first verdicts count alike and the twentieth
    still moves the vector. Targets below .5 push away; a rating close to the person's mean hardly
    counts.
    """
    kind, strength = verdict.kind, verdict.strength
    rated = kind == RATING
    strong = kind in STRONG_KINDS or (rated and verdict.target >= 1.0)
    rate = config.strong_learning_rate if strong else config.learning_rate
    step = max(rate, 1.0 / (verdict_count + 1))
    sign = 1.0 if target >= 0.5 else -1.0
    # How far a rating lies on its own side of the person's mean: a 6 below a mean of 7 is no
    # dislike and says hardly more than a 7.
    if rated and sign * (target - mean_target) < config.neutral_band:
        strength *= config.neutral_share
    moved = (sign * strength * step) * item_vector
    if taste_sum is not None:
        moved += (1.0 - step) * taste_sum
    return moved

"""Own weights: how much each scorer counts for one person, learned from what they chose.

After a positive verdict on an item that was listed, each scorer is rewarded by how high it alone
had placed that item. The weights start at the global ones and never go far from them before there
is much to go by. Source: exponentiated gradient, Kivinen and Warmuth, 1997.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penchant.ranking.weights import BlendWeights

__all__ = ["EnsembleConfig", "OwnWeights", "learned_weights", "rank_of"]

Ranks = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class EnsembleConfig:
    """`step` scales one lesson, `prior_lessons` is how many lessons the global weights are worth.

    `least_factor` bounds how little a scorer may come to count, as a share of its global weight.
    """

    step: float = 0.1
    prior_lessons: float = 20.0
    least_factor: float = 0.01


@dataclass(frozen=True, slots=True)
class OwnWeights:
    """One person's weights and the number of lessons behind them.

    `factors` are those weights relative to the global ones, by scorer.
    """

    weights: BlendWeights
    lessons: int
    factors: Mapping[str, float]


def rank_of(column: NDArray[np.float64], place: int) -> int:
    """The rank (from 1) of one row by a column alone; among equals it stands in the middle."""
    own = column[place]
    equals = int((column == own).sum()) - 1
    return 1 + int((column > own).sum()) + equals // 2


def learned_weights(
    global_weights: BlendWeights,
    lessons: Iterable[Ranks],
    config: EnsembleConfig = EnsembleConfig(),
) -> OwnWeights:
    """The weights after lessons in their order.

    A lesson gives the rank (from 1) that each scorer alone gave the chosen item. Its reward is
    `r = 1 / log2(1 + rank)`; each factor is multiplied by `exp(step * (r - mean r))`. The result
    mixes them with the global weights as `(prior * global + lessons * own) / (prior + lessons)`.
    """
    factors: dict[str, float] = {}
    count = 0
    for ranks in lessons:
        if not ranks:
            continue
        count += 1
        rewards = {name: 1.0 / float(np.log2(1.0 + rank)) for name, rank in ranks.items()}
        mean = sum(rewards.values()) / len(rewards)
        for name, reward in rewards.items():
            moved = factors.get(name, 1.0) * float(np.exp(config.step * (reward - mean)))
            factors[name] = max(moved, config.least_factor)
    share = count / (config.prior_lessons + count)
    mixed = {name: 1.0 + share * (factor - 1.0) for name, factor in factors.items()}
    weights = BlendWeights(
        {n: w * mixed.get(n, 1.0) for n, w in global_weights.personal_weights.items()},
        {n: w * mixed.get(n, 1.0) for n, w in global_weights.model_weights.items()},
        global_weights.other,
    )
    return OwnWeights(weights, count, mixed)

"""Is it more than chance? Exact tails, many tests at once, and a permutation test.

The tails come from `scipy.special`: `scipy.stats.binomtest` gives the same numbers, but importing
it takes a third of the start of a command.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, entr, gammaln

__all__ = [
    "DISCOVERY_RATE",
    "PERMUTATIONS",
    "SIGNIFICANT_BELOW",
    "binomial_tail",
    "discoveries",
    "hypergeometric_tail",
    "jensen_shannon",
    "permutation_test",
]

DISCOVERY_RATE = 0.1
PERMUTATIONS = 999
SIGNIFICANT_BELOW = 0.05
# Equal divergences may differ in their last digits by the order of their sums.
ROUNDING = 1e-12


def binomial_tail(successes: ArrayLike, trials: int, chance: ArrayLike) -> NDArray[np.float64]:
    """P(X >= successes) for X ~ Binomial(trials, chance), elementwise: the exact one-sided test."""
    hits = np.asarray(successes, dtype=np.float64)
    certain = hits <= 0.0
    at_least_one = np.where(certain, 1.0, hits)
    misses = np.maximum(trials - at_least_one + 1.0, 1.0)
    tail = betainc(at_least_one, misses, np.asarray(chance, dtype=np.float64))
    return np.where(certain, 1.0, np.where(hits > trials, 0.0, tail))


def hypergeometric_tail(hits: int, draws: int, marked: int, population: int) -> float:
    """P(at least `hits` marked ones) among `draws` of a `population` that holds `marked`.

    The one-sided exact test of Fisher.
    """
    most = min(draws, marked)
    if hits > most:
        return 0.0
    least = max(hits, draws + marked - population, 0)
    found = np.arange(least, most + 1)
    logs = (
        _log_choose(marked, found)
        + _log_choose(population - marked, draws - found)
        - _log_choose(population, np.asarray(draws))
    )
    return min(float(np.exp(logs).sum()), 1.0)


def discoveries(p: ArrayLike, rate: float = DISCOVERY_RATE) -> NDArray[np.bool_]:
    """Which p-values stand when all are looked at (Benjamini-Hochberg), bool (tests,).

    At most `rate` of those that stand are chance, on average; where nothing is true, nothing
    stands in 1 - `rate` of all cases.
    """
    values = np.asarray(p, dtype=np.float64)
    stands = np.zeros(len(values), dtype=np.bool_)
    order = np.argsort(values, kind="stable")
    bounds = rate * np.arange(1, len(values) + 1) / max(len(values), 1)
    passed = np.flatnonzero(values[order] <= bounds)
    if len(passed):
        stands[order[: passed[-1] + 1]] = True
    return stands


def jensen_shannon(
    shares: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The weighted Jensen-Shannon divergence of `shares`, in bits.

    `shares`: (..., groups, values), each row a distribution. `weights`: (groups,), summing to 1.
    Two groups of equal weight diverge by 0 (alike) to 1 (nothing in common).
    """
    mixed = np.einsum("...gv,g->...v", shares, weights)
    within = np.einsum("...gv,g->...", entr(shares), weights)
    bits = (entr(mixed).sum(axis=-1) - within) / np.log(2.0)
    # Rounding makes groups that are alike diverge by a hair less than nothing.
    return np.asarray(np.maximum(bits, 0.0), dtype=np.float64)


def permutation_test(
    mass: NDArray[np.float64],
    groups: NDArray[np.int64],
    weights: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[float, float]:
    """How far groups of rows diverge, and how often shuffled rows would diverge as much.

    `mass`: (rows, values), each row summing to 1. `groups`: (rows,), from 0 and none empty.
    `weights`: (groups,). Returns (divergence, p) with p = (1 + as much) / (1 + 999).
    """
    member = np.eye(len(weights))[groups]
    sizes = member.sum(axis=0)
    told = jensen_shannon((member.T @ mass) / sizes[:, np.newaxis], weights)
    shuffled = rng.permuted(np.tile(groups, (PERMUTATIONS, 1)), axis=1)
    shares = np.stack(
        [((shuffled == group) @ mass) / size for group, size in enumerate(sizes)], axis=1
    )
    as_much = int((jensen_shannon(shares, weights) >= told - ROUNDING).sum())
    return float(told), (1 + as_much) / (1 + PERMUTATIONS)


def _log_choose(total: int, chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(
        gammaln(total + 1.0) - gammaln(chosen + 1.0) - gammaln(total - chosen + 1.0),
        dtype=np.float64,
    )

"""Drift: whether a taste has changed lately, when, and from what to what.

Computed when somebody looks, never inside the fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

import numpy as np
from numpy.typing import NDArray

from penchant.taste.history import FacetMass, History
from penchant.taste.significance import SIGNIFICANT_BELOW, permutation_test

__all__ = ["Drift", "ShareChange", "find_drift"]

RECENT = 20
MOST_BEFORE = 60
LEAST_BEFORE = 10
LEAST_SIDE = 5
WORTH_NAMING = 0.05
MOST_NAMED = 3
# A phase was a good part of what somebody watched, and little of it is left.
PHASE_FROM = 0.2
PHASE_LEFT = 1.0 / 3.0


@dataclass(frozen=True, slots=True)
class ShareChange:
    """A value's share of the positive verdicts before and in the most recent ones."""

    name: str
    before: float
    since: float


@dataclass(frozen=True, slots=True)
class Drift:
    """A change of taste: its sentence, when it came, what rose and what fell.

    `at` is when the old taste was last followed, Unix seconds. `divergence` is the Jensen-Shannon
    divergence (bits, 0 to 1) between the `recent` positive verdicts and the `before` ones, `p` how
    often shuffled verdicts diverge as much. `rose` and `fell` hold up to three values, the largest
    change first.
    """

    sentence: str
    at: float
    divergence: float
    p: float
    rose: tuple[ShareChange, ...]
    fell: tuple[ShareChange, ...]
    recent: int
    before: int


def find_drift(
    history: History, rng: np.random.Generator, facet: str = "genre", zone: tzinfo = UTC
) -> Drift | None:
    """The change between the last 20 positive verdicts and up to 60 before; None without one.

    None, too, while there are fewer than 10 before the last 20, or when all have the same time.
    """
    spread = history.positive.mass(facet)
    kept = slice(-(RECENT + MOST_BEFORE), None)
    mass = spread.mass[kept]
    at = history.positive.at[spread.verdicts[kept]]
    before = len(mass) - RECENT
    if before < LEAST_BEFORE or at[0] == at[-1]:
        return None
    recent = (np.arange(len(mass)) >= before).astype(np.int64)
    divergence, p = permutation_test(mass, recent, np.array([0.5, 0.5]), rng)
    if p >= SIGNIFICANT_BELOW:
        return None
    rose, fell = _changes(spread, mass[:before].mean(axis=0), mass[before:].mean(axis=0))
    when = float(at[_turning_point(mass) - 1])
    return Drift(
        sentence=_sentence(rose, fell, datetime.fromtimestamp(when, zone)),
        at=when,
        divergence=divergence,
        p=p,
        rose=rose,
        fell=fell,
        recent=RECENT,
        before=before,
    )


def _changes(
    spread: FacetMass, before: NDArray[np.float64], since: NDArray[np.float64]
) -> tuple[tuple[ShareChange, ...], tuple[ShareChange, ...]]:
    """What rose and what fell; the largest change of each always, others when worth naming."""
    changes = sorted(
        (
            ShareChange(name, float(b), float(s))
            for name, b, s in zip(spread.names, before, since, strict=True)
        ),
        key=lambda change: (change.before - change.since, change.name),
    )
    rose = [c for c in changes if c.since - c.before >= WORTH_NAMING][:MOST_NAMED]
    fell = [c for c in reversed(changes) if c.before - c.since >= WORTH_NAMING][:MOST_NAMED]
    # A change that many small ones make up has its largest parts named all the same.
    return tuple(rose or changes[:1]), tuple(fell or changes[-1:])


def _turning_point(mass: NDArray[np.float64]) -> int:
    """How many rows come before the change: where the means of both sides differ the most.

    The largest sum of squares between the sides (a CUSUM), with at least five rows on each.
    """
    count = len(mass)
    before = np.arange(LEAST_SIDE, count - LEAST_SIDE + 1)
    excess = np.cumsum(mass - mass.mean(axis=0), axis=0)[before - 1]
    between = (excess**2).sum(axis=1) * count / (before * (count - before))
    return int(before[np.argmax(between)])


def _sentence(rose: tuple[ShareChange, ...], fell: tuple[ShareChange, ...], when: datetime) -> str:
    month = f"{when:%B %Y}"
    more, less = _in_a_sentence(rose[0].name), _in_a_sentence(fell[0].name)
    if fell[0].before >= PHASE_FROM and fell[0].since <= PHASE_LEFT * fell[0].before:
        return f"Your {less} phase ended in {month}; since then more {more}"
    return f"Since {month} less {less} and more {more}"


def _in_a_sentence(name: str) -> str:
    return name if name.isupper() else name.lower()

"""What is known of one person: a fold over that person's records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from penchant.domain.record import Statement, StatementAction

__all__ = [
    "Interest",
    "Preference",
    "PreferenceSource",
    "PreferenceState",
    "RatingStatistics",
    "UserProfile",
    "Verdict",
]


class PreferenceSource(StrEnum):
    """Where a preference comes from: stated by the person, or inferred from events."""

    EXPLICIT = "explicit"
    IMPLICIT = "implicit"


class PreferenceState(NamedTuple):
    """What is stored of one facet value: nothing here depends on when it is read.

    `value` in [0, 1] (.5 neutral) and the evidence behind it, both as of `at`. Evidence is kept in
    two sums because deliberate feedback fades more slowly than implicit feedback.
    """

    value: float
    deliberate_evidence: float
    implicit_evidence: float
    at: float


@dataclass(frozen=True, slots=True)
class Preference:
    """A preference as read at one moment, after fading and after what the person stated."""

    category: str
    name: str
    value: float
    confidence: float | None
    evidence: float
    source: PreferenceSource
    last_updated: float


class Verdict(NamedTuple):
    """What a user thinks of an item now: the strongest current event about it."""

    item_id: str
    event_id: str
    kind: str
    strength: float
    target: float
    rank: int
    at: float
    position: int
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Interest:
    """One of several tastes: a centroid of liked items, how strong it is and when it last grew."""

    centroid: NDArray[np.float64]
    strength: float
    last_at: float
    item_ids: tuple[str, ...] = ()

    @property
    def confidence(self) -> float:
        """In [0, 1): grows with the evidence behind the interest."""
        return self.strength / (self.strength + 2.0)


class RatingStatistics(NamedTuple):
    """Sums over a user's current ratings, each as a share of the scale's top."""

    number: int = 0
    total: float = 0.0
    total_of_squares: float = 0.0

    @property
    def mean(self) -> float | None:
        """The plain mean, None before the first rating."""
        return None if self.number == 0 else self.total / self.number

    @property
    def deviation(self) -> float:
        """The population standard deviation, 0 before the second rating."""
        if self.number == 0:
            return 0.0
        mean = self.total / self.number
        return float(max(self.total_of_squares / self.number - mean * mean, 0.0) ** 0.5)


@dataclass(frozen=True, slots=True)
class UserProfile:
    """The taste of one person.

    Everything but `version` and `position` is a pure function of the person's live records, of the
    items they are about and of the encoder. `preferences` maps facet name -> facet key -> state.
    `names` maps "facet:key" to a spelling that people may be shown. `taste_sum` is the running mean
    of signed item vectors, not normalised; `vector` normalises it. `consumed` maps an item to the
    time it was first finished or rated, whatever was said of it later. `last` is the (at, position)
    of the newest record that was folded.
    """

    user_id: str
    version: int = 0
    position: int = 0
    created_at: float | None = None
    updated_at: float | None = None
    last: tuple[float, int] = (float("-inf"), 0)
    preferences: Mapping[str, Mapping[str, PreferenceState]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    taste_sum: NDArray[np.float64] | None = None
    verdict_count: int = 0
    evidence: float = 0.0
    interests: tuple[Interest, ...] = ()
    ratings: RatingStatistics = RatingStatistics()
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    consumed: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    statements: tuple[Statement, ...] = ()
    fingerprint: str = ""

    @property
    def vector(self) -> NDArray[np.float64] | None:
        """The user vector on the unit sphere, None while nothing is known."""
        if self.taste_sum is None:
            return None
        norm = float(np.linalg.norm(self.taste_sum))
        return None if norm == 0.0 else self.taste_sum / norm

    @property
    def is_new(self) -> bool:
        """Whether nothing at all is known of this person."""
        known = any(said.action is not StatementAction.FORGET for said in self.statements)
        return not self.verdicts and not known

    def at_version(self, version: int, position: int) -> UserProfile:
        """The same taste, numbered."""
        return replace(self, version=version, position=position)

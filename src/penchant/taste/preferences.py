"""PreferenceExtractor: facet preferences by moving average, with evidence and fading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import chain
from math import inf

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.lessons import Lesson
from penchant.domain.profile import PreferenceState

__all__ = [
    "NEUTRAL",
    "PreferenceConfig",
    "PreferenceExtractor",
    "confidence_of",
    "faded",
    "faded_columns",
]

NEUTRAL = 0.5
UNSEEN = PreferenceState(NEUTRAL, 0.0, 0.0, inf)
SECONDS_PER_DAY = 86_400.0
MOST_PASSED_OVER = 4

# What speaks for keeping a preference, when it last moved, its facet key, and the state itself.
_Weighed = tuple[float, float, str, PreferenceState]


@dataclass(frozen=True, slots=True)
class PreferenceConfig:
    """`learning_rate` is the share of the new evidence (the seed's 0.2)."""

    learning_rate: float = 0.2
    half_life_days: float = 90.0
    implicit_half_life_days: float = 30.0
    most_keys_per_facet: int = 200


def faded(state: PreferenceState, at: float, config: PreferenceConfig) -> PreferenceState:
    """The state as it stands at a later time; an earlier time changes nothing.

    Each evidence sum halves with its own half-life, and the distance from neutral shrinks by the
    same share as the evidence. Fading in two steps equals fading in one.
    """
    return state if at <= state.at else _moved(state, 0.0, 0.0, NEUTRAL, at, config)


def _moved(
    state: PreferenceState,
    deliberate: float,
    implicit: float,
    target: float,
    at: float,
    config: PreferenceConfig,
) -> PreferenceState:
    """The state as it has faded by `at`, moved toward `target` by that much new evidence."""
    value, slow, fast, then = state
    elapsed_days = (at - then) / SECONDS_PER_DAY
    if elapsed_days > 0.0:
        before = slow + fast
        if slow:  # most preferences have one kind of evidence, and this is the dearest line
            slow *= 0.5 ** (elapsed_days / config.half_life_days)
        if fast:
            fast *= 0.5 ** (elapsed_days / config.implicit_half_life_days)
        kept = (slow + fast) / before if before > 0.0 else 0.0
        value = NEUTRAL + (value - NEUTRAL) * kept
    moved = value + config.learning_rate * (deliberate + implicit) * (target - value)
    if moved < value and target > NEUTRAL:
        moved = value
    elif moved > 1.0:
        moved = 1.0
    elif moved < 0.0:
        moved = 0.0
    return PreferenceState(moved, slow + deliberate, fast + implicit, at)


def faded_columns(
    states: Iterable[PreferenceState], at: float, config: PreferenceConfig
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`faded` for many states at once: values and evidence, float64 (states,) each."""
    stored = np.fromiter(chain.from_iterable(states), np.float64).reshape(-1, 4)
    value, evidence = stored[:, 0], stored[:, 1:3]
    days = np.maximum(at - stored[:, 3:], 0.0) / SECONDS_PER_DAY
    left = evidence * 0.5 ** (days / (config.half_life_days, config.implicit_half_life_days))
    before, after = evidence.sum(axis=1), left.sum(axis=1)
    kept = np.divide(after, before, out=np.zeros(len(stored)), where=before > 0.0)
    return np.where(days[:, 0] > 0.0, NEUTRAL + (value - NEUTRAL) * kept, value), after


def confidence_of(evidence: float) -> float | None:
    """The share n / (n + 2) over faded evidence n; None when the value was never seen."""
    return evidence / (evidence + 2.0) if evidence > 0.0 else None


@dataclass(slots=True)
class PreferenceExtractor:
    """Turns verdicts on items into preferences for the items' facet values, in place.

    `preferences` maps facet -> facet key -> state, `names` maps "facet:key" to the spelling met
    first. Both are the extractor's own while it learns.
    """

    config: PreferenceConfig = field(default_factory=PreferenceConfig)
    preferences: dict[str, dict[str, PreferenceState]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    # Of each facet that has been full, a heap of its states and of what they were before.
    _by_weight: dict[str, list[_Weighed]] = field(default_factory=dict)

    def learn(
        self,
        lessons: Iterable[Lesson],
        strength: float,
        target: float,
        at: float,
        *,
        deliberate: bool,
    ) -> None:
        """Move the preference for every facet value of an item toward `target`.

        `new = old + learning_rate * strength * (target - old)` from .5 for an unseen value; a
        target above .5 never lowers a preference. Later places of an ordered facet (cast) count
        less.
        """
        config, spelled = self.config, self.names
        slow, fast = (strength, 0.0) if deliberate else (0.0, strength)
        # Values that were never seen before and count alike come to stand alike: worked out once.
        fresh: dict[float, PreferenceState] = {}
        for facet, keys, names, weights in lessons:
            states = self.preferences.setdefault(facet, {})
            for key, name, weight in zip(keys, names, weights, strict=True):
                old = states.get(key)
                new = fresh.get(weight) if old is None else None
                if new is None:
                    new = _moved(old or UNSEEN, slow * weight, fast * weight, target, at, config)
                if old is None:
                    fresh[weight] = new
                    spelled.setdefault(f"{facet}:{key}", name)
                states[key] = new
            if facet in self._by_weight or len(states) > config.most_keys_per_facet:
                self._prune(facet, states, keys)

    def forget(self, facet: str, key: str) -> None:
        """Drop what was learned of one value; its spelling stays."""
        self.preferences.get(facet, {}).pop(key, None)

    def _prune(
        self, facet: str, states: dict[str, PreferenceState], touched: tuple[str, ...]
    ) -> None:
        """Drop the weakest: least pull times confidence, then oldest, then first by name."""
        # A full facet is pruned at nearly every event: its states stay in order of weight, and one
        # that has moved on since is passed over when its turn comes.
        most = self.config.most_keys_per_facet
        by_weight = self._by_weight.get(facet)
        if by_weight is None or len(by_weight) > MOST_PASSED_OVER * most:
            by_weight = self._by_weight[facet] = _weighed(states.items())
            heapify(by_weight)
        else:
            for entry in _weighed([(key, states[key]) for key in touched]):
                heappush(by_weight, entry)
        while len(states) > most:
            _, _, key, state = heappop(by_weight)
            if states.get(key) is state:
                del states[key]
                self.names.pop(f"{facet}:{key}", None)


def _weighed(states: Iterable[tuple[str, PreferenceState]]) -> list[_Weighed]:
    return [
        (abs(value - NEUTRAL) * ((slow + fast) / (slow + fast + 2.0)), at, key, state)
        for key, state in states
        for value, slow, fast, at in (state,)
    ]

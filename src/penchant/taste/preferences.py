"""PreferenceExtractor: facet preferences by moving average, with evidence and fading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from penchant.domain.item import FacetSpec, Item, facet_key
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
SECONDS_PER_DAY = 86_400.0


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
    elapsed_days = (at - state.at) / SECONDS_PER_DAY
    if elapsed_days <= 0.0:
        return state
    deliberate = state.deliberate_evidence * 0.5 ** (elapsed_days / config.half_life_days)
    implicit = state.implicit_evidence * 0.5 ** (elapsed_days / config.implicit_half_life_days)
    before = state.deliberate_evidence + state.implicit_evidence
    kept = (deliberate + implicit) / before if before > 0.0 else 0.0
    return PreferenceState(NEUTRAL + (state.value - NEUTRAL) * kept, deliberate, implicit, at)


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


@dataclass(frozen=True)
class PreferenceExtractor:
    """Turns a verdict on an item into preferences for the item's facet values."""

    facets: Sequence[FacetSpec]
    config: PreferenceConfig = PreferenceConfig()

    def learn(
        self,
        preferences: dict[str, dict[str, PreferenceState]],
        names: dict[str, str],
        item: Item,
        strength: float,
        target: float,
        at: float,
        *,
        deliberate: bool,
    ) -> None:
        """Move the preference for every facet value of the item toward `target`, in place.

        `new = old + learning_rate * strength * (target - old)` from .5 for an unseen value; a
        target above .5 never lowers a preference. Later places of an ordered facet (cast) count
        less, and a value that stands twice counts once.
        """
        for spec in self.facets:
            values = item.facets.get(spec.name)
            if not values:
                continue
            states = preferences.setdefault(spec.name, {})
            weights = spec.position_weights
            if weights:
                values = values[: len(weights)]
            touched: set[str] = set()
            for place, name in enumerate(values):
                key = facet_key(name)
                if key in touched:
                    continue
                touched.add(key)
                names.setdefault(f"{spec.name}:{key}", name)
                share = strength * weights[place] if weights else strength
                states[key] = self._moved(states.get(key), share, target, at, deliberate=deliberate)
            if len(states) > self.config.most_keys_per_facet:
                self._prune(states, names, spec.name)

    def _moved(
        self,
        old: PreferenceState | None,
        share: float,
        target: float,
        at: float,
        *,
        deliberate: bool,
    ) -> PreferenceState:
        if old is None:
            value, slow, fast = NEUTRAL, 0.0, 0.0
        else:
            value, slow, fast, _ = faded(old, at, self.config)
        moved = value + self.config.learning_rate * share * (target - value)
        if target > NEUTRAL:
            moved = max(moved, value)
        moved = min(max(moved, 0.0), 1.0)
        if deliberate:
            return PreferenceState(moved, slow + share, fast, at)
        return PreferenceState(moved, slow, fast + share, at)

    def _prune(self, states: dict[str, PreferenceState], names: dict[str, str], facet: str) -> None:
        """Drop the weakest: least pull times confidence, then oldest, then first by name."""
        # A full facet is pruned at nearly every event, so most keys are only weighed.
        too_many = len(states) - self.config.most_keys_per_facet
        weights = [
            abs(value - NEUTRAL) * ((slow + fast) / (slow + fast + 2.0))
            for value, slow, fast, _ in states.values()
        ]
        bound = sorted(weights)[too_many - 1]
        lightest = sorted(
            (weight, states[key].at, key)
            for weight, key in zip(weights, states, strict=True)
            if weight <= bound
        )
        for _, _, key in lightest[:too_many]:
            del states[key]
            names.pop(f"{facet}:{key}", None)

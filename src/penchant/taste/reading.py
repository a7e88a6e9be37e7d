"""A profile read at one moment, laid out over the columns of one catalogue.

Reading is where old evidence fades and where what the person stated applies. Nothing read is ever
stored, so a fold never depends on when somebody looked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.domain.feedback import FeedbackType
from penchant.domain.item import facet_key
from penchant.domain.profile import Preference, PreferenceSource, PreferenceState, UserProfile
from penchant.domain.record import Statement, StatementAction
from penchant.taste.preferences import NEUTRAL, PreferenceConfig, confidence_of, faded

__all__ = ["TasteReading"]

DONE_KINDS = frozenset(
    {
        FeedbackType.LOVE,
        FeedbackType.HATE,
        FeedbackType.LIKE,
        FeedbackType.DISLIKE,
        FeedbackType.THUMBS_UP,
        FeedbackType.THUMBS_DOWN,
        FeedbackType.DISMISS,
    }
)
LIKED_AT_LEAST = 0.7
PINNED_AT_LEAST = 0.9
STATED_CONFIDENCE = {StatementAction.LIKE: 0.5, StatementAction.PIN: 1.0}


@dataclass(frozen=True)
class TasteReading:
    """One person's taste at `now`, ready for scoring the rows of `catalogue`."""

    profile: UserProfile
    catalogue: Catalogue
    now: float
    config: PreferenceConfig = PreferenceConfig()

    @cached_property
    def preferences(self) -> dict[str, dict[str, Preference]]:
        """Facet -> facet key -> preference."""
        facets = {*self.profile.preferences, *(s.facet for s in self.profile.statements)}
        return {
            facet: _facet_preferences(self.profile, facet, self.now, self.config)
            for facet in facets
        }

    def columns(self, facet: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Preference values (.5 unseen) and confidences (0 unseen), float64 (values,) each."""
        if facet not in self._columns:
            index = self.catalogue.facets[facet]
            values = np.full(len(index.keys), NEUTRAL)
            confidences = np.zeros(len(index.keys))
            for key, preference in self.preferences.get(facet, {}).items():
                column = index.column_of.get(key)
                if column is not None:
                    values[column] = preference.value
                    confidences[column] = preference.confidence or 0.0
            self._columns[facet] = (values, confidences)
        return self._columns[facet]

    @cached_property
    def _columns(self) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        return {}

    def leanings(self, facet: str, most: int) -> tuple[NDArray[np.float64], float]:
        """The `most` strongest leanings of a facet, over the catalogue's columns, and their norm.

        A leaning is (value - .5) * confidence. The norm counts values that no item has, too: they
        are part of the taste.
        """
        found = [
            ((p.value - NEUTRAL) * (p.confidence or 0.0), key)
            for key, p in self.preferences.get(facet, {}).items()
        ]
        strongest = sorted(found, key=lambda leaning: (-abs(leaning[0]), leaning[1]))[:most]
        index = self.catalogue.facets[facet]
        columns = np.zeros(len(index.keys))
        for amount, key in strongest:
            if key in index.column_of:
                columns[index.column_of[key]] = amount
        return columns, float(np.linalg.norm([amount for amount, _ in strongest]))

    @cached_property
    def muted(self) -> Mapping[str, tuple[str, ...]]:
        """Facet -> values whose items are kept away."""
        found: dict[str, tuple[str, ...]] = {}
        for statement in self.profile.statements:
            if statement.action is StatementAction.MUTE:
                known = found.get(statement.facet, ())
                found[statement.facet] = (*known, statement.name)
        return found

    @cached_property
    def seen_items(self) -> frozenset[str]:
        """Items the person is done with: consumed, judged, or sent away."""
        judged = {v.item_id for v in self.profile.verdicts.values() if v.kind in DONE_KINDS}
        return frozenset(judged | self.profile.consumed.keys())

    def liked(self, facet: str) -> list[Preference]:
        """The facet's preferences above neutral, highest first.

        Equal values are ordered by evidence, then the rarer value first (it says more of a person),
        then by name.
        """
        if facet not in self._liked:
            above = (p for p in self.preferences.get(facet, {}).values() if p.value > NEUTRAL)
            self._liked[facet] = sorted(
                above,
                key=lambda p: (-round(p.value, 6), -p.evidence, self.items_with(p), p.name),
            )
        return self._liked[facet]

    def rank_of(self, facet: str, name: str) -> int | None:
        """The place (from 1) of a value among the facet's preferences above neutral."""
        key = facet_key(name)
        for place, preference in enumerate(self.liked(facet), start=1):
            if facet_key(preference.name) == key:
                return place
        return None

    def items_with(self, preference: Preference) -> int:
        """How many items of the catalogue have the preferred value."""
        index = self.catalogue.facets.get(preference.category)
        column = None if index is None else index.column_of.get(facet_key(preference.name))
        return 0 if index is None or column is None else int(index.item_counts[column])

    @cached_property
    def _liked(self) -> dict[str, list[Preference]]:
        return {}

    @cached_property
    def genre_diversity(self) -> tuple[float, float]:
        """(diversity, confidence) of the positive genre mass, both in [0, 1].

        Diversity is the entropy of the mass above neutral over the log of the number of genres in
        the catalogue: 0 for one genre or none. Confidence is n / (n + 2) over all genre evidence
        per item, weighted by that mass.
        """
        liked = [p for p in self.preferences.get("genre", {}).values() if p.value > NEUTRAL]
        genres = len(self.catalogue.facets["genre"].keys) if "genre" in self.catalogue.facets else 0
        if not liked:
            return 0.0, 0.0
        mass = np.array([p.value - NEUTRAL for p in liked])
        confidence = np.array([p.confidence or 0.0 for p in liked])
        share = mass / mass.sum()
        certainty = float(share @ confidence)
        if len(liked) == 1 or genres <= 1:
            return 0.0, certainty
        entropy = float(-(share * np.log(share)).sum())
        return min(entropy / float(np.log(genres)), 1.0), certainty


def _facet_preferences(
    profile: UserProfile, facet: str, now: float, config: PreferenceConfig
) -> dict[str, Preference]:
    states = profile.preferences.get(facet, {})
    found = {
        key: _as_read(facet, profile.names.get(f"{facet}:{key}", key), state, now, config)
        for key, state in states.items()
    }
    for statement in profile.statements:
        if statement.facet == facet:
            key = facet_key(statement.name)
            stated = _as_stated(statement, found.get(key))
            if stated is not None:
                found[key] = stated
    return found


def _as_read(
    facet: str, name: str, state: PreferenceState, now: float, config: PreferenceConfig
) -> Preference:
    current = faded(state, now, config)
    evidence = current.deliberate_evidence + current.implicit_evidence
    return Preference(
        category=facet,
        name=name,
        value=current.value,
        confidence=confidence_of(evidence),
        evidence=evidence,
        source=PreferenceSource.IMPLICIT,
        last_updated=state.at,
    )


def _as_stated(statement: Statement, learned: Preference | None) -> Preference | None:
    value = NEUTRAL if learned is None else learned.value
    confidence = None if learned is None else learned.confidence
    if statement.action is StatementAction.LIKE:
        value = max(value, LIKED_AT_LEAST)
    elif statement.action is StatementAction.PIN:
        value = max(value, PINNED_AT_LEAST)
    elif statement.action is StatementAction.CAP:
        value = min(value, statement.value if statement.value is not None else NEUTRAL)
    elif statement.action is StatementAction.MUTE:
        value = 0.0
    else:
        return learned
    least = STATED_CONFIDENCE.get(statement.action)
    if least is not None:
        confidence = max(confidence or 0.0, least)
    return Preference(
        category=statement.facet,
        name=statement.name if learned is None else learned.name,
        value=value,
        confidence=confidence,
        evidence=0.0 if learned is None else learned.evidence,
        source=PreferenceSource.EXPLICIT,
        last_updated=statement.at,
    )

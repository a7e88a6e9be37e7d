"""A profile read at one moment, laid out over the columns of one catalogue.

Reading is where old evidence fades and where what the person stated applies. Nothing read is ever
stored, so a fold never depends on when somebody looked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from itertools import groupby
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.domain.feedback import FeedbackType
from penchant.domain.item import facet_key
from penchant.domain.profile import Preference, PreferenceSource, PreferenceState, UserProfile
from penchant.domain.record import Statement, StatementAction
from penchant.taste.preferences import (
    NEUTRAL,
    PreferenceConfig,
    confidence_of,
    faded,
    faded_columns,
)

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
TURNED_DOWN = frozenset(
    {
        FeedbackType.HATE,
        FeedbackType.DISLIKE,
        FeedbackType.THUMBS_DOWN,
        FeedbackType.DISMISS,
    }
)
LIKED_AT_LEAST = 0.7
PINNED_AT_LEAST = 0.9
STATED_CONFIDENCE = {StatementAction.LIKE: 0.5, StatementAction.PIN: 1.0}


@dataclass(frozen=True)
class TasteReading:
    """One person's taste at `now`, ready for scoring the rows of `catalogue`.

    Where `catalogue` holds only some candidates, `wider` says how rare a value really is.
    """

    profile: UserProfile
    catalogue: Catalogue
    now: float
    config: PreferenceConfig = PreferenceConfig()
    wider: Catalogue | None = None

    @cached_property
    def preferences(self) -> dict[str, dict[str, Preference]]:
        """Facet -> facet key -> preference."""
        facets = {*self.profile.preferences, *(s.facet for s in self.profile.statements)}
        return {
            facet: {k: p for k in self.read(facet) if (p := self.preference(facet, k)) is not None}
            for facet in facets
        }

    def preference(self, facet: str, key: str) -> Preference | None:
        """One preference by facet key, None when nothing was learned or stated."""
        place = (facet, key)
        if place not in self._built:
            stated = self._stated.get(place)
            self._built[place] = self._learned(facet, key) if stated is None else stated
        return self._built[place]

    @cached_property
    def _built(self) -> dict[tuple[str, str], Preference | None]:
        return {}

    def read(self, facet: str) -> Mapping[str, tuple[float, float, float]]:
        """Facet key -> (value, confidence, evidence); confidence is 0 without evidence.

        A taste holds hundreds of values and an answer speaks of a few: only those need become
        preferences.
        """
        if facet not in self._reads:
            stored = self.profile.preferences.get(facet, {})
            values, evidence = faded_columns(stored.values(), self.now, self.config)
            columns = (values, evidence / (evidence + 2.0), evidence)
            rows = zip(*(column.tolist() for column in columns), strict=True)
            read = dict(zip(stored, rows, strict=True))
            for (category, key), p in self._stated.items():
                if category == facet:
                    read[key] = (p.value, p.confidence or 0.0, p.evidence)
            self._reads[facet] = read
        return self._reads[facet]

    @cached_property
    def _reads(self) -> dict[str, dict[str, tuple[float, float, float]]]:
        return {}

    def columns(self, facet: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Preference values (.5 unseen) and confidences (0 unseen), float64 (values,) each."""
        if facet not in self._columns:
            column_of = self.catalogue.facets[facet].column_of
            values, confidences = np.full(len(column_of), NEUTRAL), np.zeros(len(column_of))
            held = {column_of[k]: r for k, r in self.read(facet).items() if k in column_of}
            if held:
                columns, read = list(held), np.array(list(held.values()))
                values[columns], confidences[columns] = read[:, 0], read[:, 1]
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
        leanings = {key: (v - NEUTRAL) * trust for key, (v, trust, _) in self.read(facet).items()}
        strongest = nsmallest(most, ((-abs(amount), key) for key, amount in leanings.items()))
        column_of = self.catalogue.facets[facet].column_of
        columns = np.zeros(len(column_of))
        for _, key in strongest:
            if key in column_of:
                columns[column_of[key]] = leanings[key]
        return columns, float(np.linalg.norm([size for size, _ in strongest]))

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
        """Items the person is done with: consumed, judged, or sent away.

        What is consumed again and again is done with only when it was turned down.
        """
        if self.catalogue.schema.repeatable:
            verdicts = self.profile.verdicts.values()
            return frozenset(v.item_id for v in verdicts if v.kind in TURNED_DOWN)
        judged = {v.item_id for v in self.profile.verdicts.values() if v.kind in DONE_KINDS}
        return frozenset(judged | self.profile.consumed.keys())

    def liked(self, facet: str) -> list[Preference]:
        """The facet's preferences above neutral, highest first.

        Equal values are ordered by evidence, then the rarer value first (it says more of a person),
        then by name.
        """
        found = (self.preference(facet, key) for key in self._places(facet))
        return [preference for preference in found if preference is not None]

    def rank_of(self, facet: str, name: str) -> int | None:
        """The place (from 1) of a value among the facet's preferences above neutral."""
        return self._places(facet).get(facet_key(name))

    def rarest_first(self, facet: str, keys: Sequence[str]) -> Sequence[str]:
        """Facet keys by how many items of the catalogue have the value, then by name."""
        if len(keys) <= 1:
            return keys
        names = self.profile.names
        return sorted(
            keys, key=lambda k: (self._items_with(facet, k), names.get(f"{facet}:{k}", k), k)
        )

    def _items_with(self, facet: str, key: str) -> int:
        index = (self.wider or self.catalogue).facets.get(facet)
        column = None if index is None else index.column_of.get(key)
        return 0 if index is None or column is None else int(index.item_counts[column])

    def _places(self, facet: str) -> dict[str, int]:
        """Facet key -> place from 1, in the order of `liked`."""
        if facet not in self._ranks:
            above = sorted(
                (-round(value, 6), -evidence, key)
                for key, (value, _, evidence) in self.read(facet).items()
                if value > NEUTRAL
            )
            ordered: list[str] = []
            for _, equal in groupby(above, key=itemgetter(0, 1)):
                ordered += self.rarest_first(facet, [key for *_, key in equal])
            self._ranks[facet] = {key: place for place, key in enumerate(ordered, start=1)}
        return self._ranks[facet]

    @cached_property
    def _ranks(self) -> dict[str, dict[str, int]]:
        return {}

    @cached_property
    def _stated(self) -> dict[tuple[str, str], Preference]:
        """What was said of (facet, facet key), laid over what was learned of it."""
        found: dict[tuple[str, str], Preference] = {}
        for statement in self.profile.statements:
            place = (statement.facet, facet_key(statement.name))
            stated = _as_stated(statement, found.get(place) or self._learned(*place))
            if stated is not None:
                found[place] = stated
        return found

    def _learned(self, facet: str, key: str) -> Preference | None:
        state = self.profile.preferences.get(facet, {}).get(key)
        if state is None:
            return None
        name = self.profile.names.get(f"{facet}:{key}", key)
        return _as_read(facet, name, state, self.now, self.config)

    @cached_property
    def genre_diversity(self) -> tuple[float, float]:
        """(diversity, confidence) of the positive genre mass, both in [0, 1].

        Diversity is the entropy of the mass above neutral over the log of the number of genres in
        the catalogue: 0 for one genre or none. Confidence is n / (n + 2) over all genre evidence
        per item, weighted by that mass.
        """
        liked = [read for read in self.read("genre").values() if read[0] > NEUTRAL]
        genres = len(self.catalogue.facets["genre"].keys) if "genre" in self.catalogue.facets else 0
        if not liked:
            return 0.0, 0.0
        mass = np.array([value - NEUTRAL for value, _, _ in liked])
        confidence = np.array([trust for _, trust, _ in liked])
        share = mass / mass.sum()
        certainty = float(share @ confidence)
        if len(liked) == 1 or genres <= 1:
            return 0.0, certainty
        entropy = float(-(share * np.log(share)).sum())
        return min(entropy / float(np.log(genres)), 1.0), certainty


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

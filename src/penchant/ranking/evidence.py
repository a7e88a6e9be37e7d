"""What a person did that stands behind a term: the events and items that a reason may name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.domain.feedback import FeedbackType
from penchant.domain.item import facet_key
from penchant.domain.profile import Preference, Verdict
from penchant.ranking.boosts import pull
from penchant.taste.preferences import NEUTRAL
from penchant.taste.reading import TasteReading

__all__ = ["Evidence", "said_of"]

MOST_EVENTS = 5

PHRASES = {
    FeedbackType.LOVE: "which you loved",
    FeedbackType.LIKE: "which you liked",
    FeedbackType.THUMBS_UP: "which you liked",
    FeedbackType.WATCH_PROGRESS: "which you started",
    FeedbackType.WATCHLIST_ADD: "which is on your list",
    FeedbackType.SAVE: "which you saved",
    FeedbackType.SHARE: "which you shared",
    FeedbackType.CLICK: "which you looked at",
    FeedbackType.VIEW: "which you looked at",
    FeedbackType.DWELL: "which you looked at",
    FeedbackType.SCROLL: "which you looked at",
}


def said_of(verdict: Verdict, verb_past: str, scale_top: float) -> str:
    """How a reason names a verdict: "which you rated 9/10"."""
    if verdict.kind == FeedbackType.RATING and verdict.value is not None:
        return f"which you rated {verdict.value:g}/{scale_top:g}"
    phrase = PHRASES.get(FeedbackType(verdict.kind)) if verdict.kind in set(FeedbackType) else None
    return phrase or f"which you {verb_past}"


@dataclass(frozen=True)
class Evidence:
    """Looks up, for one taste, what supports a facet value or a likeness.

    `vectors` belong to the rows being explained; the person's past items are in `history`.
    """

    reading: TasteReading
    vectors: NDArray[np.float32]
    history: Catalogue
    history_vectors: NDArray[np.float32]

    def strongest(self, facet: str, values: tuple[str, ...], *, liked: bool) -> Preference | None:
        """The preference among an item's values that pulls most in the asked direction."""
        known = self.reading.preferences.get(facet, {})
        met = [p for value in values if (p := known.get(facet_key(value))) is not None]
        if not met:
            return None
        pulls = pull(np.array([p.value for p in met])) * (1.0 if liked else -1.0)
        # Of equals the rarer value is named: it says more of the person.
        order = [
            (-round(float(p), 9), self.reading.items_with(m))
            for p, m in zip(pulls, met, strict=True)
        ]
        best = met[min(range(len(met)), key=order.__getitem__)]
        return best if (best.value > NEUTRAL) == liked and best.value != NEUTRAL else None

    def shared(self, facet: str, values: tuple[str, ...], *, liked: bool) -> list[Preference]:
        """All preferences among an item's values on the asked side of neutral, strongest first."""
        known = self.reading.preferences.get(facet, {})
        met = {facet_key(v): p for v in values if (p := known.get(facet_key(v))) is not None}
        side = [p for p in met.values() if p.value != NEUTRAL and (p.value > NEUTRAL) == liked]
        return sorted(side, key=lambda p: (-abs(p.value - NEUTRAL) * (p.confidence or 0.0), p.name))

    def events(self, facet: str, name: str, *, liked: bool) -> tuple[str, ...]:
        """The newest events on items with that value, as "event:<id>", and what was stated."""
        key = facet_key(name)
        found = [
            verdict
            for verdict in self._verdicts_by_value(facet).get(key, ())
            if (verdict.target > NEUTRAL) == liked
        ]
        newest = sorted(found, key=lambda v: (-v.at, v.event_id))[:MOST_EVENTS]
        stated = [
            f"event:{s.event_id}"
            for s in self.reading.profile.statements
            if s.facet == facet and facet_key(s.name) == key
        ]
        return (*stated, *(f"event:{verdict.event_id}" for verdict in newest))

    def nearest_liked(self, row: int) -> Verdict | None:
        """The liked item whose vector lies nearest to a row's."""
        verdicts, rows = self._liked
        if not verdicts:
            return None
        cosines = self.history_vectors[rows] @ self.vectors[row]
        return verdicts[int(np.argmax(cosines))]

    @cached_property
    def _liked(self) -> tuple[list[Verdict], NDArray[np.int64]]:
        row_of = self.history.row_of
        verdicts = [
            v
            for v in self.reading.profile.verdicts.values()
            if v.target > NEUTRAL and v.item_id in row_of
        ]
        return verdicts, np.array([row_of[v.item_id] for v in verdicts], dtype=np.int64)

    def _verdicts_by_value(self, facet: str) -> dict[str, list[Verdict]]:
        if facet not in self._index:
            found: dict[str, list[Verdict]] = {}
            for verdict in self.reading.profile.verdicts.values():
                row = self.history.row_of.get(verdict.item_id)
                if row is not None:
                    for value in self.history.items[row].values(facet):
                        found.setdefault(facet_key(value), []).append(verdict)
            self._index[facet] = found
        return self._index[facet]

    @cached_property
    def _index(self) -> dict[str, dict[str, list[Verdict]]]:
        return {}

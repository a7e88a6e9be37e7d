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
from penchant.domain.record import StatementAction
from penchant.ranking.boosts import pull
from penchant.taste.preferences import NEUTRAL
from penchant.taste.reading import TasteReading

__all__ = ["Evidence", "said_of"]

MOST_EVENTS = 5
ALIKE = 1e-9
LIFTING = (StatementAction.LIKE, StatementAction.PIN)
LOWERING = (StatementAction.CAP, StatementAction.MUTE)

PHRASES = {
    FeedbackType.LOVE: "which you loved",
    FeedbackType.HATE: "which you hated",
    FeedbackType.DISLIKE: "which you disliked",
    FeedbackType.THUMBS_DOWN: "which you disliked",
    FeedbackType.DISMISS: "which you sent away",
    FeedbackType.SKIP: "which you skipped",
    FeedbackType.WATCHLIST_REMOVE: "which you took off your list",
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

    def strongest(self, facet: str, values: tuple[str, ...], *, liked: bool) -> list[Preference]:
        """The preferences among an item's values that pull most in the asked direction.

        Several when they pull alike: taking one of them away would leave the others. The rarer
        value comes first, it says more of the person.
        """
        known = self.reading.preferences.get(facet, {})
        met = {facet_key(v): p for v in values if (p := known.get(facet_key(v))) is not None}
        side = [p for p in met.values() if p.value != NEUTRAL and (p.value > NEUTRAL) == liked]
        if not side:
            return []
        pulls = np.abs(pull(np.array([p.value for p in side])))
        alike = [p for p, force in zip(side, pulls, strict=True) if force >= pulls.max() - ALIKE]
        return sorted(alike, key=lambda p: (self.reading.items_with(p), p.name))

    def shared(self, facet: str, values: tuple[str, ...], *, liked: bool) -> list[Preference]:
        """All preferences among an item's values on the asked side of neutral, strongest first."""
        known = self.reading.preferences.get(facet, {})
        met = {facet_key(v): p for v in values if (p := known.get(facet_key(v))) is not None}
        side = [p for p in met.values() if p.value != NEUTRAL and (p.value > NEUTRAL) == liked]
        return sorted(side, key=lambda p: (-abs(p.value - NEUTRAL) * (p.confidence or 0.0), p.name))

    def events(self, facet: str, name: str, *, liked: bool) -> tuple[str, ...]:
        """The newest events that taught this, as "event:<id>", after what was stated.

        What was said or done against it, and what was forgotten, is no evidence.
        """
        key = facet_key(name)
        said = [s for s in self.reading.profile.statements if s.facet == facet]
        about = [s for s in said if facet_key(s.name) == key]
        supports = LIFTING if liked else LOWERING
        stated = [f"event:{s.event_id}" for s in about if s.action in supports]
        forgotten = max(
            ((s.at, s.position) for s in about if s.action is StatementAction.FORGET),
            default=(float("-inf"), 0),
        )
        found = [
            verdict
            for verdict in self._verdicts_by_value(facet).get(key, ())
            if (verdict.target > NEUTRAL) == liked and (verdict.at, verdict.position) > forgotten
        ]
        newest = sorted(found, key=lambda v: (-v.at, v.event_id))[:MOST_EVENTS]
        return (*stated, *(f"event:{verdict.event_id}" for verdict in newest))

    def nearest(self, row: int, *, liked: bool, away: bool = False) -> tuple[Verdict, float] | None:
        """The liked or disliked item whose vector lies nearest to a row's, and the cosine.

        With `away` the one that lies farthest to the other side.
        """
        verdicts, rows = self._sides[liked]
        if not verdicts:
            return None
        cosines = self.history_vectors[rows] @ self.vectors[row]
        best = int(np.argmin(cosines) if away else np.argmax(cosines))
        return verdicts[best], float(cosines[best])

    @cached_property
    def _sides(self) -> dict[bool, tuple[list[Verdict], NDArray[np.int64]]]:
        row_of = self.history.row_of
        held = [v for v in self.reading.profile.verdicts.values() if v.item_id in row_of]
        sides = {
            liked: [v for v in held if (v.target >= NEUTRAL) == liked] for liked in (True, False)
        }
        return {
            liked: (side, np.array([row_of[v.item_id] for v in side], dtype=np.int64))
            for liked, side in sides.items()
        }

    def _verdicts_by_value(self, facet: str) -> dict[str, list[Verdict]]:
        if facet not in self._index:
            found: dict[str, list[Verdict]] = {}
            learned = len(self.history.schema.facet(facet).position_weights) or None
            for verdict in self.reading.profile.verdicts.values():
                row = self.history.row_of.get(verdict.item_id)
                if row is not None:
                    values = self.history.items[row].values(facet)[:learned]
                    for key in dict.fromkeys(map(facet_key, values)):
                        found.setdefault(key, []).append(verdict)
            self._index[facet] = found
        return self._index[facet]

    @cached_property
    def _index(self) -> dict[str, dict[str, list[Verdict]]]:
        return {}

"""What a person did that stands behind a term: the events and items that a reason may name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.domain.feedback import FeedbackType
from penchant.domain.item import facet_key
from penchant.domain.profile import Interest, Preference, Verdict
from penchant.domain.record import Statement, StatementAction
from penchant.ranking.boosts import RowValues
from penchant.taste.preferences import NEUTRAL
from penchant.taste.reading import TasteReading

__all__ = ["MOST_EVENTS", "Evidence", "said_of", "share_of"]

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


def share_of(amount: float, score: float) -> float:
    """How much of a score a reason stands for, in [0, 1]."""
    return min(abs(amount / score), 1.0) if score else 0.0


def said_of(verdict: Verdict, verb_past: str, scale_top: float) -> str:
    """How a reason names a verdict: "which you rated 9/10"."""
    if verdict.kind == FeedbackType.RATING and verdict.value is not None:
        return f"which you rated {verdict.value:g}/{scale_top:g}"
    phrase = PHRASES.get(FeedbackType(verdict.kind)) if verdict.kind in set(FeedbackType) else None
    return phrase or f"which you {verb_past}"


@dataclass(frozen=True)
class Evidence:
    """Looks up, for one taste, what supports a facet value or a likeness.

    `vectors` belong to the rows being explained; the person's past items are in `history`. At most
    `most_events` events are named for one value, the newest.
    """

    reading: TasteReading
    vectors: NDArray[np.float32]
    history: Catalogue
    history_vectors: NDArray[np.float32]
    most_events: int = MOST_EVENTS

    def strongest(self, facet: str, values: tuple[str, ...], *, liked: bool) -> list[Preference]:
        """The preferences among an item's values that pull most in the asked direction.

        Several when they pull alike: taking one of them away would leave the others. The rarer
        value comes first, it says more of the person.
        """
        met = self._on_side(facet, values, liked=liked)
        if not met:
            return []
        # A pull rises with its preference, so the values tell which pull alike.
        most = max(abs(value - NEUTRAL) for value, _ in met.values()) - ALIKE
        alike = [key for key, (value, _) in met.items() if abs(value - NEUTRAL) >= most]
        return self._preferences(facet, self.reading.rarest_first(facet, alike))

    def shared(self, facet: str, values: tuple[str, ...], *, liked: bool) -> list[Preference]:
        """All preferences among an item's values on the asked side of neutral, strongest first."""
        met = self._on_side(facet, values, liked=liked)
        names = self.reading.profile.names
        ordered = sorted(
            (-abs(value - NEUTRAL) * confidence, names.get(f"{facet}:{key}", key), key)
            for key, (value, confidence) in met.items()
        )
        return self._preferences(facet, [key for *_, key in ordered])

    def events(self, facet: str, name: str, *, liked: bool) -> tuple[str, ...]:
        """The newest events that taught this, as "event:<id>", after what was stated.

        What was said or done against it, and what was forgotten, is no evidence.
        """
        asked = (facet, facet_key(name), liked)
        if asked not in self._events:
            self._events[asked] = self._events_of(*asked)
        return self._events[asked]

    @cached_property
    def _events(self) -> dict[tuple[str, str, bool], tuple[str, ...]]:
        return {}

    def _events_of(self, facet: str, key: str, liked: bool) -> tuple[str, ...]:  # noqa: FBT001
        about = self._said.get((facet, key), ())
        supports = LIFTING if liked else LOWERING
        stated = [s.event_id for s in about if s.action in supports]
        forgotten = max(
            ((s.at, s.position) for s in about if s.action is StatementAction.FORGET),
            default=(float("-inf"), 0),
        )
        taught = [
            verdict.event_id
            for verdict in self._verdicts_with(facet, key)
            if (verdict.target > NEUTRAL) == liked and (verdict.at, verdict.position) > forgotten
        ]
        return tuple(f"event:{event_id}" for event_id in (*stated, *taught[: self.most_events]))

    @cached_property
    def _said(self) -> dict[tuple[str, str], list[Statement]]:
        """(facet, facet key) -> the statements about it, in their order."""
        found: dict[tuple[str, str], list[Statement]] = {}
        for statement in self.reading.profile.statements:
            found.setdefault((statement.facet, facet_key(statement.name)), []).append(statement)
        return found

    def nearest(self, row: int, *, liked: bool, away: bool = False) -> tuple[Verdict, float] | None:
        """The liked or disliked item whose vector lies nearest to a row's, and the cosine.

        With `away` the one that lies farthest to the other side.
        """
        verdicts, vectors = self._sides[liked]
        if not verdicts:
            return None
        cosines = vectors @ self.vectors[row]
        best = int(np.argmin(cosines) if away else np.argmax(cosines))
        return verdicts[best], float(cosines[best])

    def strongest_interest(self, row: int) -> Interest:
        """The interest that gives a row its score; there must be one."""
        centroids, confidences = self._interests
        best = int(np.argmax((centroids @ self.vectors[row]) * confidences))
        return self.reading.profile.interests[best]

    def _on_side(
        self, facet: str, values: tuple[str, ...], *, liked: bool
    ) -> dict[str, tuple[float, float]]:
        """Facet key -> (value, confidence) of an item's values on the asked side of neutral."""
        read = self.reading.read(facet)
        met = {key: read[key][:2] for value in values if (key := facet_key(value)) in read}
        return {
            key: known
            for key, known in met.items()
            if (known[0] > NEUTRAL if liked else known[0] < NEUTRAL)
        }

    def _preferences(self, facet: str, keys: Sequence[str]) -> list[Preference]:
        found = (self.reading.preference(facet, key) for key in keys)
        return [preference for preference in found if preference is not None]

    @cached_property
    def _interests(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        interests = self.reading.profile.interests
        centroids = np.stack([interest.centroid for interest in interests])
        return centroids, np.array([interest.confidence for interest in interests])

    @cached_property
    def _newest(self) -> tuple[list[Verdict], NDArray[np.int64]]:
        """The verdicts on items of the history, newest first, and their rows."""
        row_of = self.history.row_of
        known = (v for v in self.reading.profile.verdicts.values() if v.item_id in row_of)
        held = sorted(known, key=lambda v: (-v.at, v.event_id))
        return held, np.array([row_of[v.item_id] for v in held], dtype=np.int64)

    @cached_property
    def _sides(self) -> dict[bool, tuple[list[Verdict], NDArray[np.float32]]]:
        """The liked and the disliked ones, with the vectors of their items."""
        row_of = self.history.row_of
        held = [v for v in self.reading.profile.verdicts.values() if v.item_id in row_of]
        sides = {
            liked: [v for v in held if (v.target >= NEUTRAL) == liked] for liked in (True, False)
        }
        return {
            liked: (side, self.history_vectors[[row_of[v.item_id] for v in side]])
            for liked, side in sides.items()
        }

    def _verdicts_with(self, facet: str, key: str) -> list[Verdict]:
        """The verdicts that taught something about a value, newest first."""
        index = self.history.facets.get(facet)
        column = None if index is None else index.column_of.get(key)
        if index is None or column is None:
            return []
        verdicts, rows = self._newest
        if facet not in self._held:
            held = RowValues.of(index.matrix, rows)
            learned = len(self.history.schema.facet(facet).position_weights)
            self._held[facet] = (held.columns, held.owners, learned)
        columns, owners, learned = self._held[facet]
        found = owners[columns == column].tolist()
        if learned:  # an item teaches only about the first of its values
            items = self.history.items
            taught = (map(facet_key, items[rows[n]].values(facet)[:learned]) for n in found)
            found = [n for n, keys in zip(found, taught, strict=True) if key in keys]
        return [verdicts[n] for n in found]

    @cached_property
    def _held(self) -> dict[str, tuple[NDArray[np.int32], NDArray[np.int64], int]]:
        """Facet -> columns of all values of the verdicts' items, whose each is, how many teach."""
        return {}

"""Reasons that come from what people do: what others went on to, and what is new or sought now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from penchant.catalogue.catalogue import Catalogue
from penchant.domain.item import Item
from penchant.domain.profile import Verdict
from penchant.domain.result import Explanation
from penchant.ranking.evidence import said_of, share_of
from penchant.ranking.facet_trends import trending_within
from penchant.ranking.moment import Moment
from penchant.ranking.scorers import recent_items

__all__ = ["CrowdReasons"]

TREND_DAYS = 7
MOST_TRENDING = 3
GENRE = "genre"
NEW_FOR_YEARS = 5
NEGLIGIBLE = 1e-12
HALF_PEOPLE = 50.0


@dataclass(frozen=True)
class CrowdReasons:
    """Speaks for the terms that read the crowd, the calendar and the newest items of a history.

    `history` is the catalogue that holds the items of the person's past.
    """

    moment: Moment
    history: Catalogue
    verb_past: str
    scale_top: float

    def explain(self, item: Item, terms: Mapping[str, float], score: float) -> list[Explanation]:
        """The reasons of one item for the terms that this knows."""
        return list(self._told(item, terms, score))

    def popular(self, item: Item, amount: float, score: float) -> Explanation:
        """How popular an item is here, where the catalogue itself counts no ratings."""
        crowd = self.moment.crowd
        turns = 0 if crowd is None else crowd.turned_to(item.id, self.moment.now)
        text = f"Popular here: {_times(turns)} turned to it"
        confidence = share_of(amount, score) * turns / (turns + HALF_PEOPLE)
        return _reason("popular", text, confidence, amount, "popularity", f"item:{item.id}")

    def _told(self, item: Item, terms: Mapping[str, float], score: float) -> Iterator[Explanation]:
        for name, tell in (
            ("transitions", self._transition),
            ("trend", self._trend),
            ("closed-form", self._path),
            ("freshness", self._freshness),
            ("recent", self._recent),
            ("time_of_day", self._time_of_day),
        ):
            amount = terms.get(name, 0.0)
            if abs(amount) > NEGLIGIBLE:
                yield tell(item, amount, share_of(amount, score))

    def _transition(self, item: Item, amount: float, share: float) -> Explanation:
        crowd = self.moment.crowd
        leaders = [] if crowd is None else crowd.leaders(self.moment.history, item.id)
        for item_id, _, goes_on in leaders:
            verdict = self._verdicts.get(item_id)
            if verdict is not None:
                title = self.history.get(item_id).title
                what = "went on to this" if goes_on else "came from this"
                text = f"People who turned to {title} {what}"
                evidence = (f"event:{verdict.event_id}", f"item:{item_id}")
                return _reason("others_went_on", text, share, amount, "transitions", *evidence)
        text = "People with such a history went on to this"
        return _reason("others_went_on", text, share, amount, "transitions")

    def _path(self, item: Item, amount: float, share: float) -> Explanation:
        text = "Next on the paths of people with such a history"
        return _reason("paths", text, share, amount, "closed-form", f"item:{item.id}")

    def _trend(self, item: Item, amount: float, share: float) -> Explanation:
        crowd = self.moment.crowd
        turns = 0 if crowd is None else crowd.turned_to(item.id, self.moment.now, TREND_DAYS)
        within = self._trending_in(item)
        text = f"Trending{within}: {_times(turns)} turned to it in {TREND_DAYS} days"
        if turns == 0:
            text = "Sought here in the last months"
        return _reason("trending", text, share, amount, "trend", f"item:{item.id}")

    def _trending_in(self, item: Item) -> str:
        """The liked genre among whose most sought items this one is, as " in Medical"."""
        reading = self.moment.reading
        if reading is None:
            return ""
        places = {value: reading.rank_of(GENRE, value) for value in item.values(GENRE)}
        liked = sorted((place, value) for value, place in places.items() if place is not None)
        for _, value in liked:
            first = trending_within(self.moment, GENRE, value)[:MOST_TRENDING]
            if self.moment.catalogue.row_of[item.id] in first:
                return f" in {value}"
        return ""

    def _freshness(self, item: Item, amount: float, share: float) -> Explanation:
        today = datetime.fromtimestamp(self.moment.now, UTC)
        is_new = item.year is not None and today.year - item.year < NEW_FOR_YEARS
        text = f"Rather new: from {item.year}" if is_new else f"From {item.year}"
        return _reason("new", text, share, amount, "freshness", f"item:{item.id}")

    def _time_of_day(self, item: Item, amount: float, share: float) -> Explanation:
        what = "Fits" if amount > 0.0 else "Does not fit"
        text = f"{what} what you turn to at such times"
        return _reason("time_of_day", text, share, amount, "time_of_day", f"item:{item.id}")

    def _recent(self, item: Item, amount: float, share: float) -> Explanation:
        catalogue = self.moment.catalogue
        row = catalogue.row_of[item.id]
        vectors = self.moment.vectors
        verdict, most = None, 0.0
        for item_id, weight in recent_items(self.moment):
            likeness = float(vectors[row] @ vectors[catalogue.row_of[item_id]])
            if item_id in self._verdicts and weight * likeness * amount > most:
                verdict, most = self._verdicts[item_id], weight * likeness * amount
        if verdict is None:
            return _reason("recent", "Like what you turned to lately", share, amount, "recent")
        title = self.history.get(verdict.item_id).title
        what = "Close to" if amount > 0.0 else "Far from"
        text = f"{what} {title}, {said_of(verdict, self.verb_past, self.scale_top)}"
        kind = "recent" if amount > 0.0 else "recent_mismatch"
        evidence = (f"event:{verdict.event_id}", f"item:{verdict.item_id}")
        return _reason(kind, text, share, amount, "recent", *evidence)

    @cached_property
    def _verdicts(self) -> dict[str, Verdict]:
        """The verdict on each item of the past that the catalogue holds."""
        reading = self.moment.reading
        verdicts = () if reading is None else reading.profile.verdicts.values()
        return {v.item_id: v for v in verdicts if v.item_id in self.history.row_of}


def _reason(
    kind: str, text: str, confidence: float, amount: float, term: str, *evidence: str
) -> Explanation:
    return Explanation(kind, text, confidence, amount, (term,), evidence)


def _times(turns: int) -> str:
    return "1 person" if turns == 1 else f"{turns:,} people"

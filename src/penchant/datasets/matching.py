"""The entries of a list to events about the catalogue's items, by title and year."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.titles import TitleIndex, TitleMatch, title_with_year
from penchant.datasets.personal import ListEntry, PersonalList
from penchant.domain.feedback import Feedback, FeedbackType
from penchant.domain.item import Item
from penchant.errors import AmbiguousTitle, UnknownItem

__all__ = ["MatchedList", "UnmatchedEntry", "matched_events"]

NEAREST = 3
# Films come to festivals in one year and to cinemas in the next: lists differ by one.
YEARS_APART = 1
EPISODES = "episodes"
DAY_S = 86_400.0


class UnmatchedEntry(NamedTuple):
    """An entry of a list that is no event here; `nearest` are (id, title), best first."""

    file: str
    row: int
    title: str
    year: int | None
    reason: str
    nearest: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        year = "" if self.year is None else f" ({self.year})"
        hint = ", ".join(title for _, title in self.nearest)
        told = f"; nearest: {hint}" if hint else ""
        return f"{self.file} row {self.row}, {self.title}{year}: {self.reason}{told}"


@dataclass(frozen=True, slots=True)
class MatchedList:
    """The events of a list about items that are known, and the entries that are about none."""

    events: tuple[Feedback, ...]
    unmatched: tuple[UnmatchedEntry, ...]


def matched_events(
    listed: PersonalList, user_id: str, catalogue: Catalogue, titles: TitleIndex, now: float
) -> MatchedList:
    """The list as events of one person, on the catalogue's own rating scale.

    A rating keeps its share of the scale's top: 4 of 5 stars are 8 of 10. Entries without a date
    happen `now`. Ids are made of person, item and entry, so that a list imported again changes
    nothing and one imported later adds what is new.
    """
    events: list[Feedback] = []
    unmatched: list[UnmatchedEntry] = []
    scale = catalogue.schema.rating_scale
    items: dict[tuple[tuple[str, ...], int | None], Item | str] = {}
    for entry in listed.entries:
        name = (entry.names, entry.year)
        if name not in items:
            items[name] = _item_of(entry, titles)
        found = items[name]
        reason = found if isinstance(found, str) else _unrecordable(entry, found)
        if reason is not None or isinstance(found, str):
            nearest = titles.nearest(entry.title, NEAREST) if isinstance(found, str) else ()
            unmatched.append(_unmatched(entry, reason or "", nearest))
            continue
        value = _value(entry, found, scale)
        events.append(_feedback(listed.name, entry, user_id, found, value, now))
    return MatchedList(tuple(events), tuple(unmatched))


def _item_of(entry: ListEntry, titles: TitleIndex) -> Item | str:
    """The one item that the entry names, or why there is none; a typo is never taken for one."""
    reason = "no such title"
    for name in entry.names:
        if entry.year is None:
            try:
                return titles.resolve(name)
            except AmbiguousTitle as error:
                reason = f"fits {len(error.alternatives)} titles, and the list has no year"
            except UnknownItem:
                pass
            continue
        found = titles.exact(name)
        for apart in range(YEARS_APART + 1):
            near = [match for match in found if _years_apart(match.item, entry.year) == apart]
            best = [match.item for match in near if match.score == near[0].score]
            if len(best) == 1:
                return best[0]
            if best:
                reason = f"fits {len(best)} titles of {best[0].year}"
                break
        else:
            if found:
                years = ", ".join(str(match.item.year) for match in found[:NEAREST])
                reason = f"the title is there, but of another year ({years})"
    return reason


def _years_apart(item: Item, year: int) -> int:
    # A catalogue without the year cannot contradict it.
    return 0 if item.year is None else abs(item.year - year)


def _unrecordable(entry: ListEntry, item: Item) -> str | None:
    if entry.kind is not FeedbackType.WATCH_PROGRESS:
        return None
    if entry.seen is None:
        return "started, but the list does not say how many episodes were seen"
    total = entry.episodes or item.number(EPISODES)
    if not total:
        return "started, but neither list nor catalogue says how many episodes there are"
    return None


def _value(entry: ListEntry, item: Item, scale: tuple[float, float]) -> float | None:
    low, top = scale
    if entry.rating is not None:
        return max(low, entry.rating * top)
    if entry.kind is FeedbackType.WATCH_PROGRESS:
        total = entry.episodes or item.number(EPISODES) or 1.0
        return min(1.0, max(0.0, (entry.seen or 0.0) / total))
    return None


def _feedback(
    format_name: str,
    entry: ListEntry,
    user_id: str,
    item: Item,
    value: float | None,
    now: float,
) -> Feedback:
    content = "\x1f".join((user_id, item.id, entry.kind, repr(value), repr(entry.at)))
    digest = hashlib.blake2b(content.encode(), digest_size=12).hexdigest()
    # A day that has begun where the person lives may still lie ahead here.
    ahead = entry.at is not None and now < entry.at <= now + DAY_S
    at = now if entry.at is None or ahead else entry.at
    return Feedback(f"{format_name}-{digest}", user_id, item.id, entry.kind, at, value)


def _unmatched(entry: ListEntry, reason: str, nearest: Sequence[TitleMatch]) -> UnmatchedEntry:
    return UnmatchedEntry(
        entry.file,
        entry.row,
        entry.title,
        entry.year,
        reason,
        tuple((match.item.id, title_with_year(match.item)) for match in nearest),
    )

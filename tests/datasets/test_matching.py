"""Entries of a list to the catalogue's items: by title and year, never by guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import CatalogueSchema
from penchant.catalogue.titles import TitleIndex
from penchant.datasets.matching import MatchedList, matched_events
from penchant.datasets.personal import ListEntry, ListFile, PersonalList
from penchant.domain.feedback import FeedbackType
from penchant.domain.item import Item

NOW = 1_700_000_000.0


def catalogue(scale: tuple[float, float] = (0.0, 10.0)) -> Catalogue:
    schema = CatalogueSchema("films", "film", (), {}, {}, rating_scale=scale)
    items = [
        Item("heat-1995", "Heat", year=1995, numbers={"episodes": 8.0}),
        Item("heat-1986", "Heat", year=1986),
        Item("solaris-1972", "Solaris", year=1972),
        Item("solaris-2002", "Solaris", year=2002),
        Item("twin-a", "Twin", year=2000),
        Item("twin-b", "Twin", year=2000),
        Item("samurai", "Seven Samurai", ("Shichinin no samurai",), year=1954),
        Item("undated", "Undated"),
    ]
    return Catalogue(schema, items)


def entry(
    *names: str,
    year: int | None = None,
    kind: FeedbackType = FeedbackType.WATCHED,
    rating: float | None = None,
    at: float | None = 100.0,
    seen: float | None = None,
    episodes: float | None = None,
) -> ListEntry:
    return ListEntry("ratings.csv", 2, names, year, kind, at, rating, seen, episodes)


def matched(*entries: ListEntry, scale: tuple[float, float] = (0.0, 10.0)) -> MatchedList:
    path = Path("ratings.csv")
    listed = PersonalList("imdb", path, (ListFile(path, entries, (), len(entries), ()),))
    held = catalogue(scale)
    return matched_events(listed, "mina", held, TitleIndex(held), NOW)


@pytest.mark.parametrize(
    ("names", "year", "item_id"),
    [
        (("Heat",), 1995, "heat-1995"),
        (("heat",), 1986, "heat-1986"),
        (("Solaris",), 1973, "solaris-1972"),
        (("Shichinin no samurai",), 1954, "samurai"),
        (("The Seven", "Seven Samurai"), 1954, "samurai"),
        (("Undated",), 2011, "undated"),
        (("Seven Samurai",), None, "samurai"),
    ],
)
def test_a_title_with_its_year_finds_its_item(
    names: tuple[str, ...], year: int | None, item_id: str
) -> None:
    """Alternate titles and a year that differs by one are the same film."""
    (event,) = matched(entry(*names, year=year)).events
    assert event.item_id == item_id


@pytest.mark.parametrize(
    ("names", "year", "reason"),
    [
        (("Heat",), None, "fits 2 titles, and the list has no year"),
        (("Twin",), 2000, "fits 2 titles of 2000"),
        (("Heat",), 2013, "of another year (1986, 1995)"),
        (("Haet",), 1995, "no such title"),
    ],
)
def test_what_is_not_certain_is_reported_with_the_nearest_titles(
    names: tuple[str, ...], year: int | None, reason: str
) -> None:
    """A typo or an unclear title is never recorded."""
    found = matched(entry(*names, year=year))
    assert found.events == ()
    (unmatched,) = found.unmatched
    assert (unmatched.file, unmatched.row, unmatched.title) == ("ratings.csv", 2, names[0])
    assert reason in unmatched.reason.replace("1995, 1986", "1986, 1995")
    assert unmatched.nearest
    assert all(title for _, title in unmatched.nearest)


@pytest.mark.parametrize(
    ("share", "scale", "value"),
    [
        (0.9, (0.0, 10.0), 9.0),
        (0.1, (1.0, 5.0), 1.0),
        (0.9, (0.5, 5.0), 4.5),
        (1.0, (0.0, 100.0), 100.0),
    ],
)
def test_ratings_come_to_the_scale_of_the_catalogue(
    share: float, scale: tuple[float, float], value: float
) -> None:
    """Four and a half of five stars are nine of ten, and never less than the scale has."""
    given = entry("Solaris", year=1972, kind=FeedbackType.RATING, rating=share)
    (event,) = matched(given, scale=scale).events
    assert event.value == pytest.approx(value)


def test_progress_needs_to_know_how_many_episodes_there_are() -> None:
    """The list's own number goes before the catalogue's; without any there is no share."""
    watching = FeedbackType.WATCH_PROGRESS
    found = matched(
        entry("Heat", year=1995, kind=watching, seen=4.0, episodes=16.0),
        entry("Heat", year=1995, kind=watching, seen=4.0, at=101.0),
        entry("Solaris", year=1972, kind=watching, seen=4.0),
        entry("Heat", year=1995, kind=watching),
    )
    assert [event.value for event in found.events] == [0.25, 0.5]
    assert ["how many episodes there are" in found.unmatched[0].reason] == [True]
    assert "how many episodes were seen" in found.unmatched[1].reason


def test_ids_are_those_of_the_entry_and_times_are_never_ahead() -> None:
    """The same list gives the same ids at any time; today's date may have begun elsewhere."""
    ahead = entry("Heat", year=1995, at=NOW + 3_600)
    first, second = matched(ahead, entry("Heat", year=1986, at=None)).events
    assert (first.at, second.at) == (NOW, NOW)
    again = matched(ahead, entry("Heat", year=1986, at=None)).events
    assert [first.event_id, second.event_id] == [event.event_id for event in again]
    assert first.event_id != second.event_id
    (far,) = matched(entry("Heat", year=1995, at=NOW + 10 * 86_400.0)).events
    assert far.at > NOW

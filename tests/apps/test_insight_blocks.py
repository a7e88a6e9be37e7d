"""The insights of a profile as plain data and as a page: complete, honest, never in the way."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from taste.histories import drama, shelf
from worlds import DAY, NOON, make_event, make_learner, taste_of

from penchant.apps.cli.tables import profile_view
from penchant.apps.presentation import profile_of
from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import load_bundled_schema
from penchant.domain.item import Item
from penchant.domain.record import Record
from penchant.taste.insights import PreferenceLearner
from penchant.taste.learner import Learner
from penchant.taste.reading import TasteReading

SHELF = shelf({"Thriller": 60, "Romance": 60, "Comedy": 60})
LEARNER = make_learner(SHELF.items)
ODD = [
    drama("a", "Medical", "Life", actor=["IU", "[red]Joo[/red]"], director=["Kim"]),
    drama(
        "b", "Medical", year=None, rating=None, raters=0, director=["Kim"], actor=["[red]Joo[/red]"]
    ),
    drama("c"),
    drama("d", "Romance", hidden=True),
    replace(drama("e", "[bold]Loud[/bold]", theme=["[/x]"]), title="[i]Title"),
]
ODD_LEARNER = make_learner(ODD)
EVENTS = ("watched", "rating", "like", "hate", "click", "watchlist_add", "dismiss", "skip")


def profile(learner: Learner, *records: Record, zone: str = "UTC") -> Any:
    """The profile as a caller gets it, through JSON and back."""
    block = profile_of(PreferenceLearner(taste_of(learner, *records)), ZoneInfo(zone))
    return msgspec.json.decode(msgspec.json.encode(block))


def page(profile: Any, width: int = 100) -> str:
    """The profile as people see it."""
    shown = io.StringIO()
    Console(file=shown, width=width, highlight=False).print(profile_view(profile))
    return shown.getvalue()


def watched(ids: Sequence[str], start: float = NOON - 200 * DAY, step: float = DAY) -> list[Record]:
    return [
        make_event("watched", item_id, position=n, at=start + step * n)
        for n, item_id in enumerate(ids, start=1)
    ]


def ended_phase() -> list[Record]:
    """Fifty thrillers, then twenty-five romances."""
    ids = [f"Thriller-{n:03}" for n in range(50)] + [f"Romance-{n:03}" for n in range(25)]
    return watched(ids)


def test_every_insight_is_in_the_block() -> None:
    insights = profile(LEARNER, *ended_phase())["insights"]
    assert set(insights) == {
        "favourite_genres", "people", "decades", "rating_behaviour", "diversity", "drift",
        "rhythm", "interests",
    }  # fmt: skip
    thriller = insights["favourite_genres"][0]
    assert (thriller["name"], thriller["count"], thriller["out_of"]) == ("Thriller", 50, 75)
    assert thriller["significant"] is True
    assert 0.0 < thriller["p"] < 1e-6
    assert set(insights["people"]) == {"actors", "directors", "writers"}
    assert insights["decades"][0]["name"] == "2010s"
    assert insights["drift"]["sentence"].startswith("Your thriller phase ended in ")
    assert insights["drift"]["at"].endswith("+00:00")
    assert insights["rhythm"]["time_zone"] == "UTC"
    assert insights["diversity"]["word"] == "focused"
    assert insights["interests"][0]["items"][0].keys() == {"id", "Title"}


def test_the_document_names_every_insight() -> None:
    document = Path(__file__).parents[2] / "docs" / "api.md"
    table = document.read_text(encoding="utf-8").partition("| insight | what it says |")[2]
    told = re.findall(r"^\| `(\w+)` \|", table.partition("\n\n")[0], re.MULTILINE)
    assert told == list(profile(LEARNER)["insights"])


def test_hours_are_those_of_the_zone_that_was_asked_for() -> None:
    """Noon in UTC is the evening in Seoul."""
    nights = [
        replace(record, at=record.at + n, feedback=replace(record.feedback, at=record.at + n))
        for n, record in enumerate(watched([f"Thriller-{n:03}" for n in range(40)]))
        if record.feedback is not None
    ]

    def busiest(zone: str) -> str:
        parts = profile(LEARNER, *nights, zone=zone)["insights"]["rhythm"]["day"]["parts"]
        return str(max(parts, key=lambda part: part["moments"])["name"])

    assert (busiest("UTC"), busiest("Asia/Seoul")) == ("afternoon", "night")


@pytest.mark.parametrize("learner", [LEARNER, ODD_LEARNER])
def test_a_stranger_has_empty_insights(learner: Learner) -> None:
    shown = profile(learner)
    insights = shown["insights"]
    assert insights["favourite_genres"] == insights["decades"] == insights["interests"] == []
    assert insights["drift"] is insights["rhythm"] is None
    assert insights["rating_behaviour"]["style"] == "unknown"
    assert insights["diversity"]["word"] == "unknown"
    assert page(shown).strip().splitlines() == [
        "mina: New Viewer", "0 watched · 0 on the list · 0 clicks · 0 ratings",
    ]  # fmt: skip


def test_nothing_to_show_of_a_catalogue_that_was_emptied() -> None:
    """Every item that the person knew is gone."""
    folded = taste_of(ODD_LEARNER, *watched("abc"))
    empty = Catalogue(load_bundled_schema(), [])
    insights = profile_of(PreferenceLearner(TasteReading(folded.profile, empty, NOON)))["insights"]
    assert insights["favourite_genres"] == insights["interests"] == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcde"),
            st.sampled_from(EVENTS),
            st.floats(0.0, 10.0),
            st.integers(0, 5),
        ),
        max_size=12,
    )
)
def test_no_history_is_too_small_or_too_odd(told: list[tuple[str, str, float, int]]) -> None:
    """Items without genre, year, rating or raters, hidden ones, equal times: all are shown."""
    records = [
        make_event(kind, i, value if kind == "rating" else None, position=n, at=NOON - day * DAY)
        for n, (i, kind, value, day) in enumerate(told, start=1)
    ]
    shown = profile(ODD_LEARNER, *records)
    assert "d" not in [item["id"] for i in shown["insights"]["interests"] for item in i["items"]]
    assert all(len(line) <= 80 for line in page(shown, 80).splitlines())


# The page


@pytest.mark.parametrize("width", [80, 100])
def test_the_page_says_it_in_words_and_fits(width: int) -> None:
    text = page(profile(LEARNER, *ended_phase()), width)
    assert all(len(line) <= width for line in text.splitlines())
    assert "Your thriller phase ended in" in text
    assert "Thriller 91% → 0% · Romance 9% → 100%" in text  # of the 55 before, 50 are thrillers
    assert "67%, not 33% (50 of 75)   favourite" in text
    assert "focused" in text


def test_what_may_be_chance_is_called_a_tendency() -> None:
    """Five comedies of nine."""
    text = page(profile(LEARNER, *watched([f"Comedy-{n:03}" for n in range(5)]
                                          + [f"Romance-{n:03}" for n in range(4)])))  # fmt: skip
    line = next(line for line in text.splitlines() if "5 of 9" in line)
    assert line.split()[0] == "Comedy"
    assert line.rstrip().endswith("a tendency")
    assert "favourite" not in text


def test_a_habit_is_shown_and_the_lack_of_one_said() -> None:
    start = NOON - NOON % DAY - 100 * DAY
    evenings = watched([f"Thriller-{n:03}" for n in range(25)], start + 21 * 3_600.0)
    mornings = watched([f"Romance-{n:03}" for n in range(25)], start + 8 * 3_600.0)
    mornings = [replace(r, position=r.position + 25) for r in mornings]
    text = page(profile(LEARNER, *evenings, *mornings))
    assert next(x for x in text.splitlines() if x.startswith("evening (UTC)")).split()[-4:] == [
        "Thriller", "86%,", "not", "50%",
    ]  # fmt: skip
    steady = page(profile(LEARNER, *watched([f"Thriller-{n:03}" for n in range(40)], step=5e4)))
    assert "No habit by time of day or week." in steady


def test_names_with_brackets_are_no_markup() -> None:
    records = [make_event("rating", i, 9.0, position=n) for n, i in enumerate("abe", start=1)]
    text = page(profile(ODD_LEARNER, *records))
    assert "[bold]Loud[/bold]" in text
    assert "[red]Joo[/red] (2, 9.0)" in text
    assert "[i]Title" in text


def test_utc_is_the_zone_unless_told_otherwise() -> None:
    learner = PreferenceLearner(taste_of(LEARNER, *ended_phase()))
    assert profile_of(learner) == profile_of(learner, UTC)


def test_items_are_not_needed_to_speak_of_ratings() -> None:
    """Ratings above everybody's seven are generous, said with the gap and the number of titles."""
    ids = [item.id for item in SHELF.items[:6]]
    told = [make_event("rating", i, 9.0, position=n) for n, i in enumerate(ids, start=1)]
    text = page(profile(LEARNER, *told))
    assert "generous (+2.0 against others on 6 titles), lenient (deviation 0.0)" in text


def test_an_item_type_without_people_or_years() -> None:
    schema = replace(load_bundled_schema(), facets=load_bundled_schema().facets[:1])
    plain: list[Item] = [Item(f"i{n}", f"I {n}", facets={"genre": ("Jazz",)}) for n in range(5)]
    learner = make_learner(plain, schema)
    insights = profile(learner, *watched([item.id for item in plain]))["insights"]
    assert insights["people"] == {}
    assert insights["decades"] == []

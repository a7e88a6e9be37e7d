"""The catalogue that ships: its shape, and that its sentences are its own."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import openpyxl
import pytest

from penchant.catalogue.identifiers import title_id
from penchant.catalogue.source import read_bundled_items
from penchant.domain.item import Item

RUN = 8
HANGUL = re.compile(r"[\uac00-\ud7a3]")
DESCRIPTION_COLUMNS = {"description", "synopsis"}


@pytest.fixture(scope="module")
def dramas() -> list[Item]:
    return read_bundled_items()


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def test_there_are_at_least_400_dramas_of_this_century(dramas: list[Item]) -> None:
    assert len(dramas) >= 400
    years = [drama.year for drama in dramas if drama.year is not None]
    assert len(years) == len(dramas)
    assert min(years) >= 2000
    assert max(years) <= 2025


def test_ids_are_unique_and_made_of_title_and_year(dramas: list[Item]) -> None:
    assert len({drama.id for drama in dramas}) == len(dramas)
    for drama in dramas:
        assert drama.id == title_id(drama.title, drama.year)


def test_at_least_300_dramas_have_their_title_in_hangul(dramas: list[Item]) -> None:
    """And no native title is without Hangul, except where the Korean title is so itself."""
    native = [drama.native_title for drama in dramas if drama.native_title]
    assert sum(bool(HANGUL.search(title)) for title in native) >= 300
    latin = [title for title in native if not HANGUL.search(title)]
    assert len(latin) <= len(native) * 0.05, latin


def test_every_drama_has_what_search_and_ranking_need(dramas: list[Item]) -> None:
    low, top = 0.0, 10.0
    for drama in dramas:
        assert drama.values("genre"), drama.id
        assert drama.values("actor"), drama.id
        assert drama.number("episodes"), drama.id
        assert drama.number("minutes"), drama.id
        assert drama.rating is not None, drama.id
        assert low < drama.rating <= top, drama.id
        assert drama.rating_count > 0, drama.id
        assert not drama.hidden
    for facet, share in (("theme", 0.95), ("director", 0.95), ("writer", 0.9), ("publisher", 0.95)):
        assert sum(bool(drama.values(facet)) for drama in dramas) >= share * len(dramas), facet


def test_alternate_titles_are_other_titles(dramas: list[Item]) -> None:
    for drama in dramas:
        names = [name.casefold() for name in (drama.title, *drama.alternate_titles)]
        assert len(set(names)) == len(names), drama.id


def test_a_synopsis_has_25_to_60_words(dramas: list[Item]) -> None:
    lengths = {drama.id: len(drama.text.split()) for drama in dramas}
    assert {name: n for name, n in lengths.items() if not 25 <= n <= 60} == {}


def test_no_two_synopses_are_alike(dramas: list[Item]) -> None:
    """No eight words in a row stand in two of them, and at most three open with the same two."""
    shared = [run for run, n in Counter(r for d in dramas for r in _runs(d.text)).items() if n > 1]
    assert shared == []
    openings = Counter(tuple(_words(drama.text)[:2]) for drama in dramas)
    assert [opening for opening, n in openings.items() if n > 3] == []


def _cells(rows: Iterator[Iterable[object]]) -> Iterator[str]:
    header = [str(name).casefold() for name in next(rows)]
    places = [place for place, name in enumerate(header) if name in DESCRIPTION_COLUMNS]
    assert places, header
    for row in rows:
        cells = list(row)
        yield from (str(cells[place] or "") for place in places)


def _foreign_descriptions(path: Path) -> Iterator[str]:
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path, read_only=True)
        yield from _cells(iter(book.worksheets[0].iter_rows(values_only=True)))
        book.close()
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _cells(csv.reader(file))


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("kdrama_seoulmate/dramalist_kdramas.xlsx", 1_800),
        ("kdrama_top250/kdrama.csv", 250),
        ("kdrama_tamaski/korean_drama_complete.csv", 1_700),
        ("kdrama_tamaski/top100_kdrama.csv", 100),
    ],
)
def test_no_synopsis_shares_eight_words_in_a_row_with_a_description_of_others(
    name: str, least: int, dramas: list[Item], data_folder: Path
) -> None:
    path = data_folder / name
    if not path.is_file():
        pytest.skip(f"no data set at {path}")
    ours = {run: drama.id for drama in dramas for run in _runs(drama.text)}
    foreign = list(_foreign_descriptions(path))
    assert len(foreign) >= least
    copied = {ours[run]: " ".join(run) for text in foreign for run in _runs(text) if run in ours}
    assert copied == {}

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penchant.catalogue.cells import as_line, clean_text
from penchant.catalogue.export import write_items_jsonl
from penchant.catalogue.identifiers import clean_id
from penchant.catalogue.schema import CatalogueSchema, load_bundled_schema
from penchant.catalogue.source import read_bundled_items, read_items
from penchant.domain.item import Item
from penchant.errors import InvalidItem

LINES = st.text(max_size=20).map(as_line)
NAMES = LINES.filter(bool)
LISTS = st.lists(NAMES, max_size=4, unique=True).map(tuple)
IDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)


def _no_blanks(facts: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {name: values for name, values in facts.items() if values}


@st.composite
def _items(draw: st.DrawFn) -> Item:
    rating = draw(st.none() | st.floats(0, 10))
    facets = st.fixed_dictionaries({"genre": LISTS, "author": LISTS}).map(_no_blanks)
    number = st.floats(allow_nan=False, allow_infinity=False)
    return Item(
        id=clean_id(draw(IDS.filter(str.strip))),
        title=draw(NAMES),
        alternate_titles=draw(LISTS),
        native_title=draw(LINES) or None,
        text=clean_text(draw(st.text(max_size=40)).replace("[advert]", "")),
        year=draw(st.none() | st.integers(1, 9_999)),
        facets=draw(facets),
        numbers=draw(st.dictionaries(st.just("minutes"), number)),
        rating=rating,
        rating_count=draw(st.integers(0, 10**9)),
        hidden=draw(st.booleans()),
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.lists(_items(), max_size=5, unique_by=lambda item: item.id))
def test_what_is_written_reads_as_the_same_items(
    items: list[Item], tmp_path: Path, games: CatalogueSchema
) -> None:
    """Every fact of every item survives: names in any script, signs, brackets, hidden ones."""
    path = tmp_path / "items.jsonl"
    assert write_items_jsonl(items, path, games) == len(items)
    report = read_items(path, games)
    assert report.items == tuple(items)
    assert report.rejected == ()


CELL = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
WILD = CELL | st.lists(CELL, max_size=3)
ROW = st.fixed_dictionaries(
    {"gameid": CELL, "title": NAMES | CELL},
    optional=dict.fromkeys(
        ["aka", "original", "blurb", "released", "score", "votes", "genre", "playtime"], WILD
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(rows=st.lists(ROW, max_size=6))
def test_importing_an_export_changes_nothing(
    rows: list[dict[str, object]], tmp_path: Path, games: CatalogueSchema
) -> None:
    """Whatever a first import made of wild rows, the second one makes the same."""
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    first.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    items = read_items(first, games).items
    write_items_jsonl(items, second, games)
    assert read_items(second, games).items == items


def test_the_bundled_catalogue_survives_export(tmp_path: Path) -> None:
    items, schema = read_bundled_items(), load_bundled_schema()
    write_items_jsonl(items, tmp_path / "items.jsonl", schema)
    assert list(read_items(tmp_path / "items.jsonl", schema).items) == items


def test_a_fact_without_a_column_is_refused_not_lost(tmp_path: Path) -> None:
    """And what stood in the file before stays."""
    schema = CatalogueSchema("g", "game", (), {}, {})
    path = tmp_path / "items.jsonl"
    write_items_jsonl([Item("a", "A")], path, schema)
    for item in (
        Item("b", "B", facets={"mood": ("calm",)}),
        Item("b", "B", numbers={"pages": 3.0}),
        Item("b", "B", text="Words."),
        Item("b", "B", native_title="비"),
        Item("b", "B", alternate_titles=("Bee",)),
        Item("b", "B", rating=3.0),
        Item("b", "B", year=2001),
    ):
        with pytest.raises(InvalidItem, match="no column"):
            write_items_jsonl([Item("c", "C"), item], path, schema)
    assert read_items(path, schema).items == (Item("a", "A", facets={}, numbers={}),)
    assert [entry.name for entry in tmp_path.iterdir()] == ["items.jsonl"]


def test_a_schema_that_uses_the_hidden_column_itself_keeps_hidden_items_out(
    tmp_path: Path, games: CatalogueSchema
) -> None:
    """The mark cannot be written there, and that is said."""
    schema = replace(games, native_title="hidden")
    with pytest.raises(InvalidItem, match="hidden"):
        write_items_jsonl([Item("a", "A", hidden=True)], tmp_path / "x.jsonl", schema)

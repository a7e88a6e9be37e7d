"""The lexical index."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.catalogue.catalogue import Catalogue
from penchant.domain.item import Item
from penchant.search import lexical as lexical_module
from penchant.search.lexical import STORY_WEIGHTS, LexicalIndex


@pytest.fixture(scope="module")
def index(world: Catalogue) -> LexicalIndex:
    return LexicalIndex(world)


def _ids(catalogue: Catalogue, index: LexicalIndex, text: str, n: int = 10) -> list[str]:
    return [catalogue.items[row].id for row in index.search(index.query(text), n).rows]


def test_a_title_weighs_more_than_a_text(world: Catalogue, index: LexicalIndex) -> None:
    """Of two games with dragons, the one named for them comes first; the hidden one never."""
    assert _ids(world, index, "dragon") == ["cave", "keep"]


def test_in_a_story_a_title_weighs_as_a_text(world: Catalogue, index: LexicalIndex) -> None:
    """Asked for dragons at a castle, the castle comes before the game that is named for dragons."""
    asked = "dragons at a castle"
    named, told = (
        [world.items[row].id for row in index.search(query, 10).rows]
        for query in (index.query(asked), index.query(asked, field_weights=STORY_WEIGHTS))
    )
    assert named == ["cave", "keep"]
    assert told == ["keep", "cave"]


def test_words_meet_their_inflections(world: Catalogue, index: LexicalIndex) -> None:
    """The words "exploring a cavern" finds "Explore caverns"."""
    assert _ids(world, index, "exploring a cavern")[0] == "cave"


def test_part_of_a_hangul_compound_is_found(world: Catalogue) -> None:
    """A part of a Korean word written without spaces finds the title."""
    korean = Item("k", "Hospital", native_title="슬기로운 의사생활")
    catalogue = world.with_items([korean], 1)
    assert _ids(catalogue, LexicalIndex(catalogue), "생활") == ["k"]


def test_a_fixed_set_is_scored_like_the_list(index: LexicalIndex, world: Catalogue) -> None:
    """The same rows get the same scores whichever way they are asked for; no match scores 0."""
    query = index.query("dragon castle spring")
    hits = index.search(query, 10)
    rows = np.arange(len(world))
    scores = index.score(query, rows)
    assert scores[hits.rows] == pytest.approx(hits.scores)
    assert scores[world.row_of["lost"]] == 0.0


@pytest.mark.parametrize("listed_rows", [0, 10_000])
def test_a_mask_comes_before_the_cut(
    listed_rows: int, dramas: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where only the worst 30 hits are allowed, the best three of these are found."""
    monkeypatch.setattr(lexical_module, "LISTED_ROWS", listed_rows)
    index = LexicalIndex(dramas)
    query = index.query("love family revenge hospital")
    worst = index.search(query, len(dramas)).rows[-30:]
    allowed = np.zeros(len(dramas), dtype=np.bool_)
    allowed[worst] = True
    assert index.search(query, 3, allowed).rows.tolist() == worst[:3].tolist()


def test_two_successors_of_one_snapshot_do_not_mix(
    dramas: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one successor adds and drops, its sibling neither sees nor misses."""
    monkeypatch.setattr(lexical_module, "REBUILD_LIMIT", 0)
    index = LexicalIndex(dramas)
    without = dramas.with_items([replace(dramas.get("vincenzo-2021"), hidden=True)], 1)
    assert "vincenzo-2021" not in _ids(without, index.updated(without), "vincenzo")
    assert "vincenzo-2021" in _ids(dramas, index.updated(dramas), "vincenzo")


def test_an_added_term_never_replaces_a_typed_one(index: LexicalIndex) -> None:
    """A term that the query has keeps its weight; another one is added at its own."""
    query = index.query("dragon", {"dragons": 0.3, "castle": 0.3})
    assert query is not None
    assert query.weights == {"dragon": 1.0, "castl": 0.3}


@pytest.mark.parametrize("limit", [0, 20_000])
def test_a_changed_catalogue_is_searched_at_once(
    limit: int, world: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Added, changed and hidden items show in the successor; the old snapshot answers as before."""
    monkeypatch.setattr(lexical_module, "REBUILD_LIMIT", limit)
    index = LexicalIndex(world)
    changed = world.with_items(
        [
            Item("aaa", "Wyvern Post", text="A dragon carries letters."),
            replace(world.get("cave"), title="Gold Cave", text="Gold.", facets={}),
            replace(world.get("keep"), hidden=True),
        ],
        1,
    )
    successor = index.updated(changed)
    assert _ids(changed, successor, "dragon") == ["aaa"]
    assert _ids(world, index, "dragon") == ["cave", "keep"]


@pytest.mark.parametrize(
    "text",
    ['"', "a AND (", "title:x", "*", "\x00", "\ud800", "++--", "[1 TO", "a" * 1000, "( ) ~2"],
)
def test_query_syntax_is_only_text(index: LexicalIndex, text: str) -> None:
    """Quotes, operators, brackets, NUL and surrogates are letters or nothing, never an error."""
    index.search(index.query(text), 10)


@given(st.text(max_size=300))
def test_no_text_raises(index: LexicalIndex, text: str) -> None:
    """Any text is a query."""
    index.search(index.query(text), 10)

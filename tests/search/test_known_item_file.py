"""The known-item file: its queries are fair, and search finds what they look for."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import OSA

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.titles import title_key
from penchant.domain.item import Item
from penchant.evaluation.bootstrap import Interval
from penchant.evaluation.search_quality import (
    KnownItem,
    known_item_report,
    rank_by_retriever,
    read_known_items,
)
from penchant.search.retriever import Retriever

FILE = Path(__file__).parent / "known_items.jsonl"
LEAST = {"title": 60, "alternate": 30, "hangul": 30, "typo": 60, "cast+genre": 60, "plot": 80}
_FUNCTION_WORDS = """
    a an the of in on at to for from with without by about into as is are was were be been it its
    this that these those who whom which what when where why how i you he she they them his her
    their your my me we us our and or but not no never do does did has have had if one only so up
    out over off after before right there here all some any too again than then just also once
    between
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
# All capitals that the plots need: somebody who forgot the title has forgotten the names, too.
PLACES = frozenset(["CEO", "DMZ", "European", "Europe", "Korea", "Korean", "TV"])
# Of the telling words of a plot query, at most so many stand in the synopsis, too.
MOST_SHARED = 0.3


@cache
def _rows() -> tuple[KnownItem, ...]:
    return read_known_items(FILE)


def _of_kind(*kinds: str) -> list[KnownItem]:
    return [row for row in _rows() if row.kind in kinds]


def _names(item: Item) -> list[str]:
    return [item.title, *item.alternate_titles, *([item.native_title] if item.native_title else [])]


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def _roots(words: list[str]) -> set[str]:
    """Telling words without their commonest endings, so that "falls" is "fall"."""
    telling = (word for word in words if word not in FUNCTION_WORDS)
    return {re.sub(r"(ing|ed|es|s)$", "", word) if len(word) > 4 else word for word in telling}


def _runs(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[first : first + 3]) for first in range(len(words) - 2)}


def test_there_are_enough_queries_of_each_kind(dramas: Catalogue) -> None:
    """At least 300, no query twice, and each looks for one to three dramas of the catalogue."""
    counts = Counter(row.kind for row in _rows())
    assert sum(counts.values()) >= 300
    assert set(counts) == set(LEAST)
    assert all(counts[kind] >= least for kind, least in LEAST.items()), counts
    assert len({row.query for row in _rows()}) == len(_rows())
    for row in _rows():
        assert 1 <= len(row.items) <= 3, row.query
        assert row.items <= dramas.row_of.keys(), row.query


def test_a_name_means_one_drama_only(dramas: Catalogue) -> None:
    """Titles, other names and Hangul are names of their drama and of no other."""
    holders: dict[str, set[str]] = {}
    for item in dramas.items:
        for name in _names(item):
            holders.setdefault(title_key(name).replace(" ", ""), set()).add(item.id)
    for row in _of_kind("title", "alternate", "hangul"):
        assert holders[title_key(row.query).replace(" ", "")] == set(row.items), row.query


def test_a_typo_is_one_letter(dramas: Catalogue) -> None:
    """One letter is left out, added, replaced or swapped, and no drama is called that."""
    names = {title_key(name) for item in dramas.items for name in _names(item)}
    for row in _of_kind("typo"):
        title = dramas.get(next(iter(row.items))).title.lower()
        assert OSA.distance(row.query, title) == 1, row.query
        assert title_key(row.query) not in names, row.query


def test_who_plays_is_right(dramas: Catalogue) -> None:
    """The person named is in the cast of every drama that the query accepts."""
    for row in _of_kind("cast+genre"):
        for item_id in row.items:
            cast = dramas.get(item_id).values("actor")
            assert any(person in row.query for person in cast), row.query


def test_plots_are_told_in_other_words(dramas: Catalogue) -> None:
    """No word of a title, no name, no run of three words and few words of the synopsis."""
    for row in _of_kind("plot"):
        told = _words(row.query)
        assert set(re.findall(r"[A-Z][A-Za-z]*", row.query)) <= PLACES, row.query
        for item in map(dramas.get, row.items):
            titles = [word for name in _names(item) for word in _words(name)]
            synopsis = _words(item.text)
            shared = _roots(told) & _roots(synopsis)
            assert not _roots(told) & _roots(titles), (row.query, item.id)
            assert not _runs(told) & _runs(synopsis), (row.query, item.id)
            assert len(shared) <= MOST_SHARED * len(_roots(told)), (row.query, shared)


@pytest.fixture(scope="module")
def report(retriever: Retriever) -> dict[str, dict[str, int | Interval]]:
    return known_item_report(rank_by_retriever(retriever), _rows(), np.random.default_rng(7))


@pytest.mark.parametrize(
    ("kind", "measure", "floor"),
    [
        ("title", "hit@1", 0.99),
        ("alternate", "hit@1", 0.99),
        ("hangul", "hit@1", 0.99),
        ("typo", "hit@1", 0.99),
        ("cast+genre", "hit@1", 0.95),
        ("plot", "hit@10", 0.35),
        ("plot", "mrr", 0.22),
    ],
)
def test_what_is_known_is_found(
    report: dict[str, dict[str, int | Interval]], kind: str, measure: str, floor: float
) -> None:
    """Names come first; of retold plots at least so many are on the first page."""
    found = report[kind][measure]
    assert isinstance(found, Interval)
    assert found.value >= floor

"""Finding a drama that one knows: the whole search, not only the title index."""

from __future__ import annotations

import pytest

from penchant.search.retriever import Retriever


def _first(retriever: Retriever, text: str) -> str | None:
    analysis = retriever.analyse(text)
    rows = retriever.retrieve(analysis, analysis.alpha).candidates.rows
    return retriever.catalogue.items[rows[0]].title if len(rows) else None


def test_every_title_is_its_own_first_result(retriever: Retriever) -> None:
    """Typed in full, in lower case or as it stands, each title comes first."""
    missed = [
        item.title
        for item in retriever.catalogue.items
        for text in (item.title, item.title.lower())
        if _first(retriever, text) != item.title
    ]
    assert missed == []


def test_hangul_titles_come_first(retriever: Retriever) -> None:
    """At least 99% of the Korean titles find their drama first (seasons may share one)."""
    known = [item for item in retriever.catalogue.items if item.native_title]
    hits = sum(_first(retriever, item.native_title or "") == item.title for item in known)
    assert len(known) >= 300
    assert hits >= 0.99 * len(known)


@pytest.mark.parametrize(
    ("begun", "title"),
    [
        ("crash landing", "Crash Landing on You"),
        ("extraordinary att", "Extraordinary Attorney Woo"),
        ("what's wrong with", "What's Wrong with Secretary Kim"),
        ("weightlifting fairy", "Weightlifting Fairy Kim Bok Joo"),
        ("vincen", "Vincenzo"),
    ],
)
def test_a_title_begun_is_found(retriever: Retriever, begun: str, title: str) -> None:
    """The beginning of a title is enough."""
    assert _first(retriever, begun) == title

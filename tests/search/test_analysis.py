"""What the analyser makes of queries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.titles import TitleIndex
from penchant.domain.item import facet_key
from penchant.domain.query import Intent
from penchant.search.analysis import QueryAnalyzer
from penchant.search.retriever import Retriever

HERE = Path(__file__).parent
# These are compared letter by letter; everything else as facet values are.
RANGES = {"year", "episodes", "minutes", "rating"}


def _labelled(name: str) -> list[dict[str, object]]:
    path = HERE / name
    if not path.is_file():
        pytest.skip(f"{name} is not here")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _comparable(entities: Mapping[str, object]) -> dict[str, set[str]]:
    return {
        kind: {v if kind in RANGES else facet_key(v) for v in values}  # type: ignore[attr-defined]
        for kind, values in entities.items()
    }


@pytest.mark.parametrize("name", ["queries.jsonl", "queries_held_out.jsonl"])
def test_intents_and_entities_of_labelled_queries(name: str, retriever: Retriever) -> None:
    """At least 95% of the labelled queries get the right intent, and 95% the right entities."""
    rows = _labelled(name)
    assert len(rows) >= 40
    wrong_intents, wrong_entities = [], []
    for row in rows:
        analysis = retriever.analyse(str(row["query"]))
        if analysis.intent.value != row["intent"]:
            wrong_intents.append((row["query"], row["intent"], analysis.intent.value))
        if _comparable(analysis.entities) != _comparable(row["entities"]):  # type: ignore[arg-type]
            wrong_entities.append((row["query"], row["entities"], dict(analysis.entities)))
    assert len(wrong_intents) <= 0.05 * len(rows), wrong_intents
    assert len(wrong_entities) <= 0.05 * len(rows), wrong_entities


@pytest.mark.parametrize(
    ("query", "intent", "alpha"),
    [
        ("Crash Landing on You", Intent.SPECIFIC_TITLE, 0.30),
        ("Park Seo-joon drama", Intent.PERSON, 0.35),
        ("sad emotional drama", Intent.EMOTION, 0.70),
        ("romantic comedy", Intent.GENRE, 0.50),
        ("short drama", Intent.CONSTRAINT, 0.50),
        ("Hotel Del Luna", Intent.SPECIFIC_TITLE, 0.30),
        ("something like Goblin", Intent.SIMILAR_TO, 0.70),
        ("best 2020 thrillers", Intent.TOP_RATED, 0.45),
        ("trending now", Intent.TRENDING, 0.50),
    ],
)
def test_the_nine_queries(query: str, intent: Intent, alpha: float, retriever: Retriever) -> None:
    """The nine queries of the design have their intent and the semantic share of their intent."""
    analysis = retriever.analyse(query)
    assert (analysis.intent, analysis.alpha) == (intent, alpha)


def test_a_title_keeps_its_words(retriever: Retriever) -> None:
    """Cues and numbers inside a title are part of it: no "greatest", no year, no count."""
    for title in ("The Greatest Love", "Reply 1988", "49 Days", "Hot Stove League"):
        analysis = retriever.analyse(title)
        assert analysis.intent is Intent.SPECIFIC_TITLE
        assert dict(analysis.entities) == {"title": (title,)}
        assert analysis.wanted.is_empty


@pytest.mark.parametrize("word", ["doctor", "house", "back", "table"])
def test_an_ordinary_word_is_not_mended_into_a_title(word: str, retriever: Retriever) -> None:
    """One letter from a title (Doctors, Mouse, Black): words in use are not typos."""
    analysis = retriever.analyse(word)
    assert analysis.intent is not Intent.SPECIFIC_TITLE
    assert analysis.title_item is None


def test_the_example_is_not_looked_for_by_name(retriever: Retriever) -> None:
    """Of "like Vincenzo but funnier" the example is kept apart and only the wish is text."""
    analysis = retriever.analyse("dramas like Vincenzo but funnier")
    assert analysis.seed_item == "vincenzo-2021"
    assert analysis.residual == "funnier"


def test_people_are_found_through_hyphens_order_and_typos(retriever: Retriever) -> None:
    """One person, however the name is typed."""
    for typed in (
        "Park Seo-joon",
        "park seojoon",
        "Seo Joon Park",
        "Park Seo-jun",
        "park seo jooon",
    ):
        assert retriever.analyse(typed).wanted.people == ("Park Seo Joon",), typed


def test_a_catalogue_without_vocabulary_still_finds_its_own_values(world: Catalogue) -> None:
    """Facet values, people, years, numbers and titles come from the catalogue itself."""
    analyser = QueryAnalyzer(world, TitleIndex(world))
    analysis = analyser.analyse("strategy games by bo ng from 2020 under 100 minutes")
    assert dict(analysis.entities) == {
        "genre": ("Strategy",),
        "author": ("Bo Ng",),
        "year": ("2020-2020",),
        "minutes": ("-99",),
    }
    assert analyser.analyse("iron kepe").title_item == "keep"


@given(st.text(max_size=1_200))
def test_any_text_is_answered(retriever: Retriever, text: str) -> None:
    """No query raises; alpha and confidence stay in their ranges."""
    analysis = retriever.analyse(text)
    assert 0.2 <= analysis.alpha <= 0.95
    assert 0.0 <= analysis.confidence <= 1.0

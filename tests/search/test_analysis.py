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


@pytest.mark.parametrize(
    "name", ["queries.jsonl", "queries_held_out.jsonl", "queries_second.jsonl"]
)
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


@pytest.mark.parametrize(
    ("query", "seed"),
    [
        ("simular to the glory", "the-glory-2022"),
        ("shows simillar to sky castle", "sky-castle-2018"),
        ("reminiscant of my mister", "my-mister-2018"),
        ("미생 같은 드라마", "misaeng-incomplete-life-2014"),
        ("도깨비같은 드라마 추천", "guardian-the-lonely-and-great-god-2016"),
        ("사랑의 불시착이랑 비슷한 드라마", "crash-landing-on-you-2019"),
        ("vincenzo 느낌의 드라마", "vincenzo-2021"),
    ],
)
def test_likeness_is_understood_with_a_typo_and_in_korean(
    query: str, seed: str, retriever: Retriever
) -> None:
    """The title beside a word of likeness is an example, never what is looked for."""
    analysis = retriever.analyse(query)
    assert analysis.intent is Intent.SIMILAR_TO
    assert (analysis.seed_item, analysis.title_item, analysis.residual) == (seed, None, "")


@pytest.mark.parametrize(
    ("query", "intent"),
    [
        ("top rated shows with gong yoo", Intent.TOP_RATED),
        ("trending park bo young dramas", Intent.TRENDING),
        ("sad dramas with gong yoo", Intent.PERSON),
    ],
)
def test_the_best_and_the_popular_of_a_person(
    query: str, intent: Intent, retriever: Retriever
) -> None:
    """Best and trending say what is wanted of a person; the person stays an entity to be met."""
    analysis = retriever.analyse(query)
    assert analysis.intent is intent
    assert len(analysis.wanted.people) == 1


def test_a_network_narrows_a_genre(retriever: Retriever) -> None:
    """Beside a genre or a theme a network must be met; alone it is what is asked for."""
    for query in ("mystery on tvn", "tvn revenge shows"):
        analysis = retriever.analyse(query)
        assert analysis.intent is Intent.GENRE
        assert analysis.wanted.facets["publisher"] == ("tvN",)
    assert retriever.analyse("tvn").intent is Intent.CONSTRAINT
    assert retriever.analyse("short mystery on tvn").intent is Intent.CONSTRAINT


@pytest.mark.parametrize(
    ("query", "episodes"),
    [
        ("long fantasy", (20.0, None)),
        ("short fantasy", (None, 12.0)),
        ("long distance fantasy", None),
        ("fantasy for a long day", None),
    ],
)
def test_long_and_short_are_lengths_where_they_stand_alone(
    query: str, episodes: tuple[float | None, float | None] | None, retriever: Retriever
) -> None:
    """Long is 20 episodes or more and short 12 at most, but not in "long distance"."""
    assert retriever.analyse(query).wanted.ranges.get("episodes") == episodes


def test_a_feeling_that_items_are_filed_under_is_a_theme_too(retriever: Retriever) -> None:
    """A tearjerker is a feeling and a theme; "funny", read off the texts only, is a feeling."""
    for query, theme in (("good tearjerkers", "Tearjerker"), ("healing shows", "Healing")):
        analysis = retriever.analyse(query)
        assert analysis.intent is Intent.EMOTION
        assert dict(analysis.entities) == {"theme": (theme,)}
        assert analysis.wanted.facets == {"theme": (theme,)}
    assert not retriever.analyse("funny shows").entities


@pytest.mark.parametrize(
    "query",
    [
        "something soothing before bed",
        "feeling lonely",
        "i need a good sob",
        "lift my spirits",
        "had a rough week",
        "warm and fuzzy",
        "upliftng shows",
        "edge of my seat",
    ],
)
def test_feelings_in_other_words(query: str, retriever: Retriever) -> None:
    """How one feels, or wants to, is a feeling asked for."""
    analysis = retriever.analyse(query)
    assert analysis.intent is Intent.EMOTION
    assert analysis.confidence >= 0.8


def test_a_feeling_inside_a_plot_is_not_asked_for(retriever: Retriever) -> None:
    """In "a gloomy clerk inherits a bakery" somebody is gloomy, and no gloom is asked for."""
    analysis = retriever.analyse("a gloomy clerk inherits a bakery from strangers")
    assert analysis.intent is Intent.OTHER


def test_a_mended_feeling_is_looked_for_as_it_is_spelled(retriever: Retriever) -> None:
    """The typo would match no text."""
    assert retriever.analyse("hilarius shows").residual == "hilarious"


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
    assert analyser.analyse("games").intent is Intent.VAGUE


@given(st.text(max_size=1_200))
def test_any_text_is_answered(retriever: Retriever, text: str) -> None:
    """No query raises; alpha and confidence stay in their ranges."""
    analysis = retriever.analyse(text)
    assert 0.2 <= analysis.alpha <= 0.95
    assert 0.0 <= analysis.confidence <= 1.0

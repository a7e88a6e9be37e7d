"""RankingEngine: personal terms beside the query's own, and a query that stays in charge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import make_item, make_learner, taste_with

from penchant.catalogue.catalogue import Catalogue
from penchant.domain.query import Intent
from penchant.domain.result import Candidates
from penchant.ranking.engine import RankingEngine
from penchant.taste.reading import TasteReading

ENGINE = RankingEngine()
COUNT = 30


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Thirty items; from the sixteenth on they are Medical, the others Thriller."""
    items = [
        make_item(f"i{n:02}", genre=["Medical" if n >= COUNT // 2 else "Thriller"])
        for n in range(COUNT)
    ]
    return make_learner(items).catalogue


@pytest.fixture(scope="module")
def medical(catalogue: Catalogue) -> TasteReading:
    return taste_with(catalogue, {"genre": {"Medical": 1.0, "Thriller": 0.1}})


def candidates(lexical: list[float], semantic: list[float], tier: list[int]) -> Candidates:
    return Candidates(
        np.arange(len(lexical), dtype=np.int64),
        {"lexical": np.array(lexical), "semantic": np.array(semantic)},
        np.array(tier, dtype=np.int8),
    )


def falling(count: int = COUNT, first_tier: int = 0) -> Candidates:
    """Candidates in base order with close scores, so that any taste could turn them over."""
    lexical = [0.6 - 0.001 * n for n in range(count)]
    return candidates(lexical, [0.4] * count, [first_tier] + [0] * (count - 1))


def test_without_a_taste_the_order_and_the_terms_are_those_of_the_query() -> None:
    found = candidates([0.1, 0.5, 0.3, 0.3], [0.1, 0.1, 0.3, 0.1], [0, 0, 0, 1])
    ranked = ENGINE.rank(found, None, Intent.OTHER)
    assert ranked.rows.tolist() == [3, 1, 2, 0]
    assert set(ranked.terms) == {"lexical", "semantic"}
    assert ranked.terms["lexical"].tolist() == [0.3, 0.5, 0.3, 0.1]
    assert ranked.terms["semantic"].tolist() == [0.1, 0.1, 0.3, 0.1]
    assert ranked.score.tolist() == ranked.base.tolist()
    assert len(ranked.held) == 0
    assert not ranked.boosts


@given(count=st.integers(1, 35))
def test_a_page_is_the_beginning_of_the_whole_list(medical: TasteReading, count: int) -> None:
    for reading in (None, medical):
        whole = ENGINE.rank(falling(), reading, Intent.OTHER)
        page = ENGINE.rank(falling(), reading, Intent.OTHER, count=count)
        assert page.rows.tolist() == whole.rows[:count].tolist()
        assert page.score == pytest.approx(whole.score[:count])
        assert {n: c.tolist() for n, c in page.terms.items()} == {
            n: c[:count].tolist() for n, c in whole.terms.items()
        }


def test_each_boost_is_a_term_of_base_times_boost(medical: TasteReading) -> None:
    """The query's own terms stay; the genre adds .5 of it to Medical, takes .4 from others."""
    found = candidates([0.75, 0.5], [0.0, 0.25], [0, 0])
    found = Candidates(np.array([20, 0]), found.terms, found.tier)
    ranked = ENGINE.rank(found, medical, Intent.OTHER)
    assert ranked.rows.tolist() == [20, 0]
    assert ranked.terms["lexical"].tolist() == [0.75, 0.5]
    assert ranked.terms["genre"] == pytest.approx([0.75 * 0.5, 0.75 * -0.4])
    assert ranked.score == pytest.approx([1.125, 0.45])
    assert ranked.base == pytest.approx([0.75, 0.75])


def test_half_the_strength_is_half_the_boost(medical: TasteReading) -> None:
    found = candidates([0.8], [0.0], [0])
    found = Candidates(np.array([20]), found.terms, found.tier)
    ranked = ENGINE.rank(found, medical, Intent.OTHER, strength=0.5)
    assert ranked.score == pytest.approx([0.8 * 1.25])


def test_personalization_reaches_past_the_page(medical: TasteReading) -> None:
    """An item that the query puts eleventh comes first when taste says so: no cut comes before."""
    found = falling()
    last_allowed = Candidates(
        np.array([*range(10), 20, *range(10, 15)]),
        {name: column[:16] for name, column in found.terms.items()},
        found.tier[:16],
    )
    page = ENGINE.rank(last_allowed, medical, Intent.OTHER, count=5)
    assert page.rows[0] == 20


def test_an_exact_title_keeps_rank_one_against_every_taste(medical: TasteReading) -> None:
    """Row 0 is a disliked Thriller with the lowest score; it is the title asked for."""
    base = [0.01] + [0.9] * (COUNT - 1)
    found = candidates(base, [0.0] * COUNT, [2] + [0] * (COUNT - 1))
    for intent in Intent:
        assert ENGINE.rank(found, medical, intent).rows[0] == 0


@pytest.mark.parametrize("intent", sorted(set(Intent) - {Intent.VAGUE}))
def test_displacement_is_bounded_by_intent(medical: TasteReading, intent: Intent) -> None:
    """Two places for a specific title, ten otherwise, and taste uses them."""
    ranked = ENGINE.rank(falling(first_tier=2), medical, intent)
    moved = np.abs(ranked.rows - np.arange(COUNT)).max()
    assert moved == (2 if intent is Intent.SPECIFIC_TITLE else 10)


def test_the_answer_says_what_the_guard_held(medical: TasteReading) -> None:
    """One Medical drama at the end of six wants to be first and may only be fourth."""
    found = falling(6)
    found = Candidates(np.array([0, 1, 2, 3, 4, 20]), found.terms, found.tier)
    ranked = ENGINE.rank(found, medical, Intent.SPECIFIC_TITLE)
    assert ranked.rows.tolist() == [0, 1, 2, 20, 3, 4]
    assert 3 in ranked.held.tolist()


def test_nothing_is_held_where_taste_agrees_with_the_query(medical: TasteReading) -> None:
    found = falling(4)
    found = Candidates(np.array([20, 21, 0, 1]), found.terms, found.tier)
    ranked = ENGINE.rank(found, medical, Intent.SPECIFIC_TITLE)
    assert ranked.rows.tolist() == [20, 21, 0, 1]
    assert len(ranked.held) == 0


def test_what_meets_the_query_comes_before_what_only_suits(medical: TasteReading) -> None:
    found = falling(4)
    found = Candidates(np.array([0, 1, 20, 21]), found.terms, np.array([1, 1, 0, 0], dtype=np.int8))
    assert ENGINE.rank(found, medical, Intent.GENRE).rows.tolist() == [0, 1, 20, 21]


def test_no_candidates_are_no_answer_and_no_error(medical: TasteReading) -> None:
    assert len(ENGINE.rank(candidates([], [], []), medical, Intent.OTHER)) == 0
    assert len(ENGINE.rank(candidates([], [], []), None, Intent.OTHER)) == 0


def test_people_of_opposite_tastes_get_different_first_results(
    catalogue: Catalogue, medical: TasteReading
) -> None:
    found = falling(20)
    thriller = taste_with(catalogue, {"genre": {"Medical": 0.1, "Thriller": 1.0}})
    ones = ENGINE.rank(found, medical, Intent.VAGUE, count=5).rows
    others = ENGINE.rank(found, thriller, Intent.VAGUE, count=5).rows
    assert {catalogue.items[row].values("genre") for row in ones} == {("Medical",)}
    assert {catalogue.items[row].values("genre") for row in others} == {("Thriller",)}

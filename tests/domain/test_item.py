"""Items and the form under which facet values are compared."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.domain.item import FacetSpec, Item, facet_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Park Seo-joon", "Park Seo Joon"),
        ("Park Seo-joon", "PARK SEOJOON"),
        ("Park Seo-joon", "  park  seo\u2011joon "),
        ("Time Travel", "time-travel"),
        ("Caf\u00e9", "Cafe\u0301"),
        ("\uac15", "\u1100\u1161\u11bc"),
        ("Straße", "STRASSE"),
        ("Sci-Fi", "sci fi"),
        ("Park\u00a0Seo\u3000Joon", "park seo joon"),
    ],
)
def test_spellings_of_one_value_share_a_key(one: str, other: str) -> None:
    assert facet_key(one) == facet_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Park Seo-joon", "Park Seo-jun"),
        ("Cafe", "Café"),
        ("Life", "Live"),
        ("박서준", "박서진"),
        ("20s", "30s"),
        ("Sci-Fi", "Sci+Fi"),
    ],
)
def test_different_values_keep_different_keys(one: str, other: str) -> None:
    assert facet_key(one) != facet_key(other)


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


@given(value=TEXT)
def test_composed_and_decomposed_text_share_a_key(value: str) -> None:
    """Two files of one catalogue may write the same name in NFC and in NFD."""
    composed = unicodedata.normalize("NFC", value)
    decomposed = unicodedata.normalize("NFD", value)
    assert facet_key(composed) == facet_key(decomposed) == facet_key(value)


WORDS = st.lists(st.text("abcdefgäöü가나다", min_size=1, max_size=5), min_size=1, max_size=4)
GAPS = st.sampled_from([" ", "-", "  ", " - ", "\u2010", "\u2013", "\t"])


@given(words=WORDS, gaps=st.lists(GAPS, min_size=3, max_size=3))
def test_gaps_hyphens_and_case_never_matter(words: list[str], gaps: list[str]) -> None:
    spelled = words[0] + "".join(g + w for g, w in zip(gaps, words[1:], strict=False))
    assert facet_key(spelled.upper()) == facet_key("".join(words))


def test_an_item_answers_for_what_it_lacks() -> None:
    item = Item("a", "A")
    assert item.values("genre") == ()
    assert [item.number(name) for name in ("year", "rating", "episodes")] == [None] * 3


def test_an_item_answers_for_its_numbers_by_name() -> None:
    """Year and rating answer too; a rating of nought is a rating."""
    item = Item("a", "A", year=2016, rating=0.0, numbers={"episodes": 16.0})
    assert item.number("year") == 2016.0
    assert item.number("rating") == 0.0
    assert item.number("episodes") == 16.0


def test_items_without_facets_do_not_share_a_place_to_write_to() -> None:
    first, second = Item("a", "A"), Item("b", "B")
    with pytest.raises(TypeError):
        first.facets["genre"] = ("Medical",)  # type: ignore[index]
    assert second.values("genre") == ()


def test_values_keep_their_order() -> None:
    cast = ("Gong Yoo", "Kim Go-eun", "Lee Dong-wook")
    assert Item("a", "A", facets={"actor": cast}).values("actor") == cast


@pytest.mark.parametrize(
    ("spec", "plural"),
    [(FacetSpec("genre"), "genres"), (FacetSpec("series", plural="series"), "series")],
)
def test_a_facet_has_a_plural(spec: FacetSpec, plural: str) -> None:
    assert spec.plural_name == plural


def test_weights_of_a_bundled_cast_fall() -> None:
    from penchant.catalogue.schema import load_bundled_schema

    weights = load_bundled_schema().facet("actor").position_weights
    assert weights == (1.0, 0.8, 0.65, 0.55, 0.5)
    assert all(a > b for a, b in pairwise(weights))

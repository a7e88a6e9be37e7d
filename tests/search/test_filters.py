"""Hard constraints as masks."""

from __future__ import annotations

import pytest

from penchant.catalogue.catalogue import Catalogue
from penchant.domain.query import Filters
from penchant.errors import InvalidQuery
from penchant.search.filters import ContentFilter


def _passing(world: Catalogue, filters: Filters) -> set[str]:
    mask = ContentFilter(world).mask(filters)
    return {item.id for item, passes in zip(world.items, mask, strict=True) if passes}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), {"farm", "keep", "cave"}),
        (Filters(facets={"genre": ("strategy", "Adventure")}), {"keep", "cave"}),
        (Filters(facets={"genre": ("Strategy",), "theme": ("dragons",)}), {"keep"}),
        (Filters(people=("ann-lee",)), {"farm", "cave"}),
        (Filters(people=("Ann Lee", "Bo Ng")), set()),
        (Filters(ranges={"year": (2020, None)}), {"keep", "cave"}),
        (Filters(ranges={"minutes": (None, 60), "rating": (7.5, None)}), {"farm"}),
        (Filters(exclude_items=frozenset({"farm", "unknown"})), {"keep", "cave"}),
        (Filters(exclude_facets={"theme": ("Dragons",)}), {"farm"}),
        (Filters(facets={"genre": ("Opera",)}), set()),
    ],
)
def test_who_passes(world: Catalogue, filters: Filters, expected: set[str]) -> None:
    """Any value of a facet is enough, facets and people are all needed, hidden items never pass."""
    assert _passing(world, filters) == expected


def test_a_query_s_words_ask_for_all_values(world: Catalogue) -> None:
    """The words "dragons caves" means items with both."""
    filters = Filters(facets={"theme": ("Dragons", "Caves")})
    mask = ContentFilter(world).mask_of_all(filters)
    assert [world.items[row].id for row in mask.nonzero()[0]] == ["cave"]


@pytest.mark.parametrize(
    ("filters", "named"),
    [
        (Filters(facets={"colour": ("red",)}), "genre, theme, author"),
        (Filters(exclude_facets={"colour": ("red",)}), "genre, theme, author"),
        (Filters(ranges={"weight": (1, 2)}), "year, rating, minutes"),
    ],
)
def test_an_unknown_name_is_refused(world: Catalogue, filters: Filters, named: str) -> None:
    """The message says which facets or numbers there are."""
    with pytest.raises(InvalidQuery, match=named):
        ContentFilter(world).mask(filters)


def test_an_item_without_the_number_does_not_pass(world: Catalogue) -> None:
    """What is unknown cannot be said to lie within a range."""
    unknown = world.with_items([world.get("farm").__class__("x", "X")], 1)
    assert "x" not in _passing(unknown, Filters(ranges={"year": (None, 3000)}))

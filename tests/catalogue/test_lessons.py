"""What a verdict on an item teaches: which values, under which keys, how strongly."""

from __future__ import annotations

import pytest
from worlds import make_item

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.lessons import Lesson, lessons_of
from penchant.catalogue.schema import load_bundled_schema
from penchant.domain.item import FacetSpec

GENRE, ACTOR = FacetSpec("genre"), FacetSpec("actor", position_weights=(1.0, 0.8, 0.5))


def test_each_value_counts_fully_where_order_means_nothing() -> None:
    item = make_item("x", genre=["Medical", "Slice of Life"])
    assert lessons_of(item, [GENRE]) == (
        Lesson("genre", ("medical", "sliceoflife"), ("Medical", "Slice of Life"), (1.0, 1.0)),
    )


def test_places_of_a_cast_weigh_less_and_less_and_then_nothing() -> None:
    (lesson,) = lessons_of(make_item("x", actor=["A", "B", "C", "D"]), [ACTOR])
    assert lesson.keys == ("a", "b", "c")
    assert lesson.weights == (1.0, 0.8, 0.5)


def test_a_value_that_stands_twice_is_taught_once_by_its_first_place() -> None:
    """The third place keeps its weight of .5, although it is the second that is left."""
    (lesson,) = lessons_of(make_item("x", actor=["Jo-a", "Jo A", "Kim"]), [ACTOR])
    assert lesson == Lesson("actor", ("joa", "kim"), ("Jo-a", "Kim"), (1.0, 0.5))


def test_an_item_teaches_nothing_of_a_facet_it_has_no_value_of() -> None:
    item = make_item("x", actor=["A"], mood=["Sad"])
    assert [lesson.facet for lesson in lessons_of(item, [GENRE, ACTOR])] == ["actor"]


@pytest.mark.parametrize(("item_id", "genre"), [("a", "comedy"), ("b", "medical")])
def test_a_catalogue_gives_the_lessons_of_the_row_each_time(item_id: str, genre: str) -> None:
    items = [make_item("b", genre=["Medical"]), make_item("a", genre=["Comedy"])]
    catalogue = Catalogue(load_bundled_schema(), items)
    row = catalogue.row_of[item_id]
    for _ in range(2):
        (lesson,) = catalogue.lessons(row)
        assert lesson.keys == (genre,)

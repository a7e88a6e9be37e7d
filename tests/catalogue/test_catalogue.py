from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from penchant.catalogue.catalogue import Catalogue, item_fingerprint
from penchant.catalogue.schema import load_bundled_schema
from penchant.domain.item import Item
from penchant.errors import UnknownItem

SCHEMA = load_bundled_schema()
WARD = Item(
    "ward",
    "The Ward",
    text="Nurses share a flat.",
    year=2020,
    facets={
        "genre": ("Medical", "Life"),
        "actor": ("Kim A-ra", "Lee B", "Choi C", "Park D", "Jung E", "Seo F", "Kim A Ra"),
    },
    numbers={"episodes": 12.0},
    rating=9.0,
    rating_count=50,
)
COURT = Item(
    "court",
    "The Court",
    year=2015,
    facets={"genre": ("Law", "medical"), "actor": ("Lee B",)},
    rating=7.0,
    rating_count=100,
)
RUIN = Item("ruin", "The Ruin", hidden=True)


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue(SCHEMA, [WARD, RUIN, COURT], version=7)


def test_rows_follow_the_order_of_ids(catalogue: Catalogue) -> None:
    assert [item.id for item in catalogue.items] == ["court", "ruin", "ward"]
    assert catalogue.rows(["ward", "court"]).tolist() == [2, 0]
    assert catalogue.visible.tolist() == [True, False, True]
    with pytest.raises(UnknownItem, match="'wart'"):
        catalogue.rows(["wart"])


def test_a_facet_value_is_one_column_however_it_is_spelt(catalogue: Catalogue) -> None:
    genre = catalogue.facets["genre"]
    assert genre.names == ("Law", "medical", "Life")
    assert genre.item_counts.tolist() == [1, 2, 1]
    assert genre.columns(["MEDICAL", "Opera", "life"]) == [1, 2]
    assert genre.matrix[:, 1].toarray().ravel().tolist() == [1.0, 0.0, 1.0]


def test_the_place_in_the_cast_is_the_weight(catalogue: Catalogue) -> None:
    """1, .8, .65, .55, .5; a name that occurs twice counts at its first place."""
    actor = catalogue.facets["actor"]
    row = actor.matrix[2].toarray()[0]
    weights = {actor.names[column]: row[column] for column in np.flatnonzero(row)}
    assert weights == pytest.approx(
        {"Kim A-ra": 1, "Lee B": 0.8, "Choi C": 0.65, "Park D": 0.55, "Jung E": 0.5, "Seo F": 0.5}
    )
    assert actor.matrix[0, actor.column_of["leeb"]] == 1.0


def test_ratings_shrink_to_the_mean_by_fifty_ratings(catalogue: Catalogue) -> None:
    """Mean (9+7)/2 = 8: (9*50+8*50)/100 = 8.5, (7*100+8*50)/150 = 7.333, unknown 8."""
    assert catalogue.mean_rating == 8.0
    assert catalogue.bayesian_rating == pytest.approx([22 / 3, 8.0, 8.5])
    assert catalogue.quality == pytest.approx([0.0, (8 - 22 / 3) / (8.5 - 22 / 3), 1.0])


def test_ratings_without_raters_still_tell_good_from_bad() -> None:
    """A source without numbers of raters orders by its ratings; an unrated item is average."""
    items = [Item("a", "A", rating=2.0), Item("b", "B"), Item("c", "C", rating=9.0)]
    assert Catalogue(SCHEMA, items).quality == pytest.approx([0.0, 0.5, 1.0])


def test_popularity_grows_with_the_logarithm_of_raters(catalogue: Catalogue) -> None:
    assert catalogue.popularity == pytest.approx([1.0, 0.0, np.log(51) / np.log(101)])


def test_numbers_are_nan_where_unknown(catalogue: Catalogue) -> None:
    assert catalogue.numbers("episodes") == pytest.approx([np.nan, np.nan, 12.0], nan_ok=True)
    assert catalogue.numbers("year") == pytest.approx([2015.0, np.nan, 2020.0], nan_ok=True)


def test_changed_items_make_a_new_snapshot(catalogue: Catalogue) -> None:
    """Added and replaced items are in the new one; the old one stays as it was."""
    changed = catalogue.with_items(
        [replace(COURT, title="The High Court"), Item("alley", "The Alley")], version=8
    )
    assert [item.id for item in changed.items] == ["alley", "court", "ruin", "ward"]
    assert changed.get("court").title == "The High Court"
    assert (changed.version, catalogue.version) == (8, 7)
    assert catalogue.get("court").title == "The Court"
    assert len(catalogue) == 3


def test_items_are_enriched_by_the_lexicon() -> None:
    item = Item("a", "A", text="A funny ghost.", facets={"theme": ("Funny",)})
    assert Catalogue(SCHEMA, [item]).get("a").values("theme") == ("Funny", "fantasy")


def test_the_fingerprint_of_an_item_changes_with_what_is_learned_from_it() -> None:
    """A facet, the title or the text; ratings, counts and being hidden leave it."""
    plain = item_fingerprint(WARD)
    assert item_fingerprint(replace(WARD)) == plain
    assert item_fingerprint(replace(WARD, rating=3.0, rating_count=9, hidden=True)) == plain
    facets = {**WARD.facets, "genre": ("Medical",)}
    assert item_fingerprint(replace(WARD, facets=facets)) != plain
    assert item_fingerprint(replace(WARD, title="Ward")) != plain
    assert item_fingerprint(replace(WARD, text="Nurses.")) != plain
    reordered = dict(reversed(WARD.facets.items()))
    assert item_fingerprint(replace(WARD, facets=reordered)) == plain


def test_an_empty_catalogue_has_arrays_of_length_zero() -> None:
    empty = Catalogue(SCHEMA, [])
    assert (len(empty), empty.mean_rating) == (0, 5.0)
    assert empty.quality.shape == empty.popularity.shape == empty.fingerprints.shape == (0,)
    assert empty.facets["genre"].matrix.shape == (0, 0)

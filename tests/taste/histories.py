"""Histories made by hand: catalogues of known make-up and people who watch in a known way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from worlds import DAY, NOON

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import load_bundled_schema
from penchant.domain.item import Item
from penchant.taste.history import History


def drama(
    item_id: str,
    *genres: str,
    raters: int = 100,
    rating: float | None = 7.0,
    year: int | None = 2015,
    hidden: bool = False,
    **facets: Sequence[str],
) -> Item:
    """An item of these genres, with whatever else a test needs."""
    return Item(
        item_id,
        item_id.title(),
        year=year,
        facets={"genre": genres, **{name: tuple(values) for name, values in facets.items()}},
        rating=rating,
        rating_count=raters,
        hidden=hidden,
    )


def shelf(counts: dict[str, int], raters: int = 100) -> Catalogue:
    """A catalogue with so many items of each genre, each of one genre alone."""
    items = [
        drama(f"{genre}-{n:03}", genre, raters=raters)
        for genre, number in counts.items()
        for n in range(number)
    ]
    return Catalogue(load_bundled_schema(), items)


def watched(
    catalogue: Catalogue,
    item_ids: Sequence[str],
    *,
    ratings: Sequence[float] | None = None,
    targets: Sequence[float] | None = None,
    at: Sequence[float] | None = None,
) -> History:
    """The history of somebody with these verdicts, a day apart unless said otherwise.

    Ratings are targets, too; without either every verdict is a full one.
    """
    count = len(item_ids)
    top = catalogue.schema.rating_scale[1]
    given = np.full(count, np.nan) if ratings is None else np.array(ratings, dtype=np.float64)
    target = np.where(np.isnan(given), 1.0, given / top)
    return History(
        catalogue,
        catalogue.rows(item_ids),
        target if targets is None else np.array(targets, dtype=np.float64),
        np.ones(count),
        NOON + DAY * np.arange(count) if at is None else np.array(at, dtype=np.float64),
        given,
    )


def like_everybody(catalogue: Catalogue, count: int, rng: np.random.Generator) -> list[str]:
    """So many items as somebody takes them who goes by nothing but popularity."""
    chance = catalogue.rating_counts / catalogue.rating_counts.sum()
    rows = rng.choice(len(catalogue), size=count, replace=False, p=chance)
    return [catalogue.items[row].id for row in rows]

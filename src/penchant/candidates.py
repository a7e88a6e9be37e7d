"""Which items may be listed for a person, and a caller's own candidates as a catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.vectors import build_vectors
from penchant.crowd.crowd import Crowd
from penchant.domain.item import Item
from penchant.domain.query import Filters
from penchant.errors import InvalidInput
from penchant.search.filters import ContentFilter
from penchant.snapshot import Snapshot
from penchant.taste.reading import TasteReading

__all__ = ["finite", "listable_rows", "own_snapshot", "sought_now", "without_muted"]


def listable_rows(
    snapshot: Snapshot, reading: TasteReading | None, filters: Filters
) -> NDArray[np.int64]:
    """Rows of the items that a list without a query may show, int64, ascending.

    What the person muted, and what the person is done with, is left out.
    """
    if reading is not None:
        filters = without_muted(filters, reading)
        filters = replace(filters, exclude_items=filters.exclude_items | reading.seen_items)
    return np.flatnonzero(ContentFilter(snapshot.catalogue).mask(filters))


def sought_now(snapshot: Snapshot, crowd: Crowd, now: float) -> NDArray[np.float64] | None:
    """What people turn to now as a share of the most sought, float64 (items,); None if nothing."""
    people = np.log1p(crowd.trending(now))[crowd.columns_of(snapshot.catalogue)]
    most = float(people.max(initial=0.0))
    return people / most if most > 0.0 else None


def without_muted(filters: Filters, reading: TasteReading) -> Filters:
    """The filters with the values that the person muted left out, too."""
    if not reading.muted:
        return filters
    excluded = {facet: tuple(values) for facet, values in filters.exclude_facets.items()}
    for facet, names in reading.muted.items():
        excluded[facet] = (*excluded.get(facet, ()), *names)
    return replace(filters, exclude_facets=excluded)


def own_snapshot(snapshot: Snapshot, items: Sequence[Item]) -> Snapshot:
    """The snapshot itself when it holds all the items, else one of just these items."""
    held = snapshot.catalogue
    if all(item.id in held.row_of and held.get(item.id) is item for item in items):
        return snapshot
    catalogue = Catalogue(held.schema, items, held.version)
    vectors = build_vectors(
        catalogue, snapshot.vectors.encoder, snapshot.vectors.mean, (held, snapshot.vectors)
    )
    return replace(snapshot, catalogue=catalogue, vectors=vectors)


def finite(base_scores: Sequence[float]) -> NDArray[np.float64]:
    """A caller's scores as a column; raises InvalidInput for one that is no finite number."""
    scores = np.array(base_scores, dtype=np.float64)
    if not np.isfinite(scores).all():
        raise InvalidInput("base scores must be finite numbers")
    return scores

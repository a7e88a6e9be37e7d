"""Which items may be listed for a person, and a caller's own candidates as a catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.vectors import build_vectors
from penchant.crowd.crowd import Crowd
from penchant.domain.item import Item, checked_item
from penchant.domain.query import Filters, Query
from penchant.errors import InvalidInput
from penchant.ranking.boosts import PersonalizationEngine
from penchant.search.filters import ContentFilter
from penchant.snapshot import Snapshot
from penchant.taste.insights import PreferenceLearner
from penchant.taste.reading import TasteReading

__all__ = [
    "PersonalQuery",
    "Sought",
    "given_items",
    "given_scores",
    "listable_rows",
    "own_snapshot",
    "personal_query",
    "sought_now",
    "without_muted",
]

MOST_USER_TERMS = 2
HALF_SOUGHT = 5.0


@dataclass(frozen=True, slots=True)
class PersonalQuery:
    """What a query becomes for one person: the semantic share, the filters, words of their own."""

    alpha: float
    filters: Filters
    terms: tuple[str, ...] = ()


def personal_query(
    query: Query,
    base_alpha: float,
    reading: TasteReading | None,
    personalization: PersonalizationEngine,
) -> PersonalQuery:
    """The query as one person asks it; without a taste, as anybody does."""
    if reading is None:
        return PersonalQuery(base_alpha, query.filters)
    own_alpha = personalization.personal_alpha(reading, base_alpha)
    return PersonalQuery(
        base_alpha + query.personalize * (own_alpha - base_alpha),
        without_muted(query.filters, reading),
        tuple(p.name for p in PreferenceLearner(reading).top("theme", MOST_USER_TERMS)),
    )


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


@dataclass(frozen=True, slots=True)
class Sought:
    """What people turn to now, filled up with what is popular anyway.

    `score`: float64 (items,) in [0, 1]; `trend_part`: the share of it that comes from now.
    """

    score: NDArray[np.float64]
    trend_part: NDArray[np.float64]


def sought_now(snapshot: Snapshot, crowd: Crowd, now: float) -> Sought:
    """The trend counts by n / (n + 5) for n visits of the last days, the rest is popularity."""
    columns = crowd.columns_of(snapshot.catalogue)  # before the crowd is asked, which may grow
    visits = crowd.trending(now)
    total = float(visits.sum())
    counted = np.log1p(visits)[columns]
    most = float(counted.max(initial=0.0))
    share = total / (total + HALF_SOUGHT)
    trend = share * counted / most if most > 0.0 else np.zeros(len(counted))
    score = trend + (1.0 - share) * snapshot.catalogue.popularity
    part = np.divide(trend, score, out=np.zeros(len(score)), where=score > 0.0)
    return Sought(score, part)


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


def given_items(snapshot: Snapshot, items: Sequence[Item | str]) -> list[Item]:
    """A caller's candidates as items; raises UnknownItem, InvalidItem or InvalidInput."""
    known = [snapshot.catalogue.get(i) if isinstance(i, str) else checked_item(i) for i in items]
    if len({item.id for item in known}) != len(known):
        raise InvalidInput("the same item stands twice among the candidates")
    return known


def given_scores(items: Sequence[Item], base_scores: Sequence[float] | None) -> dict[str, float]:
    """A caller's scores by item id, none without any; raises InvalidInput for unusable ones."""
    if base_scores is None:
        return {}
    if len(base_scores) != len(items):
        raise InvalidInput(f"{len(items)} items but {len(base_scores)} base scores")
    scores = np.array(base_scores, dtype=np.float64)
    if not np.isfinite(scores).all():
        raise InvalidInput("base scores must be finite numbers")
    return {item.id: score for item, score in zip(items, scores.tolist(), strict=True)}

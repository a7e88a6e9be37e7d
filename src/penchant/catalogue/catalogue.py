"""Catalogue: one immutable snapshot of all items, as objects and as arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from scipy import sparse

from penchant.catalogue.lessons import Lesson, lessons_of
from penchant.catalogue.schema import CatalogueSchema
from penchant.domain.item import Item, facet_key
from penchant.errors import InvalidItem, UnknownItem

__all__ = ["Catalogue", "FacetIndex", "item_fingerprint"]

BAYESIAN_PRIOR_RATINGS = 50.0


@dataclass(frozen=True)
class FacetIndex:
    """The values of one facet over all items.

    `matrix` is CSR float32 (items, values): 1 where the item has the value, or the weight of its
    place for facets with an order. `keys` are facet keys by column, `names` their first spelling.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    column_of: dict[str, int]
    matrix: sparse.csr_matrix

    @cached_property
    def item_counts(self) -> NDArray[np.int64]:
        """How many items have each value, int64 (values,)."""
        return np.bincount(self.matrix.indices, minlength=len(self.keys)).astype(np.int64)

    def columns(self, values: Iterable[str]) -> list[int]:
        """Columns of the given values (any spelling), unknown ones left out."""
        found = (self.column_of.get(facet_key(value)) for value in values)
        return [column for column in found if column is not None]

    def nearest_names(self, name: str) -> list[str]:
        """Up to three values spelled much like `name`, nearest first."""
        near = process.extract(name, self.names, scorer=fuzz.WRatio, limit=3, score_cutoff=60)
        return [found for found, _, _ in near]


class Catalogue:
    """An immutable snapshot; changing items makes a new one.

    `version` is the log position of the newest item change it holds. Rows number the items in the
    order of their ids, hidden ones included: a fold may still need them, an answer never shows
    them.
    """

    def __init__(self, schema: CatalogueSchema, items: Iterable[Item], version: int = 0) -> None:
        self.schema = schema
        self.version = version
        ordered = sorted(items, key=lambda item: item.id)
        self.items: tuple[Item, ...] = tuple(schema.enrich(item) for item in ordered)
        self.row_of: dict[str, int] = {item.id: row for row, item in enumerate(self.items)}
        if len(self.row_of) < len(self.items):
            twice = next(a.id for a, b in pairwise(self.items) if a.id == b.id)
            raise InvalidItem(f"item {twice!r} stands twice; give each item an id of its own")

    def __len__(self) -> int:
        return len(self.items)

    def with_items(self, changed: Iterable[Item], version: int) -> Catalogue:
        """A new snapshot in which `changed` items are added or replace those of the same id."""
        merged = {item.id: item for item in self.items}
        merged.update((item.id, item) for item in changed)
        return Catalogue(self.schema, merged.values(), version)

    def get(self, item_id: str) -> Item:
        """The item of that id, hidden or not; raises UnknownItem."""
        row = self.row_of.get(item_id)
        if row is None:
            raise _unknown(item_id)
        return self.items[row]

    def rows(self, item_ids: Sequence[str]) -> NDArray[np.int64]:
        """Rows of the ids, in order, int64; raises UnknownItem for an id that is not there."""
        row_of = self.row_of
        try:
            return np.array([row_of[item_id] for item_id in item_ids], dtype=np.int64)
        except KeyError as missing:
            raise _unknown(missing.args[0]) from None

    def lessons(self, row: int) -> tuple[Lesson, ...]:
        """What a verdict on the item of that row teaches, one lesson for each facet it has."""
        known = self._lessons.get(row)
        if known is None:
            known = self._lessons[row] = lessons_of(self.items[row], self.schema.facets)
        return known

    @cached_property
    def _lessons(self) -> dict[int, tuple[Lesson, ...]]:
        # Filled as people meet items: most of a large catalogue is never learned from.
        return {}

    @cached_property
    def visible(self) -> NDArray[np.bool_]:
        """Which items may be shown, bool (items,)."""
        return np.array([not item.hidden for item in self.items], dtype=np.bool_)

    @cached_property
    def facets(self) -> dict[str, FacetIndex]:
        """The index of each facet, by facet name."""
        return {spec.name: self._index(spec.name) for spec in self.schema.facets}

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A numeric fact of all items, NaN where unknown, float64 (items,)."""
        if name not in self._numbers:
            values = (item.number(name) for item in self.items)
            self._numbers[name] = np.array(
                [np.nan if value is None else value for value in values], dtype=np.float64
            )
        return self._numbers[name]

    @cached_property
    def _numbers(self) -> dict[str, NDArray[np.float64]]:
        return {}

    @cached_property
    def rating_counts(self) -> NDArray[np.float64]:
        """How many people are behind each item's rating, float64 (items,)."""
        return np.array([item.rating_count for item in self.items], dtype=np.float64)

    @cached_property
    def mean_rating(self) -> float:
        """The plain mean of all known ratings; the middle of the scale when there is none."""
        ratings = self.numbers("rating")
        known = ratings[~np.isnan(ratings)]
        return float(known.mean()) if len(known) else sum(self.schema.rating_scale) / 2

    @cached_property
    def bayesian_rating(self) -> NDArray[np.float64]:
        """Ratings shrunk to the catalogue mean by 50 imagined ratings, float64 (items,).

        A rating without a number of raters counts as one person's: there is one behind it, and a
        source without numbers must still tell good from bad.
        """
        known = self.numbers("rating")
        ratings = np.nan_to_num(known, nan=self.mean_rating)
        counts = np.where(np.isnan(known), 0.0, np.maximum(self.rating_counts, 1.0))
        total = ratings * counts + self.mean_rating * BAYESIAN_PRIOR_RATINGS
        return np.asarray(total / (counts + BAYESIAN_PRIOR_RATINGS), dtype=np.float64)

    @cached_property
    def quality(self) -> NDArray[np.float64]:
        """The Bayesian rating scaled to [0, 1] over the catalogue, float64 (items,)."""
        return _scaled(self.bayesian_rating)

    @cached_property
    def popularity(self) -> NDArray[np.float64]:
        """A prior in [0, 1] from the number of raters (log scale), float64 (items,)."""
        return _scaled(np.log1p(self.rating_counts), least=0.0)

    @cached_property
    def fingerprints(self) -> NDArray[np.uint64]:
        """What learning from each item depends on, as a 64-bit number, uint64 (items,)."""
        return np.array([item_fingerprint(item) for item in self.items], dtype=np.uint64)

    def _index(self, facet: str) -> FacetIndex:
        weights = self.schema.facet(facet).position_weights
        column_of: dict[str, int] = {}
        names: list[str] = []
        indptr, indices, data = [0], [], []
        for item in self.items:
            seen: set[int] = set()
            for place, name in enumerate(item.values(facet)):
                key = facet_key(name)
                column = column_of.setdefault(key, len(column_of))
                if column == len(names):
                    names.append(name)
                if column not in seen:
                    seen.add(column)
                    indices.append(column)
                    data.append(weights[min(place, len(weights) - 1)] if weights else 1.0)
            indptr.append(len(indices))
        matrix = sparse.csr_matrix(
            (np.array(data, dtype=np.float32), np.array(indices, dtype=np.int32), np.array(indptr)),
            shape=(len(self.items), len(names)),
        )
        return FacetIndex(tuple(column_of), tuple(names), column_of, matrix)


def item_fingerprint(item: Item) -> int:
    """A 64-bit number that changes when the title, the text or a facet of the item changes."""
    content = (item.title, item.text, sorted((f, tuple(v)) for f, v in item.facets.items()))
    return int.from_bytes(hashlib.blake2b(repr(content).encode(), digest_size=8).digest())


def _unknown(item_id: str) -> UnknownItem:
    return UnknownItem(f"no item with id {item_id!r} in the catalogue; check the id")


def _scaled(values: NDArray[np.float64], least: float | None = None) -> NDArray[np.float64]:
    if len(values) == 0:
        return values
    low = float(values.min()) if least is None else least
    span = float(values.max()) - low
    return np.zeros(len(values)) if span <= 0 else (values - low) / span

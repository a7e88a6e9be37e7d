"""Likeness: which items resemble an item, and what they share."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.vectors import ItemVectors
from penchant.domain.item import Item, facet_key
from penchant.search.hits import Hits
from penchant.search.semantic import SemanticIndex

__all__ = ["Likeness"]

# Of the similarity, the part that is shared facet values; the rest is the cosine of the vectors.
FACET_SHARE = 0.3
COMPARED = 200
NAMED_VALUES = 2


class Likeness:
    """Similarity between the items of one catalogue snapshot."""

    def __init__(self, catalogue: Catalogue, vectors: ItemVectors, semantic: SemanticIndex) -> None:
        self._catalogue = catalogue
        self._vectors = vectors
        self._semantic = semantic
        self._value_facets = [s.name for s in catalogue.schema.facets if not s.person]
        self._person_facets = [s.name for s in catalogue.schema.facets if s.person]

    def nearest(self, item_id: str, n: int) -> tuple[tuple[Item, float, str], ...]:
        """The `n` visible items most like it, best first: (item, similarity in [-1, 1], shared).

        The similarity is .7 * cosine of the vectors + .3 * cosine of the facet values, where rare
        values weigh more. Raises UnknownItem.
        """
        item = self._catalogue.get(item_id)
        row = self._catalogue.row_of[item_id]
        others = self._catalogue.visible.copy()
        others[row] = False
        vector = self._vectors.centred[row]
        near = self._semantic.search(vector, max(COMPARED, n), others)
        rows = near.rows if len(near) else np.flatnonzero(others)
        likeness = (1.0 - FACET_SHARE) * self._semantic.score(vector, rows)
        likeness += FACET_SHARE * self._shared_facets(row, rows)
        best = Hits.best(rows, likeness, n)
        return tuple(
            (other, float(score), self._shared(item, other))
            for other, score in zip(
                (self._catalogue.items[r] for r in best.rows), best.scores, strict=True
            )
        )

    def _shared_facets(self, row: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        product = self._weighted[rows] @ self._weighted[[row]].T
        return np.asarray(product.toarray()[:, 0], dtype=np.float64)

    @cached_property
    def _weighted(self) -> sparse.csr_matrix:
        """Facet values by rarity, unit rows, CSR (items, values of all facets)."""
        parts = [sparse.csr_matrix((len(self._catalogue), 0))]
        for facet in (*self._value_facets, *self._person_facets):
            matrix = self._catalogue.facets[facet].matrix
            parts.append(sparse.csr_matrix(matrix @ sparse.diags_array(self._rarity(facet))))
        joined = sparse.csr_matrix(sparse.hstack(parts))
        lengths = sparse.linalg.norm(joined, axis=1)
        inverse = np.divide(1.0, lengths, out=np.zeros(len(lengths)), where=lengths > 0)
        return sparse.csr_matrix(sparse.diags_array(inverse) @ joined)

    def _rarity(self, facet: str) -> NDArray[np.float64]:
        counts = self._catalogue.facets[facet].item_counts
        return np.asarray(np.log1p(len(self._catalogue) / np.maximum(counts, 1)))

    def _shared(self, item: Item, other: Item) -> str:
        """The rarest values that both have, then a person of both; "" when nothing is shared."""
        values: list[tuple[float, str]] = []
        for facet in self._value_facets:
            index = self._catalogue.facets[facet]
            held = {facet_key(value) for value in other.values(facet)}
            for value in item.values(facet):
                key = facet_key(value)
                if key in held:
                    count = float(index.item_counts[index.column_of[key]])
                    values.append((count, value))
        distinct = {facet_key(value): value for _, value in sorted(values, reverse=True)}
        named = list(distinct.values())[-NAMED_VALUES:][::-1]
        people = [
            person
            for facet in self._person_facets
            for person in item.values(facet)
            if facet_key(person) in {facet_key(p) for p in other.values(facet)}
        ]
        return ", ".join([*named, *(f"with {person}" for person in people[:1])])

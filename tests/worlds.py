"""Worlds that tests share: small catalogues whose right answers are known by construction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import CatalogueSchema, load_bundled_schema
from penchant.catalogue.vectors import ItemVectors, build_vectors
from penchant.domain.item import Item
from penchant.taste.learner import Learner
from penchant.taste.signals import DEFAULT_SIGNALS

NOON = 1_750_000_000.0
DAY = 86_400.0


class OneHotEncoder:
    """Each text that the encoder has not seen gets the next axis: all items are orthogonal."""

    def __init__(self, dimension: int = 256) -> None:
        self.dimension = dimension
        self.id = f"one-hot-{dimension}"
        self.axes: dict[str, int] = {}

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row, self.axes.setdefault(text, len(self.axes))] = 1.0
        return vectors


def make_item(item_id: str, /, title: str | None = None, **facets: Sequence[str]) -> Item:
    """An item with facets given as keyword lists: make_item("a", genre=["Medical"])."""
    return Item(
        id=item_id,
        title=title or item_id.replace("-", " ").title(),
        year=2020,
        facets={name: tuple(values) for name, values in facets.items()},
        numbers={"episodes": 16.0},
        rating=8.0,
        rating_count=1_000,
    )


def make_learner(items: Sequence[Item], schema: CatalogueSchema | None = None) -> Learner:
    """A learner over items whose vectors are orthogonal."""
    catalogue = Catalogue(schema or load_bundled_schema(), items)
    encoder = OneHotEncoder()
    vectors: ItemVectors = build_vectors(
        catalogue, encoder, mean=np.zeros(encoder.dimension, dtype=np.float32)
    )
    low, top = catalogue.schema.rating_scale
    return Learner(catalogue, vectors, DEFAULT_SIGNALS.on_scale(low, top))

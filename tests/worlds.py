"""Worlds that tests share: small catalogues whose right answers are known by construction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import CatalogueSchema, load_bundled_schema
from penchant.catalogue.vectors import ItemVectors, build_vectors
from penchant.domain.feedback import Feedback
from penchant.domain.item import Item, facet_key
from penchant.domain.profile import PreferenceState, UserProfile
from penchant.domain.record import Record, RecordType, Statement, StatementAction
from penchant.taste.learner import Learner
from penchant.taste.reading import TasteReading
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


def make_placed_learner(
    items: Sequence[Item],
    directions: Mapping[str, Sequence[float]],
    schema: CatalogueSchema | None = None,
) -> Learner:
    """A learner whose item vectors point where `directions` (item id -> any length) say."""
    catalogue = Catalogue(schema or load_bundled_schema(), items)
    raw = np.array([directions[item.id] for item in catalogue.items], dtype=np.float64)
    centred = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
    dimension = centred.shape[1]
    vectors = ItemVectors(OneHotEncoder(dimension), np.zeros(dimension, np.float32), centred)
    low, top = catalogue.schema.rating_scale
    return Learner(catalogue, vectors, DEFAULT_SIGNALS.on_scale(low, top))


def make_event(
    kind: str,
    item_id: str,
    value: float | None = None,
    *,
    position: int = 1,
    at: float = NOON,
    event_id: str | None = None,
) -> Record:
    """A feedback record of mina's, at noon; its event id tells its position unless given."""
    name = event_id or f"e{position}"
    feedback = Feedback(name, "mina", item_id, kind, at, value)
    return Record(RecordType.FEEDBACK, name, "mina", at, position, feedback=feedback)


def make_statement(
    action: StatementAction,
    facet: str,
    name: str,
    value: float | None = None,
    *,
    position: int = 1,
    at: float = NOON,
) -> Record:
    """What mina states about one facet value, at noon; its event id tells its position."""
    event_id = f"s{position}"
    statement = Statement(event_id, "mina", action, facet, name, at, value)
    return Record(RecordType.STATEMENT, event_id, "mina", at, position, statement=statement)


def taste_of(learner: Learner, *records: Record, now: float = NOON) -> TasteReading:
    """Mina's taste as read at `now` after the records."""
    return TasteReading(learner.fold("mina", records), learner.catalogue, now)


def taste_with(
    catalogue: Catalogue,
    preferences: Mapping[str, Mapping[str, float]],
    evidence: float = 2.0,
) -> TasteReading:
    """A taste with exactly these values (facet -> name -> value), read when they were learned."""
    states = {
        facet: {facet_key(n): PreferenceState(v, evidence, 0.0, NOON) for n, v in values.items()}
        for facet, values in preferences.items()
    }
    names = {f"{f}:{facet_key(n)}": n for f, values in preferences.items() for n in values}
    return TasteReading(
        UserProfile("mina", preferences=states, names=names), catalogue, NOON
    )

"""A made-up catalogue of any size, with vectors and people, for benchmarks that need no text.

Each item has 3 genres, 10 themes, 5 actors and 2 directors, and a random unit vector of 256
dimensions. What people turn to follows Zipf's law, and short walks: after an item often comes one
of the few that lie near it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.encoder import unit_rows
from penchant.catalogue.schema import Vocabulary, load_bundled_schema
from penchant.catalogue.vectors import ItemVectors
from penchant.domain.feedback import Feedback
from penchant.domain.item import Item
from penchant.domain.record import Record, RecordType
from penchant.taste.learner import Learner
from penchant.taste.signals import DEFAULT_SIGNALS

__all__ = ["DAY_S", "DIMENSION", "NOW", "random_learner", "record_of", "walks"]

NOW, DAY_S = 1_750_000_000.0, 86_400.0
DIMENSION = 256
# Facet -> (values of an item, how many values there are: a fixed number, or a share of the items).
FACETS: dict[str, tuple[int, float]] = {
    "genre": (3, 20),
    "theme": (10, 800),
    "actor": (5, 1.0),
    "director": (2, 0.5),
}
MEAN_STEPS = 5
NEAR = 10


@dataclass(frozen=True)
class NoEncoder:
    """Stands where vectors were not made from text."""

    id: str = "random"
    dimension: int = DIMENSION

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Zeros: nothing is known of any text."""
        return np.zeros((len(texts), self.dimension), dtype=np.float32)


def random_learner(
    size: int, rng: np.random.Generator, facets: Sequence[str] = tuple(FACETS)
) -> Learner:
    """A learner over `size` items that have values of the given facets only."""
    schema = load_bundled_schema()
    kept = tuple(spec for spec in schema.facets if spec.name in facets)
    schema = replace(schema, facets=kept, lexicon={}, vocabulary=Vocabulary())
    values = {facet: _values(facet, size, rng) for facet in facets}
    items = [
        Item(
            f"item-{row:06d}",
            f"Item {row:06d}",
            year=int(rng.integers(1960, 2025)),
            facets={facet: taken[row] for facet, taken in values.items()},
            rating=float(rng.integers(40, 100)) / 10.0,
            rating_count=int(100_000 / (row + 1)),
        )
        for row in range(size)
    ]
    catalogue = Catalogue(schema, items)
    centred = unit_rows(rng.standard_normal((size, DIMENSION), dtype=np.float32))
    vectors = ItemVectors(NoEncoder(), np.zeros(DIMENSION, dtype=np.float32), centred)
    return Learner(catalogue, vectors, DEFAULT_SIGNALS.on_scale(*schema.rating_scale))


def walks(people: int, length: int, size: int, rng: np.random.Generator) -> list[list[int]]:
    """For each person up to `length` different rows, in the order in which they come.

    A walk starts at a row drawn by Zipf's law and goes on for five steps or so, each to a row that
    lies up to ten further on in a fixed shuffled order; then the next walk starts.
    """
    popularity = np.cumsum(1.0 / np.arange(1, size + 1))
    # Some more than needed: what comes twice is left out.
    shape = (people, length + length // 2)
    starts = np.searchsorted(popularity / popularity[-1], rng.random(shape))
    order = rng.permutation(size)
    place_of = np.argsort(order)
    steps = rng.integers(1, NEAR + 1, shape)
    begins = rng.random(shape) < 1.0 / MEAN_STEPS
    begins[:, 0] = True
    # The steps since the walk began, as a running sum from which the sum at its begin is taken.
    gone = np.cumsum(np.where(begins, 0, steps), axis=1)
    at_begin = np.maximum.accumulate(np.where(begins, np.arange(shape[1]), 0), axis=1)
    person = np.arange(people)[:, np.newaxis]
    places = place_of[starts[person, at_begin]] + gone - gone[person, at_begin]
    return [list(dict.fromkeys(rows))[:length] for rows in order[places % size].tolist()]


def record_of(user_id: str, item_id: str, at: float, position: int) -> Record:
    """A record of somebody who watched an item."""
    said = Feedback(f"event-{position}", user_id, item_id, "watched", at)
    return Record(RecordType.FEEDBACK, said.event_id, user_id, at, position, said)


def _values(facet: str, size: int, rng: np.random.Generator) -> list[tuple[str, ...]]:
    """The values of each item, those of small numbers more often."""
    taken, many = FACETS[facet]
    known = int(many) if many > 1.0 else max(int(many * size), taken)
    drawn = (known * rng.random((size, taken)) ** 2).astype(np.int64)
    return [tuple(dict.fromkeys(f"{facet} {n}" for n in row)) for row in drawn.tolist()]

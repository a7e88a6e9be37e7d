"""Item vectors: each item's text as a centred unit vector, the same in every process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.encoder import unit_rows
from penchant.domain.item import Item
from penchant.domain.protocols import Encoder

__all__ = ["ItemVectors", "build_vectors", "embedding_text"]

# People are left out: they are a facet of their own and would pull unrelated stories together.
EMBEDDED_FACETS = ("genre", "theme")


@dataclass(frozen=True)
class ItemVectors:
    """Vectors of the rows of one catalogue.

    `centred`: float32 (items, dimension), unit rows after `mean` was taken away. Raw static vectors
    of two random items have a median cosine near .5; centred they are near 0, so that likeness
    means something. `mean` is stored once per encoder and catalogue: items added later do not move
    others.
    """

    encoder: Encoder
    mean: NDArray[np.float32]
    centred: NDArray[np.float32]

    @cached_property
    def fingerprint(self) -> str:
        """Names the space: vectors of two fingerprints must not be mixed."""
        mean = hashlib.blake2b(self.mean.astype("<f4").tobytes(), digest_size=6).hexdigest()
        return f"{self.encoder.id}:{mean}"

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """The text in the same space, float32 (dimension,); zeros when no word of it is known."""
        vector: NDArray[np.float32] = self.centre(self.encoder.encode([text]))[0]
        return vector

    def centre(self, raw: NDArray[np.float32]) -> NDArray[np.float32]:
        """Raw unit rows to centred unit rows; a row of zeros stays one."""
        return _centred(raw, self.mean)


def embedding_text(item: Item) -> str:
    """The fixed text behind an item's vector: title, genres, themes, description."""
    values = ", ".join(v for facet in EMBEDDED_FACETS for v in item.values(facet))
    return f"{item.title}. {values}. {item.text}"


def build_vectors(
    catalogue: Catalogue,
    encoder: Encoder,
    mean: NDArray[np.float32] | None = None,
    previous: tuple[Catalogue, ItemVectors] | None = None,
) -> ItemVectors:
    """Vectors for every row; computes the mean when none is stored yet.

    With a `previous` snapshot, only items whose text changed are encoded again.
    """
    known = _known_vectors(previous, encoder, mean) if previous and mean is not None else {}
    keys = [
        (item.id, int(f)) for item, f in zip(catalogue.items, catalogue.fingerprints, strict=True)
    ]
    missing = [row for row, key in enumerate(keys) if key not in known]
    raw = encoder.encode([embedding_text(catalogue.items[row]) for row in missing])
    if mean is None:
        mean = _mean(raw, encoder.dimension)
    fresh = _centred(raw, mean)
    centred = np.zeros((len(catalogue), encoder.dimension), dtype=np.float32)
    centred[missing] = fresh
    for row, key in enumerate(keys):
        if key in known:
            centred[row] = known[key]
    return ItemVectors(encoder, mean, centred)


def _mean(raw: NDArray[np.float32], dimension: int) -> NDArray[np.float32]:
    return raw.mean(axis=0) if len(raw) > 1 else np.zeros(dimension, dtype=np.float32)


def _centred(raw: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    known = raw.any(axis=1, keepdims=True)
    return unit_rows(np.where(known, raw - mean, np.float32(0.0)))


def _known_vectors(
    previous: tuple[Catalogue, ItemVectors], encoder: Encoder, mean: NDArray[np.float32]
) -> dict[tuple[str, int], NDArray[np.float32]]:
    catalogue, vectors = previous
    if vectors.encoder.id != encoder.id or not np.array_equal(vectors.mean, mean):
        return {}
    pairs: Iterable[tuple[Item, np.uint64]] = zip(
        catalogue.items, catalogue.fingerprints, strict=True
    )
    return {(item.id, int(f)): vectors.centred[row] for row, (item, f) in enumerate(pairs)}

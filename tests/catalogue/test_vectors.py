from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from worlds import OneHotEncoder

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.encoder import WordLlamaEncoder
from penchant.catalogue.schema import load_bundled_schema
from penchant.catalogue.source import read_bundled_items
from penchant.catalogue.vectors import build_vectors, embedding_text
from penchant.domain.item import Item

SCHEMA = load_bundled_schema()
ITEMS = [
    Item("a", "Alpha", text="A doctor.", facets={"genre": ("Medical",), "actor": ("Kim A",)}),
    Item("b", "Beta", text="A pirate.", facets={"theme": ("Sea",)}),
    Item("c", "Gamma", text="A cook."),
]


class CountingEncoder(OneHotEncoder):
    """Keeps every text that it was asked to encode."""

    def __init__(self) -> None:
        super().__init__(dimension=8)
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.extend(texts)
        return super().encode(texts)


def test_the_text_of_a_vector_holds_no_people() -> None:
    assert embedding_text(ITEMS[0]) == "Alpha. Medical. A doctor."
    assert embedding_text(ITEMS[1]) == "Beta. Sea. A pirate."


def test_the_mean_is_taken_away_and_rows_have_length_one() -> None:
    """Two orthogonal texts: mean (.5, .5), so the centred vectors point exactly apart."""
    vectors = build_vectors(Catalogue(SCHEMA, ITEMS[:2]), CountingEncoder())
    assert vectors.mean[:2] == pytest.approx([0.5, 0.5])
    half = 0.5**0.5
    assert vectors.centred[:, :2] == pytest.approx(np.array([[half, -half], [-half, half]]))
    assert np.linalg.norm(vectors.centred, axis=1) == pytest.approx([1.0, 1.0])


def test_only_changed_items_are_encoded_again() -> None:
    """A new rating encodes nothing; a new text and a new item are encoded, and only these."""
    encoder = CountingEncoder()
    old = Catalogue(SCHEMA, ITEMS)
    vectors = build_vectors(old, encoder)
    assert len(encoder.asked) == 3
    encoder.asked.clear()

    rated = old.with_items([replace(ITEMS[0], rating=9.0, rating_count=3)], version=1)
    same = build_vectors(rated, encoder, vectors.mean, previous=(old, vectors))
    assert encoder.asked == []
    assert np.array_equal(same.centred, vectors.centred)

    told = replace(ITEMS[1], text="A captain.")
    changed = rated.with_items([told, Item("aa", "Delta", text="A bee.")], version=2)
    fresh = build_vectors(changed, encoder, vectors.mean, previous=(rated, same))
    assert sorted(encoder.asked) == ["Beta. Sea. A captain.", "Delta. . A bee."]
    assert np.array_equal(fresh.centred[[0, 3]], vectors.centred[[0, 2]])


def test_the_stored_mean_is_kept_when_items_are_added() -> None:
    """Other items do not move: from scratch and step by step the vectors are the same."""
    encoder = CountingEncoder()
    old = Catalogue(SCHEMA, ITEMS[:2])
    vectors = build_vectors(old, encoder)
    grown = old.with_items(ITEMS[2:], version=1)
    stepwise = build_vectors(grown, encoder, vectors.mean, previous=(old, vectors))
    scratch = build_vectors(grown, encoder, vectors.mean)
    assert np.array_equal(stepwise.mean, vectors.mean)
    assert np.array_equal(stepwise.centred[:2], vectors.centred)
    assert np.array_equal(stepwise.centred, scratch.centred)


def test_a_query_lives_in_the_space_of_the_items() -> None:
    """The text of an item is its own vector; a text without words is zero, not minus the mean."""
    vectors = build_vectors(Catalogue(SCHEMA, ITEMS), WordLlamaEncoder(64))
    assert vectors.encode_query(embedding_text(ITEMS[1])) == pytest.approx(
        vectors.centred[1], abs=1e-5
    )
    assert not vectors.encode_query("").any()


def test_two_random_dramas_are_unrelated_once_centred() -> None:
    """The median cosine of all pairs is near 0, far from that of the raw vectors."""
    catalogue = Catalogue(SCHEMA, read_bundled_items())
    encoder = WordLlamaEncoder()
    vectors = build_vectors(catalogue, encoder)
    raw = encoder.encode([embedding_text(item) for item in catalogue.items])
    pairs = np.triu_indices(len(catalogue), 1)
    assert abs(float(np.median((vectors.centred @ vectors.centred.T)[pairs]))) < 0.05
    assert float(np.median((raw @ raw.T)[pairs])) > 0.3


DIGEST = """
import hashlib
from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.encoder import WordLlamaEncoder
from penchant.catalogue.schema import load_bundled_schema
from penchant.catalogue.source import read_bundled_items
from penchant.catalogue.vectors import build_vectors
catalogue = Catalogue(load_bundled_schema(), read_bundled_items()[:60])
vectors = build_vectors(catalogue, WordLlamaEncoder())
content = vectors.centred.tobytes() + vectors.mean.tobytes() + catalogue.fingerprints.tobytes()
print(hashlib.sha256(content).hexdigest())
"""


def test_vectors_are_the_same_bytes_in_every_process() -> None:
    """Whatever the seed of Python's own hashing is."""
    digests = set()
    for seed in ("1", "2"):
        paths = os.pathsep.join(path for path in sys.path if path)
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": paths}
        ran = subprocess.run(
            [sys.executable, "-c", DIGEST],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        digests.add(ran.stdout.strip())
    assert len(digests) == 1
    assert len(digests.pop()) == 64

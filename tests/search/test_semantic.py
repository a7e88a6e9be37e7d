"""The vector index, checked against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.encoder import WordLlamaEncoder, unit_rows
from penchant.catalogue.vectors import ItemVectors
from penchant.domain.item import Item
from penchant.search import semantic as semantic_module
from penchant.search.semantic import SemanticIndex


@pytest.fixture(scope="module")
def crowd(world: Catalogue) -> tuple[Catalogue, ItemVectors]:
    """3,000 items at random places, every tenth hidden."""
    items = [Item(f"i{n:04d}", f"Item {n}", hidden=n % 10 == 0) for n in range(3_000)]
    rng = np.random.default_rng(7)
    places = unit_rows(rng.standard_normal((3_000, 64)).astype(np.float32))
    encoder = WordLlamaEncoder(64)
    return Catalogue(world.schema, items), ItemVectors(encoder, np.zeros(64, np.float32), places)


def _nearest(vectors: ItemVectors, vector: np.ndarray, allowed: np.ndarray, n: int) -> list[int]:
    scores = np.where(allowed, vectors.centred @ vector, -2.0)
    return np.argsort(-scores, kind="stable")[:n].tolist()


@pytest.mark.parametrize("direct_limit", [0, 10_000])
def test_the_masked_list_is_the_exact_one(
    direct_limit: int, crowd: tuple[Catalogue, ItemVectors], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only allowed, visible rows come, and the nearest of them, as numpy finds them."""
    monkeypatch.setattr(semantic_module, "DIRECT_LIMIT", direct_limit)
    catalogue, vectors = crowd
    index = SemanticIndex(catalogue, vectors)
    allowed = np.random.default_rng(3).random(len(catalogue)) < 0.2
    vector = vectors.centred[5]
    hits = index.search(vector, 10, allowed)
    assert hits.rows.tolist() == _nearest(vectors, vector, allowed & catalogue.visible, 10)
    assert hits.scores == pytest.approx(vectors.centred[hits.rows] @ vector)


def test_large_catalogues_are_searched_by_cells(crowd: tuple[Catalogue, ItemVectors]) -> None:
    """Above the limit an inverted file answers, and a masked search still misses none."""
    catalogue, vectors = crowd
    index = SemanticIndex(catalogue, vectors, exact_limit=100)
    vector = vectors.centred[5]
    assert index.search(vector, 1).rows.tolist() == [5]
    allowed = np.arange(len(catalogue)) % 3 == 0
    wanted = _nearest(vectors, vector, allowed & catalogue.visible, 10)
    found = index.search(vector, 10, allowed).rows.tolist()
    assert len(set(found) & set(wanted)) >= 9


def test_a_vector_of_zeros_is_near_to_nothing(crowd: tuple[Catalogue, ItemVectors]) -> None:
    """A query without any known word has no semantic hits."""
    catalogue, vectors = crowd
    assert len(SemanticIndex(catalogue, vectors).search(np.zeros(64, np.float32), 10)) == 0

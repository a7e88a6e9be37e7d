"""Fixtures of the search tests: the bundled catalogue, and a small world with known answers."""

from __future__ import annotations

import pytest

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.encoder import WordLlamaEncoder
from penchant.catalogue.schema import CatalogueSchema, load_bundled_schema
from penchant.catalogue.source import read_bundled_items
from penchant.catalogue.vectors import ItemVectors, build_vectors
from penchant.domain.item import FacetSpec, Item
from penchant.search.retriever import Retriever

WORLD_SCHEMA = CatalogueSchema(
    name="games",
    noun="game",
    facets=(
        FacetSpec("genre", boost=0.5),
        FacetSpec("theme", boost=0.4, match="cosine"),
        FacetSpec("author", boost=0.3, person=True),
    ),
    columns={},
    numbers={"minutes": "minutes"},
)

WORLD = (
    Item(
        "farm", "Quiet Farm", ("Harvest Days",), text="Plant turnips and feed the cows in spring.",
        year=2019, facets={"genre": ("Simulation",), "author": ("Ann Lee",)},
        numbers={"minutes": 60.0}, rating=8.0, rating_count=900,
    ),
    Item(
        "keep", "Iron Keep", text="Defend a castle against dragons and siege engines.", year=2020,
        facets={"genre": ("Strategy",), "theme": ("Dragons",), "author": ("Bo Ng",)},
        numbers={"minutes": 90.0}, rating=9.0, rating_count=500,
    ),
    Item(
        "cave", "Dragon Cave", text="Explore caverns where a dragon sleeps on gold.", year=2021,
        facets={"genre": ("Adventure",), "theme": ("Dragons", "Caves"), "author": ("Ann Lee",)},
        numbers={"minutes": 30.0}, rating=7.0, rating_count=100,
    ),
    Item(
        "lost", "Dragon Ledger", text="A dragon keeps the books of a bank.", year=2022,
        facets={"genre": ("Strategy",)}, rating=9.5, rating_count=5000, hidden=True,
    ),
)  # fmt: skip


@pytest.fixture(scope="session")
def encoder() -> WordLlamaEncoder:
    return WordLlamaEncoder()


@pytest.fixture(scope="session")
def world() -> Catalogue:
    """Three visible games and a hidden one."""
    return Catalogue(WORLD_SCHEMA, WORLD)


@pytest.fixture(scope="session")
def world_vectors(world: Catalogue, encoder: WordLlamaEncoder) -> ItemVectors:
    return build_vectors(world, encoder)


@pytest.fixture(scope="session")
def dramas() -> Catalogue:
    return Catalogue(load_bundled_schema(), read_bundled_items())


@pytest.fixture(scope="session")
def vectors(dramas: Catalogue, encoder: WordLlamaEncoder) -> ItemVectors:
    return build_vectors(dramas, encoder)


@pytest.fixture(scope="session")
def retriever(dramas: Catalogue, vectors: ItemVectors) -> Retriever:
    return Retriever(dramas, vectors)

"""Small worlds drawn by hypothesis: a few items, somebody's log, and the page they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from hypothesis import strategies as st
from worlds import (
    DAY,
    NOON,
    make_event,
    make_item,
    make_learner,
    make_placed_learner,
    make_statement,
)

from penchant.answers import PageBuilder
from penchant.catalogue.schema import CatalogueSchema, load_bundled_schema
from penchant.domain.item import Item
from penchant.domain.query import Analysis, Intent
from penchant.domain.record import Record, StatementAction
from penchant.domain.result import Candidates, Recommendation
from penchant.ranking.blend import Blend, BlendConfig, Sides
from penchant.ranking.boosts import PersonalizationEngine
from penchant.ranking.engine import RankingEngine
from penchant.ranking.explain import MatchedQuery
from penchant.ranking.weights import BlendWeights
from penchant.search.retriever import Retriever
from penchant.snapshot import Snapshot
from penchant.taste.interests import InterestModel
from penchant.taste.learner import Learner
from penchant.taste.reading import TasteReading

__all__ = ["World", "candidates", "worlds"]

VALUES = {
    "genre": ["Medical", "Thriller", "Comedy", "Drama"],
    "theme": ["Revenge", "Family", "Time Travel", "Food", "Music"],
    "actor": ["Ha Ri", "Min Jun", "Seo Yeon", "Do Yun", "Ji Ho", "Yu Na", "Eun Woo"],
    "director": ["Kim One", "Lee Two"],
    "publisher": ["tvN", "JTBC"],
}
PLAIN_KINDS = [
    "love",
    "hate",
    "like",
    "dislike",
    "watched",
    "save",
    "watchlist_add",
    "watchlist_remove",
    "dismiss",
    "skip",
    "click",
]
WEIGHTS = BlendWeights(
    {"facets": 0.5, "embedding": 0.25, "interests": 0.25}, {"popularity": 0.6, "quality": 0.4}
)
BLEND = Blend(PersonalizationEngine(), InterestModel(), BlendConfig(weights=WEIGHTS))


@cache
def bundled_schema() -> CatalogueSchema:
    """Read from its file once."""
    return load_bundled_schema()


@cache
def any_retriever() -> Retriever:
    """A page is built from what was found already: one small index serves every world."""
    learner = make_learner([make_item("only")])
    return Retriever(learner.catalogue, learner.vectors)


@dataclass(frozen=True)
class World:
    """A learner over a few items, one person's records, and when the answer is asked for."""

    learner: Learner
    records: tuple[Record, ...]
    now: float

    def without(self, event_ids: Sequence[str]) -> World:
        """The same world, had the person taken these events back."""
        gone = set(event_ids)
        kept = (replace(r, retracted=r.retracted or r.event_id in gone) for r in self.records)
        return replace(self, records=tuple(kept))

    @cached_property
    def reading(self) -> TasteReading:
        profile = self.learner.fold("mina", self.records)
        return TasteReading(profile, self.learner.catalogue, self.now)

    @cached_property
    def snapshot(self) -> Snapshot:
        return Snapshot(self.learner.catalogue, self.learner.vectors, any_retriever(), self.learner)

    def search_page(
        self, found: Candidates, intent: Intent, strength: float, *, personal: bool = True
    ) -> tuple[Recommendation, ...]:
        """What a search that found these candidates shows."""
        reading = self.reading if personal and not self.reading.profile.is_new else None
        ranked = RankingEngine().rank(found, reading, intent, strength)
        query = MatchedQuery("some words", Analysis(intent, 1.0, 0.5, "some words"))
        return PageBuilder(self.snapshot, reading, query).from_search(ranked)

    def blend_page(self, *, personal: bool = True) -> tuple[Recommendation, ...]:
        """What a list without a query shows, best first."""
        catalogue = self.learner.catalogue
        reading = self.reading if personal and not self.reading.profile.is_new else None
        rows = np.arange(len(catalogue), dtype=np.int64)
        model = {"popularity": catalogue.popularity, "quality": catalogue.quality}
        scores = BLEND.scores(reading, self.learner.vectors.centred, rows, Sides(model))
        order = np.lexsort((rows, -scores.score))
        return PageBuilder(self.snapshot, reading).from_blend(rows, scores, order)


@st.composite
def worlds(
    draw: st.DrawFn,
    least_records: int = 0,
    longest_cast: int = 7,
    most_items: int = 7,
    least_progress: float = 0.1,
) -> World:
    """Three items or more and at most one event on each, over a quarter of a year.

    One event for each item keeps undoing honest: a retracted event uncovers no earlier one.
    """
    count = draw(st.integers(3, most_items))
    items = [draw(_items(f"item-{n}", longest_cast)) for n in range(count)]
    seed = draw(st.integers(0, 2**16))
    directions = np.random.default_rng(seed).normal(size=(count, 3))
    learner = make_placed_learner(
        items,
        {item.id: tuple(v) for item, v in zip(items, directions, strict=True)},
        bundled_schema(),
    )
    about = draw(st.permutations(items))[: draw(st.integers(least_records, count - 1))]
    records = [draw(_events(item.id, n, least_progress)) for n, item in enumerate(about, start=1)]
    records += draw(_statements(len(records) + 1))
    return World(learner, tuple(records), NOON + 90 * DAY + draw(st.integers(0, 60)) * DAY)


@st.composite
def candidates(draw: st.DrawFn, world: World) -> Candidates:
    """Some of the world's items as a search might find them, in any order."""
    count = len(world.learner.catalogue)
    rows = draw(st.permutations(range(count)))[: draw(st.integers(1, count))]
    column = st.lists(st.floats(0.0, 1.0), min_size=len(rows), max_size=len(rows))
    terms = {name: np.array(draw(column)) for name in ("lexical", "semantic")}
    tier = draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows)))
    return Candidates(np.array(rows, dtype=np.int64), terms, np.array(tier, dtype=np.int8))


@st.composite
def _items(draw: st.DrawFn, item_id: str, longest_cast: int) -> Item:
    facets = {
        facet: tuple(draw(st.lists(st.sampled_from(values), unique=True, max_size=longest_cast)))
        for facet, values in VALUES.items()
    }
    rating = draw(st.none() | st.floats(0.0, 10.0))
    raters = 0 if rating is None else draw(st.integers(1, 10_000))
    return Item(item_id, item_id.title(), facets=facets, rating=rating, rating_count=raters)


@st.composite
def _events(draw: st.DrawFn, item_id: str, position: int, least_progress: float) -> Record:
    at = NOON + draw(st.integers(0, 180)) * DAY / 2
    kind, value = draw(
        st.tuples(st.sampled_from(PLAIN_KINDS), st.none())
        | st.tuples(st.just("rating"), st.integers(0, 20).map(lambda n: n / 2))
        | st.tuples(st.just("watch_progress"), st.sampled_from([least_progress, 0.5, 0.9]))
        | st.tuples(st.just("dwell"), st.sampled_from([30.0, 600.0]))
    )
    return make_event(kind, item_id, value, position=position, at=at)


@st.composite
def _statements(draw: st.DrawFn, first_position: int) -> list[Record]:
    places = draw(
        st.lists(st.sampled_from([("genre", "Medical"), ("actor", "Yu Na")]), unique=True)
    )
    said = st.sampled_from([StatementAction.LIKE, StatementAction.PIN])
    return [
        make_statement(draw(said), facet, name, position=first_position + n)
        for n, (facet, name) in enumerate(places)
    ]

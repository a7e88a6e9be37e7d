"""Worlds that tests share: small catalogues whose right answers are known by construction."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from penchant.assembly import build_engine, ensure_catalogue
from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.encoder import WordLlamaEncoder
from penchant.catalogue.schema import CatalogueSchema, load_bundled_schema
from penchant.catalogue.vectors import ItemVectors, build_vectors
from penchant.domain.feedback import Feedback
from penchant.domain.item import Item, facet_key
from penchant.domain.profile import PreferenceState, UserProfile
from penchant.domain.protocols import Encoder
from penchant.domain.record import Record, RecordType, Statement, StatementAction
from penchant.engine import Engine
from penchant.settings import Settings, load_settings
from penchant.storage.codec import taste_bytes
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
    """An item whose facets are keyword lists, as in `make_item("a", genre=["Medical"])`."""
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
    return TasteReading(UserProfile("mina", preferences=states, names=names), catalogue, NOON)


class HashedEncoder:
    """Each word has an axis by its hash: the same vectors in every process and in any order."""

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension
        self.id = f"hashed-{dimension}"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.casefold().split():
                digest = blake2b(word.encode("utf-8", "ignore"), digest_size=4).digest()
                vectors[row, int.from_bytes(digest) % self.dimension] += 1.0
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(lengths > 0.0, lengths, np.float32(1.0))


@contextmanager
def no_penchant_variables() -> Iterator[None]:
    """The environment without any PENCHANT_* variable, for as long as the block lasts."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("PENCHANT_")}
    try:
        yield
    finally:
        os.environ.update(kept)


def isolated_settings(**arguments: object) -> Settings:
    """Settings that no variable of the machine has a say in."""
    with no_penchant_variables():
        return load_settings(**arguments)


# A year after noon: events may carry any time of that year.
LATER = NOON + 365 * DAY


def open_engine(
    url: str = "memory://",
    items: Sequence[Item] = (),
    *,
    encoder: Encoder | None = None,
    now: float = LATER,
    **settings: object,
) -> Engine:
    """An engine whose clock stands at `now`, with `items` added to what its store holds."""
    engine = build_engine(
        isolated_settings(database_url=url, **settings),
        encoder=encoder or HashedEncoder(),
        clock=lambda: now,
    )
    if items:
        engine.put_items(items)
    return engine


@cache
def word_encoder() -> WordLlamaEncoder:
    """The default encoder, read once per test process."""
    return WordLlamaEncoder(256)


def open_bundled_engine(url: str = "memory://", **settings: object) -> Engine:
    """An engine of its own on the bundled catalogue, with the default encoder."""
    engine = open_engine(url, encoder=word_encoder(), **settings)
    ensure_catalogue(engine)
    return engine


@cache
def bundled_engine() -> Engine:
    """One engine on the bundled catalogue for all tests: use user ids of your own, keep items."""
    return open_bundled_engine()


def an_event(
    user_id: str,
    kind: str,
    item_id: str,
    value: float | None = None,
    *,
    event_id: str,
    at: float = NOON,
) -> Feedback:
    """One event as a caller gives it to an engine."""
    return Feedback(event_id, user_id, item_id, kind, at, value)


def teach(
    engine: Engine, user_id: str, *told: tuple[str, str] | tuple[str, str, float], at: float = NOON
) -> list[str]:
    """Record (kind, item id[, value]) for a user, a minute apart; returns the event ids."""
    events = [
        Feedback(f"{user_id}-{n}", user_id, item_id, kind, at + 60.0 * n, *value)
        for n, (kind, item_id, *value) in enumerate(told)
    ]
    receipts = engine.record_many(events)
    refused = [receipt for receipt in receipts if receipt.status != "recorded"]
    assert not refused, refused
    return [event.event_id for event in events]


def say(
    engine: Engine,
    user_id: str,
    action: str,
    facet: str,
    name: str,
    value: float | None = None,
    *,
    at: float = NOON,
) -> str:
    """State one preference; returns the statement's event id."""
    event_id = f"{user_id}-{action}-{facet}-{name}-{at:.0f}".replace("/", "-")
    engine.state(Statement(event_id, user_id, StatementAction(action), facet, name, at, value))
    return event_id


def stored_profile(engine: Engine, user_id: str) -> UserProfile | None:
    """The profile as the store holds it: nothing is refolded on the way."""
    return engine.storage.profiles.get(user_id)


def items_where(engine: Engine, wanted: Callable[[Item], bool]) -> list[Item]:
    """The visible items that are wanted, most raters first."""
    found = [item for item in engine.snapshot.catalogue.items if wanted(item) and not item.hidden]
    return sorted(found, key=lambda item: (-item.rating_count, item.id))


CLINIC_ITEMS = [
    make_item("heal", genre=["Medical"], actor=["Park Seo-joon"], theme=["Hospital"]),
    make_item("pulse", genre=["Medical", "Drama"], actor=["Kim Go-eun"], theme=["Hospital"]),
    make_item("laughs", genre=["Comedy"], actor=["Park Seo Joon"], theme=["Office"]),
    make_item("kisses", genre=["Romance", "Comedy"], actor=["IU"], theme=["Office"]),
]


def taste(engine: Engine, user_id: str) -> bytes:
    """The stored taste of a user, in canonical bytes."""
    profile = stored_profile(engine, user_id)
    assert profile is not None
    return taste_bytes(profile)


def refolded(engine: Engine, user_id: str) -> UserProfile:
    """The profile that the log gives, from nothing."""
    return engine.snapshot.learner.fold(user_id, engine.storage.records_of(user_id))

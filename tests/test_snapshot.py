"""Snapshots: one immutable view per request, swapped when items change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from worlds import HashedEncoder, make_item, open_engine, stored_profile, teach

from penchant.domain.query import Query
from penchant.engine import Engine
from penchant.snapshot import LEAST_ITEMS_FOR_STORED_MEAN
from penchant.storage.codec import taste_bytes

ITEMS = [
    make_item("heal", genre=["Medical"], theme=["Hospital"]),
    make_item("laughs", genre=["Comedy"], theme=["Office"]),
    make_item("kisses", genre=["Romance"], theme=["Office"]),
]


@dataclass
class CountingEncoder:
    """Notes every text it is asked to encode."""

    inner: HashedEncoder = field(default_factory=HashedEncoder)
    texts: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.inner.id

    @property
    def dimension(self) -> int:
        return self.inner.dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.texts.extend(texts)
        return self.inner.encode(texts)


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_engine(items=ITEMS)
    yield opened
    opened.close()


def many(number: int) -> list[Any]:
    """Items with texts of their own."""
    return [make_item(f"item-{n:03}", f"Tale {n}", genre=[f"Genre {n % 7}"]) for n in range(number)]


def test_nothing_changed_means_the_same_snapshot(engine: Engine) -> None:
    """Reading, recording and answering keep the snapshot; an item change makes a new one."""
    before = engine.snapshot
    teach(engine, "mina", ("love", "heal"))
    engine.search(Query("medical", user_id="mina"))
    engine.recommend("mina")
    assert engine.snapshot is before
    position = engine.put_items([make_item("new", genre=["Horror"])])
    after = engine.snapshot
    assert after is not before
    assert after.version == position == engine.storage.item_position()


def test_a_snapshot_in_use_does_not_change(engine: Engine) -> None:
    """Who holds a snapshot keeps its items, vectors and answers while others move on."""
    held = engine.snapshot
    found = held.retriever.retrieve(
        held.retriever.analyse("medical"), 0.5, Query("medical").filters, ()
    )
    rows = found.candidates.rows.copy()
    engine.put_items([make_item("new", genre=["Medical"])])
    engine.hide_item("heal")
    assert len(engine.snapshot.catalogue) == 4
    assert len(held.catalogue) == 3
    assert not held.catalogue.get("heal").hidden
    again = held.retriever.retrieve(
        held.retriever.analyse("medical"), 0.5, Query("medical").filters, ()
    )
    assert np.array_equal(again.candidates.rows, rows)
    with pytest.raises(FrozenInstanceError):
        held.vectors = engine.snapshot.vectors  # type: ignore[misc]


def test_many_askers_get_one_snapshot(engine: Engine) -> None:
    """Threads that ask at once after a change share one new snapshot."""
    engine.put_items(many(40))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: engine.snapshot, range(64)))
    assert len({id(snapshot) for snapshot in found}) == 1
    assert found[0].version == engine.storage.item_position()


def test_only_changed_items_are_encoded_again() -> None:
    """With a stored mean, changing one item's text encodes that text and no other."""
    encoder = CountingEncoder()
    engine = open_engine(items=many(LEAST_ITEMS_FOR_STORED_MEAN), encoder=encoder)
    assert len(engine.snapshot.catalogue) == LEAST_ITEMS_FOR_STORED_MEAN
    assert len(encoder.texts) == LEAST_ITEMS_FOR_STORED_MEAN
    encoder.texts.clear()
    engine.change_item("item-007", lambda item: replace(item, text="A spy in love."))
    engine.change_item("item-008", lambda item: replace(item, rating=9.9))
    assert engine.snapshot.catalogue.get("item-008").rating == 9.9
    assert [text for text in encoder.texts if "spy" in text]
    assert len(encoder.texts) == 1
    engine.close()


def test_the_mean_of_a_grown_catalogue_stays(tmp_path: Path) -> None:
    """From 100 items on the mean is stored: later items move no vector, a reopened file neither."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    engine = open_engine(url, many(LEAST_ITEMS_FOR_STORED_MEAN))
    first = engine.snapshot
    engine.put_items([make_item(f"later-{n}", f"Later {n}") for n in range(60)])
    grown = engine.snapshot
    assert np.array_equal(grown.vectors.mean, first.vectors.mean)
    assert grown.vectors.fingerprint == first.vectors.fingerprint
    for item_id in ("item-000", "item-099"):
        old = first.vectors.centred[first.catalogue.row_of[item_id]]
        new = grown.vectors.centred[grown.catalogue.row_of[item_id]]
        assert np.array_equal(old, new)
    engine.close()
    reopened = open_engine(url)
    assert np.array_equal(reopened.snapshot.vectors.mean, first.vectors.mean)
    assert np.array_equal(reopened.snapshot.vectors.centred, grown.vectors.centred)
    reopened.close()


def test_growing_and_opening_give_the_same_vectors(tmp_path: Path) -> None:
    """A catalogue that grew item by item equals one that was opened whole, bit for bit."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    growing = open_engine(url)
    for item in many(12):
        growing.put_items([item])
        assert growing.snapshot.version == growing.storage.item_position()
    opened = open_engine(url)
    assert np.array_equal(growing.snapshot.vectors.centred, opened.snapshot.vectors.centred)
    assert growing.snapshot.vectors.fingerprint == opened.snapshot.vectors.fingerprint
    for text in ("Tale 7", "genre 3"):
        assert repr(growing.search(Query(text))) == repr(opened.search(Query(text)))
    growing.close()
    opened.close()


def test_another_encoder_refolds_everyone(tmp_path: Path) -> None:
    """A profile folded with another encoder is folded again at the next reading, and is stored."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    engine = open_engine(url, ITEMS, encoder=HashedEncoder(64))
    teach(engine, "mina", ("love", "heal"), ("hate", "laughs"))
    engine.close()
    wider = open_engine(url, encoder=HashedEncoder(128))
    profile = wider.profile("mina").reading.profile
    assert profile.taste_sum is not None
    assert profile.taste_sum.shape == (128,)
    assert profile.fingerprint.startswith("hashed-128")
    stored = stored_profile(wider, "mina")
    assert stored is not None
    assert taste_bytes(stored) == taste_bytes(profile)
    assert wider.recommend("mina").recommendations
    wider.close()


def test_a_changed_number_refolds_nobody(engine: Engine) -> None:
    """Rating and rater counts are no part of what is learned: the stored profile stays."""
    teach(engine, "mina", ("love", "heal"))
    before = stored_profile(engine, "mina")
    engine.change_item("heal", lambda item: replace(item, rating=3.0, rating_count=7))
    assert engine.profile("mina").reading.profile == before
    assert stored_profile(engine, "mina") == before

"""One immutable view of the catalogue, its vectors and its indexes, for the length of a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import CatalogueSchema
from penchant.catalogue.vectors import ItemVectors, build_vectors
from penchant.domain.item import Item
from penchant.domain.protocols import Encoder, Reranker, Storage
from penchant.search.retriever import Retriever
from penchant.taste.learner import Learner, LearnerConfig
from penchant.taste.signals import Signals

__all__ = ["Snapshot", "SnapshotKeeper"]

# A mean over fewer items says little: it is taken anew until the catalogue has this many.
LEAST_ITEMS_FOR_STORED_MEAN = 100


@dataclass(frozen=True)
class Snapshot:
    """Everything that depends on the items, built together and swapped together."""

    catalogue: Catalogue
    vectors: ItemVectors
    retriever: Retriever
    learner: Learner

    @property
    def version(self) -> int:
        """The log position of the newest item change in it."""
        return self.catalogue.version


class SnapshotKeeper:
    """Keeps the current snapshot, following item changes of every process before each answer."""

    def __init__(
        self,
        storage: Storage,
        schema: CatalogueSchema,
        encoder: Encoder,
        signals: Signals,
        learner_config: LearnerConfig,
        reranker: Reranker | None = None,
    ) -> None:
        self._storage = storage
        self._schema = schema
        self._encoder = encoder
        self._signals = signals
        self._learner_config = learner_config
        self._reranker = reranker
        self._lock = Lock()
        self._snapshot: Snapshot | None = None

    def current(self) -> Snapshot:
        """The snapshot of all items that are durable now; one cheap look when nothing changed."""
        position = self._storage.item_position()
        snapshot = self._snapshot
        if snapshot is not None and snapshot.version >= position:
            return snapshot
        with self._lock:
            snapshot = self._snapshot
            if snapshot is None:
                snapshot = self._first(position)
            elif snapshot.version < position:
                changed = self._storage.items_changed_after(snapshot.version)
                snapshot = self._next(snapshot, changed, position)
            self._snapshot = snapshot
            return snapshot

    def _first(self, position: int) -> Snapshot:
        catalogue = Catalogue(self._schema, self._storage.items(), position)
        vectors = build_vectors(catalogue, self._encoder, self._stored_mean())
        self._store_mean(catalogue, vectors)
        retriever = Retriever(catalogue, vectors, self._reranker)
        return self._snapshot_of(catalogue, vectors, retriever)

    def _next(self, old: Snapshot, changed: Sequence[Item], position: int) -> Snapshot:
        catalogue = old.catalogue.with_items(changed, position)
        previous = (old.catalogue, old.vectors)
        vectors = build_vectors(catalogue, self._encoder, self._stored_mean(), previous)
        self._store_mean(catalogue, vectors)
        return self._snapshot_of(catalogue, vectors, old.retriever.updated(catalogue, vectors))

    def _snapshot_of(
        self, catalogue: Catalogue, vectors: ItemVectors, retriever: Retriever
    ) -> Snapshot:
        learner = Learner(catalogue, vectors, self._signals, self._learner_config)
        return Snapshot(catalogue, vectors, retriever, learner)

    @property
    def _mean_name(self) -> str:
        return f"mean:{self._encoder.id}"

    def _stored_mean(self) -> NDArray[np.float32] | None:
        stored = self._storage.metadata(self._mean_name)
        return None if stored is None else np.frombuffer(stored, dtype="<f4").astype(np.float32)

    def _store_mean(self, catalogue: Catalogue, vectors: ItemVectors) -> None:
        enough = len(catalogue) >= LEAST_ITEMS_FOR_STORED_MEAN
        if enough and self._storage.metadata(self._mean_name) is None:
            self._storage.put_metadata(self._mean_name, vectors.mean.astype("<f4").tobytes())

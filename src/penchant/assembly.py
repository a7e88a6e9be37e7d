"""The one place that names concrete classes: settings in, a working engine out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

from penchant.catalogue.encoder import WordLlamaEncoder
from penchant.catalogue.formats import Source
from penchant.catalogue.schema import (
    CatalogueSchema,
    load_bundled_schema,
    load_schema,
    schema_bytes,
    schema_from_bytes,
)
from penchant.catalogue.source import ImportReport, ItemStream, Progress, read_bundled_items
from penchant.domain.item import Item
from penchant.domain.protocols import Encoder, Reranker, Storage, Transaction
from penchant.engine import Engine
from penchant.errors import InvalidSettings
from penchant.journal import new_event_id
from penchant.ranking.blend import Blend, BlendConfig
from penchant.ranking.boosts import PersonalizationEngine
from penchant.ranking.engine import RankingEngine
from penchant.search.rerank import OnnxReranker
from penchant.settings import Settings
from penchant.snapshot import SnapshotKeeper
from penchant.storage import open_storage
from penchant.taste.embedding import EmbeddingConfig
from penchant.taste.learner import LearnerConfig
from penchant.taste.preferences import PreferenceConfig
from penchant.taste.signals import DEFAULT_SIGNALS, Signals

__all__ = ["build_engine", "ensure_catalogue", "import_catalogue"]

SCHEMA_NAME = "schema"
IMPORT_BATCH = 5_000


def build_engine(
    settings: Settings,
    *,
    encoder: Encoder | None = None,
    reranker: Reranker | None = None,
    signals: Signals = DEFAULT_SIGNALS,
    clock: Callable[[], float] = time.time,
) -> Engine:
    """An engine on the store, catalogue schema and models that the settings name.

    An encoder or reranker of one's own takes the place of the default; `signals` says what each
    kind of feedback is worth (`DEFAULT_SIGNALS.with_rule` adds or changes a kind). Raises
    InvalidSettings or StorageError when something named cannot be used.
    """
    if reranker is None and settings.reranker is not None:
        reranker = OnnxReranker(settings.reranker)
    if encoder is None:
        encoder = WordLlamaEncoder(settings.encoder_dimension)
    storage = open_storage(settings.database_url)
    try:
        return _engine(settings, storage, encoder, reranker, signals, clock)
    except BaseException:
        storage.close()
        raise


def _engine(
    settings: Settings,
    storage: Storage,
    encoder: Encoder,
    reranker: Reranker | None,
    signals: Signals,
    clock: Callable[[], float],
) -> Engine:
    schema = _schema(settings, storage)
    learner = _learner_config(settings)
    low, top = schema.rating_scale
    personalization = PersonalizationEngine()
    keeper = SnapshotKeeper(
        storage=storage,
        schema=schema,
        encoder=encoder,
        signals=signals.on_scale(low, top),
        learner_config=learner,
        reranker=reranker,
    )
    return Engine(
        storage=storage,
        keeper=keeper,
        ranking=RankingEngine(personalization),
        blend=Blend(
            personalization,
            learner.interests,
            BlendConfig(most_personal=settings.personal_share),
        ),
        clock=clock,
    )


def ensure_catalogue(engine: Engine) -> int:
    """Load the bundled catalogue into a store that has no items yet; returns how many it loaded."""
    if engine.storage.item_position() > 0:
        return 0
    items = read_bundled_items()
    engine.put_items(items)
    return len(items)


def import_catalogue(
    settings: Settings, source: Source, progress: Progress | None = None
) -> ImportReport:
    """Read a source into the store that the settings name, batch by batch.

    An empty store takes the source's schema for its own. Raises InvalidSettings when the store
    holds items with other facets: two domains do not mix in one catalogue.
    """
    storage = open_storage(settings.database_url)
    try:
        _take_schema(storage, source.schema, settings)
        stream = ItemStream(source.path, source.schema, progress)
        items = iter(stream)
        while batch := list(islice(items, IMPORT_BATCH)):
            _write_items(storage, batch, time.time())
        return stream.report
    finally:
        storage.close()


def _write_items(storage: Storage, batch: Sequence[Item], now: float) -> int:
    def work(tx: Transaction) -> int:
        completed = [_completed(item, tx.item(item.id)) for item in batch]
        return tx.put_items(completed, new_event_id(), now)

    return storage.write(work)


def _completed(item: Item, held: Item | None) -> Item:
    """An imported item with what only the stored one knows: a source may lack some columns."""
    if held is None:
        return item
    known = {title.casefold() for title in (item.title, *item.alternate_titles)}
    older = tuple(title for title in held.alternate_titles if title.casefold() not in known)
    return replace(
        item,
        alternate_titles=(*item.alternate_titles, *older),
        native_title=item.native_title or held.native_title,
        text=item.text or held.text,
        year=held.year if item.year is None else item.year,
        facets={**held.facets, **item.facets},
        numbers={**held.numbers, **item.numbers},
        rating=held.rating if item.rating is None else item.rating,
        rating_count=item.rating_count or held.rating_count,
        hidden=held.hidden,
    )


def _take_schema(storage: Storage, schema: CatalogueSchema, settings: Settings) -> None:
    if storage.item_position() == 0:
        storage.put_metadata(SCHEMA_NAME, schema_bytes(schema))
        return
    stored = storage.metadata(SCHEMA_NAME)
    held = _schema(settings, storage) if stored is None else schema_from_bytes(stored)
    if {spec.name for spec in held.facets} != {spec.name for spec in schema.facets}:
        raise InvalidSettings(
            f"this database holds the catalogue {held.name!r}, whose facets differ from those of "
            f"{schema.name!r}; import into another database with --database sqlite:///NAME.sqlite"
        )


def _schema(settings: Settings, storage: Storage) -> CatalogueSchema:
    stored = storage.metadata(SCHEMA_NAME)
    if settings.schema_file is not None:
        schema = load_schema(settings.schema_file)
    elif stored is not None:
        schema = schema_from_bytes(stored)
    else:
        schema = load_bundled_schema()
    boosts = {schema.facet(name).name: boost for name, boost in settings.boosts.items()}
    facets = tuple(replace(s, boost=boosts.get(s.name, s.boost)) for s in schema.facets)
    return replace(schema, facets=facets)


def _learner_config(settings: Settings) -> LearnerConfig:
    return LearnerConfig(
        preferences=PreferenceConfig(
            learning_rate=settings.learning_rate,
            half_life_days=settings.half_life_days,
            implicit_half_life_days=settings.implicit_half_life_days,
        ),
        embedding=EmbeddingConfig(
            learning_rate=settings.embedding_learning_rate,
            strong_learning_rate=settings.strong_learning_rate,
        ),
    )

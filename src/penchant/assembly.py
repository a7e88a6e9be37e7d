"""The one place that names concrete classes: settings in, a working engine out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import get_args

from penchant.adoption import AdoptedScorer
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
from penchant.crowd.crowd import Crowd
from penchant.crowd.follower import CrowdFollower
from penchant.datasets.dataset import Dataset
from penchant.datasets.events import EventReading
from penchant.datasets.importing import Recorded, record_events, record_list, write_items
from penchant.datasets.matching import MatchedList, matched_events
from penchant.datasets.personal import PersonalList
from penchant.domain.identity import checked_id
from penchant.domain.protocols import Encoder, Reranker, Storage
from penchant.engine import Engine
from penchant.errors import InvalidSettings, StoreUnavailable
from penchant.extensions import is_reference, is_registered, make_extension
from penchant.impressions import ImpressionLog
from penchant.journal import new_event_id
from penchant.own_weights import OwnWeightsReader
from penchant.ranking.blend import Blend, BlendConfig
from penchant.ranking.boosts import PersonalizationEngine
from penchant.ranking.closed_form_scorer import CLOSED_FORM
from penchant.ranking.engine import RankingEngine
from penchant.ranking.for_you import ForYou
from penchant.ranking.moment import Scorer, Side
from penchant.ranking.scorers import DEFAULT_SCORERS
from penchant.ranking.weights import DEFAULT_WEIGHTS, BlendWeights, load_weights
from penchant.search.rerank import OnnxReranker
from penchant.settings import Settings
from penchant.snapshot import SnapshotKeeper
from penchant.storage import open_storage
from penchant.taste.embedding import EmbeddingConfig
from penchant.taste.learner import LearnerConfig
from penchant.taste.preferences import PreferenceConfig
from penchant.taste.signals import DEFAULT_SIGNALS, Signals

__all__ = [
    "build_engine",
    "ensure_catalogue",
    "import_catalogue",
    "import_dataset",
    "import_list",
    "import_log",
]

SCHEMA_NAME = "schema"
DEFAULT_ENCODER = "wordllama"
SQLITE_FILE = "sqlite:///"
SECONDS_PER_DAY = 86_400.0


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
        reranker = _reranker(settings.reranker)
    if encoder is None:
        encoder = _encoder(settings)
    storage = open_storage(settings.database_url)
    try:
        with suppress(StoreUnavailable):  # somebody else is writing; the next start tidies up
            oldest = clock() - settings.keep_impressions_days * SECONDS_PER_DAY
            storage.drop_impressions_before(oldest)
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
    weights = _weights(settings)
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
        for_you=ForYou(
            Blend(
                personalization,
                learner.interests,
                BlendConfig(most_personal=settings.personal_share, weights=weights),
            ),
            (*_scorers(settings), *_adopted(settings, storage)),
        ),
        crowd_follower=CrowdFollower(
            storage,
            lambda: Crowd(signals.on_scale(low, top), repeatable=schema.repeatable),
        ),
        impressions=ImpressionLog(storage),
        own_weights=OwnWeightsReader(
            storage, signals.on_scale(low, top), weights, settings.own_weights
        ),
        clock=clock,
    )


def _encoder(settings: Settings) -> Encoder:
    if settings.encoder == DEFAULT_ENCODER:
        return WordLlamaEncoder(settings.encoder_dimension)
    encoder: Encoder = make_extension("encoder", settings.encoder)
    return encoder


def _reranker(name: str) -> Reranker:
    if not is_reference(name) and not is_registered("reranker", name):
        return OnnxReranker(name)
    reranker: Reranker = make_extension("reranker", name)
    return reranker


def _scorers(settings: Settings) -> Sequence[Scorer]:
    """The scorers that ship and, by their names in the settings, one's own; the same name wins."""
    own: list[Scorer] = []
    for name, reference in settings.scorers.items():
        scorer: Scorer = make_extension("scorer", reference)
        own_name = getattr(scorer, "name", None)
        if own_name != name:
            raise InvalidSettings(
                f"the scorer {reference!r} calls itself {own_name!r}, not {name!r}"
            )
        if scorer.side not in get_args(Side):
            raise InvalidSettings(f"the scorer {name!r} is of no side {scorer.side!r}; see Side")
        own.append(scorer)
    return (*(scorer for scorer in DEFAULT_SCORERS if scorer.name not in settings.scorers), *own)


def _adopted(settings: Settings, storage: Storage) -> Sequence[Scorer]:
    """What `penchant train` publishes beside a database file; a store in memory has no place."""
    file = settings.database_url.removeprefix(SQLITE_FILE)
    if file in (settings.database_url, "", ":memory:") or CLOSED_FORM in settings.scorers:
        return ()
    return (AdoptedScorer(storage, Path(file).parent),)


def _weights(settings: Settings) -> BlendWeights:
    if settings.weights_file is None:
        return DEFAULT_WEIGHTS
    fitted = load_weights(settings.weights_file).weights
    # A file from before a scorer was there says nothing of it; that does not make it weigh 1.
    return replace(
        fitted,
        personal_weights={**DEFAULT_WEIGHTS.personal_weights, **fitted.personal_weights},
        model_weights={**DEFAULT_WEIGHTS.model_weights, **fitted.model_weights},
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
    stream = ItemStream(source.path, source.schema, progress)
    return _import_items(settings, source.schema, stream, with_log=False)


def import_dataset(
    settings: Settings,
    dataset: Dataset,
    progress: Progress | None = None,
    *,
    with_log: bool = True,
) -> ImportReport:
    """Read the items of a dataset into the store, as `import_catalogue` does for a file.

    `with_log` says that `import_log` is to follow: its people and items would mix with those of
    another catalogue, so InvalidSettings is raised unless the store holds the same one.
    """
    stream = dataset.open_items(progress)
    return _import_items(settings, dataset.schema, stream, with_log=with_log)


def import_log(
    settings: Settings,
    reading: EventReading,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Recorded:
    """Record the first `limit` events of a log, or all; those that were recorded before stay so."""
    engine = build_engine(settings)
    try:
        return record_events(engine.record_many, reading, engine.clock(), limit, progress)
    finally:
        engine.close()


def import_list(
    settings: Settings, listed: PersonalList, user_id: str
) -> tuple[MatchedList, Recorded]:
    """Record one person's list by the titles of the store's catalogue.

    An empty store gets the bundled catalogue. What has no match is returned with the nearest
    titles; nothing is ever recorded on a guess.
    """
    owner = checked_id(user_id, "user_id")
    engine = build_engine(settings)
    try:
        ensure_catalogue(engine)
        snapshot = engine.snapshot
        titles = snapshot.retriever.titles
        matched = matched_events(listed, owner, snapshot.catalogue, titles, engine.clock())
        return matched, record_list(engine.record_many, matched.events)
    finally:
        engine.close()


def _import_items(
    settings: Settings, schema: CatalogueSchema, stream: ItemStream, *, with_log: bool
) -> ImportReport:
    storage = open_storage(settings.database_url)
    try:
        _take_schema(storage, schema, settings, with_log=with_log)
        write_items(storage, stream, new_event_id, time.time())
        return stream.report
    finally:
        storage.close()


def _take_schema(
    storage: Storage, schema: CatalogueSchema, settings: Settings, *, with_log: bool
) -> None:
    if storage.item_position() == 0:
        storage.put_metadata(SCHEMA_NAME, schema_bytes(schema))
        return
    stored = storage.metadata(SCHEMA_NAME)
    held = _schema(settings, storage) if stored is None else schema_from_bytes(stored)
    way_out = "import into another database with --database sqlite:///NAME.sqlite"
    if {spec.name for spec in held.facets} != {spec.name for spec in schema.facets}:
        raise InvalidSettings(
            f"this database holds the catalogue {held.name!r}, whose facets differ from those of "
            f"{schema.name!r}; {way_out}"
        )
    if with_log and (held.name, held.rating_scale) != (schema.name, schema.rating_scale):
        raise InvalidSettings(
            f"this database holds the catalogue {held.name!r}, with whose people, ids and ratings "
            f"the log of {schema.name!r} would mix; {way_out}, or leave the log with --items-only"
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

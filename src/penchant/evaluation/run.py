"""One evaluation from a log to its figures: prepare, plan, contest, compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.encoder import unit_rows
from penchant.catalogue.schema import CatalogueSchema
from penchant.datasets.log import EventColumns
from penchant.domain.item import Item
from penchant.errors import InvalidInput
from penchant.evaluation.comparison import ModelResult, PairedDifference, compare
from penchant.evaluation.contest import EvaluationProgress, hold_contest, refuse_batch_models
from penchant.evaluation.events import has_times, share_of_ties
from penchant.evaluation.models import MODELS, ModelFactory, Problem, make_models
from penchant.evaluation.plan import Plan
from penchant.evaluation.preparation import Prepared, prepared
from penchant.evaluation.protocols import ProtocolSettings, make_plan
from penchant.evaluation.served import ServedModel
from penchant.ranking.weights import WeightsFile

__all__ = ["Evaluation", "EvaluationSettings", "evaluate"]


@dataclass(frozen=True, slots=True)
class EvaluationSettings:
    """Everything that a figure depends on beside the data.

    `sampled` ranks each target among that many random items instead of the whole catalogue: such
    figures compare with nothing else, so it is off unless asked for. `shuffle_ties` is a seed.
    """

    protocol: ProtocolSettings = field(default_factory=ProtocolSettings)
    k: int = 10
    core: int = 0
    sampled: int | None = None
    shuffle_ties: int | None = None
    weights: Path | None = None

    def __post_init__(self) -> None:
        """Raise InvalidInput for what cannot be done."""
        if self.k < 1:
            raise InvalidInput(f"k must be at least 1, got {self.k}")
        if self.core < 0:
            raise InvalidInput(f"core must be 0 (off) or more events, got {self.core}")
        if self.sampled is not None and self.sampled < 1:
            raise InvalidInput(f"sampled must be at least 1 item, got {self.sampled}")

    @property
    def candidates(self) -> str:
        """What targets are ranked among, for every line that shows a figure."""
        return "full catalogue" if self.sampled is None else f"{self.sampled} sampled negatives"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of an evaluation.

    `users` is the number of people asked about, `items` of candidates, `events` of the log after
    the core filter, `lists` of lists asked for. `weights` are those the served models fitted.
    """

    dataset: str
    settings: EvaluationSettings
    protocol: str
    users: int
    items: int
    events: int
    lists: int
    models: tuple[ModelResult, ...]
    paired: tuple[PairedDifference, ...]
    dropped: Mapping[str, int]
    notes: tuple[str, ...]
    weights: WeightsFile | None = None


def evaluate(
    dataset: str,
    log: EventColumns,
    schema: CatalogueSchema,
    items: Sequence[Item],
    names: Sequence[str],
    settings: EvaluationSettings,
    *,
    factories: Mapping[str, ModelFactory] = MODELS,
    vectors: Mapping[str, NDArray[np.float32]] | None = None,
    rows_rejected: int = 0,
    progress: EvaluationProgress | None = None,
) -> Evaluation:
    """Evaluate models by name on a log.

    `vectors` maps item ids to vectors; without it items are alike by their genres. `rows_rejected`
    is the number of rows of the source that are no events, for the report. Raises InvalidInput for
    settings that do not suit the log or the models.
    """
    ready = prepared(
        log,
        [item.id for item in items if not item.hidden],
        core=settings.core,
        shuffle_seed=settings.shuffle_ties,
    )
    seed = settings.protocol.seed
    problem = Problem.of(
        ready.log,
        schema,
        items,
        seed=seed,
        weights=settings.weights,
        vectors=None if vectors is None else _aligned(vectors, ready.log.item_ids),
        fits=settings.protocol.protocol != "replay",
    )
    protocol = replace(settings.protocol, repeatable=schema.repeatable)
    plan = make_plan(ready.log, protocol, problem.signals)
    models = make_models(names, problem, factories)
    refuse_batch_models(plan, models)
    placings = hold_contest(
        plan, models, settings.k, sampled=settings.sampled, seed=seed, progress=progress
    )
    results, paired = compare(
        plan, placings, settings.k, likeness_vectors(problem), np.random.default_rng(seed)
    )
    return Evaluation(
        dataset=dataset,
        settings=settings,
        protocol=plan.protocol,
        users=len(np.unique(plan.asks.user)),
        items=len(ready.log.item_ids),
        events=len(ready.log),
        lists=len(plan.asks),
        models=tuple(results),
        paired=tuple(paired),
        dropped=_dropped(ready, plan, rows_rejected),
        notes=_notes(plan, settings),
        weights=next((m.fitted for m in models if isinstance(m, ServedModel)), None),
    )


def likeness_vectors(problem: Problem) -> NDArray[np.float32] | None:
    """Unit rows that tell how alike items are: their vectors, else their genres, else None.

    Where the schema has no facet "genre" its first facet serves.
    """
    if problem.vectors is not None:
        return unit_rows(problem.vectors)
    names = [spec.name for spec in problem.schema.facets]
    if not names:
        return None
    index = problem.catalogue.facets["genre" if "genre" in names else names[0]]
    return unit_rows(index.matrix[problem.rows].toarray().astype(np.float32))


def _aligned(
    vectors: Mapping[str, NDArray[np.float32]], item_ids: Sequence[str]
) -> NDArray[np.float32]:
    dimension = len(next(iter(vectors.values()), ()))
    unknown = np.zeros(dimension, dtype=np.float32)
    return np.array([vectors.get(item_id, unknown) for item_id in item_ids], dtype=np.float32)


def _dropped(ready: Prepared, plan: Plan, rows_rejected: int) -> dict[str, int]:
    core = {
        "rows that are no events": rows_rejected,
        "users outside the core": ready.users_dropped,
        "items outside the core": ready.items_dropped,
        "events outside the core": ready.events_dropped,
    }
    left_out = {f"users {group}": count for group, count in plan.left_out.items()}
    return {name: count for name, count in (core | left_out).items() if count}


def _notes(plan: Plan, settings: EvaluationSettings) -> tuple[str, ...]:
    """What these figures cannot say."""
    notes = list(plan.notes)
    if not has_times(plan.log):
        notes.append(
            "The log has no times: order is that of the file, and nothing can be said of fading, "
            "trends, drift or the time of day."
        )
    else:
        ties = share_of_ties(plan.log)
        told = f"{ties:.0%} of a person's neighbouring events share a second"
        if settings.shuffle_ties is not None:
            told += f" (shuffled with seed {settings.shuffle_ties})"
        if ties > 0.0:
            notes.append(
                f"{told}: their order is that of the file, and half-lives cannot be judged there."
                if settings.shuffle_ties is None
                else f"{told}, so their order teaches nothing."
            )
    if settings.sampled is not None:
        notes.append(
            "Sampled negatives: the order of models may differ from that over the full catalogue, "
            "and the figures compare with no others."
        )
    return tuple(notes)

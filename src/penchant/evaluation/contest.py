"""Contest: walks a plan with several models at once and keeps where each put the targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from penchant.datasets.log import EventColumns
from penchant.errors import InvalidInput, PenchantError
from penchant.evaluation.placing import expected_ranks, leading_columns
from penchant.evaluation.plan import Plan
from penchant.evaluation.problem import Model

__all__ = ["EvaluationProgress", "Placings", "hold_contest", "refuse_batch_models"]

# Called with what is going on, how much of it is done, and of how much (None: not known).
EvaluationProgress = Callable[[str, int, int | None], None]

ASKS_PER_PROGRESS = 50


@dataclass(slots=True)
class Placings:
    """Where one model put things.

    `ranks` float64 (targets,) as in the plan's asks; `lists` int32 (asks, k), best first, -1 where
    a list ends early.
    """

    name: str
    ranks: NDArray[np.float64]
    lists: NDArray[np.int32]
    seconds_learn: float = 0.0
    seconds_rank: float = 0.0


def refuse_batch_models(plan: Plan, models: Sequence[Model]) -> None:
    """Raise InvalidInput for models that cannot learn while a plan asks."""
    learned = plan.asks.learned
    if len(learned) == 0 or learned[0] == learned[-1]:
        return
    batch = [model.name for model in models if not model.online]
    if batch:
        raise InvalidInput(
            f"replay learns event by event, and {', '.join(batch)} must see the whole log at "
            "once; leave them out, or use --protocol temporal"
        )


def hold_contest(
    plan: Plan,
    models: Sequence[Model],
    k: int,
    *,
    sampled: int | None = None,
    seed: int = 0,
    progress: EvaluationProgress | None = None,
) -> list[Placings]:
    """Learn and rank with every model, each on the same slices in the same order.

    All items are candidates but those the user had events about. With `sampled` the candidates are
    the targets and that many other items drawn at random, the same for all models. Raises
    PenchantError for a model whose scores are of the wrong shape or not numbers.
    """
    refuse_batch_models(plan, models)
    tell = progress or _say_nothing
    item_count = len(plan.log.item_ids)
    asks = plan.asks
    placings = [
        Placings(
            model.name,
            np.full(len(asks.targets), np.inf),
            np.full((len(asks), k), -1, dtype=np.int32),
        )
        for model in models
    ]
    items_of = [plan.log.item[rows] for rows in plan.log.rows_by_user]
    rng = np.random.default_rng(seed)
    learned = 0
    for ask in range(len(asks)):
        upto = int(asks.learned[ask])
        if upto > learned:
            _learn(models, placings, plan.slice_of(learned, upto), tell if learned == 0 else None)
            learned = upto
        if ask % ASKS_PER_PROGRESS == 0:
            tell("ranking", ask, len(asks))
        user, at = int(asks.user[ask]), float(asks.at[ask])
        targets = asks.targets_of(ask)
        seen = items_of[user][: asks.before[ask]] if plan.withholds_seen else items_of[user][:0]
        left_out = seen if sampled is None else _all_but(item_count, targets, seen, sampled, rng)
        where = slice(int(asks.starts[ask]), int(asks.starts[ask + 1]))
        for model, placing in zip(models, placings, strict=True):
            started = perf_counter()
            given = model.scores(user, at)
            placing.seconds_rank += perf_counter() - started
            scores = _checked(given, model.name, item_count)
            scores[left_out] = -np.inf
            placing.ranks[where] = expected_ranks(scores, targets)
            placing.lists[ask] = leading_columns(scores, k)
    tell("ranking", len(asks), len(asks))
    return placings


def _learn(
    models: Sequence[Model],
    placings: Sequence[Placings],
    events: EventColumns,
    tell: EvaluationProgress | None,
) -> None:
    for done, (model, placing) in enumerate(zip(models, placings, strict=True)):
        if tell is not None:
            tell(f"learning {model.name}", done, len(models))
        started = perf_counter()
        model.learn(events)
        placing.seconds_learn += perf_counter() - started


def _checked(given: NDArray[np.float64], name: str, item_count: int) -> NDArray[np.float64]:
    """A copy that may be changed; models may hand out what they keep."""
    scores = np.array(given, dtype=np.float64)
    if scores.shape != (item_count,):
        raise PenchantError(f"model {name} gave {scores.shape} scores for {item_count} items")
    if np.isnan(scores).any():
        raise PenchantError(f"model {name} gave scores that are not numbers")
    return scores


def _all_but(
    item_count: int,
    targets: NDArray[np.int64],
    seen: NDArray[np.int32],
    sampled: int,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """The mask of everything but the targets and `sampled` unseen items drawn at random."""
    free = np.ones(item_count, dtype=np.bool_)
    free[seen] = False
    free[targets] = False
    others = np.flatnonzero(free)
    left_out = np.ones(item_count, dtype=np.bool_)
    left_out[rng.choice(others, min(sampled, len(others)), replace=False)] = False
    left_out[targets] = False
    return left_out


def _say_nothing(stage: str, done: int, total: int | None) -> None:
    del stage, done, total

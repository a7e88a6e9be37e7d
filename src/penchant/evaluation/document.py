"""An evaluation as plain data: the JSON that scripts rely on."""

from __future__ import annotations

from math import isfinite
from typing import Any

from msgspec import to_builtins

from penchant.evaluation.bootstrap import Interval
from penchant.evaluation.comparison import ModelResult, PairedDifference
from penchant.evaluation.run import Evaluation

__all__ = ["WITH_CUTOFF", "evaluation_document", "metric_label"]

WITH_CUTOFF = frozenset({"ndcg", "recall", "novelty", "diversity", "debiased_ndcg"})


def metric_label(name: str, k: int) -> str:
    """The name as shown, with the cut-off where there is one: "ndcg@10", "mrr"."""
    return f"{name}@{k}" if name in WITH_CUTOFF else name


def evaluation_document(found: Evaluation) -> dict[str, Any]:
    """The document of `penchant evaluate --json`; what is not known is null."""
    settings = found.settings
    return {
        "dataset": found.dataset,
        "protocol": found.protocol,
        "users": found.users,
        "items": found.items,
        "events": found.events,
        "lists": found.lists,
        "candidates": settings.candidates,
        "targets": settings.protocol.targets_asked,
        "k": settings.k,
        "seed": settings.protocol.seed,
        "core": settings.core,
        "dropped": dict(found.dropped),
        "notes": list(found.notes),
        "models": [_model(result, found) for result in found.models],
        "weights": None if found.weights is None else to_builtins(found.weights),
        "paired": [_paired(difference, found) for difference in found.paired],
    }


def _model(result: ModelResult, found: Evaluation) -> dict[str, Any]:
    k = found.settings.k
    figures: dict[str, Any] = {}
    for name, interval in result.metrics.items():
        label = metric_label(name, k)
        figures[label] = _number(interval.value)
        figures[f"{label}_ci95"] = _ends(interval)
    body = {
        "name": result.name,
        "candidates": found.settings.candidates,
        **figures,
        f"coverage@{k}": result.coverage,
        "seconds_learn": round(result.seconds_learn, 3),
        "seconds_rank": round(result.seconds_rank, 3),
    }
    if result.curve:
        body["curve"] = [
            {
                "events_from": point.least,
                "events_to": point.most,
                "users": point.users,
                f"ndcg@{k}": _number(point.ndcg.value),
                f"ndcg@{k}_ci95": _ends(point.ndcg),
            }
            for point in result.curve
        ]
    return body


def _paired(difference: PairedDifference, found: Evaluation) -> dict[str, Any]:
    return {
        "a": difference.first,
        "b": difference.second,
        "metric": metric_label(difference.metric, found.settings.k),
        "candidates": found.settings.candidates,
        "diff": _number(difference.difference.value),
        "ci95": _ends(difference.difference),
    }


def _ends(interval: Interval) -> list[float | None]:
    return [_number(interval.low), _number(interval.high)]


def _number(value: float) -> float | None:
    return value if isfinite(value) else None

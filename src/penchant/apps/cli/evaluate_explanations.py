"""`penchant evaluate-explanations`: are the reasons that people of a log would read true?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich import box
from rich.table import Table

from penchant.apps.cli.output import Output, failures_explained
from penchant.datasets import open_dataset
from penchant.errors import InvalidInput
from penchant.evaluation.faithfulness import FaithfulnessReport, KindReport, measure_faithfulness
from penchant.evaluation.problem import Problem
from penchant.evaluation.served import ServedState
from penchant.search.retriever import Retriever
from penchant.snapshot import Snapshot

__all__ = ["evaluate_explanations"]

SOON_S = 60.0


def evaluate_explanations(
    path: Annotated[Path, typer.Argument(help="A folder or file with items and events.")],
    format_name: Annotated[str | None, typer.Option("--format", help="A format by name.")] = None,
    schema: Annotated[Path | None, typer.Option(help="Schema file that names the columns.")] = None,
    metadata: Annotated[Path | None, typer.Option(help="More about the items of a log.")] = None,
    samples: Annotated[int, typer.Option(min=1, help="How many reasons to try.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Seed of what is picked.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Take the evidence of reasons away, one by one, and see whether their items fall."""
    output = Output.of(json=json)
    with failures_explained(output):
        body = _document(_measured(path, format_name, schema, metadata, samples, seed))
        if output.json:
            output.document(body)
            return
        output.console.print(_table(body))
        output.console.print(
            f"Scores equal the sum of their reasons to {body['largest_error']:.1e} "
            f"({body['sums']} items)."
        )


def _measured(
    path: Path,
    format_name: str | None,
    schema: Path | None,
    metadata: Path | None,
    samples: int,
    seed: int,
) -> FaithfulnessReport:
    dataset = open_dataset(path, format_name, schema, metadata=metadata)
    log = dataset.events()
    if log is None or len(log) == 0:
        raise InvalidInput(f"{path} holds no events, so nobody has reasons to look at")
    state = ServedState.of(Problem.of(log, dataset.schema, tuple(dataset.items)))
    state.learn(log)
    snapshot = Snapshot(
        state.catalogue,
        state.vectors,
        Retriever(state.catalogue, state.vectors),
        state.learner,
    )
    people = {log.user_ids[user]: list(log.records(rows)) for user, rows in log.by_user()}
    return measure_faithfulness(
        snapshot,
        state.for_you,
        state.crowd,
        people,
        float(log.at.max()) + SOON_S,
        np.random.default_rng(seed),
        samples=samples,
    )


def _document(report: FaithfulnessReport) -> dict[str, Any]:
    return {
        "sums": report.sums,
        "largest_error": report.largest_error,
        "all": _shares(report.total),
        "kinds": {name: _shares(kind) for name, kind in sorted(report.kinds.items())},
    }


def _shares(kind: KindReport) -> dict[str, float | int | None]:
    return {
        "reasons": kind.reasons,
        "term_fell": _share(kind.term_fell, kind.reasons),
        "score_fell": _share(kind.score_fell, kind.reasons),
        "rank_asked": kind.rank_asked,
        "rank_fell": _share(kind.rank_fell, kind.rank_asked),
    }


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _table(body: dict[str, Any]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, title="Without the evidence of a reason", title_justify="left"
    )
    for name in ("Reason", "Tried", "Its term fell", "Score fell", "Rank asked", "Rank fell"):
        table.add_column(name, justify="left" if name == "Reason" else "right")
    for name, kind in (*body["kinds"].items(), ("all", body["all"])):
        shares = [kind["term_fell"], kind["score_fell"], kind["rank_fell"]]
        fell = ["-" if share is None else f"{share:.1%}" for share in shares]
        table.add_row(name, str(kind["reasons"]), *fell[:2], str(kind["rank_asked"]), fell[2])
    return table

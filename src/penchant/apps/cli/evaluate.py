"""`penchant evaluate`: how well models rank on somebody's log, as a table and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import Annotated, cast

import typer
from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from penchant.apps.cli.bars import ACCENT
from penchant.apps.cli.operations import write_document
from penchant.apps.cli.output import Output, failures_explained
from penchant.datasets import open_dataset
from penchant.errors import InvalidInput
from penchant.evaluation.bootstrap import Interval
from penchant.evaluation.contest import EvaluationProgress
from penchant.evaluation.document import evaluation_document, metric_label
from penchant.evaluation.models import DEFAULT_MODELS
from penchant.evaluation.protocols import ProtocolName, ProtocolSettings, Targets
from penchant.evaluation.run import Evaluation, EvaluationSettings, evaluate

__all__ = ["evaluate_log", "evaluation_tables"]

WIDTH = 100
ON_STANDARD_OUTPUT = Path("-")


def evaluate_log(
    path: Annotated[Path, typer.Argument(help="A folder or file with items and events.")],
    format_name: Annotated[str | None, typer.Option("--format", help="A format by name.")] = None,
    schema: Annotated[Path | None, typer.Option(help="Schema file that names the columns.")] = None,
    metadata: Annotated[Path | None, typer.Option(help="More about the items of a log.")] = None,
    protocol: Annotated[
        str, typer.Option(help="leave-one-out, temporal or replay.")
    ] = "leave-one-out",
    models: Annotated[
        str, typer.Option(help="Models by name, with commas; the first is compared with the rest.")
    ] = ",".join(DEFAULT_MODELS),
    k: Annotated[int, typer.Option("--k", min=1, help="Length of the lists.")] = 10,
    targets: Annotated[
        str | None, typer.Option(help="all or positive [all; in replay positive].")
    ] = None,
    core: Annotated[int, typer.Option(min=0, help="Keep the k-core of users and items.")] = 0,
    cut: Annotated[str, typer.Option(help="temporal: a share below 1, or a date.")] = "0.8",
    stale: Annotated[int, typer.Option(min=0, help="replay: withhold each user's newest N.")] = 0,
    users: Annotated[int | None, typer.Option(min=1, help="Ask about N people only.")] = None,
    sampled: Annotated[
        int | None, typer.Option(min=1, help="Rank among N random items (not comparable).")
    ] = None,
    shuffle_ties: Annotated[
        int | None, typer.Option(min=0, help="Shuffle events of one second with this seed.")
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Weights to serve with, instead of fitting them.")
    ] = None,
    save_weights: Annotated[
        Path | None, typer.Option(help="Write the fitted weights and their report to this file.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 0,
    json: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file; - prints them.")
    ] = None,
    progress: Annotated[
        bool | None, typer.Option("--progress/--quiet", help="A progress bar on standard error.")
    ] = None,
) -> None:
    """Compare models on a log: learn, rank the whole catalogue, see where the next item stood."""
    output = Output.of(json=json == ON_STANDARD_OUTPUT)
    with failures_explained(output):
        settings = EvaluationSettings(
            protocol=ProtocolSettings(
                protocol=cast("ProtocolName", protocol),
                targets=cast("Targets | None", targets),
                users=users,
                cut=_moment(cut),
                stale=stale,
                seed=seed,
            ),
            k=k,
            core=core,
            sampled=sampled,
            shuffle_ties=shuffle_ties,
            weights=weights,
        )
        names = [name.strip() for name in models.split(",") if name.strip()]
        if save_weights is not None and (protocol == "replay" or weights is not None):
            raise InvalidInput(
                "no weights were fitted: that takes another protocol than replay, and no --weights"
            )
        shown = sys.stderr.isatty() if progress is None else progress
        with _bar(shown=shown) as tell:
            found = _evaluated(path, format_name, schema, metadata, names, settings, tell)
        document = evaluation_document(found)
        if save_weights is not None:
            if found.weights is None:
                raise InvalidInput(
                    "no weights were fitted: that takes a served model such as penchant, another "
                    "protocol than replay, and no --weights"
                )
            write_document(save_weights, document["weights"])
        if output.json:
            output.document(document)
            return
        if json is not None:
            write_document(json, document)
        _show(found, output, json)


def _evaluated(
    path: Path,
    format_name: str | None,
    schema: Path | None,
    metadata: Path | None,
    names: list[str],
    settings: EvaluationSettings,
    tell: EvaluationProgress,
) -> Evaluation:
    dataset = open_dataset(path, format_name, schema, metadata=metadata)
    tell(f"reading {path.name}", 0, None)
    reading = dataset.read_events(lambda done, total: tell(f"reading {path.name}", done, total))
    if reading is None or len(reading.columns) == 0:
        raise InvalidInput(
            f"{path} holds no events to evaluate on; see the formats of logs in docs/catalogue.md"
        )
    rejected = len(reading.report.rejected)
    return evaluate(
        dataset.name,
        reading.columns,
        dataset.schema,
        tuple(dataset.items),
        names,
        settings,
        rows_rejected=rejected,
        progress=tell,
    )


def _moment(cut: str) -> float:
    """A share of the events, Unix seconds, or a date as Unix seconds."""
    try:
        return float(cut)
    except ValueError:
        pass
    try:
        date = datetime.fromisoformat(cut)
    except ValueError as error:
        raise InvalidInput(
            f"cut {cut!r} is neither a share such as 0.8 nor a date such as 2024-05-01"
        ) from error
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


@contextmanager
def _bar(*, shown: bool) -> Iterator[EvaluationProgress]:
    """One bar that follows the stages of an evaluation."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=Console(stderr=True), disable=not shown, transient=True
    ) as progress:
        task = progress.add_task("", total=None)
        stages = [""]

        def tell(stage: str, done: int, total: int | None) -> None:
            if stage != stages[-1]:
                stages.append(stage)
                progress.reset(task, description=stage, total=total)
            progress.update(task, completed=done, total=total)

        yield tell


def _show(found: Evaluation, output: Output, written_to: Path | None) -> None:
    # A pipe has no width of its own; a terminal has, and folds what is wider.
    console = output.console
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    console.print(Text(_heading(found), style="bold"))
    for table in evaluation_tables(found):
        console.print(table)
    for note in found.notes:
        console.print(Text(f"· {note}", style="dim"))
    console.print(
        Text(
            "· Intervals are 95%, of 1,000 resamples of people. Ties count their expected rank. "
            "debias weighs each target by popularity^-.5; novelty is in bits.",
            style="dim",
        )
    )
    if written_to is not None:
        console.print(Text(f"Written to {written_to}.", style="dim"))


def _heading(found: Evaluation) -> str:
    told = f"{found.dataset} · {found.protocol} · {found.users:,} users · {found.items:,} items"
    told += f" · {found.events:,} events · {found.settings.candidates}"
    dropped = ", ".join(f"{count:,} {group}" for group, count in found.dropped.items())
    return f"{told}\nDropped: {dropped or 'nothing'}"


def evaluation_tables(found: Evaluation) -> Iterator[Table]:
    """The figures, the differences from the first model, and in replay the curve; 100 columns."""
    yield _figures(found)
    if found.paired:
        yield _differences(found)
    if any(model.curve for model in found.models):
        yield _curve(found)


def _figures(found: Evaluation) -> Table:
    k = found.settings.k
    table = _table()
    table.add_column("Model", ratio=1, overflow="fold")
    table.add_column(metric_label("ndcg", k), justify="right", style=ACCENT)
    for heading in ("95%", "recall", "mrr", "cover", "novel", "divers", "debias", "learn", "rank"):
        table.add_column(heading, justify="right", no_wrap=True)
    for model in found.models:
        metrics = model.metrics
        table.add_row(
            _labelled(model.name, found, "\n"),
            _figure(metrics["ndcg"].value),
            _interval(metrics["ndcg"]),
            _figure(metrics["recall"].value),
            _figure(metrics["mrr"].value),
            _figure(model.coverage, 2),
            _figure(metrics["novelty"].value, 2),
            _figure(metrics["diversity"].value, 2) if "diversity" in metrics else "-",
            _figure(metrics["debiased_ndcg"].value),
            f"{model.seconds_learn:.1f}s",
            f"{model.seconds_rank:.1f}s",
        )
    return table


def _differences(found: Evaluation) -> Table:
    table = _table()
    table.add_column(f"{found.models[0].name} minus", ratio=1, overflow="fold")
    table.add_column("Metric")
    table.add_column("Difference", justify="right")
    table.add_column("95%", justify="right")
    table.add_column("")
    for paired in found.paired:
        low, high = paired.difference.low, paired.difference.high
        sure = low > 0.0 or high < 0.0
        table.add_row(
            _labelled(paired.second, found),
            metric_label(paired.metric, found.settings.k),
            f"{paired.difference.value:+.4f}",
            f"{low:+.4f} to {high:+.4f}",
            Text("", style="dim") if sure else Text("may be chance", style="dim"),
        )
    return table


def _curve(found: Evaluation) -> Table:
    """The ndcg by the number of a person's events before the list."""
    table = _table()
    table.add_column(
        f"{metric_label('ndcg', found.settings.k)} after ... events", ratio=1, overflow="fold"
    )
    curves = [model.curve for model in found.models]
    for point in curves[0]:
        events = f"{point.least}" if point.least == point.most else f"{point.least}-{point.most}"
        table.add_column(events, justify="right", no_wrap=True)
    for model, curve in zip(found.models, curves, strict=True):
        table.add_row(_labelled(model.name, found), *(_figure(p.ndcg.value) for p in curve))
    table.add_row(
        Text("people", style="dim"), *(Text(f"{p.users:,}", style="dim") for p in curves[0])
    )
    return table


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, header_style="bold", width=WIDTH, padding=(0, 1, 0, 0))


def _labelled(name: str, found: Evaluation, between: str = " · ") -> Text:
    """The model's name; with sampled negatives no line goes without saying so."""
    label = Text(name)
    if found.settings.sampled is not None:
        label.append(f"{between}{found.settings.sampled} sampled", style="red")
    return label


def _figure(value: float, places: int = 4) -> str:
    return "-" if isnan(value) else f"{value:.{places}f}"


def _interval(interval: Interval) -> str:
    return "-" if isnan(interval.low) else f"{interval.low:.3f}-{interval.high:.3f}"

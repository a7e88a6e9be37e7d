"""`penchant train`: solve one more scorer from the whole log, and publish it if it is better."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, NamedTuple

import typer
from rich.table import Table

from penchant.apps.cli.output import Output, failures_explained
from penchant.apps.cli.progress import progress_bar
from penchant.assembly import build_engine
from penchant.crowd.closed_form import (
    DEFAULT_CLOSED_FORM,
    PUBLISHED_CLOSED_FORM,
    ClosedForm,
    PublishedClosedForm,
)
from penchant.datasets import open_dataset
from penchant.datasets.log import EventColumns
from penchant.domain.feedback import Feedback
from penchant.domain.protocols import EventLog
from penchant.domain.record import RecordType
from penchant.engine import Engine
from penchant.errors import InvalidInput
from penchant.evaluation.preparation import prepared
from penchant.evaluation.problem import Problem
from penchant.evaluation.protocols import ProtocolSettings
from penchant.evaluation.served import ServedModel, ServedState
from penchant.evaluation.training import (
    ServedWithClosedForm,
    Trial,
    fit_closed_form,
    hold_trial,
    plan_training,
    sequences_of,
)
from penchant.settings import Settings, load_settings

__all__ = ["train"]

RECORDS_PER_READ = 5_000
SQLITE_FILE = "sqlite:///"
SUFFIX = ".closed-form"

Publish = Callable[[ClosedForm], Path | None]


class _Source(NamedTuple):
    """A log with its catalogue, and what is done with a scorer that proves better."""

    problem: Problem
    log: EventColumns
    position: int
    publish: Publish


def train(
    path: Annotated[
        Path | None, typer.Argument(help="A log in a folder or file; else that of the database.")
    ] = None,
    format_name: Annotated[str | None, typer.Option("--format", help="A format by name.")] = None,
    schema: Annotated[Path | None, typer.Option(help="Schema file that names the columns.")] = None,
    metadata: Annotated[Path | None, typer.Option(help="More about the items of a log.")] = None,
    database: Annotated[
        str | None,
        typer.Option(help="Database URL [PENCHANT_DATABASE_URL].", show_default=False),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the scorer here [beside the database].")
    ] = None,
    memory_limit_gb: Annotated[
        float, typer.Option(min=0.0, help="Take part only as many items as fit into this.")
    ] = 8.0,
    users: Annotated[int | None, typer.Option(min=1, help="Try it on N people only.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of everything random.")] = 0,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document and nothing else.")
    ] = False,
) -> None:
    """Solve one more scorer from the whole log; published only if it makes lists better."""
    output = Output.of(json=json)
    protocol = ProtocolSettings(users=users, seed=seed)
    with failures_explained(output):
        settings = load_settings(database_url=database)
        if path is not None:
            if database is not None:
                raise InvalidInput(f"train on {path} or on {database}? Name one of them")
            source = _from_path(path, format_name, schema, metadata, settings, out)
            _train(source, protocol, memory_limit_gb, output)
            return
        if format_name or schema or metadata:
            raise InvalidInput("--format, --schema and --metadata go with the path of a log")
        engine = build_engine(settings)
        try:
            source = _from_database(engine, settings, out)
            _train(source, protocol, memory_limit_gb, output)
        finally:
            engine.close()


def _train(
    source: _Source, protocol: ProtocolSettings, memory_limit_gb: float, output: Output
) -> None:
    problem, log = source.problem, source.log
    repeatable = problem.schema.repeatable
    form = replace(DEFAULT_CLOSED_FORM, repeatable=repeatable)
    sequences = sequences_of(log, problem.signals, repeatable=repeatable)
    plan = plan_training(sequences, len(log.item_ids), memory_limit_gb)
    if not output.json:
        output.note(
            f"{plan.events:,} events; {len(plan.columns):,} items with {plan.coverage:.0%} of them "
            f"take part; about {plan.gigabytes:.1f} GB of memory."
        )
    started = perf_counter()
    with progress_bar(output, "training") as show:

        def tell(stage: str, done: int, total: int | None) -> None:
            del stage
            show(done, total)

        state = problem.shared(ServedState.of)
        trial = hold_trial(
            log,
            ServedModel(state),
            ServedWithClosedForm(
                state, settings=form, memory_limit_gb=memory_limit_gb, progress=tell
            ),
            problem.signals,
            replace(protocol, repeatable=repeatable),
            tell,
        )
        written = None
        if trial.better:
            solved = fit_closed_form(
                log,
                problem.signals,
                form,
                memory_limit_gb=memory_limit_gb,
                position=source.position,
                progress=tell,
            )
            written = source.publish(replace(solved, report=_document(trial)))
    _report(trial, written, len(plan.columns), plan.events, perf_counter() - started, output)


def _from_path(
    path: Path,
    format_name: str | None,
    schema: Path | None,
    metadata: Path | None,
    settings: Settings,
    out: Path | None,
) -> _Source:
    dataset = open_dataset(path, format_name, schema, metadata=metadata)
    log = dataset.events()
    if log is None or len(log) == 0:
        raise InvalidInput(
            f"{path} holds no events to train on; see the formats of logs in docs/catalogue.md"
        )
    items = tuple(dataset.items)
    log = prepared(log, [item.id for item in items if not item.hidden]).log
    problem = Problem.of(log, dataset.schema, items, weights=settings.weights_file)

    def publish(solved: ClosedForm) -> Path | None:
        if out is not None:
            solved.save(out)
        return out

    return _Source(problem, log, len(log), publish)


def _from_database(engine: Engine, settings: Settings, out: Path | None) -> _Source:
    place = out or _beside(settings.database_url)
    # The position before the reading: whatever comes in between is learned again, never missed.
    position = engine.storage.latest_position()
    log = _log_of(engine.storage)
    if len(log) == 0:
        raise InvalidInput("nobody has done anything yet in this database; nothing to train on")
    catalogue = engine.snapshot.catalogue
    visible = [item.id for item in catalogue.items if not item.hidden]
    log = prepared(log, visible).log
    problem = Problem.of(log, catalogue.schema, catalogue.items, weights=settings.weights_file)

    def publish(solved: ClosedForm) -> Path:
        checksum = solved.save(place)
        file = place.name if out is None else str(place.absolute())
        published = PublishedClosedForm(file, checksum, position)
        engine.storage.put_metadata(PUBLISHED_CLOSED_FORM, published.encoded())
        return place

    return _Source(problem, log, position, publish)


def _beside(url: str) -> Path:
    file = url.removeprefix(SQLITE_FILE)
    if file in {url, ""}:
        raise InvalidInput("this database is no file to publish beside; name one with --out FILE")
    return Path(file + SUFFIX)


def _log_of(storage: EventLog) -> EventColumns:
    """All feedback that counts, in the order of time: not taken back, and after the last reset."""
    kept: dict[str, list[Feedback]] = {}
    for user_id, feedback in _feedback(storage):
        if feedback is None:
            kept.pop(user_id, None)
        else:
            kept.setdefault(user_id, []).append(feedback)
    events = [feedback for each in kept.values() for feedback in each]
    return EventColumns.of(
        [feedback.user_id for feedback in events],
        [feedback.item_id for feedback in events],
        [str(feedback.kind) for feedback in events],
        [feedback.value for feedback in events],
        [feedback.at for feedback in events],
    )


def _feedback(storage: EventLog) -> Iterator[tuple[str, Feedback | None]]:
    """Each live feedback in the order of the log, None where its person started anew."""
    position = 0
    while records := storage.records_after(position, RECORDS_PER_READ):
        position = records[-1].position
        for record in records:
            if record.type is RecordType.RESET and not record.retracted:
                yield record.user_id, None
            elif record.feedback is not None and not record.retracted:
                yield record.user_id, record.feedback


def _report(
    trial: Trial, written: Path | None, items: int, events: int, seconds: float, output: Output
) -> None:
    document: dict[str, Any] = {
        "published": written is not None,
        "file": None if written is None else str(written),
        "items": items,
        "events": events,
        "seconds": round(seconds, 1),
        "trial": _document(trial),
    }
    if output.json:
        output.document(document)
        return
    table = Table(title=f"Second-to-last events of {trial.people:,} people, full catalogue")
    for column in ("model", "ndcg@10", "95%"):
        table.add_column(column, justify="left" if column == "model" else "right")
    for result in (trial.live, trial.candidate):
        value, low, high = result.metrics["ndcg"]
        table.add_row(result.name, f"{value:.4f}", f"{low:.4f} to {high:.4f}")
    gain, low, high = trial.difference.difference
    table.add_row("difference", f"{gain:+.4f}", f"{low:+.4f} to {high:+.4f}")
    output.console.print(table)
    if written is not None:
        told = f"Better, so published: {written}"
    elif trial.better:
        told = "Better. Nothing was written: name a file with --out"
    else:
        told = "Not shown to be better, so not published: what served before goes on serving"
    output.console.print(f"{told}. ({seconds:.0f} s)", markup=False)


def _document(trial: Trial) -> dict[str, Any]:
    gain, low, high = trial.difference.difference
    return {
        "protocol": "leave-one-out on the second-to-last event, full catalogue",
        "people": trial.people,
        "ndcg@10": {r.name: r.metrics["ndcg"].value for r in (trial.live, trial.candidate)},
        "difference": gain,
        "ci95": [low, high],
        "better": trial.better,
    }

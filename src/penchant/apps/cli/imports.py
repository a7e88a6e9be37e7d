"""`penchant import`: items, logs and one person's list, and the report of what was not used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from penchant.apps.cli.output import Output, failures_explained
from penchant.apps.cli.progress import progress_bar
from penchant.apps.presentation import title_choice
from penchant.assembly import import_dataset, import_list, import_log
from penchant.catalogue.formats import FORMATS
from penchant.catalogue.source import ImportReport, RowProblem
from penchant.datasets.dataset import Dataset
from penchant.datasets.events import EventProblem, EventReport
from penchant.datasets.importing import Recorded
from penchant.datasets.matching import MatchedList, UnmatchedEntry
from penchant.datasets.opening import is_personal, open_dataset, open_list
from penchant.datasets.personal import PersonalList
from penchant.errors import InvalidInput
from penchant.settings import Settings, load_settings

__all__ = ["import_source"]

MOST_PROBLEMS_SHOWN = 20


def import_source(
    path: Annotated[
        Path, typer.Argument(help="A CSV, JSONL, Parquet or XLSX file, or the folder of a format.")
    ],
    schema: Annotated[Path | None, typer.Option(help="Schema file that names the columns.")] = None,
    format_name: Annotated[
        str | None, typer.Option("--format", help=f"One of {', '.join(FORMATS)}.")
    ] = None,
    metadata: Annotated[
        Path | None, typer.Option(help="People, keywords and plots of MovieLens films.")
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", "-u", help="Whose list it is, for personal formats.")
    ] = None,
    items_only: Annotated[
        bool, typer.Option("--items-only", help="Leave the log of events.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first events by time.")] = None,
    database: Annotated[
        str | None,
        typer.Option(help="Database URL [PENCHANT_DATABASE_URL].", show_default=False),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document and nothing else.")
    ] = False,
) -> None:
    """Read items and events; reports every row that cannot be used, and why."""
    output = Output.of(json=json)
    with failures_explained(output):
        settings = load_settings(database_url=database)
        if format_name is None or not is_personal(format_name):
            if user is not None:
                personal = ", ".join(f.name for f in FORMATS.values() if f.holds == "person")
                raise InvalidInput(f"--user goes with --format {personal}")
            dataset = open_dataset(path, format_name, schema, metadata=metadata)
            _import_items_and_log(settings, dataset, output, items_only=items_only, limit=limit)
            return
        if user is None:
            raise InvalidInput(f"{format_name} is one person's list: say --user WHO")
        if schema or metadata or items_only or limit:
            told = "--schema, --metadata, --items-only and --limit"
            raise InvalidInput(f"{format_name} takes none of {told}")
        _import_list(settings, path, format_name, user, output)


def _import_items_and_log(
    settings: Settings,
    dataset: Dataset,
    output: Output,
    *,
    items_only: bool,
    limit: int | None,
) -> None:
    """Read a source into the catalogue, then its log if it has one; report what was not used."""
    with_log = dataset.event_reader is not None and not items_only
    with progress_bar(output, f"Reading {dataset.name}") as advance:
        items = import_dataset(settings, dataset, advance, with_log=with_log)
    document = _items_document(items)
    if not output.json:
        _show_items(items, output)
    if with_log:
        with progress_bar(output, "Reading the log") as advance:
            reading = dataset.read_events(advance)
        if reading is not None:
            with progress_bar(output, "Recording events") as advance:
                recorded = import_log(settings, reading, limit, advance)
            document["events"] = _log_document(reading.report, recorded)
            if not output.json:
                _show_log(reading.report, recorded, output)
    if output.json:
        output.document(document)


def _import_list(
    settings: Settings, path: Path, format_name: str, user_id: str, output: Output
) -> None:
    """Record one person's list and report the titles that the catalogue does not have."""
    with progress_bar(output, f"Reading {path.name}"):
        listed = open_list(path, format_name)
        matched, recorded = import_list(settings, listed, user_id)
    if output.json:
        output.document(_list_document(listed, user_id, matched, recorded))
    else:
        _show_list(listed, user_id, matched, recorded, output)


def _items_document(report: ImportReport) -> dict[str, Any]:
    return {
        "file": str(report.path),
        "rows": report.row_count,
        "imported": report.accepted_count,
        "rejected": [_problem(problem) for problem in report.rejected],
        "remarks": [_problem(problem) for problem in report.remarks],
        "warnings": list(report.warnings),
        "understood": dict(report.understood),
        "ignored": list(report.ignored),
    }


def _problem(problem: RowProblem) -> dict[str, Any]:
    return dict(zip(problem._fields, problem, strict=True))


def _show_items(report: ImportReport, output: Output) -> None:
    told = f"Imported {report.accepted_count:,} of {report.row_count:,} rows from {report.path}."
    output.console.print(told, markup=False)
    if report.understood:
        pairs = ", ".join(f"{column} as {role}" for column, role in report.understood.items())
        output.console.print(f"Read {pairs}.", style="dim", markup=False)
    if report.ignored:
        output.console.print(f"Left out: {', '.join(report.ignored)}.", style="dim", markup=False)
    for warning in report.warnings:
        output.console.print(f"Note: {warning}", markup=False)
    _show_problems("Not used", report.rejected, output)
    _show_problems("Remark", report.remarks, output)


def _log_document(report: EventReport, recorded: Recorded) -> dict[str, Any]:
    return {
        "file": str(report.path),
        "rows": report.row_count,
        "usable": report.accepted_count,
        "recorded": recorded.recorded,
        "duplicates": recorded.duplicates,
        "rejected": [_event_problem(p) for p in (*report.rejected, *recorded.rejected)],
        "warnings": list(report.warnings),
    }


def _event_problem(problem: EventProblem) -> dict[str, Any]:
    return dict(zip(problem._fields, problem, strict=True))


def _show_log(report: EventReport, recorded: Recorded, output: Output) -> None:
    told = f"Recorded {recorded.recorded:,} of {report.row_count:,} events from {report.path}."
    output.console.print(told, markup=False)
    _show_duplicates(recorded, output)
    for warning in report.warnings:
        output.console.print(f"Note: {warning}", markup=False)
    _show_problems("Event not used", (*report.rejected, *recorded.rejected), output)


def _list_document(
    listed: PersonalList, user_id: str, matched: MatchedList, recorded: Recorded
) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "format": listed.name,
        "files": [
            {
                "file": str(file.path),
                "rows": file.row_count,
                "entries": len(file.entries),
                "rejected": [_problem(problem) for problem in file.rejected],
                "warnings": list(file.warnings),
            }
            for file in listed.files
        ],
        "recorded": recorded.recorded,
        "duplicates": recorded.duplicates,
        "rejected": [_event_problem(problem) for problem in recorded.rejected],
        "unmatched": [_unmatched(entry) for entry in matched.unmatched],
    }


def _unmatched(entry: UnmatchedEntry) -> dict[str, Any]:
    told = dict(zip(entry._fields, entry, strict=True))
    return {**told, "nearest": [title_choice(choice) for choice in entry.nearest]}


def _show_list(
    listed: PersonalList,
    user_id: str,
    matched: MatchedList,
    recorded: Recorded,
    output: Output,
) -> None:
    entries = len(listed.entries)
    told = f"Recorded {recorded.recorded:,} of {entries:,} entries for {user_id}."
    output.console.print(told, markup=False)
    _show_duplicates(recorded, output)
    for file in listed.files:
        for warning in file.warnings:
            output.console.print(f"Note: {warning}", markup=False)
        _show_problems(f"Not used in {file.path.name}", file.rejected, output)
    _show_problems("Event not used", recorded.rejected, output)
    _show_problems("No match", matched.unmatched, output)


def _show_duplicates(recorded: Recorded, output: Output) -> None:
    if recorded.duplicates:
        told = f"{recorded.duplicates:,} were there before and changed nothing."
        output.console.print(told, markup=False)


def _show_problems(
    what: str, problems: Sequence[RowProblem | EventProblem | UnmatchedEntry], output: Output
) -> None:
    for problem in problems[:MOST_PROBLEMS_SHOWN]:
        output.console.print(f"{what}: {problem}", markup=False)
    if len(problems) > MOST_PROBLEMS_SHOWN:
        more = len(problems) - MOST_PROBLEMS_SHOWN
        output.console.print(f"... and {more:,} more; --json lists all of them.")

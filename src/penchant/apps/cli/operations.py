"""Longer work behind the commands: importing, rebuilding, checking."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from penchant.apps.cli.output import Output
from penchant.assembly import build_engine, import_catalogue
from penchant.catalogue.formats import find_source
from penchant.catalogue.source import ImportReport, RowProblem
from penchant.engine import Engine
from penchant.errors import InvalidInput, PenchantError
from penchant.settings import Settings

__all__ = ["doctor", "import_items", "rebuild", "write_document"]

MOST_PROBLEMS_SHOWN = 20
MOST_PROFILES_CHECKED = 200


def import_items(
    settings: Settings,
    path: Path,
    format_name: str | None,
    schema_path: Path | None,
    output: Output,
) -> None:
    """Read a source into the catalogue and report what could not be used."""
    source = find_source(path, format_name, schema_path)
    with _progress(output, f"Reading {source.path.name}") as advance:
        report = import_catalogue(settings, source, advance)
    if output.json:
        output.document(_report_document(report))
    else:
        _show_report(report, output)


def rebuild(engine: Engine, output: Output) -> bool:
    """Refold everyone; whether nothing differed."""
    total = len(engine.storage.user_ids())
    different: list[str] = []
    with _progress(output, "Refolding profiles") as advance:
        for done, (user_id, differed) in enumerate(engine.rebuild(), start=1):
            advance(done, total)
            if differed:
                different.append(user_id)
    if output.json:
        output.document({"profiles": total, "different": different})
    elif different:
        output.console.print(
            f"{len(different)} of {total} profiles differed from their log and were mended: "
            f"{', '.join(different[:10])}",
            markup=False,
        )
    else:
        told = "1 profile" if total == 1 else f"{total} profiles"
        output.console.print(f"{told} refolded from the log; none differed.")
    return not different


def doctor(settings: Settings, output: Output) -> bool:
    """Check the parts one by one; whether all are well."""
    checks = [_checked(name, check) for name, check in _checks(settings)]
    well = all(check["ok"] for check in checks)
    if output.json:
        output.document({"ok": well, "checks": checks})
        return well
    table = Table(box=None, pad_edge=False, show_header=False, width=80)
    table.add_column(width=4)
    table.add_column(width=12)
    table.add_column(ratio=1, overflow="fold")
    for check in checks:
        mark = "[green]ok[/green]" if check["ok"] else "[red]no[/red]"
        table.add_row(mark, check["name"], check["detail"])
    output.console.print(table)
    return well


def write_document(path: Path, body: Any) -> None:  # noqa: ANN401 (plain data)
    """Write plain data as JSON to a file; raises InvalidInput when the file cannot be written."""
    try:
        path.write_bytes(msgspec.json.format(msgspec.json.encode(body), indent=2))
    except OSError as error:
        raise InvalidInput(f"cannot write {path}: {error.strerror}") from error


class _RateColumn(ProgressColumn):
    """Rows a second, once that is known."""

    def render(self, task: Task) -> Text:
        """Such as "1,200/s"."""
        return Text("" if task.speed is None else f"{task.speed:,.0f}/s", style="dim")


@contextmanager
def _progress(output: Output, told: str) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar on standard error; silent with --json and where nobody looks."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeRemainingColumn(),
    )
    quiet = output.json or not sys.stderr.isatty()
    with Progress(
        *columns, console=Console(stderr=True), disable=quiet, transient=True
    ) as progress:
        task = progress.add_task(told, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _report_document(report: ImportReport) -> dict[str, Any]:
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


def _show_report(report: ImportReport, output: Output) -> None:
    told = f"Imported {report.accepted_count:,} of {report.row_count:,} rows from {report.path}."
    output.console.print(told, markup=False)
    if report.understood:
        pairs = ", ".join(f"{column} as {role}" for column, role in report.understood.items())
        output.console.print(f"Read {pairs}.", style="dim", markup=False)
    if report.ignored:
        output.console.print(f"Left out: {', '.join(report.ignored)}.", style="dim", markup=False)
    for warning in report.warnings:
        output.console.print(f"Note: {warning}", markup=False)
    for what, problems in (("Not used", report.rejected), ("Remark", report.remarks)):
        for problem in problems[:MOST_PROBLEMS_SHOWN]:
            output.console.print(f"{what}: {problem}", markup=False)
        if len(problems) > MOST_PROBLEMS_SHOWN:
            more = len(problems) - MOST_PROBLEMS_SHOWN
            output.console.print(f"... and {more:,} more; --json lists all of them.")


def _checks(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "python", lambda: f"{platform.python_version()} on {platform.system()}"
    engine: list[Engine] = []

    def database() -> str:
        engine.append(build_engine(settings))
        return f"{settings.database_url}, log position {engine[0].storage.latest_position()}"

    try:
        yield "database", database
        if engine:
            yield from _engine_checks(engine[0])
    finally:
        for opened in engine:
            opened.close()


def _engine_checks(engine: Engine) -> Iterator[tuple[str, Callable[[], str]]]:
    def catalogue() -> str:
        held = engine.snapshot.catalogue
        if len(held) == 0:
            raise InvalidInput("no items yet; `penchant serve` loads the bundled catalogue")
        return f"{int(held.visible.sum())} {held.schema.noun}s, schema {held.schema.name}"

    def encoder() -> str:
        model = engine.snapshot.vectors.encoder
        if not model.encode(["a quiet hospital drama"]).any():
            raise InvalidInput(f"{model.id} gives empty vectors; install wordllama again")
        return f"{model.id} answers"

    def profiles() -> str:
        users = list(engine.storage.user_ids())[:MOST_PROFILES_CHECKED]
        different = [user for user in users if engine.journal.differs(user)]
        if different:
            raise InvalidInput(
                f"{len(different)} of {len(users)} profiles differ from their log; "
                "run `penchant rebuild`"
            )
        return f"{len(users)} equal their log"

    yield "catalogue", catalogue
    yield "encoder", encoder
    yield "profiles", profiles


def _checked(name: str, check: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"name": name, "ok": True, "detail": check()}
    except PenchantError as error:
        return {"name": name, "ok": False, "detail": str(error)}

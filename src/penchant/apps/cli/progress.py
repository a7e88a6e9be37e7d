"""The bar that shows how far a longer command is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
from rich.text import Text

from penchant.apps.cli.output import Output

__all__ = ["progress_bar"]


class _RateColumn(ProgressColumn):
    """Rows a second, once that is known."""

    def render(self, task: Task) -> Text:
        """Such as "1,200/s"."""
        return Text("" if task.speed is None else f"{task.speed:,.0f}/s", style="dim")


@contextmanager
def progress_bar(output: Output, told: str) -> Iterator[Callable[[int, int | None], None]]:
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

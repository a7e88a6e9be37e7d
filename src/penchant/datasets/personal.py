"""The list of one person: what they saw, rated and plan to see, by title, without our ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from penchant.catalogue.cells import Unreadable, as_line, as_number, as_year, is_blank
from penchant.catalogue.readers import open_rows
from penchant.catalogue.rowfile import RawRow
from penchant.catalogue.source import RowProblem
from penchant.datasets.moments import unix_seconds
from penchant.domain.feedback import FeedbackType
from penchant.errors import InvalidInput, InvalidSettings

__all__ = [
    "Cells",
    "ListEntry",
    "ListFile",
    "PersonalList",
    "Refused",
    "moment_in",
    "names_in",
    "rating_in",
    "read_list_file",
    "year_in",
]

Cells = Mapping[str, object]


class Refused(InvalidInput):
    """A row of a list that says nothing that can be recorded; the message says why."""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One thing that a person did with a title.

    `rating` is a share of the scale's top in [0, 1], for ratings only. `seen` and `episodes` are
    for progress: how many episodes were watched, of how many, None where the list does not say.
    `at` is Unix seconds, None where there is no date. `names` are the title and its other names.
    """

    file: str
    row: int
    names: tuple[str, ...]
    year: int | None
    kind: FeedbackType
    at: float | None
    rating: float | None = None
    seen: float | None = None
    episodes: float | None = None

    @property
    def title(self) -> str:
        """The title as the list has it."""
        return self.names[0]


class ListFile(NamedTuple):
    """One file of an export: what it holds, the rows that are no use, and how many there are."""

    path: Path
    entries: tuple[ListEntry, ...]
    rejected: tuple[RowProblem, ...]
    row_count: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonalList:
    """Everything in one person's export; `name` is the format's."""

    name: str
    path: Path
    files: tuple[ListFile, ...]

    @property
    def entries(self) -> tuple[ListEntry, ...]:
        """All entries, file by file in the order of their rows."""
        return tuple(entry for file in self.files for entry in file.entries)


def read_list_file(
    path: Path,
    needed: Sequence[str],
    entries_of: Callable[[str, RawRow], Iterator[ListEntry]],
) -> ListFile:
    """Read the rows of one file, each into some entries or a reason why it is none.

    `needed` are columns without which the file is not what it should be: InvalidSettings.
    `entries_of` raises Refused or Unreadable for a row of no use.
    """
    file = open_rows(path)
    lacking = [name for name in needed if file.columns is not None and name not in file.columns]
    if lacking:
        raise InvalidSettings(
            f"{path} has no column {lacking[0]!r}; it has {', '.join(file.columns or ())}"
        )
    entries: list[ListEntry] = []
    rejected: list[RowProblem] = []
    count = 0
    for raw in file.rows():
        count += 1
        if raw.fault is not None:
            rejected.append(RowProblem(raw.number, None, None, raw.fault))
            continue
        try:
            entries += entries_of(path.name, raw)
        except (InvalidInput, Unreadable) as problem:
            rejected.append(RowProblem(raw.number, None, _shown_title(raw), str(problem)))
    return ListFile(path, tuple(entries), tuple(rejected), count, file.warnings)


def names_in(cells: Cells, *columns: str) -> tuple[str, ...]:
    """The distinct names in the columns, the title first; raises Refused when there is none."""
    names = tuple(dict.fromkeys(name for c in columns if (name := as_line(cells.get(c)))))
    if not names:
        raise Refused("has no title")
    return names


def year_in(cells: Cells, column: str) -> int | None:
    """The year of a row, None when blank."""
    return as_year(cells.get(column))


def moment_in(cells: Cells, *columns: str) -> float | None:
    """Unix seconds of the first column that is filled; a day without an hour is its midnight."""
    for column in columns:
        if not is_blank(cells.get(column)):
            return unix_seconds(as_line(cells[column]))
    return None


def rating_in(cells: Cells, column: str, low: float, top: float) -> float | None:
    """The rating as a share of `top`, None when blank; raises Refused outside the list's scale."""
    rating = as_number(cells.get(column))
    if rating is None:
        return None
    if not low <= rating <= top:
        raise Refused(f"rating {rating:g} is outside {low:g} to {top:g}")
    return rating / top


def _shown_title(raw: RawRow) -> str | None:
    for column in ("Name", "Title", "title", "name"):
        cell = raw.cells.get(column)
        if isinstance(cell, str) and cell.strip():
            return as_line(cell)
    return None

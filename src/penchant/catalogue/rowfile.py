"""The one shape behind which every kind of file is read: named cells, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

__all__ = ["RawRow", "RowFile", "cells_by_name", "column_names"]

# What spreadsheets and data frames write into a text file where a cell is empty.
BLANK_WORDS = frozenset({"", "nan", "NaN", "None", "null", "NULL", "N/A", "#N/A", "\\N"})


class RawRow(NamedTuple):
    """One row as it stands in the file: cells by column name, or the reason why it is none.

    `number` is where a person finds it: the row in a spreadsheet (the header is row 1), the line
    of a JSON Lines file, the place in a JSON array or a Parquet file counted from 1.
    """

    number: int
    cells: Mapping[str, object]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file that can be read as rows.

    `columns` are the names its header declares, None when only the rows themselves tell (JSON).
    `total` is the number of rows when it is known beforehand. `rows` starts reading from the top
    at each call. `warnings` say what was assumed about the file.
    """

    path: Path
    columns: tuple[str, ...] | None
    total: int | None
    rows: Callable[[], Iterator[RawRow]]
    warnings: tuple[str, ...] = ()


def column_names(header: Sequence[object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names in a header, each once, and a warning for each one that stands there twice."""
    names = [str(name).strip() for name in header if name is not None and str(name).strip()]
    distinct = tuple(dict.fromkeys(names))
    doubled = [name for name in distinct if names.count(name) > 1]
    return distinct, tuple(f"column {name!r} occurs twice; the first is read" for name in doubled)


def cells_by_name(header: Sequence[object], cells: Sequence[object]) -> dict[str, object]:
    """Cells by column name; cells that the row leaves off at its end are empty."""
    row: dict[str, object] = {}
    for place, name in enumerate(header):
        if name is not None:
            row.setdefault(str(name).strip(), _filled(cells[place]) if place < len(cells) else None)
    row.pop("", None)
    return row


def _filled(cell: object) -> object:
    return None if isinstance(cell, str) and cell.strip() in BLANK_WORDS else cell

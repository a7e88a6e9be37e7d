"""Files as rows: the ending of a file's name chooses its reader."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
from openpyxl.utils.exceptions import InvalidFileException
from pyarrow import parquet

from penchant.catalogue.rowfile import RawRow, RowFile, cells_by_name, column_names
from penchant.catalogue.text_files import open_delimited, open_json_array, open_json_lines
from penchant.errors import InvalidItem, InvalidSettings

__all__ = ["READABLE_SUFFIXES", "open_rows"]

PARQUET_BATCH_ROWS = 4_096
# openpyxl has no error of its own for parts that are missing, cut off or not XML.
_BROKEN_WORKBOOK = (InvalidFileException, KeyError, ValueError, IndexError, SyntaxError, EOFError)


def open_rows(path: Path) -> RowFile:
    """Look at a file and make its rows available; the ending of its name says what it is.

    CSV, TSV, JSON Lines and Parquet are read piece by piece, so that their size does not matter;
    a JSON array is held in memory whole. Raises InvalidSettings for an ending that is not known and
    InvalidItem for a file that cannot be read, now or while `rows` is walked.
    """
    opener = _OPENERS.get(path.suffix.lower())
    if opener is None:
        raise InvalidSettings(
            f"{path}: cannot tell what a {path.suffix or 'file without an ending'!r} is; "
            f"use one of {', '.join(READABLE_SUFFIXES)}"
        )
    if path.is_dir():
        raise InvalidItem(f"{path} is a folder; name a file, or import it with format 'own'")
    with _reading(path):
        opened = opener(path)

    def rows() -> Iterator[RawRow]:
        with _reading(path):
            yield from opened.rows()

    return replace(opened, rows=rows)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Turn whatever the readers of a format raise into one message that names the file."""
    try:
        yield
    except FileNotFoundError as error:
        raise InvalidItem(f"{path} does not exist; check the path") from error
    except (OSError, zipfile.BadZipFile, pa.ArrowException, *_BROKEN_WORKBOOK) as error:
        raise InvalidItem(
            f"{path} cannot be read as {path.suffix.lower()[1:]} ({error}); "
            "save it again or convert it to CSV"
        ) from error


def _open_parquet(path: Path) -> RowFile:
    with parquet.ParquetFile(path) as file:
        columns = tuple(file.schema_arrow.names)
        total = int(file.metadata.num_rows)

    def rows() -> Iterator[RawRow]:
        number = 0
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=PARQUET_BATCH_ROWS):
                for cells in _to_microseconds(batch).to_pylist():
                    number += 1
                    yield RawRow(number, cells)

    return RowFile(path, columns, total, rows)


def _to_microseconds(batch: Any) -> Any:  # noqa: ANN401 (pyarrow has no types)
    """The batch with times that Python's own can hold: data frames write nanoseconds."""
    columns = [
        column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
        if pa.types.is_timestamp(column.type) and column.type.unit == "ns"
        else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _open_xlsx(path: Path) -> RowFile:
    with closing(openpyxl.load_workbook(path, read_only=True, data_only=True)) as book:
        sheet = book.worksheets[0]
        # The size that a file claims for its sheet is often wrong; reading on is always right.
        total = None if sheet.max_row is None else max(int(sheet.max_row) - 1, 0)
        sheet.reset_dimensions()
        header = list(next(sheet.iter_rows(values_only=True), ()))
        others = len(book.worksheets) - 1
    columns, doubled = column_names(header)
    if not columns:
        raise InvalidItem(f"{path} has no header row; row 1 of its first sheet must name columns")
    unread = (f"only the first sheet is read, not the other {others}",) if others else ()

    def rows() -> Iterator[RawRow]:
        with closing(openpyxl.load_workbook(path, read_only=True, data_only=True)) as book:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                if number > 1 and any(cell is not None for cell in cells):
                    yield RawRow(number, cells_by_name(header, cells))

    return RowFile(path, columns, total, rows, (*doubled, *unread))


_OPENERS: Mapping[str, Callable[[Path], RowFile]] = {
    ".csv": open_delimited,
    ".tsv": open_delimited,
    ".jsonl": open_json_lines,
    ".ndjson": open_json_lines,
    ".json": open_json_array,
    ".parquet": _open_parquet,
    ".xlsx": _open_xlsx,
}
READABLE_SUFFIXES = tuple(_OPENERS)

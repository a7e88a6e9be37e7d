"""Files of events as columns of text, read without a Python object for each row."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute, parquet
from pyarrow import csv as arrow_csv

from penchant.catalogue.cells import Unreadable, as_text
from penchant.catalogue.readers import open_rows
from penchant.catalogue.source import Progress
from penchant.errors import InvalidItem, InvalidSettings

__all__ = ["Layout", "RawEvents", "Role", "named_columns", "read_raw_events"]

Role = Literal["user", "item", "kind", "value", "at", "event_id", "position"]

SCAN_BYTES = 1 << 20
LATIN = "latin-1"
OPTIONAL = frozenset({"value", "at", "event_id"})


@dataclass(frozen=True, slots=True)
class RawEvents:
    """The rows of a file by what their cells are: `columns` holds one text array for each role.

    `rows`: int64 (rows,), where each stands in the file. `faults` are rows that have no cells, with
    the reason. Cells without content are "".
    """

    path: Path
    columns: Mapping[Role, Any]
    rows: NDArray[np.int64]
    faults: tuple[tuple[int, str], ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the roles stand in a file of separated text: `places` counts fields from 0.

    `double` says that fields are parted by the sign written twice, as in "1::1193::5".
    """

    delimiter: str
    width: int
    places: Mapping[Role, int]
    header: bool = True
    quoted: bool = True
    double: bool = False


def named_columns(path: Path, delimiter: str | None = None) -> tuple[str, tuple[str, ...]]:
    """The sign between the fields ("" in Parquet) and the names of the columns, in their order."""
    if path.suffix.lower() == ".parquet":
        with _reading(path), parquet.ParquetFile(path) as file:
            return "", tuple(file.schema_arrow.names)
    with _existing(path).open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline()
    sign = delimiter or max(",;\t|", key=first.count)
    names = tuple(name.strip() for name in next(csv.reader([first], delimiter=sign), []))
    return sign, names


def read_raw_events(
    path: Path, layout: Layout | Mapping[Role, str], progress: Progress | None = None
) -> RawEvents:
    """The rows of a file; separated text by a Layout, JSON Lines or Parquet by column names.

    A column of `value`, `at` or `event_id` without any content counts as absent. Raises InvalidItem
    for a file that cannot be read at all, naming it.
    """
    with _reading(_existing(path)):
        if isinstance(layout, Layout):
            raw = _read_delimited(path, layout, progress)
        elif path.suffix.lower() == ".parquet":
            raw = _read_parquet(path, layout)
        else:
            raw = _read_json_lines(path, layout, progress)
    if len(raw.rows) == 0:
        return raw
    filled = {
        role: column
        for role, column in raw.columns.items()
        if role not in OPTIONAL or compute.any(compute.not_equal(column, "")).as_py()
    }
    return replace(raw, columns=filled)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise InvalidItem(f"{path} cannot be read as events ({error}); save it again") from error


def _read_delimited(path: Path, layout: Layout, progress: Progress | None) -> RawEvents:
    encoding, lines = _encoding_and_lines(path)
    first = 1 if layout.header else 0
    roles = list(layout.places)
    step = 2 if layout.double else 1
    names = [str(place) for place in range((layout.width - 1) * step + 1)]
    wanted = [str(layout.places[role] * step) for role in roles]
    faults: list[tuple[int, str]] = []

    def skip(row: Any) -> str:  # noqa: ANN401 (pyarrow has no types)
        found = (row.actual_columns + step - 1) // step
        faults.append((row.number, f"has {found} fields where {layout.width} belong"))
        return "skip"

    pieces: list[Any] = []
    done = 0
    if lines > first:
        reader = arrow_csv.open_csv(
            path,
            arrow_csv.ReadOptions(
                use_threads=False, column_names=names, skip_rows=first, encoding=encoding
            ),
            arrow_csv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char='"' if layout.quoted else False,
                invalid_row_handler=skip,
                ignore_empty_lines=False,
            ),
            arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in names},
                include_columns=wanted,
                strings_can_be_null=False,
            ),
        )
        for batch in reader:
            pieces.append(batch)
            done += len(batch)
            if progress is not None:
                progress(done, max(lines - first, done))
    table = pa.Table.from_batches(pieces, pa.schema([(name, pa.string()) for name in wanted]))
    # The reader counts lines, so the kept rows stand where no fault does.
    numbers = np.arange(first + 1, first + 1 + len(table) + len(faults), dtype=np.int64)
    rows = np.setdiff1d(numbers, np.array([row for row, _ in faults], dtype=np.int64))
    columns = {role: table[name].combine_chunks() for role, name in zip(roles, wanted, strict=True)}
    told = () if encoding == "utf-8" else (f"{path.name} is not UTF-8 and is read as {encoding}",)
    return _without_empty_lines(RawEvents(path, columns, rows, tuple(faults), told))


def _without_empty_lines(raw: RawEvents) -> RawEvents:
    """An empty line is not a row: it is what editors leave at the end of a file."""
    filled = np.zeros(len(raw.rows), dtype=np.bool_)
    for column in raw.columns.values():
        filled |= compute.not_equal(column, "").to_numpy(zero_copy_only=False)
    if filled.all():
        return raw
    mask = pa.array(filled)
    kept = {role: column.filter(mask) for role, column in raw.columns.items()}
    return RawEvents(raw.path, kept, raw.rows[filled], raw.faults, raw.warnings)


def _read_parquet(path: Path, names: Mapping[Role, str]) -> RawEvents:
    table = parquet.read_table(path, columns=list(dict.fromkeys(names.values())))
    columns = {role: _as_strings(table[name].combine_chunks()) for role, name in names.items()}
    return RawEvents(path, columns, np.arange(1, len(table) + 1, dtype=np.int64))


def _as_strings(column: Any) -> Any:  # noqa: ANN401 (pyarrow has no types)
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_strings(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        seconds = column.cast(pa.timestamp("us", tz=kind.tz), safe=False).cast(pa.int64())
        column = compute.divide(seconds.cast(pa.float64()), 1e6)
    elif pa.types.is_date(kind):
        column = column.cast(pa.date32())
    elif pa.types.is_floating(kind) and _all_whole(column):
        # Data frames turn whole numbers into fractions where a cell of the column is empty.
        column = column.cast(pa.int64())
    return compute.fill_null(column.cast(pa.string()), "")


def _all_whole(column: Any) -> bool:  # noqa: ANN401 (pyarrow has no types)
    values = column.drop_null().to_numpy(zero_copy_only=False)
    return bool((np.isfinite(values) & (values == np.round(values)) & (abs(values) < 2**53)).all())


def _read_json_lines(path: Path, names: Mapping[Role, str], progress: Progress | None) -> RawEvents:
    file = open_rows(path)
    cells: dict[Role, list[str]] = {role: [] for role in names}
    rows: list[int] = []
    faults: list[tuple[int, str]] = []
    for done, raw in enumerate(file.rows(), start=1):
        if progress is not None and done % 10_000 == 0:
            progress(done, file.total)
        if raw.fault is not None:
            faults.append((raw.number, raw.fault))
            continue
        try:
            read = {role: as_text(raw.cells.get(name)) for role, name in names.items()}
        except Unreadable as error:
            faults.append((raw.number, str(error)))
            continue
        rows.append(raw.number)
        for role, text in read.items():
            cells[role].append(text)
    columns = {role: pa.array(texts, pa.string()) for role, texts in cells.items()}
    return RawEvents(path, columns, np.array(rows, dtype=np.int64), tuple(faults), file.warnings)


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise InvalidSettings(f"{path} is not there; check the path")
    return path


def _encoding_and_lines(path: Path) -> tuple[str, int]:
    """UTF-8 unless the file says otherwise, and how many lines there are to read."""
    decoder: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
    lines, last = 0, b"\n"
    for chunk in _chunks(path):
        lines += chunk.count(b"\n")
        last = chunk[-1:]
        if decoder is not None:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                decoder = None
    return "utf-8" if decoder is not None else LATIN, lines + (last != b"\n")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(SCAN_BYTES):
            yield chunk

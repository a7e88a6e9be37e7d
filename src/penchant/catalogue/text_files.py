"""Text files as rows: CSV, TSV, JSON Lines and JSON, in whatever encoding they are."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from penchant.catalogue.rowfile import RawRow, RowFile, cells_by_name, column_names
from penchant.errors import InvalidItem

__all__ = ["open_delimited", "open_json_array", "open_json_lines"]

SCAN_BYTES = 1 << 20
UNICODE = "utf-8-sig"
WINDOWS = "cp1252"
# The last resort: every byte means something in it.
LATIN = "latin-1"


def open_delimited(path: Path) -> RowFile:
    """CSV with the sign that its header uses most, or TSV; streamed."""
    encoding, lines, has_quotes, warnings = _scan(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline()
        delimiter = "\t" if path.suffix.lower() == ".tsv" else max(",;\t|", key=first.count)
        file.seek(0)
        header = next(csv.reader(file, delimiter=delimiter), [])
    columns, doubled = column_names(header)
    if not columns:
        raise InvalidItem(f"{path} has no header row; its first line must name the columns")

    def rows() -> Iterator[RawRow]:
        with path.open(encoding=encoding, newline="") as file:
            reader = csv.reader(file, delimiter=delimiter)
            number = 0
            while True:
                number += 1
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    yield RawRow(number, {}, f"not valid CSV ({error}); look for a missing quote")
                    continue
                if cells is None:
                    return
                if number > 1 and cells:
                    yield _delimited_row(number, header, cells)

    # With quotes a row may span lines, and only reading tells how many rows there are.
    total = None if has_quotes else max(lines - 1, 0)
    return RowFile(path, columns, total, rows, (*warnings, *doubled))


def _delimited_row(number: int, header: Sequence[str], cells: Sequence[str]) -> RawRow:
    if len(cells) != len(header):
        return RawRow(
            number,
            {},
            f"has {len(cells)} cells where the header has {len(header)}; "
            "look for a missing quote or separator",
        )
    return RawRow(number, cells_by_name(header, cells))


def open_json_lines(path: Path) -> RowFile:
    """One JSON object a line; streamed. Empty lines are skipped."""
    encoding, lines, _, warnings = _scan(path)

    def rows() -> Iterator[RawRow]:
        with path.open(encoding=encoding) as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _json_row(number, line)

    return RowFile(path, None, lines, rows, warnings)


def _json_row(number: int, line: str) -> RawRow:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return RawRow(number, {}, f"not valid JSON: {error}")
    return _object_row(number, value)


def _object_row(number: int, value: object) -> RawRow:
    if not isinstance(value, dict):
        return RawRow(number, {}, f"is {type(value).__name__}, not an object with named columns")
    return RawRow(number, value)


def open_json_array(path: Path) -> RowFile:
    """One JSON array of objects, held in memory whole."""
    encoding, _, _, warnings = _scan(path)
    try:
        values = json.loads(path.read_text(encoding=encoding))
    except (ValueError, RecursionError) as error:
        raise InvalidItem(
            f"{path} is not valid JSON ({error}); for one object a line name it .jsonl"
        ) from error
    if not isinstance(values, list):
        raise InvalidItem(f"{path} holds no array of items; write [{{...}}, ...] or use .jsonl")

    def rows() -> Iterator[RawRow]:
        for number, value in enumerate(values, start=1):
            yield _object_row(number, value)

    return RowFile(path, None, len(values), rows, warnings)


def _scan(path: Path) -> tuple[str, int, bool, tuple[str, ...]]:
    """The encoding of a text file, its number of lines, whether it has quotes, and warnings."""
    lines, has_quotes, last = 0, False, b"\n"
    candidates = {name: codecs.getincrementaldecoder(name)() for name in (UNICODE, WINDOWS)}
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16", 0, True, (f"{path.name} is read as UTF-16",)
        file.seek(0)
        while chunk := file.read(SCAN_BYTES):
            lines += chunk.count(b"\n")
            has_quotes = has_quotes or b'"' in chunk
            last = chunk[-1:]
            _drop_failing(candidates, chunk)
    _drop_failing(candidates, b"", final=True)
    lines += last != b"\n"
    encoding = next(iter(candidates), LATIN)
    if encoding == UNICODE:
        return encoding, lines, has_quotes, ()
    warning = (
        f"{path.name} is not UTF-8 and is read as {encoding}; "
        "if letters look wrong, save it as UTF-8"
    )
    return encoding, lines, has_quotes, (warning,)


def _drop_failing(
    candidates: dict[str, codecs.IncrementalDecoder], chunk: bytes, *, final: bool = False
) -> None:
    for name in tuple(candidates):
        try:
            candidates[name].decode(chunk, final)
        except UnicodeDecodeError:
            del candidates[name]

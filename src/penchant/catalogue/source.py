"""Items from files: reads a source by its schema, and reports every row that it could not use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from penchant.catalogue.readers import open_rows
from penchant.catalogue.rows import RowReader, Unusable, schema_columns
from penchant.catalogue.schema import CatalogueSchema, load_bundled_schema
from penchant.domain.item import Item
from penchant.errors import InvalidItem, InvalidSettings

__all__ = [
    "ImportReport",
    "ItemStream",
    "Progress",
    "RowProblem",
    "read_bundled_items",
    "read_items",
]

# Called with the rows done and how many there are, None while that is not known.
Progress = Callable[[int, int | None], None]

ROWS_PER_PROGRESS = 1_000
# JSON rows may name anything; a file that uses its data as names must not fill the memory.
MOST_COLUMNS_REMEMBERED = 1_000


class RowProblem(NamedTuple):
    """What is wrong with one row, and as much of its name as could be read.

    `row` is where a person finds it in the file; see `RawRow.number`.
    """

    row: int
    item_id: str | None
    title: str | None
    reason: str

    def __str__(self) -> str:
        name = self.title or self.item_id
        return f"row {self.row}{f' ({name})' if name else ''}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of reading a source.

    Every row is either accepted or in `rejected`. `remarks` name accepted rows of which one value
    could not be read and was left out. `understood` maps a column to what it was read as; what
    is in the file and not there is in `ignored`. `items` is filled by `read_items` only.
    """

    path: Path
    row_count: int = 0
    accepted_count: int = 0
    items: tuple[Item, ...] = ()
    rejected: tuple[RowProblem, ...] = ()
    remarks: tuple[RowProblem, ...] = ()
    warnings: tuple[str, ...] = ()
    understood: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ignored: tuple[str, ...] = ()


class ItemStream:
    """The items of a file one after the other; walking it again reads the file again.

    Holds the ids seen so far and the problems, never the rows: a million of them fit anywhere.
    `report` tells what was found by the latest walk, up to where that is.
    Opening raises InvalidSettings or InvalidItem when the file cannot be read or lacks the column
    of titles, or of ids where the schema names one.
    """

    def __init__(
        self, path: Path, schema: CatalogueSchema, progress: Progress | None = None
    ) -> None:
        self._schema = schema
        self._progress = progress
        self._file = open_rows(path)
        self._roles = schema_columns(schema)
        if self._file.columns is not None:
            _require_columns(self._file.path, self._file.columns, schema)
        self._start()

    def __iter__(self) -> Iterator[Item]:
        self._start()
        reader = RowReader(self._schema)
        for raw in self._file.rows():
            self._row_count += 1
            if self._file.columns is None:
                self._remember_columns(raw.cells)
            try:
                item, remarks = reader.read(raw)
            except Unusable as problem:
                self._rejected.append(
                    RowProblem(raw.number, problem.item_id, problem.title, str(problem))
                )
            else:
                self._remarks += [
                    RowProblem(raw.number, item.id, item.title, remark) for remark in remarks
                ]
                self._accepted_count += 1
                yield item
            self._tell_progress()
        self._tell_progress(finished=True)
        if self._accepted_count == 0 and self._columns:
            # The columns of JSON are known only now: a wrong name is one error, not one a row.
            _require_columns(self._file.path, tuple(self._columns), self._schema)

    @property
    def report(self) -> ImportReport:
        """What the latest walk has found so far; without `items`."""
        columns = tuple(self._columns)
        return ImportReport(
            path=self._file.path,
            row_count=self._row_count,
            accepted_count=self._accepted_count,
            rejected=tuple(self._rejected),
            remarks=tuple(self._remarks),
            warnings=(*self._file.warnings, *_absent(columns, self._roles, self._schema.id)),
            understood={name: self._roles[name] for name in columns if name in self._roles},
            ignored=tuple(name for name in columns if name not in self._roles),
        )

    def _start(self) -> None:
        self._row_count = 0
        self._accepted_count = 0
        self._rejected: list[RowProblem] = []
        self._remarks: list[RowProblem] = []
        self._columns: dict[str, None] = dict.fromkeys(self._file.columns or ())

    def _remember_columns(self, names: Iterable[str]) -> None:
        if len(self._columns) < MOST_COLUMNS_REMEMBERED:
            self._columns.update(dict.fromkeys(names))

    def _tell_progress(self, *, finished: bool = False) -> None:
        if self._progress is not None and (finished or self._row_count % ROWS_PER_PROGRESS == 0):
            total = self._row_count if finished else self._file.total
            # A spreadsheet may claim fewer rows than it has.
            known = total is not None and total >= self._row_count
            self._progress(self._row_count, total if known else None)


def read_items(
    path: Path, schema: CatalogueSchema, progress: Progress | None = None
) -> ImportReport:
    """All items of a file that can be used, and the reason for each row that cannot.

    A bad row never raises. Raises InvalidSettings or InvalidItem for a file that cannot be read at
    all, naming the file and the way out.
    """
    stream = ItemStream(path, schema, progress)
    items = tuple(stream)
    return replace(stream.report, items=items)


def read_bundled_items() -> list[Item]:
    """The K-dramas that ship with the package, in the order of their ids."""
    source = resources.files("penchant.catalogue").joinpath("kdramas.jsonl")
    with resources.as_file(source) as path:
        report = read_items(path, load_bundled_schema())
    if report.rejected:
        raise InvalidItem(f"the bundled catalogue is damaged, install again: {report.rejected[0]}")
    return list(report.items)


def _require_columns(path: Path, columns: tuple[str, ...], schema: CatalogueSchema) -> None:
    needed = [schema.title] if schema.id == CatalogueSchema.id else [schema.title, schema.id]
    for name in needed:
        if name not in columns:
            raise InvalidSettings(
                f"{path} has no column {name!r}; it has {', '.join(columns)}. "
                "Name the right one in the schema"
            )


def _absent(columns: tuple[str, ...], roles: Mapping[str, str], id_column: str) -> Iterator[str]:
    """A warning for each column that the schema names and the file does not have."""
    if not columns:
        return
    for name, role in roles.items():
        if name in columns or role == "hidden":
            continue
        if name == id_column:
            yield f"no column {name!r}: ids are made of title and year"
        else:
            yield f"no column {name!r}, which the schema names for {role}"

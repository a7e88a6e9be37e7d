"""RowItems: items from rows that a reader of this package has put together itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from penchant.catalogue.rowfile import RawRow, RowFile
from penchant.catalogue.rows import schema_columns
from penchant.catalogue.schema import CatalogueSchema
from penchant.catalogue.source import ImportReport, ItemStream, Progress

__all__ = ["RowItems", "rows_of"]


class RowItems(ItemStream):
    """An ItemStream over rows at hand instead of a file whose ending tells how it is read.

    Its warnings are those of the rows: a column that this layout never has is nobody's mistake.
    """

    def __init__(  # the parent's would open the file by its ending
        self, file: RowFile, schema: CatalogueSchema, progress: Progress | None = None
    ) -> None:
        self._schema = schema
        self._progress = progress
        self._file = file
        self._roles = schema_columns(schema)
        self._start()

    @property
    def report(self) -> ImportReport:
        """What the latest walk has found so far; without `items`."""
        return replace(super().report, warnings=tuple(self._file.warnings))


def rows_of(
    path: Path,
    columns: Sequence[str],
    rows: Sequence[tuple[int, Mapping[str, object] | str]],
    warnings: Sequence[str] = (),
) -> RowFile:
    """Rows at hand as a file: (row number, cells), or (row number, why it is none)."""
    raw = [
        RawRow(number, {}, cells) if isinstance(cells, str) else RawRow(number, cells)
        for number, cells in rows
    ]
    return RowFile(path, tuple(columns), len(raw), lambda: iter(raw), tuple(warnings))

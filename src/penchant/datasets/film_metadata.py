"""FilmMetadata: people, keywords and plots of films from a file beside a MovieLens folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from penchant.catalogue.cells import Unreadable, as_line, as_list, as_number, as_text
from penchant.catalogue.readers import open_rows
from penchant.catalogue.titles import title_key
from penchant.datasets.film_titles import FilmTitle, split_film_title
from penchant.errors import InvalidSettings

__all__ = ["ADDED_COLUMNS", "FilmMetadata", "read_film_metadata"]

NEEDED_COLUMNS = ("movieId", "title")
# What a film may gain: our column and the names under which files have it.
ADDED_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "director": ("director", "directors"),
    "cast": ("cast", "actors"),
    "overview": ("overview", "plot"),
    "themes": ("plot_keywords", "keywords"),
    "runtime": ("runtime",),
}
LISTS = frozenset({"director", "cast", "themes"})
SEPARATOR = "|"

Cells = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FilmMetadata:
    """What the file says of each film: by its id, and by (title key, year) where that is unique.

    `columns` are those of ADDED_COLUMNS that the file has.
    """

    path: Path
    columns: tuple[str, ...]
    by_id: Mapping[str, Cells]
    by_title: Mapping[tuple[str, int], Cells]
    warnings: tuple[str, ...] = ()

    def of_id(self, film_id: str) -> Cells:
        """The cells of a film by id, empty when the file does not have it."""
        return self.by_id.get(film_id, {})

    def of_title(self, title: FilmTitle) -> Cells:
        """The cells of a film by title and year, or by another of its names and the year."""
        for key in _keys(title):
            if key in self.by_title:
                return self.by_title[key]
        return {}


def read_film_metadata(path: Path) -> FilmMetadata:
    """Read a metadata file; raises InvalidSettings when it lacks `movieId` or `title`."""
    file = open_rows(path)
    names = file.columns or ()
    lacking = [name for name in NEEDED_COLUMNS if name not in names]
    if lacking:
        raise InvalidSettings(
            f"{path} has no column {lacking[0]!r}; it has {', '.join(names) or 'none'}"
        )
    sources = {
        ours: next((name for name in theirs if name in names), None)
        for ours, theirs in ADDED_COLUMNS.items()
    }
    by_id: dict[str, Cells] = {}
    titled: dict[tuple[str, int], Cells | None] = {}
    alternates: dict[tuple[str, int], Cells | None] = {}
    unusable = 0
    for row in file.rows():
        film_id = as_line(row.cells.get("movieId"))
        if row.fault is not None or not film_id or film_id in by_id:
            unusable += 1
            continue
        try:
            cells = {
                ours: _cell(ours, row.cells.get(name))
                for ours, name in sources.items()
                if name is not None
            }
        except Unreadable:
            unusable += 1
            continue
        by_id[film_id] = cells
        title = split_film_title(as_line(row.cells.get("title")))
        for place, key in enumerate(_keys(title)):
            # Two films of one name and year: neither is certain.
            held = alternates if place else titled
            held[key] = None if key in held else cells
    merged = {**alternates, **titled}
    told = (f"{path.name}: {unusable} rows not used (broken, or an id again)",) if unusable else ()
    return FilmMetadata(
        path=path,
        columns=tuple(ours for ours, name in sources.items() if name is not None),
        by_id=by_id,
        by_title={key: cells for key, cells in merged.items() if cells is not None},
        warnings=(*file.warnings, *told),
    )


def _keys(title: FilmTitle) -> list[tuple[str, int]]:
    if title.year is None:
        return []
    return [(title_key(name), title.year) for name in (title.title, *title.alternates)]


def _cell(column: str, cell: object) -> object:
    if column in LISTS:
        return as_list(cell, SEPARATOR)
    return as_number(cell) if column == "runtime" else as_text(cell)

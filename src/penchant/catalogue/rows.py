"""One row of a source to one item, as the schema says; what cannot be used is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from penchant.catalogue.cells import (
    Unreadable,
    as_flag,
    as_line,
    as_list,
    as_number,
    as_text,
    as_whole_number,
    as_year,
    is_blank,
)
from penchant.catalogue.identifiers import clean_id, title_id
from penchant.catalogue.rowfile import RawRow
from penchant.catalogue.schema import CatalogueSchema
from penchant.domain.item import Item
from penchant.errors import InvalidItem

__all__ = ["HIDDEN_COLUMN", "RowReader", "Unusable", "schema_columns"]

# Our own exports say here that an item is hidden; a schema may claim the name for something else.
HIDDEN_COLUMN = "hidden"

T = TypeVar("T")


class Unusable(InvalidItem):
    """A row that cannot become an item; `item_id` and `title` as far as they could be read."""

    def __init__(self, reason: str, item_id: str | None = None, title: str | None = None) -> None:
        super().__init__(reason)
        self.item_id = item_id
        self.title = title


def schema_columns(schema: CatalogueSchema) -> dict[str, str]:
    """The columns that a schema reads, each with what it is read as, such as "genre" or "text"."""
    pairs = [
        (schema.id, "id"),
        (schema.title, "title"),
        (schema.alternate_titles, "alternate titles"),
        (schema.native_title, "native title"),
        *((column, "text") for column in schema.text),
        (schema.year, "year"),
        (schema.rating, "rating"),
        (schema.rating_count, "number of ratings"),
        *((schema.columns[facet.name], facet.name) for facet in schema.facets),
        *((column, name) for name, column in schema.numbers.items()),
    ]
    roles: dict[str, str] = {}
    for column, role in pairs:
        if column is not None:
            roles[column] = f"{roles[column]}, {role}" if column in roles else role
    roles.setdefault(HIDDEN_COLUMN, "hidden")
    return roles


class RowReader:
    """Reads the rows of one file: it remembers the ids, so that each is used once."""

    def __init__(self, schema: CatalogueSchema) -> None:
        self._schema = schema
        self._row_of_id: dict[str, int] = {}
        self._cuts = tuple(re.compile(cut, re.DOTALL) for cut in schema.text_cut)
        self._reads_hidden = schema_columns(schema)[HIDDEN_COLUMN] == "hidden"

    def read(self, raw: RawRow) -> tuple[Item, list[str]]:
        """The item of a row, and a remark for each value that was left out.

        A value that cannot be read is left out. A row without a title or a proper id, with an id
        that an earlier row has, with a rating outside the scale or with a negative number of
        ratings contradicts the schema: that raises Unusable.
        """
        if raw.fault is not None:
            raise Unusable(raw.fault)
        cells, schema, remarks = raw.cells, self._schema, list[str]()

        def value(column: str | None, read: Callable[[object], T], otherwise: T) -> T:
            if column is None:
                return otherwise
            try:
                return read(cells.get(column))
            except Unreadable as error:
                remarks.append(f"{column} is left out: {error}")
                return otherwise

        def values(column: str | None) -> tuple[str, ...]:
            return value(column, lambda cell: as_list(cell, schema.list_separator), ())

        title = self._title(cells)
        year = value(schema.year, as_year, None)
        item_id = self._id(cells, title, year)
        rating = value(schema.rating, as_number, None)
        rating_count = value(schema.rating_count, as_whole_number, None) or 0
        self._check(item_id, title, rating, rating_count)
        facets = {spec.name: values(schema.columns[spec.name]) for spec in schema.facets}
        numbers = {name: value(column, as_number, None) for name, column in schema.numbers.items()}
        texts = [self._cut(value(column, as_text, "")) for column in schema.text]
        item = Item(
            id=item_id,
            title=title,
            alternate_titles=values(schema.alternate_titles),
            native_title=value(schema.native_title, as_line, "") or None,
            text="\n".join(text for text in texts if text),
            year=year,
            facets={name: found for name, found in facets.items() if found},
            numbers={name: number for name, number in numbers.items() if number is not None},
            rating=rating,
            rating_count=rating_count,
            hidden=self._reads_hidden and value(HIDDEN_COLUMN, as_flag, otherwise=False),
        )
        self._claim(item_id, title, raw.number)
        return item, remarks

    def _title(self, cells: Mapping[str, object]) -> str:
        column = self._schema.title
        try:
            title = as_line(cells.get(column))
        except Unreadable as error:
            raise Unusable(f"title: {error}", _shown_id(cells.get(self._schema.id))) from error
        if not title:
            reason = f"has no title in column {column!r}"
            raise Unusable(reason, _shown_id(cells.get(self._schema.id)))
        return title

    def _id(self, cells: Mapping[str, object], title: str, year: int | None) -> str:
        column = self._schema.id
        if column not in cells and column == CatalogueSchema.id:
            return title_id(title, year)
        if is_blank(cells.get(column)):
            raise Unusable(f"has no id in column {column!r}", None, title)
        try:
            return clean_id(_written_id(cells[column]))
        except (Unreadable, InvalidItem) as error:
            raise Unusable(str(error), None, title) from error

    def _check(self, item_id: str, title: str, rating: float | None, rating_count: int) -> None:
        low, high = self._schema.rating_scale
        if rating is not None and not low <= rating <= high:
            reason = f"rating {rating:g} is outside the schema's rating_scale {low:g} to {high:g}"
            raise Unusable(reason, item_id, title)
        if rating_count < 0:
            raise Unusable(f"number of ratings {rating_count} is negative", item_id, title)

    def _claim(self, item_id: str, title: str, row: int) -> None:
        first = self._row_of_id.setdefault(item_id, row)
        if first != row:
            reason = f"id {item_id!r} belongs to row {first} already, which is kept"
            raise Unusable(reason, item_id, title)

    def _cut(self, text: str) -> str:
        for pattern in self._cuts:
            text = pattern.sub("", text)
        return text.strip()


def _written_id(cell: object) -> str:
    # Not cleaned like other text: an id that holds control characters is refused, not mended.
    return cell if isinstance(cell, str) else as_text(cell)


def _shown_id(cell: object) -> str | None:
    try:
        return as_line(cell) or None
    except Unreadable:
        return None

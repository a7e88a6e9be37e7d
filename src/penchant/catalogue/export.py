"""Items back to a file that reads as the same items: JSON Lines in the columns of a schema."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from penchant.catalogue.rows import HIDDEN_COLUMN, schema_columns
from penchant.catalogue.schema import CatalogueSchema
from penchant.domain.item import Item
from penchant.errors import InvalidItem

__all__ = ["write_items_jsonl"]


def write_items_jsonl(items: Iterable[Item], path: Path, schema: CatalogueSchema) -> int:
    """Write one JSON object a line, in order, and return how many; reading gives the same items.

    The file appears whole or not at all. Raises InvalidItem for an item that has something the
    schema has no column for: leaving it out would lose it.
    """
    partial = path.with_name(f"{path.name}.part")
    written = 0
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            for item in items:
                file.write(json.dumps(_columns(item, schema), ensure_ascii=False) + "\n")
                written += 1
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return written


def _columns(item: Item, schema: CatalogueSchema) -> dict[str, object]:
    """The cells of an item by column; what it does not have has no cell."""
    facet_columns = {spec.name: schema.columns[spec.name] for spec in schema.facets}
    hides = schema_columns(schema)[HIDDEN_COLUMN] == "hidden"
    facts: list[tuple[str, str | None, object]] = [
        ("an alternate title", schema.alternate_titles, list(item.alternate_titles)),
        ("a native title", schema.native_title, item.native_title),
        ("a year", schema.year, item.year),
        *((f"facet {n!r}", facet_columns.get(n), list(v)) for n, v in item.facets.items()),
        *((f"number {n!r}", schema.numbers.get(n), _plain(v)) for n, v in item.numbers.items()),
        ("a rating", schema.rating, None if item.rating is None else _plain(item.rating)),
        ("a number of ratings", schema.rating_count, item.rating_count or None),
        ("a text", schema.text[0] if schema.text else None, item.text or None),
        ("the mark of being hidden", HIDDEN_COLUMN if hides else None, item.hidden or None),
    ]
    cells: dict[str, object] = {schema.id: item.id, schema.title: item.title}
    for what, column, value in facts:
        if value is None or value == []:
            continue
        if column is None:
            raise InvalidItem(
                f"item {item.id!r} has {what}, for which schema {schema.name!r} has no column; "
                "add one to the schema"
            )
        cells.setdefault(column, value)
    return cells


def _plain(number: float) -> float:
    """Whole numbers without a decimal point, as people write them."""
    return int(number) if number == int(number) else number

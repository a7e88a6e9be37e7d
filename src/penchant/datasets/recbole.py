"""Atomic files: NAME.inter and NAME.item, whose headers say a type with each name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from penchant.catalogue.cells import as_line
from penchant.catalogue.inference import (
    FACET_COLUMNS,
    NUMBER_COLUMNS,
    RATING_TOPS,
    SINGLE_COLUMNS,
    TEXT_COLUMN,
)
from penchant.catalogue.rowfile import RawRow, RowFile
from penchant.catalogue.schema import CatalogueSchema
from penchant.catalogue.source import ItemStream, Progress
from penchant.datasets.dataset import Dataset
from penchant.datasets.event_checks import checked_events
from penchant.datasets.event_files import Layout, RawEvents, Role, named_columns, read_raw_events
from penchant.datasets.events import EventReading
from penchant.datasets.item_rows import RowItems
from penchant.domain.feedback import FeedbackType
from penchant.errors import InvalidItem, InvalidSettings

__all__ = ["find_atomic_log", "open_recbole"]

TYPES = ("token", "token_seq", "float", "float_seq")
RATING, TIME = "rating", "timestamp"
GENRES = ("class",)


@dataclass(frozen=True, slots=True)
class _Field:
    place: int
    name: str
    type: str


def find_atomic_log(path: Path) -> Path | None:
    """The .inter file that `path` is or the one that it holds; None when there is none."""
    if path.is_file():
        return path if path.suffix == ".inter" else None
    found = sorted(path.glob("*.inter")) if path.is_dir() else []
    if len(found) > 1:
        raise InvalidSettings(
            f"{path} holds {', '.join(file.name for file in found)}; name one of them"
        )
    return found[0] if found else None


def open_recbole(path: Path, schema: CatalogueSchema | None = None) -> Dataset:
    """The log of a .inter file and the items of the .item file of the same name.

    Without an .item file every id of the log is an item. Ratings become `rating` on the smallest
    usual scale that holds them, and rows without a rating `watched`.
    """
    log_path = find_atomic_log(path)
    if log_path is None:
        raise InvalidSettings(f"{path} is and holds no .inter file")
    item_path = log_path.with_suffix(".item")
    has_items = item_path.is_file()
    fields = _fields(log_path)
    item_fields = _fields(item_path) if has_items else []
    item_field = _item_field(log_path, fields, item_fields)
    layout = _log_layout(log_path, fields, item_field)
    used = schema or _schema(log_path, layout, item_field, item_fields)

    def open_items(progress: Progress | None) -> ItemStream:
        rows = _item_rows(item_path, item_fields, used.title) if has_items else None
        file = rows or _ids_as_items(read_raw_events(log_path, layout), used)
        return RowItems(file, used, progress)

    def read_events(items: ItemStream, progress: Progress | None) -> EventReading:
        raw = read_raw_events(log_path, layout, progress)
        known = {item.id: item.id for item in items} if has_items else None
        kind = FeedbackType.RATING if "value" in raw.columns else FeedbackType.WATCHED
        return checked_events(raw, used.rating_scale, known, kind)

    return Dataset(log_path.stem, path, used, open_items, read_events)


def _fields(path: Path) -> list[_Field]:
    _, header = named_columns(path, "\t")
    fields: list[_Field] = []
    for place, written in enumerate(header):
        name, _, type_name = written.rpartition(":")
        if not name or type_name not in TYPES:
            raise InvalidSettings(
                f"{path} has the column {written!r}; name and type are wanted, such as "
                f"'user_id:token', of the types {', '.join(TYPES)}"
            )
        fields.append(_Field(place, name, type_name))
    return fields


def _item_field(path: Path, fields: Sequence[_Field], item_fields: Sequence[_Field]) -> _Field:
    """The field of items: `item_id`, or the first that log and items have in common."""
    shared = {field.name for field in item_fields}
    tokens = [field for field in fields if field.type == "token" and field.name != "user_id"]
    for field in sorted(tokens, key=lambda f: (f.name != "item_id", f.name not in shared)):
        if field.name == "item_id" or field.name in shared:
            return field
    raise InvalidSettings(f"{path} has no column 'item_id:token'; it has {_listed(fields)}")


def _log_layout(path: Path, fields: Sequence[_Field], item_field: _Field) -> Layout:
    place_of = {field.name: field.place for field in fields}
    if "user_id" not in place_of:
        raise InvalidSettings(f"{path} has no column 'user_id:token'; it has {_listed(fields)}")
    places: dict[Role, int] = {"user": place_of["user_id"], "item": item_field.place}
    if RATING in place_of:
        places["value"] = place_of[RATING]
    if TIME in place_of:
        places["at"] = place_of[TIME]
    return Layout("\t", len(fields), places, quoted=False)


def _schema(
    log_path: Path, layout: Layout, item_field: _Field, item_fields: Sequence[_Field]
) -> CatalogueSchema:
    """What the usual names say of an .item file; its other columns are left out and reported."""
    by_name = {_plain(field.name): field.name for field in item_fields if field is not item_field}

    def find(names: Sequence[str]) -> str | None:
        return next((by_name[name] for name in names if name in by_name), None)

    facets = {
        spec: find((*names, *GENRES) if spec.name == "genre" else names)
        for spec, names in FACET_COLUMNS
    }
    numbers = {name: find(names) for name, names in NUMBER_COLUMNS.items()}
    text = find(TEXT_COLUMN)
    return CatalogueSchema(
        name=log_path.stem,
        noun="item",
        facets=tuple(spec for spec, column in facets.items() if column is not None),
        columns={spec.name: column for spec, column in facets.items() if column is not None},
        numbers={name: column for name, column in numbers.items() if column is not None},
        id=item_field.name,
        # Without a title people are shown the id.
        title=find(SINGLE_COLUMNS["title"]) or item_field.name,
        text=() if text is None else (text,),
        year=find(SINGLE_COLUMNS["year"]),
        rating_scale=_rating_scale(log_path, layout),
    )


def _rating_scale(path: Path, layout: Layout) -> tuple[float, float]:
    if "value" not in layout.places:
        return CatalogueSchema.rating_scale
    raw = read_raw_events(path, layout)
    column = raw.columns.get("value")
    numbers = [_finite(text) for text in column.unique().to_pylist()] if column is not None else []
    highest = max((number for number in numbers if number is not None), default=0.0)
    return 0.0, next((top for top in RATING_TOPS if highest <= top), highest)


def _finite(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _item_rows(path: Path, fields: Sequence[_Field], title: str) -> RowFile:
    def rows() -> Iterator[RawRow]:
        try:
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
                for number, line in enumerate(file, start=1):
                    if number > 1 and line.strip():
                        yield _item_row(number, line.rstrip("\r\n").split("\t"), fields, title)
        except OSError as error:
            raise InvalidItem(f"{path} cannot be read ({error.strerror})") from error

    return RowFile(path, tuple(field.name for field in fields), None, rows)


def _item_row(number: int, cells: Sequence[str], fields: Sequence[_Field], title: str) -> RawRow:
    if len(cells) != len(fields):
        told = f"has {len(cells)} fields where {len(fields)} belong"
        return RawRow(number, {}, told)
    row: dict[str, object] = {}
    for field, cell in zip(fields, cells, strict=True):
        # A sequence is written with spaces; in a title they are just spaces.
        is_list = field.type == "token_seq" and field.name != title
        row[field.name] = (
            cell.split() if is_list and _plain(field.name) not in TEXT_COLUMN else cell
        )
    return RawRow(number, row)


def _ids_as_items(raw: RawEvents, schema: CatalogueSchema) -> RowFile:
    ids = dict.fromkeys(as_line(text) for text in raw.columns["item"].unique().to_pylist())
    cells: list[Mapping[str, object]] = [{schema.id: i, schema.title: i} for i in ids if i]
    told = (f"{raw.path.name} comes without items: each id is its own title",)
    return RowFile(
        raw.path,
        tuple(dict.fromkeys((schema.id, schema.title))),
        len(cells),
        lambda: (RawRow(number, row) for number, row in enumerate(cells, start=1)),
        told,
    )


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _listed(fields: Sequence[_Field]) -> str:
    return ", ".join(f"{field.name}:{field.type}" for field in fields)

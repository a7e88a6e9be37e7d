"""The own format: a folder with items, their schema, and the events about them."""

from __future__ import annotations

from pathlib import Path

from penchant.catalogue.formats import Source
from penchant.catalogue.source import ItemStream, Progress
from penchant.datasets.dataset import Dataset
from penchant.datasets.event_checks import checked_events
from penchant.datasets.event_files import Layout, Role, named_columns, read_raw_events
from penchant.datasets.events import EventReading
from penchant.errors import InvalidSettings

__all__ = ["open_own"]

EVENT_FILES = ("events.jsonl", "events.csv", "events.parquet")
# Our name of a column, and whether a log must have it.
COLUMNS: dict[Role, tuple[str, bool]] = {
    "user": ("user_id", True),
    "item": ("item_id", True),
    "kind": ("kind", True),
    "value": ("value", False),
    "at": ("at", False),
    "event_id": ("event_id", False),
}


def open_own(folder: Path, source: Source) -> Dataset:
    """The items of `source` with the events that lie beside them, if any do."""
    found = [folder / name for name in EVENT_FILES if (folder / name).is_file()]
    if len(found) > 1:
        raise InvalidSettings(
            f"{folder} holds {', '.join(file.name for file in found)}; leave one of them"
        )

    def open_items(progress: Progress | None) -> ItemStream:
        return ItemStream(source.path, source.schema, progress)

    def read_events(items: ItemStream, progress: Progress | None) -> EventReading:
        layout = _layout(found[0])
        raw = read_raw_events(found[0], layout, progress)
        known = {item.id: item.id for item in items}
        return checked_events(raw, source.schema.rating_scale, known)

    name = folder.resolve().name
    return Dataset(name, folder, source.schema, open_items, read_events if found else None)


def _layout(path: Path) -> Layout | dict[Role, str]:
    if path.suffix == ".jsonl":
        return {role: name for role, (name, _) in COLUMNS.items()}
    sign, names = named_columns(path)
    for name, needed in COLUMNS.values():
        if needed and name not in names:
            raise InvalidSettings(f"{path} has no column {name!r}; it has {', '.join(names)}")
    present: dict[Role, str] = {role: n for role, (n, _) in COLUMNS.items() if n in names}
    if path.suffix == ".parquet":
        return present
    places = {role: names.index(name) for role, name in present.items()}
    return Layout(sign, len(names), places)

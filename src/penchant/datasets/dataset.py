"""Dataset: a catalogue and, where there is one, the log of what people did with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from penchant.catalogue.schema import CatalogueSchema
from penchant.catalogue.source import ItemStream, Progress
from penchant.datasets.events import EventReading
from penchant.datasets.log import EventColumns

__all__ = ["Dataset", "EventReader", "ItemOpener"]

ItemOpener = Callable[[Progress | None], ItemStream]
# Called with the items of the same dataset, which tell what an event may be about.
EventReader = Callable[[ItemStream, Progress | None], EventReading]


@dataclass(frozen=True)
class Dataset:
    """One source by its layout; nothing of it is read before it is asked for.

    `open_items` gives the stream of items, `event_reader` reads the log and is None for a
    catalogue alone.
    """

    name: str
    path: Path
    schema: CatalogueSchema
    open_items: ItemOpener
    event_reader: EventReader | None = None

    @cached_property
    def items(self) -> ItemStream:
        """The items one after the other, with the report of the latest walk."""
        return self.open_items(None)

    def events(self, progress: Progress | None = None) -> EventColumns | None:
        """The log as columns, None where there is none; `read_events` also tells what was wrong."""
        reading = self.read_events(progress)
        return None if reading is None else reading.columns

    def read_events(self, progress: Progress | None = None) -> EventReading | None:
        """The log with the report of every row that is no event, None where there is no log.

        Raises InvalidSettings or InvalidItem when a file cannot be read at all.
        """
        if self.event_reader is None:
            return None
        return self.event_reader(self.items, progress)

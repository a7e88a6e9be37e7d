"""A list of K-dramas with people's ratings of them, which know neither times nor the list's ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path

from pyarrow import compute

from penchant.catalogue.cells import Unreadable, as_number
from penchant.catalogue.readers import open_rows
from penchant.catalogue.rowfile import RawRow, RowFile
from penchant.catalogue.schema import CatalogueSchema, load_bundled_schema, load_schema
from penchant.catalogue.source import ItemStream, Progress
from penchant.datasets.dataset import Dataset
from penchant.datasets.event_checks import checked_events
from penchant.datasets.event_files import Layout, named_columns, read_raw_events
from penchant.datasets.events import EventReading
from penchant.datasets.item_rows import RowItems
from penchant.domain.feedback import FeedbackType
from penchant.errors import InvalidSettings

__all__ = ["has_tamaski_files", "open_tamaski"]

DRAMAS, RATINGS = "korean_drama_complete.csv", "user_drama_ratings_joined.csv"
SECONDS_PER_MINUTE = 60.0


def has_tamaski_files(folder: Path) -> bool:
    """Whether the folder holds the list and the ratings."""
    return (folder / DRAMAS).is_file() and (folder / RATINGS).is_file()


def open_tamaski(folder: Path, schema: CatalogueSchema | None = None) -> Dataset:
    """The dramas, with ids of title and year like the bundled ones, and the ratings by title."""
    if not has_tamaski_files(folder):
        raise InvalidSettings(f"{folder} must hold {DRAMAS} and {RATINGS}")
    used = schema or _bundled_schema()

    def open_items(progress: Progress | None) -> ItemStream:
        return RowItems(_in_minutes(open_rows(folder / DRAMAS)), used, progress)

    def read_events(items: ItemStream, progress: Progress | None) -> EventReading:
        path = folder / RATINGS
        sign, names = named_columns(path)
        places = {name: place for place, name in enumerate(names)}
        for name in ("user_id", "drama_name", "overall_score"):
            if name not in places:
                raise InvalidSettings(f"{path} has no column {name!r}; it has {', '.join(names)}")
        layout = Layout(
            sign,
            len(names),
            {
                "user": places["user_id"],
                "item": places["drama_name"],
                "value": places["overall_score"],
            },
        )
        raw = read_raw_events(path, layout, progress)
        titles = compute.replace_substring_regex(raw.columns["item"], r"\s+", " ")
        raw = replace(raw, columns={**raw.columns, "item": titles})
        # The ratings number dramas in another way than the list: only the titles agree.
        id_of_title = {item.title: item.id for item in items}
        return checked_events(raw, used.rating_scale, id_of_title, FeedbackType.RATING)

    return Dataset(folder.resolve().name, folder, used, open_items, read_events)


def _bundled_schema() -> CatalogueSchema:
    bundled = load_bundled_schema()
    source = resources.files("penchant.datasets").joinpath("kdrama_tamaski.toml")
    with resources.as_file(source) as path:
        columns = load_schema(path)
    return replace(columns, lexicon=bundled.lexicon, vocabulary=bundled.vocabulary)


def _in_minutes(file: RowFile) -> RowFile:
    """The list with a column of minutes beside its column of seconds."""
    columns = (*(file.columns or ()), "minutes")
    return replace(
        file, columns=columns, rows=lambda: (_row_in_minutes(raw) for raw in file.rows())
    )


def _row_in_minutes(raw: RawRow) -> RawRow:
    cells: Mapping[str, object] = raw.cells
    try:
        seconds = as_number(cells.get("duration"))
    except Unreadable:
        # Left as it stands, so that the reader of the row remarks on it.
        return raw._replace(cells={**cells, "minutes": cells.get("duration")})
    minutes = None if seconds is None else seconds / SECONDS_PER_MINUTE
    return raw._replace(cells={**cells, "minutes": minutes})

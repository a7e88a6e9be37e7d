"""open_dataset: a path, and perhaps the name of a format, to a dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from penchant.catalogue.formats import FORMATS, Source, find_source
from penchant.catalogue.schema import CatalogueSchema, load_schema
from penchant.catalogue.source import ItemStream, Progress
from penchant.datasets.dataset import Dataset
from penchant.datasets.imdb import read_imdb
from penchant.datasets.letterboxd import read_letterboxd
from penchant.datasets.movielens import has_movielens_files, open_movielens
from penchant.datasets.mydramalist import read_mydramalist
from penchant.datasets.own import open_own
from penchant.datasets.personal import PersonalList
from penchant.datasets.recbole import find_atomic_log, open_recbole
from penchant.datasets.tamaski import has_tamaski_files, open_tamaski
from penchant.errors import InvalidSettings

__all__ = ["detected_format", "is_personal", "open_dataset", "open_list"]

Opener = Callable[[Path, CatalogueSchema | None, Path | None], Dataset]

_LOGS: Mapping[str, Opener] = {
    "movielens": open_movielens,
    "ml-1m": lambda path, schema, metadata: open_movielens(path, schema, metadata, "ml-1m"),
    "recbole": lambda path, schema, _: open_recbole(path, schema),
    "kdrama-tamaski": lambda path, schema, _: open_tamaski(path, schema),
}
_LISTS: Mapping[str, Callable[[Path], PersonalList]] = {
    "letterboxd": read_letterboxd,
    "imdb": read_imdb,
    "mydramalist": read_mydramalist,
}
_TAKES_METADATA = frozenset({"movielens", "ml-1m"})


def open_dataset(
    path: Path,
    format_name: str | None = None,
    schema_path: Path | None = None,
    *,
    metadata: Path | None = None,
) -> Dataset:
    """What lies at `path`, in the named format or in the one that its files give away.

    `schema_path` overrules the schema; `metadata` adds people, keywords and plots to MovieLens
    films. Raises InvalidSettings for an unknown format, for files that are missing, and for the
    export of one person, which is matched with a catalogue instead.
    """
    if format_name is not None and format_name not in FORMATS:
        raise InvalidSettings(f"no format {format_name!r}; there is {', '.join(FORMATS)}")
    name = format_name or detected_format(path)
    if is_personal(name):
        raise InvalidSettings(
            f"format {name!r} is the list of one person: penchant import {path} --format {name} "
            "--user WHO"
        )
    if metadata is not None and name not in _TAKES_METADATA:
        raise InvalidSettings(
            f"--metadata goes with the formats {', '.join(sorted(_TAKES_METADATA))}, "
            f"not with {name or 'a file of items'}"
        )
    if name is not None and name in _LOGS:
        schema = None if schema_path is None else load_schema(schema_path)
        return _LOGS[name](path, schema, metadata)
    source = find_source(path, name, schema_path)
    return open_own(path, source) if name == "own" else _items_alone(path, source)


def is_personal(format_name: str | None) -> bool:
    """Whether a format is the list of one person."""
    return format_name in _LISTS


def open_list(path: Path, format_name: str) -> PersonalList:
    """One person's list, read whole; raises InvalidSettings for a format that is no such list."""
    reader = _LISTS.get(format_name)
    if reader is None:
        raise InvalidSettings(
            f"format {format_name!r} is not the list of one person; those are {', '.join(_LISTS)}"
        )
    return reader(path)


def detected_format(path: Path) -> str | None:
    """The format of a folder by the files in it; None for a file, which its ending explains."""
    if find_atomic_log(path) is not None:
        return "recbole"
    if not path.is_dir():
        return None
    if has_movielens_files(path):
        return "movielens"
    return "kdrama-tamaski" if has_tamaski_files(path) else "own"


def _items_alone(path: Path, source: Source) -> Dataset:
    def open_items(progress: Progress | None) -> ItemStream:
        return ItemStream(source.path, source.schema, progress)

    return Dataset(source.path.stem, path, source.schema, open_items)

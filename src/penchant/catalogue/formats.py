"""Formats by name: where a catalogue's file and its schema are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from penchant.catalogue.inference import infer_schema
from penchant.catalogue.schema import CatalogueSchema, load_bundled_schema, load_schema
from penchant.errors import InvalidSettings

__all__ = ["FORMATS", "Format", "Source", "find_source", "load_dramalist_schema"]

OWN_SCHEMA = "schema.toml"
OWN_ITEMS = ("items.jsonl", "items.csv", "items.parquet")
DRAMALIST_FILE = "dramalist_kdramas.xlsx"


@dataclass(frozen=True, slots=True)
class Source:
    """A file of items and the schema that reads it."""

    path: Path
    schema: CatalogueSchema


@dataclass(frozen=True, slots=True)
class Format:
    """One way in which others keep a catalogue, a log, or the list of one person.

    `find` tells file and schema of a given path where a file of items can be read as it stands;
    the other formats are opened by `penchant.datasets`.
    """

    name: str
    description: str
    holds: Literal["items", "log", "person"]
    find: Callable[[Path], Source] | None = None


def find_source(
    path: Path, format_name: str | None = None, schema_path: Path | None = None
) -> Source:
    """The file and the schema that an import of `path` reads.

    A named format knows its own; `schema_path` overrules its schema. Without a format, a folder is
    read as format `own`, and a file by `schema_path` or else by the usual names of its columns.
    Raises InvalidSettings for an unknown format or a missing file, naming what is possible.
    """
    if format_name is not None and format_name not in FORMATS:
        raise InvalidSettings(f"no format {format_name!r}; there is {', '.join(FORMATS)}")
    if format_name is not None or path.is_dir():
        find = FORMATS[format_name or "own"].find
        if find is None:
            raise InvalidSettings(
                f"format {format_name!r} is no file of items; open it with "
                "penchant.datasets.open_dataset, or `penchant import`"
            )
        source = find(path)
        return source if schema_path is None else replace(source, schema=load_schema(schema_path))
    return Source(path, infer_schema(path) if schema_path is None else load_schema(schema_path))


def load_dramalist_schema() -> CatalogueSchema:
    """The schema of `dramalist_kdramas.xlsx`, with the words of the bundled K-drama catalogue."""
    bundled = load_bundled_schema()
    source = resources.files("penchant.catalogue").joinpath("dramalist.toml")
    with resources.as_file(source) as path:
        columns = load_schema(path)
    return replace(columns, lexicon=bundled.lexicon, vocabulary=bundled.vocabulary)


def _find_own(path: Path) -> Source:
    schema_path = path / OWN_SCHEMA
    if not schema_path.is_file():
        raise InvalidSettings(f"{path} holds no {OWN_SCHEMA}; write one that names the columns")
    found = [path / name for name in OWN_ITEMS if (path / name).is_file()]
    if len(found) != 1:
        names = ", ".join(file.name for file in found) or "none"
        raise InvalidSettings(f"{path} must hold one of {', '.join(OWN_ITEMS)}; it holds {names}")
    return Source(found[0], load_schema(schema_path))


def _find_dramalist(path: Path) -> Source:
    return Source(path / DRAMALIST_FILE if path.is_dir() else path, load_dramalist_schema())


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        format_.name: format_
        for format_ in (
            Format(
                "own",
                f"a folder with items.jsonl, .csv or .parquet and {OWN_SCHEMA}, and perhaps events",
                "log",
                _find_own,
            ),
            Format(
                "kdrama-xlsx",
                f"{DRAMALIST_FILE}, or the folder that holds it",
                "items",
                _find_dramalist,
            ),
            Format("movielens", "a MovieLens folder of any year; found by its files", "log"),
            Format("ml-1m", "the MovieLens folder with movies.dat, and no other", "log"),
            Format("recbole", "atomic files: NAME.inter, and perhaps NAME.item", "log"),
            Format("kdrama-tamaski", "a list of K-dramas with ratings that have no times", "log"),
            Format("letterboxd", "the folder of one person's Letterboxd export", "person"),
            Format("imdb", "one person's ratings.csv or watchlist.csv from IMDb", "person"),
            Format("mydramalist", "one person's drama list as CSV or JSON", "person"),
        )
    }
)

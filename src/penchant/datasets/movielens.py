"""MovieLens in its three layouts: files of ::, files with u. in front, and CSV files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from penchant.catalogue.cells import as_line
from penchant.catalogue.readers import open_rows
from penchant.catalogue.rowfile import RawRow, RowFile
from penchant.catalogue.schema import CatalogueSchema, load_schema
from penchant.catalogue.source import ItemStream, Progress
from penchant.datasets.dataset import Dataset
from penchant.datasets.event_checks import checked_events
from penchant.datasets.event_files import Layout, named_columns, read_raw_events
from penchant.datasets.events import EventReading
from penchant.datasets.film_metadata import FilmMetadata, read_film_metadata
from penchant.datasets.film_tags import read_film_tags
from penchant.datasets.film_titles import FilmTitle, split_film_title
from penchant.datasets.item_rows import RowItems, rows_of
from penchant.domain.feedback import FeedbackType
from penchant.errors import InvalidItem, InvalidSettings

__all__ = ["has_movielens_files", "open_movielens"]

WHOLE_STARS, HALF_STARS = (1.0, 5.0), (0.5, 5.0)
UNTITLED = FilmTitle("", None, ())
NO_GENRES = frozenset({"", "unknown", "(no genres listed)"})
ITEM_COLUMNS = ("movieId", "title", "alternate_titles", "year", "genres")


@dataclass(frozen=True, slots=True)
class _Film:
    """A film as a row of its list says, or why the row is none."""

    row: int
    id: str = ""
    title: FilmTitle = UNTITLED
    genres: tuple[str, ...] = ()
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class _Files:
    """One layout: its films, its log and how both are read."""

    name: str
    rating_scale: tuple[float, float]
    films_path: Path
    films: Callable[[Path], Iterator[_Film]]
    log_path: Path | None
    log: Layout
    kind: str = FeedbackType.RATING
    tags_path: Path | None = None
    same_ids_as_metadata: bool = True


def has_movielens_files(folder: Path) -> bool:
    """Whether the folder holds the films of one of the layouts."""
    return _find(folder) is not None


def open_movielens(
    folder: Path,
    schema: CatalogueSchema | None = None,
    metadata: Path | None = None,
    only: str | None = None,
) -> Dataset:
    """The films and the log of a folder; `only` is the one layout that will do.

    Raises InvalidSettings when the folder holds no such files.
    """
    files = _find(folder)
    if files is None or (only is not None and files.name != only):
        others = ", u.item with u.data, or movies.csv with ratings.csv" if only is None else ""
        raise InvalidSettings(
            f"{folder} holds no {only or 'MovieLens'} files; wanted are movies.dat with "
            f"ratings.dat or interactions_all_ordered.csv{others}"
        )
    used = schema or _bundled_schema(files)

    def open_items(progress: Progress | None) -> ItemStream:
        return RowItems(_film_rows(files, metadata), used, progress)

    def read_events(items: ItemStream, progress: Progress | None) -> EventReading:
        if files.log_path is None:
            raise InvalidSettings(f"{folder} holds films and no log")
        raw = read_raw_events(files.log_path, files.log, progress)
        item_of = {item.id: item.id for item in items}
        return checked_events(raw, used.rating_scale, item_of, files.kind)

    reader = None if files.log_path is None else read_events
    return Dataset(folder.resolve().name, folder, used, open_items, reader)


def _bundled_schema(files: _Files) -> CatalogueSchema:
    source = resources.files("penchant.datasets").joinpath("movielens.toml")
    with resources.as_file(source) as path:
        schema = load_schema(path)
    return replace(schema, name=files.name, rating_scale=files.rating_scale)


def _find(folder: Path) -> _Files | None:
    if (folder / "movies.dat").is_file():
        rated, ordered = folder / "ratings.dat", folder / "interactions_all_ordered.csv"
        if rated.is_file() or not ordered.is_file():
            places = Layout(
                ":", 4, {"user": 0, "item": 1, "value": 2, "at": 3},
                header=False, quoted=False, double=True,
            )  # fmt: skip
            log_path = rated if rated.is_file() else None
            kind = FeedbackType.RATING
        else:
            places = Layout(",", 3, {"user": 0, "position": 1, "item": 2})
            log_path, kind = ordered, FeedbackType.WATCHED
        films = folder / "movies.dat"
        return _Files("ml-1m", WHOLE_STARS, films, _dat_films, log_path, places, kind)
    if (folder / "u.item").is_file():
        places = Layout(
            "\t", 4, {"user": 0, "item": 1, "value": 2, "at": 3}, header=False, quoted=False
        )
        return _Files(
            "ml-100k", WHOLE_STARS, folder / "u.item", _flagged_films, _present(folder / "u.data"),
            places, same_ids_as_metadata=False,
        )  # fmt: skip
    if (folder / "movies.csv").is_file():
        log_path = _present(folder / "ratings.csv")
        places = _csv_places(log_path) if log_path else Layout(",", 4, {})
        tags = _present(folder / "tags.csv")
        return _Files(
            "movielens", HALF_STARS, folder / "movies.csv", _csv_films, log_path, places,
            tags_path=tags,
        )  # fmt: skip
    return None


def _present(path: Path) -> Path | None:
    return path if path.is_file() else None


def _csv_places(path: Path) -> Layout:
    sign, names = named_columns(path, ",")
    wanted = {"user": "userId", "item": "movieId", "value": "rating", "at": "timestamp"}
    lacking = [name for name in wanted.values() if name not in names]
    if lacking:
        raise InvalidSettings(f"{path} has no column {lacking[0]!r}; it has {', '.join(names)}")
    return Layout(
        sign,
        len(names),
        {
            "user": names.index("userId"),
            "item": names.index("movieId"),
            "value": names.index("rating"),
            "at": names.index("timestamp"),
        },
    )


def _film_rows(files: _Files, metadata_path: Path | None) -> RowFile:
    """The films as rows of the shipped schema, with tags and metadata joined on."""
    tags = None if files.tags_path is None else read_film_tags(files.tags_path)
    metadata = None if metadata_path is None else read_film_metadata(metadata_path)
    rows: list[tuple[int, Mapping[str, object] | str]] = []
    found = usable = 0
    for film in files.films(files.films_path):
        if film.fault is not None:
            rows.append((film.row, film.fault))
            continue
        added = _metadata_of(film, metadata, files)
        usable += 1
        found += bool(added)
        cells: dict[str, object] = {
            "movieId": film.id,
            "title": film.title.title,
            "alternate_titles": film.title.alternates,
            "year": film.title.year,
            "genres": film.genres,
            **added,
        }
        if tags is not None:
            keywords = added.get("themes", ())
            known = keywords if isinstance(keywords, tuple) else ()
            cells["themes"] = (*known, *tags.by_film.get(film.id, ()))
        rows.append((film.row, cells))
    columns = [*ITEM_COLUMNS]
    warnings: list[str] = []
    if tags is not None:
        columns.append("themes")
        warnings += tags.warnings
    if metadata is not None:
        columns += [name for name in metadata.columns if name not in columns]
        told = f"{found:,} of {usable:,} movies found in {metadata.path.name}"
        warnings += [*metadata.warnings, told]
    return rows_of(files.films_path, columns, rows, warnings)


def _metadata_of(film: _Film, metadata: FilmMetadata | None, files: _Files) -> Mapping[str, object]:
    if metadata is None:
        return {}
    if files.same_ids_as_metadata:
        return metadata.of_id(film.id)
    return metadata.of_title(film.title)


def _dat_films(path: Path) -> Iterator[_Film]:
    for row, line in _lines(path):
        fields = line.split("::")
        if len(fields) != 3:  # noqa: PLR2004 (id, title, genres)
            yield _Film(row, fault=f"has {len(fields)} fields where 3 belong")
            continue
        yield _Film(row, fields[0], split_film_title(fields[1]), _genres(fields[2].split("|")))


def _flagged_films(path: Path) -> Iterator[_Film]:
    names = _genre_names(path.with_name("u.genre"))
    for row, line in _lines(path):
        film_id, *fields = line.split("|")
        flags = fields[4:]
        if len(flags) != len(names):
            told = f"has {len(fields) + 1} fields where {5 + len(names)} belong"
            yield _Film(row, fault=told)
            continue
        title = split_film_title(fields[0])
        if title.year is None and fields[1][-4:].isdigit():
            title = title._replace(year=int(fields[1][-4:]))
        chosen = [name for name, flag in zip(names, flags, strict=True) if flag == "1"]
        yield _Film(row, film_id, title, _genres(chosen))


def _genre_names(path: Path) -> list[str]:
    if not path.is_file():
        raise InvalidSettings(f"{path} is not there; it names the genres of u.item")
    return [line.rpartition("|")[0] for _, line in _lines(path)]


def _csv_films(path: Path) -> Iterator[_Film]:
    file = open_rows(path)
    for name in ("movieId", "title", "genres"):
        if name not in (file.columns or ()):
            raise InvalidSettings(f"{path} has no column {name!r}")
    for raw in file.rows():
        yield _csv_film(raw)


def _csv_film(raw: RawRow) -> _Film:
    if raw.fault is not None:
        return _Film(raw.number, fault=raw.fault)
    film_id, title, genres = (
        as_line(raw.cells.get(name)) for name in ("movieId", "title", "genres")
    )
    return _Film(raw.number, film_id, split_film_title(title), _genres(genres.split("|")))


def _genres(names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name.casefold() not in NO_GENRES)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that hold anything, by number: UTF-8, or Latin-1 as the first MovieLens files are."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidItem(f"{path} cannot be read ({error.strerror})") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line.rstrip("\r")

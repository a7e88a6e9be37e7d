"""A schema for a file that comes without one, from the names people usually give to columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import NamedTuple

from penchant.catalogue.cells import Unreadable, as_number, is_blank
from penchant.catalogue.readers import open_rows
from penchant.catalogue.rowfile import RowFile
from penchant.catalogue.schema import CAST_WEIGHTS, CatalogueSchema
from penchant.domain.item import FacetSpec
from penchant.errors import InvalidSettings

__all__ = ["infer_schema"]

SAMPLE_ROWS = 1_000
LONGEST_USUAL_MINUTES = 600
SEPARATORS = ("|", ";", ",")
# The scales people rate on: the smallest one that holds every rating of the file is taken.
RATING_TOPS = (1.0, 5.0, 10.0, 100.0)

# For each meaning the usual names, best first; compared without case, spaces and signs.
SINGLE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "itemid", "movieid", "showid", "dramaid", "bookid", "gameid", "isbn", "asin"),
    "title": (
        *("title", "name", "itemtitle", "itemname", "movietitle", "moviename", "dramatitle"),
        *("dramaname", "showtitle", "seriestitle", "booktitle", "gametitle", "primarytitle"),
        *("originaltitle", "tracktitle", "product", "productname"),
    ),
    "alternate_titles": (
        *("alternatetitles", "alternatenames", "alternativetitles", "alternatetitle"),
        *("alternativenames", "alsoknownas", "akas", "aka", "othernames", "synonyms"),
    ),
    "native_title": ("nativetitle", "nativename", "hangultitle", "koreantitle", "originalname"),
    "year": (
        *("year", "releaseyear", "yearofrelease", "publicationyear", "yearpublished"),
        *("originalpublicationyear", "startyear", "releasedate", "released", "datepublished"),
        *("publicationdate", "published", "firstairdate", "aireddate", "startdate", "startdt"),
        *("date", "aired"),
    ),
    "rating": (
        *("rating", "ratingvalue", "averagerating", "avgrating", "meanrating", "ratingaverage"),
        *("voteaverage", "imdbrating", "userscore", "score", "stars"),
    ),
    "rating_count": (
        *("ratingcount", "ratingscount", "numratings", "numberofratings", "votecount", "votes"),
        *("numvotes", "numberofvotes", "reviewcount", "numreviews", "raters"),
    ),
}
TEXT_COLUMN = (
    *("description", "synopsis", "overview", "plot", "summary", "storyline", "plotsummary"),
    *("blurb", "abstract", "text", "about"),
)
NUMBER_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "episodes": ("episodes", "numberofepisodes", "numberofepisode", "episodecount", "toteps"),
    "minutes": ("minutes", "runtimeminutes", "runtime", "durationminutes", "length", "duration"),
    "pages": ("pages", "numpages", "numberofpages", "pagecount"),
}
FACET_COLUMNS: Sequence[tuple[FacetSpec, tuple[str, ...]]] = (
    (FacetSpec("genre", boost=0.5), ("genres", "genre", "genrenames", "categories", "category")),
    (
        FacetSpec("theme", boost=0.4, match="cosine"),
        ("themes", "theme", "keywords", "plotkeywords", "tags", "keyword", "tag", "subjects"),
    ),
    (
        FacetSpec("actor", boost=0.3, position_weights=CAST_WEIGHTS, person=True),
        ("cast", "actors", "actor", "maincast", "stars", "starring", "castmembers"),
    ),
    (
        FacetSpec("director", boost=0.2, person=True),
        ("directors", "director", "directedby"),
    ),
    (
        FacetSpec("author", boost=0.3, person=True),
        ("authors", "author"),
    ),
    (
        FacetSpec("artist", boost=0.3, person=True),
        ("artists", "artist", "artistname"),
    ),
    (
        FacetSpec("writer", person=True),
        ("writers", "writer", "screenwriters", "screenwriter", "writtenby"),
    ),
    (FacetSpec("developer", boost=0.2), ("developers", "developer")),
    (
        FacetSpec("publisher"),
        (
            *("publishers", "publisher", "network", "networks", "originalnetwork", "orgnet"),
            *("studio", "studios", "channel", "productioncompanies"),
        ),
    ),
)


class _Sample(NamedTuple):
    columns: tuple[str, ...]
    cells: Mapping[str, list[object]]


def infer_schema(path: Path) -> CatalogueSchema:
    """The schema that fits the usual column names; reading a file by it reports what was ignored.

    The separator of lists is the sign most often seen in them, and the rating scale the smallest
    usual one that holds all ratings of the file, which is read through for that. Raises
    InvalidSettings when no column looks like titles.
    """
    file = open_rows(path)
    sample = _take_sample(file)
    taken: set[str] = set()

    def find(names: Iterable[str], fits: Callable[[list[object]], bool] = _anything) -> str | None:
        for name in names:
            for column in sample.columns:
                if _plain(column) == name and column not in taken and fits(sample.cells[column]):
                    taken.add(column)
                    return column
        return None

    single = {
        meaning: find(names, _numeric if meaning in ("rating", "rating_count") else _anything)
        for meaning, names in SINGLE_COLUMNS.items()
    }
    title = single["title"]
    if title is None:
        raise InvalidSettings(
            f"{path}: no column looks like titles; it has {', '.join(sample.columns) or 'none'}. "
            "Rename one to 'title' or write a schema file"
        )
    text = find(TEXT_COLUMN)
    numbers = {
        name: find(names, _in_minutes if name == "minutes" else _numeric)
        for name, names in NUMBER_COLUMNS.items()
    }
    facets = {spec: find(names) for spec, names in FACET_COLUMNS}
    columns = {spec.name: column for spec, column in facets.items() if column is not None}
    schema = CatalogueSchema(
        name=path.stem,
        noun="item",
        facets=tuple(spec for spec in facets if spec.name in columns),
        columns=columns,
        numbers={name: column for name, column in numbers.items() if column is not None},
        id=single["id"] or CatalogueSchema.id,
        title=title,
        alternate_titles=single["alternate_titles"],
        native_title=single["native_title"],
        text=() if text is None else (text,),
        year=single["year"],
        rating=single["rating"],
        rating_count=single["rating_count"],
        list_separator=_separator(cell for c in columns.values() for cell in sample.cells[c]),
    )
    return replace(schema, rating_scale=_rating_scale(file, schema.rating))


def _take_sample(file: RowFile) -> _Sample:
    cells: dict[str, list[object]] = {name: [] for name in file.columns or ()}
    for row in islice(file.rows(), SAMPLE_ROWS):
        for name, cell in row.cells.items():
            if not is_blank(cell):
                cells.setdefault(name, []).append(cell)
    return _Sample(tuple(cells), cells)


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _anything(_cells: list[object]) -> bool:
    return True


def _numeric(cells: list[object]) -> bool:
    """Whether most of the cells can be read as numbers; a column of stars' names cannot."""
    return sum(_number(cell) is not None for cell in cells) * 2 >= len(cells)


def _in_minutes(cells: list[object]) -> bool:
    """Whether a column of lengths can be in minutes: some sources give plain seconds."""
    numbers = [number for cell in cells if (number := _number(cell)) is not None]
    return _numeric(cells) and (not numbers or median(numbers) <= LONGEST_USUAL_MINUTES)


def _number(cell: object) -> float | None:
    try:
        return as_number(cell)
    except Unreadable:
        return None


def _separator(cells: Iterable[object]) -> str:
    texts = [cell for cell in cells if isinstance(cell, str)]
    seen = {sign: sum(sign in text for text in texts) for sign in SEPARATORS}
    # In doubt the comma: it comes last and must only be as frequent as the others.
    return max(reversed(SEPARATORS), key=lambda sign: seen[sign])


def _rating_scale(file: RowFile, column: str | None) -> tuple[float, float]:
    if column is None:
        return CatalogueSchema.rating_scale
    ratings = (_number(row.cells.get(column)) for row in file.rows())
    highest = max((rating for rating in ratings if rating is not None), default=10.0)
    return 0.0, next((top for top in RATING_TOPS if highest <= top), highest)

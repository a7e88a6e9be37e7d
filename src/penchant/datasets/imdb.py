"""One person's IMDb export: ratings.csv and watchlist.csv."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from penchant.catalogue.readers import open_rows
from penchant.catalogue.rowfile import RawRow
from penchant.datasets.personal import (
    ListEntry,
    PersonalList,
    Refused,
    moment_in,
    names_in,
    rating_in,
    read_list_file,
    year_in,
)
from penchant.domain.feedback import FeedbackType
from penchant.errors import InvalidSettings

__all__ = ["read_imdb"]

FILES = ("ratings.csv", "watchlist.csv")
NEEDED = ("Const", "Title", "Year")
LEAST, MOST = 1.0, 10.0


def read_imdb(path: Path) -> PersonalList:
    """The ratings and the watchlist of a folder, or one such file by its columns.

    A title on the watchlist that has a rating beside it gives both events, unless the ratings are
    there as a file of their own.
    """
    paths = [path] if path.is_file() else [path / n for n in FILES if (path / n).is_file()]
    if not paths:
        raise InvalidSettings(f"{path} is and holds none of {', '.join(FILES)}")
    is_list = {file: _is_watchlist(file) for file in paths}
    with_ratings = not all(is_list.values())

    def ratings(file: str, raw: RawRow) -> Iterator[ListEntry]:
        entry = _rating(file, raw)
        if entry is None:
            raise Refused("has no rating")
        yield entry

    def watchlist(file: str, raw: RawRow) -> Iterator[ListEntry]:
        yield ListEntry(
            file=file,
            row=raw.number,
            names=names_in(raw.cells, "Title", "Original Title"),
            year=year_in(raw.cells, "Year"),
            kind=FeedbackType.WATCHLIST_ADD,
            at=moment_in(raw.cells, "Created"),
        )
        rating = None if with_ratings else _rating(file, raw)
        if rating is not None:
            yield rating

    files = tuple(
        read_list_file(file, NEEDED, watchlist if is_list[file] else ratings) for file in paths
    )
    return PersonalList("imdb", path, files)


def _is_watchlist(path: Path) -> bool:
    """A list has the date on which a title was put on it; ratings have none but their own."""
    columns = open_rows(path).columns or ()
    if "Created" not in columns and "Your Rating" not in columns:
        raise InvalidSettings(
            f"{path} has neither a column 'Your Rating' nor 'Created'; "
            "export ratings or a list from IMDb"
        )
    return "Created" in columns


def _rating(file: str, raw: RawRow) -> ListEntry | None:
    share = rating_in(raw.cells, "Your Rating", LEAST, MOST)
    if share is None:
        return None
    return ListEntry(
        file=file,
        row=raw.number,
        names=names_in(raw.cells, "Title", "Original Title"),
        year=year_in(raw.cells, "Year"),
        kind=FeedbackType.RATING,
        at=moment_in(raw.cells, "Date Rated"),
        rating=share,
    )

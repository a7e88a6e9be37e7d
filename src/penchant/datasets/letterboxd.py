"""One person's Letterboxd export: ratings, diary, films watched, watchlist and likes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from penchant.catalogue.rowfile import RawRow
from penchant.datasets.personal import (
    Cells,
    ListEntry,
    ListFile,
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

__all__ = ["read_letterboxd"]

FILES = ("ratings.csv", "diary.csv", "watched.csv", "watchlist.csv", "likes/films.csv")
NEEDED = ("Date", "Name", "Year")
LEAST_STARS, MOST_STARS = 0.5, 5.0

Film = tuple[str, int | None]


def read_letterboxd(folder: Path) -> PersonalList:
    """Every file of the export that is there; raises InvalidSettings when none is.

    The diary knows when a film was watched, so that films of `watched.csv` that stand in it are not
    told twice. A diary entry's rating counts where `ratings.csv` has none for the film.
    """
    paths = {name: folder / name for name in FILES if (folder / name).is_file()}
    if not paths:
        raise InvalidSettings(
            f"{folder} holds none of {', '.join(FILES)}; name the folder of the unpacked export"
        )
    reader = _Reader()
    readers = dict(
        zip(
            FILES,
            (reader.rating, reader.diary, reader.watched, _watchlist, _like),
            strict=True,
        )
    )
    files: list[ListFile] = []
    # In the order of FILES: what the later ones leave out, the earlier ones have told.
    for name, path in paths.items():
        needed = (*NEEDED, "Rating") if name == "ratings.csv" else NEEDED
        files.append(read_list_file(path, needed, readers[name]))
    return PersonalList("letterboxd", folder, tuple(files))


class _Reader:
    """Reads the files that overlap, remembering which films have been told of."""

    def __init__(self) -> None:
        self._rated: set[Film] = set()
        self._dated: set[Film] = set()

    def rating(self, file: str, raw: RawRow) -> Iterator[ListEntry]:
        entry = _rating(file, raw)
        if entry is None:
            raise Refused("has no rating")
        self._rated.add(_film(entry))
        yield entry

    def diary(self, file: str, raw: RawRow) -> Iterator[ListEntry]:
        entry = _entry(file, raw, FeedbackType.WATCHED, "Watched Date", "Date")
        self._dated.add(_film(entry))
        rating = _rating(file, raw)
        yield entry
        if rating is not None and _film(rating) not in self._rated:
            yield rating

    def watched(self, file: str, raw: RawRow) -> Iterator[ListEntry]:
        entry = _entry(file, raw, FeedbackType.WATCHED, "Date")
        if _film(entry) not in self._dated:
            yield entry


def _watchlist(file: str, raw: RawRow) -> Iterator[ListEntry]:
    yield _entry(file, raw, FeedbackType.WATCHLIST_ADD, "Date")


def _like(file: str, raw: RawRow) -> Iterator[ListEntry]:
    yield _entry(file, raw, FeedbackType.LIKE, "Date")


def _entry(file: str, raw: RawRow, kind: FeedbackType, *dates: str) -> ListEntry:
    cells: Cells = raw.cells
    return ListEntry(
        file=file,
        row=raw.number,
        names=names_in(cells, "Name"),
        year=year_in(cells, "Year"),
        kind=kind,
        at=moment_in(cells, *dates),
    )


def _rating(file: str, raw: RawRow) -> ListEntry | None:
    share = rating_in(raw.cells, "Rating", LEAST_STARS, MOST_STARS)
    if share is None:
        return None
    return ListEntry(
        file=file,
        row=raw.number,
        names=names_in(raw.cells, "Name"),
        year=year_in(raw.cells, "Year"),
        kind=FeedbackType.RATING,
        at=moment_in(raw.cells, "Watched Date", "Date"),
        rating=share,
    )


def _film(entry: ListEntry) -> Film:
    return entry.title.casefold(), entry.year

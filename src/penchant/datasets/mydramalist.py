"""One person's drama list as CSV or JSON: title, status, episodes seen, score, date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from penchant.catalogue.cells import as_line, as_number
from penchant.catalogue.rowfile import RawRow
from penchant.datasets.personal import (
    Cells,
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

__all__ = ["read_mydramalist"]

# There is no official export: each meaning has the names that people's tools give it.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "name", "drama"),
    "year": ("year", "released"),
    "status": ("status", "list"),
    "seen": ("episodesseen", "episodeswatched", "watchedepisodes", "progress"),
    "episodes": ("episodes", "totalepisodes", "episodestotal"),
    "score": ("score", "rating", "myrating", "yourrating"),
    "date": ("date", "updated", "updatedat", "datecompleted", "dateadded"),
}
KIND_OF_STATUS: Mapping[str, FeedbackType] = {
    "completed": FeedbackType.WATCHED,
    "watching": FeedbackType.WATCH_PROGRESS,
    "currentlywatching": FeedbackType.WATCH_PROGRESS,
    "onhold": FeedbackType.WATCH_PROGRESS,
    "plantowatch": FeedbackType.WATCHLIST_ADD,
    "dropped": FeedbackType.DISMISS,
    "notinterested": FeedbackType.DISMISS,
}
MOST_SCORE = 10.0
SUFFIXES = frozenset({".csv", ".tsv", ".json", ".jsonl"})


def read_mydramalist(path: Path) -> PersonalList:
    """The list in a file, or in the one file of a folder; a score of 0 means not scored."""
    file = read_list_file(_list_path(path), (), _entries)
    if file.row_count and not file.entries and all("no title" in p.reason for p in file.rejected):
        raise InvalidSettings(
            f"{file.path} has no column of titles; name it {' or '.join(COLUMNS['title'])}"
        )
    return PersonalList("mydramalist", path, (file,))


def _list_path(path: Path) -> Path:
    if not path.is_dir():
        return path
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    if len(found) != 1:
        names = ", ".join(file.name for file in found) or "none"
        raise InvalidSettings(f"{path} must hold one CSV or JSON file; it holds {names}")
    return found[0]


def _entries(file: str, raw: RawRow) -> Iterator[ListEntry]:
    cells = _by_meaning(raw.cells)
    names, year, at = names_in(cells, "title"), year_in(cells, "year"), moment_in(cells, "date")
    status = as_line(cells.get("status"))
    kind = KIND_OF_STATUS.get(_plain(status)) if status else None
    if status and kind is None:
        raise Refused(f"status {status[:40]!r} is none of {', '.join(KIND_OF_STATUS)}")
    score = rating_in(cells, "score", 0.0, MOST_SCORE) or None
    if kind is None and score is None:
        raise Refused("has neither status nor score")
    if kind is not None:
        yield ListEntry(
            file=file,
            row=raw.number,
            names=names,
            year=year,
            kind=kind,
            at=at,
            seen=as_number(cells.get("seen")),
            episodes=as_number(cells.get("episodes")),
        )
    if score is not None:
        yield ListEntry(file, raw.number, names, year, FeedbackType.RATING, at, rating=score)


def _by_meaning(cells: Cells) -> Cells:
    named = {_plain(name): cell for name, cell in reversed(list(cells.items()))}
    return {
        meaning: next((named[name] for name in names if named.get(name) is not None), None)
        for meaning, names in COLUMNS.items()
    }


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())

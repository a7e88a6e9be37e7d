"""Lists of one person: Letterboxd, IMDb and drama lists, before they are matched."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from penchant.datasets import open_dataset
from penchant.datasets.opening import open_list
from penchant.datasets.personal import ListEntry, PersonalList
from penchant.errors import InvalidSettings

Folder = Callable[[Mapping[str, str | bytes]], Path]

HEAD = "Date,Name,Year,Letterboxd URI"
LETTERBOXD = {
    "ratings.csv": f"{HEAD},Rating\n2024-01-02,Heat,1995,https://x,4.5\n2024-01-03,Up,2009,https://x,6\n",
    "diary.csv": (
        f"{HEAD},Rating,Rewatch,Tags,Watched Date\n"
        "2024-02-02,Heat,1995,https://x,3,,,2024-02-01\n"
        "2024-02-05,Alien,1979,https://x,5,,,2024-02-04\n"
    ),
    "watched.csv": f"{HEAD}\n2023-05-01,Heat,1995,https://x\n2023-06-01,Ran,1985,https://x\n2023-06-01,,1985,https://x\n",
    "watchlist.csv": f"{HEAD}\n2024-03-01,Brazil,1985,https://x\n",
    "likes/films.csv": f"{HEAD}\n2024-03-02,Alien,1979,https://x\n",
}
IMDB_RATINGS = (
    "Const,Your Rating,Date Rated,Title,Original Title,URL,Title Type,Year\n"
    "tt1,9,2024-01-02,Seven Samurai,Shichinin no samurai,https://x,Movie,1954\n"
    "tt2,,2024-01-02,Up,Up,https://x,Movie,2009\n"
)
IMDB_LIST = (
    "Position,Const,Created,Title,Original Title,Year,Your Rating,Date Rated\n"
    "1,tt3,2024-02-02,Ran,Ran,1985,8,2024-02-03\n"
)


def day(year: int, month: int, number: int) -> float:
    return datetime(year, month, number, tzinfo=UTC).timestamp()


def told(listed: PersonalList) -> list[tuple[object, ...]]:
    return [(e.title, e.kind.value, e.at, e.rating) for e in listed.entries]


def only(listed: PersonalList, title: str) -> list[ListEntry]:
    return [entry for entry in listed.entries if entry.title == title]


def test_every_file_of_a_letterboxd_export_is_read(folder: Folder) -> None:
    """Stars are shares of five; the diary dates films and is not repeated by the films watched."""
    listed = open_list(folder(LETTERBOXD), "letterboxd")
    assert told(listed) == [
        ("Heat", "rating", day(2024, 1, 2), 0.9),
        ("Heat", "watched", day(2024, 2, 1), None),
        ("Alien", "watched", day(2024, 2, 4), None),
        ("Alien", "rating", day(2024, 2, 4), 1.0),
        ("Ran", "watched", day(2023, 6, 1), None),
        ("Brazil", "watchlist_add", day(2024, 3, 1), None),
        ("Alien", "like", day(2024, 3, 2), None),
    ]
    problems = [(f.path.name, p.row, p.reason) for f in listed.files for p in f.rejected]
    assert problems == [
        ("ratings.csv", 3, "rating 6 is outside 0.5 to 5"),
        ("watched.csv", 4, "has no title"),
    ]


def test_a_folder_that_is_no_export_says_what_it_lacks(folder: Folder) -> None:
    """The way out names the files, and the columns."""
    path = folder({"x.txt": "x", "bad/ratings.csv": "Name\nHeat\n"})
    with pytest.raises(InvalidSettings, match=r"holds none of ratings\.csv"):
        open_list(path, "letterboxd")
    with pytest.raises(InvalidSettings, match="no column 'Date'"):
        open_list(path / "bad", "letterboxd")


def test_imdb_ratings_and_list_are_told_apart_by_their_columns(folder: Folder) -> None:
    """A rating beside a listed title counts where the ratings are not there themselves."""
    path = folder({"ratings.csv": IMDB_RATINGS, "watchlist.csv": IMDB_LIST})
    both = open_list(path, "imdb")
    assert told(both) == [
        ("Seven Samurai", "rating", day(2024, 1, 2), 0.9),
        ("Ran", "watchlist_add", day(2024, 2, 2), None),
    ]
    assert both.entries[0].names == ("Seven Samurai", "Shichinin no samurai")
    assert [p.reason for p in both.files[0].rejected] == ["has no rating"]
    alone = open_list(path / "watchlist.csv", "imdb")
    assert told(alone)[1] == ("Ran", "rating", day(2024, 2, 3), 0.8)


DRAMAS: list[dict[str, object]] = [
    {"title": "Signal", "status": "Completed", "score": 9.5, "date": "2024-01-05"},
    {"title": "Goblin", "status": "watching", "episodes_seen": 4, "total_episodes": 16, "score": 0},
    {"title": "Stranger", "status": "Plan to Watch"},
    {"title": "Doctors", "status": "dropped", "score": 3},
    {"title": "Vincenzo", "status": "someday"},
    {"title": "Itaewon Class"},
    {"title": "Mr. Sunshine", "status": "completed", "score": 11},
]
DRAMA_ENTRIES = [
    ("Signal", "watched", None),
    ("Signal", "rating", 0.95),
    ("Goblin", "watch_progress", None),
    ("Stranger", "watchlist_add", None),
    ("Doctors", "dismiss", None),
    ("Doctors", "rating", 0.3),
]


def as_csv(rows: list[dict[str, object]]) -> str:
    names = ["title", "status", "episodes_seen", "total_episodes", "score", "date"]
    lines = [",".join(str(row.get(name, "")) for name in names) for row in rows]
    return "\n".join([",".join(names), *lines])


@pytest.mark.parametrize(
    ("name", "content"),
    [("list.json", json.dumps(DRAMAS)), ("list.csv", as_csv(DRAMAS))],
)
def test_a_drama_list_in_json_and_csv(folder: Folder, name: str, content: str) -> None:
    """Status and score become events; a score of 0 is none; what says nothing is refused."""
    path = folder({name: content})
    for source in (path, path / name):
        listed = open_list(source, "mydramalist")
        assert [(e.title, e.kind.value, e.rating) for e in listed.entries] == DRAMA_ENTRIES
        (goblin,) = only(listed, "Goblin")
        assert (goblin.seen, goblin.episodes, goblin.at) == (4.0, 16.0, None)
        reasons = [problem.reason for problem in listed.files[0].rejected]
        assert len(reasons) == 3
        assert "status 'someday'" in reasons[0]
        assert reasons[1] == "has neither status nor score"
        assert reasons[2] == "rating 11 is outside 0 to 10"


def test_a_list_without_titles_is_refused(folder: Folder) -> None:
    """A file of another shape is one error, not one for each row."""
    path = folder({"list.csv": "a,b\n1,2\n"})
    with pytest.raises(InvalidSettings, match="no column of titles"):
        open_list(path, "mydramalist")


def test_lists_and_logs_are_opened_each_in_their_way(folder: Folder) -> None:
    """Mistaking one for the other gives the command that is right."""
    path = folder(LETTERBOXD)
    with pytest.raises(InvalidSettings, match="--format letterboxd --user WHO"):
        open_dataset(path, "letterboxd")
    with pytest.raises(InvalidSettings, match="letterboxd, imdb, mydramalist"):
        open_list(path, "movielens")

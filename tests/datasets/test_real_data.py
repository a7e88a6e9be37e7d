"""The data sets as they were published: every row is an event, none is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from penchant.datasets import open_dataset


@pytest.mark.parametrize(
    ("name", "items", "events", "users"),
    [
        ("ml-100k", 1_682, 100_000, 943),
        ("ml-1m", 3_883, 1_000_209, 6_040),
        ("ml-latest-small-2018", 9_742, 100_836, 610),
        ("kdrama_tamaski", 1_752, 9_748, 4_280),
    ],
)
def test_counts_are_those_that_are_published(
    data_folder: Path, name: str, items: int, events: int, users: int
) -> None:
    """Items, events and users, with no row rejected."""
    path = data_folder / name
    if not path.is_dir():
        pytest.skip(f"no {name} in {data_folder}")
    dataset = open_dataset(path)
    assert len(list(dataset.items)) == items
    assert dataset.items.report.rejected == ()
    reading = dataset.read_events()
    assert reading is not None
    assert reading.report.rejected == ()
    assert (len(reading.columns), len(reading.columns.user_ids)) == (events, users)
    assert (np.diff(reading.columns.at) >= 0).all()
    per_user = np.bincount(reading.columns.user)
    assert per_user.min() >= 1


@pytest.mark.parametrize(
    ("name", "directors"), [("ml-100k", 1_400), ("ml-1m", 3_500), ("ml-latest-small-2018", 7_000)]
)
def test_metadata_finds_most_films(data_folder: Path, name: str, directors: int) -> None:
    """By id, and for the oldest set by title and year."""
    path = data_folder / name
    metadata = data_folder / "movie_meta" / "movielens_items_merged.csv"
    if not (path.is_dir() and metadata.is_file()):
        pytest.skip(f"no {name} or no metadata in {data_folder}")
    items = list(open_dataset(path, metadata=metadata).items)
    assert sum(bool(item.values("director")) for item in items) > directors
    toy = next(item for item in items if item.title == "Toy Story")
    assert toy.values("director") == ("John Lasseter",)
    assert toy.values("actor")[:2] == ("Tom Hanks", "Tim Allen")

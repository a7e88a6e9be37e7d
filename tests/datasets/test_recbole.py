"""Atomic files: typed headers, sequences, logs without items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from penchant.datasets import open_dataset
from penchant.errors import InvalidSettings

Folder = Callable[[Mapping[str, str | bytes]], Path]

INTER = (
    "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    "u1\ti1\t4\t978300760\nu2\ti2\t3\t978300000.0\nu1\ti9\t2\t978300800\nu1\ti2\n"
)
ITEM = (
    "item_id:token\tmovie_title:token_seq\trelease_year:token\tgenre:token_seq\tv:float_seq\n"
    "i1\tToy Story\t1995\tAnimation Comedy\t0.1 0.2\ni2\tHeat\t1995\tCrime\t\ni3\tshort\n"
)


def test_items_and_log_by_their_typed_headers(folder: Folder) -> None:
    """A sequence is a list but in a title; unknown items and short rows are named."""
    path = folder({"tiny.inter": INTER, "tiny.item": ITEM})
    dataset = open_dataset(path)
    items = {item.id: item for item in dataset.items}
    assert (items["i1"].title, items["i1"].year) == ("Toy Story", 1995)
    assert items["i1"].values("genre") == ("Animation", "Comedy")
    assert [problem.row for problem in dataset.items.report.rejected] == [4]
    assert dataset.items.report.ignored == ("v",)
    assert dataset.schema.rating_scale == (0.0, 5.0)
    reading = dataset.read_events()
    assert reading is not None
    assert reading.columns.user_ids == ("u1", "u2")
    assert reading.columns.value.tolist() == [3.0, 4.0]
    assert [(p.row, p.reason) for p in reading.report.rejected] == [
        (4, "item 'i9' is not among the items"),
        (5, "has 2 fields where 4 belong"),
    ]


def test_a_log_without_items_makes_them(folder: Folder) -> None:
    """Each id of the log is an item and none is unknown; rows without ratings are `watched`."""
    path = folder({"x.inter": "user_id:token\titem_id:token\nu1\ta\nu1\tb\nu2\ta\n"})
    for source in (path, path / "x.inter"):
        dataset = open_dataset(source)
        assert sorted(item.title for item in dataset.items) == ["a", "b"]
        log = dataset.events()
        assert log is not None
        assert (len(log), log.kinds) == (3, ("watched",))


def test_the_field_of_items_is_the_one_that_both_files_have(folder: Folder) -> None:
    """Some atomic files call their items products or artists."""
    inter = "user_id:token\tproduct_id:token\ttimestamp:float\nu1\tp1\t5\n"
    path = folder({"s.inter": inter, "s.item": "product_id:token\ttitle:token\np1\tLamp\n"})
    dataset = open_dataset(path)
    assert [(item.id, item.title) for item in dataset.items] == [("p1", "Lamp")]
    assert dataset.events() is not None


def test_headers_without_types_and_two_logs_are_refused(folder: Folder) -> None:
    """The error says what a header looks like, and which files were found."""
    path = folder({"a.inter": "user_id\titem_id\nu\ti\n"})
    with pytest.raises(InvalidSettings, match="'user_id:token'"):
        open_dataset(path)
    folder({"b.inter": INTER})
    with pytest.raises(InvalidSettings, match=r"a\.inter, b\.inter"):
        open_dataset(path)

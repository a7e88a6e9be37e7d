"""Counts that grow with the catalogue, dense or sparse, and can be taken back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from penchant.crowd import counts as counting
from penchant.crowd.counts import CountMatrix

LARGEST = 12


class Added(NamedTuple):
    """Some pairs, each with its count."""

    pairs: tuple[tuple[int, int, int], ...]


class Grown(NamedTuple):
    """Room for more."""

    size: int


Step = Added | Grown

places = st.integers(0, LARGEST - 1)
steps: st.SearchStrategy[list[Step]] = st.lists(
    st.lists(st.tuples(places, places, st.integers(-3, 5)), max_size=6).map(
        lambda pairs: Added(tuple(pairs))
    )
    | st.integers(0, LARGEST).map(Grown),
    max_size=25,
)


def add(table: CountMatrix, *pairs: tuple[int, int, int]) -> None:
    leaders, followers, counts = np.array(pairs, dtype=np.int64).reshape(-1, 3).T
    table.add(leaders, followers, counts.astype(np.int32))


def square(table: CountMatrix) -> NDArray[np.int64]:
    """What `counts()` says, as a plain square array."""
    whole = np.zeros((table.size, table.size), dtype=np.int64)
    leaders, followers, counts = table.counts()
    assert (counts != 0).all()
    assert list(zip(leaders, followers, strict=True)) == sorted(
        zip(leaders, followers, strict=True)
    )
    np.add.at(whole, (leaders, followers), counts)
    return whole


def check(table: CountMatrix, expected: NDArray[np.int64]) -> None:
    """The table answers every question as the plain array does."""
    size = table.size
    assert (square(table) == expected[:size, :size]).all()
    assert table.row_sums.tolist() == expected[:size].sum(axis=1).tolist()
    assert table.column_sums.tolist() == expected[:, :size].sum(axis=0).tolist()
    asked = np.array([n for n in (3, 0, 3, 7) if n < size], dtype=np.int64)
    weights = np.array([1.0, 0.5, 0.25, 2.0][: len(asked)], dtype=np.float32)
    rows = table.weighted_rows(asked, weights)
    columns = table.weighted_columns(asked, weights)
    assert len(rows) == len(columns) == size
    assert rows == pytest.approx(weights @ expected[asked, :size])
    assert columns == pytest.approx(expected[:size, asked] @ weights)


def test_counts_worked_by_hand() -> None:
    """0 leads to 1 twice and to 2 once, then one of the two is taken back."""
    table = CountMatrix()
    table.grow(3)
    add(table, (0, 1, 5), (0, 2, 4), (0, 1, 3))
    add(table, (0, 1, -5))
    assert square(table).tolist() == [[0, 3, 4], [0, 0, 0], [0, 0, 0]]
    assert table.row_sums.tolist() == [7, 0, 0]
    assert table.column_sums.tolist() == [0, 3, 4]
    one, half = np.array([0]), np.array([0.5], dtype=np.float32)
    assert table.weighted_rows(one, half) == pytest.approx([0.0, 1.5, 2.0])
    assert table.weighted_columns(np.array([1, 2]), np.ones(2, np.float32)).tolist() == [7, 0, 0]


def test_an_empty_table_answers() -> None:
    """Before anything was counted, every answer is zeros of the right length."""
    for most_dense in (0, 3, 100):
        table = CountMatrix(most_dense=most_dense)
        assert table.size == 0
        assert [len(column) for column in table.counts()] == [0, 0, 0]
        table.grow(5)
        table.grow(2)  # it never shrinks
        assert table.size == 5
        nobody, nothing = np.zeros(0, np.int64), np.zeros(0, np.float32)
        assert table.weighted_rows(nobody, nothing).tolist() == [0.0] * 5
        assert table.weighted_columns(np.array([4]), np.ones(1, np.float32)).tolist() == [0.0] * 5


@pytest.mark.parametrize("most_dense", [0, 3, 6, 1_000])
@settings(deadline=None)
@given(steps=steps)
def test_any_counts_are_those_of_a_plain_array(most_dense: int, steps: list[Step]) -> None:
    """Dense, sparse, and from one to the other: after every step every answer is the same."""
    # Few pending counts, so that levels are built, merged and met while they are of other sizes.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "MOST_PENDING_COUNTS", 3)
        table = CountMatrix(most_dense=most_dense)
        expected = np.zeros((LARGEST, LARGEST), dtype=np.int64)
        for step in steps:
            match step:
                case Grown(size):
                    table.grow(size)
                case Added(pairs):
                    known = [pair for pair in pairs if max(pair[:2]) < table.size]
                    add(table, *known)
                    for leader, follower, count in known:
                        expected[leader, follower] += count
                    check_reads(table, expected)
        check(table, expected)


def check_reads(table: CountMatrix, expected: NDArray[np.int64]) -> None:
    """Reading between writes, without bringing the levels together first."""
    everybody = np.arange(table.size)
    ones = np.ones(table.size, dtype=np.float32)
    size = table.size
    assert table.weighted_rows(everybody, ones) == pytest.approx(expected[:, :size].sum(axis=0))
    assert table.weighted_columns(everybody, ones) == pytest.approx(expected[:size].sum(axis=1))


@pytest.mark.parametrize("most_dense", [0, 3, 1_000])
@settings(deadline=None)
@given(steps=steps)
def test_what_is_taken_back_leaves_nothing(most_dense: int, steps: list[Step]) -> None:
    """Adding the same counts with the other sign, newest first, gives the table of zeros."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counting, "MOST_PENDING_COUNTS", 3)
        table = CountMatrix(most_dense=most_dense)
        table.grow(2)
        done = []
        for step in steps:
            if isinstance(step, Grown):
                table.grow(step.size)
            else:
                done.append([pair for pair in step.pairs if max(pair[:2]) < table.size])
                add(table, *done[-1])
        for pairs in reversed(done):
            add(table, *((leader, follower, -count) for leader, follower, count in pairs))
        check(table, np.zeros((LARGEST, LARGEST), dtype=np.int64))


def test_a_large_table_is_the_same_sparse_and_dense() -> None:
    """At real sizes, 40,000 counts in 40 batches through several levels, reads agree."""
    rng = np.random.default_rng(7)
    dense, sparse = CountMatrix(), CountMatrix(most_dense=10)
    for size in np.linspace(20, 400, 40).astype(int).tolist():
        leaders, followers = rng.integers(0, size, (2, 1_000))
        counts = rng.integers(-50, 1_000, 1_000).astype(np.int32)
        for table in (dense, sparse):
            table.grow(size)
            table.add(leaders, followers, counts)
        asked = rng.integers(0, size, 12)
        weights = rng.random(12).astype(np.float32)
        for read in (CountMatrix.weighted_rows, CountMatrix.weighted_columns):
            expected = read(dense, asked, weights)
            assert read(sparse, asked, weights) == pytest.approx(expected, rel=1e-5, abs=1e-2)
    assert (square(dense) == square(sparse)).all()

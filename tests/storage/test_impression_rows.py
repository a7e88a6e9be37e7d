"""Impressions come back from their rows exactly."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.domain.impression import Impression
from penchant.errors import StorageError
from penchant.storage.impression_rows import impression_from_row, row_of_impression

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@st.composite
def impressions(draw: st.DrawFn) -> Impression:
    item_ids = draw(st.lists(texts, max_size=5).map(tuple))
    count = len(item_ids)
    ranks = st.lists(st.integers(1, 2**40), min_size=count, max_size=count).map(tuple)
    return Impression(
        draw(texts),
        draw(texts),
        draw(st.floats(allow_nan=False, allow_infinity=False)),
        draw(texts),
        item_ids,
        draw(st.dictionaries(texts, ranks, max_size=4)),
        draw(st.none() | texts),
    )


def stored(impression: Impression, **damage: object) -> Any:
    return SimpleNamespace(**(row_of_impression(impression) | damage))


@given(impressions())
def test_impression_round_trip(impression: Impression) -> None:
    """Any impression that is accepted comes back equal, its scorers in the same order."""
    found = impression_from_row(stored(impression))
    assert found == impression
    assert list(found.ranks) == list(impression.ranks)


def test_impression_is_small() -> None:
    """Twenty items with ranks of eight scorers among 20,000 take under 1,000 bytes."""
    ids = tuple(f"some-drama-{number}-2016" for number in range(20))
    ranks = {f"scorer-{n}": tuple(range(200 + n, 20_200 + n, 1_000)) for n in range(8)}
    row = row_of_impression(Impression("i-1", "mina", 1e9, "for_you", ids, ranks))
    assert len(row["body"]) < 1_000


def test_decoded_impression_is_immutable() -> None:
    """Ranks refuse changes."""
    impression = Impression("i-1", "", 1.0, "search", ("a",), {"crowd": (1,)})
    found = impression_from_row(stored(impression))
    with pytest.raises(TypeError):
        found.ranks["crowd"] = (2,)  # type: ignore[index]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"body": b""}, "cannot be read"),
        ({"body": b"\x93\xa1a\x90\x80"}, "cannot be read"),
        ({"body": "text"}, "cannot be read"),
        ({"body_version": 2}, "body version 2, not 1"),
    ],
)
def test_damaged_impression(damage: dict[str, object], message: str) -> None:
    """A row that is no known impression is a StorageError that names it."""
    with pytest.raises(StorageError, match=f"'i-1'.*{message}"):
        impression_from_row(stored(Impression("i-1", "", 1.0, "search", (), {}), **damage))

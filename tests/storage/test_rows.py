"""Records and items come back from their rows exactly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.domain.feedback import Feedback, FeedbackContext
from penchant.domain.item import Item
from penchant.domain.record import Record, RecordType, Statement, StatementAction
from penchant.errors import StorageError
from penchant.storage.rows import decode_item, encode_item, record_from_row, row_of_record
from penchant.storage.sql import SqlStorage

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ids = texts.filter(bool)
numbers = st.floats(allow_nan=False, allow_infinity=False)
ranks = st.none() | st.integers(-(2**63) + 1, 2**63 - 1)


@st.composite
def records(draw: st.DrawFn) -> Record:
    event_id, user_id, at = draw(ids), draw(texts), draw(numbers)
    feedback = st.builds(
        Feedback,
        st.just(event_id),
        st.just(user_id),
        texts,
        texts,
        st.just(at),
        st.none() | numbers,
        st.builds(FeedbackContext, ranks, *[st.none() | texts] * 3),
    )
    statement = st.builds(
        Statement,
        st.just(event_id),
        st.just(user_id),
        st.sampled_from(StatementAction),
        texts,
        texts,
        st.just(at),
        st.none() | numbers,
    )
    return Record(
        draw(st.sampled_from(RecordType)),
        event_id,
        user_id,
        at,
        feedback=draw(st.none() | feedback),
        statement=draw(st.none() | statement),
        target=draw(st.none() | texts),
        retracted=draw(st.booleans()),
    )


items = st.builds(
    Item,
    id=ids,
    title=texts,
    alternate_titles=st.lists(texts, max_size=3).map(tuple),
    native_title=st.none() | texts,
    text=texts,
    year=st.none() | st.integers(1900, 2100),
    facets=st.dictionaries(texts, st.lists(texts, max_size=3).map(tuple), max_size=3),
    numbers=st.dictionaries(texts, numbers, max_size=3),
    rating=st.none() | numbers,
    rating_count=st.integers(0, 2**62),
    hidden=st.booleans(),
)


@pytest.fixture(scope="module")
def storage() -> Iterator[SqlStorage]:
    with closing(SqlStorage("sqlite://")) as storage:
        yield storage


@given(record=records())
def test_record_round_trip(storage: SqlStorage, record: Record) -> None:
    """Any record that is accepted is found again, equal in everything but its position."""

    def work(transaction: object) -> Record | None:
        transaction.erase_user(record.user_id or "-")
        position = transaction.append(record)
        found = transaction.find(record.event_id)
        assert found is not None
        assert found.position == position
        raise _Seen(found)

    with pytest.raises(_Seen) as seen:
        storage.write(work)
    found = seen.value.record
    assert Record(**{**_fields(found), "position": 0}) == record


class _Seen(Exception):
    def __init__(self, record: Record) -> None:
        super().__init__()
        self.record = record


def _fields(record: Record) -> dict[str, object]:
    return {name: getattr(record, name) for name in Record.__dataclass_fields__}


@given(items)
def test_item_round_trip(item: Item) -> None:
    """Any item comes back equal, the order of its facet values included."""
    assert decode_item(encode_item(item)) == item


def test_decoded_item_is_immutable() -> None:
    """Items are shared between snapshots, so their mappings refuse changes."""
    item = decode_item(encode_item(Item("a", "A", facets={"genre": ("Medical",)})))
    with pytest.raises(TypeError):
        item.facets["genre"] = ()  # type: ignore[index]


@pytest.mark.parametrize("body", ["", "{", "[]", '{"id": 3, "title": "x"}', '{"title": "x"}'])
def test_damaged_item(body: str) -> None:
    """A stored item that cannot be read is a StorageError."""
    with pytest.raises(StorageError, match="stored item"):
        decode_item(body)


@pytest.mark.parametrize(
    "damage", [{"type": "unheard"}, {"body": "{"}, {"body": '{"action": "shout"}'}]
)
def test_damaged_record(damage: dict[str, str]) -> None:
    """A row that is no known record is a StorageError that names its position."""
    row = row_of_record(Record(RecordType.RESET, "e-1", "mina", 1.0))
    with pytest.raises(StorageError, match="position 17"):
        record_from_row(SimpleNamespace(**{**row, "position": 17, **damage}))

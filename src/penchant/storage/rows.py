"""Records and items as rows, exactly: what is read back equals what was written."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Final, Protocol

import msgspec

from penchant.domain.feedback import Feedback, FeedbackContext
from penchant.domain.item import Item
from penchant.domain.record import Record, RecordType, Statement, StatementAction
from penchant.errors import InvalidFeedback, InvalidItem, InvalidStatement, StorageError

__all__ = [
    "FOLDED_TYPES",
    "LogRow",
    "decode_item",
    "encode_item",
    "record_from_row",
    "refuse_unstorable",
    "row_of_record",
]

FOLDED_TYPES: Final = frozenset({RecordType.FEEDBACK, RecordType.STATEMENT, RecordType.RESET})
"""The records of a user that a fold reads; a retraction acts through the mark it leaves."""

_LARGEST_RANK: Final = 2**63 - 1


class LogRow(Protocol):
    """A row of the log, by column."""

    position: int
    type: str
    event_id: str
    user_id: str
    item_id: str | None
    kind: str | None
    value: float | None
    at: float
    query: str | None
    session_id: str | None
    rank_shown: int | None
    target: str | None
    body: str | None
    retracted: bool
    impression_id: str | None


class _StatementBody(msgspec.Struct):
    action: StatementAction
    facet: str
    name: str
    value: float | None = None


class _ItemBody(msgspec.Struct, omit_defaults=True):
    id: str
    title: str
    alternate_titles: tuple[str, ...] = ()
    native_title: str | None = None
    text: str = ""
    year: int | None = None
    facets: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, float] = {}
    rating: float | None = None
    rating_count: int = 0
    hidden: bool = False


_STATEMENT_DECODER: Final = msgspec.json.Decoder(_StatementBody)
_ITEM_DECODER: Final = msgspec.json.Decoder(_ItemBody)
_JSON_ENCODER: Final = msgspec.json.Encoder()


def refuse_unstorable(record: Record) -> None:
    """Raise for a record that a row could not give back: every store refuses the same ones.

    InvalidFeedback or InvalidStatement for a number that is not finite or a text that is not
    Unicode; StorageError when the record and what it carries disagree about id, user or time.
    """
    carried = record.feedback or record.statement
    if carried is not None and (record.event_id, record.user_id, record.at) != (
        carried.event_id,
        carried.user_id,
        carried.at,
    ):
        raise StorageError(
            f"record {record.event_id!r} and the event {carried.event_id!r} it carries"
            " disagree about id, user or time"
        )
    refused = InvalidFeedback if record.statement is None else InvalidStatement
    value = None if carried is None else carried.value
    if not math.isfinite(record.at) or (value is not None and not math.isfinite(value)):
        raise refused(f"event {record.event_id!r}: at {record.at} and value {value} must be finite")
    if not all(map(_is_unicode, _texts(record))):
        raise refused(
            f"event {record.event_id!r} holds a lone surrogate; send text as valid Unicode"
        )
    rank = None if record.feedback is None else record.feedback.context.position
    if rank is not None and abs(rank) > _LARGEST_RANK:
        raise refused(f"event {record.event_id!r}: position {rank} is beyond {_LARGEST_RANK}")


def row_of_record(record: Record) -> dict[str, object]:
    """The columns of a record, without its position."""
    feedback, statement = record.feedback, record.statement
    context = FeedbackContext() if feedback is None else feedback.context
    return {
        "type": record.type.value,
        "event_id": record.event_id,
        "user_id": record.user_id,
        "item_id": None if feedback is None else feedback.item_id,
        "kind": None if feedback is None else str(feedback.kind),
        "value": None if feedback is None else feedback.value,
        "at": record.at,
        "query": context.query,
        "session_id": context.session_id,
        "rank_shown": context.position,
        "target": record.target,
        "body": None if statement is None else _statement_body(statement),
        "retracted": record.retracted,
        "impression_id": context.impression_id,
    }


def record_from_row(row: LogRow) -> Record:
    """The record behind a row; raises StorageError when the row cannot be one."""
    try:
        return Record(
            type=RecordType(row.type),
            event_id=row.event_id,
            user_id=row.user_id,
            at=row.at,
            position=row.position,
            feedback=_feedback(row),
            statement=_statement(row),
            target=row.target,
            retracted=row.retracted,
        )
    except ValueError as error:
        raise StorageError(f"log position {row.position} holds no known record: {error}") from error


def encode_item(item: Item) -> str:
    """An item as JSON; raises InvalidItem for what JSON cannot hold."""
    numbers = (*item.numbers.values(), 0.0 if item.rating is None else item.rating)
    if not all(map(math.isfinite, numbers)):
        raise InvalidItem(f"item {item.id!r}: rating and numbers must be finite")
    body = _ItemBody(
        id=item.id,
        title=item.title,
        alternate_titles=item.alternate_titles,
        native_title=item.native_title,
        text=item.text,
        year=item.year,
        facets=dict(item.facets),
        numbers=dict(item.numbers),
        rating=item.rating,
        rating_count=item.rating_count,
        hidden=item.hidden,
    )
    try:
        return _JSON_ENCODER.encode(body).decode()
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidItem(f"item {item.id!r} cannot be stored: {error}") from error


def decode_item(body: str) -> Item:
    """The item behind its JSON; its mappings are read-only. Raises StorageError."""
    try:
        stored = _ITEM_DECODER.decode(body)
    except ValueError as error:
        raise StorageError(f"a stored item cannot be read: {error}") from error
    return Item(
        id=stored.id,
        title=stored.title,
        alternate_titles=stored.alternate_titles,
        native_title=stored.native_title,
        text=stored.text,
        year=stored.year,
        facets=MappingProxyType(stored.facets),
        numbers=MappingProxyType(stored.numbers),
        rating=stored.rating,
        rating_count=stored.rating_count,
        hidden=stored.hidden,
    )


def _statement_body(statement: Statement) -> str:
    body = _StatementBody(statement.action, statement.facet, statement.name, statement.value)
    return _JSON_ENCODER.encode(body).decode()


def _feedback(row: LogRow) -> Feedback | None:
    if row.item_id is None or row.kind is None:
        return None
    return Feedback(
        event_id=row.event_id,
        user_id=row.user_id,
        item_id=row.item_id,
        kind=row.kind,
        at=row.at,
        value=row.value,
        context=FeedbackContext(row.rank_shown, row.query, row.session_id, row.impression_id),
    )


def _statement(row: LogRow) -> Statement | None:
    if row.body is None:
        return None
    body = _STATEMENT_DECODER.decode(row.body)
    return Statement(
        event_id=row.event_id,
        user_id=row.user_id,
        action=body.action,
        facet=body.facet,
        name=body.name,
        at=row.at,
        value=body.value,
    )


def _texts(record: Record) -> tuple[str | None, ...]:
    feedback, statement = record.feedback, record.statement
    texts: tuple[str | None, ...] = (record.event_id, record.user_id, record.target)
    if feedback is not None:
        context = feedback.context
        texts = (*texts, feedback.item_id, feedback.kind)
        texts = (*texts, context.query, context.session_id, context.impression_id)
    if statement is not None:
        texts = (*texts, statement.facet, statement.name)
    return texts


def _is_unicode(text: str | None) -> bool:
    if text is None or text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

"""Impressions as rows, exactly: what is read back equals what was written."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Final, Protocol

import msgspec

from penchant.domain.impression import Impression
from penchant.errors import InvalidInput, StorageError

__all__ = ["ImpressionRow", "impression_from_row", "row_of_impression"]

_BODY_VERSION: Final = 1


class ImpressionRow(Protocol):
    """A row of the impressions, by column."""

    id: str
    user_id: str
    at: float
    body_version: int
    body: bytes


class _Body(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What no query asks for. Fields are stored by place: any change here is a new body version."""

    row: str
    item_ids: tuple[str, ...]
    ranks: dict[str, tuple[int, ...]]
    query: str | None


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Body)


def row_of_impression(impression: Impression) -> dict[str, object]:
    """The columns of an impression; raises InvalidInput for what a row could not give back."""
    _refuse_unstorable(impression)
    ranks = dict(impression.ranks)
    body = _Body(impression.row, impression.item_ids, ranks, impression.query)
    try:
        impression.impression_id.encode()
        impression.user_id.encode()
        encoded = _ENCODER.encode(body)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(
            f"impression {impression.impression_id!a} cannot be stored: {error}"
        ) from error
    return {
        "id": impression.impression_id,
        "user_id": impression.user_id,
        "at": impression.at,
        "body_version": _BODY_VERSION,
        "body": encoded,
    }


def impression_from_row(row: ImpressionRow) -> Impression:
    """The impression behind a row; its ranks are read-only. Raises StorageError."""
    if row.body_version != _BODY_VERSION:
        raise StorageError(
            f"impression {row.id!r} has body version {row.body_version}, not {_BODY_VERSION}, the"
            " one this program reads: a newer one wrote it"
        )
    try:
        body = _DECODER.decode(row.body)
    except (TypeError, ValueError) as error:
        raise StorageError(f"impression {row.id!r} cannot be read: {error}") from error
    return Impression(
        impression_id=row.id,
        user_id=row.user_id,
        at=row.at,
        row=body.row,
        item_ids=body.item_ids,
        ranks=MappingProxyType(body.ranks),
        query=body.query,
    )


def _refuse_unstorable(impression: Impression) -> None:
    if not math.isfinite(impression.at):
        raise InvalidInput(
            f"impression {impression.impression_id!a}: at {impression.at} must be finite"
        )
    shown = len(impression.item_ids)
    for scorer, ranks in impression.ranks.items():
        if len(ranks) != shown or not all(type(rank) is int and rank >= 1 for rank in ranks):
            raise InvalidInput(
                f"impression {impression.impression_id!a}: scorer {scorer!a} must rank each of the"
                f" {shown} items by a plain int from 1; got {ranks!r:.60}"
            )

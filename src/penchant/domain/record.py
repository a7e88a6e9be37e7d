"""The log: one ordered list of everything that can change an answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from penchant.domain.feedback import Feedback

__all__ = ["Record", "RecordType", "Statement", "StatementAction"]


class RecordType(StrEnum):
    """What a record of the log is."""

    FEEDBACK = "feedback"
    STATEMENT = "statement"
    RETRACTION = "retraction"
    RESET = "reset"
    ERASURE = "erasure"
    ITEM_CHANGE = "item_change"


class StatementAction(StrEnum):
    """What a person may say of a facet value.

    LIKE reads a preference as at least .7, PIN as at least .9, CAP as at most `value`; MUTE keeps
    items with it away; FORGET drops the evidence before the statement; CLEAR takes back what was
    said before (and only that).
    """

    LIKE = "like"
    PIN = "pin"
    CAP = "cap"
    MUTE = "mute"
    FORGET = "forget"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Statement:
    """A preference that a person stated: `action` on the value `name` of one `facet`.

    `value` is the bound of a CAP. `position` is the place in the log, 0 until it is folded.
    """

    event_id: str
    user_id: str
    action: StatementAction
    facet: str
    name: str
    at: float
    value: float | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of the log.

    `position` orders the log and is given by the store (0: not stored yet). A RETRACTION names the
    event it takes back in `target`; the retracted record stays in the log, marked `retracted`, so
    that a late retry cannot bring it back. Folds start after a user's last RESET. An ERASURE and an
    ITEM_CHANGE belong to no user: their `user_id` is "".
    """

    type: RecordType
    event_id: str
    user_id: str
    at: float
    position: int = 0
    feedback: Feedback | None = None
    statement: Statement | None = None
    target: str | None = None
    retracted: bool = False

"""What people do: feedback, where it came from, and what it was an answer to."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Feedback", "FeedbackContext", "FeedbackType"]


class FeedbackType(StrEnum):
    """The feedback kinds known from the start; further kinds join the table of signals."""

    RATING = "rating"
    LOVE = "love"
    HATE = "hate"
    LIKE = "like"
    DISLIKE = "dislike"
    THUMBS_UP = "thumbs_up"
    THUMBS_DOWN = "thumbs_down"
    WATCHED = "watched"
    CONVERSION = "conversion"
    WATCH_PROGRESS = "watch_progress"
    SHARE = "share"
    SAVE = "save"
    WATCHLIST_ADD = "watchlist_add"
    WATCHLIST_REMOVE = "watchlist_remove"
    DISMISS = "dismiss"
    SKIP = "skip"
    DWELL = "dwell"
    SCROLL = "scroll"
    CLICK = "click"
    VIEW = "view"


@dataclass(frozen=True, slots=True)
class FeedbackContext:
    """Where an event happened: rank in the list shown (from 1), the query, the session.

    `impression_id` names the Impression that the event answers, as a checked id.
    """

    position: int | None = None
    query: str | None = None
    session_id: str | None = None
    impression_id: str | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """One event: what a user did with an item.

    `value` is what the kind needs: a rating on the catalogue's scale, progress or scroll depth in
    [0, 1], dwell in seconds; None for the rest. `at` is Unix seconds, UTC. `event_id` is unique in
    the log and makes a repeated delivery harmless.
    """

    event_id: str
    user_id: str
    item_id: str
    kind: str
    at: float
    value: float | None = None
    context: FeedbackContext = field(default_factory=FeedbackContext)

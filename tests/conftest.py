"""Fixtures that many tests share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from worlds import NOON

from penchant.domain.feedback import Feedback
from penchant.domain.record import Record, RecordType


@pytest.fixture
def event() -> Callable[..., Record]:
    """A factory of feedback records, each a minute after the one before."""
    made = 0

    def make(
        kind: str,
        item_id: str,
        value: float | None = None,
        *,
        user_id: str = "mina",
        at: float | None = None,
        event_id: str | None = None,
    ) -> Record:
        nonlocal made
        made += 1
        when = NOON + made if at is None else at
        name = event_id or f"e{made}"
        feedback = Feedback(name, user_id, item_id, kind, when, value)
        return Record(RecordType.FEEDBACK, name, user_id, when, made, feedback=feedback)

    return make

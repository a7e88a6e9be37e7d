"""Small things to store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from penchant.domain.feedback import Feedback, FeedbackContext
from penchant.domain.item import Item
from penchant.domain.profile import (
    Interest,
    PreferenceState,
    RatingStatistics,
    UserProfile,
    Verdict,
)
from penchant.domain.record import Record, RecordType, Statement, StatementAction

if TYPE_CHECKING:
    from penchant.domain.protocols import Transaction


def rating(event_id: str, user_id: str = "mina", *, value: float = 9.0, at: float = 1e9) -> Record:
    """A rating of one drama, as a record."""
    feedback = Feedback(
        event_id, user_id, "goblin-2016", "rating", at, value, FeedbackContext(3, "도깨비", "s-1")
    )
    return Record(RecordType.FEEDBACK, event_id, user_id, at, feedback=feedback)


def pin(event_id: str, user_id: str = "mina", *, at: float = 1e9) -> Record:
    """A pinned genre, as a record."""
    statement = Statement(event_id, user_id, StatementAction.PIN, "genre", "Medical", at)
    return Record(RecordType.STATEMENT, event_id, user_id, at, statement=statement)


def reset(event_id: str, user_id: str = "mina", *, at: float = 1e9) -> Record:
    """A reset of the user's profile."""
    return Record(RecordType.RESET, event_id, user_id, at)


def retraction(event_id: str, target: str, user_id: str = "mina") -> Record:
    """The taking back of an event."""
    return Record(RecordType.RETRACTION, event_id, user_id, 1e9, target=target)


def item(item_id: str, title: str = "Good Doctor", *, hidden: bool = False) -> Item:
    """A drama."""
    return Item(
        item_id,
        title,
        alternate_titles=("Gut Dakteo",),
        native_title="굿 닥터",
        text="A young surgeon earns a place on a children's ward.",
        year=2013,
        facets={"genre": ("Medical", "Drama"), "actor": ("Joo Won",)},
        numbers={"episodes": 20.0},
        rating=8.5,
        rating_count=12_000,
        hidden=hidden,
    )


def profile(user_id: str = "mina", version: int = 1, position: int = 1) -> UserProfile:
    """A profile in which every field holds something."""
    rng = np.random.default_rng(version)
    return UserProfile(
        user_id=user_id,
        version=version,
        position=position,
        created_at=1e9,
        updated_at=1e9 + version,
        last=(1e9 + version, position),
        preferences={"genre": {"medical": PreferenceState(0.68, 2.0, 0.3, 1e9)}, "actor": {}},
        names={"genre:medical": "Medical"},
        taste_sum=rng.normal(size=8),
        verdict_count=version,
        evidence=0.1 + version,
        interests=(Interest(rng.normal(size=8), 1.5, 1e9, ("goblin-2016",)),),
        ratings=RatingStatistics(1, 0.9, 0.81),
        verdicts={
            "goblin-2016": Verdict("goblin-2016", "e-1", "rating", 1.0, 0.9, 9, 1e9, position, 9.0)
        },
        counts={"rating": version},
        statements=(Statement("e-2", user_id, StatementAction.CAP, "genre", "Crime", 1e9, 0.4),),
        fingerprint="encoder-1",
    )


def add_one(transaction: Transaction, user_id: str, event_id: str) -> int:
    """Append an event and count it in the user's profile: a read, a change and a write."""
    position = transaction.append(rating(event_id, user_id))
    before = transaction.profile(user_id) or UserProfile(user_id)
    transaction.put_profile(before.at_version(before.version + 1, position))
    return position

"""What was shown: one list on one person's screen, and how each scorer would have ordered it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Impression"]


@dataclass(frozen=True, slots=True)
class Impression:
    """One row of results as it was shown: `item_ids` from the first place to the last.

    `user_id` is "" for nobody, `at` Unix seconds, UTC. `row` says where: "for_you", "search", a row
    of a home page. `ranks` holds, by scorer, the rank (from 1) that this scorer alone gave each of
    `item_ids` among all candidates; every rank stands in the place of its item.
    """

    impression_id: str
    user_id: str
    at: float
    row: str
    item_ids: tuple[str, ...]
    ranks: Mapping[str, tuple[int, ...]]
    query: str | None = None

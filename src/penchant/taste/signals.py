"""What each kind of feedback is worth: one table, one row per kind.

Every kind has a strength in [0, 1] (how much it says) and a target in [0, 1] (1: wants it, 0: does
not). Its rank decides which event is the verdict on an item: a higher rank replaces a lower one,
and a later event replaces an earlier one of the same rank.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from penchant.domain.feedback import FeedbackType
from penchant.errors import InvalidFeedback

__all__ = ["DEFAULT_SIGNALS", "SignalRule", "Signals", "ValueMeaning"]

ValueMeaning = Literal["none", "rating", "share", "seconds"]

DWELL_FULL_SECONDS = 300.0
DWELL_MOST = 0.4
SCROLL_MOST = 0.3
ABANDONED_BELOW = 0.3
ABANDONED_AFTER_S = 14 * 86_400.0
ABANDONED_STRENGTH, ABANDONED_TARGET = 0.3, 0.35


@dataclass(frozen=True, slots=True)
class SignalRule:
    """One kind of feedback.

    `value` says what the event's value means: nothing, a rating on the catalogue's scale, a share
    in [0, 1], or seconds. `strength_of_value` turns a share or seconds into a strength. A verdict
    of this kind replaces verdicts up to rank `overrides` (its own rank unless given). `deliberate`
    evidence fades slowly, other evidence fast. A `consumption` counts each time in catalogues whose
    items are consumed again and again.
    """

    strength: float
    target: float
    rank: int
    value: ValueMeaning = "none"
    strength_of_value: Callable[[float], float] | None = None
    overrides: int | None = None
    deliberate: bool = True
    consumption: bool = False

    @property
    def replaces_up_to(self) -> int:
        """The highest rank of an earlier verdict that this kind takes the place of."""
        return self.rank if self.overrides is None else self.overrides


@dataclass(frozen=True, slots=True)
class Signals:
    """The table: kind -> rule. `scale_top` and `scale_low` bound ratings."""

    rules: Mapping[str, SignalRule]
    scale_low: float = 0.0
    scale_top: float = 10.0

    def rule(self, kind: str) -> SignalRule:
        """The rule of a kind; raises InvalidFeedback with the known kinds for another."""
        found = self.rules.get(kind)
        if found is None:
            known = ", ".join(sorted(self.rules))
            raise InvalidFeedback(f"unknown feedback type {kind!r}; known types: {known}")
        return found

    def check(self, kind: str, value: float | None) -> None:
        """Raise InvalidFeedback when the value does not suit the kind."""
        rule = self.rule(kind)
        if rule.value == "none":
            if value is not None:
                raise InvalidFeedback(f"{kind} takes no value, got {value!r}; leave it out")
            return
        if value is None:
            raise InvalidFeedback(f"{kind} needs a value: {self._range_text(rule.value)}")
        low, high = self._range(rule.value)
        if not (math.isfinite(value) and low <= value <= high):
            raise InvalidFeedback(f"{kind} value {value!r} must be {self._range_text(rule.value)}")

    def worth(self, kind: str, value: float | None) -> tuple[float, float]:
        """Strength and target of one event, before anything about the user is known."""
        rule = self.rule(kind)
        if rule.value == "rating":
            return rule.strength, min(max((value or 0.0) / self.scale_top, 0.0), 1.0)
        if rule.strength_of_value is not None:
            return rule.strength_of_value(value or 0.0), rule.target
        return rule.strength, rule.target

    def with_rule(self, kind: str, rule: SignalRule) -> Signals:
        """The table with one kind added or replaced."""
        return Signals(MappingProxyType({**self.rules, kind: rule}), self.scale_low, self.scale_top)

    def on_scale(self, low: float, top: float) -> Signals:
        """The table for ratings from `low` to `top`."""
        return Signals(self.rules, low, top)

    def _range(self, meaning: ValueMeaning) -> tuple[float, float]:
        ranges = {"rating": (self.scale_low, self.scale_top), "share": (0.0, 1.0)}
        return ranges.get(meaning, (0.0, 86_400.0))

    def _range_text(self, meaning: ValueMeaning) -> str:
        low, high = self._range(meaning)
        what = {"rating": "a rating", "share": "a share", "seconds": "seconds"}[meaning]
        return f"{what} from {low:g} to {high:g}"


def _dwell(seconds: float) -> float:
    return min(DWELL_MOST, DWELL_MOST * seconds / DWELL_FULL_SECONDS)


def _scroll(depth: float) -> float:
    return SCROLL_MOST * depth


def _progress(share: float) -> float:
    return share


RATED, LOVED, LIKED, CONSUMED, STARTED, SAVED, LOOKED, TOUCHED = 8, 7, 6, 5, 4, 3, 2, 1

DEFAULT_SIGNALS = Signals(
    MappingProxyType(
        {
            FeedbackType.RATING: SignalRule(1.0, 0.0, RATED, value="rating"),
            FeedbackType.LOVE: SignalRule(1.0, 1.0, LOVED),
            FeedbackType.HATE: SignalRule(1.0, 0.0, LOVED),
            FeedbackType.LIKE: SignalRule(0.9, 1.0, LIKED),
            FeedbackType.DISLIKE: SignalRule(0.9, 0.0, LIKED),
            FeedbackType.THUMBS_UP: SignalRule(0.9, 1.0, LIKED),
            FeedbackType.THUMBS_DOWN: SignalRule(0.9, 0.0, LIKED),
            FeedbackType.WATCHED: SignalRule(1.0, 1.0, CONSUMED, consumption=True),
            FeedbackType.CONVERSION: SignalRule(1.0, 1.0, CONSUMED, consumption=True),
            FeedbackType.WATCH_PROGRESS: SignalRule(
                1.0, 1.0, STARTED, value="share", strength_of_value=_progress, deliberate=False
            ),
            FeedbackType.SHARE: SignalRule(0.8, 1.0, SAVED),
            FeedbackType.SAVE: SignalRule(0.7, 1.0, SAVED),
            FeedbackType.WATCHLIST_ADD: SignalRule(0.6, 1.0, SAVED),
            FeedbackType.WATCHLIST_REMOVE: SignalRule(0.3, 0.0, SAVED),
            # A dismissal also ends a started item, yet a later "add to my list" takes it back.
            FeedbackType.DISMISS: SignalRule(0.6, 0.0, SAVED, overrides=STARTED),
            FeedbackType.SKIP: SignalRule(0.3, 0.0, TOUCHED, deliberate=False),
            FeedbackType.DWELL: SignalRule(
                0.4, 1.0, LOOKED, value="seconds", strength_of_value=_dwell, deliberate=False
            ),
            FeedbackType.SCROLL: SignalRule(
                0.3, 1.0, LOOKED, value="share", strength_of_value=_scroll, deliberate=False
            ),
            FeedbackType.CLICK: SignalRule(0.3, 1.0, TOUCHED, deliberate=False),
            FeedbackType.VIEW: SignalRule(0.3, 1.0, TOUCHED, deliberate=False),
        }
    )
)

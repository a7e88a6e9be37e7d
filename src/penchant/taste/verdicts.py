"""The current verdict of a user on each item: taste is learned from what a person thinks now.

Twenty clicks on one item are one click, a changed rating replaces the old one, and a dismissal
replaces a weaker positive. The verdict's own event says when it was reached.
"""

from __future__ import annotations

from collections.abc import Iterable

from penchant.domain.feedback import Feedback, FeedbackType
from penchant.domain.profile import Verdict
from penchant.taste.signals import (
    ABANDONED_AFTER_S,
    ABANDONED_BELOW,
    ABANDONED_STRENGTH,
    ABANDONED_TARGET,
    Signals,
)

__all__ = ["abandoned", "current_verdicts", "is_abandoned", "replaces", "slot", "verdict_of"]


def verdict_of(feedback: Feedback, position: int, signals: Signals) -> Verdict:
    """The verdict that this one event would be."""
    kind, value = str(feedback.kind), feedback.value
    strength, target = signals.worth(kind, value)
    rank = signals.rule(kind).rank
    return Verdict(
        feedback.item_id,
        feedback.event_id,
        kind,
        strength,
        target,
        rank,
        feedback.at,
        position,
        value,
    )


def slot(feedback: Feedback, signals: Signals, *, repeatable: bool) -> str:
    """Under which name the verdict is kept: the item, or the event where each time counts."""
    if repeatable and signals.rule(feedback.kind).consumption:
        return f"{feedback.item_id}\n{feedback.event_id}"
    return feedback.item_id


def replaces(feedback: Feedback, current: Verdict | None, signals: Signals) -> bool:
    """Whether a later event takes the place of the current verdict on its item."""
    return current is None or signals.rule(feedback.kind).replaces_up_to >= current.rank


def is_abandoned(verdict: Verdict, last_at: float) -> bool:
    """Whether a barely started item was left lying while the person went on with other things.

    Idleness is measured to the person's newest event, not to the clock, so that a fold does not
    depend on when it runs.
    """
    return (
        verdict.kind == FeedbackType.WATCH_PROGRESS
        and (verdict.value or 0.0) < ABANDONED_BELOW
        and last_at - verdict.at >= ABANDONED_AFTER_S
    )


def abandoned(verdict: Verdict) -> Verdict:
    """The verdict on an abandoned item: mildly against it."""
    return verdict._replace(strength=ABANDONED_STRENGTH, target=ABANDONED_TARGET)


def current_verdicts(
    events: Iterable[tuple[Feedback, int]], signals: Signals, *, repeatable: bool
) -> dict[str, Verdict]:
    """The verdict in each slot after (feedback, position) in time order; abandonment is applied."""
    verdicts: dict[str, Verdict] = {}
    last_at = float("-inf")
    for feedback, position in events:
        last_at = max(last_at, feedback.at)
        name = slot(feedback, signals, repeatable=repeatable) if repeatable else feedback.item_id
        current = verdicts.get(name)
        if current is None or replaces(feedback, current, signals):
            verdicts[name] = verdict_of(feedback, position, signals)
    left = [name for name, verdict in verdicts.items() if is_abandoned(verdict, last_at)]
    verdicts.update((name, abandoned(verdicts[name])) for name in left)
    return verdicts

"""Person: the sequence that one person's events add to the crowd, and the days they were active."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from penchant.crowd.popularity import SECONDS_PER_DAY
from penchant.domain.feedback import Feedback, FeedbackType
from penchant.domain.record import Record, RecordType
from penchant.taste.learner import live_records
from penchant.taste.signals import Signals
from penchant.taste.verdicts import current_verdicts, slot

__all__ = ["Heard", "Hearing", "Person", "newest_days"]

# Sending something away is no step on anybody's path; a bad rating is: the item was consumed.
SILENT_KINDS = frozenset({FeedbackType.DISMISS, FeedbackType.SKIP, FeedbackType.WATCHLIST_REMOVE})
TAKING_BACK = frozenset({RecordType.RETRACTION, RecordType.RESET})


class Standing(NamedTuple):
    """The current verdict on one item, as far as the crowd needs it."""

    column: int
    rank: int
    leads: bool


@dataclass(frozen=True, slots=True)
class Hearing:
    """How events are heard: what they are worth, and which column an item has."""

    signals: Signals
    repeatable: bool
    column: Callable[[str], int]

    @property
    def fingerprint(self) -> str:
        """Changes when a log would be heard otherwise."""
        rules = [
            (str(kind), rule.rank, rule.replaces_up_to, rule.consumption, kind in SILENT_KINDS)
            for kind, rule in sorted(self.signals.rules.items())
        ]
        told = repr((rules, self.repeatable))
        return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()

    def event(self, record: Record) -> Feedback | None:
        """What a record counts as, if anything: not when taken back or of a kind not known here.

        Whoever registered a kind of their own knows what it is worth; others answer without it.
        """
        feedback = record.feedback
        if feedback is None or record.retracted or feedback.kind not in self.signals.rules:
            return None
        return feedback


@dataclass(slots=True)
class Heard:
    """What hearing records did to a person.

    `before` is the sequence as it was, or None where it only grew beyond its first `start` items.
    `days` are the (column, day) pairs that are new, in order of time, each with the newest day of
    that column before it.
    """

    start: int
    before: list[int] | None = None
    days: list[tuple[int, int, int | None]] = field(default_factory=list)


@dataclass(slots=True)
class Person:
    """One person's standings in the order of their verdicts, and (column, day) pairs.

    `newest_day` is the last of the days of each column. `sequence` are the columns of the items
    that lead and follow, in the order of their verdicts. `last` is the (time, position) of the
    newest event heard, `position` that of the newest record, `first` that of the oldest: when the
    log has no such record any more, the person was erased.
    """

    first: int = 0
    position: int = 0
    last: tuple[float, int] = (float("-inf"), 0)
    standings: dict[str, Standing] = field(default_factory=dict)
    sequence: list[int] = field(default_factory=list)
    days: set[tuple[int, int]] = field(default_factory=set)
    newest_day: dict[int, int] = field(default_factory=dict)

    def must_be_recalled(self, records: Iterable[Record], hearing: Hearing) -> bool:
        """Whether newer records change the past: late events, and whatever takes something back.

        Then they cannot be heard; what the whole log says of the person replaces the person.
        """
        last = self.last
        for record in records:
            if record.position <= self.position:
                continue
            if record.type in TAKING_BACK:
                return True
            if hearing.event(record) is not None:
                moment = (record.at, record.position)
                if moment <= last:
                    return True
                last = moment
        return False

    def hear(self, records: Iterable[Record], hearing: Hearing) -> Heard:
        """Take in newer records for which the person need not be recalled.

        Records heard before are passed over, so that hearing twice is harmless.
        """
        heard = Heard(len(self.sequence))
        for record in records:
            if record.position <= self.position:
                continue
            feedback = hearing.event(record)
            if feedback is not None:
                self._take(feedback, hearing, heard)
                self.last = (record.at, record.position)
            self.position = record.position
            self.first = self.first or record.position
        return heard

    @classmethod
    def recalled(cls, records: Iterable[Record], hearing: Hearing) -> Person:
        """What all records of a person, retracted ones too, come to."""
        known = list(records)
        person = cls()
        if not known:
            return person
        events = ((hearing.event(record), record.position) for record in live_records(known))
        live = [(feedback, position) for feedback, position in events if feedback is not None]
        verdicts = current_verdicts(live, hearing.signals, repeatable=hearing.repeatable)
        for name, verdict in sorted(verdicts.items(), key=lambda v: (v[1].at, v[1].position)):
            column = hearing.column(verdict.item_id)
            leads = verdict.kind not in SILENT_KINDS
            person.standings[name] = Standing(column, verdict.rank, leads)
        person.sequence = person._led()
        person.days = {
            _column_and_day(feedback, hearing)
            for feedback, _ in live
            if feedback.kind not in SILENT_KINDS
        }
        person.newest_day = newest_days(person.days)
        person.last = max(((f.at, p) for f, p in live), default=person.last)
        person.first = min(record.position for record in known)
        person.position = max(record.position for record in known)
        return person

    def _take(self, feedback: Feedback, hearing: Hearing, heard: Heard) -> None:
        column = hearing.column(feedback.item_id)
        leads = feedback.kind not in SILENT_KINDS
        day = int(feedback.at // SECONDS_PER_DAY)
        if leads and (column, day) not in self.days:
            self.days.add((column, day))
            heard.days.append((column, day, self.newest_day.get(column)))
            self.newest_day[column] = day
        name = slot(feedback, hearing.signals, repeatable=hearing.repeatable)
        rule = hearing.signals.rule(feedback.kind)
        current = self.standings.get(name)
        if current is not None:
            if rule.replaces_up_to < current.rank:
                return
            if current.leads:
                if heard.before is None:
                    heard.before = self.sequence[: heard.start]
                del self.standings[name]
                self.sequence = self._led()
            else:
                del self.standings[name]
        self.standings[name] = Standing(column, rule.rank, leads)
        if leads:
            self.sequence.append(column)

    def _led(self) -> list[int]:
        return [standing.column for standing in self.standings.values() if standing.leads]


def newest_days(days: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The last day of each column."""
    return dict(sorted(days))


def _column_and_day(feedback: Feedback, hearing: Hearing) -> tuple[int, int]:
    return hearing.column(feedback.item_id), int(feedback.at // SECONDS_PER_DAY)

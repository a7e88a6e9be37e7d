"""Learner: a user's records folded into a profile, all at once or one record at a time.

A profile is a function of the user's live records in the order (time, position). A record that is
newer than everything folded before and about a new item is folded onto the profile; anything else
(a late event, a changed verdict, an undo) refolds that user. Both ways give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.vectors import ItemVectors
from penchant.domain.feedback import Feedback, FeedbackType
from penchant.domain.profile import UserProfile, Verdict
from penchant.domain.record import Record, RecordType, Statement
from penchant.taste.draft import Draft, LearnerConfig
from penchant.taste.signals import Signals
from penchant.taste.verdicts import current_verdicts, is_abandoned, replaces, slot, verdict_of

__all__ = ["Learner", "LearnerConfig", "live_records"]

FINGERPRINT_MODULUS = 2**64

# When, where in the log, under which name, and what.
_Step = tuple[float, int, str, Verdict | Statement]


def live_records(records: Iterable[Record]) -> list[Record]:
    """What a fold starts from: after the last reset, not taken back, by (time, position)."""
    kept = [record for record in records if not record.retracted]
    resets = [record.position for record in kept if record.type is RecordType.RESET]
    start = max(resets, default=-1)
    foldable = (RecordType.FEEDBACK, RecordType.STATEMENT)
    live = [r for r in kept if r.type in foldable and r.position > start]
    return sorted(live, key=attrgetter("at", "position"))


@dataclass(frozen=True)
class Learner:
    """Folds records into profiles against one catalogue snapshot and its vectors."""

    catalogue: Catalogue
    vectors: ItemVectors
    signals: Signals
    config: LearnerConfig = field(default_factory=LearnerConfig)

    def fold(self, user_id: str, records: Iterable[Record]) -> UserProfile:
        """The profile that a user's records give, from nothing; version and position are 0."""
        live = live_records(records)
        steps = self._steps(live)
        rows = self.catalogue.rows([s.item_id for _, _, _, s in steps if isinstance(s, Verdict)])
        learned = zip(rows.tolist(), self._vectors(rows), strict=True)
        draft = self._draft(UserProfile(user_id))
        for _, position, name, step in steps:
            if isinstance(step, Verdict):
                row, vector = next(learned)
                draft.learn(name, step, self.catalogue.lessons(row), vector)
            else:
                draft.hear(step, position)
        for record in live:
            draft.count(record)
        return draft.frozen(self._fingerprint(self._items_sum(rows)))

    def learn(self, profile: UserProfile, record: Record) -> UserProfile | None:
        """The profile with one more record, or None when the user must be refolded instead."""
        if (record.at, record.position) <= profile.last:
            return None
        items_sum = self._items_sum(self._rows(profile))
        if profile.fingerprint != self._fingerprint(items_sum):
            return None
        draft = self._draft(profile)
        if record.statement is not None:
            draft.hear(record.statement, record.position)
        elif record.feedback is not None:
            name = slot(record.feedback, self.signals, repeatable=self.catalogue.schema.repeatable)
            if self._changes_the_past(profile, name, record.feedback):
                return None
            if name not in profile.verdicts:
                verdict = verdict_of(record.feedback, record.position, self.signals)
                rows = self.catalogue.rows([verdict.item_id])
                lessons = self.catalogue.lessons(int(rows[0]))
                draft.learn(name, verdict, lessons, self._vectors(rows)[0])
                items_sum += self._items_sum(rows)
        else:
            return None
        draft.count(record)
        return draft.frozen(self._fingerprint(items_sum))

    def is_current(self, profile: UserProfile) -> bool:
        """Whether the profile was folded with this encoder and these facets of its items."""
        return profile.fingerprint == self._fingerprint(self._items_sum(self._rows(profile)))

    def _steps(self, live: Iterable[Record]) -> list[_Step]:
        """The current verdicts and the statements, by (time, position)."""
        feedback = [(r.feedback, r.position) for r in live if r.feedback is not None]
        repeatable = self.catalogue.schema.repeatable
        verdicts = current_verdicts(feedback, self.signals, repeatable=repeatable)
        steps: list[_Step] = [(v.at, v.position, name, v) for name, v in verdicts.items()]
        steps += [(r.at, r.position, "", r.statement) for r in live if r.statement is not None]
        steps.sort(key=itemgetter(0, 1))
        return steps

    def _changes_the_past(self, profile: UserProfile, name: str, feedback: Feedback) -> bool:
        """Whether an event changes what an earlier verdict says, so that it cannot be appended."""
        current = profile.verdicts.get(name)
        if current is not None and replaces(feedback, current, self.signals):
            return True
        return FeedbackType.WATCH_PROGRESS in profile.counts and any(
            is_abandoned(verdict, feedback.at) and verdict.strength == (verdict.value or 0.0)
            for verdict in profile.verdicts.values()
        )

    def _draft(self, profile: UserProfile) -> Draft:
        return Draft(profile, self.vectors.centred.shape[1], self.signals, self.config)

    def _rows(self, profile: UserProfile) -> NDArray[np.int64]:
        """Rows of the items that the profile has verdicts on, those that are gone left out."""
        row_of = self.catalogue.row_of
        known = (row_of.get(verdict.item_id, -1) for verdict in profile.verdicts.values())
        return np.array([row for row in known if row >= 0], dtype=np.int64)

    def _vectors(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Item vectors in the precision in which they are added up, float64 (rows, dimension)."""
        return self.vectors.centred[rows].astype(np.float64)

    def _items_sum(self, rows: NDArray[np.int64]) -> int:
        return int(self.catalogue.fingerprints[rows].sum())  # uint64: modulo 2**64 by itself

    def _fingerprint(self, items_sum: int) -> str:
        schema = self.catalogue.schema.fingerprint
        return f"{self.vectors.fingerprint}:{schema}:{items_sum % FINGERPRINT_MODULUS:x}"

"""Learner: a user's records folded into a profile, all at once or one record at a time.

A profile is a function of the user's live records in the order (time, position). A record that is
newer than everything folded before and about a new item is folded onto the profile; anything else
(a late event, a changed verdict, an undo) refolds that user. Both ways give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.vectors import ItemVectors
from penchant.domain.feedback import Feedback, FeedbackType
from penchant.domain.item import facet_key
from penchant.domain.profile import (
    Interest,
    PreferenceState,
    RatingStatistics,
    UserProfile,
    Verdict,
)
from penchant.domain.record import Record, RecordType, Statement, StatementAction
from penchant.taste.embedding import EmbeddingConfig, RatingStyle, updated_taste_sum
from penchant.taste.interests import InterestModel
from penchant.taste.preferences import PreferenceConfig, PreferenceExtractor
from penchant.taste.signals import Signals
from penchant.taste.verdicts import current_verdicts, is_abandoned, replaces, slot, verdict_of

__all__ = ["Learner", "LearnerConfig", "live_records"]

FINGERPRINT_MODULUS = 2**64


@dataclass(frozen=True, slots=True)
class LearnerConfig:
    """The settings of everything that learns one person's taste."""

    preferences: PreferenceConfig = PreferenceConfig()
    embedding: EmbeddingConfig = EmbeddingConfig()
    rating_style: RatingStyle = RatingStyle()
    interests: InterestModel = InterestModel()


def live_records(records: Iterable[Record]) -> list[Record]:
    """What a fold starts from: after the last reset, not taken back, by (time, position)."""
    kept = [record for record in records if not record.retracted]
    resets = [record.position for record in kept if record.type is RecordType.RESET]
    start = max(resets, default=-1)
    foldable = (RecordType.FEEDBACK, RecordType.STATEMENT)
    live = [r for r in kept if r.type in foldable and r.position > start]
    return sorted(live, key=lambda record: (record.at, record.position))


@dataclass
class _Draft:
    """A profile under construction; private to one fold."""

    user_id: str
    preferences: dict[str, dict[str, PreferenceState]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    taste_sum: NDArray[np.float64] | None = None
    verdict_count: int = 0
    evidence: float = 0.0
    interests: tuple[Interest, ...] = ()
    ratings: RatingStatistics = RatingStatistics()
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    consumed: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    statements: dict[tuple[str, str, bool], Statement] = field(default_factory=dict)
    items_fingerprint: int = 0
    created_at: float | None = None
    last: tuple[float, int] = (float("-inf"), 0)


@dataclass(frozen=True)
class Learner:
    """Folds records into profiles against one catalogue snapshot and its vectors."""

    catalogue: Catalogue
    vectors: ItemVectors
    signals: Signals
    config: LearnerConfig = LearnerConfig()

    def fold(self, user_id: str, records: Iterable[Record]) -> UserProfile:
        """The profile that a user's records give, from nothing; version and position are 0."""
        live = live_records(records)
        draft = _Draft(user_id)
        feedback = [(r.feedback, r.position) for r in live if r.feedback is not None]
        repeatable = self.catalogue.schema.repeatable
        verdicts = current_verdicts(feedback, self.signals, repeatable=repeatable)
        steps: list[tuple[float, int, str, Verdict | Statement]] = [
            (v.at, v.position, name, v) for name, v in verdicts.items()
        ]
        steps += [
            (r.at, r.position, "", replace(r.statement, position=r.position))
            for r in live
            if r.statement is not None
        ]
        for _, _, name, step in sorted(steps, key=lambda s: (s[0], s[1])):
            if isinstance(step, Verdict):
                self._learn_verdict(draft, name, step)
            else:
                self._hear(draft, step)
        for record in live:
            self._count(draft, record)
        return self._frozen(draft)

    def learn(self, profile: UserProfile, record: Record) -> UserProfile | None:
        """The profile with one more record, or None when the user must be refolded instead."""
        if (record.at, record.position) <= profile.last:
            return None
        items_sum = self._items_sum(profile)
        if profile.fingerprint != self._fingerprint(items_sum):
            return None
        draft = self._draft(profile, items_sum)
        if record.statement is not None:
            self._hear(draft, replace(record.statement, position=record.position))
        elif record.feedback is not None:
            if not self._append(draft, record.feedback, record.position):
                return None
        else:
            return None
        self._count(draft, record)
        return self._frozen(draft)

    def is_current(self, profile: UserProfile) -> bool:
        """Whether the profile was folded with this encoder and these facets of its items."""
        return profile.fingerprint == self._fingerprint(self._items_sum(profile))

    def _append(self, draft: _Draft, feedback: Feedback, position: int) -> bool:
        """Fold the newest event if it is about a new item or changes no verdict."""
        if FeedbackType.WATCH_PROGRESS in draft.counts and any(
            is_abandoned(verdict, feedback.at) and verdict.strength == (verdict.value or 0.0)
            for verdict in draft.verdicts.values()
        ):
            return False
        name = slot(feedback, self.signals, repeatable=self.catalogue.schema.repeatable)
        current = draft.verdicts.get(name)
        if current is None:
            self._learn_verdict(draft, name, verdict_of(feedback, position, self.signals))
            return True
        return not replaces(feedback, current, self.signals)

    def _learn_verdict(self, draft: _Draft, name: str, verdict: Verdict) -> None:
        item = self.catalogue.get(verdict.item_id)
        style, ratings = self.config.rating_style, draft.ratings
        rated = verdict.kind == FeedbackType.RATING
        target = style.target(verdict.target, ratings) if rated else verdict.target
        extractor = PreferenceExtractor(self.catalogue.schema.facets, self.config.preferences)
        extractor.learn(
            draft.preferences,
            draft.names,
            item,
            verdict.strength,
            target,
            verdict.at,
            deliberate=self.signals.rule(verdict.kind).deliberate,
        )
        row = self.catalogue.row_of[item.id]
        vector = self.vectors.centred[row].astype(np.float64)
        draft.taste_sum = updated_taste_sum(
            draft.taste_sum,
            vector,
            verdict,
            target,
            draft.verdict_count,
            style.mean(ratings),
            self.config.embedding,
        )
        draft.interests = self.config.interests.learn(
            draft.interests, item.id, vector, verdict.strength, target, verdict.at
        )
        if rated:
            draft.ratings = RatingStatistics(
                ratings.number + 1,
                ratings.total + verdict.target,
                ratings.total_of_squares + verdict.target**2,
            )
        draft.verdict_count += 1
        draft.evidence += verdict.strength
        # Kept as it was learned: a reason must name what the event really taught.
        draft.verdicts[name] = verdict._replace(target=target)
        fingerprint = int(self.catalogue.fingerprints[row])
        draft.items_fingerprint = (draft.items_fingerprint + fingerprint) % FINGERPRINT_MODULUS

    def _hear(self, draft: _Draft, statement: Statement) -> None:
        key = facet_key(statement.name)
        if statement.action is StatementAction.FORGET:
            draft.preferences.get(statement.facet, {}).pop(key, None)
        place = _statement_slot(statement)
        draft.statements.pop(place, None)
        if statement.action is not StatementAction.CLEAR:
            draft.statements[place] = statement

    def _count(self, draft: _Draft, record: Record) -> None:
        if record.feedback is not None:
            kind = str(record.feedback.kind)
            draft.counts[kind] = draft.counts.get(kind, 0) + 1
            if self.signals.rule(kind).consumption or kind == FeedbackType.RATING:
                draft.consumed.setdefault(record.feedback.item_id, record.at)
        created_at = record.at if draft.created_at is None else draft.created_at
        draft.created_at = min(created_at, record.at)
        draft.last = max(draft.last, (record.at, record.position))

    def _items_sum(self, profile: UserProfile) -> int:
        row_of, fingerprints = self.catalogue.row_of, self.catalogue.fingerprints
        rows = [row_of[v.item_id] for v in profile.verdicts.values() if v.item_id in row_of]
        return int(fingerprints[rows].sum())  # uint64: a sum modulo 2**64 by itself

    def _fingerprint(self, items_sum: int) -> str:
        schema = self.catalogue.schema.fingerprint
        return f"{self.vectors.fingerprint}:{schema}:{items_sum:x}"

    def _draft(self, profile: UserProfile, items_sum: int) -> _Draft:
        return _Draft(
            user_id=profile.user_id,
            preferences={facet: dict(states) for facet, states in profile.preferences.items()},
            names=dict(profile.names),
            taste_sum=profile.taste_sum,
            verdict_count=profile.verdict_count,
            evidence=profile.evidence,
            interests=profile.interests,
            ratings=profile.ratings,
            verdicts=dict(profile.verdicts),
            consumed=dict(profile.consumed),
            counts=dict(profile.counts),
            statements={_statement_slot(s): s for s in profile.statements},
            items_fingerprint=items_sum,
            created_at=profile.created_at,
            last=profile.last,
        )

    def _frozen(self, draft: _Draft) -> UserProfile:
        has_records = draft.last[1] > 0 or draft.created_at is not None
        return UserProfile(
            user_id=draft.user_id,
            created_at=draft.created_at,
            updated_at=draft.last[0] if has_records else None,
            last=draft.last,
            preferences=draft.preferences,
            names=draft.names,
            taste_sum=draft.taste_sum,
            verdict_count=draft.verdict_count,
            evidence=draft.evidence,
            interests=draft.interests,
            ratings=draft.ratings,
            verdicts=draft.verdicts,
            consumed=draft.consumed,
            counts=draft.counts,
            statements=tuple(draft.statements.values()),
            fingerprint=self._fingerprint(draft.items_fingerprint),
        )


def _statement_slot(statement: Statement) -> tuple[str, str, bool]:
    """One statement is in force per facet value; what was forgotten when stands beside it."""
    forgets = statement.action is StatementAction.FORGET
    return statement.facet, facet_key(statement.name), forgets

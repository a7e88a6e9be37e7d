"""Draft: a profile under construction, changed in place and private to one fold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.lessons import Lesson
from penchant.domain.item import facet_key
from penchant.domain.profile import RatingStatistics, UserProfile, Verdict
from penchant.domain.record import Record, Statement, StatementAction
from penchant.taste.embedding import RATING, EmbeddingConfig, RatingStyle, updated_taste_sum
from penchant.taste.interests import InterestDraft, InterestModel
from penchant.taste.preferences import PreferenceConfig, PreferenceExtractor
from penchant.taste.signals import Signals

__all__ = ["Draft", "LearnerConfig"]


@dataclass(frozen=True, slots=True)
class LearnerConfig:
    """The settings of everything that learns one person's taste."""

    preferences: PreferenceConfig = PreferenceConfig()
    embedding: EmbeddingConfig = EmbeddingConfig()
    rating_style: RatingStyle = RatingStyle()
    interests: InterestModel = InterestModel()


class Draft:
    """Starts from a profile, which it leaves alone, and takes in one thing after another."""

    def __init__(
        self, profile: UserProfile, dimension: int, signals: Signals, config: LearnerConfig
    ) -> None:
        self._verdicts = dict(profile.verdicts)
        self._counts = dict(profile.counts)
        self._start = profile
        self._signals = signals
        self._config = config
        self._extractor = PreferenceExtractor(
            config.preferences,
            {facet: dict(states) for facet, states in profile.preferences.items()},
            dict(profile.names),
        )
        self._interests = InterestDraft(config.interests, dimension, profile.interests)
        self._taste_sum = profile.taste_sum
        self._verdict_count = profile.verdict_count
        self._evidence = profile.evidence
        self._ratings = profile.ratings
        self._consumed = dict(profile.consumed)
        self._statements = {_statement_slot(said): said for said in profile.statements}
        self._created_at = profile.created_at
        self._last = profile.last

    def learn(
        self, name: str, verdict: Verdict, lessons: Iterable[Lesson], vector: NDArray[np.float64]
    ) -> None:
        """Take in a verdict, to be kept under `name`, on an item with these lessons and vector."""
        item_id, _, kind, strength, target, _, at, _, _ = verdict
        mean_target = 0.0
        if kind == RATING:
            mean_target, target = self._rated(verdict.target)
        self._extractor.learn(
            lessons, strength, target, at, deliberate=self._signals.rule(kind).deliberate
        )
        self._taste_sum = updated_taste_sum(
            self._taste_sum,
            vector,
            verdict,
            target,
            self._verdict_count,
            mean_target,
            self._config.embedding,
        )
        self._interests.learn(item_id, vector, strength, target, at)
        self._verdict_count += 1
        self._evidence += strength
        # Kept as it was learned: a reason must name what the event really taught.
        learned = verdict if target == verdict.target else verdict._replace(target=target)
        self._verdicts[name] = learned

    def hear(self, statement: Statement, position: int) -> None:
        """Take in what the person said at a place in the log."""
        if statement.action is StatementAction.FORGET:
            self._extractor.forget(statement.facet, facet_key(statement.name))
        place = _statement_slot(statement)
        self._statements.pop(place, None)
        if statement.action is not StatementAction.CLEAR:
            self._statements[place] = replace(statement, position=position)

    def count(self, record: Record) -> None:
        """Note the next record in the order of (time, position), whatever came of it."""
        at, feedback = record.at, record.feedback
        if feedback is not None:
            kind = str(feedback.kind)
            self._counts[kind] = self._counts.get(kind, 0) + 1
            if kind == RATING or self._signals.rule(kind).consumption:
                self._consumed.setdefault(feedback.item_id, at)
        if self._created_at is None:
            self._created_at = at
        self._last = (at, record.position)

    def frozen(self, fingerprint: str) -> UserProfile:
        """The profile as it stands; the draft must not be used any more."""
        return UserProfile(
            user_id=self._start.user_id,
            created_at=self._created_at,
            updated_at=None if self._created_at is None else self._last[0],
            last=self._last,
            preferences=self._extractor.preferences,
            names=self._extractor.names,
            taste_sum=self._taste_sum,
            verdict_count=self._verdict_count,
            evidence=self._evidence,
            interests=self._interests.frozen(),
            ratings=self._ratings,
            verdicts=self._verdicts,
            consumed=self._consumed,
            counts=self._counts,
            statements=tuple(self._statements.values()),
            fingerprint=fingerprint,
        )

    def _rated(self, target: float) -> tuple[float, float]:
        """The mean before a rating, and the rating's target with the person's style taken out."""
        style, ratings = self._config.rating_style, self._ratings
        number, total, total_of_squares = ratings
        self._ratings = RatingStatistics(number + 1, total + target, total_of_squares + target**2)
        return style.mean(ratings), style.target(target, ratings)


def _statement_slot(statement: Statement) -> tuple[str, str, bool]:
    """One statement is in force per facet value; what was forgotten when stands beside it."""
    forgets = statement.action is StatementAction.FORGET
    return statement.facet, facet_key(statement.name), forgets

"""The models under test that are Penchant itself: the served ranking and its single scorers.

They learn through the very fold that serves people (Learner and Crowd), and rank with the very
ForYou. All of them share one state, which learns once and scores each question once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.encoder import WordLlamaEncoder
from penchant.catalogue.vectors import ItemVectors, build_vectors
from penchant.crowd.crowd import Crowd
from penchant.datasets.log import EventColumns
from penchant.domain.profile import UserProfile
from penchant.domain.record import Record
from penchant.evaluation.events import first_meetings, leading
from penchant.evaluation.problem import ModelFactory, Problem
from penchant.evaluation.weights import Question, fit_weights, question_of
from penchant.ranking.blend import Blend, BlendConfig, Sides, personal_share
from penchant.ranking.boosts import PersonalizationEngine
from penchant.ranking.ensemble import OwnWeights, learned_weights, rank_of
from penchant.ranking.for_you import ForYou
from penchant.ranking.moment import Moment
from penchant.ranking.weights import DEFAULT_WEIGHTS, WeightsFile, load_weights
from penchant.taste.learner import Learner
from penchant.taste.reading import TasteReading

__all__ = ["SERVED", "SERVED_MODELS", "ServedModel", "ServedState"]

SERVED = "penchant"
SERVED_OWN = "penchant-own-weights"
SCORERS = (
    "facets",
    "embedding",
    "interests",
    "recent",
    "time_of_day",
    "transitions",
    "popularity",
    "trend",
    "freshness",
)
ONE_TABLE = "transitions-one-table"
LEAST_EVENTS = 4
MOST_QUESTIONS = 800
LESSONS = 20
POSITIVE_FROM = 0.5


class ServedState:
    """Profiles and crowd of a log, and what the scorers make of them."""

    def __init__(
        self,
        catalogue: Catalogue,
        vectors: ItemVectors,
        learner: Learner,
        for_you: ForYou,
        user_ids: Sequence[str],
        item_ids: Sequence[str],
        *,
        fits: bool = False,
        seed: int = 0,
    ) -> None:
        self.catalogue = catalogue
        self.vectors = vectors
        self.learner = learner
        self.for_you = for_you
        self.rows = catalogue.rows(item_ids)
        self.crowd = Crowd(learner.signals, repeatable=catalogue.schema.repeatable)
        self.profiles: dict[str, UserProfile] = {}
        self._user_ids = user_ids
        self._user_number = {user_id: n for n, user_id in enumerate(user_ids)}
        # What each person did, by slice of the log and rows of it, to be made records of again.
        self._told: dict[int, list[tuple[EventColumns, NDArray[np.int64]]]] = {}
        self._newest: EventColumns | None = None
        self._asked: tuple[tuple[int, float], Moment] | None = None
        self._fits = fits
        self._rng = np.random.default_rng(seed)
        self.fitted: WeightsFile | None = None

    @classmethod
    def of(cls, problem: Problem) -> ServedState:
        """A state for an evaluation's people and items, with the default encoder."""
        catalogue = problem.catalogue
        vectors = build_vectors(catalogue, WordLlamaEncoder())
        learner = Learner(catalogue, vectors, problem.signals)
        weights = (
            DEFAULT_WEIGHTS if problem.weights is None else load_weights(problem.weights).weights
        )
        blend = Blend(
            PersonalizationEngine(), learner.config.interests, BlendConfig(weights=weights)
        )
        fits = problem.fits and problem.weights is None
        return cls(
            catalogue,
            vectors,
            learner,
            ForYou(blend),
            problem.user_ids,
            problem.item_ids,
            fits=fits,
            seed=problem.seed,
        )

    def learn(self, log: EventColumns) -> None:
        """Take in events newer than all learned before; the slice that came last is not repeated.

        Several models share this state, and a protocol teaches each of them.
        """
        if log is self._newest:
            return
        self._newest = log
        if not self._fits:
            self._fold(log)
            return
        self._fits = False
        last, earlier = self._withheld(log)
        self._fold(log.pick(earlier))
        asked = self._rng.permutation(last)[:MOST_QUESTIONS]
        found = [self._question(log, int(row)) for row in np.sort(asked)]
        questions = [question for question in found if question is not None]
        if questions:
            self.fitted = fit_weights(questions, self.for_you.blend)
            config = replace(self.for_you.blend.config, weights=self.fitted.weights)
            blend = replace(self.for_you.blend, config=config)
            self.for_you = replace(self.for_you, blend=blend)
        self._fold(log.pick(~earlier))

    def _withheld(self, log: EventColumns) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The newest event of each person that can be asked for, and what came before it.

        As a protocol asks: about an item not met before, and not for what was sent away.
        """
        askable = leading(log)
        if not self.catalogue.schema.repeatable:
            askable &= first_meetings(log)
        last: list[int] = []
        earlier = np.ones(len(log), dtype=np.bool_)
        for _, rows in log.by_user():
            places = np.flatnonzero(askable[rows])
            if len(rows) >= LEAST_EVENTS and len(places):
                last.append(int(rows[places[-1]]))
                earlier[rows[places[-1] :]] = False
        return np.array(last, dtype=np.int64), earlier

    def _fold(self, log: EventColumns) -> None:
        self._asked = None
        for user, rows in log.by_user():
            self._told.setdefault(user, []).append((log, rows))
            records = list(log.records(rows))
            self.profiles[self._user_ids[user]] = self._profile(user, records)
            self.crowd.learn(records, self._recall)

    def _question(self, log: EventColumns, row: int) -> Question | None:
        """What the scorers say before one event of the log; None when they cannot be asked."""
        moment = self.moment(int(log.user[row]), float(log.at[row]))
        places = np.flatnonzero(moment.rows == self.rows[log.item[row]])
        if moment.reading is None or len(places) == 0:
            return None
        columns, sides = self.columns(moment)
        w = personal_share(moment.reading, self.for_you.blend.config)
        return question_of(int(places[0]), w, sides, columns)

    def own_weights(self, user: int) -> OwnWeights:
        """One person's weights after their last 20 positive events, each asked before it came.

        The person is unlearned and learned again, event by event, through the same fold.
        """
        user_id = self._user_ids[user]
        records = sorted(self._recall(user_id), key=lambda record: (record.at, record.position))
        chosen = [n for n, record in enumerate(records) if self._is_positive(record)][-LESSONS:]
        start = chosen[0] if chosen else len(records)
        self.crowd.relearn(user_id, records[:start])
        self.profiles[user_id] = self.learner.fold(user_id, records[:start])
        lessons: list[dict[str, int]] = []
        for place in range(start, len(records)):
            record = records[place]
            if place in chosen and record.feedback is not None:
                self._asked = None
                moment = self.moment(user, record.at)
                row = self.catalogue.row_of[record.feedback.item_id]
                found = np.flatnonzero(moment.rows == row)
                if len(found) and moment.reading is not None:
                    columns = self.columns(moment)[0]
                    lessons.append({n: rank_of(c, int(found[0])) for n, c in columns.items()})
            further = self.learner.learn(self.profiles[user_id], record)
            if further is None:
                further = self.learner.fold(user_id, records[: place + 1])
            self.profiles[user_id] = further
            self.crowd.learn([record], self._recall)
        self._asked = None
        return learned_weights(self.for_you.blend.config.weights, lessons)

    def _is_positive(self, record: Record) -> bool:
        feedback = record.feedback
        if feedback is None:
            return False
        return self.learner.signals.worth(feedback.kind, feedback.value)[1] > POSITIVE_FROM

    def moment(self, user: int, at: float) -> Moment:
        """One person's unseen items at a time."""
        if self._asked is None or self._asked[0] != (user, at):
            profile = self.profiles.get(self._user_ids[user])
            reading = None
            rows = self.rows
            if profile is not None and not profile.is_new:
                config = self.learner.config.preferences
                reading = TasteReading(profile, self.catalogue, at, config)
                seen = {v.item_id for v in profile.verdicts.values()}
                if self.catalogue.schema.repeatable:
                    seen = set(reading.seen_items)
                unseen = np.ones(len(self.catalogue), dtype=np.bool_)
                unseen[[self.catalogue.row_of[i] for i in seen]] = False
                rows = rows[unseen[rows]]
            moment = Moment(self.catalogue, self.vectors.centred, rows, reading, self.crowd, at)
            self._asked = ((user, at), moment)
        return self._asked[1]

    def columns(self, moment: Moment) -> tuple[Mapping[str, NDArray[np.float64]], Sides]:
        """What each single scorer says, by its name in the weights, float64 (rows,) each."""
        sides = self.for_you.sides(moment)
        columns = {**sides.model, **sides.personal}
        if moment.reading is not None:
            columns |= self.for_you.blend.personal_columns(
                moment.reading, moment.vectors, moment.rows
            )
        return columns, sides

    def one_table(self, moment: Moment) -> NDArray[np.float64]:
        """The plain table of transitions (window 10, decay .8, forward only) by itself.

        The strongest single online model before anything is blended, for comparison.
        """
        plain = replace(
            self.crowd.config.transitions,
            scales=self.crowd.config.transitions.scales[1:2],
            reverse=0.0,
        )
        return self.crowd.one_scale(moment.history, moment.columns, plain)

    def over_items(self, moment: Moment, column: NDArray[np.float64]) -> NDArray[np.float64]:
        """A column over the moment's rows laid out over the log's items; -inf where not asked."""
        whole = np.full(len(self.catalogue), -np.inf)
        whole[moment.rows] = column
        return whole[self.rows]

    def _profile(self, user: int, records: Sequence[Record]) -> UserProfile:
        user_id = self._user_ids[user]
        profile = self.profiles.get(user_id)
        if profile is None:
            return self.learner.fold(user_id, records)
        for record in records:
            further = self.learner.learn(profile, record)
            if further is None:
                return self.learner.fold(user_id, self._recall(user_id))
            profile = further
        return profile

    def _recall(self, user_id: str) -> list[Record]:
        told = self._told.get(self._user_number[user_id], ())
        return [record for log, rows in told for record in log.records(rows)]


@dataclass(frozen=True)
class ServedModel:
    """The served ranking (`penchant`) or one of its scorers alone, as a model under test."""

    state: ServedState
    name: str = SERVED
    online: bool = True

    @property
    def fitted(self) -> WeightsFile | None:
        """The weights that were fitted to the log, with their report."""
        return self.state.fitted

    def learn(self, log: EventColumns) -> None:
        """Fold further events; see ServedState.learn."""
        self.state.learn(log)

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        """The score of each item of the log at a time; -inf for what the person has seen."""
        state = self.state
        moment = state.moment(user, at)
        if self.name == SERVED:
            column = state.for_you.scores(moment).score
        elif self.name == SERVED_OWN:
            own = state.own_weights(user).weights
            column = state.for_you.scores(state.moment(user, at), own=own).score
        elif self.name == ONE_TABLE:
            column = state.one_table(moment)
        else:
            found = state.columns(moment)[0].get(self.name)
            column = np.zeros(len(moment.rows)) if found is None else found
        return state.over_items(moment, column)


def _factory(name: str) -> ModelFactory:
    return lambda problem: ServedModel(problem.shared(ServedState.of), name)


SERVED_MODELS: Mapping[str, ModelFactory] = MappingProxyType(
    {name: _factory(name) for name in (SERVED, SERVED_OWN, *SCORERS, ONE_TABLE)}
)

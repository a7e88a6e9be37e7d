"""The models under test that are Penchant itself: the served ranking and its single scorers.

They learn through the very fold that serves people (Learner and Crowd), and rank with the very
ForYou. All of them share one state, which learns once and scores each question once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.vectors import ItemVectors
from penchant.crowd.crowd import Crowd
from penchant.datasets.log import EventColumns
from penchant.domain.profile import UserProfile
from penchant.domain.record import Record
from penchant.ranking.blend import Sides
from penchant.ranking.for_you import ForYou
from penchant.ranking.moment import Moment
from penchant.ranking.weights import BlendWeights
from penchant.taste.learner import Learner
from penchant.taste.reading import TasteReading

__all__ = ["SERVED", "ServedModel", "ServedState"]

SERVED = "penchant"


class ServedState:
    """Profiles and crowd of a log, and what the scorers make of them."""

    def __init__(
        self,
        catalogue: Catalogue,
        vectors: ItemVectors,
        learner: Learner,
        for_you: ForYou,
        item_ids: Sequence[str],
    ) -> None:
        self.catalogue = catalogue
        self.vectors = vectors
        self.learner = learner
        self.for_you = for_you
        self.rows = catalogue.rows(item_ids)
        self.crowd = Crowd(learner.signals, repeatable=catalogue.schema.repeatable)
        self.profiles: dict[str, UserProfile] = {}
        self._user_ids: tuple[str, ...] = ()
        self._logs: list[EventColumns] = []
        self._asked: tuple[tuple[int, float], Moment] | None = None

    def learn(self, log: EventColumns) -> None:
        """Take in events newer than all learned before; the slice that came last is not repeated.

        Several models share this state, and a protocol teaches each of them.
        """
        if self._logs and self._logs[-1] is log:
            return
        self._logs.append(log)
        self._user_ids, self._asked = log.user_ids, None
        for user, rows in enumerate(log.rows_by_user):
            if len(rows):
                records = list(log.records(rows))
                self.profiles[log.user_ids[user]] = self._profile(user, records)
                self.crowd.learn(records, self._recall)

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
        user = self._user_ids.index(user_id)
        return [r for log in self._logs for r in log.records(log.rows_by_user[user])]


@dataclass(frozen=True)
class ServedModel:
    """The served ranking (`penchant`) or one of its scorers alone, as a model under test."""

    state: ServedState
    name: str = SERVED
    weights: BlendWeights | None = None
    online: bool = True

    def learn(self, log: EventColumns) -> None:
        """Fold further events; see ServedState.learn."""
        self.state.learn(log)

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        """The score of each item of the log at a time; -inf for what the person has seen."""
        state = self.state
        moment = state.moment(user, at)
        if self.name == SERVED:
            column = state.for_you.scores(moment, own=self.weights).score
        else:
            found = state.columns(moment)[0].get(self.name)
            column = np.zeros(len(moment.rows)) if found is None else found
        return state.over_items(moment, column)

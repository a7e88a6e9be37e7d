"""Engine: the verbs of Penchant.

Learn: `record`, `state`, `undo`, `reset`, `erase`. Answer: `search`, `recommend`, `rank`,
`similar`, `suggest`, `explain`, `profile`, `export`. Every answer reads what was durable when it
was asked for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from penchant.absence import nearest_titles, nothing_found, nothing_listed, why_not
from penchant.answers import PageBuilder, matched, personalization_of, shown_impression
from penchant.candidates import (
    given_items,
    given_scores,
    listable_rows,
    own_snapshot,
    personal_query,
    sought_now,
)
from penchant.catalogue.titles import TitleMatch
from penchant.crowd.crowd import Crowd
from penchant.crowd.follower import CrowdFollower
from penchant.domain.feedback import Feedback
from penchant.domain.impression import Impression
from penchant.domain.item import Item
from penchant.domain.profile import UserProfile
from penchant.domain.protocols import Storage
from penchant.domain.query import (
    MOST_RESULTS,
    Filters,
    Intent,
    Query,
    check_bounds,
    check_count,
    check_query,
)
from penchant.domain.record import Record, Statement
from penchant.domain.result import (
    ExplainAnswer,
    Receipt,
    RecommendAnswer,
    SearchAnswer,
    SimilarAnswer,
)
from penchant.errors import StoreUnavailable
from penchant.impressions import ImpressionLog
from penchant.journal import Journal
from penchant.own_weights import OwnWeightsReader
from penchant.ranking.diversify import diversified
from penchant.ranking.engine import RankingEngine
from penchant.ranking.ensemble import OwnWeights
from penchant.ranking.for_you import ForYou
from penchant.ranking.moment import Moment
from penchant.snapshot import Snapshot, SnapshotKeeper
from penchant.taste.insights import PreferenceLearner
from penchant.taste.reading import TasteReading

__all__ = ["Engine"]

LONGEST_FLUSH_S = 5.0
POOL_PER_RESULT = 5
LEAST_POOL = 50

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Engine:
    """One catalogue, its people, and everything one may ask of them.

    Every verb takes `now` (Unix seconds) where time matters; without it the clock is read.
    """

    storage: Storage
    keeper: SnapshotKeeper
    ranking: RankingEngine
    for_you: ForYou
    crowd_follower: CrowdFollower
    impressions: ImpressionLog
    own_weights: OwnWeightsReader
    clock: Callable[[], float] = time.time

    @property
    def journal(self) -> Journal:
        """The writing half."""
        return Journal(self.storage, self.keeper)

    @property
    def snapshot(self) -> Snapshot:
        """The current catalogue with its indexes."""
        return self.keeper.current()

    @property
    def crowd(self) -> Crowd:
        """What everybody does, up to the newest record of the log."""
        return self.crowd_follower.current()

    # Learning

    def record(self, feedback: Feedback, now: float | None = None) -> Receipt:
        """Learn from one event, durably; raises InvalidFeedback, UnknownItem or EventConflict."""
        return self.journal.record(feedback, self._time(now))

    def record_many(
        self, feedback: Sequence[Feedback], now: float | None = None
    ) -> tuple[Receipt, ...]:
        """Learn from a batch in one transaction; each unusable event is rejected on its own."""
        return self.journal.record_many(feedback, self._time(now))

    def state(self, statement: Statement, now: float | None = None) -> Receipt:
        """Keep what a person says of a facet value; raises InvalidStatement."""
        return self.journal.state_many([statement], self._time(now))[0]

    def state_many(
        self, statements: Sequence[Statement], now: float | None = None
    ) -> tuple[Receipt, ...]:
        """Keep several statements, all of them or none; raises InvalidStatement."""
        return self.journal.state_many(statements, self._time(now))

    def undo(self, event_id: str, now: float | None = None) -> Receipt:
        """Take a record back: the profile equals one that never saw it. Raises UnknownEvent."""
        return self.journal.undo(event_id, self._time(now))

    def reset(self, user_id: str, now: float | None = None) -> Receipt:
        """Start a user's taste anew; undoable through the receipt's event id."""
        return self.journal.reset(user_id, self._time(now))

    def erase(self, user_id: str, now: float | None = None) -> Mapping[str, int]:
        """Delete everything about a user, for good; returns the number of rows by table."""
        if not self.impressions.flush(LONGEST_FLUSH_S):
            raise StoreUnavailable("lists that were shown are still being stored; erase again soon")
        return self.journal.erase(user_id, self._time(now))

    def rebuild(self) -> Iterator[tuple[str, bool]]:
        """Refold every user from the log; yields each user id and whether the profile differed."""
        for user_id in self.storage.user_ids():
            yield user_id, self.journal.rebuild(user_id)

    # The catalogue

    def put_items(self, items: Sequence[Item], now: float | None = None) -> int:
        """Add or replace items, visible to the next answer; returns the log position."""
        return self.journal.put_items(items, self._time(now))

    def change_item(
        self, item_id: str, change: Callable[[Item], Item], now: float | None = None
    ) -> Item:
        """Replace an item by `change` of it; raises UnknownItem."""
        return self.journal.change_item(item_id, change, self._time(now))

    def hide_item(self, item_id: str, now: float | None = None) -> Item:
        """Show an item to nobody any more; what people did with it stays."""
        return self.change_item(item_id, lambda item: replace(item, hidden=True), now)

    def item(self, item_id: str) -> Item:
        """The item, hidden or not; raises UnknownItem."""
        return self.snapshot.catalogue.get(item_id)

    def find_title(self, title: str) -> Item:
        """The item that a typed title means; raises UnknownItem or AmbiguousTitle."""
        return self.snapshot.retriever.titles.resolve(title)

    def suggest(self, prefix: str, limit: int = 10) -> Sequence[TitleMatch]:
        """Completions of a title being typed, best first."""
        return self.snapshot.retriever.titles.suggest(prefix, limit)

    # Answering

    def search(self, query: Query, now: float | None = None) -> SearchAnswer:
        """Answer a query, for one person where there is a taste to go by.

        Without `user_id`, with `personalize` 0 and for strangers the answer is the anonymous one.
        Raises InvalidQuery for a query that cannot be answered.
        """
        check_query(query)
        snapshot, reading = self._moment(query.user_id, query.personalize, now)
        match = matched(query, snapshot)
        base_alpha = match.analysis.alpha
        asked = personal_query(query, base_alpha, reading, self.ranking.personalization)
        trending = match.analysis.intent is Intent.TRENDING
        sought = sought_now(snapshot, self.crowd, self._time(now)) if trending else None
        found = snapshot.retriever.retrieve(
            match.analysis,
            asked.alpha,
            asked.filters,
            asked.terms,
            None if sought is None else sought.score,
        )
        candidates = found.candidates
        if sought is not None and sought.trend_part.any():
            candidates = candidates.divided("popularity", "trend", sought.trend_part)
        ranked = self.ranking.rank(
            candidates, reading, match.analysis.intent, query.personalize, query.top_n
        )
        moment = self._at(snapshot, ranked.rows, reading, now)
        page = PageBuilder(snapshot, reading, match, moment).from_search(ranked)
        held = [snapshot.catalogue.items[ranked.rows[place]].id for place in ranked.held.tolist()]
        return SearchAnswer(
            query=query,
            analysis=match.analysis,
            personalization=personalization_of(
                reading, original_alpha=base_alpha, personalized_alpha=asked.alpha, held=held
            ),
            pipeline={
                "lexical": "bm25",
                "semantic": snapshot.vectors.encoder.id,
                **found.pipeline,
            },
            recommendations=page,
            message=None if page else nothing_found(query, snapshot),
            nearest_titles=() if page else nearest_titles(query, snapshot),
        )

    def recommend(
        self,
        user_id: str | None,
        top_n: int = 10,
        filters: Filters | None = None,
        personalize: float = 1.0,
        now: float | None = None,
    ) -> RecommendAnswer:
        """The best items for a person without a query; for nobody: what is popular and good.

        What the person is done with (consumed, rated, sent away) is left out. `personalize` from 0
        to 1 scales the personal side; at 0 the answer is the anonymous one.
        """
        query = Query("", top_n, user_id, personalize, filters or Filters())
        check_bounds(query)
        snapshot, reading = self._moment(user_id, personalize, now)
        moment = self._candidates(snapshot, reading, query, now)
        scores = self.for_you.scores(moment, personalize, self.own_weights.used_by(reading))
        order = scores.best_first(moment.rows)[: max(POOL_PER_RESULT * top_n, LEAST_POOL)]
        vectors = snapshot.vectors.centred[moment.rows[order]]
        varied = diversified(scores.score[order], vectors, min(top_n, len(order)))
        builder = PageBuilder(snapshot, reading, moment=moment)
        page = builder.from_blend(moment.rows, scores, order[varied])
        shown = shown_impression(page, scores.ranks(order[varied]), user_id, moment.now)
        self.impressions.add(lambda: shown)
        return RecommendAnswer(
            query=query,
            personalization=personalization_of(reading),
            weights=scores.weights,
            recommendations=page,
            message=None if page else nothing_listed(query, snapshot),
            impression_id=shown.impression_id,
        )

    def rank(
        self,
        user_id: str | None,
        items: Sequence[Item | str],
        base_scores: Sequence[float] | None = None,
        now: float | None = None,
    ) -> RecommendAnswer:
        """Order a caller's own candidates for a person.

        `items` are ids of the catalogue or items of the caller's own with the same facets.
        `base_scores` (any scale, one each) stand for the model side of the blend. Raises
        UnknownItem for an id that is not there, InvalidInput for counts that differ.
        """
        profile = self._known(user_id)
        snapshot = self.snapshot
        known = given_items(snapshot, items)
        given = given_scores(known, base_scores)
        own = own_snapshot(snapshot, known)
        reading = None if profile is None else self._reading(profile, snapshot, now)
        told = personalization_of(reading)
        if reading is not None:
            # Which of two equal values is the rarer one, the whole catalogue says.
            reading = replace(reading, catalogue=own.catalogue, wider=snapshot.catalogue)
        rows = own.catalogue.rows([item.id for item in known])
        query = Query("", len(known), user_id)
        moment = self._at(own, rows, reading, now)
        sides = self.for_you.sides(moment)
        if given:
            sides = replace(sides, model={"base": np.array(list(given.values()))})
        weights = self.own_weights.used_by(reading)
        scores = self.for_you.blend.scores(reading, own.vectors.centred, rows, sides, own=weights)
        builder = PageBuilder(own, reading, moment=moment, history=snapshot, given_scores=given)
        page = builder.from_blend(rows, scores, scores.best_first(rows))
        return RecommendAnswer(query, told, scores.weights, page)

    def similar(self, item_id: str, top_n: int = 10) -> SimilarAnswer:
        """Items that resemble one item, and what they share with it; raises UnknownItem."""
        check_count(top_n)
        snapshot = self.snapshot
        item = snapshot.catalogue.get(item_id)
        return SimilarAnswer(item, snapshot.retriever.similar(item_id, top_n))

    def explain(
        self,
        user_id: str | None,
        item_id: str,
        query_text: str | None = None,
        now: float | None = None,
    ) -> ExplainAnswer:
        """Why an item stands where it stands for a person, or why it does not stand at all.

        The rank is by score alone: `recommend` also spreads its list for variety.
        """
        if query_text is not None:
            return self._explain_search(item_id, user_id, query_text, now)
        snapshot, reading = self._moment(user_id, 1.0, now)
        item = snapshot.catalogue.get(item_id)
        moment = self._candidates(snapshot, reading, Query("", user_id=user_id), now)
        rows = moment.rows
        scores = self.for_you.scores(moment, own=self.own_weights.used_by(reading))
        order = scores.best_first(rows)
        row = snapshot.catalogue.row_of[item_id]
        places = np.flatnonzero(rows[order] == row)
        if len(places) == 0:
            reason = why_not(item, reading)
            return ExplainAnswer(item, user_id, None, len(rows), None, reason)
        place = int(places[0])
        builder = PageBuilder(snapshot, reading, moment=moment)
        page = builder.from_blend(rows, scores, order[place : place + 1])
        return ExplainAnswer(item, user_id, place + 1, len(rows), page[0])

    def profile(self, user_id: str, now: float | None = None) -> PreferenceLearner:
        """What is known of a person as of now; a stranger has an empty profile."""
        profile = self.journal.profile(user_id)
        return PreferenceLearner(self._reading(profile, self.snapshot, now))

    def scorer_weights(self, user_id: str) -> OwnWeights:
        """How much each scorer counts for a person, as their choices from lists have taught."""
        return self.own_weights.of(self.journal.profile(user_id))

    def export(
        self, user_id: str, now: float | None = None
    ) -> tuple[PreferenceLearner, list[Record], list[Impression]]:
        """All that is stored about a person: the profile to be read, records, lists shown."""
        shown = list(self.storage.impressions_of(user_id))
        return self.profile(user_id, now), list(self.storage.records_of(user_id)), shown

    def close(self) -> None:
        """Let go of the store; what was acknowledged is already durable."""
        try:
            self.impressions.close()
            self.crowd_follower.keep()
        finally:
            self.storage.close()

    def _time(self, now: float | None) -> float:
        return self.clock() if now is None else now

    def _moment(
        self, user_id: str | None, strength: float, now: float | None
    ) -> tuple[Snapshot, TasteReading | None]:
        """What one answer goes by; no reading where the answer must be the anonymous one."""
        # The profile first: the snapshot taken after it has every item that the profile names.
        profile = self._known(user_id) if strength > 0.0 else None
        snapshot = self.snapshot
        return snapshot, None if profile is None else self._reading(profile, snapshot, now)

    def _known(self, user_id: str | None) -> UserProfile | None:
        """The profile of a person of whom something is known."""
        if user_id is None:
            return None
        profile = self.journal.profile(user_id)
        return None if profile.is_new else profile

    def _reading(self, profile: UserProfile, snapshot: Snapshot, now: float | None) -> TasteReading:
        config = snapshot.learner.config.preferences
        return TasteReading(profile, snapshot.catalogue, self._time(now), config)

    def _at(
        self, snapshot: Snapshot, rows: Rows, reading: TasteReading | None, now: float | None
    ) -> Moment:
        at = self._time(now) if reading is None else reading.now
        vectors = snapshot.vectors.centred
        return Moment(snapshot.catalogue, vectors, rows, reading, self.crowd, at)

    def _candidates(
        self, snapshot: Snapshot, reading: TasteReading | None, query: Query, now: float | None
    ) -> Moment:
        """Everything that may be listed for a person, of the whole catalogue."""
        rows = listable_rows(snapshot, reading, query.filters)
        return self._at(snapshot, rows, reading, now)

    def _explain_search(
        self, item_id: str, user_id: str | None, text: str, now: float | None
    ) -> ExplainAnswer:
        item = self.item(item_id)
        answer = self.search(Query(text, top_n=MOST_RESULTS, user_id=user_id), now)
        out_of = len(answer.recommendations)
        for place, found in enumerate(answer.recommendations, start=1):
            if found.item.id == item.id:
                return ExplainAnswer(item, user_id, place, out_of, found)
        _, reading = self._moment(user_id, 1.0, now)
        reason = why_not(item, reading, searched=True)
        return ExplainAnswer(item, user_id, None, out_of, None, reason)

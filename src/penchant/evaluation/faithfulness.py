"""Are reasons true? Take the evidence of a reason away and see whether what it explained falls.

The person is folded again without all the events that a reason rests on, everything else as it was:
the reason's terms must fall, the item's score should, and its rank should where others stand so
close that the term decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from penchant.answers import PageBuilder
from penchant.candidates import listable_rows
from penchant.crowd.crowd import Crowd
from penchant.domain.query import Filters
from penchant.domain.record import Record
from penchant.domain.result import Explanation
from penchant.ranking.for_you import ForYou
from penchant.ranking.moment import Moment
from penchant.snapshot import Snapshot
from penchant.taste.reading import TasteReading

__all__ = ["FaithfulnessReport", "KindReport", "measure_faithfulness"]

EVENT, ITEM = "event:", "item:"
NEGLIGIBLE = 1e-9


@dataclass(slots=True)
class KindReport:
    """Counts over the reasons of one kind.

    `rank_asked` are those where some item stands within the term's amount below; `rank_fell` of
    them stood lower without the evidence.
    """

    reasons: int = 0
    term_fell: int = 0
    score_fell: int = 0
    rank_asked: int = 0
    rank_fell: int = 0


@dataclass(slots=True)
class FaithfulnessReport:
    """`largest_error` is the largest difference between a score and the sum of its reasons."""

    sums: int = 0
    largest_error: float = 0.0
    kinds: dict[str, KindReport] = field(default_factory=dict)

    @property
    def total(self) -> KindReport:
        """All kinds together."""
        whole = KindReport()
        for kind in self.kinds.values():
            whole.reasons += kind.reasons
            whole.term_fell += kind.term_fell
            whole.score_fell += kind.score_fell
            whole.rank_asked += kind.rank_asked
            whole.rank_fell += kind.rank_fell
        return whole


@dataclass(frozen=True)
class _Scene:
    """One person's list: who, from what, and how it was scored."""

    records: Sequence[Record]
    moment: Moment
    score: NDArray[np.float64]
    terms: Mapping[str, NDArray[np.float64]]


def measure_faithfulness(
    snapshot: Snapshot,
    for_you: ForYou,
    crowd: Crowd,
    people: Mapping[str, Sequence[Record]],
    now: float,
    rng: np.random.Generator,
    *,
    samples: int = 500,
    page: int = 10,
) -> FaithfulnessReport:
    """Reasons of the first `page` items of people's lists, tried one by one until `samples`.

    `people` maps a user to their records. A reason takes part when it lifts its item and names
    events, or items that the person has a verdict on.
    """
    report = FaithfulnessReport()
    tried = 0
    for user_id in rng.permutation(sorted(people)).tolist():
        scene = _scene(snapshot, for_you, crowd, user_id, people[user_id], now)
        found = list(_reasons(snapshot, for_you, scene, page, report))
        for place, reason in rng.permutation(np.array(found, dtype=object))[:MOST_OF_ONE_PERSON]:
            _try(report, snapshot, for_you, crowd, scene, int(place), reason)
            tried += 1
            if tried >= samples:
                return report
    return report


MOST_OF_ONE_PERSON = 10


def _scene(
    snapshot: Snapshot,
    for_you: ForYou,
    crowd: Crowd,
    user_id: str,
    records: Sequence[Record],
    now: float,
    rows: NDArray[np.int64] | None = None,
) -> _Scene:
    profile = snapshot.learner.fold(user_id, records)
    config = snapshot.learner.config.preferences
    reading = None if profile.is_new else TasteReading(profile, snapshot.catalogue, now, config)
    if rows is None:
        rows = listable_rows(snapshot, reading, Filters())
    moment = Moment(snapshot.catalogue, snapshot.vectors.centred, rows, reading, crowd, now)
    scores = for_you.scores(moment)
    return _Scene(records, moment, scores.score, scores.terms)


def _reasons(
    snapshot: Snapshot, for_you: ForYou, scene: _Scene, page: int, report: FaithfulnessReport
) -> Iterator[tuple[int, Explanation]]:
    """(place among the candidates, reason) of the list's first items."""
    order = np.lexsort((scene.moment.rows, -scene.score))[:page]
    builder = PageBuilder(
        snapshot, scene.moment.reading, moment=scene.moment, most_events=len(scene.records)
    )
    shown = builder.from_blend(scene.moment.rows, for_you.scores(scene.moment), order)
    for place, recommendation in zip(order.tolist(), shown, strict=True):
        told = sum(reason.contribution for reason in recommendation.explanations)
        error = abs(told - recommendation.personalized_score)
        report.sums += 1
        report.largest_error = max(report.largest_error, error)
        for reason in recommendation.explanations:
            if reason.contribution > NEGLIGIBLE and _events(scene, reason, recommendation.item.id):
                yield place, reason


def _events(scene: _Scene, reason: Explanation, item_id: str) -> frozenset[str]:
    """The events a reason rests on: those it names, else those about the items it names."""
    named = {name[len(EVENT) :] for name in reason.evidence if name.startswith(EVENT)}
    if not named and scene.moment.reading is not None:
        items = {name[len(ITEM) :] for name in reason.evidence if name.startswith(ITEM)} - {item_id}
        verdicts = scene.moment.reading.profile.verdicts.values()
        named = {verdict.event_id for verdict in verdicts if verdict.item_id in items}
    return frozenset(named)


def _try(
    report: FaithfulnessReport,
    snapshot: Snapshot,
    for_you: ForYou,
    crowd: Crowd,
    scene: _Scene,
    place: int,
    reason: Explanation,
) -> None:
    item_id = snapshot.catalogue.items[scene.moment.rows[place]].id
    gone = _events(scene, reason, item_id)
    kept = [record for record in scene.records if record.event_id not in gone]
    user_id = scene.records[0].user_id
    rows = scene.moment.rows
    without = _scene(snapshot, for_you, crowd, user_id, kept, scene.moment.now, rows)
    before = sum(float(scene.terms[name][place]) for name in reason.terms)
    after = sum(float(without.terms[n][place]) for n in reason.terms if n in without.terms)
    kind = report.kinds.setdefault(reason.type, KindReport())
    kind.reasons += 1
    kind.term_fell += after < before
    kind.score_fell += bool(without.score[place] < scene.score[place])
    gap = scene.score[place] - scene.score
    if bool(((gap > 0.0) & (gap < before - after)).any()):
        kind.rank_asked += 1
        kind.rank_fell += _rank(without.score, place) > _rank(scene.score, place)


def _rank(score: NDArray[np.float64], place: int) -> int:
    return int((score > score[place]).sum())

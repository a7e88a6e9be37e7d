"""What a crowd holds, by item ids, and the same counted the slow way straight from a log."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from worlds import DAY, NOON

from penchant.crowd.counts import CountMatrix
from penchant.crowd.crowd import Crowd
from penchant.crowd.transitions import TransitionConfig
from penchant.domain.feedback import Feedback
from penchant.domain.record import Record, RecordType
from penchant.taste.signals import DEFAULT_SIGNALS

__all__ = ["LogBook", "Portrait", "counted_slowly", "new_crowd", "portrait_of", "told"]

Pairs = dict[tuple[str, str], int]
SILENT = ("dismiss", "skip", "watchlist_remove")


class Portrait(NamedTuple):
    """Everything a crowd has counted, zeros left out: three tables, their sums, the days."""

    tables: tuple[Pairs, ...]
    row_sums: tuple[dict[str, int], ...]
    column_sums: tuple[dict[str, int], ...]
    days: Pairs


def portrait_of(crowd: Crowd) -> Portrait:
    """What a crowd holds, whatever columns its items happen to have."""
    ids = list(crowd.columns)
    tables = crowd._transitions.tables
    days = {
        (ids[column], day): people
        for day, counts in crowd._daily._days.items()
        for column, people in counts.items()
    }
    return Portrait(
        tuple(_pairs(table, ids) for table in tables),
        tuple(_sums(table.row_sums.tolist(), ids) for table in tables),
        tuple(_sums(table.column_sums.tolist(), ids) for table in tables),
        days,
    )


def _pairs(table: CountMatrix, ids: Sequence[str]) -> Pairs:
    leaders, followers, counts = (column.tolist() for column in table.counts())
    return {
        (ids[leader], ids[follower]): count
        for leader, follower, count in zip(leaders, followers, counts, strict=True)
    }


def _sums(sums: Sequence[int], ids: Sequence[str]) -> dict[str, int]:
    return {ids[column]: total for column, total in enumerate(sums) if total}


def counted_slowly(records: Iterable[Record], *, repeatable: bool = False) -> Portrait:
    """What a crowd must hold after these records: every pair of every person, one by one."""
    theirs: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        theirs[record.user_id].append(record)
    scales = TransitionConfig().scales
    tables: tuple[Counter[tuple[str, str]], ...] = tuple(Counter() for _ in scales)
    days: Counter[tuple[str, int]] = Counter()
    for user_id in filter(None, theirs):
        live = _live(theirs[user_id])
        days.update({(e.item_id, int(e.at // DAY)) for e in live if e.kind not in SILENT})
        path = _path(live, repeatable=repeatable)
        for scale, table in zip(scales, tables, strict=True):
            for place, follower in enumerate(path):
                for lag in range(min(place, scale.window)):
                    table[path[place - lag - 1], follower] += round(scale.decay**lag * 1024)
    return Portrait(
        tuple(dict(table) for table in tables),
        tuple(_summed(table, 0) for table in tables),
        tuple(_summed(table, 1) for table in tables),
        dict(days),
    )


def _live(records: Sequence[Record]) -> list[Feedback]:
    gone = {record.target for record in records if record.type is RecordType.RETRACTION}
    kept = [r for r in records if not r.retracted and r.event_id not in gone]
    since = max((r.position for r in kept if r.type is RecordType.RESET), default=0)
    live = [(r.at, r.position, r.feedback) for r in kept if r.feedback and r.position > since]
    return [feedback for _, _, feedback in sorted(live, key=lambda entry: entry[:2])]


def _path(events: Sequence[Feedback], *, repeatable: bool) -> list[str]:
    """The items in the order of the verdicts on them."""
    verdicts: dict[str, Feedback] = {}
    for event in events:
        rule = DEFAULT_SIGNALS.rule(event.kind)
        again = repeatable and rule.consumption
        name = event.event_id if again else event.item_id
        standing = verdicts.get(name)
        reach = rule.rank if rule.overrides is None else rule.overrides
        if standing is None or reach >= DEFAULT_SIGNALS.rule(standing.kind).rank:
            verdicts.pop(name, None)
            verdicts[name] = event
    return [event.item_id for event in verdicts.values() if event.kind not in SILENT]


def _summed(table: Counter[tuple[str, str]], side: int) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for pair, count in table.items():
        sums[pair[side]] += count
    return dict(sums)


def new_crowd(*, repeatable: bool = False) -> Crowd:
    """A crowd of nobody."""
    return Crowd(DEFAULT_SIGNALS, repeatable=repeatable)


def told(
    position: int,
    user_id: str,
    kind: str,
    item_id: str,
    value: float | None = None,
    *,
    at: float | None = None,
) -> Record:
    """One event of somebody; a second after noon for each position unless a time is given."""
    when = NOON + position if at is None else at
    name = f"e{position}"
    feedback = Feedback(name, user_id, item_id, kind, when, value)
    return Record(RecordType.FEEDBACK, name, user_id, when, position, feedback=feedback)


class LogBook:
    """A log in memory, as a crowd reads it; counts how often somebody's past was asked for."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self.records = list(records)
        self.asked: list[str] = []

    def recall(self, user_id: str) -> Sequence[Record]:
        """All records of one person, as EventLog.records_of."""
        self.asked.append(user_id)
        folded = (RecordType.FEEDBACK, RecordType.STATEMENT, RecordType.RESET)
        return [r for r in self.records if r.user_id == user_id and r.type in folded]

    def after(self, position: int) -> list[Record]:
        """All newer records."""
        return [record for record in self.records if record.position > position]

    def taught(self, crowd: Crowd | None = None) -> Crowd:
        """A crowd (a new one unless given) that has read everything at once."""
        crowd = crowd or new_crowd()
        crowd.learn(self.after(crowd.position), self.recall)
        return crowd

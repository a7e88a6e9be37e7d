"""Crowd: what everybody does, as a sum over people that can be taken back person by person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.crowd.counts import CountMatrix
from penchant.crowd.people import Hearing, Person
from penchant.crowd.popularity import SECONDS_PER_DAY, DailyCounts
from penchant.crowd.transitions import TransitionConfig, Transitions
from penchant.domain.record import Record
from penchant.taste.signals import Signals

__all__ = ["Crowd", "CrowdConfig", "Recall"]

NEGLIGIBLE = 1e-9

# Everything that the log holds of one person, as EventLog.records_of.
Recall = Callable[[str], Sequence[Record]]


@dataclass(frozen=True, slots=True)
class CrowdConfig:
    """How transitions are read and how fast popularity fades.

    `sharpness` is the exponent that turns the log-blend of transitions into a likelihood: at 1 the
    best candidates stand far above the rest, near 0 the order alone counts.
    """

    transitions: TransitionConfig = TransitionConfig()
    sharpness: float = 0.25
    popular_half_life_days: float = 30.0
    trend_half_life_days: float = 7.0


class Crowd:
    """Learns from records in the order of the log; safe between threads.

    Items are numbered as they come: `columns` maps an item id to its column. `position` is the
    newest record taken in.
    """

    def __init__(
        self, signals: Signals, *, repeatable: bool = False, config: CrowdConfig = CrowdConfig()
    ) -> None:
        self.config = config
        self.columns: dict[str, int] = {}
        self.position = 0
        self.people: dict[str, Person] = {}
        self.lock = RLock()
        self._hearing = Hearing(signals, repeatable, self._column)
        # What is consumed again and again may follow itself any number of times.
        tables = [CountMatrix(wide=repeatable) for _ in config.transitions.scales]
        self._transitions = Transitions(config.transitions, tables)
        self._daily = DailyCounts()
        # Each person once per item, on the newest of their days, so that people can be counted.
        self._visitors = DailyCounts()
        self._laid_out: tuple[Catalogue, int, NDArray[np.int64]] | None = None

    @property
    def fingerprint(self) -> str:
        """Names how events are heard: crowds of two fingerprints stand for different things."""
        return self._hearing.fingerprint

    def learn(self, records: Iterable[Record], recall: Recall) -> None:
        """Take in newer records of the log; `recall` gives all records of one person.

        Each person's share is changed once, by the difference between what it was and what it is.
        """
        theirs: dict[str, list[Record]] = {}
        position = self.position
        for record in records:
            position = max(position, record.position)
            if record.user_id:
                theirs.setdefault(record.user_id, []).append(record)
        with self.lock:
            for user_id, new in theirs.items():
                self._hear(user_id, new, recall)
            self.position = position

    def relearn(self, user_id: str, records: Iterable[Record]) -> None:
        """Make one person's share what these records give; with none, the person was never here."""
        with self.lock:
            before = self.people.get(user_id, Person())
            self._replace(user_id, before, Person.recalled(records, self._hearing))

    def unlearn(self, user_id: str) -> None:
        """Take everything that one person added back out."""
        self.relearn(user_id, ())

    def restore(self, position: int, columns: Iterable[str], people: Mapping[str, Person]) -> None:
        """Become a crowd that was stored: its columns in their order, and its people."""
        with self.lock:
            for item_id in columns:
                self._column(item_id)
            self._transitions.grow(len(self.columns))
            for user_id, person in people.items():
                self._replace(user_id, Person(), person)
            self.position = position

    def continuations(
        self, history: Sequence[str], candidates: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], float]:
        """How well candidate columns continue a history of item ids, newest first.

        The scores of Transitions.scores as a share of the best one's likelihood, in [0, 1], 0 where
        nothing leads, and how many transitions (weighted by age) stand behind them. A column of -1
        stands for an item that nobody has turned to.
        """
        with self.lock:
            known = self._known(history)
            likelihood = np.zeros(len(candidates))
            met = candidates >= 0
            evidence = self._transitions.evidence(known)
            if evidence > 0.0 and met.any():
                scores = self._transitions.scores(known, candidates[met])
                sharpness = self.config.sharpness
                raised = np.exp(sharpness * scores)
                raised -= np.exp(sharpness * self._transitions.least_score)
                raised[raised < NEGLIGIBLE] = 0.0
                likelihood[met] = raised / (float(raised.max()) or 1.0)
            return likelihood, evidence

    def one_scale(
        self, history: Sequence[str], candidates: NDArray[np.int64], config: TransitionConfig
    ) -> NDArray[np.float64]:
        """What the middle table alone says under another reading of it, float64 (candidates,)."""
        with self.lock:
            alone = Transitions(config, self._transitions.tables[1:2])
            scores = np.full(len(candidates), alone.least_score)
            met = candidates >= 0
            if met.any():
                scores[met] = alone.scores(self._known(history), candidates[met])
            return scores

    def leaders(self, history: Sequence[str], item_id: str) -> list[tuple[str, float, bool]]:
        """The items of a history that lead to one item, strongest first, with their strength.

        And whether most of it is people going on from them to the item, not the other way round.
        """
        with self.lock:
            column = self.columns.get(item_id)
            held = [known for known in history if known in self.columns]
            if column is None or not held:
                return []
            onward, back = self._transitions.led_by(self._known(held), column)
            found = [
                (item, float(ahead + behind), bool(ahead >= behind))
                for item, ahead, behind in zip(held, onward, back, strict=False)
                if ahead + behind > 0.0
            ]
            return sorted(found, key=lambda leader: -leader[1])

    def popular(self, now: float) -> NDArray[np.float64]:
        """Visits per column, fading slowly, float64 (columns + 1,); the last, for -1, is 0.

        A visit is a person turning to an item on a day, however often. Columns that are handed out
        later are not in it: ask for the columns of a catalogue first.
        """
        return self._faded(self.config.popular_half_life_days, now)

    def trending(self, now: float) -> NDArray[np.float64]:
        """Visits per column, fading fast; see `popular`."""
        return self._faded(self.config.trend_half_life_days, now)

    def turned_to(self, item_id: str, now: float, within_days: int | None = None) -> int:
        """How many people turned to an item by now, or within some days of which today is the last.

        Days are whole days, UTC. Who came again after `now` is left out.
        """
        with self.lock:
            column = self.columns.get(item_id)
            today = int(now // SECONDS_PER_DAY)
            first = 0 if within_days is None else today - within_days + 1
            days = range(first, today + 1)
            return 0 if column is None else self._visitors.total(column, days)

    def columns_of(self, catalogue: Catalogue) -> NDArray[np.int64]:
        """The column of each row, -1 where nobody has turned to the item yet, int64 (rows,)."""
        with self.lock:
            laid_out = self._laid_out
            if laid_out is None or laid_out[:2] != (catalogue, len(self.columns)):
                columns = (self.columns.get(item.id, -1) for item in catalogue.items)
                found = np.fromiter(columns, np.int64, len(catalogue))
                laid_out = self._laid_out = (catalogue, len(self.columns), found)
            return laid_out[2]

    def _faded(self, half_life_days: float, now: float) -> NDArray[np.float64]:
        with self.lock:
            size = len(self.columns)
            return np.append(self._daily.faded(half_life_days, now, size), 0.0)

    def _hear(self, user_id: str, new: Sequence[Record], recall: Recall) -> None:
        person = self.people.get(user_id, Person())
        if person.must_be_recalled(new, self._hearing):
            self._replace(user_id, person, Person.recalled(recall(user_id), self._hearing))
            return
        self.people[user_id] = person
        heard = person.hear(new, self._hearing)
        self._transitions.grow(len(self.columns))
        if heard.before is None:
            self._transitions.extend(person.sequence, heard.start)
        else:
            self._transitions.replace(heard.before, person.sequence)
        for column, day, day_before in heard.days:
            self._daily.add(column, day)
            self._visitors.add(column, day)
            if day_before is not None:
                self._visitors.add(column, day_before, -1)

    def _replace(self, user_id: str, old: Person, new: Person) -> None:
        """Change the sums from what a person added before to what the person adds now."""
        self._transitions.grow(len(self.columns))
        self._transitions.replace(old.sequence, new.sequence)
        for person, people in ((old, -1), (new, 1)):
            other = new if person is old else old
            for column, day in person.days - other.days:
                self._daily.add(column, day, people)
            for column, day in person.newest_day.items() - other.newest_day.items():
                self._visitors.add(column, day, people)
        self.people[user_id] = new
        if new.position == 0:
            del self.people[user_id]

    def _column(self, item_id: str) -> int:
        return self.columns.setdefault(item_id, len(self.columns))

    def _known(self, history: Sequence[str]) -> NDArray[np.int64]:
        return np.array([self.columns[i] for i in history if i in self.columns], dtype=np.int64)

"""What one more event costs beside a bare dict update of the same size, and how fast logs fold.

Run `python -m benchmarks.fold [items]`. Everything is in memory; nothing is stored or served. The
catalogue is made up: 3,700 items of 3 genres, 10 themes, 5 actors and 2 directors each, with random
vectors of 256 dimensions. In one run, person by person in turn:

- `profile`: Learner.learn of one further record onto the person's profile (Learner.fold of all
  records of the person in the second table);
- `crowd`: Crowd.learn of the same records; `penchant` is the sum of both;
- `dicts`: for every facet value that the record teaches `value += .2 * (1 - value)` in the person's
  own dict, and for every pair of items that the record adds to one of the three transition tables
  `count += weight` in the dict of that table. As many keys as Penchant touches and nothing else: no
  evidence, times, names, vectors, interests, verdicts, days, or way to take anything back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn

import numpy as np

from benchmarks import Times, elapsed_ms, print_heading, print_table
from benchmarks.random_world import DAY_S, NOW, random_learner, record_of, walks
from penchant.crowd.crowd import Crowd
from penchant.crowd.transitions import TransitionConfig
from penchant.domain.profile import UserProfile
from penchant.domain.record import Record
from penchant.taste.learner import Learner

ITEMS = 3_700
VERDICTS = (50, 200)
PEOPLE = 160
FOLDED_VERDICTS = 150
CATALOGUES = {"genres only": ("genre",), "all facets": ("genre", "theme", "actor", "director")}
WARM = 10
MS_PER_S = 1_000.0

Taken = dict[str, list[float]]


@dataclass
class Dicts:
    """Preferences and transitions as plain dicts that are only ever added to."""

    learner: Learner
    values: dict[str, dict[tuple[str, str], float]] = field(default_factory=dict)
    seen: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        catalogue = self.learner.catalogue
        self.taught = {
            item.id: [(one.facet, key) for one in catalogue.lessons(row) for key in one.keys]
            for row, item in enumerate(catalogue.items)
        }
        scales = TransitionConfig().scales
        self.tables: list[tuple[list[int], dict[tuple[str, str], int]]] = [
            (scale.weights.tolist(), {}) for scale in scales
        ]

    def learn(self, records: Sequence[Record]) -> None:
        """Add what records of one person say, in their order."""
        for record in records:
            if record.feedback is None:
                continue
            user_id, item_id = record.user_id, record.feedback.item_id
            values = self.values.setdefault(user_id, {})
            for key in self.taught[item_id]:
                value = values.get(key, 0.5)
                values[key] = value + 0.2 * (1.0 - value)
            seen = self.seen.setdefault(user_id, [])
            for weights, counts in self.tables:
                for leader, weight in zip(reversed(seen), weights, strict=False):
                    pair = (leader, item_id)
                    counts[pair] = counts.get(pair, 0) + weight
            seen.append(item_id)

    def keys_touched(self, verdicts: int) -> int:
        """How many keys one further event touches, in the mean."""
        pairs = sum(min(len(weights), verdicts) for weights, _ in self.tables)
        return pairs + round(float(np.mean([len(keys) for keys in self.taught.values()])))


def main(items: int = ITEMS) -> None:
    """Measure and print."""
    print_heading(f"folding on {items:,} items, {PEOPLE} people")
    print("one further event:")
    lines = []
    for verdicts in VERDICTS:
        learner = random_learner(items, np.random.default_rng(1))
        keys = Dicts(learner).keys_touched(verdicts)
        taken = _further(learner, verdicts)
        lines.append((f"{verdicts}", f"{keys}", *_compared(taken), *_milliseconds(taken)))
    print_table(
        ("verdicts", "keys", "ratio", "quick ratio", "penchant", "profile", "crowd", "dicts"), lines
    )
    print(f"whole people of {FOLDED_VERDICTS} events, events/s:")
    lines = []
    for name, facets in CATALOGUES.items():
        taken = _whole(random_learner(items, np.random.default_rng(1), facets))
        lines.append((name, *_compared(taken), *_rates(taken)))
    print_table(
        (
            "catalogue",
            "ratio",
            "quick ratio",
            "quick penchant",
            "penchant",
            "profile",
            "crowd",
            "dicts",
        ),
        lines,
    )


def _further(learner: Learner, verdicts: int) -> Taken:
    """The times of one event more for people who have so many verdicts."""
    crowd, dicts = Crowd(learner.signals), Dicts(learner)
    known: list[tuple[UserProfile, Record]] = []
    for records in _people(learner, verdicts + 1):
        *past, further = records
        known.append((learner.fold(further.user_id, past), further))
        crowd.learn(past, _not_asked)
        dicts.learn(past)
    return _in_turn(
        [
            (
                partial(learner.learn, profile, further),
                partial(crowd.learn, [further], _not_asked),
                partial(dicts.learn, [further]),
            )
            for profile, further in known
        ]
    )


def _whole(learner: Learner) -> Taken:
    """The times of all records of people who were not known before."""
    crowd, dicts = Crowd(learner.signals), Dicts(learner)
    return _in_turn(
        [
            (
                partial(learner.fold, records[0].user_id, records),
                partial(crowd.learn, records, _not_asked),
                partial(dicts.learn, records),
            )
            for records in _people(learner, FOLDED_VERDICTS)
        ]
    )


def _people(learner: Learner, length: int) -> list[list[Record]]:
    """The records of each person: a day between any two, the positions those of the log."""
    rng = np.random.default_rng(2)
    ids = [item.id for item in learner.catalogue.items]
    found: list[list[Record]] = []
    for number, rows in enumerate(walks(PEOPLE, length, len(ids), rng)):
        first = NOW - len(rows) * DAY_S + DAY_S * rng.random()
        found.append(
            [
                record_of(f"user-{number}", ids[row], first + n * DAY_S, number * length + n + 1)
                for n, row in enumerate(rows)
            ]
        )
    return found


def _in_turn(steps: Sequence[tuple[Callable[[], object], ...]]) -> Taken:
    """Milliseconds by what was called, the first few steps left out."""
    taken: Taken = {"penchant": [], "profile": [], "crowd": [], "dicts": []}
    for number, (profile, crowd, dicts) in enumerate(steps):
        took = [elapsed_ms(call) for call in (profile, crowd, dicts)]
        if number >= WARM:
            for name, milliseconds in zip(taken, (took[0] + took[1], *took), strict=True):
                taken[name].append(milliseconds)
    return taken


def _compared(taken: Taken) -> tuple[str, str]:
    penchant, dicts = Times.of(taken["penchant"]), Times.of(taken["dicts"])
    return f"{penchant.median / dicts.median:.1f}", f"{penchant.quick / dicts.quick:.1f}"


def _milliseconds(taken: Taken) -> list[str]:
    return [f"{Times.of(one).median:.3f}" for one in taken.values()]


def _rates(taken: Taken) -> list[str]:
    times = {name: Times.of(one) for name, one in taken.items()}
    milliseconds = [times["penchant"].quick, *(one.median for one in times.values())]
    return [f"{FOLDED_VERDICTS * MS_PER_S / one:,.0f}" for one in milliseconds]


def _not_asked(user_id: str) -> NoReturn:
    """Everything is new and in order, so that nobody's past is asked for."""
    raise AssertionError(user_id)


if __name__ == "__main__":
    main(*(int(given) for given in sys.argv[1:2]))

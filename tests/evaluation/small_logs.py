"""Logs whose right answers are known by construction, and models simple enough to foresee."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from worlds import DAY, NOON, make_item

from penchant.catalogue.schema import CatalogueSchema, load_bundled_schema
from penchant.datasets.log import EventColumns
from penchant.domain.item import Item
from penchant.evaluation.problem import Problem

SCHEMA: CatalogueSchema = load_bundled_schema()

# User, item and day; then a kind and a value where the event is more than "watched".
Told = tuple[str, str, float] | tuple[str, str, float, str] | tuple[str, str, float, str, float]


def log_of(*told: Told) -> EventColumns:
    """A log from short rows; the kind is `watched` unless given."""
    rows = [(*row, "watched", None)[:5] if len(row) == 3 else (*row, None)[:5] for row in told]
    return EventColumns.of(
        [str(row[0]) for row in rows],
        [str(row[1]) for row in rows],
        [str(row[3]) for row in rows],
        [row[4] for row in rows],  # type: ignore[misc]
        [NOON + DAY * float(row[2]) for row in rows],
    )


def ring(people: int, items: int, length: int) -> EventColumns:
    """Everybody walks the same ring of items, each from another start: b always follows a."""
    return log_of(
        *(
            (f"u{person}", f"i{(person + step) % items:02}", step + person / 1_000)
            for person in range(people)
            for step in range(length)
        )
    )


def fashion(people: int) -> EventColumns:
    """Everybody meets five items of their own and then, last, the one that is everybody's."""
    own = [
        (f"u{person}", f"own{person}-{n}", float(n)) for person in range(people) for n in range(5)
    ]
    # Half of the people meet it early, so that its counts are known before the targets.
    early = [(f"early{person}", "hit", 0.5) for person in range(people)]
    return log_of(*own, *early, *((f"u{person}", "hit", 9.0) for person in range(people)))


def checkerboard(people: int = 40, items: int = 40) -> tuple[EventColumns, list[Item]]:
    """Even people meet even items and odd people odd ones; each one's last item is withheld.

    Every item is the last of somebody, so that nothing but the pattern tells which one is missing.
    """
    rng = random.Random(7)
    told: list[Told] = []
    for person in range(people):
        mine = [f"i{n:02}" for n in range(items) if n % 2 == person % 2]
        missing = mine[(person // 2) % len(mine)]
        first = [item for item in mine if item != missing]
        rng.shuffle(first)
        told += [(f"u{person:02}", item, float(n)) for n, item in enumerate([*first, missing])]
    board = [
        make_item(f"i{n:02}", title=f"{'Even' if n % 2 == 0 else 'Odd'} {n}",
                  genre=["Medical" if n % 2 == 0 else "Comedy"],
                  actor=["Even Actor" if n % 2 == 0 else "Odd Actor"])
        for n in range(items)
    ]  # fmt: skip
    return log_of(*told), board


def problem_of(log: EventColumns, items: Sequence[Item] = (), seed: int = 0) -> Problem:
    """The problem of a log with the bundled schema."""
    return Problem.of(log, SCHEMA, items, seed=seed)


class Spy:
    """Scores everything alike and remembers what it was taught before each question."""

    name = "spy"
    online = True

    def __init__(self, problem: Problem) -> None:
        self.item_count = len(problem.item_ids)
        self.taught: list[EventColumns] = []
        self.asked: list[tuple[int, float, int]] = []

    @property
    def numbers(self) -> list[int]:
        """The numbers of the events taught, in the order of teaching."""
        return [number for part in self.taught for number in part.number.tolist()]

    def learn(self, log: EventColumns) -> None:
        self.taught.append(log)

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        self.asked.append((user, at, len(self.numbers)))
        return np.zeros(self.item_count)


class Follows:
    """Transitions at their simplest: how often each item came right after the user's last one."""

    name = "follows"
    online = True

    def __init__(self, problem: Problem) -> None:
        self.counts = np.zeros((len(problem.item_ids), len(problem.item_ids)))
        self.last: dict[int, int] = {}

    def learn(self, log: EventColumns) -> None:
        for user, item in zip(log.user.tolist(), log.item.tolist(), strict=True):
            if user in self.last:
                self.counts[self.last[user], item] += 1.0
            self.last[user] = item

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        del at
        return self.counts[self.last[user]] if user in self.last else np.zeros(len(self.counts))


class Constant:
    """The same scores for everybody, whatever it was taught."""

    online = True

    def __init__(self, name: str, scores: Sequence[float]) -> None:
        self.name = name
        self.given = np.array(scores, dtype=np.float64)

    def learn(self, log: EventColumns) -> None:
        del log

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        del user, at
        return self.given


@st.composite
def logs(draw: st.DrawFn) -> EventColumns:
    """Small logs with ties, repeats and every way of saying no."""
    kinds = st.sampled_from(["watched", "rating", "dismiss", "skip", "watchlist_remove", "click"])
    row = st.tuples(st.sampled_from("abcd"), st.sampled_from("uvwxyz"), st.integers(0, 6), kinds)
    rows = draw(st.lists(row, min_size=1, max_size=50))
    return log_of(
        *((u, i, float(d), k, 7.0 if d % 2 else 3.0) if k == "rating"
          else (u, i, float(d), k) for u, i, d, k in rows)
    )  # fmt: skip

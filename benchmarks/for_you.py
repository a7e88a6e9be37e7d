"""What For You costs over a whole catalogue beside the bare products of the same shape.

Run `python -m benchmarks.for_you [items ...]`. Items, vectors and people are made up
(`random_world`); one person has 100 verdicts, the crowd has as many events as the table says, made
of short walks from items drawn by Zipf's law. Each size runs in a process of its own. In one run,
in turn:

- `scores`: a fresh TasteReading and Moment of all items that the person has not seen, and
  ForYou.scores of it: all scorers, boosts, and their blend as named terms;
- `first`: the same as the first answer after somebody's event, which the crowd has just taken in;
- `page`: what Engine.recommend does once it has the profile: which items may be listed, `scores`,
  the order, variety, and the top 10 with reasons (in a few rounds of its own);
- `products`: one CSR float32 matrix (items x values of all facets side by side) times a dense
  vector, and the dense float32 matrix (items x 256) of all vectors times one vector, added up: the
  least that scoring by facets and by one vector takes, with no crowd, no history and no terms.

`peak MB` is the most memory the process ever held (resource.getrusage) before and after the crowd
was built, by restoring its people as a process does that starts again; those people stand in memory
before. The second table says what each scorer takes by itself, in the same state as `scores`.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import count
from multiprocessing import get_context

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks import Times, in_turn, print_heading, print_table
from benchmarks.random_world import DAY_S, NOW, random_learner, record_of, walks
from penchant.answers import PageBuilder
from penchant.candidates import listable_rows
from penchant.crowd.crowd import Crowd
from penchant.crowd.people import Person, Standing, newest_days
from penchant.domain.profile import UserProfile
from penchant.domain.query import Filters
from penchant.domain.result import Recommendation
from penchant.ranking.blend import Blend, BlendedScores
from penchant.ranking.boosts import PersonalizationEngine
from penchant.ranking.diversify import diversified
from penchant.ranking.for_you import ForYou
from penchant.ranking.moment import Moment, Scorer
from penchant.search.retriever import Retriever
from penchant.snapshot import Snapshot
from penchant.taste.interests import InterestModel
from penchant.taste.learner import Learner
from penchant.taste.reading import TasteReading

EVENTS = {3_700: 1_000_000, 20_000: 1_000_000, 100_000: 2_000_000}
FEWEST_EVENTS = 100_000
WALKED = 25
VERDICTS = 100
SHOWN, POOL = 10, 50
ROUNDS = 40
PAGES = 5
MB_IN_KB = 1_024.0


@dataclass(frozen=True)
class Run:
    """What came out for one size."""

    items: int
    events: int
    times: dict[str, Times]
    parts: dict[str, Times]
    peak_mb: tuple[float, float]
    built_s: float


@dataclass(frozen=True)
class World:
    """Everything that one answer goes by, and the next event."""

    snapshot: Snapshot
    crowd: Crowd
    learner: Learner
    profile: UserProfile
    further: count[int] = field(default_factory=lambda: count(2**40))
    for_you: ForYou = field(
        default_factory=lambda: ForYou(Blend(PersonalizationEngine(), InterestModel()))
    )

    @classmethod
    def made(cls, learner: Learner, crowd: Crowd) -> World:
        """One person more, with a verdict every other day."""
        rng = np.random.default_rng(2)
        ids = [item.id for item in learner.catalogue.items]
        watched = [ids[row] for row in walks(1, VERDICTS, len(ids), rng)[0]]
        records = [
            record_of("mina", item_id, NOW - 1.9 * DAY_S * (len(watched) - n), crowd.position + n)
            for n, item_id in enumerate(watched, start=1)
        ]
        crowd.learn(records, lambda _: records)
        profile = learner.fold("mina", records)
        retriever = Retriever(learner.catalogue, learner.vectors)
        snapshot = Snapshot(learner.catalogue, learner.vectors, retriever, learner)
        return cls(snapshot, crowd, learner, profile)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """What may be listed."""
        return self.moment().rows

    def reading_now(self) -> TasteReading:
        """The profile read anew."""
        return TasteReading(self.profile, self.learner.catalogue, NOW)

    def moment(self) -> Moment:
        """What an answer starts from, read anew."""
        catalogue, reading = self.learner.catalogue, self.reading_now()
        rows = listable_rows(self.snapshot, reading, Filters())
        return Moment(catalogue, self.learner.vectors.centred, rows, reading, self.crowd, NOW)

    def event(self) -> None:
        """Somebody turns to an item that was met before."""
        position = next(self.further)
        item_id = next(iter(self.crowd.columns))
        record = record_of(f"guest-{position}", item_id, NOW - 60.0, position)
        self.crowd.learn([record], lambda _: [record])

    def scores(self) -> BlendedScores:
        """For You over everything that may be listed."""
        return self.for_you.scores(self.moment())

    def page(self) -> tuple[Recommendation, ...]:
        """The top 10, varied and explained."""
        moment = self.moment()
        scores = self.for_you.scores(moment)
        order = np.lexsort((moment.rows, -scores.score))[:POOL]
        vectors = moment.vectors[moment.rows[order]]
        varied = diversified(scores.score[order], vectors, SHOWN)
        builder = PageBuilder(self.snapshot, moment.reading, moment=moment)
        return builder.from_blend(moment.rows, scores, order[varied])

    def parts(self) -> dict[str, Callable[[], object]]:
        """What `scores` is made of, each from a moment of its own; `moment` is that alone."""
        blend = self.for_you.blend
        parts: dict[str, Callable[[], object]] = {"moment": self.moment}
        for scorer in self.for_you.scorers:
            parts[scorer.name] = partial(_said, scorer, self.moment)
        parts["boosts"] = lambda: blend.personalization.boosts(self.reading_now(), self.rows)
        parts["boosts and vectors"] = lambda: blend.personal_columns(
            self.reading_now(), self.learner.vectors.centred, self.rows
        )
        return parts

    def products(self) -> Callable[[], NDArray[np.float32]]:
        """The bare products, with their matrices made beforehand."""
        catalogue = self.learner.catalogue
        matrices = [index.matrix for index in catalogue.facets.values()]
        values = sparse.csr_matrix(sparse.hstack(matrices, dtype=np.float32))
        rng = np.random.default_rng(3)
        liked = rng.random(values.shape[1], dtype=np.float32)
        vectors = self.learner.vectors.centred
        direction = vectors[0].copy()
        return lambda: values @ liked + vectors @ direction


def main(sizes: list[int] | None = None) -> None:
    """Measure and print."""
    print_heading("For You over the whole catalogue")
    runs = []
    # A child each, started afresh: what a size needs in memory is its own.
    for items in sizes or EVENTS:
        with ProcessPoolExecutor(1, get_context("spawn")) as child:
            runs.append(child.submit(measured, items, _events(items)).result())
    print_table(
        (
            "items",
            "events",
            "scores/products",
            "quick ratio",
            "first/products",
            "page/products",
            "scores",
            "first",
            "page",
            "products",
            "peak MB",
            "with crowd",
            "crowd s",
        ),
        [_line(run) for run in runs],
    )
    print("what each part takes by itself:")
    columns = list(runs[0].parts)
    print_table(
        ("items", *columns),
        [(f"{r.items:,}", *(f"{r.parts[name].median:.2f}" for name in columns)) for r in runs],
    )


def measured(items: int, events: int) -> Run:
    """One size."""
    rng = np.random.default_rng(1)
    learner = random_learner(items, rng)
    learner.catalogue.facets.items()
    people = _people(learner, events, rng)
    before = _peak_mb()
    started = time.perf_counter()
    crowd = Crowd(learner.signals)
    crowd.restore(events, [item.id for item in learner.catalogue.items], people)
    built_s, after = time.perf_counter() - started, _peak_mb()
    del people
    world = World.made(learner, crowd)
    calls: dict[str, Callable[[], object]] = {
        "event": world.event,
        "first": world.scores,
        "scores": world.scores,
        "products": world.products(),
    }
    times = in_turn(calls, ROUNDS) | in_turn({"page": world.page}, PAGES, warm=1)
    return Run(items, events, times, in_turn(world.parts(), ROUNDS), (before, after), built_s)


def _people(learner: Learner, events: int, rng: np.random.Generator) -> dict[str, Person]:
    """People with short sequences, five items a day, at some time of the last year."""
    ids = [item.id for item in learner.catalogue.items]
    rank = learner.signals.rule("watched").rank
    found: dict[str, Person] = {}
    position = 0
    for number, rows in enumerate(walks(events // WALKED, WALKED, len(ids), rng)):
        first, position = position + 1, position + len(rows)
        day = int(NOW // DAY_S) - 5 - int(360 * rng.random())
        days = {(row, day + place // 5) for place, row in enumerate(rows)}
        found[f"user-{number}"] = Person(
            first,
            position,
            (DAY_S * (day + 5), position),
            {ids[row]: Standing(row, rank, leads=True) for row in rows},
            rows,
            days,
            newest_days(days),
        )
    return found


def _line(run: Run) -> tuple[str, ...]:
    times, products = run.times, run.times["products"]
    ratios = {name: f"{times[name].median / products.median:.1f}" for name in times}
    return (
        f"{run.items:,}",
        f"{run.events:,}",
        ratios["scores"],
        f"{times['scores'].quick / products.quick:.1f}",
        ratios["first"],
        ratios["page"],
        *(f"{times[name].median:.2f}" for name in ("scores", "first", "page", "products")),
        *(f"{peak:,.0f}" for peak in run.peak_mb),
        f"{run.built_s:.0f}",
    )


def _events(items: int) -> int:
    """Of a size in the table what stands there; of another in between, ten for each item."""
    return EVENTS.get(items, max(10 * items, FEWEST_EVENTS))


def _said(scorer: Scorer, moment: Callable[[], Moment]) -> object:
    return scorer.scores(moment())


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB_IN_KB


if __name__ == "__main__":
    main([int(given) for given in sys.argv[1:]])

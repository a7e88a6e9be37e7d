"""What ranking 1,000 candidates and explaining the top 20 costs beside bare numpy, and a loop.

Run `python -m benchmarks.ranking [candidates]`. For one person with 200 verdicts, in turn:

- `penchant`: the stored profile is read as of now, the candidates are ranked with all their terms
  kept, guarded (search), and the first 20 come out as recommendations with reasons;
- `numpy`: the same formulas written out over the same arrays, one argsort, and 20 bare objects of
  item, base and score: no terms, no guard, no reasons;
- `loop`: the formulas of the seed documents, item by item in Python, all items sorted.

`read before` leaves out reading the profile, on both sides. Items are the bundled ones, remixed;
their vectors are those of the default encoder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarks import in_turn, print_heading, print_table
from penchant.answers import PageBuilder
from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.encoder import WordLlamaEncoder
from penchant.catalogue.schema import load_bundled_schema
from penchant.catalogue.source import read_bundled_items
from penchant.catalogue.vectors import ItemVectors, build_vectors
from penchant.domain.feedback import Feedback
from penchant.domain.item import FacetSpec, Item, facet_key
from penchant.domain.profile import UserProfile
from penchant.domain.query import Intent
from penchant.domain.record import Record, RecordType
from penchant.domain.result import Candidates, Recommendation
from penchant.ranking.blend import Blend, BlendConfig, Sides
from penchant.ranking.boosts import PersonalizationEngine
from penchant.ranking.engine import RankingEngine
from penchant.ranking.explain import MatchedQuery
from penchant.ranking.weights import BlendWeights
from penchant.search.retriever import Retriever
from penchant.snapshot import Snapshot
from penchant.taste.interests import InterestModel
from penchant.taste.learner import Learner
from penchant.taste.reading import TasteReading
from penchant.taste.signals import DEFAULT_SIGNALS

CANDIDATES = 1_000
VERDICTS = 200
SHOWN = 20
ROUNDS = 150
NOW, DAY_S = 1_750_000_000.0, 86_400.0
NEUTRAL, HALF_LIVES_DAYS = 0.5, np.array([90.0, 30.0])
SEEDS = "100 (1,000 items), 20-50 (re-ranking)"

Column = NDArray[np.float64]
Rows = NDArray[np.int64]
Taste = Mapping[str, tuple[Column, Column]]


def main(candidates: int = CANDIDATES) -> None:
    """Measure and print."""
    world = World.made(candidates)
    bare, seeds = Bare(world), SeedLoop(world)
    read, taste = world.reading(), bare.taste()
    cases: dict[str, tuple[Callable[[], object], ...]] = {
        "search": (lambda: world.search(world.reading()), lambda: bare.search(bare.taste())),
        "search, read before": (lambda: world.search(read), lambda: bare.search(taste)),
        "for you": (lambda: world.for_you(world.reading()), lambda: bare.for_you(bare.taste())),
        "for you, read before": (lambda: world.for_you(read), lambda: bare.for_you(taste)),
    }
    _check_same_order(world, bare)
    print_heading(f"ranking {candidates:,} candidates, explaining {SHOWN}")
    lines = []
    for name, (subject, reference) in cases.items():
        loop = seeds.boosted if name.startswith("search") else seeds.blended
        found = in_turn({"penchant": subject, "numpy": reference}, ROUNDS)
        looped = in_turn({"penchant": subject, "loop": loop}, ROUNDS // 5)
        lines.append(
            (
                name,
                f"{found['penchant'].median:.3f}",
                f"{found['numpy'].median:.3f}",
                f"{found['penchant'].median / found['numpy'].median:.2f}",
                f"{found['penchant'].quick / found['numpy'].quick:.2f}",
                f"{looped['loop'].median:.2f}",
                f"{looped['loop'].median / looped['penchant'].median:.1f}",
                SEEDS,
            )
        )
    print_table(
        (
            "list",
            "penchant",
            "numpy",
            "ratio",
            "quick ratio",
            "loop",
            "loop/penchant",
            "seeds' goal",
        ),
        lines,
    )


@dataclass(frozen=True)
class World:
    """A catalogue, one person's profile, and candidates: what a request starts from."""

    snapshot: Snapshot
    profile: UserProfile
    candidates: Candidates
    query: MatchedQuery

    @classmethod
    def made(cls, candidates: int) -> World:
        """Twice as many items as candidates, seeded."""
        rng = np.random.default_rng(1)
        schema = load_bundled_schema()
        catalogue = Catalogue(schema, _remixed(read_bundled_items(), 2 * candidates, rng))
        vectors: ItemVectors = build_vectors(catalogue, WordLlamaEncoder())
        learner = Learner(catalogue, vectors, DEFAULT_SIGNALS.on_scale(*schema.rating_scale))
        retriever = Retriever(catalogue, vectors)
        rows = rng.permutation(len(catalogue))[:candidates]
        terms = {name: rng.random(candidates) / 2.0 for name in ("lexical", "semantic")}
        return cls(
            Snapshot(catalogue, vectors, retriever, learner),
            learner.fold("mina", _history(catalogue, rng)),
            Candidates(rows, terms, (rng.random(candidates) < 0.05).astype(np.int8)),
            MatchedQuery("romantic comedy", retriever.analyse("romantic comedy")),
        )

    def reading(self) -> TasteReading:
        """The profile as of now."""
        return TasteReading(self.profile, self.snapshot.catalogue, NOW)

    def search(self, reading: TasteReading) -> Sequence[Recommendation]:
        """The page of a query's candidates."""
        found = RankingEngine().rank(self.candidates, reading, Intent.VAGUE, count=SHOWN)
        return PageBuilder(self.snapshot, reading, self.query).from_search(found)

    def for_you(self, reading: TasteReading) -> Sequence[Recommendation]:
        """The page of the same rows without a query."""
        rows, vectors = self.candidates.rows, self.snapshot.vectors.centred
        scores = self.blend.scores(reading, vectors, rows, Sides(self.model()))
        order = np.lexsort((rows, -scores.score))[:SHOWN]
        return PageBuilder(self.snapshot, reading).from_blend(rows, scores, order)

    def model(self) -> dict[str, Column]:
        """The scorers that know no person."""
        catalogue, rows = self.snapshot.catalogue, self.candidates.rows
        return {"popularity": catalogue.popularity[rows], "quality": catalogue.quality[rows]}

    @cached_property
    def blend(self) -> Blend:
        """The blend of what needs neither a crowd nor a clock."""
        weights = BlendWeights(
            {"facets": 0.5, "embedding": 0.25, "interests": 0.25},
            {"popularity": 0.6, "quality": 0.4},
        )
        return Blend(PersonalizationEngine(), InterestModel(), BlendConfig(weights=weights))

    @cached_property
    def facets(self) -> tuple[FacetSpec, ...]:
        """The facets that move scores."""
        return tuple(spec for spec in self.snapshot.catalogue.schema.facets if spec.boost > 0.0)


@dataclass(frozen=True)
class Result:
    """A bare result object."""

    item: Item
    base: float
    score: float


@dataclass(frozen=True)
class Bare:
    """The same scoring, written out."""

    world: World

    def taste(self) -> Taste:
        """Faded values and confidences by column of each facet."""
        found = {}
        for spec in self.world.facets:
            index = self.world.snapshot.catalogue.facets[spec.name]
            values, confidences = np.full(len(index.keys), NEUTRAL), np.zeros(len(index.keys))
            states = self.world.profile.preferences.get(spec.name, {})
            held = [(index.column_of[key], *states[key]) for key in states]
            stored = np.array(held).reshape(-1, 5)
            days = np.maximum(NOW - stored[:, 4], 0.0) / DAY_S
            evidence = stored[:, 2:4] * 0.5 ** (days[:, None] / HALF_LIVES_DAYS)
            before, after = stored[:, 2:4].sum(axis=1), evidence.sum(axis=1)
            columns = stored[:, 0].astype(np.int64)
            values[columns] += (stored[:, 1] - NEUTRAL) * after / before
            confidences[columns] = after / (after + 2.0)
            found[spec.name] = (values, confidences)
        return found

    def search(self, taste: Taste) -> list[Result]:
        """Base scores times the multiplier; tiers first."""
        candidates = self.world.candidates
        base = candidates.terms["lexical"] + candidates.terms["semantic"]
        total = np.zeros(len(base))
        for boost in self._boosts(taste).values():
            total += boost
        score = base * (1.0 + np.clip(total, -0.6, 1.4))
        return self._first(np.argsort(-(score + 100.0 * candidates.tier)), base, score)

    def for_you(self, taste: Taste) -> list[Result]:
        """.6 * e / (e + 2) of facets, embedding and interests, the rest popularity and quality."""
        world, rows = self.world, self.world.candidates.rows
        profile, vectors = world.profile, world.snapshot.vectors.centred[rows]
        total = np.zeros(len(rows))
        for boost in self._boosts(taste).values():
            total += boost
        user = np.zeros(vectors.shape[1]) if profile.vector is None else profile.vector
        embedding = (vectors @ user.astype(np.float32)).astype(np.float64)
        centroids = np.stack([one.centroid for one in profile.interests]).astype(np.float32)
        trust = np.array([one.confidence for one in profile.interests])
        interests = ((vectors @ centroids.T) * trust).max(axis=1)
        model = world.model()
        share = 0.6 * profile.evidence / (profile.evidence + 2.0)
        liked = 0.6 * _unit(model["popularity"]) + 0.4 * _unit(model["quality"])
        personal = 0.5 * _unit(np.clip(total, -0.6, 1.4)) + 0.25 * (
            _unit(embedding) + _unit(interests)
        )
        score = liked + share / (1.0 - share) * personal
        return self._first(np.argsort(-score), liked, score)

    def _boosts(self, taste: Taste) -> dict[str, Column]:
        catalogue, rows = self.world.snapshot.catalogue, self.world.candidates.rows
        found = {}
        for spec in self.world.facets:
            matrix = catalogue.facets[spec.name].matrix
            starts, lengths = matrix.indptr[rows], np.diff(matrix.indptr)[rows]
            ends = np.cumsum(lengths)
            places = np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)
            columns = matrix.indices[np.repeat(starts, lengths) + places]
            filled, first = lengths > 0, (ends - lengths)[lengths > 0]
            values, confidences = taste[spec.name]
            boost = np.zeros(len(rows))
            if spec.match == "cosine":
                weights = (values - NEUTRAL) * confidences
                weights[np.argsort(-np.abs(weights), kind="stable")[20:]] = 0.0
                met = np.where(places < 20, weights[columns], 0.0)
                sizes = np.sqrt(np.minimum(lengths[filled], 20))
                norm = np.linalg.norm(weights) or 1.0
                boost[filled] = np.add.reduceat(met, first) / sizes / norm
            else:
                above = values * np.clip((values - NEUTRAL) / 0.1, 0.0, 1.0)
                pulls = np.where(values >= NEUTRAL, above, 2.0 * (values - NEUTRAL))[columns]
                up = np.maximum(np.maximum.reduceat(pulls, first), 0.0)
                boost[filled] = up + np.minimum(np.minimum.reduceat(pulls, first), 0.0)
            found[spec.name] = spec.boost * boost
        return found

    def _first(self, order: Rows, base: Column, score: Column) -> list[Result]:
        items, rows = self.world.snapshot.catalogue.items, self.world.candidates.rows
        return [Result(items[rows[n]], float(base[n]), float(score[n])) for n in order[:SHOWN]]


@dataclass(frozen=True)
class SeedLoop:
    """The seed documents' formulas, one item after the other."""

    world: World

    def boosted(self) -> list[dict[str, object]]:
        """`base * (1 + .5 genre + .3 actor + .2 director + .4 theme)` with a summary."""
        candidates = self.world.candidates
        return self._personalized(candidates.score.tolist())

    def blended(self) -> list[dict[str, object]]:
        """`.6 * (cosine + 1) / 2 + .4 * base` as the base of the boosts."""
        model, vectors = self.world.model(), self.world.snapshot.vectors.centred
        user = self.world.profile.vector
        base = []
        for place, row in enumerate(self.world.candidates.rows.tolist()):
            cosine = 0.0 if user is None else float(vectors[row] @ user)
            base.append(0.6 * (cosine + 1.0) / 2.0 + 0.4 * float(model["popularity"][place]))
        return self._personalized(base)

    def _personalized(self, base: Sequence[float]) -> list[dict[str, object]]:
        items, found = self.world.snapshot.catalogue.items, []
        for row, score in zip(self.world.candidates.rows.tolist(), base, strict=True):
            item = items[row]
            text = item.text.lower()
            genre = self._largest("genre", item) * 0.5
            actor = self._largest("actor", item) * 0.3
            director = self._largest("director", item) * 0.2
            themes = {value.lower() for value in item.values("theme")}
            liked = [
                p for name, p in self._scores["theme"].items() if name in themes or name in text
            ]
            theme = sum(liked) / len(liked) * 0.4 if liked else 0.0
            total = 1.0 + genre + actor + director + theme
            parts = [f"genre +{genre:.0%}"] if genre > 0.1 else []
            parts += [f"actor +{actor:.0%}"] if actor > 0.05 else []
            parts += [f"director +{director:.0%}"] if director > 0.05 else []
            parts += [f"theme +{theme:.0%}"] if theme > 0.05 else []
            found.append(
                {
                    "item": item,
                    "score": score * total,
                    "boost_multiplier": total,
                    "summary": ", ".join(parts) or "Standard recommendation",
                }
            )
        return sorted(found, key=lambda result: result["score"], reverse=True)[:SHOWN]

    def _largest(self, facet: str, item: Item) -> float:
        known = self._scores[facet]
        return max(
            (known[v.lower()] for v in item.values(facet) if v.lower() in known), default=0.0
        )

    @cached_property
    def _scores(self) -> dict[str, dict[str, float]]:
        """Facet -> name in lower case -> score, as the seeds keep them: the top 50."""
        profile = self.world.profile
        found = {}
        for facet, states in profile.preferences.items():
            named = {
                profile.names[f"{facet}:{k}"].lower(): state.value for k, state in states.items()
            }
            top = sorted(named.items(), key=lambda pair: -pair[1])[:50]
            found[facet] = dict(top)
        return found


def _remixed(items: Sequence[Item], size: int, rng: np.random.Generator) -> list[Item]:
    """Invented items: the story of one, the people of another."""
    made = []
    for number in range(size):
        story, people = (items[n] for n in rng.integers(0, len(items), 2).tolist())
        facets = {**story.facets, "actor": people.values("actor")}
        facets["director"] = people.values("director")
        made.append(replace(story, id=f"item-{number:06d}", facets=facets))
    return made


def _history(catalogue: Catalogue, rng: np.random.Generator) -> list[Record]:
    """Ratings over a year: high ones where the first genre is the person's, lower elsewhere."""
    loved = {facet_key(genre) for genre in ("Medical", "Thriller", "Romance")}
    records = []
    for position, row in enumerate(rng.permutation(len(catalogue))[:VERDICTS].tolist(), start=1):
        item = catalogue.items[row]
        suits = bool(loved & {facet_key(genre) for genre in item.values("genre")})
        value = float(rng.integers(7, 11) if suits else rng.integers(2, 8))
        at = NOW - 365.0 * DAY_S * (1.0 - position / VERDICTS)
        said = Feedback(f"event-{position}", "mina", item.id, "rating", at, value)
        record = Record(RecordType.FEEDBACK, said.event_id, "mina", at, position, feedback=said)
        records.append(record)
    return records


def _unit(column: Column) -> Column:
    return column / (np.abs(column).max() or 1.0)


def _check_same_order(world: World, bare: Bare) -> None:
    """Say so when the reference does not score as the ranking does: it would be none."""
    pairs = {
        "search": (world.search(world.reading()), bare.search(bare.taste())),
        "for you": (world.for_you(world.reading()), bare.for_you(bare.taste())),
    }
    for name, (page, results) in pairs.items():
        shown = np.array([one.personalized_score for one in page])
        written = np.array([one.score for one in results])
        if not np.allclose(shown, written, atol=1e-6):
            print(f"{name}: the numpy reference scores differ by {np.abs(shown - written).max()}")


if __name__ == "__main__":
    main(*(int(given) for given in sys.argv[1:2]))

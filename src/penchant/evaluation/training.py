"""Training: the closed-form scorer solved from a log, and its trial against the live ranking.

No event is ever written out as a row. For histories that fade by a and b, with `h_t = a h_{t-1} +
e_t`, the sum of `h^a h^b'` over all events follows from sums over pairs of items:
`(a P_a + b P_b' + D - a b H_a' H_b) / (1 - a b)`, where P sums the decayed pairs (earlier, later)
of each person, D counts items, and H holds each person's newest history. The last event of a
person is a target only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import log as ln

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from penchant.crowd.closed_form import DEFAULT_CLOSED_FORM, ClosedForm, ClosedFormSettings
from penchant.datasets.log import EventColumns
from penchant.errors import InvalidInput
from penchant.evaluation.comparison import ModelResult, PairedDifference, compare
from penchant.evaluation.contest import EvaluationProgress, hold_contest
from penchant.evaluation.events import leading
from penchant.evaluation.problem import Model
from penchant.evaluation.protocols import ProtocolSettings, leave_one_out
from penchant.evaluation.served import ServedState
from penchant.ranking.closed_form_scorer import CLOSED_FORM_WEIGHT, ClosedFormScorer
from penchant.ranking.for_you import ForYou
from penchant.taste.signals import Signals

__all__ = [
    "MOST_ITEMS",
    "ServedWithClosedForm",
    "TrainingPlan",
    "Trial",
    "fit_closed_form",
    "hold_trial",
    "plan_training",
    "sequences_of",
    "with_closed_form",
]

MOST_ITEMS = 10_000
DEFAULT_MEMORY_GB = 8.0
LEAST_EVENTS = 5  # of an item: fewer teach nothing, and cost as much
CUT = 10
LEAST_COVERAGE = 0.8
LEAST_WEIGHT = 1e-4  # pairs and histories are cut where their weight falls below
PEOPLE_PER_PROGRESS = 100
# Single precision: the 9 blocks of X'X, the 3 of X'Y, 3 for work, and 1 byte for each of 4 maps.
BYTES_PER_CELL = 4 * (9 + 3 + 3) + 4

Columns = NDArray[np.int64]
Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class TrainingPlan:
    """What a training is going to take, decided before anything large is made.

    `columns` are the items of the log that take part, int64, rising; `coverage` is their share of
    the events.
    """

    columns: NDArray[np.int64]
    events: int
    coverage: float

    @property
    def gigabytes(self) -> float:
        """The memory for the matrices."""
        return len(self.columns) ** 2 * BYTES_PER_CELL / 1e9


def plan_training(
    sequences: Sequence[Columns], item_count: int, memory_limit_gb: float
) -> TrainingPlan:
    """The most active items with five events or more, as many as 10,000 and the memory allow.

    Raises InvalidInput when there is none, and when memory and not the log is why those that take
    part are less than 80% of the events.
    """
    counts = np.zeros(item_count, dtype=np.int64)
    for sequence in sequences:
        np.add.at(counts, sequence, 1)
    total = int(counts.sum())
    active = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts >= LEAST_EVENTS)]
    if len(active) == 0:
        raise InvalidInput(
            f"no item has {LEAST_EVENTS} events in this log, so there is nothing to train on"
        )
    fitting = int(np.sqrt(max(memory_limit_gb, 0.0) * 1e9 / BYTES_PER_CELL))
    chosen = active[: min(MOST_ITEMS, fitting)]
    coverage = float(counts[chosen].sum() / total)
    if fitting < min(MOST_ITEMS, len(active)) and coverage < LEAST_COVERAGE:
        covered = np.cumsum(counts[active]) / total
        wanted = min(int(np.searchsorted(covered, LEAST_COVERAGE)) + 1, MOST_ITEMS, len(active))
        raise InvalidInput(
            f"{memory_limit_gb:g} GB hold {len(chosen):,} items, {coverage:.0%} of the events; "
            f"{wanted:,} items need {wanted**2 * BYTES_PER_CELL / 1e9:.2f} GB. Raise "
            "--memory-limit-gb, or do without a trained scorer: everything works without one"
        )
    return TrainingPlan(np.sort(chosen), total, coverage)


def sequences_of(log: EventColumns, signals: Signals, *, repeatable: bool) -> list[Columns]:
    """Each person's items in the order of their verdicts, as item columns, oldest first.

    As the crowd hears them: an item stands once, at the event that decides what the person thinks
    of it now, and not at all when that sends it away; a `repeatable` consumption counts each time.
    """
    rules = [signals.rule(kind) for kind in log.kinds]
    rank = np.array([rule.rank for rule in rules])[log.kind]
    replaces = np.array([rule.replaces_up_to for rule in rules])[log.kind]
    stands = np.array([repeatable and rule.consumption for rule in rules])[log.kind]
    pairs = log.user.astype(np.int64) * len(log.item_ids) + log.item
    slots = np.unique(pairs[~stands], return_inverse=True)[1]
    once = np.bincount(slots)[slots] == 1
    rows = np.flatnonzero(~stands)
    stands[rows[once]] = True
    current: dict[int, int] = {}
    for row, slot in zip(rows[~once].tolist(), slots[~once].tolist(), strict=True):
        held = current.get(slot)
        if held is None or replaces[row] >= rank[held]:
            current[slot] = row
    stands[list(current.values())] = True
    kept = log.pick(stands & leading(log))
    return [kept.item[rows].astype(np.int64) for rows in kept.rows_by_user]


def fit_closed_form(
    log: EventColumns,
    signals: Signals,
    settings: ClosedFormSettings = DEFAULT_CLOSED_FORM,
    *,
    memory_limit_gb: float = DEFAULT_MEMORY_GB,
    position: int = 0,
    progress: EvaluationProgress | None = None,
) -> ClosedForm:
    """Solve both maps from a log.

    Raises InvalidInput as plan_training does, and when rounding leaves nothing to solve.
    """
    tell = progress or (lambda _stage, _done, _total: None)
    sequences = sequences_of(log, signals, repeatable=settings.repeatable)
    plan = plan_training(sequences, len(log.item_ids), memory_limit_gb)
    place = np.full(len(log.item_ids), -1, dtype=np.int64)
    place[plan.columns] = np.arange(len(plan.columns))
    known = [places[places >= 0] for places in (place[sequence] for sequence in sequences)]
    try:
        maps = _Solver(known, len(plan.columns), settings, tell).maps()
    except LinAlgError as error:
        raise InvalidInput(f"the log cannot be solved ({error}); raise the ridge") from error
    item_ids = [log.item_ids[column] for column in plan.columns.tolist()]
    return ClosedForm.of(item_ids, maps, settings, events=plan.events, position=position)


@dataclass(frozen=True)
class _Solver:
    """Both maps of `sequences` (item columns below `size`, oldest first)."""

    sequences: Sequence[Columns]
    size: int
    settings: ClosedFormSettings
    tell: EvaluationProgress

    def maps(self) -> list[Matrix]:
        ease = self._ease()
        return [*self._ridge(), ease]

    def _ridge(self) -> list[Matrix]:
        """The maps of the last item, the short and the long history, (size, size) each."""
        size, decays = self.size, self.settings.decays
        blocks = [slice(place * size, (place + 1) * size) for place in range(len(decays))]
        targets = np.zeros((len(decays) * size, size), dtype=np.float32, order="F")
        for decay, block in zip(decays, blocks, strict=True):
            self._add_pairs(targets[block], decay)
        gram = np.zeros((len(decays) * size, len(decays) * size), dtype=np.float32)
        shown = np.concatenate([sequence[:-1] for sequence in self.sequences])
        counts = np.bincount(shown, minlength=size).astype(np.float32)
        for i, a in enumerate(decays):
            for j, b in enumerate(decays[: i + 1]):
                product = gram[blocks[i], blocks[j]]
                np.multiply(targets[blocks[i]], np.float32(a), out=product)
                product += np.float32(b) * targets[blocks[j]].T
                _add_to_diagonal(product, counts)
                if b > 0.0:
                    self._take_newest(product, a, b)
                product /= np.float32(1.0 - a * b)
        _add_to_diagonal(gram, self._ridge_of(self.settings.ridge))
        for decay, block in zip(decays, blocks, strict=True):
            self._add_last_targets(targets[block], decay)
        self.tell("solving", 1, 2)
        # Only the lower blocks are filled; transposed they are the upper half, in LAPACK's order.
        factor = cho_factor(gram.T, lower=False, overwrite_a=True, check_finite=False)
        solved = cho_solve(factor, targets, overwrite_b=True, check_finite=False)
        return [solved[block] for block in blocks]

    def _ease(self) -> Matrix:
        """Item weights `I - P / diag(P)` with `P = (X'X + lambda I)^-1`, (size, size)."""
        gram = np.zeros((self.size, self.size), dtype=np.float32)
        for sequence in self._people("counting what goes together"):
            met = np.unique(sequence)
            gram[np.ix_(met, met)] += 1.0
        _add_to_diagonal(gram, self._ridge_of(self.settings.ease_ridge))
        self.tell("solving", 0, 2)
        factor = cho_factor(gram.T, lower=False, overwrite_a=True, check_finite=False)
        identity = np.eye(self.size, dtype=np.float32, order="F")
        inverse: Matrix = cho_solve(factor, identity).astype(np.float32, copy=False)
        inverse /= -np.diag(inverse)
        np.fill_diagonal(inverse, 0.0)
        return inverse

    def _ridge_of(self, ridge: float) -> np.float32:
        return np.float32(ridge * sum(map(len, self.sequences)) / self.size)

    def _add_pairs(self, total: Matrix, decay: float) -> None:
        """Add `decay ** (distance - 1)` for each pair of events, last targets left out."""
        reach = _reach(decay)
        at_once = min(max(reach, 16), 256)
        # The pair of the source at place i and the target at place j of a stretch.
        distance = reach + np.arange(at_once) - np.arange(reach + at_once)[:, None] - 1
        faded = np.where(distance >= 0, decay ** np.maximum(distance, 0.0), 0.0)
        weights: Matrix = faded.astype(np.float32)
        for sequence in self._people("counting what comes next"):
            for start in range(1, len(sequence) - 1, at_once):
                stop = min(start + at_once, len(sequence) - 1)
                first = max(start - reach, 0)
                offset = reach - start
                self._scatter(
                    total,
                    sequence[first : stop - 1],
                    sequence[start:stop],
                    weights[first + offset : stop - 1 + offset, : stop - start],
                )

    def _take_newest(self, total: Matrix, a: float, b: float) -> None:
        """Take away `a b` times the outer product of each person's newest histories."""
        for sequence in self._people("counting what comes next"):
            items_a, weights_a = _newest(sequence, a)
            items_b, weights_b = _newest(sequence, b)
            share = np.float32(-a * b) * weights_a[:, None] * weights_b
            self._scatter(total, items_a, items_b, share)

    def _add_last_targets(self, total: Matrix, decay: float) -> None:
        for sequence in self.sequences:
            items, weights = _newest(sequence, decay)
            self._scatter(total, items, sequence[-1:], weights[:, None])

    def _scatter(self, total: Matrix, rows: Columns, columns: Columns, added: Matrix) -> None:
        """Add a matrix to the cells of some rows and columns, which may name an item twice."""
        if self.settings.repeatable:
            rows, row_of = np.unique(rows, return_inverse=True)
            columns, column_of = np.unique(columns, return_inverse=True)
            folded = np.zeros((len(rows), len(columns)), dtype=np.float32)
            np.add.at(folded, (row_of[:, None], column_of[None, :]), added)
            added = folded
        total[np.ix_(rows, columns)] += added

    def _people(self, stage: str) -> Iterator[Columns]:
        for done, sequence in enumerate(self.sequences):
            if done % PEOPLE_PER_PROGRESS == 0:
                self.tell(stage, done, len(self.sequences))
            yield sequence


@dataclass
class ServedWithClosedForm:
    """The served ranking with one more scorer, which is solved when it learns.

    It shares the state of the served model, so that both are asked about the very same profiles and
    crowd. `weight` is the scorer's among the model side's.
    """

    state: ServedState
    weight: float = CLOSED_FORM_WEIGHT
    settings: ClosedFormSettings = DEFAULT_CLOSED_FORM
    memory_limit_gb: float = DEFAULT_MEMORY_GB
    progress: EvaluationProgress | None = None
    name: str = "penchant+closed-form"
    online: bool = False
    for_you: ForYou | None = None

    def learn(self, log: EventColumns) -> None:
        """Fold the events and solve the scorer from them."""
        self.state.learn(log)
        signals, limit = self.state.learner.signals, self.memory_limit_gb
        solved = fit_closed_form(
            log, signals, self.settings, memory_limit_gb=limit, progress=self.progress
        )
        self.for_you = with_closed_form(self.state.for_you, ClosedFormScorer(solved), self.weight)

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        """The score of each item of the log; -inf for what the person has seen."""
        moment = self.state.moment(user, at)
        for_you = self.for_you or self.state.for_you
        return self.state.over_items(moment, for_you.scores(moment).score)


def with_closed_form(
    for_you: ForYou, scorer: ClosedFormScorer, weight: float = CLOSED_FORM_WEIGHT
) -> ForYou:
    """The ranking with the scorer beside the others, at a weight among the model side's."""
    config = for_you.blend.config
    model = {**config.weights.model_weights, scorer.name: weight}
    weights = replace(config.weights, model_weights=model)
    blend = replace(for_you.blend, config=replace(config, weights=weights))
    return replace(for_you, blend=blend, scorers=(*for_you.scorers, scorer))


@dataclass(frozen=True, slots=True)
class Trial:
    """How a candidate did against the live model, on each person's second-to-last event."""

    live: ModelResult
    candidate: ModelResult
    difference: PairedDifference
    people: int

    @property
    def better(self) -> bool:
        """Whether the 95% interval of the candidate's gain lies above zero."""
        return self.difference.difference.low > 0.0


def hold_trial(
    log: EventColumns,
    live: Model,
    candidate: Model,
    signals: Signals,
    protocol: ProtocolSettings,
    progress: EvaluationProgress | None = None,
) -> Trial:
    """Let both learn the log without each person's last two events, then rank the first of those.

    The last events stay unseen, for whoever reports on the result. Raises InvalidInput when nobody
    has events enough.
    """
    last = leave_one_out(log, protocol, signals)
    plan = leave_one_out(last.slice_of(0, len(last.rows)), protocol, signals)
    if len(plan.asks) == 0:
        raise InvalidInput("nobody has six events in this log, so a trained scorer cannot be tried")
    placings = hold_contest(plan, (candidate, live), CUT, progress=progress)
    results, paired = compare(plan, placings, CUT, None, np.random.default_rng(protocol.seed))
    gain = next(difference for difference in paired if difference.metric == "ndcg")
    return Trial(results[1], results[0], gain, len(plan.asks))


def _newest(sequence: Columns, decay: float) -> tuple[Columns, Matrix]:
    """The history before the last event, newest first, and the weights of its items."""
    items = sequence[:-1][::-1][: _reach(decay)]
    return items, np.power(np.float32(decay), np.arange(len(items), dtype=np.float32))


def _reach(decay: float) -> int:
    return 1 if decay == 0.0 else int(ln(LEAST_WEIGHT) / ln(decay)) + 1


def _add_to_diagonal(matrix: Matrix, added: Matrix | np.float32) -> None:
    places = np.arange(len(matrix))
    matrix[places, places] += added

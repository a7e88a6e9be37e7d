"""Global weights fitted by replay: what each scorer said before events that have happened since.

The order of a list depends on the blend's multipliers only, so each scorer is asked once per
question and weights are tried on what it said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from penchant.ranking.blend import Blend, Sides
from penchant.ranking.weights import WEIGHTS_VERSION, BlendWeights, WeightsFile

__all__ = ["Question", "fit_weights", "question_of"]

STEPS = (0.0, 0.5, 0.7, 0.85, 1.2, 1.5, 2.0, 3.0)
MOST_ROUNDS = 4
CUT = 10
LEAST_GAIN = 1e-4
LEAST_QUESTIONS = 2
ABOVE_ERROR = 1.0 + 1e-6

Column = NDArray[np.float32]


@dataclass(frozen=True)
class Question:
    """What the scorers said before one event: normalised columns over the unseen items.

    `place` is the row of the item that came next; `w` the weight of the personal side. The facets
    stand as one column.
    """

    place: int
    w: float
    sides: Sides
    columns: Mapping[str, Column]
    personal: tuple[str, ...]

    def ndcg(self, blend: Blend, weights: BlendWeights) -> float:
        """The gain of the list that these weights make: 1 / log2(1 + rank), 0 beyond rank 10."""
        parts = replace(blend, config=replace(blend.config, weights=weights)).parts(
            self.w, self.sides, self.personal
        )
        multipliers = {**parts.model, **parts.personal}
        score = np.zeros(len(next(iter(self.columns.values()))), dtype=np.float32)
        for name, column in self.columns.items():
            if multipliers.get(name, 0.0) > 0.0:
                score += np.float32(multipliers[name]) * column
        own = score[self.place]
        rank = 1.0 + float((score > own).sum()) + 0.5 * float((score == own).sum() - 1)
        return 1.0 / float(np.log2(1.0 + rank)) if rank <= CUT else 0.0


def question_of(
    place: int, w: float, sides: Sides, columns: Mapping[str, NDArray[np.float64]]
) -> Question:
    """A question from what the scorers said, each column over its largest absolute value."""
    held = {name: _normalised(column) for name, column in columns.items()}
    personal = tuple(name for name in held if name not in sides.model)
    bare = Sides({name: np.zeros(0) for name in sides.model}, {}, sides.confidence)
    return Question(place, w, bare, held, personal)


def fit_weights(
    questions: Sequence[Question],
    blend: Blend,
    progress: Callable[[int, int], None] | None = None,
) -> WeightsFile:
    """Weights that rank better what came next, starting from the blend's own.

    Each weight in turn is multiplied by several factors. The best is kept if the lists get better
    by more than chance would do: by one standard error of the paired difference. Ends when a round
    changes nothing. The report says what the lists were worth before and after.
    """
    weights = blend.config.weights
    start = best = _gains(questions, blend, weights)
    names = sorted({name for question in questions for name in question.columns})
    changes: list[str] = []
    for round_number in range(MOST_ROUNDS):
        changed = False
        for done, name in enumerate(names):
            if progress is not None:
                progress(round_number * len(names) + done, MOST_ROUNDS * len(names))
            tried = [(_gains(questions, blend, w), f, w) for f, w in _moved(weights, name)]
            found = max(tried, key=lambda t: float(t[0].mean()), default=None)
            if found is not None and _surely_better(found[0] - best):
                best, factor, weights = found
                changes.append(f"{name} x {factor:g}")
                changed = True
        if not changed:
            break
    report = {
        "questions": len(questions),
        "ndcg@10_before": round(float(start.mean()), 5),
        "ndcg@10_after": round(float(best.mean()), 5),
        "changes": changes,
    }
    return WeightsFile(
        WEIGHTS_VERSION, dict(weights.personal_weights), dict(weights.model_weights), report
    )


def _gains(
    questions: Sequence[Question], blend: Blend, weights: BlendWeights
) -> NDArray[np.float64]:
    return np.array([question.ndcg(blend, weights) for question in questions])


def _surely_better(differences: NDArray[np.float64]) -> bool:
    count = len(differences)
    if count < LEAST_QUESTIONS:
        return False
    error = float(differences.std(ddof=1)) / count**0.5
    # One list that gets better beside others that stay makes both equal: that is chance.
    return bool(float(differences.mean()) > max(error * ABOVE_ERROR, LEAST_GAIN))


def _moved(weights: BlendWeights, name: str) -> list[tuple[float, BlendWeights]]:
    """The weights with one scorer's multiplied by each step, personal or model."""
    moved = []
    for factor in STEPS:
        if name in weights.personal_weights:
            personal = {
                **weights.personal_weights,
                name: weights.personal_weights[name] * factor,
            }
            if sum(personal.values()) > 0.0:
                moved.append((factor, replace(weights, personal_weights=personal)))
        elif name in weights.model_weights:
            model = {**weights.model_weights, name: weights.model_weights[name] * factor}
            moved.append((factor, replace(weights, model_weights=model)))
    return moved


def _normalised(column: NDArray[np.float64]) -> Column:
    largest = float(np.abs(column).max(initial=0.0))
    return (column / largest if largest > 0.0 else column).astype(np.float32)

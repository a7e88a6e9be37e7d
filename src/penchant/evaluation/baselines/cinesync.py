"""cinesync: a user vector that steps toward what was liked, .6 to .4 with popularity."""

from __future__ import annotations

import hashlib
import re
from math import isnan

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.encoder import unit_rows
from penchant.datasets.log import EventColumns
from penchant.domain.feedback import FeedbackType
from penchant.domain.item import Item, facet_key
from penchant.evaluation.baselines.popularity import Popularity
from penchant.evaluation.problem import Problem

__all__ = ["CineSync", "metadata_vectors"]

DIMENSION = 256
GENRE_WEIGHT, YEAR_WEIGHT, WORD_WEIGHT = 1.0, 0.5, 0.5
PERSONAL_SHARE = 0.6
LEAST_EVENTS = 5
STARS = 5.0
LIKED_FROM, DISLIKED_UP_TO, MIDDLE = 4.0, 2.0, 3.0
LOWEST_STARS = 1.0
STEP, STRONG_STEP, NEUTRAL_STEP = 0.1, 0.15, 0.025

STEPS: dict[str, float] = {
    FeedbackType.LOVE: STRONG_STEP,
    FeedbackType.HATE: -STRONG_STEP,
    FeedbackType.DISLIKE: -STEP,
    FeedbackType.THUMBS_DOWN: -STEP,
    FeedbackType.DISMISS: -STEP,
    FeedbackType.SKIP: -NEUTRAL_STEP,
    FeedbackType.WATCHLIST_REMOVE: -NEUTRAL_STEP,
}


class CineSync:
    """.6 * (cosine + 1) / 2 + .4 * popularity, from the fifth event on; popularity before it.

    Items are 256-d vectors made of title words, genres and year, each at a place given by a stable
    hash. The user vector steps .1 toward or away from an item (.15 for love, hate, five stars and
    one star; .025 for three stars) and is scaled to length 1 after each step. Ratings are read as
    shares of five stars.
    """

    name = "cinesync"
    online = True

    def __init__(self, problem: Problem) -> None:
        self._popularity = Popularity(problem)
        self._scale_top = problem.schema.rating_scale[1]
        self._items = metadata_vectors(problem.items)
        self._people = np.zeros((len(problem.user_ids), DIMENSION), dtype=np.float32)
        self._counts = np.zeros(len(problem.user_ids), dtype=np.int64)

    def learn(self, log: EventColumns) -> None:
        """Move the vectors of those who did something."""
        self._popularity.learn(log)
        self._counts += np.bincount(log.user, minlength=len(self._counts))
        people, items = self._people, self._items
        for user, item, step in zip(
            log.user.tolist(), log.item.tolist(), self._steps(log), strict=True
        ):
            moved = people[user] + step * items[item]
            length = float(moved @ moved) ** 0.5
            if length > 0.0:
                moved /= length
            people[user] = moved

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        """The blend; popularity alone for people with fewer than five events."""
        del at
        shares = self._popularity.shares()
        if self._counts[user] < LEAST_EVENTS:
            return shares
        likeness = (self._items @ self._people[user]).astype(np.float64)
        personal = PERSONAL_SHARE * (likeness + 1.0) / 2.0
        return np.asarray(personal + (1.0 - PERSONAL_SHARE) * shares, dtype=np.float64)

    def _steps(self, log: EventColumns) -> list[np.float32]:
        by_kind = [np.float32(STEPS.get(kind, STEP)) for kind in log.kinds]
        return [
            by_kind[kind]
            if isnan(value) or log.kinds[kind] != FeedbackType.RATING
            else np.float32(_step_of_stars(STARS * value / self._scale_top))
            for kind, value in zip(log.kind.tolist(), log.value.tolist(), strict=True)
        ]


def metadata_vectors(items: tuple[Item, ...]) -> NDArray[np.float32]:
    """Unit rows from title words, genres and year, float32 (items, 256), the same everywhere."""
    vectors = np.zeros((len(items), DIMENSION), dtype=np.float32)
    for row, item in enumerate(items):
        for genre in item.values("genre"):
            vectors[row, _place(f"genre {facet_key(genre)}")] += GENRE_WEIGHT
        for word in re.findall(r"\w+", item.title.casefold()):
            vectors[row, _place(f"word {word}")] += WORD_WEIGHT
        if item.year is not None:
            vectors[row, _place(f"year {item.year}")] += YEAR_WEIGHT
    return unit_rows(vectors)


def _place(feature: str) -> int:
    return int.from_bytes(hashlib.blake2b(feature.encode(), digest_size=4).digest()) % DIMENSION


def _step_of_stars(stars: float) -> float:
    if stars >= LIKED_FROM:
        return STRONG_STEP if stars >= STARS else STEP
    if stars <= DISLIKED_UP_TO:
        return -STRONG_STEP if stars <= LOWEST_STARS else -STEP
    return NEUTRAL_STEP if stars >= MIDDLE else -NEUTRAL_STEP

"""What a query is after: each intent scored on what was found, the highest one taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from penchant.domain.query import Intent

__all__ = ["ALPHA", "Findings", "alpha_of", "choose_intent"]

# The semantic share of fusion by intent; names and people are matched by letter, moods by meaning.
ALPHA: Final[Mapping[Intent, float]] = {
    Intent.SPECIFIC_TITLE: 0.30,
    Intent.PERSON: 0.35,
    Intent.YEAR: 0.45,
    Intent.TRENDING: 0.50,
    Intent.TOP_RATED: 0.50,
    Intent.CONSTRAINT: 0.50,
    Intent.GENRE: 0.50,
    Intent.SIMILAR_TO: 0.70,
    Intent.VAGUE: 0.65,
    Intent.EMOTION: 0.70,
    Intent.OTHER: 0.50,
}
ENTITY_SHIFT = 0.05


@dataclass(frozen=True, slots=True)
class Findings:
    """What stands in a query. Shares are in [0, 1].

    `title` is how sure a title is named, `seed` whether one is named as an example. `explained` is
    the share of the telling words that some finding accounts for; `is_empty` says that there are no
    telling words at all. `limit` is a limit of length or rating; `origin` where an item comes from,
    such as its network.
    """

    title: float = 0.0
    seed: bool = False
    person: bool = False
    top: bool = False
    trending: bool = False
    year: bool = False
    feeling: bool = False
    limit: bool = False
    origin: bool = False
    genre: bool = False
    explained: float = 0.0
    is_empty: bool = False


def _when(present: Callable[[Findings], bool], score: float) -> Callable[[Findings], float]:
    """Full score when every telling word is accounted for, half of it when none is."""
    return lambda found: score * (0.5 + 0.5 * found.explained) if present(found) else 0.0


def _constraint(found: Findings) -> float:
    """A network alone is what is asked for; beside a genre it only narrows."""
    by_limit = _when(lambda f: f.limit, 0.74)
    by_origin = _when(lambda f: f.origin, 0.66)
    return max(by_limit(found), by_origin(found))


# The order of scores is the order of what a query is about: the best of a person's thrillers of
# 2020 are the best first, then the person's, then of the year.
_RULES: Final[Mapping[Intent, Callable[[Findings], float]]] = {
    Intent.SPECIFIC_TITLE: lambda found: found.title,
    Intent.SIMILAR_TO: lambda found: 0.99 if found.seed else 0.0,
    Intent.TOP_RATED: _when(lambda found: found.top, 0.90),
    Intent.TRENDING: _when(lambda found: found.trending, 0.89),
    Intent.PERSON: _when(lambda found: found.person, 0.87),
    Intent.EMOTION: _when(lambda found: found.feeling, 0.80),
    Intent.YEAR: _when(lambda found: found.year, 0.78),
    Intent.CONSTRAINT: _constraint,
    Intent.GENRE: _when(lambda found: found.genre, 0.70),
    Intent.OTHER: lambda found: 0.0 if found.is_empty else 0.2 + 0.5 * (1.0 - found.explained),
    Intent.VAGUE: lambda found: 0.6 if found.is_empty else 0.1,
}


def choose_intent(found: Findings) -> tuple[Intent, float]:
    """The intent of the highest score, and that score as its confidence."""
    scores = {intent: rule(found) for intent, rule in _RULES.items()}
    best = max(scores, key=lambda intent: scores[intent])
    return best, min(0.99, scores[best])


def alpha_of(intent: Intent, found: Findings) -> float:
    """The semantic share for an intent, moved a little by what else the query names."""
    if intent is Intent.SPECIFIC_TITLE:
        return ALPHA[intent]
    by_letter = (found.person and intent is not Intent.PERSON) or (
        (found.year or found.limit or found.origin)
        and intent not in (Intent.YEAR, Intent.CONSTRAINT)
    )
    by_meaning = found.feeling and intent is not Intent.EMOTION
    shift = ENTITY_SHIFT * (int(by_meaning) - int(by_letter))
    return round(min(0.95, max(0.2, ALPHA[intent] + shift)), 2)

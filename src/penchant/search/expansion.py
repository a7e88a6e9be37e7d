"""QueryExpander: words that are meant but not typed, as optional clauses of lower weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from penchant.catalogue.schema import Vocabulary
from penchant.catalogue.vectors import ItemVectors
from penchant.search.tokens import tokenize

__all__ = ["QueryExpander"]

SYNONYM_WEIGHT = 0.3
USER_TERM_WEIGHT = 0.3
MOST_SYNONYMS = 6
MOST_USER_TERMS = 2
# 99% of the pairs of a query and any theme or genre of the bundled catalogue lie below this cosine.
USER_TERM_FLOOR = 0.33


class QueryExpander:
    """Adds to a query, never takes from it: synonyms of the domain and the user's own words."""

    def __init__(self, vocabulary: Vocabulary, vectors: ItemVectors) -> None:
        self._encoder = vectors.encoder
        self._synonyms = {_key(phrase): words for phrase, words in vocabulary.synonyms.items()}
        self._longest = max((len(key.split()) for key in self._synonyms), default=0)

    def synonyms(self, text: str) -> tuple[str, ...]:
        """Up to six words for what the words and phrases of the text say, in their order."""
        stems = [token.stem for token in tokenize(text)]
        asked = set(stems)
        found: list[str] = []
        for first in range(len(stems)):
            for length in range(min(self._longest, len(stems) - first), 0, -1):
                words = self._synonyms.get(" ".join(stems[first : first + length]), ())
                found.extend(w for w in words if not asked >= set(_key(w).split()))
        return tuple(dict.fromkeys(found))[:MOST_SYNONYMS]

    def near_terms(self, text: str, user_terms: Sequence[str]) -> tuple[str, ...]:
        """Up to two of the user's terms that are near the text in meaning, nearest first.

        Terms that the text names already add nothing and are left out.
        """
        told = set(_key(text).split())
        candidates = [t for t in dict.fromkeys(user_terms) if not told.issuperset(_key(t).split())]
        if not candidates or not text:
            return ()
        vectors = self._encoder.encode([text, *candidates])
        nearness = vectors[1:] @ vectors[0]
        order = np.argsort(-nearness, kind="stable")[:MOST_USER_TERMS]
        return tuple(candidates[place] for place in order if nearness[place] >= USER_TERM_FLOOR)

    @staticmethod
    def weights(synonyms: Sequence[str], user_terms: Sequence[str]) -> Mapping[str, float]:
        """The weight of each added term beside 1 for a typed one."""
        return {
            **dict.fromkeys(user_terms, USER_TERM_WEIGHT),
            **dict.fromkeys(synonyms, SYNONYM_WEIGHT),
        }


def _key(phrase: str) -> str:
    return " ".join(token.stem for token in tokenize(phrase))

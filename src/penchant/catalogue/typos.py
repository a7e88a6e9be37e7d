"""NearNames: which of many names are within a few typos of a word, without comparing them all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

__all__ = ["NearNames", "allowed_edits"]


# A name of 3, 9 or 16 letters may carry one, two or three typos.
_LENGTH_FOR_EDITS = (3, 9, 16)


class NearNames:
    """Names (without spaces), ready to be searched by edit distance.

    An edit inserts, drops or replaces a letter, or swaps two neighbours.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        lengths = np.array([len(name) for name in names], dtype=np.int64)
        # Names stand by length: those of a reachable length are one slice.
        self._numbers = np.argsort(lengths, kind="stable")
        self._lengths = lengths[self._numbers]
        self._letters = _letter_sets(self.names)[self._numbers]

    def within(self, word: str, edits: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Numbers of the names within `edits` of the word, and how many edits each needs."""
        if edits <= 0 or not self.names or not word:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        # One edit changes the length by at most 1 and the set of letters by at most 2: what differs
        # by more cannot be within reach, and is never compared letter by letter.
        low, high = np.searchsorted(self._lengths, (len(word) - edits, len(word) + edits + 1))
        differing = np.bitwise_count(self._letters[low:high] ^ _letter_sets([word])[0])
        reachable = np.sort(self._numbers[low:high][differing <= 2 * edits])
        distances = edit_distances(word, [self.names[n] for n in reachable.tolist()], edits)
        near = distances <= edits
        return reachable[near], distances[near]


def edit_distances(word: str, names: Sequence[str], edits: int) -> NDArray[np.int64]:
    """Edits from the word to each name, int64 (names,); beyond `edits` any larger number."""
    if not names:
        return np.zeros(0, dtype=np.int64)
    distances = process.cdist(
        [word], names, scorer=OSA.distance, score_cutoff=edits, dtype=np.uint16
    )
    return np.asarray(distances[0], dtype=np.int64)


def allowed_edits(length: int) -> int:
    """How many typos a name of that many letters may carry and still be taken for itself."""
    return sum(length >= least for least in _LENGTH_FOR_EDITS)


def _letter_sets(names: Sequence[str]) -> NDArray[np.uint64]:
    """The set of letters of each name as 64 bits, letters folded onto them, uint64 (names,)."""
    sets = np.zeros(len(names), dtype=np.uint64)
    filled = [number for number, name in enumerate(names) if name]
    if filled:
        letters = np.frombuffer("".join(names).encode("utf-32-le"), dtype=np.uint32)
        bits = np.uint64(1) << (letters % np.uint32(64)).astype(np.uint64)
        lengths = [len(names[number]) for number in filled]
        sets[filled] = np.bitwise_or.reduceat(bits, np.cumsum([0, *lengths[:-1]]))
    return sets

"""Tokens: a query cut into words that know where they stand and what is known of them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from penchant.search.words import clean, stem

__all__ = ["Token", "readable", "tokenize"]

MAX_QUERY_LENGTH = 1_000
# Korean may write "like" (and "like" + "thing") at the end of its noun: it is a word of its own.
_WORD = re.compile(r"[^\W_]+(?=(?:같은[거것]?|처럼)(?![^\W_]))|[^\W_]+(?:['\u2019][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Token:
    """One word as `typed`, its lower-case `word` without apostrophes, its `stem`, and its place."""

    typed: str
    word: str
    stem: str
    start: int
    end: int


def readable(text: str) -> str:
    """NFC text without control characters or surrogates, single spaces, at most 1,000 letters."""
    composed = unicodedata.normalize("NFC", clean(text[:MAX_QUERY_LENGTH]))
    return " ".join(composed.split())


def tokenize(text: str) -> tuple[Token, ...]:
    """The words of a readable text, in order."""
    return tuple(_token(match) for match in _WORD.finditer(text))


def _token(match: re.Match[str]) -> Token:
    word = match[0].lower().replace("'", "").replace("\u2019", "")
    # "it's" and "women's" are looked up by what they belong to.
    owner = re.sub(r"['\u2019]s$", "", match[0].lower())
    return Token(match[0], word, stem(owner) or word, match.start(), match.end())

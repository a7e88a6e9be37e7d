"""Words of a text as the lexical index knows them: lower case, without accents, stemmed."""

from __future__ import annotations

import re
from functools import lru_cache

import tantivy

__all__ = ["clean", "split_hangul", "stem", "terms", "word_analyzer"]

_HANGUL_RUN = re.compile(r"[\uac00-\ud7a3]{3,}")
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


def word_analyzer() -> tantivy.TextAnalyzer:
    """The one way in which text and queries become terms."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(60))
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.ascii_fold())
        .filter(tantivy.Filter.stemmer("english"))
        .build()
    )


_ANALYZER = word_analyzer()


def terms(text: str) -> list[str]:
    """The terms of a text in order, repeated ones too; never raises, whatever the text holds."""
    return list(_ANALYZER.analyze(split_hangul(clean(text))))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The term of a single word; empty when nothing of it can be indexed."""
    return "".join(_ANALYZER.analyze(clean(word)))


def clean(text: str) -> str:
    """The text with control characters and lone surrogates turned into spaces."""
    return _UNREADABLE.sub(" ", text)


def split_hangul(text: str) -> str:
    """The text with each longer Hangul word followed by its pairs of syllables.

    Korean writes compounds in one word, which a tokenizer does not take apart: with the pairs a
    part of a title finds the title.
    """
    return _HANGUL_RUN.sub(_with_pairs, text)


def _with_pairs(run: re.Match[str]) -> str:
    word = run[0]
    return " ".join([word, *(word[i : i + 2] for i in range(len(word) - 1))])

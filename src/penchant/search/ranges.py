"""Years, decades, numbers of episodes and ratings that a query asks for, read from its text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

__all__ = ["Range", "RangeReader", "range_text"]

Bounds = tuple[float | None, float | None]

_NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_WORD_NUMBERS = {word: number for number, word in enumerate(_NUMBER_WORDS.split(), start=1)}
_YEAR = r"((?:19[3-9]|20\d)\d)"
_COUNT = rf"(\d{{1,4}}|{'|'.join(sorted(_WORD_NUMBERS, key=len, reverse=True))})"
_RATE = r"(\d{1,2}(?:\.\d{1,2})?)(?:\s*/\s*\d+|\s+out of\s+\d+|\s+stars?)?"
_DASH = r"\s*(?:-|\u2013|\u2014|to|and|until|till|through|thru)\s*"
# "The 30s" to "the 90s" are of the last century, "the 00s" to "the 20s" of this one.
FIRST_SHORT_DECADE = 30
_PARTS_OF_DECADE = {"": (0, 9), "early": (0, 3), "mid": (4, 6), "late": (7, 9)}
_UNDER = r"(?:under|less than|fewer than|below|shorter than|lower than|<)"
_AT_MOST = r"(?:at most|up to|no more than|not more than|max(?:imum)?(?: of)?|within|<=|≤)"
_OVER = r"(?:over|more than|above|longer than|higher than|greater than|better than|>)"
_AT_LEAST = r"(?:at least|no less than|no fewer than|min(?:imum)?(?: of)?|>=|≥)"
_OR_MORE = r"(?:\s*\+|\s+(?:or|and) (?:more|longer|above|higher|better|up|over|later|newer|after))"
_OR_LESS = r"(?:\s+(?:or|and) (?:less|fewer|shorter|under|below|lower|earlier|older|before))"


@dataclass(frozen=True, slots=True)
class Range:
    """A number by name with its bounds (both included), and where the text says so."""

    name: str
    least: float | None
    most: float | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Pattern:
    name: str
    pattern: re.Pattern[str]
    bounds: Callable[[tuple[str, ...]], Bounds]


class RangeReader:
    """Reads ranges out of query text, for the numbers that a catalogue has."""

    def __init__(self, number_names: Iterable[str]) -> None:
        self._patterns = [*_year_patterns(), *_rating_patterns()]
        for name in number_names:
            self._patterns.extend(_number_patterns(name))

    def read(self, text: str) -> tuple[Range, ...]:
        """All ranges in the text, in order; where two readings overlap the longer one holds."""
        lowered = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        readings = sorted(
            self._readings(lowered), key=lambda found: (found.start - found.end, found.start)
        )
        kept: list[Range] = []
        for reading in readings:
            if all(reading.end <= other.start or other.end <= reading.start for other in kept):
                kept.append(reading)
        return tuple(sorted(kept, key=lambda found: found.start))

    def _readings(self, lowered: str) -> Iterator[Range]:
        for rule in self._patterns:
            for match in rule.pattern.finditer(lowered):
                groups = tuple(group for group in match.groups() if group is not None)
                least, most = rule.bounds(groups)
                if least is None or most is None or least <= most:
                    yield Range(rule.name, least, most, match.start(), match.end())


def range_text(least: float | None, most: float | None) -> str:
    """The bounds as "2015-2019", "2021-" or "-11": either side is empty when open."""
    return f"{'' if least is None else f'{least:g}'}-{'' if most is None else f'{most:g}'}"


def _pattern(name: str, expression: str, bounds: Callable[[tuple[str, ...]], Bounds]) -> _Pattern:
    return _Pattern(name, re.compile(rf"(?<![\w.]){expression}(?!\.?\d)(?!\w)"), bounds)


def _year_patterns() -> Iterator[_Pattern]:
    def year(expression: str, bounds: Callable[[tuple[str, ...]], Bounds]) -> _Pattern:
        return _pattern("year", expression, bounds)

    lead = r"(?:made |released |aired |airing |from |in |of |during |the |year )*"
    yield year(lead + _YEAR, lambda g: (int(g[0]), int(g[0])))
    yield year(
        rf"(?:from |between |in )*{_YEAR}{_DASH}{_YEAR}",
        lambda g: (min(int(g[0]), int(g[1])), max(int(g[0]), int(g[1]))),
    )
    yield year(
        rf"(?:after|later than|newer than|past|post)[ -]{_YEAR}", lambda g: (int(g[0]) + 1, None)
    )
    yield year(
        rf"(?:since|starting (?:from|in)|as of) {_YEAR}(?: onwards?)?", lambda g: (int(g[0]), None)
    )
    yield year(
        rf"(?:from |in )?{_YEAR}"
        r"(?:\s*\+|(?: and)? onwards?| on| (?:or|and) (?:later|newer|after|up))",
        lambda g: (int(g[0]), None),
    )
    yield year(
        rf"(?:before|earlier than|older than|pre)[ -]{_YEAR}", lambda g: (None, int(g[0]) - 1)
    )
    yield year(rf"(?:until|till|up to|up until|through) {_YEAR}", lambda g: (None, int(g[0])))
    yield year(rf"(?:from |in )?{_YEAR}{_OR_LESS}", lambda g: (None, int(g[0])))
    part = r"(?:(early|mid|late)[ -])?"
    yield year(rf"{lead}{part}((?:19[3-9]|20\d)0)'?s", _decade)
    yield year(rf"{lead}{part}'?([0-9]0)'?s", _decade)


def _decade(groups: tuple[str, ...]) -> Bounds:
    *part, decade = groups
    first = int(decade)
    if len(decade) < len("1990"):
        first += 1900 if first >= FIRST_SHORT_DECADE else 2000
    low, high = _PARTS_OF_DECADE[part[0] if part else ""]
    return first + low, first + high


def _rating_patterns() -> Iterator[_Pattern]:
    def rating(expression: str, bounds: Callable[[tuple[str, ...]], Bounds]) -> _Pattern:
        return _pattern("rating", expression, bounds)

    word = (
        r"(?:with )?(?:an? )?(?:imdb |user |average )?"
        r"(?:rat(?:ed|ing|ings)|scor(?:e|ed|es|ing))(?: of| is)?"
    )
    more = rf"(?:{_OVER}|{_AT_LEAST}|from)"
    less = rf"(?:{_UNDER}|{_AT_MOST})"
    at_least, at_most = _at_least_number, _at_most_number
    yield rating(rf"{word} (?:{more} )?{_RATE}{_OR_MORE}?", at_least)
    yield rating(rf"{word} {less} {_RATE}", at_most)
    yield rating(rf"(?:{more} )?{_RATE}{_OR_MORE}? (?:rating|ratings|rated|score|scores)", at_least)
    yield rating(rf"{less} {_RATE} (?:rating|ratings|score|scores)", at_most)
    yield rating(rf"(?:{more} )?(\d{{1,2}}(?:\.\d{{1,2}})?){_OR_MORE}? stars?{_OR_MORE}?", at_least)
    yield rating(rf"(?:min(?:imum)?|at least)(?: an?)? (?:rating|score)(?: of)? {_RATE}", at_least)
    # A decimal is a rating even where the word is left out: nothing else comes in tenths.
    yield rating(rf"{more} (\d\.\d{{1,2}})", at_least)
    yield rating(r"(\d\.\d{1,2})\s*\+", at_least)


def _number_patterns(name: str) -> Iterator[_Pattern]:
    def number(expression: str, bounds: Callable[[tuple[str, ...]], Bounds]) -> _Pattern:
        return _pattern(name, expression, bounds)

    one = name.removesuffix("s")
    short = (one[:2], one[:3])
    units = (name, one, *(f"{letters}s" for letters in short), *short)
    unit = rf"[\s-]*(?:{'|'.join(re.escape(word) for word in units)})"
    long = r"(?:[\s-]+(?:long|each|in total|total))?"
    yield number(rf"{_COUNT}{unit}{long}", lambda g: (_count(g[0]), _count(g[0])))
    yield number(
        rf"(?:between |from )?{_COUNT}{_DASH}{_COUNT}{unit}{long}",
        lambda g: (_count(g[0]), _count(g[1])),
    )
    yield number(rf"{_UNDER} {_COUNT}{unit}{long}", lambda g: (None, _count(g[0]) - 1))
    yield number(rf"{_AT_MOST} {_COUNT}{unit}{long}", lambda g: (None, _count(g[0])))
    yield number(rf"{_COUNT}{_OR_LESS}{unit}", lambda g: (None, _count(g[0])))
    yield number(rf"{_COUNT}{unit}{long}{_OR_LESS}", lambda g: (None, _count(g[0])))
    yield number(rf"{_OVER} {_COUNT}{unit}{long}", lambda g: (_count(g[0]) + 1, None))
    yield number(rf"{_AT_LEAST} {_COUNT}{unit}{long}", lambda g: (_count(g[0]), None))
    yield number(rf"{_COUNT}{_OR_MORE}{unit}{long}", lambda g: (_count(g[0]), None))
    yield number(rf"{_COUNT}{unit}{long}{_OR_MORE}", lambda g: (_count(g[0]), None))


def _count(text: str) -> int:
    return _WORD_NUMBERS[text] if text in _WORD_NUMBERS else int(text)


def _at_least_number(groups: tuple[str, ...]) -> Bounds:
    return float(groups[0]), None


def _at_most_number(groups: tuple[str, ...]) -> Bounds:
    return None, float(groups[0])

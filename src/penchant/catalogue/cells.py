"""One cell of a source, whatever its file made of it: as text, list, number or year."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, time, timedelta
from decimal import Decimal

__all__ = [
    "Unreadable",
    "as_flag",
    "as_line",
    "as_list",
    "as_number",
    "as_text",
    "as_whole_number",
    "as_year",
    "clean_text",
    "is_blank",
]

# What spreadsheets and data frames write where there is nothing to write.
BLANK_NUMBERS = frozenset({"", "-", "--", "?", "n/a", "na", "nan", "none", "null", "tba", "tbd"})
LAST_YEAR = 9_999
SHOWN_CHARACTERS = 60
TRUE_WORDS = frozenset({"true", "yes", "1"})
FALSE_WORDS = frozenset({"false", "no", "0"})

GROUPED_NUMBER = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
# Two places at most: "8,3" can only be a decimal comma, "1,335" only a thousands separator.
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d{1,2}")
PLAIN_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
DURATION_PART = re.compile(
    r"(\d+(?:\.\d+)?)\s*(?:(?P<h>h|hrs?|hours?)|(?P<m>m|mins?|minutes?)|(?P<s>s|secs?|seconds?))"
    r"(?![a-z])\.?[\s,]*(?:and\s+)?",
    re.IGNORECASE,
)
MINUTES_PER = {"h": 60.0, "m": 1.0, "s": 1.0 / 60.0}
YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")
COMPACT_DATE = re.compile(r"([12]\d{3})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
WRITTEN_AS_TEXT = (int, float, Decimal, date, time, timedelta)
QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


class Unreadable(ValueError):
    """A cell that holds something, but not what its column should hold."""


def is_blank(cell: object) -> bool:
    """Whether a cell holds nothing: None, NaN, an empty list, or text of spaces only."""
    if cell is None or cell in ("", []):
        return True
    if isinstance(cell, float):
        return math.isnan(cell)
    return isinstance(cell, str) and not cell.strip()


def as_text(cell: object) -> str:
    """The cell as clean text, "" when blank; whole numbers without a decimal point."""
    if is_blank(cell):
        return ""
    if isinstance(cell, str):
        return clean_text(cell)
    if isinstance(cell, bool) or not isinstance(cell, WRITTEN_AS_TEXT):
        raise Unreadable(f"{_shown(cell)} is not text")
    if isinstance(cell, float | Decimal) and math.isfinite(cell) and cell == int(cell):
        return str(int(cell))
    return str(cell)


def as_line(cell: object) -> str:
    """As `as_text`, on one line with single spaces."""
    return " ".join(as_text(cell).split())


def clean_text(text: str) -> str:
    """NFC, without surrogates and control characters (line ends and tabs stay), trimmed."""
    if not text.isprintable():
        text = "".join(
            c if c in "\n\t" else " " if unicodedata.category(c) == "Cc" else c
            for c in text.replace("\r\n", "\n").replace("\r", "\n")
            if unicodedata.category(c) != "Cs"
        )
    return unicodedata.normalize("NFC", text).strip()


def as_list(cell: object, separator: str) -> tuple[str, ...]:
    """The values of a cell in order, each once: an array, a written array, or separated text."""
    if is_blank(cell):
        return ()
    if isinstance(cell, list | tuple):
        return _distinct(as_line(value) for value in cell)
    text = as_text(cell)
    written = _written_array(text)
    if written is not None:
        return _distinct(as_line(value) for value in written)
    parts = text.split(separator) if separator else [text]
    return _distinct(as_line(part) for part in parts)


def as_number(cell: object) -> float | None:
    """The number in a cell, None when blank; "1 hr. 15 min." is 75 (durations are in minutes).

    Raises Unreadable for anything else, for NaN written out, and for infinity.
    """
    if is_blank(cell) or (isinstance(cell, str) and cell.strip().casefold() in BLANK_NUMBERS):
        return None
    if isinstance(cell, bool):
        raise Unreadable(f"{cell} is not a number")
    if isinstance(cell, str):
        return _number_in(cell.strip())
    if isinstance(cell, time):
        cell = timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second)
    if isinstance(cell, timedelta):
        return cell / timedelta(minutes=1)
    if isinstance(cell, int | float | Decimal):
        try:
            number = float(cell)
        except OverflowError as error:
            raise Unreadable("the number is too large") from error
        if math.isfinite(number):
            return number
    raise Unreadable(f"{_shown(cell)} is not a number")


def as_whole_number(cell: object) -> int | None:
    """The whole number in a cell, None when blank; raises Unreadable for a fraction."""
    number = as_number(cell)
    if number is None:
        return None
    if number != int(number):
        raise Unreadable(f"{_shown(cell)} is not a whole number")
    return int(number)


def as_year(cell: object) -> int | None:
    """The year in a cell, None when blank: a year, a date, or a text that holds one.

    Of a range ("2019-2021") it is the first. A bare number is a year from 1 to 9999.
    """
    if isinstance(cell, date):
        return cell.year
    if isinstance(cell, str):
        found = COMPACT_DATE.fullmatch(cell.strip())
        if found:
            return int(found[1])
        dated = YEAR.search(cell)
        if dated:
            return int(dated[0])
    number = as_number(cell)
    if number is None:
        return None
    if number == int(number) and 1 <= number <= LAST_YEAR:
        return int(number)
    raise Unreadable(f"{_shown(cell)} is not a year")


def as_flag(cell: object) -> bool:
    """Whether a cell says yes; blank is no."""
    if isinstance(cell, bool):
        return cell
    word = as_text(cell).casefold()
    if word in TRUE_WORDS:
        return True
    if not word or word in FALSE_WORDS:
        return False
    raise Unreadable(f"{_shown(cell)} is neither true nor false")


def _number_in(text: str) -> float:
    if GROUPED_NUMBER.fullmatch(text):
        text = text.replace(",", "")
    elif DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    if PLAIN_NUMBER.fullmatch(text):
        number = float(text)
        if math.isfinite(number):
            return number
    minutes = _duration_minutes(text)
    if minutes is None:
        raise Unreadable(f"{_shown(text)} is not a number")
    return minutes


def _duration_minutes(text: str) -> float | None:
    total, place = 0.0, 0
    while place < len(text):
        part = DURATION_PART.match(text, place)
        if part is None:
            return None
        total += float(part[1]) * MINUTES_PER[part.lastgroup or "m"]
        place = part.end()
    return total if place else None


def _written_array(text: str) -> list[str] | None:
    """The strings of an array written as JSON or as Python would show it; None for other text."""
    if not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        found = [(m[1] or m[2] or "") for m in QUOTED.finditer(text)]
        unescaped = [re.sub(r"\\(.)", r"\1", value) for value in found]
        return unescaped if found or text == "[]" else None
    return values if all(isinstance(value, str) for value in values) else None


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _shown(cell: object) -> str:
    # The type first: writing out a huge foreign value only to cut it would be wasteful.
    text = cell if isinstance(cell, str) else f"{type(cell).__name__} {str(cell)[:200]}"
    return repr(text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}...")

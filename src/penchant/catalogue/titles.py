"""TitleIndex: a typed title to the item it means, or to the nearest ones."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.typos import NearNames, allowed_edits, edit_distances
from penchant.domain.item import Item
from penchant.errors import AmbiguousTitle, UnknownItem

__all__ = ["TitleIndex", "TitleMatch", "TitleMatchKind", "title_key", "title_with_year"]

TitleMatchKind = Literal["exact", "alternate", "part", "prefix", "typo"]

# What a name is to its item, best first: the title, another full name, a short form of one.
_TITLE, _ALTERNATE, _PART = 0, 1, 2
_KIND_OF_NAME: tuple[TitleMatchKind, ...] = ("exact", "alternate", "part")
_SCORE_OF_NAME = (1.0, 0.97, 0.9)

# Longer texts are cut where an error quotes them.
LONGEST_QUOTED = 80

_YEAR_AT_END = re.compile(r"^(?P<title>.*\S)[\s,(\[]+(?P<year>(?:19|20)\d\d)[)\]]?$")
# How catalogues that list by the first telling word write titles: "Matrix, The (1999)".
_YEAR_IN_BRACKETS = re.compile(r"^(?P<title>.*\S)\s*\((?P<year>(?:18|19|20)\d\d)\)$")
_OTHER_IN_BRACKETS = re.compile(r"^(?P<title>.*\S)\s*\((?:a\.?k\.?a\.? )?(?P<other>[^()]+)\)$")
_ARTICLE_AT_END = re.compile(
    r"^(?P<title>.*\S), (?P<article>The|An?|L[aeo]s?|L'|El|Il|Un[ae]?|D(?:er|ie|as|en|et))$",
    re.IGNORECASE,
)
_SEASON = re.compile(r"\b(?:season|part|series) (?=\d+\b)")
_ARTICLE = re.compile(r"^(?:the|an?) (?=\S)")
_SUBTITLE = re.compile(r"\s*[:\u2013\u2014]\s*|\s+-\s+")
_MARKS = re.compile(r"[\u0300-\u036f'\u2019\u2018`\u00b4]")
_GAPS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class TitleMatch:
    """An item that a text may name: `name` is the title or alternate that fits it.

    `kind` is `exact` (the title), `alternate` (another full name), `part` (a short form, such as a
    title without its subtitle), `prefix` or `typo`; `score` in [0, 1] falls in about that order.
    """

    row: int
    item: Item
    name: str
    kind: TitleMatchKind
    score: float


class TitleIndex:
    """All names of the visible items of one catalogue; hidden items never answer."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        names: list[str] = []
        keys: list[str] = []
        rows: list[int] = []
        ranks: list[int] = []
        for row, item in enumerate(catalogue.items):
            if not item.hidden:
                for name, key, rank in _names_of(item):
                    names.append(name)
                    keys.append(key)
                    rows.append(row)
                    ranks.append(rank)
        self._names = names
        self._keys = keys
        self._compact = [_closed(key) for key in keys]
        self._rows = np.array(rows, dtype=np.int64)
        self._ranks = np.array(ranks, dtype=np.int64)
        self._popularity = catalogue.rating_counts[self._rows] if rows else np.zeros(0)
        self._near = NearNames(self._compact)
        self._exact: dict[str, list[int]] = {}
        for number, compact in enumerate(self._compact):
            self._exact.setdefault(compact, []).append(number)
        for numbers in self._exact.values():
            numbers.sort(key=self._preference)

    def resolve(self, text: str) -> Item:
        """The one item that `text` names for certain; "title (2017)" and "title 2017" pick a year.

        Typos and beginnings are never taken for certain: acting on the wrong item is worse than
        asking. Raises UnknownItem with the nearest titles, or AmbiguousTitle with all that fit.
        """
        found = self._named(text)
        if not found:
            title, year = _split_year(text)
            if year is not None:
                found = [item for item in self._named(title, every=True) if item.year == year]
        if len(found) == 1:
            return found[0]
        noun = self._catalogue.schema.noun
        if found:
            raise AmbiguousTitle(
                f"{_quoted(text)} is the name of {len(found)} {noun}s: {_listed(found)}; "
                "add the year, or use the id",
                _as_alternatives(found),
            )
        nearest = [match.item for match in self.nearest(text, 3)]
        hint = (
            f"Did you mean {_listed(nearest)}?" if nearest else "Check the spelling, or use the id."
        )
        raise UnknownItem(f"No {noun} called {_quoted(text)}. {hint}", _as_alternatives(nearest))

    def exact(self, text: str) -> tuple[TitleMatch, ...]:
        """Items of which `text` is a name: titles, then alternates, then short forms."""
        key = title_key(text) or text.strip().casefold()
        matches = [self._exact_match(number) for number in self._exact.get(_closed(key), ())]
        # "Who Are You?" and "Who Are You" share a key: the one spelled as typed comes first.
        typed = text.strip().casefold()
        matches.sort(key=lambda m: (-m.score, m.name.casefold() != typed))
        return tuple(self._distinct(matches))

    def match(self, text: str, limit: int = 5) -> tuple[TitleMatch, ...]:
        """Items that `text` may name, best first; ties go to the item with more raters.

        Exact names come alone, with "title 2017" picking the year; otherwise typos and beginnings
        stand side by side by score. Nothing near gives an empty tuple.
        """
        exact = self.exact(text)
        if not exact:
            title, year = _split_year(text)
            if year is not None:
                exact = tuple(match for match in self.exact(title) if match.item.year == year)
        return exact[:limit] if exact else self.approximate(text, limit)

    def approximate(self, text: str, limit: int = 5) -> tuple[TitleMatch, ...]:
        """Items that `text` names with a typo or begins, best first, exact names aside."""
        key = title_key(text)
        near = [*self._typos(_closed(key)), *self._beginnings(key, limit)]
        near.sort(key=lambda match: (-match.score, -match.item.rating_count, match.row))
        return tuple(self._distinct(near))[:limit]

    def suggest(self, prefix: str, limit: int = 10) -> tuple[TitleMatch, ...]:
        """Completions of a text being typed: exact names, then beginnings of names, then of words.

        Within each, items with more raters first. When too few begin like this, names that nearly
        do (one or two typos, the first letter right) fill the list.
        """
        key = title_key(prefix)
        if not key:
            return ()
        found = list(self._distinct([*self.exact(prefix), *self._beginnings(key, limit)]))
        if len(found) < limit:
            found = list(self._distinct([*found, *self._near_beginnings(key)]))
        return tuple(found[:limit])

    def nearest(self, text: str, n: int = 3) -> tuple[TitleMatch, ...]:
        """The `n` items whose names look most like `text`, however little that is."""
        key = title_key(text)
        compact = _closed(key)
        close = self.match(text, n) if key else ()
        if len(close) >= n:
            return close
        scored = process.extract(
            compact, self._compact, scorer=fuzz.ratio, limit=4 * n, score_cutoff=1.0
        )
        alike = [self._typo_match(number, score / 100) for _, score, number in scored]
        return tuple(self._distinct([*close, *alike]))[:n]

    # --- candidates ---------------------------------------------------------------------------

    def _named(self, text: str, *, every: bool = False) -> list[Item]:
        """Items named so for certain: of the best rank only, unless `every` rank is asked for.

        One-word short forms are left to the eye: "Guardian" may be another drama that is not here.
        """
        key = title_key(text) or text.strip().casefold()
        certain = [
            number
            for number in self._exact.get(_closed(key), ())
            if self._ranks[number] != _PART or " " in key
        ]
        if certain and not every:
            best = self._ranks[certain[0]]
            certain = [number for number in certain if self._ranks[number] == best]
        return [self._catalogue.items[row] for row in dict.fromkeys(self._rows[certain].tolist())]

    def _typos(self, compact: str) -> Iterator[TitleMatch]:
        numbers, distances = self._near.within(compact, allowed_edits(len(compact)))
        for number, distance in zip(numbers.tolist(), distances.tolist(), strict=True):
            likeness = 1.0 - distance / max(len(compact), len(self._compact[number]))
            yield self._typo_match(number, likeness * _SCORE_OF_NAME[self._ranks[number]])

    def _beginnings(self, key: str, limit: int) -> list[TitleMatch]:
        """Names of which some words, to the end, begin with the key: whole names first."""
        texts, numbers, priority = self._suffixes
        low, high = _prefix_range(texts, key)
        if low == high:
            return []
        # Several names of one item may fit, so more are taken than asked for.
        best = priority[low:high]
        wanted = min(len(best), 8 * limit)
        top = np.argpartition(-best, wanted - 1)[:wanted] + low
        ordered = top[np.lexsort((numbers[top], -priority[top]))]
        return [self._beginning(int(numbers[place]), key) for place in ordered]

    def _near_beginnings(self, key: str) -> list[TitleMatch]:
        edits = allowed_edits(len(key))
        if edits == 0:
            return []
        texts, numbers, priority = self._suffixes
        low, high = _prefix_range(texts, key[0])
        distances = edit_distances(key, [text[: len(key)] for text in texts[low:high]], edits)
        places = np.flatnonzero(distances <= edits)
        order = np.lexsort((-priority[low + places], distances[places]))
        return [
            self._typo_match(int(numbers[low + place]), 1.0 - float(distances[place]) / len(key))
            for place in places[order]
        ]

    @cached_property
    def _suffixes(self) -> tuple[list[str], NDArray[np.int64], NDArray[np.float64]]:
        """Every run of words to the end of a name, sorted, with its name and its priority.

        A whole name has priority over the end of one; within each the item with more raters.
        """
        runs = [
            (key[start:], number, start == 0)
            for number, key in enumerate(self._keys)
            for start in _word_starts(key)
        ]
        runs.sort(key=lambda run: run[0])
        numbers = np.array([number for _, number, _ in runs], dtype=np.int64)
        whole = np.array([is_whole for _, _, is_whole in runs], dtype=np.float64)
        above_all = float(self._popularity.max(initial=0.0)) + 1.0
        priority = whole * above_all + (self._popularity[numbers] if runs else 0.0)
        return [text for text, _, _ in runs], numbers, priority

    # --- matches ------------------------------------------------------------------------------

    def _exact_match(self, number: int) -> TitleMatch:
        rank = int(self._ranks[number])
        return self._match(number, _KIND_OF_NAME[rank], _SCORE_OF_NAME[rank])

    def _typo_match(self, number: int, score: float) -> TitleMatch:
        return self._match(number, "typo", score)

    def _beginning(self, number: int, key: str) -> TitleMatch:
        share = len(key) / max(1, len(self._keys[number]))
        return self._match(number, "prefix", 0.6 + 0.35 * min(1.0, share))

    def _match(self, number: int, kind: TitleMatchKind, score: float) -> TitleMatch:
        row = int(self._rows[number])
        return TitleMatch(row, self._catalogue.items[row], self._names[number], kind, score)

    def _preference(self, number: int) -> tuple[int, float, int]:
        return int(self._ranks[number]), -float(self._popularity[number]), int(self._rows[number])

    @staticmethod
    def _distinct(matches: Iterable[TitleMatch]) -> Iterator[TitleMatch]:
        seen: set[int] = set()
        for match in matches:
            if match.row not in seen:
                seen.add(match.row)
                yield match


def title_key(text: str) -> str:
    """The form in which titles are compared: lower case words with single spaces.

    Accents, apostrophes and punctuation go; "&" reads "and". Hangul is taken apart into its
    letters, so that one wrong letter is one edit and an unfinished syllable is a beginning.
    """
    plain = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    return _GAPS.sub(" ", _MARKS.sub("", plain)).strip()


def title_with_year(item: Item) -> str:
    """The title as shown where it must be told from others: "Goblin (2016)".

    A title that ends in a year of its own is shown as it stands.
    """
    if item.year is None or _YEAR_IN_BRACKETS.match(item.title):
        return item.title
    return f"{item.title} ({item.year})"


def _names_of(item: Item) -> list[tuple[str, str, int]]:
    """(name, key, rank) of all names of an item, each key once, with its best rank."""
    full = [(item.title, _TITLE), *((name, _ALTERNATE) for name in item.alternate_titles)]
    if item.native_title:
        full.append((item.native_title, _ALTERNATE))
    full += [spoken for name, rank in full for spoken in _unlisted(name, rank)]
    known: dict[str, tuple[str, str, int]] = {}
    for name, rank in full:
        # A title of signs only ("???") is still a title: then the signs are its key.
        key = title_key(name) or name.strip().casefold()
        if key:
            known.setdefault(key, (name, key, rank))
    for name, key, _ in tuple(known.values()):
        for part in _short_forms(name, key):
            known.setdefault(part, (name, part, _PART))
    return list(known.values())


def _unlisted(name: str, rank: int) -> Iterator[tuple[str, int]]:
    """A name in a list's order as it is spoken: "Matrix, The (1999)" is "The Matrix", "Matrix".

    What stands in brackets before the year is another name.
    """
    dated = _YEAR_IN_BRACKETS.match(name)
    plain = dated["title"] if dated else name
    while dated and (bracketed := _OTHER_IN_BRACKETS.match(plain)):
        yield bracketed["other"], _ALTERNATE
        yield from _unlisted(bracketed["other"], _ALTERNATE)
        plain = bracketed["title"]
    inverted = _ARTICLE_AT_END.match(plain)
    spoken = _with_article_first(inverted) if inverted else plain
    forms = {spoken: rank, plain: rank}
    if inverted:
        forms[inverted["title"]] = _ALTERNATE
    for form, rank_of_form in forms.items():
        yield form, rank_of_form
        if dated:
            yield f"{form} ({dated['year']})", rank_of_form


def _with_article_first(inverted: re.Match[str]) -> str:
    gap = "" if inverted["article"].endswith("'") else " "
    return f"{inverted['article']}{gap}{inverted['title']}"


def _short_forms(name: str, key: str) -> Iterator[str]:
    """Keys by which people shorten a name: no subtitle, no article, "season 2" as "2"."""
    forms = [key]
    pieces = [title_key(piece) for piece in _SUBTITLE.split(name, maxsplit=1)]
    forms.extend(pieces[:1])
    forms.extend(piece for piece in pieces[1:] if " " in piece)
    for form in forms:
        for short in (form, _SEASON.sub("", form), _SEASON.sub("s", form)):
            yield short
            bare = _ARTICLE.sub("", short)
            # Of a subtitle such as "The Movie" nothing telling would be left.
            if form in forms[:2] or " " in bare:
                yield bare


def _split_year(text: str) -> tuple[str, int | None]:
    found = _YEAR_AT_END.match(text.strip())
    return (found["title"], int(found["year"])) if found else (text, None)


def _closed(key: str) -> str:
    return key.replace(" ", "")


def _word_starts(key: str) -> list[int]:
    return [0, *(place + 1 for place, letter in enumerate(key) if letter == " ")]


def _prefix_range(texts: Sequence[str], prefix: str) -> tuple[int, int]:
    return bisect_left(texts, prefix), bisect_left(texts, prefix + "\U0010ffff")


def _quoted(text: str) -> str:
    shown = text if len(text) <= LONGEST_QUOTED else f"{text[:77]}..."
    return repr(shown)


def _listed(items: Sequence[Item]) -> str:
    shown = [title_with_year(item) for item in items[:5]]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _as_alternatives(items: Sequence[Item]) -> list[tuple[str, str]]:
    return [(item.id, title_with_year(item)) for item in items]

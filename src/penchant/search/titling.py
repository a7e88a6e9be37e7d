"""TitleFinder: where a query names an item: whole, in passing, or as an example."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from penchant.catalogue.titles import TitleIndex, TitleMatch, title_key
from penchant.domain.item import Item
from penchant.search.entities import Entity
from penchant.search.lexical import LexicalIndex
from penchant.search.phrases import Cue
from penchant.search.tokens import Token

__all__ = ["NamedTitle", "TitleFinder"]

# How sure a name is that stands alone, by the kind of its match.
_SURE = {"exact": 0.98, "alternate": 0.95, "part": 0.85, "prefix": 0.78, "typo": 0.9}
# A title with all words known needs this likeness to be taken for a typo of another.
LIKENESS_OF_KNOWN_WORDS = 0.87
LIKENESS_OF_EXAMPLE = 0.7
LEAST_PREFIX_SCORE = 0.67
# So many words, filler among them, may begin a title; fewer must tell more.
TELLING_RUN = 3
# A one-word title inside a longer query has at least so many letters.
SHORTEST_IN_PASSING = 4
# What Korean writes at the end of a noun that something is compared with.
_KOREAN_PARTICLES = ("이랑", "하고", "랑", "와", "과")


@dataclass(frozen=True, slots=True)
class NamedTitle:
    """Tokens `first` to `last` (not included) name `item`, as its `name`.

    `is_whole`: the query says nothing else. `is_exact`: it is a full name, letter by letter, and
    all of the text as typed.
    """

    item: Item
    name: str
    score: float
    first: int
    last: int
    is_whole: bool = False
    is_exact: bool = False


class TitleFinder:
    """Reads titles out of queries, with care for titles that are ordinary words."""

    def __init__(
        self,
        titles: TitleIndex,
        words: LexicalIndex,
        filler: frozenset[str],
        loose_facets: frozenset[str],
    ) -> None:
        self._titles = titles
        self._words = words
        self._filler = filler
        self._loose_facets = loose_facets

    def named(
        self, query: str, tokens: Sequence[Token], entities: Sequence[Entity]
    ) -> NamedTitle | None:
        """The item that the query asks for by name, if it does."""
        if not query:
            return None
        explained = {p for entity in entities for p in range(entity.first, entity.last)}
        readings = [
            *self._whole(query, tokens, entities, explained),
            *self._in_passing(query, tokens, explained),
        ]
        return max(readings, key=lambda title: title.score, default=None)

    def example(
        self, query: str, tokens: Sequence[Token], cues: Sequence[Cue]
    ) -> NamedTitle | None:
        """The item that results should resemble: the title beside a word such as "like"."""
        if self._titles.exact(query):
            return None
        for kind, first, last in cues:
            if kind == "like":
                seed = self._after(query, tokens, last) or self._before(query, tokens, first)
            elif kind == "like_before":
                seed = self._right_before(query, tokens, first)
            else:
                continue
            if seed is not None:
                return seed
        return None

    # --- the query is a title -----------------------------------------------------------------

    def _whole(
        self,
        query: str,
        tokens: Sequence[Token],
        entities: Sequence[Entity],
        explained: set[int],
    ) -> Iterator[NamedTitle]:
        full = (0, len(tokens))
        trimmed = self._without_filler_at_ends(tokens)
        for first, last in dict.fromkeys((full, trimmed)):
            text = query if (first, last) == full else _text(query, tokens, first, last)
            for match in self._titles.match(text, 1):
                score = self._sureness(match, tokens[first:last], is_full=(first, last) == full)
                exact = match.kind in ("exact", "alternate") and (first, last) == full
                if tokens and set(range(first, last)) <= explained:
                    first_a_title = self._is_first_a_title(match, entities)
                    score *= 0.9 if first_a_title else 0.6 if exact else 0.0
                if score > 0.0:
                    yield NamedTitle(
                        match.item, match.name, score, first, last, is_whole=True, is_exact=exact
                    )

    def _sureness(self, match: TitleMatch, span: Sequence[Token], *, is_full: bool) -> float:
        telling = [token for token in span if token.word not in self._filler]
        unknown = any(not self._words.knows(token.stem) for token in span)
        score = _SURE[match.kind]
        if match.kind == "typo":
            mended = unknown or (len(span) > 1 and match.score >= LIKENESS_OF_KNOWN_WORDS)
            return score * match.score if mended else 0.0
        if match.kind == "prefix":
            begun = unknown or len(telling) > 1 or (bool(telling) and len(span) >= TELLING_RUN)
            begun = begun or (len(span) == 1 and self._words.is_rare(span[0].stem))
            return score if begun and match.score >= LEAST_PREFIX_SCORE else 0.0
        # "goblin drama" names Goblin; "king drama" is about kings.
        if not is_full and len(span) == 1 and self._is_ordinary(span[0]):
            return score * 0.5
        return score

    def _is_first_a_title(self, match: TitleMatch, entities: Sequence[Entity]) -> bool:
        """Whether words that also mean something else are a title before they mean that.

        "Romance" is a genre before it is a title; "Secret" and "Doctors" are titles first.
        """
        return match.kind == "exact" and all(
            entity.kind == "facet" and (entity.facet in self._loose_facets or not entity.is_literal)
            for entity in entities
        )

    def _without_filler_at_ends(self, tokens: Sequence[Token]) -> tuple[int, int]:
        first, last = 0, len(tokens)
        while first < last and tokens[first].word in self._filler:
            first += 1
        while last > first and tokens[last - 1].word in self._filler:
            last -= 1
        return (first, last) if first < last else (0, len(tokens))

    # --- the query holds a title --------------------------------------------------------------

    def _in_passing(
        self, query: str, tokens: Sequence[Token], explained: set[int]
    ) -> Iterator[NamedTitle]:
        telling = {p for p, token in enumerate(tokens) if token.word not in self._filler}
        for first, last in _spans(len(tokens)):
            inside = set(range(first, last))
            if inside <= explained or not inside & telling:
                continue
            match = next(iter(self._titles.exact(_text(query, tokens, first, last))), None)
            if match is None or (match.kind == "part" and len(inside & telling) <= 1):
                continue
            rest = telling - inside - explained
            if len(inside & telling) == 1 and (rest or not self._is_distinct(tokens[first:last])):
                continue
            share = len(telling & (inside | explained)) / len(telling)
            score = (0.55 + 0.4 * share) * (1.0 if match.kind == "exact" else 0.97)
            yield NamedTitle(match.item, match.name, score, first, last)

    def _is_distinct(self, span: Sequence[Token]) -> bool:
        return any(
            len(token.word) >= SHORTEST_IN_PASSING
            and token.word not in self._filler
            and (not self._is_ordinary(token) or token.typed[0].isupper())
            for token in span
        )

    def _is_ordinary(self, token: Token) -> bool:
        return self._words.is_common(token.stem)

    # --- the query wants something like a title -----------------------------------------------

    def _after(self, query: str, tokens: Sequence[Token], first: int) -> NamedTitle | None:
        start = first
        while True:
            for last in range(len(tokens), start, -1):
                match = next(iter(self._titles.match(_text(query, tokens, start, last), 1)), None)
                if match is not None and self._is_example(match, tokens[start:last]):
                    return NamedTitle(match.item, match.name, 0.95, start, last)
            # "like the drama Goblin": what stands between says nothing.
            if start >= len(tokens) or tokens[start].word not in self._filler:
                return None
            start += 1

    def _before(self, query: str, tokens: Sequence[Token], last: int) -> NamedTitle | None:
        """A full name right before the word, as in "Goblin like dramas"."""
        for first in range(last):
            match = next(iter(self._titles.exact(_text(query, tokens, first, last))), None)
            if match is not None and match.kind != "part":
                return NamedTitle(match.item, match.name, 0.95, first, last)
        return None

    def _right_before(self, query: str, tokens: Sequence[Token], last: int) -> NamedTitle | None:
        """The title that ends where a word stands that follows its example, as in Korean."""
        while last > 0:
            for first in range(last):
                text = _text(query, tokens, first, last)
                for name in _without_particle(text):
                    match = next(iter(self._titles.match(name, 1)), None)
                    if match is not None and self._is_example(match, tokens[first:last]):
                        return NamedTitle(match.item, match.name, 0.95, first, last)
            if tokens[last - 1].word not in self._filler:
                return None
            last -= 1
        return None

    def _is_example(self, match: TitleMatch, span: Sequence[Token]) -> bool:
        if match.kind in ("exact", "alternate"):
            return True
        if match.kind == "part":
            return len(span) > 1 or not self._is_ordinary(span[0])
        if match.kind == "typo":
            unknown = any(not self._words.knows(token.stem) for token in span)
            return unknown and match.score >= LIKENESS_OF_EXAMPLE
        if len(span) == 1:
            return match.score >= LEAST_PREFIX_SCORE and self._words.is_rare(span[0].stem)
        return len(title_key(match.name)) <= 3 * len(title_key(_words(span)))


def _text(query: str, tokens: Sequence[Token], first: int, last: int) -> str:
    return query[tokens[first].start : tokens[last - 1].end]


def _without_particle(text: str) -> Iterator[str]:
    """The text as it stands, then without a Korean particle at its end."""
    yield text
    for particle in _KOREAN_PARTICLES:
        if text.endswith(particle) and text != particle:
            yield text.removesuffix(particle)


def _words(span: Sequence[Token]) -> str:
    return " ".join(token.word for token in span)


def _spans(count: int) -> Iterator[tuple[int, int]]:
    """All runs of up to twelve tokens, longest first."""
    for length in range(min(count, 12), 0, -1):
        for first in range(count - length + 1):
            yield first, first + length

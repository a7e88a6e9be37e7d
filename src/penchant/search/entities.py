"""EntityFinder: which facet values, people, feelings and numbers the words of a query name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.typos import NearNames, allowed_edits
from penchant.domain.item import facet_key
from penchant.search.lexical import LexicalIndex
from penchant.search.phrases import domain_filler
from penchant.search.tokens import Token, tokenize

__all__ = ["Entity", "EntityFinder"]

EntityKind = Literal["facet", "person", "feeling", "number"]

# Words that say in which part a person is meant, by the beginning of a facet's name.
ROLE_WORDS = {
    "directed": "direct",
    "director": "direct",
    "written": "writ",
    "writer": "writ",
    "screenwriter": "writ",
    "starring": "act",
    "actor": "act",
    "actress": "act",
}
# A name of fewer letters than this is never guessed from a typo.
SHORTEST_GUESSED = 5
# People's names are looked for in up to so many words.
LONGEST_NAME = 4


@dataclass(frozen=True, slots=True)
class Entity:
    """Tokens `first` to `last` (not included) name `values` of `facet`.

    For a `number` the facet is the number's name and `bounds` its (least, most). A `feeling` has a
    facet and a value only where items are filed under it ("tearjerker" may be a theme, too).
    `is_literal`: the words stand there as the catalogue or its vocabulary has them; else a
    plural was folded or, when `guessed`, a typo mended.
    """

    kind: EntityKind
    facet: str
    values: tuple[str, ...]
    first: int
    last: int
    bounds: tuple[float | None, float | None] = (None, None)
    guessed: bool = False
    is_literal: bool = True

    @property
    def names_values(self) -> bool:
        """Whether `values` are values of `facet`."""
        return self.kind in ("facet", "person") or (self.kind == "feeling" and bool(self.facet))


@dataclass(frozen=True, slots=True)
class _Meaning:
    kind: EntityKind
    facet: str
    values: tuple[str, ...]
    bounds: tuple[float | None, float | None] = (None, None)


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    items_by_facet: dict[str, int]

    @property
    def main_facet(self) -> str:
        return max(self.items_by_facet, key=lambda facet: self.items_by_facet[facet])


class EntityFinder:
    """The facet values and people of one catalogue, and its vocabulary, as words to look for."""

    def __init__(self, catalogue: Catalogue, words: LexicalIndex) -> None:
        """`words` tells ordinary words from names and typos."""
        self._words = words
        self._filler = domain_filler(catalogue.schema)
        self._meanings: dict[str, _Meaning] = {}
        self._by_singular: dict[str, _Meaning] = {}
        self._longest = LONGEST_NAME
        self._learn_vocabulary(catalogue)
        self._learn_facets(catalogue)
        self._people = _people_of(catalogue)
        self._by_sound: dict[str, str] = {}
        for key, person in self._people.items():
            self._by_sound.setdefault(_sound(person.name), key)
        self._near_people = NearNames(list(self._people))
        single = sorted(
            key
            for key, meaning in self._meanings.items()
            if meaning.kind in ("facet", "feeling") and key.isalpha()
        )
        self._near_values = NearNames([key for key in single if len(key) >= SHORTEST_GUESSED])

    def find(self, tokens: Sequence[Token], taken: Sequence[bool]) -> tuple[Entity, ...]:
        """Entities among the tokens that are not `taken`, in order; longer readings come first."""
        free = [not is_taken for is_taken in taken]
        found: list[Entity] = []
        # Longer readings first: "romantic comedy" before "romantic", a name before its parts.
        for look in (self._plain, self._guessed):
            for length in range(min(self._longest, len(tokens)), 0, -1):
                for first in range(len(tokens) - length + 1):
                    last = first + length
                    if all(free[first:last]):
                        entity = look(tokens, first, last)
                        if entity is not None:
                            found.append(entity)
                            free[first:last] = [False] * length
        return tuple(sorted(found, key=lambda entity: entity.first))

    # --- looking up ---------------------------------------------------------------------------

    def _plain(self, tokens: Sequence[Token], first: int, last: int) -> Entity | None:
        span = tokens[first:last]
        if last - first == 1 and span[0].word in self._filler:
            return None
        literal = self._meanings.get(_joined(span))
        meaning = literal or self._by_singular.get(_singular(span))
        if meaning is not None:
            return Entity(
                meaning.kind, meaning.facet, meaning.values, first, last, meaning.bounds,
                is_literal=literal is not None,
            )  # fmt: skip
        return self._person(tokens, first, last)

    def _person(self, tokens: Sequence[Token], first: int, last: int) -> Entity | None:
        span = tokens[first:last]
        if last - first == 1:
            key = span[0].word
            # A one-word name may be any word ("Rain"): then it must be written as a name.
            ordinary = self._words.is_common(span[0].stem) and not span[0].typed[0].isupper()
            if key not in self._people or ordinary:
                return None
            return self._as_person(key, tokens, first, last)
        for turned in (span, [*span[1:], span[0]], [span[-1], *span[:-1]]):
            key = _joined(turned)
            if key in self._people:
                return self._as_person(key, tokens, first, last)
        sounds_like = self._by_sound.get(_sound(_joined(span)))
        if sounds_like is None:
            return None
        return self._as_person(sounds_like, tokens, first, last, guessed=True)

    def _guessed(self, tokens: Sequence[Token], first: int, last: int) -> Entity | None:
        span = tokens[first:last]
        if last - first == 1:
            return self._guessed_value(span[0], first)
        if last - first <= LONGEST_NAME:
            return self._guessed_person(tokens, first, last)
        return None

    def _guessed_value(self, token: Token, first: int) -> Entity | None:
        if len(token.word) < SHORTEST_GUESSED or token.word in self._filler:
            return None
        if self._words.knows(token.stem):
            return None
        numbers, _ = self._near_values.within(token.word, 1)
        if len(numbers) != 1:
            return None
        meaning = self._meanings[self._near_values.names[int(numbers[0])]]
        return Entity(meaning.kind, meaning.facet, meaning.values, first, first + 1, guessed=True)

    def _guessed_person(self, tokens: Sequence[Token], first: int, last: int) -> Entity | None:
        span = tokens[first:last]
        key = _joined(span)
        if len(key) < SHORTEST_GUESSED or any(token.word in self._filler for token in span):
            return None
        numbers, distances = self._near_people.within(key, min(2, allowed_edits(len(key))))
        candidates = [
            (int(distance), -max(self._people[name].items_by_facet.values()), name)
            for distance, name in zip(
                distances, (self._near_people.names[int(n)] for n in numbers), strict=True
            )
            # Two edits make one person of another: then a word of the name must be right.
            if distance == 1 or _shares_a_word(span, self._people[name].name)
        ]
        if not candidates:
            return None
        return self._as_person(min(candidates)[2], tokens, first, last, guessed=True)

    def _as_person(
        self, key: str, tokens: Sequence[Token], first: int, last: int, *, guessed: bool = False
    ) -> Entity:
        person = self._people[key]
        facet = person.main_facet
        for token in tokens[max(0, first - 2) : first]:
            role = ROLE_WORDS.get(token.word)
            facet = next((f for f in person.items_by_facet if role and f.startswith(role)), facet)
        return Entity("person", facet, (person.name,), first, last, guessed=guessed)

    # --- learning the words -------------------------------------------------------------------

    def _learn_vocabulary(self, catalogue: Catalogue) -> None:
        vocabulary = catalogue.schema.vocabulary
        for phrase, (name, least, most) in vocabulary.number_words.items():
            self._learn(phrase, _Meaning("number", name, (phrase,), (least, most)))
        filed = _filed_values(catalogue)
        for feeling in sorted(vocabulary.emotions):
            facet, value = filed.get(_joined(tokenize(feeling)), ("", feeling))
            self._learn(feeling, _Meaning("feeling", facet, (value,)))
        for facet, words in vocabulary.facet_words.items():
            name = catalogue.schema.facet(facet).name
            index = catalogue.facets[name]
            for phrase, values in words.items():
                # A value that this catalogue does not hold would ask for nothing: it stays a word.
                held = tuple(index.names[column] for column in index.columns(values))
                if len(held) == len(values):
                    self._learn(phrase, _Meaning("facet", name, held))

    def _learn_facets(self, catalogue: Catalogue) -> None:
        for spec in catalogue.schema.facets:
            if not spec.person:
                for value in catalogue.facets[spec.name].names:
                    self._learn(value, _Meaning("facet", spec.name, (value,)))

    def _learn(self, phrase: str, meaning: _Meaning) -> None:
        tokens = tokenize(phrase)
        if tokens:
            # What is learned first holds: the vocabulary, then facets in the order of the schema.
            self._meanings.setdefault(_joined(tokens), meaning)
            self._by_singular.setdefault(_singular(tokens), meaning)
            self._longest = max(self._longest, len(tokens))


def _filed_values(catalogue: Catalogue) -> dict[str, tuple[str, str]]:
    """(facet, value) by key of what items are filed under.

    What a lexicon reads off their texts tells how they feel and is no heading of the catalogue.
    """
    filed: dict[str, tuple[str, str]] = {}
    for spec in catalogue.schema.facets:
        if not spec.person:
            read_off = {facet_key(value) for value in catalogue.schema.lexicon.get(spec.name, ())}
            for value in catalogue.facets[spec.name].names:
                if facet_key(value) not in read_off:
                    filed.setdefault(_joined(tokenize(value)), (spec.name, value))
    return filed


def _people_of(catalogue: Catalogue) -> dict[str, _Person]:
    people: dict[str, _Person] = {}
    for spec in catalogue.schema.facets:
        if spec.person:
            index = catalogue.facets[spec.name]
            for name, count in zip(index.names, index.item_counts.tolist(), strict=True):
                key = _joined(tokenize(name))
                if key:
                    person = people.setdefault(key, _Person(name, {}))
                    person.items_by_facet[spec.name] = (
                        person.items_by_facet.get(spec.name, 0) + count
                    )
    return people


def _joined(tokens: Sequence[Token]) -> str:
    return "".join(token.word for token in tokens)


def _singular(tokens: Sequence[Token]) -> str:
    """Joined words without their plural: "thrillers" meets Thriller, "comedies" meets Comedy."""
    return "".join(re.sub(r"(?<=[^s])s$", "", re.sub(r"ies$", "y", t.word)) for t in tokens)


def _sound(name: str) -> str:
    """Spellings that sound alike fall together: "Gong Yu" and "Gong Yoo"."""
    letters = "".join(_words(name)).replace("oo", "u").replace("ee", "i")
    return re.sub(r"(.)\1", r"\1", letters)


def _shares_a_word(span: Sequence[Token], name: str) -> bool:
    return not {token.word for token in span}.isdisjoint(_words(name))


def _words(text: str) -> Iterator[str]:
    return (token.word for token in tokenize(text))

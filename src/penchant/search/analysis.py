"""QueryAnalyzer: a typed query to its intent, its entities and the weights that suit it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.titles import TitleIndex
from penchant.domain.query import Analysis, Filters, Intent
from penchant.search.entities import Entity, EntityFinder
from penchant.search.intents import Findings, alpha_of, choose_intent
from penchant.search.lexical import LexicalIndex
from penchant.search.phrases import FILLER_WORDS, Cue, domain_filler, find_cues
from penchant.search.ranges import Range, RangeReader, range_text
from penchant.search.titling import NamedTitle, TitleFinder
from penchant.search.tokens import Token, readable, tokenize

__all__ = ["QueryAnalyzer"]

# "Latest" reaches so many years back from the newest item.
RECENT_YEARS = 2
# With these begins what a feeling is wanted for.
_WORDS_OF_OCCASION = frozenset(["after", "before", "during", "while", "because", "since", "until"])


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read the tokens: what each was taken for."""

    tokens: tuple[Token, ...]
    title: NamedTitle | None = None
    seed: NamedTitle | None = None
    cues: tuple[Cue, ...] = ()
    ranges: tuple[Range, ...] = ()
    entities: tuple[Entity, ...] = ()
    filler: frozenset[int] = field(default_factory=frozenset)

    def has_cue(self, kind: str) -> bool:
        return any(cue[0] == kind for cue in self.cues)

    def has(self, kind: str) -> bool:
        return any(entity.kind == kind for entity in self.entities)


class QueryAnalyzer:
    """Reads queries for one catalogue through its schema, its vocabulary and its own values."""

    def __init__(
        self, catalogue: Catalogue, titles: TitleIndex, lexical: LexicalIndex | None = None
    ) -> None:
        """`lexical` tells ordinary words from typos; made here when it is not at hand."""
        schema = catalogue.schema
        words = lexical if lexical is not None else LexicalIndex(catalogue)
        self._filler = FILLER_WORDS | domain_filler(schema)
        self._is_known = words.knows
        self._ranges = RangeReader(schema.numbers)
        self._entities = EntityFinder(catalogue, words)
        # Facets compared by cosine (themes) are loose: they narrow only a query that is about them.
        self._loose = frozenset(spec.name for spec in schema.facets if spec.match == "cosine")
        self._titles = TitleFinder(titles, words, self._filler, self._loose)
        self._origins = frozenset(
            spec.name for spec in schema.facets if not spec.person and spec.boost == 0.0
        )
        years = catalogue.numbers("year")
        self._newest_year = None if np.isnan(years).all() else int(np.nanmax(years))

    def analyse(self, text: str) -> Analysis:
        """What the query asks for; any text is answered, an empty one as vague."""
        query = readable(text)
        reading = self._read(query)
        found = self._findings(query, reading)
        intent, confidence = choose_intent(found)
        narrows = found.explained >= 0.5
        return Analysis(
            intent=intent,
            confidence=round(confidence, 3),
            alpha=alpha_of(intent, found),
            residual=self._residual(reading, intent),
            entities=MappingProxyType(self._entity_values(reading, intent)),
            wanted=self._wanted(reading, narrows=narrows),
            title_item=self._title_item(reading, intent),
            seed_item=None if reading.seed is None else reading.seed.item.id,
        )

    # --- reading ------------------------------------------------------------------------------

    def _read(self, query: str) -> _Reading:
        tokens = tokenize(query)
        nothing = [False] * len(tokens)
        everything = self._entities.find(tokens, nothing)
        cues = find_cues(tokens, self._is_known)
        seed = self._titles.example(query, tokens, cues)
        title = None if seed else self._titles.named(query, tokens, everything)
        named = seed or title
        if title is not None and title.is_whole:
            return _Reading(tokens, title=title, entities=everything)
        ranges = self._ranges.read(query)
        taken = nothing.copy()
        if named is not None:
            taken[named.first : named.last] = [True] * (named.last - named.first)
            ranges = tuple(r for r in ranges if not _touches(r, tokens[named.first : named.last]))
        for position, token in enumerate(tokens):
            taken[position] |= any(_touches(r, [token]) for r in ranges)
        cues = tuple(cue for cue in cues if not any(taken[cue[1] : cue[2]]))
        for kind, first, last in cues:
            if kind != "none":
                taken[first:last] = [True] * (last - first)
        entities = tuple(
            entity
            for entity in self._entities.find(tokens, taken)
            if not (entity.kind == "number" and _is_inside_a_phrase(entity, cues))
        )
        filler = frozenset(self._filler_positions(tokens, entities))
        reading = _Reading(tokens, title, seed, cues, ranges, entities, filler)
        return self._without_doubtful_cues(reading)

    def _filler_positions(
        self, tokens: Sequence[Token], entities: Sequence[Entity]
    ) -> Iterable[int]:
        named = {p for entity in entities for p in range(entity.first, entity.last)}
        for position, token in enumerate(tokens):
            after_top = position > 0 and tokens[position - 1].word == "top" and token.word.isdigit()
            if position not in named and (token.word in self._filler or after_top):
                yield position

    def _without_doubtful_cues(self, reading: _Reading) -> _Reading:
        """Without "new" and "hot" beside words not understood, to which they may belong."""
        unexplained = self._telling(reading) - self._explained(reading)
        doubtful = {"new", "hot", "recent", "buzz"}
        kept = tuple(
            cue
            for cue in reading.cues
            if not (
                unexplained and reading.tokens[cue[1]].word in doubtful and cue[2] - cue[1] == 1
            )
        )
        return _Reading(
            reading.tokens, reading.title, reading.seed, kept, reading.ranges, reading.entities,
            reading.filler,
        )  # fmt: skip

    def _telling(self, reading: _Reading) -> set[int]:
        """Positions of the words that say something: not filler, not a cue."""
        cued = {
            p for kind, first, last in reading.cues if kind != "none" for p in range(first, last)
        }
        return set(range(len(reading.tokens))) - set(reading.filler) - cued

    def _explained(self, reading: _Reading) -> set[int]:
        explained = {p for entity in reading.entities for p in range(entity.first, entity.last)}
        for named in (reading.title, reading.seed):
            if named is not None:
                explained.update(range(named.first, named.last))
        for position, token in enumerate(reading.tokens):
            if any(_touches(found, [token]) for found in reading.ranges):
                explained.add(position)
        return explained

    # --- judging ------------------------------------------------------------------------------

    def _findings(self, query: str, reading: _Reading) -> Findings:
        telling = self._telling(reading)
        share = len(telling & self._explained(reading)) / len(telling) if telling else 1.0
        names = [found.name for found in reading.ranges]
        facets = {entity.facet for entity in reading.entities if entity.kind == "facet"}
        return Findings(
            title=0.0 if reading.title is None else reading.title.score,
            seed=reading.seed is not None,
            person=reading.has("person"),
            top=reading.has_cue("top"),
            trending=reading.has_cue("trending"),
            year="year" in names or (reading.has_cue("recent") and self._newest_year is not None),
            feeling=reading.has("feeling"),
            limit=any(name != "year" for name in names) or reading.has("number"),
            origin=bool(facets & self._origins),
            genre=bool(facets - self._origins),
            explained=1.0 if self._leads_with_feeling(reading) else share,
            # Signs only ("!!!") are not an open wish but something that is not understood.
            is_empty=not telling and (bool(reading.tokens) or not query),
        )

    def _leads_with_feeling(self, reading: _Reading) -> bool:
        """Whether a feeling is asked for, which then accounts for the words after it.

        "Something comforting after a storm" asks for comfort; in "a dog that makes them cry" and "a
        sad widow opens a shop" the feeling belongs to what is told.
        """
        open_words = self._telling(reading) - self._explained(reading)
        first_open = min(open_words, default=len(reading.tokens))
        return any(
            entity.kind == "feeling"
            and entity.last <= first_open
            and (
                entity.last not in open_words
                or reading.tokens[entity.last].word in _WORDS_OF_OCCASION
            )
            for entity in reading.entities
        )

    def _entity_values(self, reading: _Reading, intent: Intent) -> dict[str, tuple[str, ...]]:
        values: dict[str, list[str]] = {}
        named = reading.seed or (reading.title if intent is Intent.SPECIFIC_TITLE else None)
        if named is not None:
            values["title"] = [named.item.title]
        if not self._is_only_a_title(reading, intent):
            for entity in reading.entities:
                if entity.names_values:
                    held = values.setdefault(entity.facet, [])
                    held.extend(value for value in entity.values if value not in held)
            for name, bounds in self._bounds(reading).items():
                values[name] = [range_text(*bounds)]
        return {kind: tuple(found) for kind, found in values.items()}

    def _wanted(self, reading: _Reading, *, narrows: bool) -> Filters:
        """What items must meet; a query of which little is understood tells a story.

        A doctor in it makes no medical drama: unless the query `narrows`, only figures constrain,
        and people whose names stand there letter by letter.
        """
        if reading.title is not None and reading.title.is_whole:
            return Filters()
        facets: dict[str, list[str]] = {}
        people: list[str] = []
        for entity in reading.entities:
            if entity.kind == "person" and (narrows or not entity.guessed):
                people.extend(entity.values)
            elif entity.kind != "person" and entity.names_values and narrows:
                facets.setdefault(entity.facet, []).extend(entity.values)
        return Filters(
            facets=MappingProxyType({facet: tuple(values) for facet, values in facets.items()}),
            people=tuple(people),
            ranges=MappingProxyType(self._bounds(reading, spoken=narrows)),
        )

    def _bounds(
        self, reading: _Reading, *, spoken: bool = True
    ) -> dict[str, tuple[float | None, float | None]]:
        """Ranges by name: those given in figures, and those `spoken` in words such as "long"."""
        bounds = {found.name: (found.least, found.most) for found in reading.ranges}
        for entity in reading.entities:
            if entity.kind == "number" and spoken:
                bounds.setdefault(entity.facet, entity.bounds)
        if reading.has_cue("recent") and self._newest_year is not None:
            bounds.setdefault("year", (float(self._newest_year - RECENT_YEARS + 1), None))
        return bounds

    def _is_only_a_title(self, reading: _Reading, intent: Intent) -> bool:
        return (
            intent is Intent.SPECIFIC_TITLE and reading.title is not None and reading.title.is_whole
        )

    def _title_item(self, reading: _Reading, intent: Intent) -> str | None:
        """A title typed in full stays first even where its word means more ("Romance")."""
        title = reading.title
        if title is None or not (intent is Intent.SPECIFIC_TITLE or title.is_exact):
            return None
        return title.item.id

    def _residual(self, reading: _Reading, intent: Intent) -> str:
        """The words to look for: typos mended, the catalogue's spelling beside the typed."""
        if self._is_only_a_title(reading, intent) and reading.title is not None:
            return reading.title.name
        words = {
            position: token.typed
            for position, token in enumerate(reading.tokens)
            if position not in self._unspoken(reading)
        }
        for entity in reading.entities:
            span = range(entity.first, entity.last)
            if entity.kind == "feeling" and not entity.guessed:
                words.update((position, reading.tokens[position].typed) for position in span)
            elif entity.kind != "number":
                words[entity.first] = self._spelled(entity, reading.tokens)
        # An example is looked for by its own text; a title in passing by its full name.
        if reading.title is not None and not reading.title.is_whole:
            words[reading.title.first] = reading.title.name
        return " ".join(words[position] for position in sorted(words))

    def _unspoken(self, reading: _Reading) -> set[int]:
        """Positions of words that are not looked for as they stand."""
        spans = [(entity.first, entity.last) for entity in reading.entities]
        spans += [(first, last) for kind, first, last in reading.cues if kind != "none"]
        spans += [
            (named.first, named.last)
            for named in (reading.title, reading.seed)
            if named is not None and not named.is_whole
        ]
        ranged = {
            position
            for position, token in enumerate(reading.tokens)
            if any(_touches(found, [token]) for found in reading.ranges)
        }
        return ranged.union(reading.filler, *(range(first, last) for first, last in spans))

    @staticmethod
    def _spelled(entity: Entity, tokens: Sequence[Token]) -> str:
        canonical = " ".join(entity.values)
        if entity.kind == "person" or entity.guessed:
            return canonical
        held = {token.stem for token in tokenize(canonical)}
        typed = [t.typed for t in tokens[entity.first : entity.last] if t.stem not in held]
        return " ".join([*typed, canonical])


def _is_inside_a_phrase(entity: Entity, cues: Sequence[Cue]) -> bool:
    """Whether the words belong to a phrase of another sense: "long" in "long distance"."""
    return any(
        kind == "none" and first <= entity.first and entity.last <= last
        for kind, first, last in cues
    )


def _touches(found: Range, tokens: Sequence[Token]) -> bool:
    return any(token.start < found.end and found.start < token.end for token in tokens)

"""CatalogueSchema: which columns are facets, text and numbers, and how facets behave."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import msgspec

from penchant.domain.item import FacetMatch, FacetSpec, Item, facet_key
from penchant.errors import InvalidSettings

__all__ = [
    "CatalogueSchema",
    "Vocabulary",
    "load_bundled_schema",
    "load_schema",
    "schema_bytes",
    "schema_from_bytes",
]

CAST_WEIGHTS = (1.0, 0.8, 0.65, 0.55, 0.5)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words people use in this domain.

    `facet_words`: facet -> (word or phrase as typed -> values as the catalogue spells them, all of
    which are meant: "romcom" is Romance and Comedy).
    `synonyms`: word -> words added to a query at lower weight. `emotions`: words that ask for a
    feeling. `filler`: words that say nothing about which item is meant ("drama", "show", "watch").
    `number_words`: phrase -> (number name, least, most), such as "short" -> episodes up to 12.
    """

    facet_words: Mapping[str, Mapping[str, tuple[str, ...]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    emotions: frozenset[str] = frozenset()
    filler: frozenset[str] = frozenset()
    number_words: Mapping[str, tuple[str, float | None, float | None]] = field(
        default_factory=lambda: MappingProxyType({})
    )


@dataclass(frozen=True)
class CatalogueSchema:
    """What a catalogue's columns mean and how its facets behave.

    `rating_scale` is (lowest, highest) of what people may give. `lexicon` maps a facet to
    (value -> words): an item whose text holds one of the words, whole, has that value too.
    `repeatable` says that an item is consumed again and again, so that each time counts.
    `text_cut` are regular expressions (a dot also meets line ends): what they match in a text
    column, such as the boilerplate of a site, is left out when items are read.
    """

    name: str
    noun: str
    facets: tuple[FacetSpec, ...]
    columns: Mapping[str, str]
    numbers: Mapping[str, str]
    id: str = "id"
    title: str = "title"
    alternate_titles: str | None = None
    native_title: str | None = None
    text: tuple[str, ...] = ()
    year: str | None = None
    rating: str | None = None
    rating_count: str | None = None
    rating_scale: tuple[float, float] = (0.0, 10.0)
    list_separator: str = ","
    verb_past: str = "watched"
    audience: str = "viewer"
    repeatable: bool = False
    text_cut: tuple[str, ...] = ()
    lexicon: Mapping[str, Mapping[str, tuple[str, ...]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    vocabulary: Vocabulary = field(default_factory=Vocabulary)

    def facet(self, name: str) -> FacetSpec:
        """The facet of that name or plural name; raises InvalidSettings for another."""
        for spec in self.facets:
            if name in (spec.name, spec.plural_name):
                return spec
        known = ", ".join(spec.name for spec in self.facets)
        raise InvalidSettings(f"catalogue {self.name!r} has no facet {name!r}; it has {known}")

    @cached_property
    def fingerprint(self) -> str:
        """Changes when learning from an item could give something else: facets, lexicon, scale."""
        learned = (
            [(f.name, f.position_weights) for f in self.facets],
            sorted((f, sorted(v.items())) for f, v in self.lexicon.items()),
            self.rating_scale,
            self.repeatable,
        )
        return hashlib.blake2b(repr(learned).encode(), digest_size=6).hexdigest()

    @cached_property
    def _lexicon_patterns(self) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
        return tuple(
            (facet, value, re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE))
            for facet, values in self.lexicon.items()
            for value, words in values.items()
        )

    def enrich(self, item: Item) -> Item:
        """The item with the lexicon's values added; a value that it has already is not doubled."""
        added: dict[str, list[str]] = {}
        for facet, value, pattern in self._lexicon_patterns:
            known = {facet_key(v) for v in item.values(facet)}
            if facet_key(value) not in known and pattern.search(item.text):
                added.setdefault(facet, []).append(value)
        if not added:
            return item
        facets = {**item.facets}
        for facet, values in added.items():
            facets[facet] = (*item.values(facet), *values)
        return replace(item, facets=facets)


class _FacetTable(msgspec.Struct, forbid_unknown_fields=True):
    column: str | None = None
    boost: float = 0.0
    match: FacetMatch = "max"
    person: bool = False
    cast_order: bool = False
    plural: str = ""
    phrase: str = ""


class _NumberWord(msgspec.Struct, forbid_unknown_fields=True):
    number: str
    least: float | None = None
    most: float | None = None


class _VocabularyTable(msgspec.Struct, forbid_unknown_fields=True):
    facet_words: dict[str, dict[str, str | list[str]]] = {}
    synonyms: dict[str, list[str]] = {}
    emotions: list[str] = []
    filler: list[str] = []
    number_words: dict[str, _NumberWord] = {}


class _CatalogueTable(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    id: str = "id"
    title: str = "title"
    noun: str = "item"
    alternate_titles: str | None = None
    native_title: str | None = None
    text: list[str] = []
    year: str | None = None
    rating: str | None = None
    rating_count: str | None = None
    rating_scale: tuple[float, float] = (0.0, 10.0)
    list_separator: str = ","
    verb_past: str = "watched"
    audience: str = "viewer"
    repeatable: bool = False
    text_cut: list[str] = []


class _SchemaFile(msgspec.Struct, forbid_unknown_fields=True):
    catalogue: _CatalogueTable
    facets: dict[str, _FacetTable] = {}
    numbers: dict[str, str] = {}
    lexicon: dict[str, dict[str, Annotated[list[str], msgspec.Meta(min_length=1)]]] = {}
    vocabulary: _VocabularyTable = msgspec.field(default_factory=_VocabularyTable)


def load_schema(path: Path) -> CatalogueSchema:
    """Read a schema file; raises InvalidSettings that names the file and what is wrong in it."""
    try:
        return _parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidSettings(f"cannot read schema file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"schema file {path}: {error}") from error


def load_bundled_schema() -> CatalogueSchema:
    """The schema of the K-drama catalogue that ships with the package."""
    source = resources.files("penchant.catalogue").joinpath("kdramas.toml")
    return _parse(source.read_text(encoding="utf-8"))


def _parse(text: str) -> CatalogueSchema:
    file = msgspec.convert(tomllib.loads(text), type=_SchemaFile, strict=False)
    table = file.catalogue
    low, high = table.rating_scale
    if not low < high:
        raise msgspec.ValidationError(f"rating_scale [{low}, {high}] must rise")
    return CatalogueSchema(
        name=table.name,
        noun=table.noun,
        facets=tuple(_facet_spec(name, facet) for name, facet in file.facets.items()),
        columns={name: facet.column or name for name, facet in file.facets.items()},
        numbers=dict(file.numbers),
        id=table.id,
        title=table.title,
        alternate_titles=table.alternate_titles,
        native_title=table.native_title,
        text=tuple(table.text),
        year=table.year,
        rating=table.rating,
        rating_count=table.rating_count,
        rating_scale=(low, high),
        list_separator=table.list_separator,
        verb_past=table.verb_past,
        audience=table.audience,
        repeatable=table.repeatable,
        text_cut=tuple(_pattern(cut) for cut in table.text_cut),
        lexicon={
            facet: {value: tuple(words) for value, words in values.items()}
            for facet, values in file.lexicon.items()
        },
        vocabulary=_vocabulary(file.vocabulary),
    )


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise msgspec.ValidationError(f"text_cut {text!r}: {error}") from error
    return text


def _facet_spec(name: str, table: _FacetTable) -> FacetSpec:
    if not 0.0 <= table.boost <= 1.0:
        raise msgspec.ValidationError(f"facets.{name}.boost {table.boost} must be from 0 to 1")
    return FacetSpec(
        name=name,
        boost=table.boost,
        match=table.match,
        position_weights=CAST_WEIGHTS if table.cast_order else (),
        person=table.person,
        plural=table.plural,
        phrase=table.phrase,
    )


def _vocabulary(table: _VocabularyTable) -> Vocabulary:
    return Vocabulary(
        facet_words={
            facet: {
                phrase: (values,) if isinstance(values, str) else tuple(values)
                for phrase, values in words.items()
            }
            for facet, words in table.facet_words.items()
        },
        synonyms={word: tuple(added) for word, added in table.synonyms.items()},
        emotions=frozenset(table.emotions),
        filler=frozenset(table.filler),
        number_words={
            phrase: (rule.number, rule.least, rule.most)
            for phrase, rule in table.number_words.items()
        },
    )


def schema_bytes(schema: CatalogueSchema) -> bytes:
    """The schema as bytes that a store keeps beside the items."""
    return msgspec.json.encode(schema, enc_hook=_plain)


def schema_from_bytes(stored: bytes) -> CatalogueSchema:
    """The schema that `schema_bytes` wrote; raises InvalidSettings for anything else."""
    try:
        return msgspec.json.decode(stored, type=CatalogueSchema)
    except msgspec.MsgspecError as error:
        raise InvalidSettings(f"the stored schema cannot be read: {error}") from error


def _plain(value: object) -> object:
    if isinstance(value, MappingProxyType):
        return dict(value)
    raise TypeError(f"a schema cannot hold {type(value).__name__}")

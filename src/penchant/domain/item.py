"""Items and their facets: what a catalogue is made of."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from math import isfinite
from types import MappingProxyType
from typing import Literal

from penchant.domain.identity import checked_id
from penchant.errors import InvalidInput, InvalidItem

__all__ = ["FacetMatch", "FacetSpec", "Item", "checked_item", "facet_key"]

FacetMatch = Literal["max", "cosine"]

# Hyphens and dashes, middle dot, apostrophes and full stop: spelled differently from page to page.
JOINERS = frozenset("-\u2010\u2011\u2012\u2013\u2014\u00b7'\u2019.")

_NO_FACETS: Mapping[str, tuple[str, ...]] = MappingProxyType({})
_NO_NUMBERS: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FacetSpec:
    """How one facet (genre, actor, ...) behaves.

    `boost` is the largest share of a search score that the facet may add (0: learned and shown,
    never boosting). `match` says how an item's values meet a user's preferences. `position_weights`
    scales the evidence of the first, second, ... value of an item and limits how many are learned
    from; empty means that every value counts fully. A `person` facet answers to people's names.
    """

    name: str
    boost: float = 0.0
    match: FacetMatch = "max"
    position_weights: tuple[float, ...] = ()
    person: bool = False
    plural: str = ""
    phrase: str = ""

    @property
    def plural_name(self) -> str:
        """The name of a list of values, such as "genres"."""
        return self.plural or f"{self.name}s"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be found and recommended.

    `facets` maps a facet name to its values, in order of importance. `numbers` holds further
    numeric facts (episodes, minutes). `rating` is on the catalogue's own scale and comes with the
    number of people behind it. A `hidden` item is kept for the history of those who know it and is
    never shown.
    """

    id: str
    title: str
    alternate_titles: tuple[str, ...] = ()
    native_title: str | None = None
    text: str = ""
    year: int | None = None
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_FACETS)
    numbers: Mapping[str, float] = field(default_factory=lambda: _NO_NUMBERS)
    rating: float | None = None
    rating_count: int = 0
    hidden: bool = False

    def values(self, facet: str) -> tuple[str, ...]:
        """The item's values of a facet, empty when it has none."""
        return self.facets.get(facet, ())

    def number(self, name: str) -> float | None:
        """A numeric fact by name; `year` and `rating` answer too."""
        if name == "year":
            return None if self.year is None else float(self.year)
        if name == "rating":
            return self.rating
        return self.numbers.get(name)


def checked_item(item: Item) -> Item:
    """The item with its id in the one form of ids; raises InvalidItem when nobody could use it."""
    try:
        item_id = checked_id(item.id, "item id")
    except InvalidInput as error:
        raise InvalidItem(str(error)) from error
    if not item.title.strip():
        raise InvalidItem(f"item {item_id!r} has no title; give it one")
    if item.rating_count < 0:
        raise InvalidItem(f"item {item_id!r} has {item.rating_count} raters; that cannot be")
    numbers = {"rating": item.rating, **item.numbers}
    wrong = [name for name, value in numbers.items() if value is not None and not isfinite(value)]
    if wrong:
        raise InvalidItem(f"item {item_id!r}: {wrong[0]} is not a finite number")
    return replace(item, id=item_id)


@lru_cache(maxsize=262_144)
def facet_key(value: str) -> str:
    """The form under which facet values are compared and learned.

    NFC, case folded, without spaces and hyphens: "Park Seo-joon" and "Park Seo Joon" are one key.
    """
    folded = unicodedata.normalize("NFC", value).casefold()
    return "".join(c for c in folded if not c.isspace() and c not in JOINERS)

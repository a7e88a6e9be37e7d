"""Questions, and what was understood of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from penchant.errors import InvalidQuery

__all__ = [
    "MOST_RESULTS",
    "Analysis",
    "Filters",
    "Intent",
    "Query",
    "check_bounds",
    "check_count",
    "check_query",
]

MOST_RESULTS = 200
LONGEST_QUERY = 1_000


class Intent(StrEnum):
    """What a query is after."""

    SPECIFIC_TITLE = "specific_title"
    PERSON = "person"
    SIMILAR_TO = "similar_to"
    TOP_RATED = "top_rated"
    TRENDING = "trending"
    YEAR = "year"
    CONSTRAINT = "constraint"
    EMOTION = "emotion"
    GENRE = "genre_browse"
    VAGUE = "vague"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Filters:
    """Hard constraints, chosen by the person who asks; applied before any cut.

    `facets`: for each facet at least one of the values must be present. `people`: each person must
    appear in some person facet. `ranges`: (least, most) for `year`, `rating` or a named number,
    None where open; an item without that number does not pass. `exclude_items`: ids never shown.
    `exclude_facets`: for each facet none of the values may be present.
    """

    facets: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    people: tuple[str, ...] = ()
    ranges: Mapping[str, tuple[float | None, float | None]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    exclude_items: frozenset[str] = frozenset()
    exclude_facets: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (
            self.facets or self.people or self.ranges or self.exclude_items or self.exclude_facets
        )


@dataclass(frozen=True, slots=True)
class Query:
    """A search as asked: free text, how many results, for whom, and how personal (0 to 1)."""

    text: str
    top_n: int = 10
    user_id: str | None = None
    personalize: float = 1.0
    filters: Filters = field(default_factory=Filters)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was understood of a query, before anything about the user is known.

    `entities` maps an entity kind (facet names, "year", "episodes", "title") to what was found, as
    the catalogue spells it; years and episodes are "least-most" with either side empty when open.
    `wanted` are the same entities as constraints: items that meet them come first. `alpha` is the
    semantic share of fusion. `title_item` is the id of the item that the query names, exactly or
    with a typo; `seed_item` is the item that results should resemble. `residual` is the query text
    left for retrieval. `expanded_terms` are added at lower weight.
    """

    intent: Intent
    confidence: float
    alpha: float
    residual: str
    entities: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    wanted: Filters = field(default_factory=Filters)
    expanded_terms: tuple[str, ...] = ()
    title_item: str | None = None
    seed_item: str | None = None


def check_query(query: Query) -> None:
    """Raise InvalidQuery unless the query can be answered."""
    check_bounds(query)
    if not query.text.strip():
        raise InvalidQuery("the query is empty; type a title, a person, a genre or a mood")
    if len(query.text) > LONGEST_QUERY:
        raise InvalidQuery(f"the query has {len(query.text)} characters; at most {LONGEST_QUERY}")


def check_bounds(query: Query) -> None:
    """Raise InvalidQuery unless count and personal share lie within their bounds."""
    check_count(query.top_n)
    if not 0.0 <= query.personalize <= 1.0:
        raise InvalidQuery(f"personalize must be from 0 to 1, got {query.personalize!r}")


def check_count(top_n: int) -> None:
    """Raise InvalidQuery unless the number of results is possible."""
    if not 1 <= top_n <= MOST_RESULTS:
        raise InvalidQuery(f"top_n must be from 1 to {MOST_RESULTS}, got {top_n}")

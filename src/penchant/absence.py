"""Why something is not there: empty answers, and items that an answer leaves out."""

from __future__ import annotations

from penchant.domain.item import Item, facet_key
from penchant.domain.query import Query
from penchant.snapshot import Snapshot
from penchant.taste.reading import TasteReading

__all__ = ["nearest_titles", "nothing_found", "nothing_listed", "why_not"]

MOST_NEAREST = 5


def nothing_found(query: Query, snapshot: Snapshot) -> str:
    """Why a search has no results, and what to do."""
    noun = snapshot.catalogue.schema.noun
    unknown = _unknown_value(query, snapshot)
    if unknown is not None:
        return unknown
    if query.filters.is_empty:
        return f"No good match for “{query.text}”. Try a title, a person, a genre or a mood."
    return f"No {noun} fits “{query.text}” with these filters. Loosen one of them."


def nothing_listed(query: Query, snapshot: Snapshot) -> str:
    """Why a list without a query is empty."""
    noun = snapshot.catalogue.schema.noun
    unknown = _unknown_value(query, snapshot)
    if unknown is not None:
        return unknown
    if not query.filters.is_empty:
        return f"No {noun} is left with these filters. Loosen one of them."
    return f"No {noun} is left to recommend: everything here is seen, muted or hidden."


def nearest_titles(query: Query, snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """(id, title) of the items whose titles are most like the query.

    None where filters are set: then they, not the words, may have left nothing.
    """
    if not query.filters.is_empty:
        return ()
    nearest = snapshot.retriever.titles.nearest(query.text, MOST_NEAREST)
    return tuple((match.item.id, match.item.title) for match in nearest)


def why_not(item: Item, reading: TasteReading | None, *, searched: bool = False) -> str:
    """Why an item is not in somebody's list, or (`searched`) not among a query's results."""
    if item.hidden:
        return f"{item.title} is hidden from everyone"
    if reading is not None:
        for facet, names in reading.muted.items():
            keys = {facet_key(value) for value in item.values(facet)}
            shut = [name for name in names if facet_key(name) in keys]
            if shut:
                return f"you muted {shut[0]}; clear that to see {item.title} again"
        if not searched and item.id in reading.seen_items:
            verdicts = reading.profile.verdicts.values()
            # Where items are consumed again and again, each time stands as a verdict of its own.
            strongest = max(
                (v for v in verdicts if v.item_id == item.id), key=lambda v: (v.rank, v.at)
            )
            what = strongest.kind.replace("_", " ")
            return f"you are done with {item.title}: {what} (event {strongest.event_id})"
    return f"{item.title} is not among the results of this query"


def _unknown_value(query: Query, snapshot: Snapshot) -> str | None:
    """What to say of a filter by a value that no item has: most often it is misspelled."""
    catalogue = snapshot.catalogue
    for facet, values in query.filters.facets.items():
        index = catalogue.facets[catalogue.schema.facet(facet).name]
        if not index.columns(values):
            near = index.nearest_names(values[0])
            meant = f" Did you mean {', '.join(near)}?" if near else ""
            noun, wrong = catalogue.schema.noun, values[0][:60]
            return f"No {noun} has the {facet} {wrong!r} that you filter by.{meant}"
    return None

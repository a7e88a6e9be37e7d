"""True reasons: take the named evidence away and the term falls."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import given, settings
from ranking.small_worlds import World, worlds

from penchant.domain.item import Item
from penchant.domain.result import Explanation
from penchant.ranking.boosts import PersonalizationEngine

FACETS = ("genre", "theme", "actor", "director")
PLACES_LEARNED = 5
NOT_ABANDONED = 0.3


def facet_boost(world: World, item: Item, facet: str) -> float:
    rows = world.learner.catalogue.rows([item.id])
    return float(PersonalizationEngine().boosts(world.reading, rows).facets[facet][0])


def named_events(reason: Explanation) -> list[str]:
    return [e.removeprefix("event:") for e in reason.evidence if e.startswith("event:")]


def facet_reasons(world: World) -> Iterator[tuple[Item, str, Explanation]]:
    for result in world.blend_page():
        for reason in result.explanations:
            if reason.type in {f"{facet}_match" for facet in FACETS}:
                yield result.item, reason.terms[0], reason


@settings(max_examples=100)
@given(
    world=worlds(
        least_records=2, longest_cast=PLACES_LEARNED, most_items=6, least_progress=NOT_ABANDONED
    )
)
def test_a_facets_term_falls_when_its_named_events_are_taken_back(world: World) -> None:
    """For every liked genre, theme, actor and director on the page.

    Six items hold at most five ratings: too few for a rating style to shift the others' worth. No
    item is left barely started: whether that one counts against depends on the newest event.
    """
    for item, facet, reason in facet_reasons(world):
        events = named_events(reason)
        assert events
        poorer = world.without(events)
        assert facet_boost(poorer, item, facet) < facet_boost(world, item, facet)


@settings(max_examples=50)
@given(world=worlds(least_records=2))
def test_taking_back_everything_leaves_a_strangers_page(world: World) -> None:
    nothing = world.without([record.event_id for record in world.records])
    stranger = world.blend_page(personal=False)
    emptied = nothing.blend_page()
    assert [r.item.id for r in emptied] == [r.item.id for r in stranger]
    assert np.array_equal(
        [r.personalized_score for r in emptied], [r.personalized_score for r in stranger]
    )

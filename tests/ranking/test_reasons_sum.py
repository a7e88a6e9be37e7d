"""The ledger: whatever the world, terms sum to the score and reasons account for all of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ranking.small_worlds import World, candidates, worlds

from penchant.domain.query import Intent
from penchant.domain.result import Recommendation

SLACK = 1e-6


def check_ledger(page: tuple[Recommendation, ...]) -> None:
    """Every result's terms, reasons, multiplier and boosts tell one and the same story."""
    for result in page:
        score = result.personalized_score
        assert sum(result.terms.values()) == pytest.approx(score, abs=SLACK)
        assert result.explanations
        told = [reason.contribution for reason in result.explanations]
        assert sum(told) == pytest.approx(score, abs=SLACK)
        for reason in result.explanations:
            held = sum(result.terms[name] for name in reason.terms)
            assert held == pytest.approx(reason.contribution, abs=SLACK)
            assert reason.text
            assert 0.0 <= reason.confidence <= 1.0
        named = [name for reason in result.explanations for name in reason.terms]
        assert len(named) == len(set(named))
        if result.base_score > 0.0:
            assert result.base_score * result.boost_multiplier == pytest.approx(score, abs=SLACK)


@settings(max_examples=80)
@given(world=worlds(), data=st.data(), intent=st.sampled_from(Intent), strength=st.floats(0.1, 1.0))
def test_a_search_result_is_the_sum_of_its_reasons(
    world: World, data: st.DataObject, intent: Intent, strength: float
) -> None:
    found = data.draw(candidates(world))
    page = world.search_page(found, intent, strength)
    check_ledger(page)
    base = dict(zip(found.rows.tolist(), found.score.tolist(), strict=True))
    for result in page:
        row = world.learner.catalogue.row_of[result.item.id]
        assert result.base_score == pytest.approx(base[row])
        boosted = base[row] * (1.0 + sum(result.boost_details.values()))
        assert result.personalized_score == pytest.approx(boosted, abs=SLACK)
    assert {r.item.id for r in page} == {world.learner.catalogue.items[n].id for n in base}


@settings(max_examples=80)
@given(world=worlds())
def test_a_list_without_a_query_is_the_sum_of_its_reasons(world: World) -> None:
    page = world.blend_page()
    check_ledger(page)
    scores = [result.personalized_score for result in page]
    assert scores == sorted(scores, reverse=True)
    assert len({result.item.id for result in page}) == len(world.learner.catalogue)


@settings(max_examples=40)
@given(world=worlds(), data=st.data(), intent=st.sampled_from(Intent))
def test_a_strangers_results_have_public_reasons_only(
    world: World, data: st.DataObject, intent: Intent
) -> None:
    """Without a taste nothing is boosted and no reason names an event."""
    found = data.draw(candidates(world))
    searched = world.search_page(found, intent, 1.0, personal=False)
    for page in (searched, world.blend_page(personal=False)):
        check_ledger(page)
        for result in page:
            assert result.boost_multiplier == 1.0
            assert not any(result.boost_details.values())
            reasons = result.explanations
            assert not any(e.startswith("event:") for reason in reasons for e in reason.evidence)
    assert [r.personalized_score for r in searched] == [r.base_score for r in searched]
    order = np.lexsort((found.rows, -found.score, -found.tier.astype(int)))
    ids = [world.learner.catalogue.items[row].id for row in found.rows[order]]
    assert [r.item.id for r in searched] == ids


@settings(max_examples=40)
@given(world=worlds(least_records=1))
def test_named_evidence_is_in_the_log(world: World) -> None:
    """Every event that a reason names is one of the person's own, and every item is known."""
    own = {f"event:{record.event_id}" for record in world.records}
    items = {f"item:{item.id}" for item in world.learner.catalogue.items}
    for result in world.blend_page():
        for reason in result.explanations:
            assert set(reason.evidence) <= own | items

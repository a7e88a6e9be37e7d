"""Explanations: why an item stands where it stands, why not, and that the reasons are true."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from worlds import NOON, bundled_engine, items_where, open_bundled_engine, say, teach

from penchant.domain.item import Item
from penchant.domain.query import Query
from penchant.domain.result import Explanation, Recommendation
from penchant.engine import Engine
from penchant.errors import UnknownItem

EXPLAINER = "explain-mina"
NOW = NOON + 3_600.0


def known(genre: str, most: int = 6) -> list[Item]:
    """Well-known items of a genre."""
    return items_where(bundled_engine(), lambda item: genre in item.values("genre"))[:most]


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The shared engine with one taught person."""
    shared = bundled_engine()
    teach(
        shared,
        EXPLAINER,
        *[("rating", item.id, 9.0) for item in known("Medical", 3)],
        *[("love", item.id) for item in known("Thriller", 3)],
        *[("click", item.id) for item in known("Fantasy", 3)],
    )
    return shared


@pytest.mark.parametrize("user", [None, EXPLAINER])
def test_the_rank_is_the_place_by_score(engine: Engine, user: str | None) -> None:
    """Ranks order items as their scores do, from 1, and each explanation is the list's own."""
    listed = engine.recommend(user, 40).recommendations
    by_score = sorted(listed, key=lambda result: -result.personalized_score)
    ranks = []
    for result in by_score:
        answer = engine.explain(user, result.item.id)
        assert answer.recommendation == result
        assert answer.why_not is None
        assert answer.rank is not None
        assert answer.rank <= answer.out_of
        ranks.append(answer.rank)
    assert ranks[0] == 1
    assert ranks == sorted(set(ranks))


def test_every_rank_is_held_by_one_item(engine: Engine) -> None:
    """Over the whole catalogue the ranks are 1 to n, each once, and the seen items have none."""
    items = engine.snapshot.catalogue.items
    answers = [engine.explain(EXPLAINER, item.id) for item in items[:120]]
    seen = engine.profile(EXPLAINER).reading.seen_items
    assert {a.item.id for a in answers if a.rank is None} == seen & {i.id for i in items[:120]}
    ranks = [answer.rank for answer in answers if answer.rank is not None]
    assert len(set(ranks)) == len(ranks)
    assert {answer.out_of for answer in answers} == {len(items) - len(seen)}


def test_a_search_result_is_explained_at_its_place(engine: Engine) -> None:
    """With a query, the rank is the place in that search."""
    found = engine.search(Query("revenge", 50, EXPLAINER)).recommendations
    for place in (1, 2, 17, 50):
        result = found[place - 1]
        answer = engine.explain(EXPLAINER, result.item.id, "revenge")
        assert (answer.rank, answer.recommendation) == (place, result)


def test_why_not_hidden_muted_seen_or_unmatched() -> None:
    """Each absence has its reason, naming what to do: the mute, the event, the query."""
    engine = open_bundled_engine()
    hidden, seen, muted = (known(genre)[0] for genre in ("Horror", "Medical", "Sports"))
    engine.hide_item(hidden.id)
    teach(engine, "mina", ("rating", seen.id, 9.0))
    say(engine, "mina", "mute", "genre", "Sports")
    for item, words in [
        (hidden, ["hidden"]),
        (muted, ["muted", "Sports"]),
        (seen, ["done with", "mina-0"]),
    ]:
        answer = engine.explain("mina", item.id)
        assert answer.rank is None
        assert answer.recommendation is None
        assert answer.why_not is not None
        assert item.title in answer.why_not
        assert all(word in answer.why_not for word in words), answer.why_not
    away = next(i for i in engine.snapshot.catalogue.items if i.title == "Doctor Stranger")
    in_search = engine.explain("mina", away.id, "qzxv wkjh prrt")
    assert in_search.rank is None
    assert "not among the results" in (in_search.why_not or "")
    assert "muted" in (engine.explain("mina", muted.id, muted.title).why_not or "")
    assert "hidden" in (engine.explain("mina", hidden.id, hidden.title).why_not or "")
    # What was seen is still found by its title: a search is not a recommendation.
    assert engine.explain("mina", seen.id, seen.title).rank == 1
    assert "hidden" in (engine.explain(None, hidden.id).why_not or "")
    assert engine.explain(None, muted.id).rank is not None
    engine.close()


def test_an_unknown_item_cannot_be_explained(engine: Engine) -> None:
    """The error names the id."""
    with pytest.raises(UnknownItem, match="nowhere"):
        engine.explain(EXPLAINER, "nowhere")


def test_reasons_name_what_the_person_did(engine: Engine) -> None:
    """A genre reason names a genre of the item; its events are the person's, on such items."""
    catalogue = engine.snapshot.catalogue
    events = {
        f"event:{record.event_id}": record.feedback
        for record in engine.storage.records_of(EXPLAINER)
    }
    checked = 0
    for result in engine.recommend(EXPLAINER, 100).recommendations:
        for reason in result.explanations:
            if reason.type != "genre_match":
                continue
            shared = [g for g in result.item.values("genre") if g in reason.text]
            assert shared, (reason.text, result.item.values("genre"))
            assert reason.evidence
            for event_id in reason.evidence:
                feedback = events[event_id]
                assert feedback is not None
                liked = catalogue.get(feedback.item_id).values("genre")
                assert any(g in liked for g in shared)
                checked += 1
    assert checked > 50


PERSONAL = ("genre_match", "theme_match", "actor_match", "director_match", "similar_to")


def people(engine: Engine, number: int) -> list[str]:
    """People with three to nine random events of every positive weight."""
    randomly = random.Random(20)
    items = [item.id for item in items_where(engine, lambda _: True)[:200]]
    kinds = ["love", "watched", "like", "click", "watchlist_add"]
    users = [f"faithful-{n}" for n in range(number)]
    for user in users:
        chosen = randomly.sample(items, randomly.randint(3, 9))
        teach(engine, user, *[(randomly.choice(kinds), item) for item in chosen])
    return users


def sampled(engine: Engine, text: str | None) -> list[tuple[str, Recommendation, Explanation]]:
    """Fifty personal reasons from answers to these people, spread over people and kinds."""
    found: list[tuple[str, Recommendation, Explanation]] = []
    for user in people(engine, 12):
        if text is None:
            page = engine.recommend(user, 20, now=NOW).recommendations
        else:
            page = engine.search(Query(text, 20, user), now=NOW).recommendations
        found += [
            (user, result, reason)
            for result in page
            for reason in result.explanations
            if reason.type in PERSONAL and reason.contribution > 1e-9
        ]
    random.Random(7).shuffle(found)
    assert len(found) > 50
    return found[:50]


def twin_of(engine: Engine, user: str, number: int) -> tuple[str, dict[str, str]]:
    """A new person with the same events under other ids; returns their name and old id -> new."""
    twin = f"{user}-twin-{number}"
    told = [r.feedback for r in engine.storage.records_of(user) if r.feedback is not None]
    copies = [
        replace(feedback, event_id=f"{twin}:{feedback.event_id}", user_id=twin) for feedback in told
    ]
    assert all(receipt.status == "recorded" for receipt in engine.record_many(copies))
    return twin, {old.event_id: new.event_id for old, new in zip(told, copies, strict=True)}


def amount(recommendation: Recommendation | None, terms: tuple[str, ...]) -> float:
    """What the named terms add to an item's score."""
    assert recommendation is not None
    return sum(recommendation.terms.get(term, 0.0) for term in terms)


@pytest.mark.parametrize("text", [None, "drama"])
def test_without_its_evidence_the_term_falls(text: str | None) -> None:
    """For fifty sampled reasons: undo the events that a reason names, and its term is smaller."""
    engine = open_bundled_engine()
    unfaithful = []
    for number, (user, result, reason) in enumerate(sampled(engine, text)):
        twin, new_id = twin_of(engine, user, number)
        same = engine.explain(twin, result.item.id, text, now=NOW)
        before = amount(same.recommendation, reason.terms)
        assert before > 0.0
        named = [new_id[name[6:]] for name in reason.evidence if name.startswith("event:")]
        assert named, reason
        for event_id in named:
            engine.undo(event_id)
        answer = engine.explain(twin, result.item.id, text, now=NOW)
        if answer.rank is not None and not amount(answer.recommendation, reason.terms) < before:
            after = amount(answer.recommendation, reason.terms)
            unfaithful.append((reason.type, result.item.id, before, after))
    engine.close()
    assert unfaithful == []

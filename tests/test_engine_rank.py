"""Ranking a caller's own candidates, and finding items by what people type."""

from __future__ import annotations

from dataclasses import replace

import pytest
from worlds import bundled_engine, items_where, make_item, say, teach

from penchant.domain.item import Item
from penchant.engine import Engine
from penchant.errors import AmbiguousTitle, InvalidInput, UnknownItem

FAN = "rank-fan"


def genre_items(genre: str, without: str, most: int) -> list[Item]:
    """Well-known items of one genre and not of the other."""
    return items_where(
        bundled_engine(),
        lambda i: genre in i.values("genre") and without not in i.values("genre"),
    )[:most]


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The shared engine with a lover of thrillers who hates romances."""
    shared = bundled_engine()
    teach(
        shared,
        FAN,
        *[("love", item.id) for item in genre_items("Thriller", "Romance", 6)],
        *[("hate", item.id) for item in genre_items("Romance", "Thriller", 6)],
    )
    return shared


def order(engine: Engine, *arguments: object) -> list[str]:
    """The ids in the order of `rank`."""
    answer = engine.rank(*arguments)  # type: ignore[arg-type]
    return [result.item.id for result in answer.recommendations]


def test_every_candidate_is_ranked_once(engine: Engine) -> None:
    """All candidates and only they come back, best score first, seen ones too; terms sum."""
    candidates = [item.id for item in items_where(engine, lambda _: True)[:60]]
    asked = [(user, base) for user in (None, FAN, "rank-nobody") for base in (None, range(60))]
    for user, base in asked:
        answer = engine.rank(user, candidates, base)
        scores = [result.personalized_score for result in answer.recommendations]
        assert sorted(r.item.id for r in answer.recommendations) == sorted(candidates)
        assert scores == sorted(scores, reverse=True)
        assert sum(answer.weights.values()) == pytest.approx(1.0)
        for result in answer.recommendations:
            score = result.personalized_score
            assert sum(result.terms.values()) == pytest.approx(score, abs=1e-6)
            told = sum(reason.contribution for reason in result.explanations)
            assert told == pytest.approx(score, abs=1e-6)
            assert result.explanations


def test_the_order_of_candidates_does_not_matter(engine: Engine) -> None:
    """The same candidates in another order are ranked alike."""
    candidates = [item.id for item in items_where(engine, lambda _: True)[:30]]
    assert order(engine, FAN, candidates) == order(engine, FAN, candidates[::-1])


def test_a_stranger_keeps_the_callers_order(engine: Engine) -> None:
    """With base scores and no taste the order is theirs, on any scale, negative ones too."""
    candidates = [item.id for item in items_where(engine, lambda _: True)[:8]]
    for scores in ([3.0, 9.0, 1.0, 7.0, 5.0, 2.0, 8.0, 4.0], [-5e6, -1.0, -9e9, 0.0, 2, 4, 6, 8]):
        ranked = sorted(zip(scores, candidates, strict=True), reverse=True)
        expected = [item_id for _, item_id in ranked]
        assert order(engine, None, candidates, scores) == expected
        assert order(engine, "rank-nobody", candidates, scores) == expected


def test_taste_overturns_a_close_base_score(engine: Engine) -> None:
    """A thriller slightly behind a romance comes first for the fan, not for a stranger."""
    thriller = genre_items("Thriller", "Romance", 12)[-1]
    romance = genre_items("Romance", "Thriller", 12)[-1]
    pair, scores = [thriller.id, romance.id], [0.9, 1.0]
    assert order(engine, None, pair, scores) == [romance.id, thriller.id]
    assert order(engine, FAN, pair, scores) == [thriller.id, romance.id]


def test_items_of_ones_own_are_ranked_by_the_same_taste(engine: Engine) -> None:
    """Items that are not in the catalogue meet the taste through their facets, with reasons."""
    own = [
        Item("own-romance", "Hearts", facets={"genre": ("Romance",)}, text="Two hearts in love."),
        Item("own-thriller", "Knives", facets={"genre": ("Thriller",)}, text="A killer is hunted."),
    ]
    before = engine.snapshot
    answer = engine.rank(FAN, own)
    first, last = answer.recommendations
    assert first.item.id == "own-thriller"
    assert first.boost_details["genre"] > 0.0 > last.boost_details["genre"]
    types = {reason.type for reason in first.explanations}
    assert "genre_match" in types
    assert "genre_mismatch" in {reason.type for reason in last.explanations}
    assert engine.snapshot is before
    with pytest.raises(UnknownItem):
        engine.item("own-thriller")


def test_own_items_and_ids_may_be_mixed(engine: Engine) -> None:
    """A caller may rank a changed copy of a catalogue item beside ids of others."""
    thriller, other = genre_items("Thriller", "Romance", 9)[7:9]
    changed = replace(thriller, facets={"genre": ("Romance",)})
    kept = engine.rank(FAN, [thriller.id, other.id]).recommendations
    mixed = engine.rank(FAN, [changed, other.id]).recommendations
    assert {r.item.id for r in kept} == {r.item.id for r in mixed} == {thriller.id, other.id}
    boost = {r.item.id: r.boost_details["genre"] for r in mixed}
    assert boost[thriller.id] < 0.0 < boost[other.id]


def test_a_pin_reorders_candidates_before_any_event(engine: Engine) -> None:
    """A stated genre counts for a caller's candidates too."""
    pair = [
        genre_items("Romance", "Thriller", 1)[0].id,
        genre_items("Thriller", "Romance", 1)[0].id,
    ]
    say(engine, "rank-pin", "pin", "genre", "Thriller")
    assert order(engine, "rank-pin", pair, [1.0, 1.0])[0] == pair[1]


def test_no_candidates_give_an_empty_answer(engine: Engine) -> None:
    """Nothing to rank is not an error."""
    for user in (None, FAN):
        assert engine.rank(user, []).recommendations == ()


def test_wrong_candidates_are_refused(engine: Engine) -> None:
    """Unknown ids, doubled ones and counts that differ are named."""
    first, second = (item.id for item in items_where(engine, lambda _: True)[:2])
    with pytest.raises(UnknownItem, match="nowhere"):
        engine.rank(FAN, [first, "nowhere"])
    with pytest.raises(InvalidInput, match="twice"):
        engine.rank(FAN, [first, first])
    with pytest.raises(InvalidInput, match="2 items but 1 base"):
        engine.rank(FAN, [first, second], [1.0])


@pytest.mark.parametrize("score", [float("nan"), float("inf"), float("-inf")])
def test_a_base_score_is_a_finite_number(engine: Engine, score: float) -> None:
    """NaN or infinity among the base scores is refused: no sum of terms could hold it."""
    pair = [item.id for item in items_where(engine, lambda _: True)[:2]]
    with pytest.raises(InvalidInput):
        engine.rank(FAN, pair, [1.0, score])


# --- titles -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "item_id"),
    [
        ("Crash Landing on You", "crash-landing-on-you-2019"),
        ("crash landing on you", "crash-landing-on-you-2019"),
        ("Goblin", "guardian-the-lonely-and-great-god-2016"),
        ("사랑의 불시착", "crash-landing-on-you-2019"),
        ("While You Were Sleeping", "while-you-were-sleeping-2017"),
        ("Crash Landing on You (2019)", "crash-landing-on-you-2019"),
    ],
)
def test_a_title_is_found(engine: Engine, typed: str, item_id: str) -> None:
    """Titles in any case, alternates, Hangul and with the year name their drama."""
    assert engine.find_title(typed).id == item_id


def test_a_shared_title_is_ambiguous(engine: Engine) -> None:
    """A name of two dramas is not guessed: both are offered with their years."""
    with pytest.raises(AmbiguousTitle) as unclear:
        engine.find_title("The Devil")
    offered = dict(unclear.value.alternatives)
    assert set(offered) == {"revenant-2023", "lucifer-2007"}
    for item_id, title in offered.items():
        assert item_id[-4:] in title
        assert title in str(unclear.value)
    assert engine.find_title("The Devil (2007)").id == "lucifer-2007"


@pytest.mark.parametrize("typed", ["Crash Landing on Yuo", "qwer asdf"])
def test_an_unknown_title_offers_the_nearest(engine: Engine, typed: str) -> None:
    """A typo is not acted upon; the error holds ids and titles of the nearest."""
    with pytest.raises(UnknownItem) as unknown:
        engine.find_title(typed)
    alternatives = unknown.value.alternatives
    assert 1 <= len(alternatives) <= 5
    assert alternatives[0][1] in str(unknown.value)
    known = {item.id for item in engine.snapshot.catalogue.items}
    assert {item_id for item_id, _ in alternatives} <= known
    if typed.startswith("Crash"):
        assert alternatives[0][0] == "crash-landing-on-you-2019"


def test_suggestions_complete_what_is_typed(engine: Engine) -> None:
    """Beginnings come best first, each drama once, no more than asked for."""
    found = engine.suggest("crash", 5)
    assert found[0].item.id == "crash-landing-on-you-2019"
    assert len({match.item.id for match in found}) == len(found) <= 5
    assert len(engine.suggest("the", 3)) == 3
    assert engine.suggest("   ") == ()
    assert engine.suggest("도깨")[0].item.id == "guardian-the-lonely-and-great-god-2016"


def test_an_unknown_id_is_an_error(engine: Engine) -> None:
    """An unknown id is an error that names it."""
    with pytest.raises(UnknownItem, match="nowhere"):
        engine.item("nowhere")
    with pytest.raises(UnknownItem, match="nowhere"):
        engine.similar("nowhere")


def test_a_base_score_is_a_reason_of_its_own() -> None:
    """What the caller's model says is told as that, with the number that was given."""
    engine = bundled_engine()
    answer = engine.rank(None, ["signal-2016", "vincenzo-2021"], [0.8, 0.7])
    told = [result.explanations[0] for result in answer.recommendations]
    assert [reason.type for reason in told] == ["base_score", "base_score"]
    assert "0.8" in told[0].text
    assert "0.7" in told[1].text


def test_own_candidates_do_not_change_who_one_is() -> None:
    """Persona and top genres are of the person, whatever stands among the candidates."""
    engine = bundled_engine()
    teach(engine, "rank-same", ("love", "hospital-playlist-2020"), ("love", "good-doctor-2013"))
    plain = engine.rank("rank-same", ["signal-2016"]).personalization
    own = make_item("own-1", genre=["Drama"])
    mixed = engine.rank("rank-same", ["signal-2016", own]).personalization
    assert list(mixed.top_genres) == list(plain.top_genres)
    assert mixed.persona == plain.persona

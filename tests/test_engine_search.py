"""Searching the bundled catalogue: anonymous, personal, and your query first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from worlds import (
    DAY,
    LATER,
    an_event,
    bundled_engine,
    items_where,
    open_bundled_engine,
    say,
    teach,
)

from penchant.catalogue.source import read_bundled_items
from penchant.domain.item import Item
from penchant.domain.query import Filters, Intent, Query
from penchant.domain.result import SearchAnswer
from penchant.engine import Engine
from penchant.errors import InvalidInput, InvalidQuery

QUERIES = [
    "drama",
    "Crash Landing on You",
    "sad emotional drama",
    "romantic comedy",
    "short drama",
    "something like Goblin",
    "best 2020 thrillers",
    "trending now",
    "Park Seo-joon drama",
    "medical drama about a genius surgeon",
    "ghosts and grim reapers",
    "revenge",
    "도깨비",
    "hsopital playlist",
]


def ids(answer: SearchAnswer) -> list[str]:
    """The item ids of an answer, best first."""
    return [result.item.id for result in answer.recommendations]


def public_parts(answer: SearchAnswer) -> str:
    """What must be equal for everyone whom the engine may not personalize for."""
    return repr((answer.analysis, answer.pipeline, answer.recommendations, answer.message))


def fans(genre: str, most: int = 6) -> list[Item]:
    """Well-known items of a genre."""
    return items_where(bundled_engine(), lambda item: genre in item.values("genre"))[:most]


@pytest.fixture(scope="module")
def engine() -> Engine:
    """The bundled catalogue with two people of opposite tastes, and one who has said a lot."""
    shared = bundled_engine()
    thrillers = items_where(
        shared, lambda i: "Thriller" in i.values("genre") and "Comedy" not in i.values("genre")
    )[:8]
    comedies = items_where(
        shared, lambda i: "Comedy" in i.values("genre") and "Thriller" not in i.values("genre")
    )[:8]
    for user, loved, hated in [("dark", thrillers, comedies), ("bright", comedies, thrillers)]:
        teach(
            shared,
            f"search-{user}",
            *[("love", item.id) for item in loved],
            *[("hate", item.id) for item in hated],
        )
    teach(
        shared,
        "search-mixed",
        *[("rating", item.id, 9.0) for item in fans("Medical", 3)],
        *[("watched", item.id) for item in fans("Historical", 3)],
        *[("dismiss", item.id) for item in fans("Horror", 2)],
    )
    say(shared, "search-mixed", "like", "genre", "Mystery")
    return shared


TAUGHT = ["search-dark", "search-bright", "search-mixed"]


@pytest.mark.parametrize("text", QUERIES)
def test_nobody_a_stranger_and_personalize_off_get_one_answer(engine: Engine, text: str) -> None:
    """Analysis, pipeline and recommendations are byte-equal; a taught person's answer differs."""
    query = Query(text, top_n=20)
    anonymous = engine.search(query)
    off = engine.search(replace(query, user_id="search-dark", personalize=0.0))
    stranger = engine.search(replace(query, user_id="search-nobody"))
    assert public_parts(off) == public_parts(anonymous)
    assert public_parts(stranger) == public_parts(anonymous)
    assert not any(a.personalization.applied for a in (anonymous, off, stranger))
    taught = engine.search(replace(query, user_id="search-dark"))
    assert taught.personalization.applied
    assert repr(taught.recommendations) != repr(anonymous.recommendations)
    assert taught.analysis == anonymous.analysis


def test_someone_who_took_everything_back_is_a_stranger_again() -> None:
    """After undoing every event the answer is the anonymous one."""
    engine = bundled_engine()
    for event_id in teach(engine, "search-regret", ("love", fans("Thriller")[0].id)):
        engine.undo(event_id)
    anonymous = engine.search(Query("revenge"))
    assert public_parts(engine.search(Query("revenge", user_id="search-regret"))) == public_parts(
        anonymous
    )


def test_opposite_histories_get_opposite_dramas(engine: Engine) -> None:
    """For "drama" the lover of thrillers and the lover of comedies get different first results."""
    dark = engine.search(Query("drama", user_id="search-dark")).recommendations
    bright = engine.search(Query("drama", user_id="search-bright")).recommendations
    assert dark[0].item.id != bright[0].item.id
    assert "Thriller" in dark[0].item.values("genre")
    assert "Comedy" in bright[0].item.values("genre")


def test_half_personal_lies_between(engine: Engine) -> None:
    """With personalize .5 every boost is half of the full one."""
    full = engine.search(Query("revenge", 50, "search-dark"))
    half = engine.search(Query("revenge", 50, "search-dark", personalize=0.5))
    boosts = {r.item.id: r.boost_details["genre"] for r in full.recommendations}
    compared = 0
    for result in half.recommendations:
        total = sum(result.boost_details.values())
        if result.item.id in boosts and -0.2 < total < 0.5:
            compared += 1
            assert result.boost_details["genre"] == pytest.approx(boosts[result.item.id] / 2)
    assert compared > 5


@pytest.mark.parametrize("user_id", [None, *TAUGHT])
def test_scores_are_sums_of_terms_and_reasons(engine: Engine, user_id: str | None) -> None:
    """In each result terms and contributions sum to the score, which is base times multiplier."""
    seen = 0
    for text in QUERIES:
        for result in engine.search(Query(text, 30, user_id)).recommendations:
            seen += 1
            score = result.personalized_score
            assert sum(result.terms.values()) == pytest.approx(score, abs=1e-6)
            told = [reason.contribution for reason in result.explanations]
            assert len(told) >= 1
            assert sum(told) == pytest.approx(score, abs=1e-6)
            assert result.base_score * result.boost_multiplier == pytest.approx(score, abs=1e-6)
            assert result.base_score > 0.0
            assert 0.4 - 1e-9 <= result.boost_multiplier <= 2.4 + 1e-9
            assert set(result.boost_details) == {"genre", "theme", "actor", "director"}
            boosts = sum(result.boost_details.values())
            assert result.boost_multiplier == pytest.approx(1.0 + boosts, abs=1e-6)
            if user_id is None:
                assert result.boost_multiplier == 1.0
                assert result.personalized_score == result.base_score
            for reason in result.explanations:
                assert reason.text
                assert 0.0 <= reason.confidence <= 1.0
    assert seen > 200


def test_a_medical_boost_is_the_seeds(engine: Engine) -> None:
    """Two medical dramas at full marks: Medical .68, so a boost of +.34 at most, "1.34 times"."""
    teach(
        engine,
        "search-medic",
        *[("rating", item.id, 10.0) for item in fans("Medical", 2)],
    )
    medic = engine.profile("search-medic", now=1_750_000_060.0)
    preference = {p.name: p.value for p in medic.top("genre")}
    assert preference["Medical"] == pytest.approx(0.68, abs=1e-4)
    answer = engine.search(Query("hospital doctors", 30, "search-medic"), now=1_750_000_060.0)
    medical = [r for r in answer.recommendations if "Medical" in r.item.values("genre")]
    assert medical
    for result in medical:
        assert result.boost_details["genre"] == pytest.approx(0.34, abs=1e-3)


TITLES = [item.title for item in read_bundled_items() if len(item.title) > 3][::15][:30]


@pytest.mark.parametrize("title", TITLES)
def test_an_exact_title_is_first_whatever_the_taste(title: str) -> None:
    """Someone who hates it and caps everything about it still finds the very title at rank 1."""
    engine = bundled_engine()
    anonymous = engine.search(Query(title)).recommendations[0].item
    assert anonymous.title == title
    user = f"search-hater-{anonymous.id}"[:128]
    alike = items_where(
        engine, lambda i: bool({*i.values("genre")} & {*anonymous.values("genre")})
    )[:10]
    teach(engine, user, ("hate", anonymous.id), *[("rating", i.id, 0.0) for i in alike])
    for facet in ("genre", "actor", "director", "theme"):
        for value in anonymous.values(facet):
            say(engine, user, "cap", facet, value, 0.0)
    hated = engine.search(Query(title, user_id=user))
    assert hated.personalization.applied
    assert hated.recommendations[0].item.id == anonymous.id
    assert hated.recommendations[0].boost_multiplier < 0.75


def test_thirty_titles_are_tried() -> None:
    """The list above is not empty by accident."""
    assert len(set(TITLES)) == 30


def test_a_specific_title_binds_and_the_answer_says_so(engine: Engine) -> None:
    """The title stays first, the rest moves a little, and what the guard held is named."""
    query = Query("Crash Landing on You", 50)
    base = ids(engine.search(query))
    moved, held = 0, 0
    for user in TAUGHT:
        answer = engine.search(replace(query, user_id=user))
        assert answer.analysis.intent is Intent.SPECIFIC_TITLE
        assert ids(answer)[0] == base[0]
        moved += ids(answer) != base
        held += len(answer.personalization.guarded)
    assert moved == 3
    assert held > 0


def test_the_personal_alpha_changes_what_is_retrieved() -> None:
    """With every boost at 0, a focused and a diverse person still get different lists."""
    none = dict.fromkeys(("genre", "theme", "actor", "director"), 0.0)
    engine = open_bundled_engine(boosts=none)
    # Statements only: no theme is learned, so that no words are added to the query either.
    say(engine, "focused", "like", "genre", "Romance")
    for genre in engine.snapshot.catalogue.facets["genre"].names:
        say(engine, "diverse", "like", "genre", genre)
    different = 0
    for text in ("revenge", "ghosts and grim reapers", "medical drama about a genius surgeon"):
        anonymous = engine.search(Query(text, 20))
        focused = engine.search(Query(text, 20, "focused"))
        diverse = engine.search(Query(text, 20, "diverse"))
        base = anonymous.personalization.original_alpha
        alphas = [a.personalization.personalized_alpha for a in (focused, anonymous, diverse)]
        assert base is not None
        assert alphas[0] < alphas[1] == base < alphas[2]  # type: ignore[operator]
        assert focused.pipeline["alpha"] == alphas[0]
        assert focused.personalization.alpha_adjusted
        assert focused.pipeline["expanded_terms"] == anonymous.pipeline["expanded_terms"]
        share = [_semantic_share(answer) for answer in (focused, anonymous, diverse)]
        assert share[0] < share[1] < share[2]
        different += ids(focused) != ids(diverse)
    assert different >= 2
    engine.close()


def _semantic_share(answer: SearchAnswer) -> float:
    """The semantic part of the scores of one answer."""
    terms = [result.terms for result in answer.recommendations]
    semantic = sum(t["semantic"] for t in terms)
    return semantic / (semantic + sum(t["lexical"] for t in terms))


def test_muted_values_vanish(engine: Engine) -> None:
    """A muted genre, actor or theme is in no result of that person, and is back once cleared."""
    user = "search-muter"
    for facet, name, text in [
        ("genre", "Thriller", "revenge"),
        ("actor", "Hyun Bin", "Crash Landing on You"),
        ("theme", "Revenge", "revenge"),
    ]:
        before = engine.search(Query(text, 50)).recommendations
        assert any(name in r.item.values(facet) for r in before)
        say(engine, user, "mute", facet, name)
        found = engine.search(Query(text, 50, user)).recommendations
        assert found
        assert not any(name in r.item.values(facet) for r in found)
        listed = engine.recommend(user, 100).recommendations
        assert not any(name in r.item.values(facet) for r in listed)
        say(engine, user, "clear", facet, name, at=1_750_000_100.0)
        again = engine.search(Query(text, 50, user)).recommendations
        assert [r.item.id for r in again] == [r.item.id for r in before]


def test_filters_hold_for_everyone(engine: Engine) -> None:
    """Every filter keeps out what does not meet it, whoever asks and whatever they like."""
    cases = [
        (Filters(facets={"genre": ("Medical",)}), lambda i: "Medical" in i.values("genre")),
        (Filters(facets={"publisher": ("tvN",)}), lambda i: "tvN" in i.values("publisher")),
        (Filters(people=("Park Seo Joon",)), lambda i: "Park Seo Joon" in i.values("actor")),
        (Filters(ranges={"year": (2018, 2020)}), lambda i: 2018 <= i.year <= 2020),
        (Filters(ranges={"episodes": (None, 12)}), lambda i: i.number("episodes") <= 12),
        (Filters(ranges={"rating": (8.5, None)}), lambda i: i.rating >= 8.5),
        (
            Filters(exclude_facets={"genre": ("Romance",)}),
            lambda i: "Romance" not in i.values("genre"),
        ),
    ]
    for filters, holds in cases:
        for user in (None, "search-bright"):
            results = engine.search(Query("love", 50, user, filters=filters)).recommendations
            listed = engine.recommend(user, 50, filters).recommendations
            assert results
            assert listed
            assert all(holds(r.item) for r in (*results, *listed)), filters


def test_excluded_items_are_left_out(engine: Engine) -> None:
    """Ids that the caller excludes are in neither answer."""
    first = {ids(engine.search(Query("revenge", 1)))[0]}
    first.add(engine.recommend(None, 1).recommendations[0].item.id)
    filters = Filters(exclude_items=frozenset(first))
    assert not first & set(ids(engine.search(Query("revenge", 50, filters=filters))))
    listed = engine.recommend(None, 50, filters).recommendations
    assert not first & {r.item.id for r in listed}


def test_nonsense_gets_no_match_and_the_nearest_titles(engine: Engine) -> None:
    """Gibberish has no results, a message that quotes it, and titles to choose from."""
    for user in (None, "search-dark"):
        answer = engine.search(Query("qzxv wkjh prrt", user_id=user))
        assert answer.recommendations == ()
        assert answer.message is not None
        assert "qzxv wkjh prrt" in answer.message
        assert 1 <= len(answer.nearest_titles) <= 5


def test_filters_that_leave_nothing_say_so(engine: Engine) -> None:
    """An empty answer because of filters names the filters, not the words."""
    answer = engine.search(Query("romance", filters=Filters(ranges={"year": (1950, 1951)})))
    assert answer.recommendations == ()
    assert "filters" in (answer.message or "")


@pytest.mark.parametrize("top_n", [1, 7, 200])
def test_at_most_as_many_as_asked_for(engine: Engine, top_n: int) -> None:
    """A longer answer begins with the shorter one, and no item stands twice."""
    long = ids(engine.search(Query("love", 200, "search-dark")))
    found = ids(engine.search(Query("love", top_n, "search-dark")))
    assert found == long[:top_n]
    assert len(set(found)) == len(found) == min(top_n, len(long))


@pytest.mark.parametrize(
    "query",
    [
        Query(""),
        Query("   "),
        Query("x" * 1_001),
        Query("love", top_n=0),
        Query("love", top_n=201),
        Query("love", personalize=-0.1),
        Query("love", personalize=1.1),
        Query("love", personalize=float("nan")),
        Query("love", filters=Filters(facets={"colour": ("red",)})),
        Query("love", filters=Filters(ranges={"weight": (1.0, None)})),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused(engine: Engine, query: Query) -> None:
    """The error is InvalidQuery, short, and does not repeat a long query."""
    with pytest.raises(InvalidQuery) as refused:
        engine.search(query)
    assert 10 < len(str(refused.value)) < 300


def test_an_unusable_user_id_is_refused(engine: Engine) -> None:
    """A control character in the user id is no user."""
    with pytest.raises(InvalidInput, match="user_id"):
        engine.search(Query("love", user_id="mi\x00na"))


@pytest.mark.parametrize(
    "text",
    [
        '"',
        "(love",
        "love AND OR",
        "title:*",
        "a" * 1_000,
        "\x00",
        "\ud800",
        "💔💔",
        "%s%n",
        "۩",
        "-",
    ],
)
def test_any_text_is_a_query(engine: Engine, text: str) -> None:
    """Query syntax, signs and broken Unicode are answered, never raised about."""
    answer = engine.search(Query(text, user_id="search-mixed"))
    assert answer.recommendations or answer.message


def test_asking_twice_gives_the_same(engine: Engine) -> None:
    """At one moment the answer is a function of query and log."""
    for user in (None, *TAUGHT):
        query = Query("revenge", 30, user)
        assert repr(engine.search(query)) == repr(engine.search(query))


def test_the_answer_names_the_version_it_used(engine: Engine) -> None:
    """An answer states position and version of the profile behind it: those of the last write."""
    event = an_event("search-versioned", "love", fans("Medical")[0].id, event_id="search-v-0")
    receipt = engine.record(event)
    used = engine.search(Query("love", user_id="search-versioned")).personalization
    assert (used.position, used.profile_version) == (receipt.position, receipt.profile_version)


# --- what is trending ---------------------------------------------------------------------------


def least_known(engine: Engine, count: int) -> list[Item]:
    """Dramas that hardly anybody has rated: nothing but the crowd can bring them up."""
    return sorted(engine.snapshot.catalogue.items, key=lambda i: (i.rating_count, i.id))[:count]


def watched_by(engine: Engine, item: Item, people: int, days_ago: float) -> None:
    """So many people of their own watch an item."""
    for person in range(people):
        user = f"fan-{item.id}-{days_ago:g}-{person}"
        teach(engine, user, ("watched", item.id), at=LATER - days_ago * DAY)


def test_trending_searches_follow_the_crowd() -> None:
    """What people turned to this week comes first, by how many they are; last month's comes after.

    The term is called `trend`, and the reason counts the people.
    """
    engine = open_bundled_engine()
    most, some, former, retracted = least_known(engine, 4)
    watched_by(engine, most, 12, days_ago=1)
    watched_by(engine, some, 5, days_ago=1)
    watched_by(engine, former, 12, days_ago=30)
    watched_by(engine, retracted, 1, days_ago=1)
    engine.undo(f"fan-{retracted.id}-1-0-0")
    answer = engine.search(Query("trending now", 20))
    assert answer.analysis.intent is Intent.TRENDING
    assert ids(answer)[:3] == [most.id, some.id, former.id]
    assert retracted.id not in ids(answer)[:4]
    first, second, _ = answer.recommendations[:3]
    assert first.terms["trend"] > second.terms["trend"] > 0.0
    assert all(r.terms["trend"] > r.terms["popularity"] for r in answer.recommendations[:2])
    for result, people in ((first, 12), (second, 5)):
        (reason,) = [one for one in result.explanations if one.type == "trending"]
        assert reason.text == f"Trending: {people} people turned to it in 7 days"
        assert reason.terms == ("trend",)
        assert reason.evidence == (f"item:{result.item.id}",)
    engine.close()


def test_scores_of_trending_searches_are_sums_of_terms_and_reasons() -> None:
    """As everywhere; also for one person, whose taste moves what is trending."""
    engine = open_bundled_engine()
    for item in least_known(engine, 6):
        watched_by(engine, item, 2, days_ago=1)
    teach(engine, "somebody", ("love", fans("Medical")[0].id))
    for user_id in (None, "somebody"):
        for result in engine.search(Query("trending now", 10, user_id)).recommendations:
            assert sum(result.terms.values()) == pytest.approx(result.personalized_score)
            told = sum(reason.contribution for reason in result.explanations)
            assert told == pytest.approx(result.personalized_score)
    engine.close()


def test_without_a_crowd_trending_is_what_is_popular_and_says_so() -> None:
    """Nobody has done anything yet: no term is called `trend`, no reason speaks of now."""
    engine = open_bundled_engine()
    for result in engine.search(Query("trending now", 10)).recommendations:
        assert "trend" not in result.terms
        assert result.terms["popularity"] > 0.0
        assert {reason.type for reason in result.explanations} == {"popular"}
    engine.close()


def test_other_searches_do_not_follow_the_trend() -> None:
    """A genre or a plot is what was asked for, whatever people watch this week."""
    engine = open_bundled_engine()
    texts = ("medical drama", "ghosts and grim reapers", "best 2020 thrillers", "something good")
    before = [ids(engine.search(Query(text, 10))) for text in texts]
    watched_by(engine, least_known(engine, 1)[0], 10, days_ago=1)
    answers = [engine.search(Query(text, 10)) for text in texts]
    assert answers[-1].analysis.intent is Intent.VAGUE
    assert [ids(answer) for answer in answers] == before
    assert all("trend" not in r.terms for answer in answers for r in answer.recommendations)
    engine.close()


def test_one_view_of_long_ago_is_no_trend() -> None:
    """A single person, a hundred days ago: neither the most sought now nor "not long ago"."""
    engine = open_bundled_engine()
    (unknown,) = least_known(engine, 1)
    watched_by(engine, unknown, 1, days_ago=100)
    first = engine.search(Query("trending now", 10)).recommendations[0]
    engine.close()
    assert first.item.id != unknown.id
    assert not any("not long ago" in reason.text for reason in first.explanations)


def test_behind_what_is_sought_comes_what_is_popular() -> None:
    """When three items trend, the fourth of the list is not the first of the alphabet."""
    engine = open_bundled_engine()
    for item in least_known(engine, 3):
        watched_by(engine, item, 3, days_ago=1)
    rest = engine.search(Query("trending now", 10)).recommendations[3:]
    engine.close()
    assert min(result.item.rating_count for result in rest) > 10_000

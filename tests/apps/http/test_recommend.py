"""GET /recommend: the blocks that the seeds name, filters, bounds, and who gets what."""

from __future__ import annotations

import json
from typing import Any

import pytest
from apps.api_client import Api

SAME_FOR_ALL = ("analysis", "pipeline", "recommendations")
BOOSTED = ("genre", "theme", "actor", "director")


def as_bytes(answer: dict[str, Any], *blocks: str) -> bytes:
    """These blocks of an answer, as they were sent."""
    return json.dumps([answer[block] for block in blocks], ensure_ascii=False).encode()


def test_blocks_of_an_anonymous_search(api: Api) -> None:
    """A search answers with the five blocks of the seeds, in their words."""
    found = api.found("medical drama", top_n=5)
    assert list(found) == ["query", "analysis", "personalization", "pipeline", "recommendations"]
    query = found["query"]
    assert query["title"] == "medical drama"
    assert query["top_n"] == 5
    assert query["user_id"] is None
    assert query["personalize"] == 1.0
    analysis = found["analysis"]
    assert analysis["intent"] == "genre_browse"
    assert analysis["entities"] == {"genre": ["Medical"]}
    assert 0.0 < analysis["confidence"] <= 1.0
    assert 0.0 <= analysis["alpha"] <= 1.0
    assert "hospital" in analysis["expanded_terms"]
    assert len(found["recommendations"]) == 5


def test_personalization_block_of_an_anonymous_search(api: Api) -> None:
    """Nobody's search says that nothing was personalized, with the same fields as anybody's."""
    found = api.found("medical drama")
    assert found["personalization"] == {
        "applied": False,
        "alpha_adjusted": False,
        "original_alpha": found["analysis"]["alpha"],
        "personalized_alpha": found["analysis"]["alpha"],
        "top_genres": {},
        "persona": [],
        "profile_version": 0,
        "position": 0,
        "guarded": [],
    }


def test_personalization_block_of_a_fan(api: Api, medical_fan: str) -> None:
    """A taught user's search names the taste that was applied and how alpha moved."""
    found = api.found("drama", medical_fan)
    assert found["query"]["user_id"] == medical_fan
    block = found["personalization"]
    assert block["applied"] is True
    assert "Medical Fan" in block["persona"]
    assert next(iter(block["top_genres"])) == "Medical"
    assert list(block["top_genres"].values()) == sorted(block["top_genres"].values(), reverse=True)
    assert block["original_alpha"] == found["analysis"]["alpha"]
    assert block["alpha_adjusted"] == (block["original_alpha"] != block["personalized_alpha"])
    assert block["alpha_adjusted"] is True
    assert 0.2 <= block["personalized_alpha"] <= 0.95
    assert abs(block["personalized_alpha"] - block["original_alpha"]) <= 0.1
    assert block["profile_version"] == 3
    assert block["position"] == api.get(f"/profile/{medical_fan}").ok["position"] > 0
    assert isinstance(block["guarded"], list)


def test_pipeline_names_its_parts(api: Api) -> None:
    """The pipeline block says which retrievers and which reranker gave how many candidates."""
    pipeline = api.found("medical drama")["pipeline"]
    assert pipeline["lexical"] == "bm25"
    assert pipeline["semantic"] == "wordllama-256"
    assert pipeline["reranker"] is None
    assert pipeline["candidates"] >= 10


def test_fields_of_a_recommendation(api: Api, medical_fan: str) -> None:
    """Each result has the seeds' fields beside its id, with a reason or more."""
    for found in api.found("drama", medical_fan, top_n=20)["recommendations"]:
        item = api.get(f"/items/{found['id']}").ok
        assert found["Title"] == item["Title"]
        assert found["year"] == item["year"]
        assert found["rating"] == item["rating"]
        assert found["genres"] == item["genres"]
        assert found["base_score"] >= 0.0
        assert set(found["boost_details"]) == set(BOOSTED)
        for reason in found["explanations"]:
            assert reason["type"]
            assert reason["text"]
            assert 0.0 <= reason["confidence"] <= 1.0
            assert set(reason["terms"]) <= set(found["terms"])
        assert len(found["explanations"]) >= 1


def test_multiplier_is_one_plus_the_boosts(api: Api, medical_fan: str) -> None:
    """The multiplier is 1 plus the sum of boost_details, kept in [.4, 2.4], times the base."""
    for found in api.found("drama", medical_fan, top_n=50)["recommendations"]:
        expected = min(max(1.0 + sum(found["boost_details"].values()), 0.4), 2.4)
        assert found["boost_multiplier"] == pytest.approx(expected, abs=1e-6)
        assert found["personalized_score"] == pytest.approx(
            found["base_score"] * found["boost_multiplier"], abs=1e-6
        )


@pytest.mark.parametrize(
    "query",
    ["drama", "medical drama", "sad emotional drama", "Signal", "something like Goblin",
     "best 2020 thrillers", "Park Seo-joon drama", "short drama", "trending now", None],
)  # fmt: skip
@pytest.mark.parametrize("known", [True, False])
def test_terms_and_contributions_sum_to_the_score(
    api: Api,
    medical_fan: str,
    query: str | None,
    known: bool,  # noqa: FBT001 (a parameter)
) -> None:
    """In every result the kept terms, and the reasons' shares, add up to the score."""
    listed = api.found(query, medical_fan if known else None, top_n=50)["recommendations"]
    assert listed
    for found in listed:
        score = found["personalized_score"]
        assert sum(found["terms"].values()) == pytest.approx(score, abs=1e-6)
        told = sum(reason["contribution"] for reason in found["explanations"])
        assert told == pytest.approx(score, abs=1e-6)


def test_reasons_come_in_order_of_size_and_strength(api: Api, medical_fan: str) -> None:
    """The largest reason is told first, and its strength is the word for its confidence."""
    for found in api.found("drama", medical_fan, top_n=50)["recommendations"]:
        sizes = [abs(reason["contribution"]) for reason in found["explanations"]]
        assert sizes == sorted(sizes, reverse=True)
        for reason in found["explanations"]:
            sure = reason["confidence"]
            word = "strong" if sure >= 0.5 else "medium" if sure >= 0.25 else "weak"
            assert reason["strength"] == word


def test_evidence_is_the_users_own(api: Api, medical_fan: str) -> None:
    """Every event that a reason names is in the user's export, every item in the catalogue."""
    events = {event["event_id"] for event in api.get(f"/profile/{medical_fan}/export").ok["events"]}
    named = set()
    for found in api.found("drama", medical_fan, top_n=30)["recommendations"]:
        for reason in found["explanations"]:
            for evidence in reason["evidence"]:
                kind, _, name = evidence.partition(":")
                if kind == "event":
                    named.add(name)
                else:
                    assert kind == "item"
                    assert api.get(f"/items/{name}").status == 200
    assert named
    assert named <= events


@pytest.mark.parametrize("query", ["drama", "medical drama", "Signal", "thriler", None])
def test_anonymous_stranger_and_off_are_byte_equal(
    api: Api, medical_fan: str, query: str | None
) -> None:
    """Strangers, and people who switch personalization off, get nobody's answer byte for byte."""
    nobody = as_bytes(api.found(query, top_n=20), *SAME_FOR_ALL)
    stranger = api.found(query, "a-perfect-stranger", top_n=20)
    switched_off = api.found(query, medical_fan, top_n=20, personalize=0)
    assert as_bytes(stranger, *SAME_FOR_ALL) == nobody
    assert as_bytes(switched_off, *SAME_FOR_ALL) == nobody
    assert stranger["personalization"]["applied"] is False
    assert switched_off["personalization"]["applied"] is False
    personal = as_bytes(api.found(query, medical_fan, top_n=20), *SAME_FOR_ALL)
    assert personal != nobody


def test_asking_about_a_stranger_leaves_no_trace(api: Api, someone: str) -> None:
    """A search for somebody unknown does not make that person known."""
    before = api.get("/readyz").ok["position"]
    api.found("drama", someone)
    api.found(None, someone)
    assert api.get("/readyz").ok["position"] == before
    assert api.get(f"/profile/{someone}/export").ok["events"] == []


def test_opposite_tastes_get_different_first_results(api: Api, medical_fan: str) -> None:
    """Two people with opposite histories see different dramas first for the same word."""
    for title, rating in (("Signal", 9.5), ("Stranger", 9), ("Flower of Evil", 9.5)):
        api.record(f"{medical_fan}-not", title, value=rating)
    assert api.ids("drama", medical_fan)[0] != api.ids("drama", f"{medical_fan}-not")[0]


@pytest.mark.parametrize("query", ["drama", None])
def test_personalize_is_a_dial(api: Api, medical_fan: str, query: str | None) -> None:
    """Half personal lies between the anonymous and the fully personal answer, also in a list."""

    def personal_share(dial: float) -> float:
        answer = api.found(query, medical_fan, personalize=dial, top_n=100)
        return sum(
            abs(amount)
            for found in answer["recommendations"]
            for term, amount in found["terms"].items()
            if term in (*BOOSTED, "embedding", "interests")
        )

    assert personal_share(0.0) == 0.0
    assert personal_share(0.0) < personal_share(0.3) < personal_share(1.0)


@pytest.mark.parametrize("query", ["drama", None])
def test_query_block_echoes_what_was_asked(api: Api, medical_fan: str, query: str | None) -> None:
    """The query block repeats title, count, user, dial and filters, with and without a title."""
    asked = {"personalize": 0, "genre": "Medical", "top_n": 3}
    echoed = api.found(query, medical_fan, **asked)["query"]
    assert echoed["title"] == query
    assert echoed["top_n"] == 3
    assert echoed["user_id"] == medical_fan
    assert echoed["personalize"] == 0.0
    assert echoed["filters"] == {"genre": ["Medical"]}


def test_list_without_a_title(api: Api, medical_fan: str) -> None:
    """Without a title the answer is a list for the person, without what the person has rated."""
    listed = api.found(None, medical_fan, top_n=200)
    assert listed["query"]["title"] is None
    assert listed["analysis"] is None
    assert listed["personalization"]["applied"] is True
    ids = [found["id"] for found in listed["recommendations"]]
    assert len(ids) == len(set(ids)) == 200
    assert not {"hospital-playlist-2020", "dr-romantic-2016", "doctors-2016"} & set(ids)
    assert {"hospital-playlist-2020", "dr-romantic-2016"} <= set(api.ids(None, top_n=200))


@pytest.mark.parametrize("top_n", [1, 2, 10, 200])
def test_top_n_is_obeyed(api: Api, top_n: int) -> None:
    """As many results as asked for, never more, and a shorter list begins the longer one."""
    ids = api.ids("drama", top_n=top_n)
    assert len(ids) == len(set(ids)) == top_n
    assert ids == api.ids("drama", top_n=200)[:top_n]


def test_ten_results_unless_told(api: Api) -> None:
    """Without top_n there are ten."""
    assert len(api.ids("drama")) == 10


@pytest.mark.parametrize("title", ["drama", None])
@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ({"genre": "Medical"}, lambda f: "Medical" in f["genres"]),
        ({"genre": "medical"}, lambda f: "Medical" in f["genres"]),
        ({"network": "tvN"}, lambda f: "tvN" in f["publishers"]),
        ({"person": "Jo Jung-suk"}, lambda f: "Jo Jung Suk" in f["actors"]),
        ({"person": "Shin Won Ho"}, lambda f: "Shin Won Ho" in (*f["directors"], *f["actors"])),
        ({"facet": "theme:Friendship"}, lambda f: "Friendship" in f["themes"]),
        ({"facet": "genres:Medical"}, lambda f: "Medical" in f["genres"]),
        ({"year_min": 2020}, lambda f: f["year"] >= 2020),
        ({"year_max": 2010}, lambda f: f["year"] <= 2010),
        ({"year_min": 2016, "year_max": 2016}, lambda f: f["year"] == 2016),
        ({"episodes_min": 30}, lambda f: f["episodes"] >= 30),
        ({"episodes_max": 10}, lambda f: f["episodes"] <= 10),
        ({"rating_min": 8.8}, lambda f: f["rating"] >= 8.8),
        (
            {"genre": "Thriller", "year_min": 2015, "network": "tvN"},
            lambda f: "Thriller" in f["genres"] and f["year"] >= 2015 and "tvN" in f["publishers"],
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_filters_hold_for_every_result(
    api: Api, title: str | None, asked: dict[str, Any], holds: Any
) -> None:
    """Whatever is filtered for is true of every result, and there are results."""
    listed = api.found(title, top_n=50, **asked)["recommendations"]
    assert listed
    assert all(holds(found) for found in listed)
    everything = api.found(title, top_n=50)["recommendations"]
    assert not all(holds(found) for found in everything)


def test_a_repeated_filter_widens(api: Api) -> None:
    """Two genres pass whatever has either."""
    listed = api.found("drama", genre=["Medical", "Law"], top_n=100)["recommendations"]
    assert any("Medical" in found["genres"] for found in listed)
    assert any("Law" in found["genres"] for found in listed)
    assert all({"Medical", "Law"} & set(found["genres"]) for found in listed)


@pytest.mark.parametrize("title", ["drama", None])
@pytest.mark.parametrize("asked", [{"genre": "Underwater Polo"}, {"year_min": 2199}])
def test_nothing_left_says_so(api: Api, title: str | None, asked: dict[str, Any]) -> None:
    """Filters that nothing passes give an empty list that says why it is empty."""
    answer = api.found(title, **asked)
    assert answer["recommendations"] == []
    assert "filter" in answer["message"]


@pytest.mark.parametrize("nonsense", ["xqzv wwkjh", "qqqqqqqq", "zxcvbnm asdfghjkl", "!!!", "12"])
def test_nonsense_gets_a_message_and_the_nearest_titles(api: Api, nonsense: str) -> None:
    """A query that means nothing gets no results, says so, and names titles that do exist."""
    answer = api.found(nonsense)
    assert answer["recommendations"] == []
    assert answer["message"]
    for choice in answer["nearest_titles"]:
        assert choice["Title"] == api.get(f"/items/{choice['id']}").ok["Title"]


def test_nonsense_near_a_title_names_it(api: Api) -> None:
    """Letters that look a little like a title are answered with that title among the nearest."""
    answer = api.found("xqzv wwkjh")
    assert answer["nearest_titles"]
    assert "No good match" in answer["message"]


@pytest.mark.parametrize(
    "asked",
    [
        {"top_n": 0}, {"top_n": 201}, {"top_n": -1}, {"top_n": "abc"}, {"top_n": "true"},
        {"top_n": "1e400"}, {"personalize": 1.1}, {"personalize": -0.1}, {"personalize": "NaN"},
        {"personalize": "Infinity"}, {"rating_min": "NaN"}, {"rating_min": "1e400"},
        {"year_min": -5}, {"year_min": "2020.5"}, {"episodes_max": -1}, {"facet": "Friendship"},
        {"facet": "bogus:x"}, {"title": ""}, {"title": "   "}, {"title": "x" * 1_001},
        {"user_id": ""}, {"user_id": "   "}, {"user_id": "x" * 129}, {"user_id": "a\nb"},
        {"genre": ""}, {"genre": ["x"] * 101}, {"titel": "drama"}, {"top": 3},
    ],
    ids=lambda asked: str(asked)[:40],
)  # fmt: skip
def test_what_cannot_be_used_is_refused(api: Api, asked: dict[str, Any]) -> None:
    """Values out of bounds, of another kind, or under unknown names are refused with 422."""
    api.get("/recommend", **{"title": "drama", **asked}).problem(422)


def test_longest_query_is_answered(api: Api) -> None:
    """A thousand characters are still a query."""
    assert api.get("/recommend", title="drama " * 166).status == 200


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Hospital Playlits", "hospital-playlist-2020"),
        ("signal", "signal-2016"),
        ("시그널", "signal-2016"),
        ("Crash Landing on You", "crash-landing-on-you-2019"),
    ],
)
def test_titles_are_found_first(api: Api, medical_fan: str, typed: str, meant: str) -> None:
    """A title, typed well or nearly, in Latin or Hangul, comes first, whoever asks."""
    assert api.ids(typed)[0] == meant
    assert api.ids(typed, medical_fan)[0] == meant


def test_suggest(api: Api) -> None:
    """Typing the start of a title completes it, with the id to use next."""
    answer = api.get("/suggest", q="hosp", limit=3).ok
    assert answer["q"] == "hosp"
    first = answer["suggestions"][0]
    assert first["id"] == "hospital-playlist-2020"
    assert first["Title"] == "Hospital Playlist"
    assert first["year"] == 2020
    assert first["matched"] == "Hospital Playlist"
    assert len(answer["suggestions"]) <= 3


@pytest.mark.parametrize(
    ("typed", "meant"), [("시그", "Signal"), ("hospitla", "Hospital Playlist")]
)
def test_suggest_knows_hangul_and_typos(api: Api, typed: str, meant: str) -> None:
    """Korean beginnings and small typos complete too."""
    assert meant in [s["Title"] for s in api.get("/suggest", q=typed).ok["suggestions"]]


def test_suggest_nothing(api: Api) -> None:
    """What begins no title gives an empty list, not an error."""
    assert api.get("/suggest", q="%%%%").ok["suggestions"] == []


@pytest.mark.parametrize(
    "asked", [{}, {"q": ""}, {"q": "x" * 1_001}, {"q": "a", "limit": 0}, {"q": "a", "limit": 51}]
)
def test_suggest_bounds(api: Api, asked: dict[str, Any]) -> None:
    """A missing, empty or endless prefix and a limit out of bounds are refused."""
    api.get("/suggest", **asked).problem(422)


def test_each_list_has_an_id_of_its_own(api: Api, medical_fan: str) -> None:
    """So that a choice can say which list it came from; for nobody in particular, too."""
    named = [api.found(user=user)["impression_id"] for user in (medical_fan, medical_fan, None)]
    assert all(isinstance(name, str) and name for name in named)
    assert len(set(named)) == 3
    assert api.found(user=medical_fan, top_n=3)["impression_id"] not in named


def test_a_search_has_no_list_to_come_back_to(api: Api, medical_fan: str) -> None:
    """Only For You is remembered: a search's answer names no list."""
    assert "impression_id" not in api.found("medical drama", medical_fan)

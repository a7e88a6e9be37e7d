"""POST /rank: a caller's own candidates, ordered for a person."""

from __future__ import annotations

from typing import Any

import pytest
from apps.api_client import Api

IDS = ["signal-2016", "hospital-playlist-season-2-2021", "stranger-2017", "good-doctor-2013"]


def own(item_id: str, genre: str, **more: Any) -> dict[str, Any]:
    return {"id": item_id, "Title": f"Film {item_id}", "facets": {"genre": [genre]}, **more}


def rank(api: Api, user: str | None, items: list[Any], scores: Any = None) -> Any:
    body = {"user_id": user, "items": items}
    return api.post("/rank", body if scores is None else {**body, "base_scores": scores}).ok


def ids_of(answer: Any) -> list[str]:
    return [found["id"] for found in answer["recommendations"]]


def test_ids_of_the_catalogue(api: Api, medical_fan: str) -> None:
    """All the candidates and nothing else come back, the fan's kind first."""
    answer = rank(api, medical_fan, IDS)
    assert sorted(ids_of(answer)) == sorted(IDS)
    assert ids_of(answer)[0] == "hospital-playlist-season-2-2021"
    assert answer["personalization"]["applied"] is True
    scores = [found["personalized_score"] for found in answer["recommendations"]]
    assert scores == sorted(scores, reverse=True)


def test_opposite_tastes_order_differently(api: Api, medical_fan: str) -> None:
    """The same candidates stand in another order for somebody else."""
    other = f"{medical_fan}-not"
    for title in ("Signal", "Flower of Evil", "Mouse"):
        api.record(other, title, value=10)
    items = [own("a", "Medical"), own("b", "Thriller")]
    assert ids_of(rank(api, medical_fan, items)) == ["a", "b"]
    assert ids_of(rank(api, other, items)) == ["b", "a"]


def test_own_items(api: Api, medical_fan: str) -> None:
    """Items that the catalogue does not have are ranked by their facets, and are not kept."""
    items = [own("film-1", "Law", year=1999), own("film-2", "Medical", rating=5.0)]
    answer = rank(api, medical_fan, items)
    assert ids_of(answer) == ["film-2", "film-1"]
    first = answer["recommendations"][0]
    assert first["Title"] == "Film film-2"
    assert "genre_match" in [reason["type"] for reason in first["explanations"]]
    api.get("/items/film-1").problem(404)
    assert "film-2" not in api.ids("Film film-2")


def test_own_items_beside_those_of_the_catalogue(api: Api, medical_fan: str) -> None:
    """Both kinds can stand in one list."""
    answer = rank(api, medical_fan, ["signal-2016", own("film-1", "Medical")])
    assert sorted(ids_of(answer)) == ["film-1", "signal-2016"]


@pytest.mark.parametrize("user", [None, "a-perfect-stranger"])
def test_strangers_get_the_callers_order(api: Api, user: str | None) -> None:
    """Where nothing is known of the person, the caller's own scores decide."""
    answer = rank(api, user, IDS, [0.1, 0.4, 0.2, 0.3])
    assert ids_of(answer) == [IDS[1], IDS[3], IDS[2], IDS[0]]
    assert answer["personalization"]["applied"] is False


@pytest.mark.parametrize("scale", [1.0, 1_000.0, 1e-6])
@pytest.mark.parametrize("shift", [0.0, -5.0])
def test_base_scores_may_have_any_scale(api: Api, scale: float, shift: float) -> None:
    """Only the proportions of base scores matter, not their scale or sign."""
    scores = [scale * score + shift for score in (3.0, 1.0, 2.0, 0.0)]
    assert ids_of(rank(api, None, IDS, scores)) == [IDS[0], IDS[2], IDS[1], IDS[3]]


def test_taste_and_scores_weigh_together(api: Api, medical_fan: str) -> None:
    """Between equal tastes the base score decides; between equal scores the taste does."""
    alike = [own("a", "Medical"), own("b", "Medical")]
    assert ids_of(rank(api, medical_fan, alike, [0.2, 0.9])) == ["b", "a"]
    apart = [own("a", "Law"), own("b", "Medical")]
    assert ids_of(rank(api, medical_fan, apart, [0.5, 0.5])) == ["b", "a"]


@pytest.mark.parametrize("scores", [None, [0.1, 0.4, 0.2, 0.3], [0.0] * 4, [-1.0, -2.0, 5.0, 0.0]])
@pytest.mark.parametrize("known", [True, False])
def test_terms_and_contributions_sum(
    api: Api,
    medical_fan: str,
    scores: list[float] | None,
    known: bool,  # noqa: FBT001 (a parameter)
) -> None:
    """Terms and reasons add up to the score here too."""
    for found in rank(api, medical_fan if known else None, IDS, scores)["recommendations"]:
        score = found["personalized_score"]
        assert sum(found["terms"].values()) == pytest.approx(score, abs=1e-6)
        told = sum(reason["contribution"] for reason in found["explanations"])
        assert told == pytest.approx(score, abs=1e-6)
        assert found["explanations"]


def test_unknown_id(api: Api) -> None:
    """An id that is not in the catalogue is a 404 that names it."""
    told = api.post("/rank", {"items": ["signal-2016", "no-such-drama"]}).problem(404)
    assert "no-such-drama" in told["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"items": []}, {"items": "signal-2016"}, {"items": [5]}, {"items": [None]},
        {"items": ["signal-2016", "signal-2016"]}, {"items": ["signal-2016"], "base_scores": []},
        {"items": ["signal-2016"], "base_scores": [1, 2]},
        {"items": ["signal-2016"], "base_scores": ["1"]},
        {"items": ["signal-2016"], "base_scores": [True]},
        {"items": ["signal-2016"], "base_scores": [None]},
        {"items": [{"id": "a"}]}, {"items": [{"Title": "A"}]},
        {"items": [{"id": "a", "Title": "A", "colour": "red"}]},
        {"items": [{"id": "a", "Title": "A", "facets": {"colour": ["red"]}}]},
        {"items": ["x" * 129]}, {"items": ["a\x00b"]}, {"items": ["signal-2016"], "top_n": 1},
        {"items": ["signal-2016"], "user_id": ""}, {"items": ["signal-2016"], "user_id": 5},
        {"items": [f"i{n}" for n in range(5_001)]},
    ],
    ids=lambda body: str(body)[:50],
)  # fmt: skip
def test_what_cannot_be_ranked(api: Api, body: dict[str, Any]) -> None:
    """No candidates, too many, twice the same, scores that do not fit: refused with the reason."""
    api.post("/rank", body).problem(422)


def test_refusal_is_in_the_callers_words(api: Api) -> None:
    """What is wrong with a candidate is told by its place and field, not by names of the code."""
    told = api.post("/rank", {"items": ["signal-2016", {"id": "a"}]}).problem(422)["detail"]
    assert "items.1" in told
    assert "Title" in told
    assert "function-" not in told
    assert "RankItem" not in told

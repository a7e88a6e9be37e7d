"""What each operation answers, for the OpenAPI document: examples, links and problems."""

from __future__ import annotations

from typing import Any

from penchant.apps.http.problems import phrase_of

__all__ = [
    "ALIVE",
    "DELETED",
    "EXPORT",
    "INTERACTION",
    "ITEM",
    "PATCH_ITEM",
    "PROFILE",
    "PUT_ITEM",
    "RANK",
    "RATE",
    "READY",
    "RECEIPT",
    "RECOMMEND",
    "SIMILAR",
    "SUGGEST",
    "UPDATED",
]

TELLING_NEAREST = frozenset({404, 409})
BODY = (400, 413)

Responses = dict[int | str, dict[str, Any]]

PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "nearest": {"type": "array", "items": {"type": "object"}},
    },
}
# Status -> (when it happens, an example of what is wrong).
PROBLEMS = {
    400: ("The body is not JSON", "There was an error parsing the body"),
    404: ("Nothing of that name", "No drama called 'Hospital Playlits'. Did you mean ...?"),
    409: (
        "Several things fit, or an id was used for something else",
        "'The Devil' fits two dramas",
    ),
    413: ("The body is too large", "the body is larger than 1,000,000 bytes; send smaller batches"),
    422: ("Something given cannot be used", "rating value 11.0 must be a rating from 0 to 10"),
    503: ("Try again in a moment", "the database is locked by another process"),
}
NEAREST = [{"id": "hospital-playlist-2020", "Title": "Hospital Playlist (2020)"}]


def _problem(status: int) -> dict[str, Any]:
    when, detail = PROBLEMS[status]
    example: dict[str, Any] = {
        "type": "about:blank",
        "title": phrase_of(status),
        "status": status,
        "detail": detail,
    }
    if status in TELLING_NEAREST:
        example["nearest"] = NEAREST
    content = {"application/problem+json": {"schema": PROBLEM_SCHEMA, "example": example}}
    return {"description": when, "content": content}


def _answers(description: str, example: Any, links: dict[str, Any], *problems: int) -> Responses:  # noqa: ANN401 (plain data)
    content = {"application/json": {"schema": {"type": "object"}, "example": example}}
    answers: Responses = {200: {"description": description, "content": content, "links": links}}
    return answers | {status: _problem(status) for status in (*problems, 422, 503)}


def _link(operation: str, **parameters: str) -> dict[str, Any]:
    return {"operationId": operation, "parameters": parameters}


FIRST_ITEM = {"getItem": _link("get_item", item_id="$response.body#/recommendations/0/id")}
UNDO = {"undo": _link("undo_interaction", event_id="$response.body#/event_id")}
SEE_PROFILE = {"profile": _link("get_profile", user_id="$request.path.user_id")}

RECOMMENDATION = {
    "id": "hospital-playlist-2020",
    "Title": "Hospital Playlist",
    "year": 2020,
    "base_score": 0.75,
    "personalized_score": 1.005,
    "boost_multiplier": 1.34,
    "boost_details": {"genre": 0.34, "theme": 0.0, "actor": 0.0, "director": 0.0},
    "terms": {"lexical": 0.41, "semantic": 0.34, "genre": 0.255},
    "explanations": [
        {
            "type": "genre_match",
            "text": "Matches your interest in Medical dramas (your #1 genre)",
            "confidence": 0.34,
            "strength": "medium",
            "contribution": 0.255,
            "terms": ["genre"],
            "evidence": ["event:e-1"],
        }
    ],
}
PERSONALIZATION = {
    "applied": True,
    "alpha_adjusted": True,
    "original_alpha": 0.5,
    "personalized_alpha": 0.45,
    "top_genres": {"Medical": 0.68},
    "persona": ["Medical Fan"],
    "profile_version": 2,
    "position": 479,
    "guarded": [],
}
RECEIPT_EXAMPLE = {
    "event_id": "e-1",
    "status": "recorded",
    "position": 478,
    "profile_version": 1,
}

RECOMMEND = _answers(
    "What was asked, what was understood, and the best items with their reasons",
    {
        "query": {"title": "medical drama", "top_n": 5, "user_id": "mina", "personalize": 1.0},
        "analysis": {
            "intent": "genre_browse",
            "confidence": 0.93,
            "entities": {"genre": ["Medical"]},
            "alpha": 0.5,
            "expanded_terms": ["hospital", "doctor"],
        },
        "personalization": PERSONALIZATION,
        "pipeline": {"lexical": "bm25", "semantic": "wordllama-256", "reranker": None},
        "recommendations": [RECOMMENDATION],
    },
    FIRST_ITEM,
)
RANK = _answers(
    "The candidates in order, with reasons",
    {"personalization": PERSONALIZATION, "recommendations": [RECOMMENDATION]},
    {},
    404,
    *BODY,
)
SUGGEST = _answers(
    "Titles that complete what was typed",
    {
        "q": "hosp",
        "suggestions": [
            {
                "id": "hospital-playlist-2020",
                "Title": "Hospital Playlist",
                "year": 2020,
                "matched": "Hospital Playlist",
            }
        ],
    },
    {"getItem": _link("get_item", item_id="$response.body#/suggestions/0/id")},
)
ITEM_EXAMPLE = {
    "id": "hospital-playlist-2020",
    "Title": "Hospital Playlist",
    "year": 2020,
    "genres": ["Medical", "Life"],
    "rating": 9.0,
}
LIKE_IT = {"similar": _link("similar_items", item_id="$response.body#/id")}
ITEM = _answers("The item", ITEM_EXAMPLE, LIKE_IT, 404)
PUT_ITEM = _answers("The item as it is kept", ITEM_EXAMPLE, LIKE_IT, *BODY)
PATCH_ITEM = _answers("The item as it is kept", ITEM_EXAMPLE, LIKE_IT, 404, *BODY)
SIMILAR_ITEMS = [
    {"id": "doctors-2016", "Title": "Doctors", "similarity": 0.61, "shared": "Medical, Romance"}
]
SIMILAR = _answers(
    "Items that resemble it",
    {"id": "hospital-playlist-2020", "Title": "Hospital Playlist", "similar": SIMILAR_ITEMS},
    {"getItem": _link("get_item", item_id="$response.body#/similar/0/id")},
    404,
)
INSIGHTS = {
    "favourite_genres": [
        {
            "name": "Medical",
            "count": 6,
            "out_of": 10,
            "share": 0.6,
            "expected_share": 0.044,
            "p": 1.25e-06,
            "significant": True,
            "tendency": False,
            "rating": {
                "number": 6,
                "mean": 8.9,
                "lift": 0.4,
                "p": 0.21,
                "significant": False,
            },
        }
    ],
    "people": {
        "actors": [
            {"name": "IU", "count": 2, "mean": 0.89, "rated": 2, "mean_rating": 8.9},
        ]
    },
    "decades": [{"name": "2010s", "count": 8, "mean": 0.84, "rated": 8, "mean_rating": 8.4}],
    "rating_behaviour": {
        "number": 10,
        "mean": 8.5,
        "deviation": 0.8,
        "style": "generous",
        "gap": 0.6,
        "compared": 10,
        "selectivity": "moderate",
        "biases": [{"name": "Medical", "number": 6, "bias": 0.3}],
    },
    "diversity": {"value": 0.54, "confidence": 0.6, "word": "focused"},
    "drift": None,
    "rhythm": None,
    "interests": [
        {
            "name": "Medical & Friendship",
            "strength": 6.0,
            "confidence": 0.75,
            "last_at": "2025-06-15T15:06:40+00:00",
            "items": [{"id": "hospital-playlist-2020", "Title": "Hospital Playlist"}],
        }
    ],
}
PROFILE = _answers(
    "The person's taste",
    {
        "user_id": "mina",
        "persona": ["Medical Fan"],
        "top_preferences": {"genres": {"Medical": 0.68, "Life": 0.6}},
        "insights": INSIGHTS,
        "version": 2,
    },
    {"recommend": _link("recommend", user_id="$response.body#/user_id")},
)
EXPORT = _answers(
    "The profile and every record behind it",
    {"profile": {"user_id": "mina"}, "events": [{"event_id": "e-1", "type": "rating"}]},
    {},
)
UPDATED = _answers(
    "The person's taste, and a receipt for each statement",
    {
        "user_id": "mina",
        "persona": ["Medical Fan"],
        "top_preferences": {"genres": {"Medical": 0.9}},
        "version": 3,
        "receipts": [RECEIPT_EXAMPLE],
    },
    {
        "recommend": _link("recommend", user_id="$response.body#/user_id"),
        "undo": _link("undo_interaction", event_id="$response.body#/receipts/0/event_id"),
    },
    *BODY,
)
RATE = _answers(
    "The rating is kept and learned",
    {
        "message": "Rated Hospital Playlist 9.5. Your next list knows it.",
        **RECEIPT_EXAMPLE,
        "item": {"id": "hospital-playlist-2020", "Title": "Hospital Playlist"},
        "rating": 9.5,
        "persona": ["Medical Fan"],
        "top_genres": {"Medical": 0.6},
    },
    UNDO | SEE_PROFILE,
    404,
    409,
    *BODY,
)
RECEIPT = _answers("Done", RECEIPT_EXAMPLE, {}, 404)
INTERACTION = _answers(
    "What became of the event, or of each event of a batch",
    RECEIPT_EXAMPLE,
    UNDO,
    404,
    409,
    *BODY,
)
DELETED = _answers(
    "The taste starts anew, or is erased",
    {"message": "This taste starts anew.", "user_id": "mina", **RECEIPT_EXAMPLE},
    UNDO,
)
ALIVE: Responses = {
    200: {
        "description": "The process runs",
        "content": {"application/json": {"example": {"status": "alive"}}},
    }
}
READY: Responses = {
    200: {
        "description": "Everything answers",
        "content": {
            "application/json": {
                "example": {"status": "ready", "database": "ready", "items": 476, "position": 479}
            }
        },
    },
    503: _problem(503),
}

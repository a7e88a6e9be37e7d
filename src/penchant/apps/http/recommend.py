"""Routes that answer: search, recommendations, ranking of one's own candidates, completion."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from penchant.apps.http import responses
from penchant.apps.http.items import item_from
from penchant.apps.http.schemas import RankBody, RankItem, RecommendParams, SuggestParams
from penchant.apps.http.state import EngineOf, NoParameters, json_response, schema_of
from penchant.apps.presentation import recommend_answer, search_answer, title_choice
from penchant.domain import query as asked

__all__ = ["router"]

router = APIRouter(tags=["recommend"])


@router.get("/recommend", responses=responses.RECOMMEND)
def recommend(params: Annotated[RecommendParams, Query()], engine: EngineOf) -> Response:
    """Search with `title`, or list what suits a person without it.

    With `user_id` the answer is personal; `personalize=0` gives the anonymous one.
    """
    schema = schema_of(engine)
    if params.title is None:
        listed = engine.recommend(
            params.user_id, params.top_n, params.filters(), params.personalize
        )
        return json_response(recommend_answer(listed, schema))
    query = asked.Query(
        params.title, params.top_n, params.user_id, params.personalize, params.filters()
    )
    return json_response(search_answer(engine.search(query), schema))


@router.post("/rank", responses=responses.RANK, dependencies=[NoParameters])
def rank(body: RankBody, engine: EngineOf) -> Response:
    """Order your own candidates for a person; `base_scores` stand for your model's view."""
    schema = schema_of(engine)
    items = [
        item_from(candidate.id, candidate, schema) if isinstance(candidate, RankItem) else candidate
        for candidate in body.items
    ]
    answer = engine.rank(body.user_id, items, body.base_scores)
    return json_response(recommend_answer(answer, schema))


@router.get("/suggest", responses=responses.SUGGEST)
def suggest(params: Annotated[SuggestParams, Query()], engine: EngineOf) -> Response:
    """Complete a title, also from alternate and Korean titles, and through a typo."""
    matches = engine.suggest(params.q, params.limit)
    return json_response(
        {
            "q": params.q,
            "suggestions": [
                {
                    **title_choice((match.item.id, match.item.title)),
                    "year": match.item.year,
                    "matched": match.name,
                }
                for match in matches
            ],
        }
    )

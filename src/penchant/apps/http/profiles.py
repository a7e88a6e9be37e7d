"""Routes about people: see a taste, rate, state preferences, take one's data, start anew."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from penchant.apps.http import responses
from penchant.apps.http.schemas import (
    DeleteParams,
    PreferenceUpdate,
    RateBody,
    RateParams,
)
from penchant.apps.http.state import EngineOf, NoParameters, UserId, json_response
from penchant.apps.presentation import export_of, profile_of, receipt_of, title_choice, weights_of
from penchant.domain.feedback import Feedback, FeedbackType
from penchant.domain.item import Item
from penchant.domain.record import Statement, StatementAction
from penchant.engine import Engine
from penchant.errors import InvalidInput
from penchant.journal import new_event_id

__all__ = ["router"]

router = APIRouter(prefix="/profile", tags=["profile"])


@router.get("/{user_id}", responses=responses.PROFILE, dependencies=[NoParameters])
def get_profile(user_id: UserId, engine: EngineOf) -> Response:
    """A person's taste: personas, top preferences, counts. A stranger is a "New Viewer"."""
    weights = weights_of(engine.scorer_weights(user_id))
    return json_response({**profile_of(engine.profile(user_id)), "scorer_weights": weights})


@router.get("/{user_id}/export", responses=responses.EXPORT, dependencies=[NoParameters])
def export_profile(user_id: UserId, engine: EngineOf) -> Response:
    """Everything that is stored about a person."""
    return json_response(export_of(*engine.export(user_id)))


@router.post("/{user_id}/rate", responses=responses.RATE)
def rate(
    user_id: UserId,
    engine: EngineOf,
    params: Annotated[RateParams, Query()],
    body: RateBody | None = None,
) -> Response:
    """Rate an item, named by title or id, by query parameters or by a JSON body.

    A title that fits nothing answers 404, one that fits several answers 409, each with the nearest.
    """
    if body is not None and params.model_fields_set:
        raise InvalidInput("give the rating in the body or in the address, not in both")
    given = body if body is not None else params
    if given.rating is None:
        raise InvalidInput("give a rating")
    item = _named_item(engine, given)
    receipt = engine.record(
        Feedback(
            event_id=given.event_id or new_event_id(),
            user_id=user_id,
            item_id=item.id,
            kind=FeedbackType.RATING,
            at=engine.clock(),
            value=given.rating,
        )
    )
    learner = engine.profile(user_id)
    return json_response(
        {
            "message": f"Rated {item.title} {given.rating:g}. Your next list knows it.",
            **receipt_of(receipt),
            "item": title_choice((item.id, item.title)),
            "rating": given.rating,
            "persona": learner.personas(),
            "top_genres": {p.name: round(p.value, 9) for p in learner.top("genre", 5)},
        }
    )


@router.post("/{user_id}/update", responses=responses.UPDATED, dependencies=[NoParameters])
def update_profile(user_id: UserId, body: PreferenceUpdate, engine: EngineOf) -> Response:
    """State what you like, pin, mute, cap or want forgotten; the next answer obeys."""
    now = engine.clock()
    statements = [
        Statement(new_event_id(), user_id, StatementAction(action), facet, name, now, value)
        for action, facet, name, value in body.stated()
    ]
    receipts = engine.state_many(statements)
    profile = profile_of(engine.profile(user_id))
    return json_response({**profile, "receipts": [receipt_of(receipt) for receipt in receipts]})


@router.delete("/{user_id}", responses=responses.DELETED)
def delete_profile(
    user_id: UserId,
    params: Annotated[DeleteParams, Query()],
    engine: EngineOf,
) -> Response:
    """Start a taste anew (undoable by its event id); with erase=true erase all that is stored."""
    if params.erase:
        gone = engine.erase(user_id)
        message = f"Erased: {sum(gone.values())} rows about this person are gone, for good."
        return json_response({"message": message, "user_id": user_id, "erased": dict(gone)})
    receipt = engine.reset(user_id)
    message = "This taste starts anew. To take that back, undo this event."
    return json_response({"message": message, "user_id": user_id, **receipt_of(receipt)})


def _named_item(engine: Engine, given: RateBody | RateParams) -> Item:
    if (given.item_id is None) == (given.drama_title is None):
        raise InvalidInput("give item_id or drama_title, one of them")
    if given.item_id is not None:
        return engine.item(given.item_id)
    return engine.find_title(given.drama_title or "")

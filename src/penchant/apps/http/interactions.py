"""Routes that take events: one, a batch, and taking one back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from starlette.responses import Response

from penchant.apps.http import responses
from penchant.apps.http.schemas import Interaction, InteractionBatch, InteractionBody
from penchant.apps.http.state import EngineOf, EventId, NoParameters, json_response
from penchant.apps.presentation import receipt_of
from penchant.domain.feedback import Feedback, FeedbackContext
from penchant.domain.identity import checked_id
from penchant.domain.result import Receipt
from penchant.engine import Engine
from penchant.errors import PenchantError
from penchant.journal import new_event_id

__all__ = ["router"]

router = APIRouter(prefix="/analytics", tags=["interactions"])

# Names that clients of the first version use for what is now one kind each.
ALIASES = {"view_duration": "dwell", "view_details": "view", "completion": "watch_progress"}


@router.post("/interaction", responses=responses.INTERACTION, dependencies=[NoParameters])
def record_interaction(
    body: Annotated[InteractionBody, Body()],
    engine: EngineOf,
) -> Response:
    """Record one event or a batch; repeating an event_id changes nothing."""
    if isinstance(body, Interaction):
        return json_response(receipt_of(engine.record(_feedback(body, engine))))
    receipts = _record_batch(body, engine)
    rejected = sum(receipt.status == "rejected" for receipt in receipts)
    return json_response(
        {
            "accepted": len(receipts) - rejected,
            "rejected": rejected,
            "results": [receipt_of(receipt) for receipt in receipts],
        }
    )


@router.delete("/interaction/{event_id}", responses=responses.RECEIPT, dependencies=[NoParameters])
def undo_interaction(event_id: EventId, engine: EngineOf) -> Response:
    """Take an event back: the profile becomes what it would be had it never happened."""
    return json_response(receipt_of(engine.undo(event_id)))


def _record_batch(batch: InteractionBatch, engine: Engine) -> list[Receipt]:
    rejected: dict[int, Receipt] = {}
    usable: list[tuple[int, Feedback]] = []
    for place, event in enumerate(batch.events):
        try:
            usable.append((place, _feedback(event, engine)))
        except PenchantError as error:
            rejected[place] = Receipt(event.event_id or "", "rejected", detail=str(error))
    recorded = engine.record_many([feedback for _, feedback in usable])
    receipts = dict(zip((place for place, _ in usable), recorded, strict=True)) | rejected
    return [receipts[place] for place in range(len(batch.events))]


def _feedback(event: Interaction, engine: Engine) -> Feedback:
    item_id = event.item_id
    if item_id is None:
        item_id = engine.find_title(event.drama_title or "").id
    shown = event.impression_id
    if shown is not None:
        shown = checked_id(shown, "impression_id")
    return Feedback(
        event_id=event.event_id or new_event_id(),
        user_id=event.user_id,
        item_id=item_id,
        kind=ALIASES.get(event.type, event.type),
        at=engine.clock() if event.at is None else event.at,
        value=event.value,
        context=FeedbackContext(event.position, event.query, event.session_id, shown),
    )

"""Routes about items: look at one, find its like, add, change and hide."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from penchant.apps.http import responses
from penchant.apps.http.schemas import ItemBody, ItemPatch, SimilarParams
from penchant.apps.http.state import EngineOf, ItemId, NoParameters, json_response, schema_of
from penchant.apps.presentation import item_of, similar_answer
from penchant.catalogue.schema import CatalogueSchema
from penchant.domain.item import Item
from penchant.errors import InvalidItem, UnknownItem

__all__ = ["changed_item", "item_from", "router"]

router = APIRouter(prefix="/items", tags=["items"])


@router.get("/{item_id}", responses=responses.ITEM, dependencies=[NoParameters])
def get_item(item_id: ItemId, engine: EngineOf) -> Response:
    """Everything there is to know of an item."""
    return json_response(item_of(_visible(engine.item(item_id)), schema_of(engine)))


@router.get("/{item_id}/similar", responses=responses.SIMILAR)
def similar_items(
    item_id: ItemId, params: Annotated[SimilarParams, Query()], engine: EngineOf
) -> Response:
    """Items that resemble this one, with how much and in what."""
    _visible(engine.item(item_id))
    return json_response(similar_answer(engine.similar(item_id, params.top_n), schema_of(engine)))


@router.put("/{item_id}", responses=responses.PUT_ITEM, dependencies=[NoParameters])
def put_item(item_id: ItemId, body: ItemBody, engine: EngineOf) -> Response:
    """Add an item, or replace it whole; the next search sees it."""
    schema = schema_of(engine)
    item = item_from(item_id, body, schema)
    engine.put_items([item])
    return json_response(item_of(item, schema))


@router.patch("/{item_id}", responses=responses.PATCH_ITEM, dependencies=[NoParameters])
def patch_item(item_id: ItemId, body: ItemPatch, engine: EngineOf) -> Response:
    """Change some fields of an item."""
    schema = schema_of(engine)
    item = engine.change_item(item_id, lambda old: changed_item(old, body, schema))
    return json_response(item_of(item, schema))


@router.delete("/{item_id}", responses=responses.ITEM, dependencies=[NoParameters])
def delete_item(item_id: ItemId, engine: EngineOf) -> Response:
    """Hide an item from everyone; what people did with it stays, PATCH hidden=false shows it."""
    return json_response(item_of(engine.hide_item(item_id), schema_of(engine)))


def item_from(item_id: str, body: ItemBody, schema: CatalogueSchema) -> Item:
    """A whole item from a body; raises InvalidItem or InvalidSettings for unknown fields."""
    return changed_item(Item(item_id, body.Title), body, schema)


def changed_item(item: Item, body: ItemPatch, schema: CatalogueSchema) -> Item:
    """The item with the fields that the body gives."""
    given = body.model_dump(exclude_unset=True, exclude={"id", "Title", "description"})
    low, high = schema.rating_scale
    if body.rating is not None and not low <= body.rating <= high:
        raise InvalidItem(f"rating {body.rating:g} must be from {low:g} to {high:g}")
    if body.facets is not None:
        named = {schema.facet(name).name: values for name, values in body.facets.items()}
        given["facets"] = {**item.facets, **named}
    if body.numbers is not None:
        unknown = sorted(set(body.numbers) - set(schema.numbers))
        if unknown:
            known = ", ".join(schema.numbers) or "none"
            raise InvalidItem(f"the catalogue has no number {unknown[0]!r}; it has: {known}")
        given["numbers"] = {**item.numbers, **body.numbers}
    cleared = {name for name, value in given.items() if value is None}
    defaults = Item(item.id, item.title)
    given.update({name: getattr(defaults, name) for name in cleared})
    if body.Title is not None:
        given["title"] = body.Title
    if "description" in body.model_fields_set:
        given["text"] = body.description or ""
    return replace(item, **given)


def _visible(item: Item) -> Item:
    if item.hidden:
        raise UnknownItem(f"item {item.id!r} is hidden; PATCH it with hidden=false to show it")
    return item

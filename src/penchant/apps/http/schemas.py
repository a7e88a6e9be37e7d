"""What the API takes: strict, bounded, and without unknown fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from penchant.domain.query import Filters

__all__ = [
    "TAG",
    "DeleteParams",
    "Id",
    "Interaction",
    "InteractionBatch",
    "InteractionBody",
    "ItemBody",
    "ItemPatch",
    "PreferenceUpdate",
    "RankBody",
    "RankItem",
    "RateBody",
    "RateParams",
    "RecommendParams",
    "SimilarParams",
    "SuggestParams",
    "Text",
    "split_facet",
]

MOST_EVENTS = 10_000
# Marks the alternatives of a body, which are no part of the path that people are told.
TAG = "~"
MOST_VALUES = 100


def _printable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("holds a NUL character")
    return value


def _spoken(value: str) -> str:
    if not value.strip():
        raise ValueError("is blank")
    return _printable(value)


Text = Annotated[str, Field(min_length=1, max_length=1_000), AfterValidator(_spoken)]
LongText = Annotated[str, Field(max_length=20_000), AfterValidator(_printable)]
Id = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_printable)]
UnixSeconds = Annotated[float, Field(allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False, ge=-1e9, le=1e9)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Year = Annotated[int, Field(ge=1800, le=2200)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Values = Annotated[tuple[Text, ...], Field(max_length=MOST_VALUES)]


def _listed(value: Any) -> Any:  # noqa: ANN401 (whatever JSON holds)
    return tuple(value) if isinstance(value, list) else value


ValueList = Annotated[Values, BeforeValidator(_listed)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class _Params(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def split_facet(text: str) -> tuple[str, str]:
    """A "facet:value" pair; raises ValueError without a colon."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or not value.strip():
        raise ValueError(f"{text[:60]!r} is not facet:value, such as theme:Friendship")
    return name.strip(), value.strip()


class RecommendParams(_Params):
    """A search (with `title`) or a list for a person (without)."""

    title: Text | None = Field(
        default=None, description="what to look for", examples=["medical drama"]
    )
    top_n: Annotated[int, Field(ge=1, le=200, description="how many results")] = 10
    user_id: Id | None = Field(default=None, description="for whom", examples=["mina"])
    personalize: Annotated[
        float, Field(ge=0.0, le=1.0, description="how personal: 0 is the anonymous answer")
    ] = 1.0
    genre: Annotated[list[Text], Field(max_length=MOST_VALUES)] = Field(default_factory=list)
    network: Annotated[list[Text], Field(max_length=MOST_VALUES)] = Field(default_factory=list)
    person: Annotated[list[Text], Field(max_length=MOST_VALUES)] = Field(default_factory=list)
    facet: Annotated[list[Text], Field(max_length=MOST_VALUES)] = Field(
        default_factory=list,
        description="any other facet, as facet:value",
        examples=[["theme:Friendship"]],
    )
    year_min: Year | None = None
    year_max: Year | None = None
    episodes_min: Count | None = None
    episodes_max: Count | None = None
    rating_min: Finite | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> RecommendParams:
        for name in ("year", "episodes"):
            least, most = getattr(self, f"{name}_min"), getattr(self, f"{name}_max")
            if least is not None and most is not None and least > most:
                raise ValueError(f"{name}_min {least} is above {name}_max {most}")
        for text in self.facet:
            split_facet(text)
        return self

    def filters(self) -> Filters:
        """The hard constraints among the parameters."""
        facets: dict[str, tuple[str, ...]] = {}
        named = [("genre", self.genre), ("publisher", self.network)]
        pairs = [(facet, value) for facet, values in named for value in values]
        for facet, value in [*pairs, *map(split_facet, self.facet)]:
            facets[facet] = (*facets.get(facet, ()), value)
        ranges: dict[str, tuple[float | None, float | None]] = {
            "year": (self.year_min, self.year_max),
            "episodes": (self.episodes_min, self.episodes_max),
            "rating": (self.rating_min, None),
        }
        used = {name: bounds for name, bounds in ranges.items() if bounds != (None, None)}
        return Filters(facets=facets, people=tuple(self.person), ranges=used)


def _seconds(value: Any) -> Any:  # noqa: ANN401 (whatever JSON holds)
    """ISO 8601 or Unix seconds, to Unix seconds."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueError("is neither ISO 8601 nor Unix seconds") from error
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return value


class Interaction(_Body):
    """One event of a user with an item, which is named by id or by title."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "user_id": "mina",
                    "drama_title": "Hospital Playlist",
                    "type": "rating",
                    "value": 9,
                }
            ]
        }
    )

    user_id: Id
    type: Text = Field(description="rating, watched, click, watchlist_add, dismiss, ...")
    item_id: Id | None = None
    drama_title: Text | None = None
    event_id: Id | None = Field(default=None, description="makes a repeated delivery harmless")
    value: Finite | None = None
    position: Annotated[int, Field(ge=1, le=10_000)] | None = None
    query: Text | None = None
    session_id: Id | None = None
    impression_id: Id | None = Field(default=None, description="the list shown that this answers")
    at: Annotated[UnixSeconds, BeforeValidator(_seconds)] | None = Field(
        default=None, description="ISO 8601 or Unix seconds; now when absent"
    )

    @model_validator(mode="after")
    def _names_an_item(self) -> Interaction:
        if (self.item_id is None) == (self.drama_title is None):
            raise ValueError("give item_id or drama_title, one of them")
        return self


class InteractionBatch(_Body):
    """Up to 10,000 events; each is recorded or rejected on its own."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "events": [
                        {"user_id": "mina", "item_id": "signal-2016", "type": "click"},
                        {
                            "user_id": "mina",
                            "item_id": "doctors-2016",
                            "type": "rating",
                            "value": 8,
                        },
                    ]
                }
            ]
        }
    )

    events: Annotated[list[Interaction], Field(min_length=1, max_length=MOST_EVENTS)]


def _body_kind(value: Any) -> str:  # noqa: ANN401 (whatever JSON holds)
    named = isinstance(value, Mapping) and "events" in value
    return f"{TAG}batch" if named or isinstance(value, InteractionBatch) else f"{TAG}one"


InteractionBody = Annotated[
    Annotated[Interaction, Tag(f"{TAG}one")] | Annotated[InteractionBatch, Tag(f"{TAG}batch")],
    Discriminator(_body_kind),
]


class SuggestParams(_Params):
    """A title being typed."""

    q: Text = Field(description="what has been typed so far", examples=["hosp"])
    limit: Annotated[int, Field(ge=1, le=50, description="how many completions")] = 10


class SimilarParams(_Params):
    """How many similar items."""

    top_n: Annotated[int, Field(ge=1, le=200, description="how many results")] = 10


class DeleteParams(_Params):
    """Whether to start anew or to erase."""

    erase: bool = Field(default=False, description="delete everything, for good")


class RateParams(_Params):
    """A rating given by query parameters."""

    drama_title: Text | None = None
    item_id: Id | None = None
    rating: Finite | None = None
    event_id: Id | None = None


class RateBody(_Body):
    """A rating of one item, which is named by title or by id."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"drama_title": "Hospital Playlist", "rating": 9.5}]}
    )

    drama_title: Text | None = None
    item_id: Id | None = None
    rating: Finite | None = None
    event_id: Id | None = None


Named = dict[Text, ValueList]


class PreferenceUpdate(_Body):
    """What a person states: for each action the facets and their values.

    `like` and `pin` lift a value, `mute` keeps its items away, `cap` bounds it, `forget` drops the
    evidence so far, `clear` takes back what was stated.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"pin": {"genres": ["Medical"]}, "mute": {"genres": ["Horror"]}}]
        }
    )

    like: Named = Field(default_factory=dict)
    pin: Named = Field(default_factory=dict)
    mute: Named = Field(default_factory=dict)
    forget: Named = Field(default_factory=dict)
    clear: Named = Field(default_factory=dict)
    cap: dict[Text, dict[Text, Share]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_something(self) -> PreferenceUpdate:
        if not any((self.like, self.pin, self.mute, self.forget, self.clear, self.cap)):
            raise ValueError("state something: like, pin, mute, cap, forget or clear")
        return self

    def stated(self) -> list[tuple[str, str, str, float | None]]:
        """(action, facet, name, value) one by one."""
        plain = (("like", self.like), ("pin", self.pin), ("mute", self.mute))
        taken_back = (("forget", self.forget), ("clear", self.clear))
        said: list[Any] = [
            (action, facet, name, None)
            for action, named in (*plain, *taken_back)
            for facet, names in named.items()
            for name in names
        ]
        said += [("cap", f, n, v) for f, values in self.cap.items() for n, v in values.items()]
        return said


class ItemPatch(_Body):
    """The fields of an item to change; others stay."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"rating": 8.4, "rating_count": 120}]}
    )

    Title: Text | None = None
    alternate_titles: ValueList | None = None
    native_title: Text | None = None
    description: LongText | None = None
    year: Year | None = None
    facets: dict[Text, ValueList] | None = Field(
        default=None, description="facet -> values; a facet that is not named stays"
    )
    numbers: dict[Text, Finite] | None = None
    rating: Finite | None = None
    rating_count: Count | None = None
    hidden: bool | None = None


class ItemBody(ItemPatch):
    """A whole item."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "Title": "My Own Drama",
                    "year": 2025,
                    "description": "A pilot drama about two nurses on a night shift.",
                    "facets": {"genre": ["Medical"], "actor": ["IU"]},
                    "numbers": {"episodes": 12},
                }
            ]
        }
    )

    Title: Text


class RankItem(ItemBody):
    """A candidate of the caller's own."""

    id: Id


def _candidate_kind(value: Any) -> str:  # noqa: ANN401 (whatever JSON holds)
    return f"{TAG}id" if isinstance(value, str) else f"{TAG}item"


Candidate = Annotated[
    Annotated[Id, Tag(f"{TAG}id")] | Annotated[RankItem, Tag(f"{TAG}item")],
    Discriminator(_candidate_kind),
]


class RankBody(_Body):
    """Candidates to order for a person: ids of the catalogue or items of the caller's own."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "user_id": "mina",
                    "items": ["signal-2016", "hospital-playlist-2020"],
                    "base_scores": [0.8, 0.7],
                }
            ]
        }
    )

    user_id: Id | None = None
    items: Annotated[list[Candidate], Field(min_length=1, max_length=5_000)]
    base_scores: Annotated[list[Finite], Field(max_length=5_000)] | None = None

"""Answers as plain data: one shape for the API, the CLI's --json and whoever else asks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from penchant.apps.insight_blocks import insights_of
from penchant.catalogue.schema import CatalogueSchema
from penchant.domain.identity import LONGEST_ID
from penchant.domain.impression import Impression
from penchant.domain.item import Item
from penchant.domain.profile import Preference, UserProfile
from penchant.domain.query import Filters, Query
from penchant.domain.record import Record
from penchant.domain.result import (
    ExplainAnswer,
    Explanation,
    Personalization,
    Receipt,
    RecommendAnswer,
    Recommendation,
    SearchAnswer,
    SimilarAnswer,
)
from penchant.ranking.ensemble import OwnWeights
from penchant.taste.insights import PreferenceLearner

__all__ = [
    "explain_answer",
    "export_of",
    "iso_time",
    "item_of",
    "profile_of",
    "receipt_of",
    "recommend_answer",
    "search_answer",
    "shortened",
    "similar_answer",
    "title_choice",
    "weights_of",
]

JSON = dict[str, Any]
# Enough digits that the terms of a score still sum to it within 1e-6.
DIGITS = 9
LONGEST_MESSAGE = 400
QUOTED = 60
LONG_WORD = re.compile(r"\S{80,}")


def search_answer(answer: SearchAnswer, schema: CatalogueSchema) -> JSON:
    """The blocks of a search: query, analysis, personalization, pipeline, recommendations."""
    analysis = answer.analysis
    body: JSON = {
        "query": _query(answer.query),
        "analysis": {
            "intent": str(analysis.intent),
            "confidence": _number(analysis.confidence),
            "entities": {kind: list(found) for kind, found in analysis.entities.items()},
            "alpha": _number(analysis.alpha),
            "expanded_terms": list(analysis.expanded_terms),
        },
        "personalization": _personalization(answer.personalization),
        "pipeline": dict(answer.pipeline),
        "recommendations": [_recommendation(r, schema) for r in answer.recommendations],
    }
    if answer.message is not None:
        body["message"] = answer.message
        body["nearest_titles"] = [title_choice(choice) for choice in answer.nearest_titles]
    return body


def recommend_answer(answer: RecommendAnswer, schema: CatalogueSchema) -> JSON:
    """The blocks of a list without a query; `weights` are the shares of its scorers."""
    body: JSON = {
        "query": _query(answer.query),
        "analysis": None,
        "personalization": _personalization(answer.personalization),
        "impression_id": answer.impression_id,
        "pipeline": {"weights": {name: _number(w) for name, w in answer.weights.items()}},
        "recommendations": [_recommendation(r, schema) for r in answer.recommendations],
    }
    return body if answer.message is None else {**body, "message": answer.message}


def item_of(item: Item, schema: CatalogueSchema) -> JSON:
    """Everything there is to know of an item."""
    return {
        **_item_head(item, schema),
        "alternate_titles": list(item.alternate_titles),
        "native_title": item.native_title,
        "description": item.text,
        "hidden": item.hidden,
    }


def similar_answer(answer: SimilarAnswer, schema: CatalogueSchema) -> JSON:
    """An item and those that resemble it."""
    return {
        "id": answer.item.id,
        "Title": answer.item.title,
        "similar": [
            {**_item_head(item, schema), "similarity": _number(likeness), "shared": shared}
            for item, likeness, shared in answer.similar
        ],
    }


def explain_answer(answer: ExplainAnswer, schema: CatalogueSchema) -> JSON:
    """Why an item stands at its rank, or why it does not stand at all."""
    found = answer.recommendation
    return {
        "id": answer.item.id,
        "Title": answer.item.title,
        "user_id": answer.user_id,
        "rank": answer.rank,
        "out_of": answer.out_of,
        "recommendation": None if found is None else _recommendation(found, schema),
        "why_not": answer.why_not,
    }


def profile_of(learner: PreferenceLearner, zone: tzinfo = UTC) -> JSON:
    """A person's taste: personas, top preferences, counts, patterns, insights, statements.

    `zone` is the person's time zone, for what is said of months, hours and weekdays.
    """
    reading = learner.reading
    profile, schema = reading.profile, reading.catalogue.schema
    counts = learner.counts()
    patterns = learner.viewing_patterns()
    known = {
        spec.plural_name: {p.name: _number(p.value) for p in learner.top(spec.name)}
        for spec in schema.facets
    }
    return {
        "user_id": profile.user_id,
        "persona": learner.personas(),
        "top_preferences": known,
        "preferences": {
            spec.plural_name: [_preference(p) for p in learner.top(spec.name)]
            for spec in schema.facets
        },
        "statistics": {
            **{f"total_{name}": count for name, count in counts.items()},
            "avg_rating": _number(patterns.mean_rating),
        },
        "viewing_patterns": {
            "preferred_episode_count": patterns.preferred_episode_count,
            "preferred_years": _years(patterns.preferred_years),
            "binge_watcher": patterns.binge_watcher,
            "rating_style": patterns.rating_style,
        },
        "genre_diversity": _number(reading.genre_diversity[0]),
        "insights": insights_of(learner, zone),
        "stated": [
            {
                "event_id": s.event_id,
                "action": str(s.action),
                "facet": s.facet,
                "name": s.name,
                "value": s.value,
                "at": iso_time(s.at),
            }
            for s in profile.statements
        ],
        **_versions(profile),
    }


def export_of(
    learner: PreferenceLearner, records: Iterable[Record], shown: Iterable[Impression] = ()
) -> JSON:
    """The profile, every record behind it and every list that was shown, as they are stored."""
    return {
        "profile": profile_of(learner),
        "events": [_record(record) for record in records],
        "shown": [_impression(impression) for impression in shown],
    }


def _impression(shown: Impression) -> JSON:
    return {
        "impression_id": shown.impression_id,
        "at": iso_time(shown.at),
        "row": shown.row,
        "items": list(shown.item_ids),
        "ranks": {name: list(ranks) for name, ranks in shown.ranks.items()},
        "query": shown.query,
    }


def weights_of(learned: OwnWeights) -> JSON:
    """How much each scorer counts for a person against everybody, and after how many choices."""
    return {
        "choices": learned.lessons,
        "factors": {name: _number(factor) for name, factor in sorted(learned.factors.items())},
    }


def shortened(text: str, most: int = LONGEST_MESSAGE) -> str:
    """A message that quotes long input only by its beginning, and is bounded itself."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    quoted = LONG_WORD.sub(lambda found: f"{found[0][:QUOTED]}…", clean)
    return quoted if len(quoted) <= most else f"{quoted[: most - 1]}…"


def receipt_of(receipt: Receipt) -> JSON:
    """What became of one event."""
    body: JSON = {
        "event_id": shortened(receipt.event_id, LONGEST_ID),
        "status": receipt.status,
        "position": receipt.position,
        "profile_version": receipt.profile_version,
    }
    return body if receipt.detail is None else {**body, "detail": shortened(receipt.detail)}


def title_choice(choice: tuple[str, str]) -> JSON:
    """One of several titles that somebody may have meant."""
    return {"id": choice[0], "Title": choice[1]}


def iso_time(at: float | None) -> str | None:
    """Unix seconds as ISO 8601 in UTC."""
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()


def _query(query: Query) -> JSON:
    return {
        "title": query.text or None,
        "top_n": query.top_n,
        "user_id": query.user_id,
        "personalize": query.personalize,
        "filters": _filters(query.filters),
    }


def _filters(filters: Filters) -> JSON:
    bounds: JSON = {}
    for name, (least, most) in filters.ranges.items():
        bounds.update({f"{name}_min": least} if least is not None else {})
        bounds.update({f"{name}_max": most} if most is not None else {})
    facets = {facet: list(values) for facet, values in filters.facets.items()}
    people = {"person": list(filters.people)} if filters.people else {}
    return {**facets, **people, **bounds}


def _personalization(block: Personalization) -> JSON:
    return {
        "applied": block.applied,
        "alpha_adjusted": block.alpha_adjusted,
        "original_alpha": _number(block.original_alpha),
        "personalized_alpha": _number(block.personalized_alpha),
        "top_genres": {name: _number(value) for name, value in block.top_genres.items()},
        "persona": list(block.persona),
        "profile_version": block.profile_version,
        "position": block.position,
        "guarded": list(block.guarded),
    }


def _recommendation(found: Recommendation, schema: CatalogueSchema) -> JSON:
    return {
        **_item_head(found.item, schema),
        "base_score": _number(found.base_score),
        "personalized_score": _number(found.personalized_score),
        "boost_multiplier": _number(found.boost_multiplier),
        "boost_details": _numbers(found.boost_details),
        "terms": _numbers(found.terms),
        "explanations": [_explanation(reason) for reason in found.explanations],
    }


def _item_head(item: Item, schema: CatalogueSchema) -> JSON:
    return {
        "id": item.id,
        "Title": item.title,
        "year": item.year,
        **{spec.plural_name: list(item.values(spec.name)) for spec in schema.facets},
        **{name: item.numbers.get(name) for name in schema.numbers},
        "rating": item.rating,
        "rating_count": item.rating_count,
    }


def _explanation(reason: Explanation) -> JSON:
    return {
        "type": reason.type,
        "text": reason.text,
        "confidence": _number(reason.confidence),
        "strength": reason.strength,
        "contribution": _number(reason.contribution),
        "terms": list(reason.terms),
        "evidence": list(reason.evidence),
    }


def _preference(preference: Preference) -> JSON:
    return {
        "name": preference.name,
        "value": _number(preference.value),
        "confidence": _number(preference.confidence),
        "evidence": _number(preference.evidence),
        "source": str(preference.source),
        "last_updated": iso_time(preference.last_updated),
    }


def _record(record: Record) -> JSON:
    body: JSON = {
        "event_id": record.event_id,
        "record": str(record.type),
        "at": iso_time(record.at),
        "position": record.position,
        "retracted": record.retracted,
    }
    if record.feedback is not None:
        feedback = record.feedback
        context = feedback.context
        body |= {
            "item_id": feedback.item_id,
            "type": str(feedback.kind),
            "value": feedback.value,
            "shown_at": context.position,
            "query": context.query,
            "session_id": context.session_id,
            "impression_id": context.impression_id,
        }
    if record.statement is not None:
        said = record.statement
        body |= {"action": str(said.action), "facet": said.facet, "name": said.name}
        body |= {"value": said.value}
    if record.target is not None:
        body |= {"target": record.target}
    return body


def _versions(profile: UserProfile) -> JSON:
    return {
        "version": profile.version,
        "position": profile.position,
        "created_at": iso_time(profile.created_at),
        "updated_at": iso_time(profile.updated_at),
    }


def _years(years: tuple[int, int] | None) -> str | None:
    if years is None:
        return None
    return str(years[0]) if years[0] == years[1] else f"{years[0]}-{years[1]}"


def _numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in values.items()}


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)

"""What a profile says about a person, as plain data: the `insights` block."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

import numpy as np

from penchant.taste.drift import Drift, ShareChange
from penchant.taste.favourites import Favourite
from penchant.taste.insights import SEED, PreferenceLearner
from penchant.taste.interest_names import NamedInterest
from penchant.taste.likings import Liking
from penchant.taste.rating_behaviour import RatingBehaviour
from penchant.taste.rhythm import Rhythm, TimeTable
from penchant.taste.significance import SIGNIFICANT_BELOW

__all__ = ["insights_of"]

JSON = dict[str, Any]
DIGITS = 6
# A long history knows hundreds of actors; the page and its readers want the first of them.
MOST_PEOPLE = 20


def insights_of(learner: PreferenceLearner, zone: tzinfo = UTC) -> JSON:
    """Favourites, people, decades, rating behaviour, diversity, drift, rhythm, interests.

    `zone` is the person's time zone: months, hours and weekdays are read in it.
    """
    schema = learner.reading.catalogue.schema
    diversity, drift, rhythm = learner.diversity(), learner.drift(zone=zone), learner.rhythm(zone)
    return {
        "favourite_genres": [_favourite(found) for found in learner.favourites()],
        "people": {
            schema.facet(facet).plural_name: _likings(found[:MOST_PEOPLE])
            for facet, found in learner.people().items()
        },
        "decades": _likings(learner.decades()),
        "rating_behaviour": _rating_behaviour(learner.rating_behaviour()),
        "diversity": {
            "value": _number(diversity.value),
            "confidence": _number(diversity.confidence),
            "word": diversity.word,
        },
        "drift": None if drift is None else _drift(drift),
        "rhythm": None if rhythm is None else _rhythm(rhythm),
        "interests": [_interest(found) for found in learner.interests()],
    }


def _favourite(found: Favourite) -> JSON:
    rating = found.rating
    return {
        "name": found.name,
        "count": found.count,
        "out_of": found.out_of,
        "share": _number(found.share),
        "expected_share": _number(found.expected_share),
        "p": _chance(found.p),
        "significant": found.significant,
        "tendency": found.is_tendency,
        "rating": None
        if rating is None
        else {
            "number": rating.number,
            "mean": _number(rating.mean),
            "lift": _number(rating.lift),
            "p": _chance(rating.p),
            "significant": rating.significant,
        },
    }


def _likings(found: Sequence[Liking]) -> list[JSON]:
    return [
        {
            "name": liking.name,
            "count": liking.count,
            "mean": _number(liking.mean),
            "rated": liking.rated,
            "mean_rating": _number(liking.mean_rating),
        }
        for liking in found
    ]


def _rating_behaviour(found: RatingBehaviour) -> JSON:
    return {
        "number": found.number,
        "mean": _number(found.mean),
        "deviation": _number(found.deviation),
        "style": found.style,
        "gap": _number(found.gap),
        "compared": found.compared,
        "selectivity": found.selectivity,
        "biases": [
            {"name": bias.name, "number": bias.number, "bias": _number(bias.bias)}
            for bias in found.biases
        ],
    }


def _drift(found: Drift) -> JSON:
    return {
        "sentence": found.sentence,
        "at": datetime.fromtimestamp(found.at, UTC).isoformat(),
        "divergence": _number(found.divergence),
        "p": _chance(found.p),
        "rose": _changes(found.rose),
        "fell": _changes(found.fell),
        "recent": found.recent,
        "before": found.before,
    }


def _changes(changes: Sequence[ShareChange]) -> list[JSON]:
    return [
        {"name": c.name, "before": _number(c.before), "since": _number(c.since)} for c in changes
    ]


def _rhythm(found: Rhythm) -> JSON:
    tables = found.tables()
    return {
        "time_zone": str(found.zone),
        **{name: _time_table(tables[name]) if name in tables else None for name in ("day", "week")},
    }


def _time_table(table: TimeTable) -> JSON:
    p = table.p(np.random.default_rng(SEED))
    return {
        "p": _chance(p),
        "significant": p < SIGNIFICANT_BELOW,
        "parts": [
            {
                "name": part,
                "moments": int(table.counts[place]),
                "genres": _shares(table, table.shares[place]),
            }
            for place, part in enumerate(table.parts)
        ],
        "overall": _shares(table, table.overall),
    }


def _shares(table: TimeTable, shares: np.ndarray[Any, np.dtype[np.float64]]) -> JSON:
    pairs = sorted(zip(shares.tolist(), table.names, strict=True), key=lambda x: (-x[0], x[1]))
    return {name: _number(share) for share, name in pairs}


def _interest(found: NamedInterest) -> JSON:
    return {
        "name": found.name,
        "strength": _number(found.strength),
        "confidence": _number(found.confidence),
        "last_at": datetime.fromtimestamp(found.last_at, UTC).isoformat(),
        "items": [{"id": item.id, "Title": item.title} for item in found.items],
    }


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def _chance(p: float) -> float:
    """Rounded to three digits that count: a p of one in a billion is not 0."""
    return float(f"{p:.3g}")

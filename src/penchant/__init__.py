"""Penchant: search and recommendations that learn each person's taste and say why.

>>> from penchant import Query, build_engine, ensure_catalogue, load_settings
>>> engine = build_engine(load_settings(database_url="memory://"))
>>> ensure_catalogue(engine)
476
>>> answer = engine.search(Query("crash landing on you", top_n=1))
>>> answer.recommendations[0].item.title
'Crash Landing on You'
>>> engine.close()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penchant.assembly import build_engine, ensure_catalogue, import_catalogue
    from penchant.domain.feedback import Feedback, FeedbackContext, FeedbackType
    from penchant.domain.impression import Impression
    from penchant.domain.item import FacetSpec, Item
    from penchant.domain.query import Filters, Intent, Query
    from penchant.domain.record import Statement, StatementAction
    from penchant.engine import Engine
    from penchant.errors import PenchantError
    from penchant.ranking.ensemble import OwnWeights
    from penchant.ranking.moment import Moment, Scored, Scorer
    from penchant.settings import Settings, load_settings
    from penchant.taste.signals import DEFAULT_SIGNALS, SignalRule, Signals

__all__ = [
    "DEFAULT_SIGNALS",
    "Engine",
    "FacetSpec",
    "Feedback",
    "FeedbackContext",
    "FeedbackType",
    "Filters",
    "Impression",
    "Intent",
    "Item",
    "Moment",
    "OwnWeights",
    "PenchantError",
    "Query",
    "Scored",
    "Scorer",
    "Settings",
    "SignalRule",
    "Signals",
    "Statement",
    "StatementAction",
    "build_engine",
    "ensure_catalogue",
    "import_catalogue",
    "load_settings",
]

_HOME = {
    "DEFAULT_SIGNALS": "taste.signals",
    "SignalRule": "taste.signals",
    "Signals": "taste.signals",
    "Impression": "domain.impression",
    "OwnWeights": "ranking.ensemble",
    "Moment": "ranking.moment",
    "Scored": "ranking.moment",
    "Scorer": "ranking.moment",
    "Engine": "engine",
    "FacetSpec": "domain.item",
    "Feedback": "domain.feedback",
    "FeedbackContext": "domain.feedback",
    "FeedbackType": "domain.feedback",
    "Filters": "domain.query",
    "Intent": "domain.query",
    "Item": "domain.item",
    "PenchantError": "errors",
    "Query": "domain.query",
    "Settings": "settings",
    "Statement": "domain.record",
    "StatementAction": "domain.record",
    "build_engine": "assembly",
    "ensure_catalogue": "assembly",
    "import_catalogue": "assembly",
    "load_settings": "settings",
}


def __dir__() -> list[str]:
    return sorted(__all__)


def __getattr__(name: str) -> object:
    # Fetched at first use: the command line must set its thread limits before numpy loads.
    if name not in _HOME:
        raise AttributeError(f"module 'penchant' has no attribute {name!r}")
    return getattr(import_module(f"penchant.{_HOME[name]}"), name)

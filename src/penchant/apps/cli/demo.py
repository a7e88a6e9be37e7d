"""`penchant demo`: two people with opposite tastes ask for the same thing."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from penchant.apps.cli.output import Output
from penchant.apps.cli.tables import personal_line, recommendation_table
from penchant.apps.presentation import search_answer
from penchant.assembly import build_engine, ensure_catalogue
from penchant.domain.feedback import Feedback, FeedbackType
from penchant.domain.query import Query
from penchant.engine import Engine
from penchant.journal import new_event_id
from penchant.settings import load_settings

__all__ = ["play_demo"]

QUERY = "drama"
RATINGS = {
    "mina": {"Hospital Playlist": 9.5, "Dr. Romantic": 9.0, "Doctors": 8.5},
    "joon": {"Signal": 9.5, "Stranger": 9.0, "Flower of Evil": 9.5},
}


def play_demo(output: Output) -> None:
    """Run the story in memory: anonymous, as mina, as joon, and after an undo."""
    engine = build_engine(load_settings(database_url="memory://"))
    try:
        ensure_catalogue(engine)
        steps = [_step(engine, "Nobody in particular asks for “drama”", None)]
        for user, ratings in RATINGS.items():
            last = [_rated(engine, user, title, rating) for title, rating in ratings.items()][-1]
            told = ", ".join(f"{title} {rating:g}" for title, rating in ratings.items())
            steps.append(_step(engine, f"{user} rated {told}, and asks for “drama”", user))
        engine.undo(last)
        steps.append(_step(engine, "joon takes the last rating back, and asks again", "joon"))
    finally:
        engine.close()
    if output.json:
        output.document(steps)
        return
    for step in steps:
        output.console.print(Text(f"\n{step['step']}", style="bold"))
        output.console.print(personal_line(step["answer"]))
        output.console.print(recommendation_table(step["answer"]["recommendations"]))


def _rated(engine: Engine, user: str, title: str, rating: float) -> str:
    event_id = new_event_id()
    item = engine.find_title(title)
    engine.record(Feedback(event_id, user, item.id, FeedbackType.RATING, engine.clock(), rating))
    return event_id


def _step(engine: Engine, told: str, user: str | None) -> dict[str, Any]:
    answer = engine.search(Query(QUERY, top_n=3, user_id=user))
    return {"step": told, "answer": search_answer(answer, engine.snapshot.catalogue.schema)}

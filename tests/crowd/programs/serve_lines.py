"""An engine that does what it reads, one line each, and answers in JSON lines: FILE."""

from __future__ import annotations

import json
import sys

from worlds import CLINIC_ITEMS, LATER, an_event, open_engine

engine = open_engine(f"sqlite:///{sys.argv[1]}")
if not engine.snapshot.catalogue.items:
    engine.put_items(CLINIC_ITEMS)


def answer(verb: str, *words: str) -> object:
    match verb:
        case "watch":
            user, item_id, event_id = words
            return engine.record(an_event(user, "watched", item_id, event_id=event_id)).position
        case "recommend":
            found = engine.recommend(words[0], 10, now=LATER).recommendations
            return {r.item.id: r.terms.get("transitions", 0.0) for r in found}
        case "undo":
            return engine.undo(words[0]).status
        case "erase":
            return dict(engine.erase(words[0]))
    return sorted(engine.crowd.people)


for line in sys.stdin:
    print(json.dumps(answer(*line.split())), flush=True)  # noqa: T201
engine.close()

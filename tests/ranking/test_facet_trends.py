"""What is trending among the items of a genre, and how a reason says so."""

from __future__ import annotations

from worlds import NOON, an_event, make_item, open_engine, teach

from penchant.engine import Engine
from penchant.ranking.facet_trends import trending_within
from penchant.ranking.moment import Moment

ITEMS = [
    make_item("heal", genre=["Medical"]),
    make_item("cure", genre=["Medical"]),
    make_item("calm", genre=["Medical"]),
    make_item("joke", genre=["Comedy"]),
]


def visited(**people: int) -> Engine:
    """An engine where so many people turned to each item just now."""
    engine = open_engine(items=ITEMS, now=NOON + 60)
    for item_id, count in people.items():
        for n in range(count):
            fan = f"fan-{item_id}-{n}"
            engine.record(an_event(fan, "watched", item_id, event_id=fan))
    return engine


def moment_of(engine: Engine) -> Moment:
    snapshot = engine.snapshot
    rows = snapshot.catalogue.rows([item.id for item in ITEMS])
    return Moment(
        snapshot.catalogue, snapshot.vectors.centred, rows, None, engine.crowd, engine.clock()
    )


def test_the_most_sought_of_a_genre_come_first() -> None:
    """Only items of the genre that somebody turned to, whatever is sought elsewhere."""
    engine = visited(cure=3, heal=1, joke=9)
    rows = trending_within(moment_of(engine), "genre", "medical").tolist()
    assert [engine.snapshot.catalogue.items[row].id for row in rows] == ["cure", "heal"]
    assert trending_within(moment_of(engine), "genre", "Western").tolist() == []
    assert trending_within(moment_of(engine), "no such facet", "Medical").tolist() == []
    engine.close()


def test_a_reason_names_the_liked_genre_that_an_item_leads() -> None:
    """Who likes Medical reads "Trending in Medical"; anybody else plainly "Trending"."""
    engine = visited(cure=3, heal=1)
    teach(engine, "mina", ("love", "calm"))
    told = {
        user: reason.text
        for user in ("mina", None)
        for result in engine.recommend(user, 4).recommendations
        if result.item.id == "cure"
        for reason in result.explanations
        if reason.type == "trending"
    }
    assert told["mina"] == "Trending in Medical: 3 people turned to it in 7 days"
    assert told[None] == "Trending: 3 people turned to it in 7 days"
    engine.close()

"""Changing the catalogue: visible to the next answer, in this process and in others."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from worlds import (
    NOON,
    an_event,
    make_item,
    no_penchant_variables,
    open_bundled_engine,
    open_engine,
    say,
    stored_profile,
    teach,
)

from penchant.domain.item import Item
from penchant.domain.query import Query
from penchant.engine import Engine
from penchant.errors import InvalidInput, UnknownItem
from penchant.storage.codec import taste_bytes

NEW = Item(
    id="the-lighthouse-clinic-2025",
    title="The Lighthouse Clinic",
    alternate_titles=("Lighthouse Doctors",),
    native_title="등대 의원",
    text="A surgeon reopens a clinic on an island of lighthouse keepers.",
    year=2025,
    facets={"genre": ("Medical", "Life"), "actor": ("Gong Yoo",)},
    numbers={"episodes": 12.0},
    rating=9.9,
    rating_count=900_000,
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A file with the bundled catalogue."""
    made = f"sqlite:///{tmp_path_factory.mktemp('catalogue') / 'a.db'}"
    open_bundled_engine(made).close()
    return made


@pytest.fixture(scope="module")
def two(url: str) -> Iterator[tuple[Engine, Engine]]:
    """Two engines on one file, as in two processes: one writes, the other reads."""
    writer, reader = open_bundled_engine(url), open_bundled_engine(url)
    yield writer, reader
    writer.close()
    reader.close()


def found(engine: Engine, text: str, user: str | None = None) -> list[str]:
    """Ids of a search."""
    return [r.item.id for r in engine.search(Query(text, 20, user)).recommendations]


def listed(engine: Engine, user: str | None = None) -> list[str]:
    """Ids of a list without a query."""
    return [r.item.id for r in engine.recommend(user, 50).recommendations]


def test_added_changed_hidden_shown_again(two: tuple[Engine, Engine]) -> None:
    """Each change by one engine is in the other's next search, list, completion and title."""
    writer, reader = two
    assert NEW.id not in found(reader, NEW.title)
    position = writer.put_items([NEW])
    for engine in two:
        assert engine.snapshot.version >= position
        for text in (NEW.title, "Lighthouse Doctors", "등대 의원", "lighthose clinic"):
            assert found(engine, text)[0] == NEW.id, text
        assert NEW.id in listed(engine)
        assert NEW.id in [match.item.id for match in engine.suggest("lightho")]
        assert engine.find_title("lighthouse doctors").id == NEW.id
        assert engine.item(NEW.id).text == NEW.text

    writer.change_item(
        NEW.id, lambda item: replace(item, title="Beacon Hospital", native_title=None)
    )
    for engine in two:
        assert found(engine, "Beacon Hospital")[0] == NEW.id
        assert engine.item(NEW.id).title == "Beacon Hospital"
        with pytest.raises(UnknownItem):
            engine.find_title("등대 의원")

    hidden = writer.hide_item(NEW.id)
    assert hidden.hidden
    for engine in two:
        assert NEW.id not in found(engine, "Beacon Hospital")
        assert NEW.id not in listed(engine)
        assert NEW.id not in [m.item.id for m in engine.suggest("beacon hosp")]
        with pytest.raises(UnknownItem):
            engine.find_title("Beacon Hospital")
        assert engine.item(NEW.id).hidden
        others = engine.similar("hospital-playlist-2020", 50).similar
        assert NEW.id not in [item.id for item, _, _ in others]

    writer.change_item(NEW.id, lambda item: replace(item, hidden=False))
    for engine in two:
        assert found(engine, "Beacon Hospital")[0] == NEW.id
        assert NEW.id in listed(engine)


def test_an_event_of_one_engine_is_in_the_next_answer_of_the_other(
    two: tuple[Engine, Engine],
) -> None:
    """Record, statement, undo, reset and erase by one are seen by the other at once."""
    writer, reader = two
    anonymous = listed(reader)
    receipt = writer.record(
        an_event("seen", "love", "hospital-playlist-2020", event_id="seen-0", at=NOON)
    )
    answer = reader.recommend("seen", 50)
    assert answer.personalization.position == receipt.position
    assert "hospital-playlist-2020" not in [r.item.id for r in answer.recommendations]
    assert listed(writer, "seen") == [r.item.id for r in answer.recommendations] != anonymous
    reader.undo("seen-0")
    assert listed(writer, "seen") == anonymous
    say(writer, "seen", "mute", "genre", "Romance")
    muted = reader.recommend("seen", 50).recommendations
    assert not any("Romance" in r.item.values("genre") for r in muted)
    writer.reset("seen")
    assert listed(reader, "seen") == anonymous
    reader.record(an_event("seen", "hate", "hospital-playlist-2020", event_id="seen-again"))
    assert listed(writer, "seen") != anonymous
    writer.erase("seen")
    assert reader.profile("seen").reading.profile.is_new
    assert listed(reader, "seen") == anonymous


def test_both_engines_learn_the_same_bytes(two: tuple[Engine, Engine]) -> None:
    """Events told alternately to two engines fold as if told to one, and neither refolds."""
    items = ["hospital-playlist-2020", "crash-landing-on-you-2019", "signal-2016"]
    for n, item_id in enumerate(items):
        for m, engine in enumerate(two):
            event_id = f"both-{n}-{m}"
            kind = "click" if m == 0 else "love"
            engine.record(an_event("both", kind, item_id, event_id=event_id, at=NOON + 10 * n + m))
    profile = stored_profile(two[0], "both")
    assert profile is not None
    assert profile.version == 6
    fold = two[1].snapshot.learner.fold("both", two[1].storage.records_of("both"))
    assert taste_bytes(profile) == taste_bytes(fold)
    assert two[1].profile("both").reading.profile.version == 6


PROGRAM = """
import sys
from penchant import Feedback, Item, Query, build_engine, load_settings

engine = build_engine(load_settings(database_url=sys.argv[1]))
engine.put_items([Item("moth-2025", "Moth Season", facets={"genre": ("Horror",)})])
receipt = engine.record(Feedback("far-0", "far", "signal-2016", "love", 1_750_000_000.0))
print(receipt.position, flush=True)
sys.stdin.readline()
answer = engine.recommend("near", 50)
print(answer.personalization.position)
print("signal-2016" in [result.item.id for result in answer.recommendations])
print(engine.search(Query("wasp season")).recommendations[0].item.title)
engine.close()
"""


def test_another_process_sees_and_is_seen(two: tuple[Engine, Engine], url: str) -> None:
    """What a child process writes is in this one's next answer, and the other way round."""
    here = two[0]
    assert here.recommend("far", 1).personalization.applied is False
    with no_penchant_variables():
        child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    with child:
        assert child.stdout is not None
        position = int(child.stdout.readline())
        assert here.recommend("far", 1).personalization.position == position
        assert "signal-2016" not in listed(here, "far")
        assert found(here, "Moth Season")[0] == "moth-2025"
        here.change_item("moth-2025", lambda item: replace(item, title="Wasp Season"))
        receipt = here.record(an_event("near", "watched", "signal-2016", event_id="near-0"))
        said, _ = child.communicate("go on\n", timeout=60)
    assert child.returncode == 0
    assert said.splitlines() == [str(receipt.position), "False", "Wasp Season"]


def test_history_with_a_hidden_item_stays() -> None:
    """Hiding an item keeps what people learned from it, and it may still be taken back."""
    engine = open_engine(
        items=[make_item("a", genre=["Medical"]), make_item("b", genre=["Comedy"])]
    )
    teach(engine, "mina", ("love", "a"))
    engine.hide_item("a")
    profile = engine.profile("mina")
    assert [p.name for p in profile.top("genre")] == ["Medical"]
    engine.undo("mina-0")
    assert engine.profile("mina").reading.profile.is_new
    engine.close()


def test_the_last_of_two_rows_with_one_id_counts() -> None:
    """The same id twice in one batch is one item: the later one."""
    engine = open_engine(items=[make_item("a", "First"), make_item("a", "Second")])
    assert engine.item("a").title == "Second"
    assert len(engine.snapshot.catalogue) == 1
    engine.close()


def test_an_engine_without_items_answers() -> None:
    """An empty catalogue gives empty answers, not errors."""
    engine = open_engine()
    assert engine.search(Query("love")).recommendations == ()
    assert engine.recommend(None).recommendations == ()
    assert engine.recommend("mina").recommendations == ()
    assert engine.suggest("lo") == ()
    assert engine.profile("mina").personas() == ["New Viewer"]
    with pytest.raises(UnknownItem):
        engine.find_title("Love")
    with pytest.raises(UnknownItem):
        engine.record(an_event("mina", "love", "a", event_id="e1"))
    engine.close()


@pytest.mark.parametrize(
    "wrong",
    [
        Item("", "No id"),
        Item("a\nb", "Line break in the id"),
        Item("x" * 129, "An id longer than an event may name"),
        Item("untitled", ""),
        Item("negative", "Negative", rating=5.0, rating_count=-5),
        Item("nan", "Not a number", rating=float("nan"), rating_count=5),
    ],
    ids=["empty-id", "control-character", "long-id", "no-title", "negative-count", "nan-rating"],
)
def test_an_item_that_nobody_could_use_is_refused(wrong: Item) -> None:
    """Ids that no event can name, missing titles and impossible numbers are not put."""
    engine = open_engine(items=[make_item("a")])
    before = engine.storage.item_position()
    with pytest.raises(InvalidInput):
        engine.put_items([make_item("b"), wrong])
    assert engine.storage.item_position() == before
    assert [item.id for item in engine.storage.items()] == ["a"]
    engine.close()


def test_changes_at_the_same_time_are_all_kept() -> None:
    """Eight threads that each add to one item's rater count ten times lose none of the eighty."""
    engine = open_engine(items=[make_item("a"), make_item("b")])

    def add_ten(_: int) -> None:
        for _ in range(10):
            engine.change_item("a", lambda item: replace(item, rating_count=item.rating_count + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_ten, range(8)))
    assert engine.item("a").rating_count == 1_000 + 80
    engine.close()


def test_changing_an_unknown_item_is_refused() -> None:
    """Change and hide raise UnknownItem with the id, and write nothing."""
    engine = open_engine(items=[make_item("a")])
    before = engine.storage.latest_position()
    with pytest.raises(UnknownItem, match="nowhere"):
        engine.hide_item("nowhere")
    assert engine.storage.latest_position() == before
    engine.close()


def test_a_stored_item_is_the_item_that_was_put() -> None:
    """Every field survives the store."""
    engine = open_engine(items=[NEW])
    assert engine.storage.items()[0] == NEW
    engine.close()

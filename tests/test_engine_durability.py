"""What lasts and what does not: erasing, closing and opening, rebuilding, healing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from worlds import (
    CLINIC_ITEMS,
    NOON,
    an_event,
    open_engine,
    refolded,
    say,
    stored_profile,
    taste,
    teach,
)

from penchant.domain.record import RecordType
from penchant.engine import Engine
from penchant.errors import InvalidInput, UnknownEvent
from penchant.storage.codec import taste_bytes


@pytest.fixture
def engine() -> Iterator[Engine]:
    opened = open_engine(items=CLINIC_ITEMS)
    yield opened
    opened.close()


# --- erasing ------------------------------------------------------------------------------------


def test_erasing_leaves_no_record_and_no_profile(engine: Engine) -> None:
    """Nothing about the person is left, others keep all, and the same id may start again."""
    teach(engine, "mina", ("watched", "heal"), ("love", "laughs"))
    teach(engine, "joon", ("watched", "heal"))
    engine.undo("mina-0")
    say(engine, "mina", "pin", "genre", "Medical")
    gone = engine.erase("mina")
    # Two events, the retraction and the statement; one profile.
    assert dict(gone) == {"log": 4, "profiles": 1, "impressions": 0}
    assert list(engine.storage.records_of("mina")) == []
    assert stored_profile(engine, "mina") is None
    assert engine.export("mina")[1] == []
    assert not any(r.user_id == "mina" for r in engine.storage.records_after(0, 1_000))
    assert engine.storage.user_ids() == ["joon"]
    with pytest.raises(UnknownEvent):
        engine.undo("mina-1")
    assert (
        engine.record(an_event("mina", "watched", "heal", event_id="mina-0")).profile_version == 1
    )


def test_erasing_leaves_a_note_without_personal_data(engine: Engine) -> None:
    """The log says that somebody was erased, not who."""
    teach(engine, "mina", ("watched", "heal"))
    engine.erase("mina")
    note = engine.storage.records_after(0, 1_000)[-1]
    assert note.type is RecordType.ERASURE
    assert note.user_id == ""
    assert "mina" not in repr(note)


def test_an_erased_user_is_nowhere_in_the_file(tmp_path: Path) -> None:
    """After erase and close no byte of the database files spells the user's id or words."""
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}", CLINIC_ITEMS)
    user, other = "canary-of-the-mine", "someone-who-stays"
    teach(engine, user, ("watched", "heal"), ("love", "laughs"), ("click", "pulse"))
    teach(engine, other, ("watched", "heal"))
    say(engine, user, "pin", "genre", "Medical")
    engine.undo(f"{user}-0")
    engine.reset(user)
    engine.profile(user)
    content = b"".join(path.read_bytes() for path in sorted(tmp_path.iterdir()))
    assert user.encode() in content
    engine.erase(user)
    engine.close()
    for path in sorted(tmp_path.iterdir()):
        assert user.encode() not in path.read_bytes(), path.name
    assert other.encode() in (tmp_path / "a.db").read_bytes()


def test_an_empty_user_id_erases_nothing(engine: Engine) -> None:
    """The empty id, under which the store keeps its own records, cannot be erased or reset."""
    for verb in (engine.erase, engine.reset):
        with pytest.raises(InvalidInput, match="user_id"):
            verb("")
    assert engine.storage.item_position() > 0


# --- rebuilding and healing ---------------------------------------------------------------------


def busy_file(folder: Path) -> tuple[str, Path]:
    """A closed database file with three people in it."""
    file = folder / "a.db"
    engine = open_engine(f"sqlite:///{file}", CLINIC_ITEMS)
    teach(engine, "mina", ("watched", "heal"), ("rating", "laughs", 8.0), ("hate", "kisses"))
    teach(engine, "joon", ("love", "kisses"), ("dismiss", "heal"))
    teach(engine, "suzy", ("click", "pulse"))
    say(engine, "joon", "cap", "genre", "Medical", 0.2)
    engine.undo("mina-1")
    engine.reset("suzy", now=NOON + 500.0)
    engine.close()
    return f"sqlite:///{file}", file


def flip_bytes(file: Path, user_id: str) -> None:
    """Change the middle of a user's stored profile, as a failing disk would."""
    database = sqlite3.connect(file)
    (data,) = database.execute("SELECT bytes FROM profiles WHERE user_id = ?", [user_id]).fetchone()
    half = len(data) // 2
    flipped = data[:half] + bytes(b ^ 0xFF for b in data[half : half + 8]) + data[half + 8 :]
    with database:
        database.execute("UPDATE profiles SET bytes = ? WHERE user_id = ?", [flipped, user_id])
    database.close()


def test_rebuilding_finds_no_difference(tmp_path: Path) -> None:
    """A refold of everyone from the log gives what is stored, and versions stay."""
    url, _ = busy_file(tmp_path)
    engine = open_engine(url)
    versions = {user: engine.profile(user).reading.profile.version for user in ("mina", "joon")}
    assert list(engine.rebuild()) == [("joon", False), ("mina", False), ("suzy", False)]
    assert {u: engine.profile(u).reading.profile.version for u in versions} == versions
    engine.close()


def test_closing_and_opening_loses_nothing(tmp_path: Path) -> None:
    """Log, items, profiles and answers are the same after the file was closed and opened."""
    url, _ = busy_file(tmp_path)

    def state() -> tuple[object, ...]:
        engine = open_engine(url)
        users = engine.storage.user_ids()
        seen = (
            list(engine.storage.records_after(0, 1_000)),
            engine.storage.items(),
            [taste(engine, user) for user in users],
            [repr(engine.recommend(user).recommendations) for user in users],
        )
        engine.close()
        return seen

    first = state()
    assert len(first[2]) == 3  # type: ignore[arg-type]
    assert state() == first


def test_rebuilding_mends_a_corrupted_profile(tmp_path: Path) -> None:
    """Flipped bytes are found, reported and replaced; others are not touched."""
    url, file = busy_file(tmp_path)
    flip_bytes(file, "mina")
    engine = open_engine(url)
    assert list(engine.rebuild()) == [("joon", False), ("mina", True), ("suzy", False)]
    assert taste(engine, "mina") == taste_bytes(refolded(engine, "mina"))
    assert not any(differed for _, differed in engine.rebuild())
    engine.close()


def test_rebuilding_brings_a_lost_profile_back(tmp_path: Path) -> None:
    """A row that went missing is folded again from the log."""
    url, file = busy_file(tmp_path)
    with sqlite3.connect(file) as database:
        database.execute("DELETE FROM profiles WHERE user_id = 'mina'")
    database.close()
    engine = open_engine(url)
    assert dict(engine.rebuild())["mina"]
    assert taste(engine, "mina") == taste_bytes(refolded(engine, "mina"))
    engine.close()


def test_differs_only_looks(tmp_path: Path) -> None:
    """`differs` tells a corrupted profile from a sound one and mends neither."""
    url, file = busy_file(tmp_path)
    flip_bytes(file, "mina")
    engine = open_engine(url)
    assert not engine.journal.differs("joon")
    assert engine.journal.differs("mina")
    assert engine.journal.differs("mina")
    engine.close()


def test_reading_heals_a_corrupted_profile(tmp_path: Path) -> None:
    """An answer is given from the log, the stored row is sound again, and the taste is the same."""
    url, file = busy_file(tmp_path)
    engine = open_engine(url)
    before = {user: taste(engine, user) for user in ("mina", "joon")}
    expected = repr(engine.recommend("mina").recommendations)
    engine.close()
    flip_bytes(file, "mina")
    engine = open_engine(url)
    assert repr(engine.recommend("mina").recommendations) == expected
    assert {user: taste(engine, user) for user in before} == before
    engine.close()


def test_recording_heals_a_corrupted_profile(tmp_path: Path) -> None:
    """An event for a user whose row is corrupt refolds all of their log."""
    url, file = busy_file(tmp_path)
    flip_bytes(file, "mina")
    engine = open_engine(url)
    engine.record(an_event("mina", "love", "pulse", event_id="new", at=NOON + 900.0))
    profile = stored_profile(engine, "mina")
    assert profile is not None
    assert set(profile.verdicts) == {"heal", "kisses", "pulse"}
    assert taste(engine, "mina") == taste_bytes(refolded(engine, "mina"))
    engine.close()


def test_a_healed_profile_stands_where_the_log_stands(tmp_path: Path) -> None:
    """Healing does not take the profile back behind a position that a write has returned."""
    file = tmp_path / "a.db"
    engine = open_engine(f"sqlite:///{file}", CLINIC_ITEMS)
    teach(engine, "mina", ("watched", "heal"), ("love", "laughs"))
    undone = engine.undo("mina-1")
    engine.close()
    flip_bytes(file, "mina")
    engine = open_engine(f"sqlite:///{file}")
    assert engine.profile("mina").reading.profile.position >= undone.position
    engine.close()


def test_a_changed_item_changes_what_was_learned_from_it(engine: Engine) -> None:
    """When an item's genre is corrected, the next reading has learned the corrected one."""
    teach(engine, "mina", ("watched", "heal"))
    engine.change_item("heal", lambda item: replace(item, facets={"genre": ("Horror",)}))
    profile = engine.profile("mina").reading.profile
    assert list(profile.preferences["genre"]) == ["horror"]
    assert taste_bytes(profile) == taste_bytes(refolded(engine, "mina"))

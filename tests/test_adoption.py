"""What `penchant train` publishes is taken up by engines that run, and by nobody before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from worlds import make_item, open_engine, teach

from penchant.adoption import AdoptedScorer
from penchant.crowd.closed_form import PUBLISHED_CLOSED_FORM, PublishedClosedForm
from penchant.datasets.log import EventColumns
from penchant.engine import Engine
from penchant.evaluation.training import fit_closed_form

ITEMS = [make_item(name, genre=["Drama"]) for name in "abcdefgh"]


def log_of(*sequences: str) -> EventColumns:
    """Each string is one person's items, watched in that order."""
    users = [f"u{n}" for n, sequence in enumerate(sequences) for _ in sequence]
    items = [item for sequence in sequences for item in sequence]
    times = [float(n) for sequence in sequences for n in range(len(sequence))]
    return EventColumns.of(users, items, ["watched"] * len(items), [None] * len(items), times)


def publish(engine: Engine, folder: Path, name: str, *sequences: str) -> str:
    """Solve a scorer from these sequences and publish it as `penchant train` does."""
    log = log_of(*sequences)
    solved = fit_closed_form(log, engine.snapshot.learner.signals, position=len(log))
    checksum = solved.save(folder / name)
    value = PublishedClosedForm(name, checksum, len(log)).encoded()
    engine.storage.put_metadata(PUBLISHED_CLOSED_FORM, value)
    return checksum


def term(engine: Engine, user: str, item_id: str) -> float:
    """What the adopted scorer adds to one item of a person's list."""
    page = engine.recommend(user, 8).recommendations
    (found,) = [r for r in page if r.item.id == item_id]
    return found.terms.get("closed-form", 0.0)


@pytest.fixture
def engines(tmp_path: Path) -> tuple[Engine, Engine]:
    """Two engines on one database file, with somebody who has watched `a`."""
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    first = open_engine(url, items=ITEMS)
    second = open_engine(url)
    teach(first, "mina", ("watched", "a"))
    return first, second


def test_nothing_published_changes_nothing(engines: tuple[Engine, Engine]) -> None:
    for engine in engines:
        page = engine.recommend("mina", 8).recommendations
        assert all("closed-form" not in result.terms for result in page)


def test_running_engines_take_up_what_is_published(
    engines: tuple[Engine, Engine], tmp_path: Path
) -> None:
    """The next list of every engine has the term, its reason, and the sum is the score."""
    first, second = engines
    publish(first, tmp_path, "one.closed-form", *["ab"] * 6, *["cd"] * 6)
    for engine in (first, second):
        assert term(engine, "mina", "b") > term(engine, "mina", "d")
        top = engine.recommend("mina", 8).recommendations[0]
        assert top.item.id == "b"
        assert "paths" in {reason.type for reason in top.explanations}
        told = sum(reason.contribution for reason in top.explanations)
        assert told == pytest.approx(top.personalized_score)


def test_a_newer_one_takes_its_place(engines: tuple[Engine, Engine], tmp_path: Path) -> None:
    first, second = engines
    publish(first, tmp_path, "one.closed-form", *["ab"] * 6, *["cd"] * 6)
    assert term(second, "mina", "b") > 0.0
    publish(first, tmp_path, "one.closed-form", *["ad"] * 6, *["cb"] * 6)
    assert term(second, "mina", "d") > term(second, "mina", "b")


def test_a_damaged_file_is_passed_over(engines: tuple[Engine, Engine], tmp_path: Path) -> None:
    """Lists are made without it, and the scorer says what is wrong."""
    first, _ = engines
    publish(first, tmp_path, "one.closed-form", *["ab"] * 6, *["cd"] * 6)
    file = tmp_path / "one.closed-form"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    assert first.recommend("mina", 8).recommendations
    assert term(first, "mina", "b") == 0.0
    (adopted,) = [s for s in first.for_you.scorers if isinstance(s, AdoptedScorer)]
    assert adopted.problem is not None
    publish(first, tmp_path, "two.closed-form", *["ab"] * 6, *["cd"] * 6, "ab")
    assert term(first, "mina", "b") > 0.0
    assert adopted.problem is None


def test_a_store_in_memory_adopts_nothing() -> None:
    engine = open_engine(items=ITEMS)
    assert not [s for s in engine.for_you.scorers if isinstance(s, AdoptedScorer)]
    assert np.isfinite(engine.recommend(None, 3).recommendations[0].personalized_score)
    engine.close()

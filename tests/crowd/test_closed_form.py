"""The trained scorer: reading a history, and its file."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from penchant.crowd.closed_form import (
    DEFAULT_CLOSED_FORM,
    ClosedForm,
    ClosedFormSettings,
    PublishedClosedForm,
    load_closed_form,
)
from penchant.errors import InvalidInput, StorageError

ITEMS = ("a", "b", "도깨비")
LEAST = log(1e-4) + 0.4 * log(1e-3)
# Multiples of 1/127 of the largest of a row: kept in 8 bits exactly.
TO_B, TO_C = 1.27, 0.50


def one_way(
    settings: ClosedFormSettings = DEFAULT_CLOSED_FORM, *, itself: float = 9.0
) -> ClosedForm:
    """From a to b 1.27 and to c .5 in every map, from c to b .127; a to itself is large."""
    solved = np.array([[itself, TO_B, TO_C], [0, 0, 0], [0, 0.127, 0]], dtype=np.float32)
    return ClosedForm.of(ITEMS, [solved] * 4, settings, events=30, position=7)


def history(*columns: int) -> NDArray[np.int64]:
    return np.array(columns, dtype=np.int64)


def test_scores_are_the_two_maps_blended() -> None:
    """After a alone each of the three histories and EASE hold a at weight 1."""
    scores = one_way().scores(history(0))
    assert scores[1] == pytest.approx(log(3 * TO_B) + 0.4 * log(TO_B))
    assert scores[2] == pytest.approx(log(3 * TO_C) + 0.4 * log(TO_C))


def test_an_older_item_counts_by_each_decay() -> None:
    """After a and then b, a is not the last item; it has faded by .8, .98 and, in EASE, by .9."""
    scores = one_way().scores(history(1, 0))
    assert scores[1] == pytest.approx(log((0.8 + 0.98) * TO_B) + 0.4 * log(0.9 * TO_B))


def test_what_nothing_speaks_for_scores_least() -> None:
    """An item without a weight, and the place of unknown items, score the floor of both maps."""
    form = one_way()
    scores = form.scores(history(0))
    assert scores[0] == pytest.approx(LEAST)
    assert scores[form.columns(["never-seen"])[0]] == pytest.approx(LEAST)
    assert scores[1] > scores[-1]


def test_unknown_items_of_a_history_are_passed_over() -> None:
    """They take nobody's place: the last known item is still the last one."""
    form = one_way()
    known = form.scores(form.columns(["a", "c"]))
    mixed = form.scores(form.columns(["new", "a", "newer", "c"]))
    assert np.array_equal(known, mixed)
    assert np.array_equal(form.scores(form.columns(["new"])), form.scores(history()))
    assert set(form.scores(history()).round(9)) == {round(LEAST, 9)}


def test_an_item_speaks_for_itself_only_where_things_are_consumed_again() -> None:
    """Otherwise its huge weight on itself would cost the others their precision."""
    again = replace(DEFAULT_CLOSED_FORM, repeatable=True)
    assert one_way(again).scores(history(0))[0] == pytest.approx(log(27) + 0.4 * log(9))
    assert one_way(itself=1e6).scores(history(0))[1] == pytest.approx(
        one_way().scores(history(0))[1]
    )


def test_likelihoods_are_shares_of_the_best_candidate() -> None:
    """The best is 1, the unknown 0; the rest follows from the scores and the sharpness."""
    form = one_way()
    found = form.continuations(["a"], np.array([1, 2, -1]), sharpness=0.5)
    to_b, to_c = form.scores(history(0))[1:3]
    least = exp(0.5 * LEAST)
    assert found.tolist() == pytest.approx(
        [1.0, (exp(0.5 * to_c) - least) / (exp(0.5 * to_b) - least), 0.0]
    )
    sharper = form.continuations(["a"], np.array([1, 2, -1]), sharpness=1.0)
    assert sharper[1] < found[1]


def test_nothing_known_gives_no_likelihood() -> None:
    """A stranger's history, or no candidates, are not errors."""
    form = one_way()
    assert form.continuations(["new"], np.array([0, 1]), 0.5).tolist() == [0.0, 0.0]
    assert form.continuations([], np.array([0, 1]), 0.5).tolist() == [0.0, 0.0]
    assert len(form.continuations(["a"], np.array([], dtype=np.int64), 0.5)) == 0


@given(
    seed=st.integers(0, 2**32 - 1),
    size=st.integers(1, 12),
    repeatable=st.booleans(),
    scale=st.floats(1e-6, 1e3),
)
def test_eight_bits_are_half_a_step_away_at_most(
    *, seed: int, size: int, repeatable: bool, scale: float
) -> None:
    """Every weight is within half of 1/127 of the largest weight of its row."""
    rng = np.random.default_rng(seed)
    maps = [(rng.normal(size=(size, size)) * scale).astype(np.float32) for _ in range(4)]
    settings = replace(DEFAULT_CLOSED_FORM, repeatable=repeatable)
    form = ClosedForm.of([str(n) for n in range(size)], maps, settings)
    for place, solved in enumerate(maps):
        wanted = solved.copy()
        if not repeatable:
            np.fill_diagonal(wanted, 0.0)
        kept = form.weights[place] * form.scales[place][:, None]
        half_step = np.abs(wanted).max(axis=1, keepdims=True) / 127 / 2
        assert (np.abs(kept - wanted) <= half_step * 1.001).all()


def test_a_file_gives_back_what_was_saved(tmp_path: Path) -> None:
    """Arrays bit for bit, ids in any script, settings, place in the log and report."""
    form = replace(
        one_way(replace(DEFAULT_CLOSED_FORM, ridge=3.5)), report={"ndcg@10": {"x": 0.25}}
    )
    path = tmp_path / "form"
    checksum = form.save(path)
    held = load_closed_form(path)
    assert np.array_equal(held.weights, form.weights)
    assert np.array_equal(held.scales, form.scales)
    assert (held.item_ids, held.settings, held.report) == (ITEMS, form.settings, form.report)
    assert (held.events, held.position) == (30, 7)
    assert np.array_equal(held.scores(history(0)), form.scores(history(0)))
    assert checksum == form.save(tmp_path / "again")
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["again", "form"]


def test_loaded_arrays_cannot_be_changed(tmp_path: Path) -> None:
    """They are the file itself, shared by all who read it."""
    one_way().save(tmp_path / "form")
    held = load_closed_form(tmp_path / "form")
    with pytest.raises(ValueError, match="read-only"):
        held.weights[0, 0, 0] = 1


def test_saving_over_a_file_leaves_its_readers_alone(tmp_path: Path) -> None:
    """Who has the former one open goes on with it; who opens it now gets the new one."""
    path = tmp_path / "form"
    one_way().save(path)
    former = load_closed_form(path)
    before = former.scores(history(0)).copy()
    ClosedForm.of(["z"], [np.zeros((1, 1), np.float32)] * 4, DEFAULT_CLOSED_FORM).save(path)
    assert load_closed_form(path).item_ids == ("z",)
    assert np.array_equal(former.scores(history(0)), before)


def test_every_flipped_bit_is_noticed(tmp_path: Path) -> None:
    """In the header, the ids, the arrays or the checksum itself."""
    path = tmp_path / "form"
    one_way().save(path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(StorageError, match="penchant train"):
            load_closed_form(path)


def test_a_file_that_ends_early_or_late_is_refused(tmp_path: Path) -> None:
    """Such as one whose copying was cut off; an empty one, too."""
    path = tmp_path / "form"
    one_way().save(path)
    whole = path.read_bytes()
    for data in (*(whole[:length] for length in range(len(whole))), whole + b"\0"):
        path.write_bytes(data)
        with pytest.raises(StorageError, match="penchant train"):
            load_closed_form(path)


def test_foreign_and_missing_files_are_named(tmp_path: Path) -> None:
    """The message says which file it is and what makes a right one."""
    foreign = tmp_path / "notes.txt"
    foreign.write_text("dear diary, this is longer than any header could be")
    with pytest.raises(StorageError, match=r"notes\.txt holds no trained scorer"):
        load_closed_form(foreign)
    with pytest.raises(StorageError, match=r"cannot read .*missing"):
        load_closed_form(tmp_path / "missing")


def test_another_format_version_is_told_apart_from_damage(tmp_path: Path) -> None:
    """Training again mends it, and the message says so."""
    path = tmp_path / "form"
    one_way().save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + (2).to_bytes(2, "little") + whole[6:])
    with pytest.raises(StorageError, match="is of format 2, this program reads 1"):
        load_closed_form(path)


def test_a_place_that_cannot_be_written_is_an_error_of_storage(tmp_path: Path) -> None:
    """And leaves nothing behind."""
    with pytest.raises(StorageError, match="cannot write"):
        one_way().save(tmp_path / "no-such-folder" / "form")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="cannot write"):
        one_way().save(tmp_path / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("short_decay", 0.0), ("long_decay", 1.0), ("ease_decay", 1.5), ("ridge", 0.0),
        ("ease_ridge", -1.0), ("floor", 0.0), ("ease_floor", float("nan")), ("ease_share", -0.1),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_solved_with_are_refused(name: str, value: float) -> None:
    """The message names the setting."""
    with pytest.raises(InvalidInput, match=name):
        ClosedFormSettings(**{name: value})


def test_what_is_published_is_read_back_or_refused() -> None:
    """A named value of the store, which another program may have written."""
    published = PublishedClosedForm("log.sqlite.closed-form", "ab12", 42)
    assert PublishedClosedForm.decoded(published.encoded()) == published
    for value in (b"", b"{}", b'{"file": 3, "checksum": "", "position": 1}', b"\xff"):
        with pytest.raises(StorageError, match="penchant train"):
            PublishedClosedForm.decoded(value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"short_decay"', b'"shirt_decay"'),  # a name that this program does not know
        (b'"ridge":11.0', b'"ridge":-1.0'),  # a value that cannot be read with
        (b'"ridge":11.0', b'"ridge":"11"'),  # another type
        (b'"maps":4', b'"maps":9'),  # more arrays than there are
        (b'"events"', b'"evants"'),
        (b'{"items"', b'["items"'),
    ],
)
def test_a_foreign_header_is_refused(tmp_path: Path, old: bytes, new: bytes) -> None:
    """Its checksum fits, but another program wrote it: an error of storage, with a way out."""
    path = tmp_path / "form"
    one_way().save(path)
    whole = path.read_bytes()
    rest = whole[22:].replace(old, new)
    assert rest != whole[22:]
    digest = blake2b(whole[4:6] + rest, digest_size=16).digest()
    path.write_bytes(whole[:6] + digest + rest)
    with pytest.raises(StorageError, match=r"form is not understood .* run `penchant train`"):
        load_closed_form(path)

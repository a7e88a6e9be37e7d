"""Transitions worked by hand: what is counted, and how it is read."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.crowd.counts import CountMatrix
from penchant.crowd.transitions import TransitionConfig, Transitions, TransitionScale

A, B, C, D = range(4)
ONE_SCALE = TransitionScale(decay=0.8, window=10, read_decay=0.8, exponent=1.0)
ONWARD = TransitionConfig((ONE_SCALE,), reverse=0.0)
BOTH_WAYS = TransitionConfig((ONE_SCALE,))
EXACT = 1e-3  # counts are whole 1/1024s

paths = st.lists(st.integers(0, 7), unique=True, max_size=8) | st.lists(
    st.integers(0, 3), max_size=12
)


def taught(config: TransitionConfig, *paths: list[int], size: int = 4) -> Transitions:
    """Transitions that have learned each path once."""
    transitions = Transitions(config)
    transitions.grow(size)
    for path in paths:
        transitions.replace([], path)
    return transitions


def table_of(transitions: Transitions, scale: int = 0) -> dict[tuple[int, int], float]:
    """One table in whole transitions."""
    leaders, followers, counts = (c.tolist() for c in transitions.tables[scale].counts())
    pairs = zip(leaders, followers, strict=True)
    return dict(zip(pairs, (count / 1024 for count in counts), strict=True))


def read(transitions: Transitions, *history: int) -> list[float]:
    """The score of each of four items after a history, newest first."""
    return transitions.scores(np.array(history), np.arange(4)).tolist()


# --- counting -----------------------------------------------------------------------------------


def test_a_then_b_then_c() -> None:
    """With decay .8: a to b 1, b to c 1, a to c .8, and nothing backwards."""
    transitions = taught(ONWARD, [A, B, C])
    assert table_of(transitions) == pytest.approx(
        {(A, B): 1.0, (B, C): 1.0, (A, C): 0.8}, abs=EXACT
    )
    assert transitions.tables[0].row_sums / 1024 == pytest.approx([1.8, 1, 0, 0], abs=EXACT)
    assert transitions.tables[0].column_sums / 1024 == pytest.approx([0, 1, 1.8, 0], abs=EXACT)


def test_three_scales() -> None:
    """The same path at .5, .8 and .98; the first looks five items far, the second ten."""
    transitions = taught(TransitionConfig(), list(range(12)), size=12)
    for scale, decay, window in ((0, 0.5, 5), (1, 0.8, 10), (2, 0.98, 100)):
        counted = table_of(transitions, scale)
        assert counted == pytest.approx(
            {
                (leader, leader + lag): decay ** (lag - 1)
                for leader in range(12)
                for lag in range(1, min(window, 11 - leader) + 1)
            },
            abs=EXACT,
        )


def test_people_add_up_and_can_be_taken_back() -> None:
    """Two went from a to b; after one of them is taken out it is one, after both nothing."""
    transitions = taught(ONWARD, [A, B, C], [A, B])
    assert table_of(transitions)[A, B] == 2.0
    transitions.replace([A, B, C], [])
    assert table_of(transitions) == {(A, B): 1.0}
    transitions.replace([A, B], [])
    assert table_of(transitions) == {}
    assert not transitions.tables[0].row_sums.any()


def test_an_item_in_between_moves_the_ends_apart() -> None:
    """B, put between a and c, makes a and c .8 where they were 1."""
    transitions = taught(ONWARD, [A, C])
    transitions.replace([A, C], [A, B, C])
    assert table_of(transitions) == pytest.approx(
        {(A, B): 1.0, (B, C): 1.0, (A, C): 0.8}, abs=EXACT
    )


@given(old=paths, new=paths, kept=paths)
def test_replacing_is_forgetting_one_path_and_learning_the_other(
    old: list[int], new: list[int], kept: list[int]
) -> None:
    """Only what differs is touched, yet every count is as if the new path alone had come."""
    scales = (TransitionScale(0.8, 3, 0.8, 1.0), TransitionScale(0.98, 100, 0.9, 0.3))
    config = TransitionConfig(scales)
    changed = taught(config, kept, [*kept, *old, *kept], size=8)
    changed.replace([*kept, *old, *kept], [*kept, *new, *kept])
    fresh = taught(config, kept, [*kept, *new, *kept], size=8)
    for one, other in zip(changed.tables, fresh.tables, strict=True):
        for mine, theirs in zip(one.counts(), other.counts(), strict=True):
            assert mine.tolist() == theirs.tolist()
        assert one.row_sums.tolist() == other.row_sums.tolist()
        assert one.column_sums.tolist() == other.column_sums.tolist()


@given(path=paths, cut=st.integers(0, 12))
def test_extending_is_learning_the_longer_path(path: list[int], cut: int) -> None:
    """A path that came in two parts counts as one that came whole."""
    start = min(cut, len(path))
    scales = (TransitionScale(0.8, 3, 0.8, 1.0), TransitionScale(0.98, 5, 0.9, 0.3))
    grown = taught(TransitionConfig(scales), path[:start], size=8)
    grown.extend(path, start)
    whole = taught(TransitionConfig(scales), path, size=8)
    for scale in range(2):
        assert table_of(grown, scale) == table_of(whole, scale)


# --- reading ------------------------------------------------------------------------------------


def test_the_score_formula_by_hand() -> None:
    """After a, b (b newest) where one person went a, b, c: the sum over both, as in the design.

    rows: a 1.8, b 1; columns: b 1, c 1.8. C[b, c] = 1 counts in full, C[a, b] = 1 and C[a, c] = .8
    count .8 times; the blend is log((S / largest + .1) / 1.1).
    """
    transitions = taught(ONWARD, [A, B, C])
    to_c = 1.0 / (21.0**0.7 * 21.8**0.3) + 0.8 * 0.8 / (21.8**0.7 * 21.8**0.3)
    to_b = 0.8 * 1.0 / (21.8**0.7 * 21.0**0.3)
    found = read(transitions, B, A)
    assert found == pytest.approx(
        [log(0.1 / 1.1), log((to_b / to_c + 0.1) / 1.1), 0.0, log(0.1 / 1.1)], rel=1e-3
    )
    assert transitions.least_score == pytest.approx(log(0.1 / 1.1))


def test_what_led_here_counts_by_the_reverse_share() -> None:
    """After c (reached 1.8 times): a and b led to it, each by 300 / 301.8 of its count.

    Nothing follows c, so only the way back is read: from b 1, from a .8.
    """
    transitions = taught(BOTH_WAYS, [A, B, C])
    share = 300.0 / 301.8
    from_b = share * 1.0 / (21.8**0.7 * 21.0**0.3)
    from_a = share * 0.8 / (21.8**0.7 * 21.8**0.3)
    found = read(transitions, C)
    assert found == pytest.approx(
        [log((from_a / from_b + 0.1) / 1.1), 0.0, log(0.1 / 1.1), log(0.1 / 1.1)], abs=EXACT
    )
    onward, back = transitions.led_by(np.array([C]), A)
    assert (onward[0], back[0]) == (0.0, pytest.approx(from_a, rel=1e-3))
    assert read(taught(ONWARD, [A, B, C]), C) == [log(0.1 / 1.1)] * 4


def test_onward_and_back_are_added() -> None:
    """After b: c by what followed it, a by what led to it, which counts a little less."""
    transitions = taught(BOTH_WAYS, [A, B, C])
    onward = 1.0 / (21.0**0.7 * 21.8**0.3)
    back = (300.0 / 301.0) * 1.0 / (21.0**0.7 * 21.8**0.3)
    found = read(transitions, B)
    assert found[C] == 0.0
    assert found[A] == pytest.approx(log((back / onward + 0.1) / 1.1), rel=1e-3)


def test_the_reverse_share_shrinks_as_an_item_is_reached() -> None:
    """300 / (300 + n): half after 300 times, so that a large log reads onward only."""
    often = taught(BOTH_WAYS, *[[A, B]] * 300)
    share, row = 0.5, 320.0
    assert often.led_by(np.array([B]), A)[1][0] == pytest.approx(
        share * 300.0 / (row**0.7 * row**0.3), rel=1e-3
    )


def test_scales_are_blended_by_their_exponents() -> None:
    """Each scale is taken relative to its own best: the sum of exponent * log(share)."""
    near, far = TransitionScale(0.5, 5, 0.5, 0.5), TransitionScale(0.98, 100, 0.9, 2.0)
    path = [A, B, C, D]
    both = taught(TransitionConfig((near, far)), path)
    alone = [taught(TransitionConfig((scale,)), path) for scale in (near, far)]
    found = [np.array(read(transitions, A)) for transitions in (*alone, both)]
    assert found[2] == pytest.approx(found[0] + found[1])
    assert both.least_score == pytest.approx(2.5 * log(0.1 / 1.1))


def test_what_no_scale_reaches_stands_at_the_least() -> None:
    """Also where no other candidate is reached: then all of them stand there."""
    near, far = TransitionScale(0.5, 1, 0.5, 1.0), TransitionScale(0.98, 100, 0.9, 1.0)
    transitions = taught(TransitionConfig((near, far), reverse=0.0), [A, B, C], [D])
    some = transitions.scores(np.array([A]), np.array([C, D]))
    assert some[0] > some[1] == pytest.approx(transitions.least_score)
    none = transitions.scores(np.array([A]), np.array([D, A]))
    assert none == pytest.approx([transitions.least_score] * 2)


def test_a_history_counts_less_the_older_it_is() -> None:
    """With read decay .8 the newest item leads most; what hardly counts any more is not read."""
    transitions = taught(ONWARD, [A, C], [B, D])
    newest_first = [transitions.led_by(np.array(h), C)[0] for h in ([A, B], [B, A])]
    assert newest_first[0][1] == newest_first[1][0] == 0.0
    assert newest_first[1][1] == pytest.approx(0.8 * newest_first[0][0])
    assert len(ONE_SCALE.read_weights(1_000)) == 24  # .8 ** 24 is below .005
    assert ONE_SCALE.read_weights(3) == pytest.approx([1.0, 0.8, 0.64])


def test_evidence_is_what_a_history_has_led_to() -> None:
    """1.8 transitions after a (newest), 1 after b at .8: 2.6; nothing after c."""
    transitions = taught(ONWARD, [A, B, C])
    assert transitions.evidence(np.array([A, B])) == pytest.approx(2.6, abs=EXACT)
    assert transitions.evidence(np.array([C])) == 0.0


@given(st.lists(paths, max_size=6), paths)
def test_the_way_the_counts_are_kept_does_not_show(
    people: list[list[int]], asked: list[int]
) -> None:
    """Sparse tables, also such that became sparse on the way, give the scores of dense ones."""
    kept = []
    for most_dense in (0, 5, 1_000):
        scales = TransitionConfig().scales
        transitions = Transitions(tables=[CountMatrix(most_dense=most_dense) for _ in scales])
        for size, path in enumerate(people, start=4):
            transitions.grow(size)
            transitions.replace([], [min(place, size - 1) for place in path])
        transitions.grow(12)
        kept.append(transitions)
    history = np.array(asked, dtype=np.int64)
    expected = kept[-1].scores(history, np.arange(12))
    for transitions in kept[:-1]:
        assert transitions.scores(history, np.arange(12)) == pytest.approx(expected, abs=1e-5)
        for part, other in zip(
            transitions.led_by(history, 3), kept[-1].led_by(history, 3), strict=True
        ):
            assert part == pytest.approx(other)

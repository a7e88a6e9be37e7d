"""Baselines in worlds whose right answers are known."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from evaluation.small_logs import SCHEMA, checkerboard, log_of, problem_of
from worlds import make_item

from penchant.datasets.log import EventColumns
from penchant.errors import InvalidInput
from penchant.evaluation.baselines.cinesync import CineSync, metadata_vectors
from penchant.evaluation.baselines.ease import Ease, EaseRecency
from penchant.evaluation.baselines.factors import ImplicitAls
from penchant.evaluation.baselines.history import Histories
from penchant.evaluation.baselines.itemknn import ItemKnn, nearest_by_cosine
from penchant.evaluation.baselines.popularity import Popularity
from penchant.evaluation.baselines.seed_boosts import SeedBoosts
from penchant.evaluation.contest import hold_contest
from penchant.evaluation.models import BASELINES, make_models
from penchant.evaluation.problem import Problem
from penchant.evaluation.protocols import ProtocolSettings, make_plan
from penchant.taste.signals import DEFAULT_SIGNALS

SIGNALS = DEFAULT_SIGNALS.on_scale(*SCHEMA.rating_scale)
NEEDS_PACKAGE = {"implicit-als", "implicit-bpr"}


@pytest.mark.parametrize("name", [n for n in BASELINES if n != "popularity-batch"])
def test_the_withheld_item_of_the_checkerboard_is_first(name: str) -> None:
    """Of the 21 items a person has not met only one has their colour: it must come first."""
    if name in NEEDS_PACKAGE:
        pytest.importorskip("implicit", reason="the package implicit is not installed")
    log, items = checkerboard()
    plan = make_plan(log, ProtocolSettings(), SIGNALS)
    models = make_models([name], problem_of(log, items))
    assert hold_contest(plan, models, 3)[0].ranks.tolist() == [1.0] * 40


@pytest.mark.parametrize("name", sorted(NEEDS_PACKAGE))
def test_factors_are_the_same_for_the_same_seed(name: str) -> None:
    """An evaluation can be repeated; another seed starts elsewhere."""
    pytest.importorskip("implicit", reason="the package implicit is not installed")
    log, items = checkerboard()

    def scores(seed: int) -> list[float]:
        model = make_models([name], problem_of(log, items, seed))[0]
        model.learn(log)
        return model.scores(0, 0.0).tolist()

    assert scores(1) == scores(1)
    assert scores(1) != scores(2)


def test_a_missing_package_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for implicit-als without the package learns how to get it."""
    for name in ("implicit", "implicit.als", "implicit.bpr"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InvalidInput, match=r"penchant\[bench\]"):
        ImplicitAls(problem_of(log_of(("u", "a", 0))))


def learned(factory: type, log: EventColumns, **catalogue: list[str]) -> tuple[Problem, object]:
    """A model of a log whose items have some genres."""
    problem = problem_of(log, [make_item(i, genre=g) for i, g in catalogue.items()])
    model = factory(problem)
    model.learn(log)
    return problem, model


def test_popularity_counts_what_was_taken_up() -> None:
    """Two people met a, one b; c was dismissed and skipped, and is nobody's."""
    log = log_of(
        ("u", "a", 0), ("v", "a", 1), ("v", "b", 2), ("u", "c", 3, "dismiss"), ("v", "c", 4, "skip")
    )
    model = Popularity(problem_of(log))
    model.learn(log)
    assert model.scores(0, 0.0).tolist() == [2.0, 1.0, 0.0]
    model.learn(log)
    assert model.scores(0, 0.0).tolist() == [4.0, 2.0, 0.0], "further events add up"


def test_histories_keep_the_order_and_each_item_once() -> None:
    """An item met twice stands at its first time; dismissals are not met."""
    log = log_of(
        ("u", "b", 0), ("u", "a", 1), ("u", "b", 2), ("v", "c", 3), ("u", "c", 4, "dismiss")
    )
    histories = Histories(log)
    assert [log.item_ids[i] for i in histories.items(0).tolist()] == ["b", "a"]
    assert histories.matrix().toarray().tolist() == [[1, 1, 0], [0, 0, 1]]


def test_cosine_of_items_by_hand() -> None:
    """Columns {u,v}, {u}, {w}: cosine 1 / sqrt(2), 0 and 0; an item is not its own neighbour."""
    log = log_of(("u", "a", 0), ("u", "b", 1), ("v", "a", 2), ("w", "c", 3))
    found = nearest_by_cosine(Histories(log).matrix(), 2).toarray()
    expected = [[0, 2**-0.5, 0], [2**-0.5, 0, 0], [0, 0, 0]]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_only_the_nearest_neighbours_are_kept() -> None:
    """With one neighbour each, a keeps b (two people in common) and drops c (one)."""
    log = log_of(
        *((user, item, 0) for user, items in {"u": "ab", "v": "abc"}.items() for item in items)
    )
    found = nearest_by_cosine(Histories(log).matrix(), 1).toarray()
    assert found[0].tolist() == pytest.approx([0.0, 1.0, 0.0])


def test_itemknn_of_many_items_is_that_of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Working in parts changes nothing."""
    log, _ = checkerboard()
    whole = nearest_by_cosine(Histories(log).matrix(), 4).toarray()
    monkeypatch.setattr("penchant.evaluation.baselines.itemknn.ROWS_AT_ONCE", 5)
    np.testing.assert_array_equal(nearest_by_cosine(Histories(log).matrix(), 4).toarray(), whole)


def test_ease_by_hand() -> None:
    """Two items met together by both of two people: weight -P01 / P11 of (X'X + 500 I)^-1."""
    log = log_of(("u", "a", 0), ("u", "b", 1), ("v", "a", 2), ("v", "b", 3))
    model = Ease(problem_of(log))
    model.learn(log)
    # The inverse of [[502, 2], [2, 502]] is [[502, -2], [-2, 502]] / (502^2 - 4).
    assert model.scores(0, 0.0).tolist() == pytest.approx([2 / 502, 2 / 502])


def test_recency_reads_the_newest_item_most() -> None:
    """The item k places back counts .8^k: after b then a, what follows a weighs 1, b's .8."""
    told = [(f"p{n}", item, day) for n in range(30) for day, item in enumerate("ax")]
    told += [(f"q{n}", item, day) for n in range(30) for day, item in enumerate("by")]
    log = log_of(*told, ("u", "b", 0), ("u", "a", 1), ("w", "a", 0), ("w", "b", 1))
    problem = problem_of(log)
    plain, recent = Ease(problem), EaseRecency(problem)
    for model in (plain, recent):
        model.learn(log)
    user, x, y = log.user_ids.index("u"), log.item_ids.index("x"), log.item_ids.index("y")
    even, by_time = plain.scores(user, 0.0), recent.scores(user, 0.0)
    assert even[x] == pytest.approx(even[y])
    assert by_time[x] > by_time[y]
    from_a = recent.scores(log.user_ids.index("p0"), 0.0)
    assert from_a[x] != 0.0


def test_both_readings_of_ease_share_one_solution() -> None:
    """The second learns nothing anew: what was solved for the first is its own."""
    log, items = checkerboard()
    problem = problem_of(log, items)
    first, second = Ease(problem), EaseRecency(problem)
    first.learn(log)
    assert second.scores(0, 0.0).any()
    solved = second._weights._matrix
    second.learn(log)
    assert second._weights._matrix is solved


def test_ease_is_refused_where_it_cannot_fit() -> None:
    """10,001 items: the message says the memory and the way out, before anything is learned."""
    log = log_of(("u", "i0", 0))
    wide = EventColumns(
        log.user_ids, tuple(f"i{n}" for n in range(10_001)), log.kinds, log.user, log.item,
        log.kind, log.value, log.at, log.number,
    )  # fmt: skip
    with pytest.raises(InvalidInput, match=r"2\.0 GB.*--core"):
        Ease(Problem.of(wide, SCHEMA, []))


def test_seed_boosts_average_as_the_documents_say() -> None:
    """Two watched medical dramas: .5 -> .6 -> .68, a boost of .34 on the popularity."""
    log = log_of(("u", "a", 0), ("u", "b", 1), ("v", "c", 2), ("v", "d", 3))
    genres = {"a": ["Medical"], "b": ["Medical"], "c": ["Medical"], "d": ["Comedy"]}
    _, model = learned(SeedBoosts, log, **genres)
    assert isinstance(model, SeedBoosts)
    found = dict(zip(log.item_ids, model.scores(0, 0.0).tolist(), strict=True))
    assert found["c"] == pytest.approx(1.34)
    assert found["d"] == 1.0


def test_seed_boosts_take_the_largest_preference() -> None:
    """Medical at .68 beside a genre never met: the boost is that of Medical, not of the other."""
    log = log_of(("u", "a", 0), ("u", "b", 1), ("v", "c", 2))
    genres = {"a": ["Medical"], "b": ["Medical"], "c": ["Comedy", "Medical"]}
    _, model = learned(SeedBoosts, log, **genres)
    assert isinstance(model, SeedBoosts)
    assert model.scores(0, 0.0)[2] == pytest.approx(1.34)


def test_seed_boosts_read_ratings_and_removals() -> None:
    """A 9 of 10 is worth .9: .58; a removal -.3 from .5: .34, which still boosts."""
    log = log_of(
        ("u", "a", 0, "rating", 9.0),
        ("u", "b", 1, "watchlist_remove"),
        ("v", "c", 2),
        ("v", "d", 3),
    )
    genres = {"a": ["Medical"], "b": ["Comedy"], "c": ["Medical"], "d": ["Comedy"]}
    _, model = learned(SeedBoosts, log, **genres)
    assert isinstance(model, SeedBoosts)
    found = dict(zip(log.item_ids, model.scores(0, 0.0).tolist(), strict=True))
    assert found["c"] == pytest.approx(1.0 + 0.5 * 0.58)
    assert found["d"] == pytest.approx(1.0 + 0.5 * 0.34)


def test_seed_boosts_add_up_over_facets() -> None:
    """Genre .6 * .5, actor .6 * .3, director .6 * .2 and a theme cosine of 1 * .4: 2.0 in all."""
    told = {"genre": ["Medical"], "actor": ["IU"], "director": ["Shin"], "theme": ["Hospital"]}
    log = log_of(("u", "a", 0), ("v", "b", 1))
    problem = problem_of(log, [make_item("a", **told), make_item("b", **told)])
    model = SeedBoosts(problem)
    model.learn(log)
    assert model.scores(0, 0.0)[1] == pytest.approx(1.0 + 0.3 + 0.18 + 0.12 + 0.4)


def test_seed_boosts_take_five_actors() -> None:
    """The sixth of the cast is not learned from."""
    cast = [f"Actor {n}" for n in range(6)]
    log = log_of(("u", "a", 0), ("v", "fifth", 1), ("v", "sixth", 2))
    problem = problem_of(
        log,
        [
            make_item("a", actor=cast),
            make_item("fifth", actor=cast[4:5]),
            make_item("sixth", actor=cast[5:]),
        ],
    )
    model = SeedBoosts(problem)
    model.learn(log)
    found = dict(zip(log.item_ids, model.scores(0, 0.0).tolist(), strict=True))
    assert found["fifth"] == pytest.approx(1.18)
    assert found["sixth"] == 1.0


def test_cinesync_is_popularity_until_the_fifth_event() -> None:
    """With four events the list is everybody's; with five it is .6 to .4."""
    genres = {f"i{n}": ["Medical"] for n in range(6)}
    four = log_of(*(("u", f"i{n}", n) for n in range(4)), ("v", "i5", 9))
    _, model = learned(CineSync, four, **genres)
    assert isinstance(model, CineSync)
    assert model.scores(0, 0.0).tolist() == [1.0] * 5
    model.learn(log_of(("u", "i0", 5)))
    found = model.scores(0, 0.0)
    assert 0.4 < found.min() <= found.max() <= 1.0
    assert len(set(found.tolist())) > 1


def test_cinesync_steps_toward_love_and_away_from_hate() -> None:
    """After four plain steps to the medical side a hated comedy pushes comedies further away."""
    titles = {"a": "Medical", "b": "Medical", "c": "Medical", "d": "Medical", "x": "Comedy"}
    items = [make_item(i, title="Same", genre=[g]) for i, g in (titles | {"y": "Comedy"}).items()]

    def score_of_comedy(kind: str) -> float:
        log = log_of(
            *((("u", i, n)) for n, i in enumerate("abcd")), ("u", "x", 5, kind), ("v", "y", 6)
        )
        model = CineSync(problem_of(log, items))
        model.learn(log)
        return float(model.scores(0, 0.0)[log.item_ids.index("y")])

    assert score_of_comedy("hate") < score_of_comedy("dislike") < score_of_comedy("like")
    assert score_of_comedy("like") < score_of_comedy("love")


def test_cinesync_steps_by_stars() -> None:
    """One star pushes furthest away, five pull closest; the scale's top is five stars."""
    items = [make_item(i, title="Same", genre=["Medical"]) for i in "abcd"]
    items += [make_item(i, title="Same", genre=["Comedy"]) for i in "xy"]

    def score_of_comedy(rating: float) -> float:
        plain = [("u", i, float(n)) for n, i in enumerate("abcd")]
        log = log_of(*plain, ("u", "x", 5, "rating", rating), ("v", "y", 6))
        model = CineSync(problem_of(log, items))
        model.learn(log)
        return float(model.scores(0, 0.0)[log.item_ids.index("y")])

    scores = [score_of_comedy(rating) for rating in (2.0, 4.0, 5.0, 6.0, 8.0, 10.0)]
    assert scores == sorted(scores)
    assert len(set(scores)) == 6


def test_metadata_vectors_are_the_same_in_every_process() -> None:
    """A stable hash, unit length, and alike where titles and genres are alike."""
    items = (
        make_item("a", title="Good Doctor", genre=["Medical"]),
        make_item("b", title="Good Doctor Returns", genre=["Medical"]),
        make_item("c", title="Office Days", genre=["Comedy"]),
    )
    vectors = metadata_vectors(items)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    assert vectors[0] @ vectors[1] > 0.8
    assert vectors[0] @ vectors[2] < 0.4
    # Fixed by the hash alone: 1 for the genre, .5 for each of two words and the year.
    assert sorted(vectors[0][vectors[0] > 0].tolist()) == pytest.approx(
        [0.5 / 1.75**0.5] * 3 + [1.0 / 1.75**0.5]
    )


def test_itemknn_before_it_has_learned_prefers_nothing() -> None:
    """A model that knows nothing scores everything alike, in the right number."""
    problem = problem_of(log_of(("u", "a", 0), ("u", "b", 1)))
    assert ItemKnn(problem).scores(0, 0.0).tolist() == [0.0, 0.0]

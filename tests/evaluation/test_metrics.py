"""Metrics against numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from penchant.evaluation import metrics

ONE_EACH = np.array([0, 1, 2, 3])
THIRD_PLACE = 0.5  # 1 / log2(1 + 3)
SECOND_PLACE = 0.6309297535714575  # 1 / log2(1 + 2)


def test_one_target_a_list() -> None:
    """Ranks 1, 3 and 11 are worth 1, 1/2 and 0 within ten."""
    ranks = np.array([1.0, 3.0, 11.0])
    assert metrics.ndcg(ranks, ONE_EACH, 10).tolist() == pytest.approx([1.0, THIRD_PLACE, 0.0])
    assert metrics.recall(ranks, ONE_EACH, 10).tolist() == [1.0, 1.0, 0.0]
    assert metrics.reciprocal_rank(ranks, ONE_EACH).tolist() == pytest.approx([1, 1 / 3, 1 / 11])


def test_a_target_that_is_never_listed_is_worth_nothing() -> None:
    """An infinite rank gives zeros and no warning."""
    ranks, starts = np.array([np.inf]), np.array([0, 1])
    assert metrics.ndcg(ranks, starts, 10).tolist() == [0.0]
    assert metrics.reciprocal_rank(ranks, starts).tolist() == [0.0]


def test_several_targets_are_measured_against_the_best_order() -> None:
    """Ranks 1 and 3 of two targets: (1 + .5) / (1 + .6309); of their recall both are found."""
    ranks, starts = np.array([3.0, 1.0]), np.array([0, 2])
    assert metrics.ndcg(ranks, starts, 10)[0] == pytest.approx(1.5 / (1.0 + SECOND_PLACE))
    assert metrics.recall(ranks, starts, 2).tolist() == [0.5]
    assert metrics.reciprocal_rank(ranks, starts).tolist() == [1.0]


def test_more_targets_than_places_can_still_be_perfect() -> None:
    """With k = 2 and three targets, ranks 1, 2 and 3 are an ndcg of 1 and a recall of 2/3."""
    ranks, starts = np.array([1.0, 2.0, 3.0]), np.array([0, 3])
    assert metrics.ndcg(ranks, starts, 2)[0] == pytest.approx(1.0)
    assert metrics.recall(ranks, starts, 2)[0] == pytest.approx(2 / 3)


def test_the_cut_counts_a_fractional_rank() -> None:
    """An expected rank of 1.5 is worth 1 / log2(2.5); one of 10.5 is outside ten."""
    ranks = np.array([1.5, 10.5])
    found = metrics.ndcg(ranks, np.array([0, 1, 2]), 10)
    assert found.tolist() == pytest.approx([1.0 / np.log2(2.5), 0.0])


def test_debiasing_favours_whoever_finds_what_few_have_met() -> None:
    """A target of nobody weighs 1 and one of three people 1/2."""
    weights = metrics.propensity_weights(np.array([0, 3]))
    assert weights.tolist() == [1.0, 0.5]
    starts = np.array([0, 1, 2])
    rare_found = metrics.debiased_parts(np.array([1.0, 11.0]), starts, 10, weights)
    hit_found = metrics.debiased_parts(np.array([11.0, 1.0]), starts, 10, weights)
    assert rare_found[0].sum() / rare_found[1].sum() == pytest.approx(2 / 3)
    assert hit_found[0].sum() / hit_found[1].sum() == pytest.approx(1 / 3)


def test_debiasing_of_several_targets_knows_the_best_order() -> None:
    """The heavier target should stand first: .5 + .63 of at most 1 + .5 * .63."""
    gained, possible = metrics.debiased_parts(
        np.array([1.0, 2.0]), np.array([0, 2]), 10, np.array([0.5, 1.0])
    )
    assert gained[0] == pytest.approx(0.5 + SECOND_PLACE)
    assert possible[0] == pytest.approx(1.0 + 0.5 * SECOND_PLACE)


def test_coverage_counts_items_once() -> None:
    """Items 0, 1 and 2 of six stand in some list; an empty place is no item."""
    lists = np.array([[0, 1], [1, 2], [0, -1]], dtype=np.int32)
    assert metrics.coverage(lists, 6) == 0.5


def test_novelty_is_the_mean_self_information() -> None:
    """Met by one of three people: 1 bit; by nobody: 2 bits; an empty list has no novelty."""
    information = metrics.self_information(np.array([1, 0, 3]), 3)
    assert information.tolist() == [1.0, 2.0, 0.0]
    lists = np.array([[0, 1], [2, -1], [-1, -1]], dtype=np.int32)
    found = metrics.novelty(lists, information)
    assert found[:2].tolist() == [1.5, 0.0]
    assert np.isnan(found[2])


def test_diversity_is_one_minus_the_mean_cosine() -> None:
    """Alike 0, unlike 1, two alike of three 2/3; one item alone has none."""
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0, 0]], dtype=np.float32)
    lists = np.array([[0, 1, -1], [0, 2, -1], [0, 1, 2], [0, -1, -1], [0, 3, -1]], dtype=np.int32)
    found = metrics.diversity(lists, vectors)
    assert found[[0, 1, 2, 4]].tolist() == pytest.approx([0.0, 1.0, 2 / 3, 1.0])
    assert np.isnan(found[3])


def test_diversity_of_many_lists_is_that_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Working in parts changes nothing."""
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(9, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    lists = rng.integers(-1, 9, size=(25, 5)).astype(np.int32)
    whole = metrics.diversity(lists, vectors)
    monkeypatch.setattr(metrics, "LISTS_AT_ONCE", 4)
    np.testing.assert_array_equal(metrics.diversity(lists, vectors), whole)
    cosines = [
        np.mean([vectors[a] @ vectors[b] for x, a in enumerate(kept) for b in kept[x + 1 :]])
        for kept in ([i for i in row if i >= 0] for row in lists.tolist())
        if len(kept) > 1
    ]
    np.testing.assert_allclose(whole[~np.isnan(whole)], 1.0 - np.array(cosines), atol=1e-6)

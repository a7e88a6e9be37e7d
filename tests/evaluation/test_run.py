"""A whole evaluation, its settings and its JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from evaluation.small_logs import (
    SCHEMA,
    Constant,
    Follows,
    Spy,
    checkerboard,
    log_of,
    problem_of,
    ring,
)
from worlds import make_item

from penchant.errors import InvalidInput
from penchant.evaluation.document import evaluation_document
from penchant.evaluation.models import BASELINES, make_models
from penchant.evaluation.problem import Model, Problem
from penchant.evaluation.protocols import ProtocolSettings
from penchant.evaluation.run import Evaluation, EvaluationSettings, evaluate, likeness_vectors

RING = ring(people=12, items=12, length=8)
MODELS = {**BASELINES, "follows": Follows, "spy": Spy}


def evaluated(
    *names: str, settings: EvaluationSettings | None = None, **further: Any
) -> Evaluation:
    """An evaluation on the ring."""
    return evaluate(
        "ring", RING, SCHEMA, [], names, settings or EvaluationSettings(),
        factories=MODELS, **further,
    )  # fmt: skip


def document(*names: str, **settings: Any) -> dict[str, Any]:
    """The JSON of an evaluation on the ring, as a script reads it."""
    found = evaluated(*names, settings=EvaluationSettings(**settings))
    read: dict[str, Any] = json.loads(msgspec.json.encode(evaluation_document(found)))
    return read


def test_the_document_has_what_scripts_rely_on() -> None:
    """The contract: counts, one object a model, one a difference."""
    body = document("follows", "ease", "itemknn", k=5)
    assert {"dataset", "protocol", "users", "items", "events", "models", "paired"} <= set(body)
    assert (body["dataset"], body["protocol"]) == ("ring", "leave-one-out")
    assert (body["users"], body["items"], body["events"]) == (12, 12, 96)
    assert [model["name"] for model in body["models"]] == ["follows", "ease", "itemknn"]
    for model in body["models"]:
        assert {
            "ndcg@5", "ndcg@5_ci95", "recall@5", "recall@5_ci95", "mrr", "mrr_ci95", "coverage@5",
            "novelty@5", "debiased_ndcg@5", "seconds_learn", "seconds_rank",
        } <= set(model)  # fmt: skip
        low, high = model["ndcg@5_ci95"]
        assert low <= model["ndcg@5"] <= high
    assert {(p["a"], p["b"], p["metric"]) for p in body["paired"]} == {
        ("follows", other, metric)
        for other in ("ease", "itemknn")
        for metric in ("ndcg@5", "recall@5", "mrr")
    }
    assert all(set(p) >= {"diff", "ci95"} and len(p["ci95"]) == 2 for p in body["paired"])


def test_the_same_run_gives_the_same_figures() -> None:
    """Everything random hangs on the seed; only the seconds differ."""
    rng = np.random.default_rng(9)
    draws = rng.integers(0, 30, size=(20, 12)).tolist()
    log = log_of(*((f"u{u}", f"i{i}", n) for u, own in enumerate(draws) for n, i in enumerate(own)))

    def figures(seed: int) -> list[dict[str, Any]]:
        settings = EvaluationSettings(protocol=ProtocolSettings(seed=seed, users=8))
        found = evaluate("x", log, SCHEMA, [], ["ease", "itemknn"], settings)
        models = evaluation_document(found)["models"]
        return [{n: v for n, v in m.items() if not n.startswith("seconds")} for m in models]

    assert figures(1) == figures(1)
    assert figures(1) != figures(2)


def test_sampled_negatives_are_labelled_on_every_line() -> None:
    """Nobody can take such a figure for one over the full catalogue."""
    body = document("follows", "ease", sampled=3)
    lines = [body, *body["models"], *body["paired"]]
    assert {line["candidates"] for line in lines} == {"3 sampled negatives"}
    assert any("Sampled negatives" in note for note in body["notes"])


def test_nothing_is_sampled_unless_asked_for() -> None:
    """The full catalogue is the default, and a sample of nothing is refused."""
    body = document("follows", "ease")
    lines = [body, *body["models"], *body["paired"]]
    assert {line["candidates"] for line in lines} == {"full catalogue"}
    with pytest.raises(InvalidInput, match="sampled"):
        EvaluationSettings(sampled=0)


def test_the_report_says_what_it_cannot_say() -> None:
    """Leave-one-out sees others' later events; ties and missing times are named."""
    notes = " ".join(evaluated("follows").notes)
    assert "later events" in notes
    untimed = log_of(*((user, f"i{n}", 0) for n in range(6) for user in "uv"))
    found = evaluate("x", untimed, SCHEMA, [], ["ease"], EvaluationSettings())
    assert any("no times" in note for note in found.notes)
    tied = log_of(*((user, f"i{n}", n // 2) for n in range(6) for user in "uv"))
    found = evaluate("x", tied, SCHEMA, [], ["ease"], EvaluationSettings())
    assert any("60% of a person's neighbouring events share a second" in n for n in found.notes)
    shuffled = evaluate("x", tied, SCHEMA, [], ["ease"], EvaluationSettings(shuffle_ties=4))
    assert any("seed 4" in note for note in shuffled.notes)


def test_the_report_counts_what_was_dropped() -> None:
    """Nothing goes without being said: rows of the source, the core, and people with few events."""
    log = log_of(
        *((user, f"i{n}", n) for n in range(6) for user in "uvw"),
        ("few", "i0", 0),
        ("few", "i1", 1),
    )
    found = evaluate("x", log, SCHEMA, [], ["ease"], EvaluationSettings(core=3), rows_rejected=4)
    assert found.dropped == {
        "rows that are no events": 4,
        "users outside the core": 1,
        "events outside the core": 2,
    }
    found = evaluate("x", log, SCHEMA, [], ["ease"], EvaluationSettings())
    assert found.dropped == {"users with fewer than 5 events": 1}


def test_items_that_nobody_met_are_ranked_too() -> None:
    """The full catalogue is the catalogue, not the log; hidden items are in no list."""
    further = [make_item("never-met"), replace(make_item("hidden"), hidden=True)]
    found = evaluate(
        "x", RING, SCHEMA, further, ["follows"], EvaluationSettings(), factories=MODELS
    )
    assert found.items == 13


def test_a_repeatable_catalogue_asks_for_the_familiar() -> None:
    """The schema says so, and the last event about a known item is the target."""
    log = log_of(*(("u", f"i{n}", n) for n in range(5)), ("u", "i1", 5))
    made: list[Spy] = []

    def spy(problem: Problem) -> Spy:
        made.append(Spy(problem))
        return made[-1]

    for schema in (SCHEMA, replace(SCHEMA, repeatable=True)):
        evaluate("x", log, schema, [], ["spy"], EvaluationSettings(), factories={"spy": spy})
    once, again = made
    assert (len(once.numbers), len(again.numbers)) == (4, 5)


def test_weights_and_seed_reach_the_models() -> None:
    """The served model reads the caller's weights from the problem it is given."""
    met: list[Problem] = []

    def factory(problem: Problem) -> Model:
        met.append(problem)
        return Constant("nosy", [0.0] * 12)

    settings = EvaluationSettings(protocol=ProtocolSettings(seed=3), weights=Path("weights.json"))
    evaluate("x", RING, SCHEMA, [], ["nosy"], settings, factories={"nosy": factory})
    assert (met[0].weights, met[0].seed) == (Path("weights.json"), 3)


def test_models_share_what_they_make_of_a_problem() -> None:
    """One state for all models of one run; another run starts anew."""
    problem = problem_of(RING)
    assert problem.shared(Follows) is problem.shared(Follows)
    assert problem_of(RING).shared(Follows) is not problem.shared(Follows)


@pytest.mark.parametrize(
    ("names", "message"),
    [(["eaze"], "unknown model 'eaze'; known models: .*ease"), ([], "no model"),
     (["ease", "ease"], "named twice")],
)  # fmt: skip
def test_wrong_names_say_the_right_ones(names: list[str], message: str) -> None:
    """A misspelled model is refused before anything is learned."""
    with pytest.raises(InvalidInput, match=message):
        make_models(names, problem_of(RING))


@pytest.mark.parametrize("settings", [{"k": 0}, {"core": -1}, {"sampled": -5}])
def test_impossible_settings_are_refused(settings: dict[str, int]) -> None:
    """Each by name."""
    with pytest.raises(InvalidInput, match=next(iter(settings))):
        EvaluationSettings(**settings)  # type: ignore[arg-type]


def test_items_are_alike_by_vectors_or_else_by_genres() -> None:
    """Given vectors decide; without them shared genres do; without facets nothing does."""
    log, items = checkerboard()
    by_genre = likeness_vectors(problem_of(log, items))
    assert by_genre is not None
    cosines = by_genre @ by_genre.T
    colours = np.array([int(item_id[1:]) % 2 for item_id in log.item_ids])
    np.testing.assert_allclose(cosines, colours[:, None] == colours[None, :], atol=1e-6)
    given = np.ones((len(log.item_ids), 2), dtype=np.float32)
    by_vector = likeness_vectors(Problem.of(log, SCHEMA, items, vectors=given))
    assert by_vector is not None
    np.testing.assert_allclose(by_vector @ by_vector.T, 1.0, atol=1e-6)
    bare = replace(SCHEMA, facets=(), lexicon={})
    assert likeness_vectors(Problem.of(log, bare, items)) is None


def test_vectors_are_matched_by_item_id() -> None:
    """A mapping in any order gives the diversity of the lists; unknown items are unlike all."""
    vectors = {f"i{n:02}": np.array([1.0, 0.0], dtype=np.float32) for n in reversed(range(12))}
    found = evaluated("follows", vectors=vectors).models[0]
    assert found.metrics["diversity"].value == pytest.approx(0.0, abs=1e-6)


def test_a_problem_knows_items_in_the_order_of_the_log() -> None:
    """Rows lead from the log's columns to the catalogue's, whatever the order of ids."""
    log = log_of(("u", "zebra", 0), ("u", "ant", 1))
    problem = problem_of(log, [make_item("ant", title="Ant")])
    assert [item.title for item in problem.items] == ["zebra", "Ant"]
    ids = [problem.catalogue.items[row].id for row in problem.rows.tolist()]
    assert ids == ["zebra", "ant"]

"""`penchant evaluate` with the served models and their weights, and `evaluate-explanations`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from apps.cli.conftest import run, shared_encoder

from penchant.ranking.weights import DEFAULT_WEIGHTS, load_weights

SCHEMA = """\
[catalogue]
name = "games"
noun = "game"
id = "id"
title = "title"
rating_scale = [0, 10]

[facets.genre]
column = "genre"
boost = 0.5
"""
GENRES = ("Puzzle", "Racing", "Strategy")


@pytest.fixture(autouse=True)
def _one_encoder_for_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("penchant.evaluation.served.WordLlamaEncoder", shared_encoder)


@pytest.fixture
def games(tmp_path: Path) -> Path:
    """Ten people walk a ring of twelve games, an hour a step; three more games are never met."""
    folder = tmp_path / "games"
    folder.mkdir()
    items = [
        {"id": f"i{n:02}", "title": f"{GENRES[n % 3]} game {n}", "genre": [GENRES[n % 3]]}
        for n in range(15)
    ]
    events = [
        f"u{person},i{(person + step) % 12:02},watched,,{1_700_000_000 + 3_600 * step + person}"
        for person in range(10)
        for step in range(8)
    ]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    (folder / "schema.toml").write_text(SCHEMA, encoding="utf-8")
    header = "user_id,item_id,kind,value,at\n"
    (folder / "events.csv").write_text(header + "\n".join(events), encoding="utf-8")
    return folder


def evaluated(folder: Path, *arguments: object) -> Any:
    """The document of an evaluation that must work."""
    ran = run("evaluate", folder, *arguments, "--json", "-", "--quiet")
    assert ran.code == 0, ran.out + ran.err
    return ran.document


# --- served models ------------------------------------------------------------------------------


def test_the_served_models_are_compared_by_default(games: Path) -> None:
    """`penchant` first, then scorers and baselines; on a ring the next item is known."""
    document = evaluated(games)
    names = [model["name"] for model in document["models"]]
    assert names == ["penchant", "transitions", "popularity", "itemknn", "ease"]
    by_name = {model["name"]: model for model in document["models"]}
    assert by_name["transitions"]["ndcg@10"] == 1.0
    assert by_name["penchant"]["ndcg@10"] == 1.0
    assert by_name["popularity"]["ndcg@10"] < 1.0
    assert {pair["a"] for pair in document["paired"]} == {"penchant"}


def test_the_report_has_the_weights_that_were_fitted(games: Path) -> None:
    """With what they were fitted on; the contract's own fields are all there."""
    document = evaluated(games, "--models", "penchant,recent")
    weights = document["weights"]
    assert weights["version"] == 1
    assert weights["report"]["questions"] == 10
    assert weights["report"]["ndcg@10_after"] >= weights["report"]["ndcg@10_before"]
    assert set(weights["model"]) == set(DEFAULT_WEIGHTS.model_weights)
    assert {"dataset", "protocol", "users", "items", "events", "models", "paired"} <= set(document)
    model = document["models"][0]
    assert {"ndcg@10", "ndcg@10_ci95", "recall@10", "mrr", "seconds_learn"} <= set(model)


@pytest.mark.parametrize("protocol", ["leave-one-out", "temporal", "replay"])
def test_every_protocol_takes_every_served_model(games: Path, protocol: str) -> None:
    """Also those that have nothing to say of such a log."""
    names = (
        "penchant,penchant-own-weights,facets,embedding,interests,recent,time_of_day,transitions,"
        "popularity,trend,freshness,transitions-one-table"
    )
    document = evaluated(games, "--protocol", protocol, "--models", names)
    assert ",".join(model["name"] for model in document["models"]) == names
    assert all(0.0 <= model["ndcg@10"] <= 1.0 for model in document["models"])
    assert (document.get("weights") is None) == (protocol == "replay")


# --- weights ------------------------------------------------------------------------------------


def test_saved_weights_are_read_and_served_again(games: Path, tmp_path: Path) -> None:
    """What `--save-weights` writes, `--weights` and the settings take, to the same lists."""
    path = tmp_path / "weights.json"
    saving = evaluated(games, "--models", "penchant", "--save-weights", path)
    held = load_weights(path)
    assert held.report == saving["weights"]["report"]
    assert held.model == saving["weights"]["model"]
    again = evaluated(games, "--models", "penchant", "--weights", path)
    assert again.get("weights") is None
    assert again["models"][0]["ndcg@10"] == saving["models"][0]["ndcg@10"]


def test_given_weights_decide(games: Path, tmp_path: Path) -> None:
    """With nothing but popularity the served list is that of popularity."""
    nothing = dict.fromkeys(DEFAULT_WEIGHTS.personal_weights, 0.0)
    only = dict.fromkeys(DEFAULT_WEIGHTS.model_weights, 0.0) | {"popularity": 1.0}
    path = tmp_path / "weights.json"
    held = {"version": 1, "personal": nothing, "model": only, "report": {}}
    path.write_text(json.dumps(held), encoding="utf-8")
    document = evaluated(games, "--models", "penchant,popularity", "--weights", path)
    served, popular = document["models"]
    assert served["ndcg@10"] == popular["ndcg@10"] < 1.0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--models", "penchant", "--protocol", "replay"),
        ("--models", "ease"),
    ],
)
def test_nothing_to_save_says_what_it_takes(
    games: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """Exit code 2, no file, and the way out."""
    path = tmp_path / "weights.json"
    ran = run("evaluate", games, *arguments, "--save-weights", path, "--quiet")
    assert ran.code == 2
    assert "no weights were fitted" in " ".join(ran.err.split())
    assert not path.exists()


def test_weights_cannot_be_saved_and_given(games: Path, tmp_path: Path) -> None:
    """Nothing is fitted where weights are given: the error says so, the given file stays."""
    path = tmp_path / "weights.json"
    evaluated(games, "--models", "penchant", "--save-weights", path)
    before = path.read_bytes()
    ran = run(
        "evaluate", games, "--models", "penchant", "--weights", path, "--save-weights", path,
        "--quiet",
    )  # fmt: skip
    assert ran.code == 2
    assert "--weights" in ran.err
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "holds no weights"), ("[]", "holds no weights"),
     ('{"version": 9, "personal": {}, "model": {}, "report": {}}', "version 9"),
     ('{"version": 1, "personal": {"facets": -2}, "model": {}, "report": {}}', "facets")],
)  # fmt: skip
def test_a_file_that_holds_no_weights_is_refused(
    games: Path, tmp_path: Path, content: str | None, told: str
) -> None:
    """As a message for people, and as a document for programs."""
    path = tmp_path / "weights.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    asked = ("evaluate", games, "--models", "penchant", "--weights", path, "--quiet")
    plain, as_json = run(*asked), run(*asked, "--json", "-")
    assert plain.code == as_json.code == 2
    assert told in " ".join(plain.err.split())
    assert told in as_json.document["error"]
    assert as_json.err == ""


# --- explanations -------------------------------------------------------------------------------


def test_reasons_are_counted_as_a_table(games: Path) -> None:
    """One line for each kind of reason and one for all, and how exactly reasons sum up."""
    ran = run("evaluate-explanations", games, "--samples", 40)
    assert ran.code == 0, ran.err
    assert "Without the evidence of a reason" in ran.out
    assert "genre_match" in ran.out
    (whole,) = [line for line in ran.out.splitlines() if line.strip().startswith("all")]
    assert "40" in whole.split()
    assert "Scores equal the sum of their reasons" in ran.out


def test_reasons_are_counted_as_a_document(games: Path) -> None:
    """Shares of what was tried; the kinds add up to all; scores are the sums of reasons."""
    ran = run("evaluate-explanations", games, "--samples", 40, "--json")
    assert ran.code == 0, ran.err
    document = ran.document
    assert set(document) == {"sums", "largest_error", "all", "kinds"}
    assert document["largest_error"] < 1e-6
    assert document["all"]["reasons"] == 40
    assert sum(kind["reasons"] for kind in document["kinds"].values()) == 40
    asked = sum(kind["rank_asked"] for kind in document["kinds"].values())
    assert asked == document["all"]["rank_asked"]
    for kind in (*document["kinds"].values(), document["all"]):
        for share in ("term_fell", "score_fell", "rank_fell"):
            assert kind[share] is None or 0.0 <= kind[share] <= 1.0
        assert (kind["rank_fell"] is None) == (kind["rank_asked"] == 0)
    assert document["kinds"]["genre_match"]["term_fell"] == 1.0


def test_a_seed_tries_the_same_reasons(games: Path) -> None:
    """The same seed gives the same document, another one may try others."""
    asked = ("evaluate-explanations", games, "--samples", 15, "--json", "--seed")
    assert run(*asked, 4).document == run(*asked, 4).document
    found = [run(*asked, seed).document["kinds"] for seed in range(3)]
    assert any(kinds != found[0] for kinds in found)


def test_without_events_there_are_no_reasons(games: Path) -> None:
    """The message says what is missing; for programs as a document."""
    (games / "events.csv").unlink()
    ran = run("evaluate-explanations", games)
    assert ran.code == 2
    assert "no events" in " ".join(ran.err.split())
    as_json = run("evaluate-explanations", games, "--json")
    assert as_json.code == 2
    assert "no events" in as_json.document["error"]

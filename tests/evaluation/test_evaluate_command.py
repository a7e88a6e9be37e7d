"""`penchant evaluate` as people and scripts run it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from penchant.apps.cli.main import app

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


def run(*arguments: object) -> Result:
    """Run `penchant evaluate`; nothing but an orderly end is allowed."""
    result = CliRunner().invoke(app, ["evaluate", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def write_log(folder: Path, events: str) -> Path:
    """A folder in the own format with twelve games and some events."""
    folder.mkdir()
    items = [
        {"id": f"i{n}", "title": f"Game {n}", "genre": ["A" if n % 2 else "B"]} for n in range(12)
    ]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    (folder / "schema.toml").write_text(SCHEMA, encoding="utf-8")
    (folder / "events.csv").write_text("user_id,item_id,kind,value,at\n" + events, encoding="utf-8")
    return folder


@pytest.fixture
def games(tmp_path: Path) -> Path:
    """Ten people walk a ring of ten games, an hour a step; two games are never met."""
    rows = [
        f"u{person},i{(person + step) % 10},watched,,{1_700_000_000 + 3_600 * step + person}"
        for person in range(10)
        for step in range(7)
    ]
    return write_log(tmp_path / "games", "\n".join([*rows, "u1,no-such-game,watched,,1700000000"]))


def test_the_table_says_what_was_measured(games: Path) -> None:
    """Who, what, how much was dropped, the figures, the weaknesses; within 100 columns."""
    ran = run(games, "--models", "ease,popularity-batch", "--quiet")
    assert ran.exit_code == 0, ran.output
    assert "10 users · 12 items · 70 events · full catalogue" in ran.stdout
    assert "1 rows that are no events" in ran.stdout
    assert "ndcg@10" in ran.stdout
    assert "later events" in ran.stdout
    assert "ease minus" in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 100


def test_long_names_and_numbers_still_fit(games: Path) -> None:
    """All models that need no further package, sampled, in 100 columns, each line labelled."""
    models = "popularity-batch,itemknn,ease,ease-recency,seed-boosts,cinesync"
    ran = run(games, "--models", models, "--sampled", 3, "--quiet")
    assert ran.exit_code == 0, ran.output
    assert max(map(len, ran.stdout.splitlines())) <= 100
    # Six figures, and three differences for each of the five others.
    lines = [line for line in ran.stdout.splitlines() if "3 sampled" in line]
    assert len(lines) == 6 + 15 + len(["heading"])


def test_json_goes_to_the_file_and_the_table_to_the_screen(games: Path, tmp_path: Path) -> None:
    """The contract: `--json OUT` writes the document and a table is printed all the same."""
    out = tmp_path / "out.json"
    ran = run(games, "--protocol", "leave-one-out", "--models", "ease,itemknn", "--k", 5,
              "--json", out, "--quiet")  # fmt: skip
    assert ran.exit_code == 0, ran.output
    body = json.loads(out.read_text(encoding="utf-8"))
    assert (body["dataset"], body["protocol"], body["users"]) == ("games", "leave-one-out", 10)
    assert [set(model) >= {"ndcg@5", "ndcg@5_ci95"} for model in body["models"]] == [True, True]
    assert body["dropped"] == {"rows that are no events": 1}
    assert "ndcg@5" in ran.stdout


def test_json_on_standard_output_is_one_document(games: Path) -> None:
    """`--json -` prints the document and nothing else."""
    ran = run(games, "--models", "ease", "--json", "-", "--quiet")
    assert json.loads(ran.stdout)["models"][0]["name"] == "ease"
    assert ran.stderr == ""


def test_the_documents_of_errors(games: Path) -> None:
    """With `--json -` an error is a document, too."""
    ran = run(games, "--models", "eaze", "--json", "-", "--quiet")
    assert ran.exit_code == 2
    assert "eaze" in json.loads(ran.stdout)["error"]


def test_replay_shows_the_curve(games: Path, tmp_path: Path) -> None:
    """The ndcg by the number of events, for models that learn as they go."""
    out = tmp_path / "out.json"
    ran = run(games, "--protocol", "replay", "--models", "seed-boosts,popularity-batch",
              "--stale", 1, "--json", out, "--quiet")  # fmt: skip
    assert ran.exit_code == 0, ran.output
    assert "after ... events" in ran.stdout
    assert "1-5" in ran.stdout
    body = json.loads(out.read_text(encoding="utf-8"))
    assert "newest 1 withheld" in body["protocol"]
    assert [(p["events_from"], p["events_to"]) for p in body["models"][0]["curve"]][:3] == [
        (1, 1), (2, 2), (3, 3),
    ]  # fmt: skip


def test_temporal_takes_a_share_or_a_date(games: Path, tmp_path: Path) -> None:
    """Both ways of naming the same moment give the same figures."""
    found = []
    for cut in ("0.5", "2023-11-15T01:13:25Z"):
        out = tmp_path / "out.json"
        ran = run(games, "--protocol", "temporal", "--cut", cut, "--models", "ease",
                  "--json", out, "--quiet")  # fmt: skip
        assert ran.exit_code == 0, ran.output
        found.append(json.loads(out.read_text(encoding="utf-8"))["models"][0]["ndcg@10"])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--models", "eaze"), "known models"),
        (("--models", "ease", "--protocol", "replay"), "must see the whole log"),
        (("--models", "ease", "--protocol", "leave-two-out"), "leave-one-out, temporal, replay"),
        (("--models", "ease", "--targets", "some"), "all, positive"),
        (("--models", "ease", "--cut", "yesterday"), "2024-05-01"),
        (("--models", "ease", "--core", "50"), "no events are left"),
        (("--models", "ease", "--stale", "2"), "replay"),
        (("--models", "ease", "--format", "no-such"), "no-such"),
    ],
)
def test_wrong_use_says_the_right_one(
    games: Path, arguments: tuple[str, ...], message: str
) -> None:
    """Exit code 2 and a message that helps."""
    ran = run(games, *arguments, "--quiet")
    assert ran.exit_code == 2
    assert message in " ".join(ran.stderr.split())


def test_a_catalogue_without_events_cannot_be_evaluated(tmp_path: Path) -> None:
    """The message says what is missing."""
    folder = write_log(tmp_path / "bare", "")
    (folder / "events.csv").unlink()
    ran = run(folder, "--models", "ease", "--quiet")
    assert ran.exit_code == 2
    assert "no events" in " ".join(ran.stderr.split())


def test_progress_is_shown_on_standard_error_only(games: Path) -> None:
    """Whoever reads the table from a pipe gets the table alone."""
    loud, quiet = (run(games, "--models", "ease", flag) for flag in ("--progress", "--quiet"))
    assert quiet.stderr == ""
    figures = [ran.stdout.split("\n")[:2] for ran in (loud, quiet)]
    assert figures[0] == figures[1]

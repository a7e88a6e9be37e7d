"""The commands as people use them: what they print, that it fits, and the exit codes."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from penchant.crowd.closed_form import (
    DEFAULT_CLOSED_FORM,
    PUBLISHED_CLOSED_FORM,
    ClosedForm,
    PublishedClosedForm,
)
from penchant.storage import open_storage

Command = Callable[..., Any]

DONE, FAILED, WRONG_USE, NOT_FOUND = 0, 1, 2, 3


def fits(text: str) -> None:
    """No line is wider than a terminal of 80 columns."""
    too_wide = [line for line in text.splitlines() if len(line) > 80]
    assert too_wide == []


def test_alone_it_prints_five_commands(penchant: Command) -> None:
    """`penchant` says the five commands that a newcomer needs, within 80 columns."""
    ran = penchant()
    assert ran.code == DONE
    fits(ran.out)
    commands = [line.split()[1] for line in ran.out.splitlines() if line.startswith("  penchant ")]
    assert len(commands) == 5
    assert set(commands) == {"demo", "search", "rate", "serve"}


def test_help_lists_every_command(penchant: Command) -> None:
    """--help has all thirteen commands and the exit codes."""
    told = penchant("--help").out
    for command in (
        "demo", "serve", "import", "search", "recommend", "rate", "profile", "explain", "undo",
        "export", "erase", "rebuild", "doctor",
    ):  # fmt: skip
        assert f"\n  {command} " in told
        assert penchant(command, "--help").code == DONE
    for code in ("0 done", "1 failed", "2 wrong use", "3 not found"):
        assert code in " ".join(told.split())


def test_search(penchant: Command) -> None:
    """A search prints what was understood, a table that fits, and a reason for each row."""
    ran = penchant("search", "medical", "drama", "-n", 5)
    assert (ran.code, ran.err) == (DONE, "")
    fits(ran.out)
    assert "Understood: genre browse" in ran.out
    assert "Medical" in ran.out
    assert "For nobody in particular" in ran.out
    assert "Hospital Playlist (2020)" in ran.out
    assert "Fits your search for" in " ".join(ran.out.split())


def test_search_for_a_person(penchant: Command) -> None:
    """--user makes it personal and says so."""
    ran = penchant("search", "drama", "--user", "mina", "-n", 3)
    fits(ran.out)
    assert "Personalized for" in ran.out
    assert "Medical Fan" in ran.out
    assert "%" in ran.out
    assert penchant("search", "drama", "--user", "joon", "-n", 3).out != ran.out


def test_search_without_results(penchant: Command) -> None:
    """Nonsense is answered with a sentence and titles that exist."""
    ran = penchant("search", "xqzv", "wwkjh")
    assert ran.code == DONE
    assert "No good match" in ran.out
    assert len(ran.out.splitlines()) >= 4


def test_search_filters(penchant: Command) -> None:
    """Filters are obeyed, one by one and together."""
    flags = ("--genre", "Medical", "--person", "Jo Jung-suk", "--network", "tvN")
    found = penchant("search", "drama", *flags, "--json").document["recommendations"]
    assert {item["id"] for item in found} == {
        "hospital-playlist-2020",
        "hospital-playlist-season-2-2021",
    }
    bounds = ("--year-min", 2016, "--year-max", 2021, "--episodes-max", 12, "--rating-min", 8.5)
    found = penchant("search", "drama", *bounds, "--json").document["recommendations"]
    assert len(found) >= 3
    for item in found:
        assert 2016 <= item["year"] <= 2021
        assert item["episodes"] <= 12
        assert item["rating"] >= 8.5


def test_recommend(penchant: Command) -> None:
    """A list for a person leaves out what the person rated; for nobody it is what is popular."""
    ran = penchant("recommend", "--user", "mina", "-n", 5)
    assert ran.code == DONE
    fits(ran.out)
    assert "Hospital Playlist (2020)" not in ran.out
    assert "Personalized for" in ran.out
    assert "For nobody in particular" in penchant("recommend", "-n", 3).out


def test_rate_and_undo(penchant: Command) -> None:
    """Rating says how to take it back, and that command does."""
    before = penchant("profile", "mina").out
    ran = penchant("rate", "mina", "Good Doctor", 9)
    assert ran.code == DONE
    assert "Rated Good Doctor 9" in ran.out
    command = " ".join(ran.out.split()).partition("penchant undo ")[2].split()[0]
    assert penchant("profile", "mina").out != before
    undone = penchant("undo", command)
    assert undone.code == DONE
    assert "Taken back" in undone.out
    assert penchant("profile", "mina").out == before
    again = penchant("undo", command)
    assert again.code == DONE
    assert "before" in again.out


def test_rate_by_id(penchant: Command) -> None:
    """An item may be named by its id."""
    assert "Rated Signal" in penchant("rate", "somebody", "signal-2016", 8).out


@pytest.mark.parametrize("command", [("rate", "mina", "Hospital Playlits", 9),
                                     ("explain", "Hospital Playlits")])  # fmt: skip
def test_a_typo_in_a_title_names_the_nearest(penchant: Command, command: tuple[Any, ...]) -> None:
    """A title that does not exist is not guessed: exit 3, with the nearest and their ids."""
    ran = penchant(*command)
    assert ran.code == NOT_FOUND
    assert ran.out == ""
    assert "Hospital Playlist (2020)" in ran.err
    assert "hospital-playlist-2020" in ran.err


def test_profile(penchant: Command) -> None:
    """A profile shows persona, counts and the top preferences within 80 columns."""
    ran = penchant("profile", "mina")
    assert ran.code == DONE
    fits(ran.out)
    assert "Medical Fan" in ran.out
    assert "3 ratings, 9.5 on average" in ran.out
    assert "Medical" in ran.out
    assert "Genres" in ran.out


def test_profile_of_a_stranger(penchant: Command) -> None:
    """Somebody unknown is a New Viewer."""
    ran = penchant("profile", "nobody-yet")
    assert ran.code == DONE
    assert "New Viewer" in ran.out


def test_explain(penchant: Command) -> None:
    """Reasons add up to the score, in a table that fits."""
    ran = penchant("explain", "Good Doctor", "--user", "mina")
    assert ran.code == DONE
    fits(ran.out)
    assert "Good Doctor stands at #" in ran.out
    shares = [line.split()[0] for line in ran.out.splitlines() if line.strip()[:1] in {"+", "-"}]
    score = next(line.split()[0] for line in ran.out.splitlines() if "the score" in line)
    assert sum(map(float, shares)) == pytest.approx(float(score), abs=0.001 * len(shares))


def test_explain_why_not(penchant: Command) -> None:
    """What is not listed is explained too."""
    ran = penchant("explain", "Hospital Playlist", "--user", "mina")
    assert ran.code == DONE
    assert "not listed" in ran.out
    assert "rating" in ran.out


def test_explain_in_a_search(penchant: Command) -> None:
    """--query explains the place in the results of a search."""
    asked = ("explain", "Good Doctor", "--user", "mina", "--query", "medical drama")
    told = penchant(*asked, "--json").document
    found = penchant("search", "medical drama", "-u", "mina", "-n", 200, "--json").document
    ids = [item["id"] for item in found["recommendations"]]
    assert told["rank"] == ids.index(told["id"]) + 1


def test_export_to_a_file(penchant: Command, tmp_path: Path) -> None:
    """--to writes the export and says how much."""
    target = tmp_path / "mina.json"
    ran = penchant("export", "mina", "--to", target)
    assert ran.code == DONE
    assert "3 events" in ran.out
    assert target.read_text(encoding="utf-8").count('"event_id"') >= 3
    assert penchant("export", "mina", "--to", tmp_path / "no" / "x.json").code == WRONG_USE


def test_erase_asks_first(penchant: Command) -> None:
    """Without --yes it asks; no, or no answer, leaves everything."""
    for answer in ("n\n", ""):
        ran = penchant("erase", "mina", given=answer)
        assert ran.code != DONE
    assert len(penchant("export", "mina").document["events"]) == 3
    assert penchant("erase", "mina", given="y\n").code == DONE
    assert penchant("export", "mina").document["events"] == []


def test_erase_with_yes(penchant: Command) -> None:
    """--yes does not ask, says what went, and leaves the others."""
    ran = penchant("erase", "mina", "--yes")
    assert ran.code == DONE
    assert "Erased mina" in ran.out
    assert penchant("export", "mina").document["events"] == []
    assert len(penchant("export", "joon").document["events"]) == 3


def test_json_does_not_stand_for_yes(penchant: Command) -> None:
    """How the answer is printed does not decide whether everything is deleted."""
    ran = penchant("erase", "mina", "--json", given="")
    assert ran.code != DONE
    assert len(penchant("export", "mina").document["events"]) == 3


def test_rebuild(penchant: Command) -> None:
    """Refolding finds nothing different."""
    ran = penchant("rebuild")
    assert ran.code == DONE
    assert "2 profiles refolded from the log; none differed" in ran.out


def test_doctor(penchant: Command) -> None:
    """All is well on a good database, in a table that fits."""
    ran = penchant("doctor")
    assert ran.code == DONE
    fits(ran.out)
    for part in ("python", "database", "catalogue", "encoder", "profiles"):
        assert part in ran.out
    assert "476 dramas" in ran.out


def test_doctor_before_the_first_use(untaught: Command) -> None:
    """An empty database is found, with what to do about it."""
    ran = untaught("doctor")
    assert ran.code == FAILED
    assert "penchant serve" in " ".join(ran.out.split())


def test_first_use_needs_nothing(untaught: Command) -> None:
    """The first search on a new machine loads the catalogue by itself."""
    assert (
        untaught("search", "Signal", "--json").document["recommendations"][0]["Title"] == "Signal"
    )


def test_demo(penchant: Command) -> None:
    """The demo shows the same query for nobody and for two people, who get different answers."""
    ran = penchant("demo")
    assert ran.code == DONE
    fits(ran.out)
    assert "mina rated" in ran.out
    assert "joon rated" in ran.out
    steps = penchant("demo", "--json").document
    firsts = [step["answer"]["recommendations"][0]["id"] for step in steps]
    asked = [step["answer"]["query"] for step in steps]
    assert {query["title"] for query in asked} == {"drama"}
    assert [query["user_id"] for query in asked[:3]] == [None, "mina", "joon"]
    assert firsts[1] != firsts[2]


@pytest.mark.parametrize(
    "arguments",
    [
        ("search",), ("search", ""), ("search", "x" * 1_001), ("search", "drama", "-n", 0),
        ("search", "drama", "-n", 201), ("search", "drama", "--personalize", 2),
        ("search", "drama", "--year-min", "soon"), ("search", "drama", "--colour", "red"),
        ("search", "drama", "--user", ""), ("rate",), ("rate", "mina"), ("rate", "mina", "Signal"),
        ("rate", "mina", "Signal", "ten"), ("rate", "mina", "Signal", 11),
        ("rate", "mina", "Signal", "nan"), ("rate", "", "Signal", 5), ("rate", "a\nb", "Signal", 5),
        ("profile",), ("undo",), ("export",), ("erase",), ("explain",), ("import",),
        ("import", "no-such-file.csv"), ("import", "."), ("serve", "--port", 70_000),
        ("serve", "--port", "x"), ("bogus",), ("--bogus",), ("search", "drama", "--database", "x"),
        ("search", "drama", "--database", "redis://localhost"),
    ],
    ids=lambda arguments: " ".join(map(str, arguments))[:40].replace("\n", "~"),
)  # fmt: skip
def test_wrong_use(penchant: Command, arguments: tuple[Any, ...]) -> None:
    """What cannot be meant is exit 2, with a word of help on standard error and no answer."""
    ran = penchant(*arguments)
    assert ran.code == WRONG_USE
    assert ran.out == ""
    assert len(ran.err.strip()) > 10


@pytest.mark.parametrize(
    "arguments",
    [("undo", "no-such-event"), ("explain", "no-such-drama-2099"), ("rate", "a", "qqqq zzzz", 5)],
)
def test_not_found(penchant: Command, arguments: tuple[Any, ...]) -> None:
    """What does not exist is exit 3."""
    ran = penchant(*arguments)
    assert ran.code == NOT_FOUND
    assert ran.err.strip()


def test_a_database_that_cannot_be_opened(penchant: Command, tmp_path: Path) -> None:
    """A store that fails is exit 1 and names the file."""
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"this is no database" * 100)
    ran = penchant("search", "drama", "--database", f"sqlite:///{broken}")
    assert ran.code == FAILED
    assert "broken.sqlite" in ran.err.replace("\n", "")


def test_wrong_settings(penchant: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that cannot be used is named."""
    monkeypatch.setenv("PENCHANT_LEARNING_RATE", "fast")
    ran = penchant("search", "drama")
    assert ran.code == WRONG_USE
    assert "learning_rate" in ran.err


def test_square_brackets_are_no_markup(penchant: Command) -> None:
    """Text of people's own is printed as it is."""
    ran = penchant("profile", "[bold]x")
    assert "[bold]x: New Viewer" in ran.out
    told = penchant("rate", "mina", "[red]Signa[/red]", 5)
    assert told.code == NOT_FOUND


def test_version(penchant: Command) -> None:
    """--version prints the version of the installed package and nothing else."""
    ran = penchant("--version")
    assert ran.code == DONE
    assert re.fullmatch(r"penchant \d+\.\d+\.\d+\n", ran.out)


def test_recommend_takes_the_user_either_way(penchant: Command) -> None:
    """`recommend mina` is `recommend --user mina`; two different people are a mistake."""
    by_place = penchant("recommend", "mina", "-n", 3, "--json").document
    by_option = penchant("recommend", "--user", "mina", "-n", 3, "--json").document
    assert by_place["query"] == by_option["query"]
    assert penchant("recommend", "mina", "--user", "joon").code == 2


def test_what_would_make_it_personal_is_said(penchant: Command) -> None:
    """A stranger is told how to begin; somebody who switched taste off is told that."""
    assert "penchant rate newcomer" in penchant("search", "drama", "-u", "newcomer").out
    off = penchant("search", "drama", "-u", "mina", "--personalize", "0").out
    assert "Personalization is off" in off


def test_doctor_tells_of_the_published_scorer(penchant: Command, tmp_path: Path) -> None:
    """None at first; then how many items it serves; and what is wrong once its file is damaged."""

    def told() -> tuple[bool, str]:
        (check,) = [
            c for c in penchant("doctor", "--json").document["checks"] if c["name"] == "scorer"
        ]
        return check["ok"], check["detail"]

    well, detail = told()
    assert well
    assert "none published" in detail
    file = tmp_path / "store" / "three.closed-form"
    solved = [np.full((3, 3), 0.5, np.float32)] * 4
    checksum = ClosedForm.of(["a", "b", "c"], solved, DEFAULT_CLOSED_FORM).save(file)
    value = PublishedClosedForm(file.name, checksum, 1).encoded()
    with closing(open_storage(f"sqlite:///{file.parent / 'penchant.sqlite'}")) as storage:
        storage.put_metadata(PUBLISHED_CLOSED_FORM, value)
    assert told() == (True, "closed-form serves 3 items")
    file.write_bytes(file.read_bytes()[:-1])
    well, detail = told()
    assert not well
    assert "is damaged" in detail
    assert "`penchant train`" in detail
    assert penchant("doctor").code == FAILED

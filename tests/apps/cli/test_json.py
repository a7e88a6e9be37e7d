"""--json: one document on standard output and nothing else, in the shapes of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        (("search", "medical drama"), {"query", "analysis", "personalization", "recommendations"}),
        (("search", "xqzv wwkjh"), {"recommendations", "message", "nearest_titles"}),
        (("recommend",), {"personalization", "recommendations"}),
        (("recommend", "--user", "mina"), {"personalization", "recommendations"}),
        (("rate", "mina", "Signal", 8), {"event_id", "status", "position", "item"}),
        (("profile", "mina"), {"user_id", "persona", "top_preferences", "statistics"}),
        (("profile", "nobody-yet"), {"user_id", "persona"}),
        (("explain", "Signal", "--user", "mina"), {"id", "Title", "rank", "recommendation"}),
        (("explain", "Doctors", "--user", "mina"), {"why_not"}),
        (("export", "mina"), {"profile", "events"}),
        (("erase", "mina", "--yes"), {"user_id", "erased"}),
        (("rebuild",), {"profiles", "different"}),
        (("doctor",), {"ok", "checks"}),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_one_document(penchant: Command, arguments: tuple[Any, ...], fields: set[str]) -> None:
    """Each command prints one document with its fields, and nothing on standard error."""
    ran = penchant(*arguments, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert fields <= set(ran.document)


def test_undo(penchant: Command) -> None:
    """An undo by the id of the receipt gives a receipt."""
    event_id = penchant("rate", "mina", "Signal", 8, "--json").document["event_id"]
    told = penchant("undo", event_id, "--json").document
    assert (told["event_id"], told["status"]) == (event_id, "recorded")
    assert penchant("undo", event_id, "--json").document["status"] == "duplicate"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("rate", "mina", "Hospital Playlits", 9), 3),
        (("explain", "Hospital Playlits"), 3),
        (("undo", "no-such-event"), 3),
        (("rate", "mina", "Signal", 11), 2),
        (("search", ""), 2),
        (("import", "no-such-file.csv"), 2),
        (("search", "drama", "--database", "redis://x"), 2),
    ],
)
def test_errors_are_one_document_too(
    penchant: Command, arguments: tuple[Any, ...], code: int
) -> None:
    """An error is a document with the error and the nearest titles, and keeps its exit code."""
    ran = penchant(*arguments, "--json")
    assert ran.code == code
    assert ran.document["error"]
    if "Hospital Playlits" in arguments:
        assert ran.document["nearest"][0]["id"] == "hospital-playlist-2020"


def test_the_same_answer_twice(penchant: Command) -> None:
    """The same question of the same database is answered with the same bytes."""
    first = penchant("search", "medical drama", "--json").out
    assert penchant("search", "medical drama", "--json").out == first


def test_opposite_tastes(penchant: Command) -> None:
    """Two people get different first results."""
    mina = penchant("search", "drama", "--user", "mina", "--json").document
    joon = penchant("search", "drama", "--user", "joon", "--json").document
    assert mina["recommendations"][0]["id"] != joon["recommendations"][0]["id"]
    assert "Medical" in mina["recommendations"][0]["genres"]


def test_json_keeps_letters(penchant: Command) -> None:
    """Hangul is printed as Hangul."""
    assert "시그널" in penchant("search", "시그널", "--json").out

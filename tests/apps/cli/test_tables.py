"""Tables for people."""

from __future__ import annotations

from rich.console import Console

from penchant.apps.cli.tables import explanation_table


def test_a_score_of_nothing_is_shown_as_nothing() -> None:
    """An item that scores 0 is not said to score 1."""
    console = Console(width=80)
    with console.capture() as shown:
        console.print(explanation_table({"personalized_score": 0.0, "explanations": []}))
    assert "0.000" in shown.get()

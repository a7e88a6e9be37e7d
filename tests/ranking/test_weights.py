"""Files of weights: what ships, what is read, and what is refused with a way out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from penchant.errors import InvalidSettings
from penchant.ranking.scorers import DEFAULT_SCORERS
from penchant.ranking.weights import DEFAULT_WEIGHTS, BlendWeights, load_weights

GOOD: dict[str, Any] = {
    "version": 1,
    "personal": {"facets": 0.5, "recent": 0.0},
    "model": {"popularity": 0.6, "quality": 0.4, "trend": 2},
    "report": {"questions": 12, "changes": ["trend x 2"]},
}


def write(path: Path, **changes: Any) -> Path:
    """A good file with some fields replaced; None leaves a field out."""
    fields = {n: v for n, v in (GOOD | changes).items() if v is not None}
    path.write_text(json.dumps(fields), encoding="utf-8")
    return path


def test_the_bundled_weights_weigh_every_scorer_that_ships() -> None:
    """None of them counts as `other` by oversight, and no weight names a scorer of the past."""
    by_side = {
        "personal": set(DEFAULT_WEIGHTS.personal_weights),
        "model": set(DEFAULT_WEIGHTS.model_weights),
    }
    # What `penchant train` publishes is weighed before there is any.
    shipped = {"personal": {"facets", "embedding", "interests"}, "model": {"closed-form"}}
    for scorer in DEFAULT_SCORERS:
        shipped[scorer.side].add(scorer.name)
    assert by_side == shipped
    weights = {**DEFAULT_WEIGHTS.personal_weights, **DEFAULT_WEIGHTS.model_weights}
    assert all(weight > 0.0 for weight in weights.values())
    assert DEFAULT_WEIGHTS.base == pytest.approx(1.0)


def test_a_file_is_read_with_its_report(tmp_path: Path) -> None:
    """Weights of 0 and whole numbers are weights; the report comes along."""
    held = load_weights(write(tmp_path / "weights.json"))
    assert held.report["questions"] == 12
    assert held.weights.personal("facets") == 0.5
    assert held.weights.personal("recent") == 0.0
    assert held.weights.model("trend") == 2.0


def test_a_scorer_without_a_weight_counts_as_other(tmp_path: Path) -> None:
    """A scorer of one's own takes part at 1 until it is weighed; the base is what is known."""
    weights = load_weights(write(tmp_path / "weights.json")).weights
    assert weights.personal("mine") == 1.0
    assert weights.model("mine") == 1.0
    assert weights.base == 1.0
    assert BlendWeights({}, {"trend": 3.0}).base == 0.0


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"version": 2}, "version 2"),
        ({"version": None}, "version"),
        ({"version": "1"}, "version"),
        ({"personal": {"facets": -0.1}}, "facets"),
        ({"model": {"quality": 1.0, "trend": -1}}, "trend"),
        ({"model": {"trend": "much"}}, "trend|float"),
        ({"model": {"trend": float("nan")}}, "weights.json"),
        ({"model": None}, "model"),
        ({"personel": {"facets": 1.0}}, "personel"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(
    tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    """The error names the file and what is wrong with it."""
    path = write(tmp_path / "weights.json", **changes)
    with pytest.raises(InvalidSettings, match=told) as refused:
        load_weights(path)
    assert "weights.json" in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"facets = 0.4", b"[1, 2]", b"\xff\xfe\x00"])
def test_another_format_is_refused_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    """Whatever the bytes are, the answer is one error that says to fit weights anew."""
    path = tmp_path / "weights.json"
    path.write_bytes(content)
    with pytest.raises(InvalidSettings, match="fit them anew"):
        load_weights(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """No traceback of the system, the name of the file."""
    with pytest.raises(InvalidSettings, match=r"nowhere\.json"):
        load_weights(tmp_path / "nowhere.json")

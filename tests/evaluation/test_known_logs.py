"""Baselines on a public log, against the figures that are known of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from penchant.datasets import open_dataset
from penchant.evaluation.protocols import ProtocolSettings
from penchant.evaluation.run import EvaluationSettings, evaluate


@pytest.fixture
def ml_100k() -> Path:
    """The folder of MovieLens 100k: in PENCHANT_DATA, or in `shared/data` beside the repository."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("PENCHANT_DATA", beside)) / "ml-100k"
    if not folder.is_dir():
        pytest.skip(f"no data set at {folder}; set PENCHANT_DATA to the folder of data sets")
    return folder


def test_leave_one_out_meets_the_known_figures(ml_100k: Path) -> None:
    """5-core, all ratings, full catalogue: ndcg@10 .045 for popularity and .075 for EASE."""
    dataset = open_dataset(ml_100k)
    events = dataset.events()
    assert events is not None
    found = evaluate(
        dataset.name,
        events,
        dataset.schema,
        tuple(dataset.items),
        ["ease", "popularity-batch"],
        EvaluationSettings(core=5, protocol=ProtocolSettings(targets="all")),
    )
    assert (found.users, found.items, found.events) == (943, 1_349, 99_287)
    ease, popularity = (model.metrics["ndcg"].value for model in found.models)
    assert popularity == pytest.approx(0.045, abs=0.001)
    assert ease == pytest.approx(0.075, abs=0.0015)
    assert any("51%" in note for note in found.notes)
    assert all(p.difference.low > 0.0 for p in found.paired)

"""Drift: a taste that changed is seen, with its date; one that did not is left in peace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from taste.histories import drama, like_everybody, shelf, watched
from worlds import DAY, make_event, make_learner, taste_of

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import load_bundled_schema
from penchant.taste.drift import Drift, find_drift
from penchant.taste.insights import PreferenceLearner

SHELF = shelf({"Thriller": 100, "Romance": 100, "Comedy": 100, "Medical": 100})
START = datetime(2024, 3, 1, 20, 0, tzinfo=UTC).timestamp()


def taste(*phases: tuple[str, int], start: float = START) -> tuple[list[str], list[float]]:
    """So many items of each genre one after the other, a day apart."""
    ids = [f"{genre}-{n:03}" for k, (genre, count) in enumerate(phases)
           for n in range(k * 20, k * 20 + count)]  # fmt: skip
    return ids, [start + DAY * n for n in range(len(ids))]


def drift_of(
    ids: Sequence[str], at: Sequence[float], targets: Sequence[float] | None = None
) -> Drift | None:
    history = watched(SHELF, ids, at=at, targets=targets)
    return find_drift(history, np.random.default_rng(1))


def test_a_phase_that_ended_is_named_with_its_month_and_shares() -> None:
    """Sixty days of thrillers from 1 March to 29 April, then romance."""
    drift = drift_of(*taste(("Thriller", 60), ("Romance", 20)))
    assert drift is not None
    assert drift.sentence == "Your thriller phase ended in April 2024; since then more romance"
    assert drift.at == START + 59 * DAY
    assert drift.divergence == pytest.approx(1.0)
    assert drift.p == 0.001
    assert [(c.name, c.before, c.since) for c in drift.fell] == [("Thriller", 1.0, 0.0)]
    assert [(c.name, c.before, c.since) for c in drift.rose] == [("Romance", 0.0, 1.0)]
    assert (drift.recent, drift.before) == (20, 60)


def test_the_date_is_that_of_the_change_not_of_the_last_twenty() -> None:
    """The change came 45 items ago, 10 April."""
    drift = drift_of(*taste(("Thriller", 41), ("Romance", 45)))
    assert drift is not None
    assert drift.at == START + 40 * DAY


def test_what_came_sixty_items_before_is_forgotten() -> None:
    assert drift_of(*taste(("Thriller", 50), ("Romance", 80))) is None


def test_a_share_that_fell_and_did_not_go_is_no_phase_that_ended() -> None:
    ids = [f"{g}-{n:03}" for n in range(60) for g in [("Romance" if n % 6 == 0 else "Thriller")]]
    ids += [f"{g}-{n:03}" for n in range(60, 80) for g in [("Thriller" if n % 2 else "Romance")]]
    drift = drift_of(ids, [START + DAY * n for n in range(80)])
    assert drift is not None
    assert drift.sentence.startswith("Since ")
    assert drift.sentence.endswith(" 2024 less thriller and more romance")
    assert drift.fell[0].before == pytest.approx(5 / 6)
    assert drift.fell[0].since == pytest.approx(1 / 2)


def test_the_month_is_that_of_the_persons_time_zone() -> None:
    """The last thriller is watched on 29 April 20:00 UTC; two days on it is May in Seoul first."""
    ids, at = taste(("Thriller", 61), ("Romance", 20))
    history = watched(SHELF, ids, at=at)
    rng = np.random.default_rng
    in_utc = find_drift(history, rng(1), zone=UTC)
    in_seoul = find_drift(history, rng(1), zone=ZoneInfo("Asia/Seoul"))
    assert in_utc is not None
    assert in_seoul is not None
    assert in_utc.at == in_seoul.at
    assert "April 2024" in in_utc.sentence
    assert "May 2024" in in_seoul.sentence


def test_what_is_disliked_is_no_part_of_a_taste() -> None:
    """Twenty hated romances after the thrillers: nothing has changed."""
    ids, at = taste(("Thriller", 60), ("Romance", 20))
    assert drift_of(ids, at, targets=[1.0] * 60 + [0.1] * 20) is None


@pytest.mark.parametrize(("before", "seen"), [(9, False), (10, True)])
def test_ten_and_twenty_positive_verdicts_are_the_least(
    before: int,
    seen: bool,  # noqa: FBT001 (a table column)
) -> None:
    found = drift_of(*taste(("Thriller", before), ("Romance", 20)))
    assert (found is not None) is seen


def test_verdicts_of_one_instant_have_no_order() -> None:
    ids, _ = taste(("Thriller", 60), ("Romance", 20))
    assert drift_of(ids, [START] * 80) is None


def test_somebody_who_stays_the_same_has_not_drifted() -> None:
    """In about 95% of worlds."""
    rng = np.random.default_rng(2)
    found = []
    for _ in range(300):
        history = watched(SHELF, like_everybody(SHELF, int(rng.integers(30, 100)), rng))
        found.append(find_drift(history, rng) is not None)
    assert 0.01 <= np.mean(found) <= 0.09


def test_a_moderate_change_is_mostly_seen() -> None:
    """From seven thrillers in ten to two in ten."""
    rng = np.random.default_rng(4)
    found = []
    for _ in range(50):
        thrill = np.concatenate([rng.random(60) < 0.7, rng.random(20) < 0.2])
        ids = [f"{'Thriller' if t else 'Romance'}-{n:03}" for n, t in enumerate(thrill)]
        found.append(find_drift(watched(SHELF, ids), rng) is not None)
    assert np.mean(found) >= 0.9


def test_acronyms_stay_acronyms() -> None:
    items = [drama(f"a{n:02}", "SF") for n in range(30)]
    items += [drama(f"b{n:02}", "Film-Noir") for n in range(30)]
    catalogue = Catalogue(load_bundled_schema(), items)
    history = watched(catalogue, [item.id for item in catalogue.items])
    drift = find_drift(history, np.random.default_rng(1))
    assert drift is not None
    assert "Your SF phase ended" in drift.sentence
    assert drift.sentence.endswith("more film-noir")


def test_the_page_says_the_same_each_time() -> None:
    """Without an rng of one's own the shuffles are fixed, though others would give another p."""
    fell = [n % 10 < (7 if n < 60 else 3) for n in range(80)]
    ids = [f"{'Thriller' if thrill else 'Romance'}-{n:03}" for n, thrill in enumerate(fell)]
    records = [
        make_event("watched", item_id, position=n, at=START + DAY * n)
        for n, item_id in enumerate(ids, start=1)
    ]
    learner = make_learner([SHELF.get(item_id) for item_id in ids])
    insights = PreferenceLearner(taste_of(learner, *records))
    drifts = [insights.drift(np.random.default_rng(seed)) for seed in range(5)]
    assert len({drift.p for drift in drifts if drift is not None}) > 1
    assert insights.drift() is not None
    assert len({PreferenceLearner(insights.reading).drift() for _ in range(10)}) == 1


def test_items_without_genres_cannot_drift() -> None:
    catalogue = Catalogue(load_bundled_schema(), [drama(f"a{n:02}") for n in range(40)])
    history = watched(catalogue, [item.id for item in catalogue.items])
    assert find_drift(history, np.random.default_rng(1)) is None
    assert drift_of([], []) is None

"""Solving the closed-form scorer, its trial, and `penchant train`."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from evaluation.small_logs import log_of, problem_of, ring
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from typer.testing import CliRunner, Result
from worlds import DAY, NOON

from penchant.apps.cli.main import app
from penchant.assembly import build_engine
from penchant.crowd.closed_form import (
    DEFAULT_CLOSED_FORM,
    PUBLISHED_CLOSED_FORM,
    ClosedFormSettings,
    PublishedClosedForm,
    load_closed_form,
)
from penchant.crowd.crowd import Crowd
from penchant.datasets.log import EventColumns
from penchant.domain.feedback import Feedback
from penchant.errors import InvalidInput
from penchant.evaluation.protocols import ProtocolSettings
from penchant.evaluation.served import ServedModel, ServedState
from penchant.evaluation.training import (
    ServedWithClosedForm,
    _Solver,
    fit_closed_form,
    hold_trial,
    plan_training,
    sequences_of,
)
from penchant.settings import load_settings
from penchant.taste.signals import DEFAULT_SIGNALS, SignalRule

Columns = NDArray[np.int64]
Maps = list[NDArray[np.float32]]

KINDS = ("watched", "rating", "click", "dismiss", "skip", "watch_progress", "watchlist_remove")
ALL = ProtocolSettings()


def solved(sequences: Sequence[Columns], size: int, form: ClosedFormSettings) -> Maps:
    return _Solver(sequences, size, form, lambda _stage, _done, _total: None).maps()


def written_out(sequences: Sequence[Columns], size: int, form: ClosedFormSettings) -> Maps:
    """The same maps from one row per event, as the formulas say it, in double precision."""
    rows, targets, met = [], [], np.zeros((len(sequences), size))
    for person, sequence in enumerate(sequences):
        state = np.zeros((3, size))
        for item, following in pairwise(sequence):
            state *= np.array(form.decays)[:, None]
            state[:, item] += 1.0
            rows.append(state.reshape(-1).copy())
            targets.append(np.eye(size)[following])
        met[person, sequence] = 1.0
    x, y = np.array(rows), np.array(targets)
    mean = sum(map(len, sequences)) / size
    ridge = np.linalg.solve(x.T @ x + form.ridge * mean * np.eye(3 * size), x.T @ y)
    inverse = np.linalg.inv(met.T @ met + form.ease_ridge * mean * np.eye(size))
    ease = np.eye(size) - inverse / np.diag(inverse)
    return [*np.split(ridge.astype(np.float32), 3), ease.astype(np.float32)]


def walks(seed: int, *, people: int, size: int, longest: int, again: bool) -> list[Columns]:
    """Random sequences, in which items come again or not; somebody has just one event."""
    rng = np.random.default_rng(seed)
    lengths = [1, 2, *rng.integers(1, longest + 1, people).tolist()]
    return [rng.choice(size, length, replace=again) for length in lengths]


@given(seed=st.integers(0, 2**32 - 1), again=st.booleans())
@settings(max_examples=40, deadline=None)
def test_sums_over_pairs_solve_the_regression_over_events(*, seed: int, again: bool) -> None:
    """The recurrence gives the very weights that one row per event gives."""
    form = replace(DEFAULT_CLOSED_FORM, ridge=0.5, ease_ridge=0.5, repeatable=again)
    sequences = walks(seed, people=6, size=9, longest=9, again=again)
    pairs = zip(solved(sequences, 9, form), written_out(sequences, 9, form), strict=True)
    for found, wanted in pairs:
        assert found == pytest.approx(wanted, abs=2e-4)


@pytest.mark.parametrize("again", [False, True])
def test_long_sequences_are_summed_stretch_by_stretch(again: bool) -> None:  # noqa: FBT001
    """Nothing is lost where one stretch ends and the next begins."""
    form = replace(DEFAULT_CLOSED_FORM, repeatable=again, ridge=100.0)
    size = 40 if again else 480
    sequences = walks(3, people=4, size=size, longest=470, again=again)
    pairs = zip(solved(sequences, size, form), written_out(sequences, size, form), strict=True)
    for found, wanted in pairs:
        assert found == pytest.approx(wanted, abs=1e-4)
        assert np.abs(wanted).max() > 1e-3


def test_what_always_follows_is_ranked_first() -> None:
    """Everybody walks the same ring: after item n comes item n + 1."""
    form = fit_closed_form(ring(people=12, items=12, length=9), DEFAULT_SIGNALS)
    walked = form.columns(["i03", "i02", "i01", "i00"])
    scores = form.scores(walked)[:-1]
    scores[walked] = -np.inf
    assert form.item_ids[int(np.argmax(scores))] == "i04"
    assert form.events == 12 * 9


def test_order_is_learned_and_not_only_company() -> None:
    """Everybody meets all six items in one order, so that only the order can tell."""
    told = [(f"u{u}", f"i{n}", float(n)) for u in range(8) for n in range(6)]
    form = fit_closed_form(log_of(*told), DEFAULT_SIGNALS)
    assert np.argmax(form.scores(form.columns(["i3", "i2"]))[:-1]) == 4
    assert np.argmax(form.scores(form.columns(["i1", "i0"]))[:-1]) == 2


events = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 4), st.sampled_from(KINDS), st.integers(0, 30)),
    min_size=1,
    max_size=40,
)


@given(told=events, repeatable=st.booleans())
@settings(max_examples=200, deadline=None)
def test_sequences_are_those_that_the_crowd_hears(
    *, told: list[tuple[int, int, str, int]], repeatable: bool
) -> None:
    """Changed verdicts, dismissals and repetitions make the same sequence as in serving."""
    values = {"rating": 8.0, "watch_progress": 0.5}
    log = log_of(*((f"u{u}", f"i{i}", float(t), k, values.get(k)) for u, i, k, t in told))  # type: ignore[arg-type]
    crowd = Crowd(DEFAULT_SIGNALS, repeatable=repeatable)
    for rows in log.rows_by_user:
        crowd.learn(sorted(log.records(rows), key=lambda r: r.position), lambda _user: ())
    names = list(crowd.columns)
    found = sequences_of(log, DEFAULT_SIGNALS, repeatable=repeatable)
    assert [[log.item_ids[c] for c in sequence] for sequence in found] == [
        [names[c] for c in crowd.people[user].sequence] for user in log.user_ids
    ]


def test_kinds_of_ones_own_are_heard_by_their_rules() -> None:
    """A registered kind of low rank does not move an item that was watched."""
    signals = DEFAULT_SIGNALS.with_rule("peek", SignalRule(0.1, 1.0, 1))
    log = log_of(("u", "a", 1.0), ("u", "b", 2.0), ("u", "a", 3.0, "peek"))
    sequence = sequences_of(log, signals, repeatable=False)[0]
    assert [log.item_ids[column] for column in sequence] == ["a", "b"]


def test_items_hardly_anybody_met_take_no_part() -> None:
    """Below five events an item would cost as much as any and teach nothing."""
    told = [(f"u{u}", item, float(n)) for u in range(5) for n, item in enumerate(("a", "b"))]
    rare = [(f"u{u}", "rare", 9.0) for u in range(4)]
    form = fit_closed_form(log_of(*told, *rare), DEFAULT_SIGNALS)
    assert form.item_ids == ("a", "b")


def test_memory_bounds_the_number_of_items() -> None:
    """The most active items that fit take part, and the plan says how many and how much."""
    sequences = [np.array([0, 1, 2])] * 50 + [np.array([3, 0])] * 6
    whole = plan_training(sequences, 4, 1.0)
    assert whole.columns.tolist() == [0, 1, 2, 3]
    assert (whole.events, whole.coverage) == (162, 1.0)
    part = plan_training(sequences, 4, whole.gigabytes * 0.6)
    assert part.columns.tolist() == [0, 1, 2]
    assert part.coverage == pytest.approx(156 / 162)
    assert part.gigabytes <= whole.gigabytes * 0.6


def test_a_log_that_memory_does_not_hold_is_refused_with_the_need() -> None:
    """The message says what would be enough."""
    sequences = [np.array([0, 1, 2])] * 50
    with pytest.raises(InvalidInput, match=r"3 items need .* GB\. Raise --memory-limit-gb"):
        plan_training(sequences, 3, plan_training(sequences, 3, 1.0).gigabytes * 0.5)
    with pytest.raises(InvalidInput, match="memory-limit-gb"):
        plan_training(sequences, 3, 0.0)


def test_a_log_without_repetition_has_nothing_to_teach() -> None:
    """No item has five events; that is said, not solved."""
    with pytest.raises(InvalidInput, match="no item has 5 events"):
        fit_closed_form(log_of(("u", "a", 1.0), ("u", "b", 2.0)), DEFAULT_SIGNALS)


class Spy:
    """Ranks by a fixed order of items and keeps what it was taught."""

    online = False

    def __init__(self, name: str, order: Sequence[float]) -> None:
        self.name = name
        self.order = np.array(order, dtype=np.float64)
        self.taught: list[EventColumns] = []

    def learn(self, log: EventColumns) -> None:
        self.taught.append(log)

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        del user, at
        return self.order


def second_to_last_is_hit(people: int = 30) -> EventColumns:
    """Everybody meets six items of their own, then `hit`, then `last`."""
    own = [(f"u{u}", f"own{n}", float(n)) for u in range(people) for n in range(6)]
    end = [(f"u{u}", item, at) for u in range(people) for item, at in (("hit", 7.0), ("last", 8.0))]
    return log_of(*own, *end)


def test_a_trial_asks_for_the_second_to_last_event_and_shows_neither() -> None:
    """The last two events of nobody are learned, so the last can still be reported on."""
    log = second_to_last_is_hit()
    hit = log.item_ids.index("hit")
    knows, does_not = np.zeros(len(log.item_ids)), np.zeros(len(log.item_ids))
    knows[hit], does_not[hit] = 1.0, -1.0
    live, candidate = Spy("live", does_not), Spy("candidate", knows)
    trial = hold_trial(log, live, candidate, DEFAULT_SIGNALS, ALL)
    for spy in (live, candidate):
        (taught,) = spy.taught
        assert {log.item_ids[i] for i in taught.item} == {f"own{n}" for n in range(6)}
    assert trial.people == 30
    assert trial.candidate.metrics["ndcg"].value == 1.0
    assert trial.better
    assert not hold_trial(log, candidate, live, DEFAULT_SIGNALS, ALL).better


def test_an_equal_candidate_is_not_better() -> None:
    """Without a difference there is nothing to publish."""
    log = second_to_last_is_hit()
    order = np.arange(len(log.item_ids), dtype=np.float64)
    trial = hold_trial(log, Spy("a", order), Spy("b", order), DEFAULT_SIGNALS, ALL)
    assert trial.difference.difference == (0.0, 0.0, 0.0)
    assert not trial.better


def test_a_gain_of_few_people_is_not_yet_better() -> None:
    """One person in thirty gains: the interval reaches zero."""
    log = second_to_last_is_hit()
    order = np.zeros(len(log.item_ids))
    order[log.item_ids.index("hit")] = -1.0
    candidate = Gifted("b", order, user=3, item=log.item_ids.index("hit"))
    trial = hold_trial(log, Spy("a", order), candidate, DEFAULT_SIGNALS, ALL)
    assert trial.difference.difference.value > 0.0
    assert not trial.better


class Gifted(Spy):
    """Knows what one person does next."""

    def __init__(self, name: str, order: Sequence[float], user: int, item: int) -> None:
        super().__init__(name, order)
        self.user = user
        self.item = item

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        scores = super().scores(user, at).copy()
        if user == self.user:
            scores[self.item] = 1.0
        return scores


def test_the_candidate_is_the_live_ranking_and_one_scorer_more() -> None:
    """It has the live model's profiles; its terms are the live ones and `closed-form`."""
    log = ring(people=12, items=12, length=9)
    problem = problem_of(log)
    state = problem.shared(ServedState.of)
    live, candidate = ServedModel(state), ServedWithClosedForm(state)
    live.learn(log)
    before = live.scores(0, NOON + 20 * DAY)
    candidate.learn(log)
    at = NOON + 20 * DAY
    assert np.array_equal(live.scores(0, at), before)
    after = candidate.scores(0, at)
    assert np.array_equal(np.isneginf(before), np.isneginf(after))
    assert not np.array_equal(before, after)
    assert log.item_ids[int(np.argmax(after))] == "i09"


# The command.


def noisy_chain(people: int) -> list[tuple[str, str, float]]:
    """A chain of 40 items, entered anywhere; between any two of them comes one of 12 by chance.

    The last item says nothing and the one before it everything: a map solved for all histories at
    once finds that out, tables that count each by itself are drowned by what is met everywhere.
    """
    rng = random.Random(5)
    told = []
    for person in range(people):
        start, chance = rng.randrange(40), rng.sample(range(12), 7)
        for step in range(7):
            told += [
                (f"u{person}", f"chain{(start + step) % 40}", 2.0 * step),
                (f"u{person}", f"chance{chance[step]}", 2.0 * step + 1.0),
            ]
    return told


def write_log(folder: Path, told: Sequence[tuple[str, str, float]]) -> Path:
    """A folder in the own format."""
    folder.mkdir()
    items = [{"id": i, "title": i, "genre": ["Medical"]} for i in sorted({t[1] for t in told})]
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, items)), encoding="utf-8")
    (folder / "schema.toml").write_text(
        '[catalogue]\nname = "games"\nnoun = "game"\nid = "id"\ntitle = "title"\n'
        'rating_scale = [0, 10]\n[facets.genre]\ncolumn = "genre"\nboost = 0.5\n',
        encoding="utf-8",
    )
    rows = [f"{u},{i},watched,,{NOON + DAY * day}" for u, i, day in told]
    lines = ["user_id,item_id,kind,value,at", *rows]
    (folder / "events.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def train(*arguments: object) -> Result:
    """Run `penchant train`; nothing but an orderly end is allowed."""
    result = CliRunner().invoke(app, ["train", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def database_of(path: Path, told: Sequence[tuple[str, str, float]]) -> str:
    """A database with the bundled catalogue's first items under the names of a small world."""
    from penchant.catalogue.source import read_bundled_items

    url = f"sqlite:///{path}"
    engine = build_engine(load_settings(database_url=url))
    items = read_bundled_items()
    names = sorted({item for _, item, _ in told})
    engine.put_items(items)
    id_of = dict(zip(names, (item.id for item in items), strict=False))
    feedback = [
        Feedback(f"e{n}", user, id_of[item], "watched", NOON + DAY * day)
        for n, (user, item, day) in enumerate(told)
    ]
    engine.record_many(feedback)
    engine.close()
    return url


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder to work in, so that nothing is written elsewhere."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_better_scorer_is_published_beside_the_database(memory: Path) -> None:
    """The file is whole, the store names it, and its report says why."""
    url = database_of(memory / "log.sqlite", noisy_chain(150))
    ran = train("--database", url, "--json")
    assert ran.exit_code == 0, ran.output
    document = json.loads(ran.stdout)
    assert document["published"], document
    assert document["trial"]["ci95"][0] > 0.0
    form = load_closed_form(memory / "log.sqlite.closed-form")
    assert form.report["difference"] == document["trial"]["difference"]
    engine = build_engine(load_settings(database_url=url))
    try:
        named = engine.storage.metadata(PUBLISHED_CLOSED_FORM)
        assert named is not None
        published = PublishedClosedForm.decoded(named)
        assert (memory / published.file) == memory / "log.sqlite.closed-form"
        assert published.position == form.position == engine.storage.latest_position()
    finally:
        engine.close()


def test_a_scorer_that_is_not_better_is_not_published(memory: Path) -> None:
    """On a ring the live ranking is right already: the answer says so, and nothing is written."""
    told = [(f"u{u}", f"i{(u + n) % 12}", n + u / 1000) for u in range(120) for n in range(8)]
    url = database_of(memory / "log.sqlite", told)
    ran = train("--database", url)
    assert ran.exit_code == 0, ran.output
    assert "960 events; 12 items with 100% of them take part; about 0.0 GB" in ran.stderr
    assert "Not shown to be better, so not published" in ran.stdout
    assert not list(memory.glob("*.closed-form"))
    engine = build_engine(load_settings(database_url=url))
    try:
        assert engine.storage.metadata(PUBLISHED_CLOSED_FORM) is None
    finally:
        engine.close()


def test_a_log_on_disk_is_trained_on_and_written_where_asked(memory: Path) -> None:
    """No database is touched; without --out the answer says how to keep the scorer."""
    folder = write_log(memory / "games", noisy_chain(150))
    ran = train(folder, "--out", memory / "scorer")
    assert ran.exit_code == 0, ran.output
    assert "Better, so published" in ran.stdout
    assert "chain3" in load_closed_form(memory / "scorer").item_ids
    without = train(folder)
    assert "name a file with --out" in without.stdout
    assert sorted(p.name for p in memory.iterdir()) == ["games", "scorer"]


def test_what_was_taken_back_is_not_trained_on(memory: Path) -> None:
    """Events undone, and events before a reset, are in the log and not in the training."""
    told = [(f"u{u}", f"i{n}", n + u / 100) for u in range(12) for n in range(6)]
    url = database_of(memory / "log.sqlite", told)
    engine = build_engine(load_settings(database_url=url))
    engine.undo("e0")
    engine.reset("u11", NOON + 20 * DAY)
    engine.close()
    ran = train("--database", url, "--json")
    assert json.loads(ran.stdout)["events"] == 12 * 6 - 1 - 6


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("games", "--database", "sqlite:///x.sqlite"), "Name one of them"),
        (("--format", "own"), "go with the path of a log"),
        (("--database", "memory://"), "--out FILE"),
        (("--database", "sqlite:///empty.sqlite"), "nothing to train on"),
        (("games", "--memory-limit-gb", "0"), "Raise --memory-limit-gb"),
    ],
)
def test_what_cannot_be_trained_says_the_way_out(
    memory: Path, arguments: tuple[str, ...], told: str
) -> None:
    """Wrong use ends with 2 and a message that helps."""
    write_log(memory / "games", noisy_chain(20))
    ran = train(*arguments)
    assert ran.exit_code == 2
    assert told in " ".join(ran.stderr.split())

"""The served models: they learn by the fold that serves and rank as people are served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from crowd.portraits import counted_slowly, portrait_of
from evaluation.small_logs import SCHEMA, Told, log_of, logs, problem_of, ring
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import DAY, NOON, HashedEncoder, make_item, open_engine, taste

from penchant.catalogue.vectors import build_vectors
from penchant.datasets.log import EventColumns
from penchant.domain.item import Item
from penchant.domain.record import Record
from penchant.evaluation.models import MODELS, Model, Problem
from penchant.evaluation.protocols import ProtocolSettings
from penchant.evaluation.run import Evaluation, EvaluationSettings, evaluate
from penchant.evaluation.served import SERVED_MODELS, ServedModel, ServedState
from penchant.ranking.blend import Blend, BlendConfig
from penchant.ranking.boosts import PersonalizationEngine
from penchant.ranking.for_you import ForYou
from penchant.ranking.moment import Moment
from penchant.ranking.scorers import DEFAULT_SCORERS
from penchant.storage.codec import taste_bytes
from penchant.taste.learner import Learner

GENRES = ("Medical", "Comedy", "Thriller")
ITEMS = [make_item(f"i{n:02}", genre=[GENRES[n % 3], "Drama"]) for n in range(16)]


def small_log() -> EventColumns:
    """Four people of different tastes; somebody changes their mind, somebody sends away.

    The first walks the items in the order of their ids, so that they are numbered alike everywhere.
    """
    rng = np.random.default_rng(5)
    told: list[Told] = [("guide", f"i{n:02}", n / 10) for n in range(12)]
    for person in range(4):
        walk = [n for n in rng.permutation(16).tolist() if n % 3 != person % 3][:7]
        for step, n in enumerate(walk):
            day = 2.0 + step + person / 10
            if step % 3 == 1:
                told.append((f"u{person}", f"i{n:02}", day, "rating", float(rng.integers(2, 10))))
            else:
                told.append((f"u{person}", f"i{n:02}", day, "dismiss" if step == 5 else "watched"))
        told.append((f"u{person}", f"i{walk[1]:02}", 20.0 + person, "rating", 9.0))
    log = log_of(*told)
    return EventColumns(
        log.user_ids, tuple(item.id for item in ITEMS), log.kinds, log.user, log.item, log.kind,
        log.value, log.at, log.number,
    )  # fmt: skip


def state_of(problem: Problem, *, fits: bool = False, for_you: ForYou | None = None) -> ServedState:
    """A served state whose vectors are made of hashed words."""
    vectors = build_vectors(problem.catalogue, HashedEncoder())
    learner = Learner(problem.catalogue, vectors, problem.signals)
    blend = Blend(PersonalizationEngine(), learner.config.interests, BlendConfig())
    served = for_you or ForYou(blend)
    return ServedState(
        problem.catalogue, vectors, learner, served, problem.user_ids, problem.item_ids, fits=fits
    )


def slices(log: EventColumns, cuts: Sequence[int]) -> list[EventColumns]:
    """The log in consecutive parts."""
    ends = [0, *sorted(cuts), len(log)]
    return [log.pick(np.arange(a, b)) for a, b in pairwise(ends) if a < b]


def records_of(log: EventColumns) -> list[Record]:
    return list(log.records(np.arange(len(log))))


# --- learning -----------------------------------------------------------------------------------


@settings(max_examples=60)
@given(log=logs(), cuts=st.lists(st.integers(0, 50), max_size=4), fits=st.booleans())
def test_profiles_and_crowd_are_those_of_the_fold(
    log: EventColumns, cuts: list[int], *, fits: bool
) -> None:
    """However the log is cut, and whether weights are fitted on the way, bit for bit."""
    state = state_of(problem_of(log), fits=fits)
    for part in slices(log, [min(cut, len(log)) for cut in cuts]):
        state.learn(part)
    for user, rows in log.by_user():
        name = log.user_ids[user]
        folded = state.learner.fold(name, log.records(rows))
        assert taste_bytes(state.profiles[name]) == taste_bytes(folded)
    assert portrait_of(state.crowd) == counted_slowly(records_of(log))


def test_profiles_are_those_of_an_engine() -> None:
    """What `evaluate` learns of a person is what a server would have stored of them."""
    log = small_log()
    state = state_of(problem_of(log, ITEMS))
    for part in slices(log, [9, 25]):
        state.learn(part)
    engine = open_engine(items=ITEMS)
    for record in records_of(log):
        assert record.feedback is not None
        assert engine.record(record.feedback).status == "recorded"
    for user_id in log.user_ids:
        assert taste_bytes(state.profiles[user_id]) == taste(engine, user_id)
    assert portrait_of(state.crowd) == portrait_of(engine.crowd)
    engine.close()


def test_the_order_is_that_of_an_engine() -> None:
    """The same candidates with the same scores as For You gives before it spreads its list."""
    log = small_log()
    state = state_of(problem_of(log, ITEMS))
    state.learn(log)
    now = float(log.at.max()) + 3_600.0
    engine = open_engine(items=ITEMS, now=now)
    engine.record_many([r.feedback for r in records_of(log) if r.feedback is not None])
    model = ServedModel(state)
    for user, user_id in enumerate(log.user_ids):
        scores = model.scores(user, now)
        candidates = [log.item_ids[n] for n in np.flatnonzero(np.isfinite(scores)).tolist()]
        page = engine.recommend(user_id, 16, now=now).recommendations
        served = {result.item.id: result.personalized_score for result in page}
        assert sorted(served) == sorted(candidates)
        by_id = dict(zip(log.item_ids, scores.tolist(), strict=True))
        assert {i: by_id[i] for i in served} == pytest.approx(served, abs=1e-12)
        best_first = sorted(candidates, key=lambda item_id: (-by_id[item_id], item_id))
        ranks = {item_id: engine.explain(user_id, item_id, now=now).rank for item_id in candidates}
        assert [ranks[item_id] for item_id in best_first] == list(range(1, len(candidates) + 1))
    engine.close()


def test_a_slice_is_learned_once_though_models_share_the_state() -> None:
    """A protocol teaches every model; the people and the crowd have done everything once."""
    log = small_log()
    problem = problem_of(log, ITEMS)
    shared = problem.shared(state_of)
    models = [ServedModel(shared, name) for name in ("penchant", "transitions", "popularity")]
    for part in slices(log, [9, 25]):
        for model in models:
            model.learn(part)
    assert portrait_of(shared.crowd) == counted_slowly(records_of(log))
    assert shared.profiles["guide"].counts == {"watched": 12}
    assert len(shared._recall("guide")) == 12


def hashed_factory(name: str) -> object:
    return lambda problem: ServedModel(problem.shared(state_of), name)


def run(
    log: EventColumns,
    names: Sequence[str],
    protocol: ProtocolSettings,
    items: Sequence[Item] = ITEMS,
    weights: Path | None = None,
    factories: object = None,
) -> Evaluation:
    """An evaluation whose served models take vectors of hashed words."""
    made = factories or {name: hashed_factory(name) for name in SERVED_MODELS}
    chosen = EvaluationSettings(protocol, weights=weights)
    return evaluate("small", log, SCHEMA, items, names, chosen, factories=made)  # type: ignore[arg-type]


@pytest.mark.parametrize("protocol", ["leave-one-out", "replay"])
def test_a_model_gets_the_same_figures_alone_and_in_company(protocol: str) -> None:
    """Sharing a state changes nothing, not even beside own weights, which relearn people."""
    names = ("penchant", "penchant-own-weights", "transitions", "facets", "recent", "trend")
    settings_asked = ProtocolSettings(protocol)  # type: ignore[arg-type]
    together = run(small_log(), names, settings_asked)
    for model in together.models:
        (alone,) = run(small_log(), [model.name], settings_asked).models
        assert alone.metrics == model.metrics, model.name


# --- asking -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SERVED_MODELS)
def test_replay_asks_before_anything_is_learned(name: str) -> None:
    """The first lists are a stranger's: finite for every item, whichever model is asked."""
    log = small_log()
    model = ServedModel(state_of(problem_of(log, ITEMS)), name)
    scores = model.scores(0, NOON)
    assert scores.shape == (16,)
    assert np.isfinite(scores).all()
    found = run(log, [name], ProtocolSettings("replay"))
    assert found.lists > 0
    assert found.weights is None


@dataclass
class Witness:
    """A scorer that has nothing to say and remembers what could be known when it was asked."""

    name: str = "witness"
    side: str = "model"
    seen: list[tuple[float, frozenset[str], frozenset[str]]] = field(default_factory=list)

    def scores(self, moment: Moment) -> None:
        """Remember when, what the person had a verdict on, and what the crowd had met."""
        verdicts = () if moment.reading is None else moment.reading.profile.verdicts.values()
        crowd, always = moment.crowd, moment.now + 1_000 * DAY
        assert crowd is not None
        met = frozenset(i for i in crowd.columns if crowd.turned_to(i, always))
        self.seen.append((moment.now, frozenset(v.item_id for v in verdicts), met))


def secret_log() -> EventColumns:
    """Each person walks a ring and then meets two items that nobody else ever meets."""
    walked = ring(people=6, items=10, length=6)
    told: list[Told] = [
        (walked.user_ids[u], walked.item_ids[i], (at - NOON) / DAY)
        for u, i, at in zip(walked.user, walked.item, walked.at, strict=True)
    ]
    for person in range(6):
        told.append((f"u{person}", f"second-{person}", 20.0 + person / 100))
        told.append((f"u{person}", f"target-{person}", 30.0 + person / 100))
    return log_of(*told)


def test_replay_asks_with_what_came_before_only() -> None:
    """At each list the person and the crowd know what had happened by then, and no more."""
    log, witness = secret_log(), Witness()
    blend = Blend(PersonalizationEngine(), state_of(problem_of(log)).learner.config.interests)
    for_you = ForYou(blend, (*DEFAULT_SCORERS, witness))  # type: ignore[arg-type]
    factories = {"penchant": lambda p: ServedModel(state_of(p, for_you=for_you))}
    run(log, ["penchant"], ProtocolSettings("replay"), (), factories=factories)
    assert witness.seen[0][1:] == (frozenset(), frozenset())
    for now, verdicts, met in witness.seen:
        happened = {log.item_ids[i] for i, at in zip(log.item, log.at, strict=True) if at < now}
        assert met == happened
        assert verdicts <= happened


def test_fitting_never_sees_the_target_nor_what_it_asks_about() -> None:
    """It asks about second-to-last events, before they are learned; targets are learned never."""
    log, witness = secret_log(), Witness()
    blend = Blend(PersonalizationEngine(), state_of(problem_of(log)).learner.config.interests)
    for_you = ForYou(blend, (*DEFAULT_SCORERS, witness))  # type: ignore[arg-type]

    def factory(problem: Problem) -> Model:
        assert problem.fits
        return ServedModel(state_of(problem, fits=problem.fits, for_you=for_you))

    found = run(
        log, ["penchant"], ProtocolSettings("leave-one-out"), (), factories={"penchant": factory}
    )
    assert found.weights is not None
    assert found.weights.report["questions"] == 6
    fitting, contest = witness.seen[:6], witness.seen[6:]
    assert len(contest) == 6
    assert {round((now - NOON) / DAY) for now, _, _ in fitting} == {20}
    for _, verdicts, met in fitting:
        known = verdicts | met
        assert not [item_id for item_id in known if item_id.startswith(("second", "target"))]
    assert {round((now - NOON) / DAY) for now, _, _ in contest} == {30}
    for _, verdicts, met in contest:
        assert not [item_id for item_id in verdicts | met if item_id.startswith("target")]
        assert sum(item_id.startswith("second") for item_id in met) == 6


def test_weights_of_ones_own_are_served_and_nothing_is_fitted(tmp_path: Path) -> None:
    """`--weights` decides the order, and the report has no weights to save."""
    path = tmp_path / "weights.json"
    model = '{"popularity": 0, "quality": 0, "transitions": 1, "trend": 0, "freshness": 0}'
    personal = '{"facets": 0, "embedding": 0, "interests": 0, "recent": 0, "time_of_day": 0}'
    path.write_text(
        f'{{"version": 1, "personal": {personal}, "model": {model}, "report": {{}}}}', "utf-8"
    )
    protocol = ProtocolSettings("leave-one-out")
    log = ring(people=10, items=12, length=8)
    names = ["penchant", "transitions"]
    given_weights = run(log, names, protocol, (), path, MODELS)
    assert given_weights.weights is None
    served, alone = (model.metrics["ndcg"].value for model in given_weights.models)
    assert served == alone == 1.0
    assert run(log, ["transitions"], protocol, (), None, MODELS).weights is not None


def test_people_with_a_short_history_make_no_questions() -> None:
    """People with fewer than four events are learned from and not asked about."""
    log = log_of(*((f"u{p}", f"i{p + n}", float(n)) for p in range(5) for n in range(3)))
    state = state_of(problem_of(log), fits=True)
    state.learn(log)
    assert state.fitted is None
    assert portrait_of(state.crowd) == counted_slowly(records_of(log))


# --- own weights --------------------------------------------------------------------------------


@settings(max_examples=60)
@given(log=logs())
def test_asking_for_own_weights_leaves_the_state_as_it_was(log: EventColumns) -> None:
    """The person is unlearned and learned again: afterwards nobody can tell."""
    state = state_of(problem_of(log))
    state.learn(log)
    before = {name: taste_bytes(profile) for name, profile in state.profiles.items()}
    for user, name in enumerate(log.user_ids):
        state.own_weights(user)
        assert taste_bytes(state.profiles[name]) == before[name]
    assert portrait_of(state.crowd) == counted_slowly(records_of(log))


def test_own_weights_ask_each_choice_before_it_is_learned() -> None:
    """One lesson for each of the last twenty welcome events that met a taste, none from itself."""
    told: list[Told] = [("mina", f"i{n:02}", float(n)) for n in range(40)]
    told += [("mina", "i40", 41.0, "hate"), ("jun", "i41", 1.0)]
    log, witness = log_of(*told), Witness()
    problem = problem_of(log)
    blend = Blend(PersonalizationEngine(), state_of(problem).learner.config.interests)
    state = state_of(problem, for_you=ForYou(blend, (*DEFAULT_SCORERS, witness)))  # type: ignore[arg-type]
    state.learn(log)
    assert state.own_weights(0).lessons == 20
    assert len(witness.seen) == 20
    for asked, (now, verdicts, met) in enumerate(witness.seen, start=20):
        assert now == NOON + DAY * asked
        assert verdicts == {f"i{n:02}" for n in range(asked)}
        assert met == verdicts | {"i41"}
    assert state.own_weights(1).lessons == 0

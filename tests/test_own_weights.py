"""Own weights end to end: lists are shown, choices are made, and the scorers are weighed anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import exp
from pathlib import Path
from typing import Any

import pytest
from worlds import LATER, NOON, make_item, open_engine

from penchant.domain.feedback import Feedback, FeedbackContext
from penchant.domain.impression import Impression
from penchant.domain.item import Item
from penchant.domain.profile import UserProfile
from penchant.engine import Engine
from penchant.own_weights import OwnWeightsReader
from penchant.ranking.weights import DEFAULT_WEIGHTS

GENRES = ("Medical", "Comedy", "Thriller", "Historical", "Romance")


def shelf(count: int = 60) -> list[Item]:
    """The newer an item is, the fewer have rated it; how good it is, is another matter."""
    items = []
    for n in range(count):
        made = make_item(f"d{n:02}", f"Drama {n:02}", genre=[GENRES[n % 5]])
        items.append(
            Item(
                made.id, made.title, year=1966 + n, facets=made.facets,
                rating=6.0 + (n * 7 % 30) / 10, rating_count=20_000 - 300 * n,
            )
        )  # fmt: skip
    return items


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine on the shelf, with own weights as they are by default."""
    opened = open_engine(items=shelf())
    yield opened
    opened.close()


def choose(
    engine: Engine,
    item_id: str,
    impression_id: str | None,
    *,
    user_id: str = "mina",
    kind: str = "watched",
    value: float | None = None,
    number: int = 0,
) -> str:
    """Record what somebody did with an item of a list; returns the event id."""
    event_id = f"{user_id}-choice-{number}"
    context = FeedbackContext(impression_id=impression_id)
    at = NOON + 60.0 * number
    receipt = engine.record(Feedback(event_id, user_id, item_id, kind, at, value, context))
    assert receipt.status == "recorded"
    return event_id


def show(
    engine: Engine,
    impression_id: str,
    ranks: Mapping[str, Sequence[int]],
    *,
    user_id: str = "mina",
    items: Sequence[str] = ("d00", "d01"),
) -> None:
    """Put a list with these ranks into the store, as if it had been shown."""
    held = {name: tuple(given) for name, given in ranks.items()}
    engine.storage.put_impressions(
        [Impression(impression_id, user_id, NOON, "for_you", tuple(items), held)]
    )


def ids(engine: Engine, user_id: str | None, top_n: int = 20, **asked: Any) -> list[str]:
    return [r.item.id for r in engine.recommend(user_id, top_n, **asked).recommendations]


def choose_newest(engine: Engine, times: int, user_id: str = "mina") -> list[str]:
    """Look at the list, take its newest item, again and again; returns the event ids."""
    events = []
    for number in range(times):
        listed = engine.recommend(user_id, 20)
        newest = max(r.item.id for r in listed.recommendations)
        events.append(choose(engine, newest, listed.impression_id, user_id=user_id, number=number))
    assert engine.impressions.flush(30.0)
    return events


# --- what one choice teaches --------------------------------------------------------------------


def test_one_choice_worked_by_hand(engine: Engine) -> None:
    """Rank 1 and 3: rewards 1 and .5 around .75, factors exp(+-.025), mixed by 1/21."""
    show(engine, "i-1", {"quality": [1, 2], "popularity": [3, 1]})
    choose(engine, "d00", "i-1")
    learned = engine.scorer_weights("mina")
    assert learned.lessons == 1
    assert dict(learned.factors) == pytest.approx(
        {"quality": 1 + (exp(0.025) - 1) / 21, "popularity": 1 + (exp(-0.025) - 1) / 21}
    )
    assert learned.weights.model("quality") == pytest.approx(
        DEFAULT_WEIGHTS.model("quality") * (1 + (exp(0.025) - 1) / 21)
    )


def test_the_ranks_are_those_of_the_chosen_item(engine: Engine) -> None:
    """The second item of the list teaches by the second ranks."""
    show(engine, "i-1", {"quality": [1, 3], "popularity": [3, 1]})
    choose(engine, "d01", "i-1")
    assert engine.scorer_weights("mina").factors["popularity"] > 1.0


def test_what_was_shown_is_what_every_scorer_thought(engine: Engine) -> None:
    """The impression of a list holds its items and, for each, the rank by each scorer alone."""
    listed = engine.recommend(None, 60)
    assert listed.impression_id is not None
    assert engine.impressions.flush(30.0)
    shown = engine.storage.impressions([listed.impression_id])[listed.impression_id]
    assert shown.user_id == ""
    assert shown.row == "for_you"
    assert shown.at == LATER
    assert list(shown.item_ids) == [r.item.id for r in listed.recommendations]
    assert set(shown.ranks) == {"popularity", "quality", "freshness"}
    by_name = dict(zip(shown.item_ids, shown.ranks["popularity"], strict=True))
    assert by_name == {f"d{n:02}": n + 1 for n in range(60)}
    newest_first = dict(zip(shown.item_ids, shown.ranks["freshness"], strict=True))
    assert newest_first["d59"] == 1
    assert newest_first["d00"] == 60


def test_the_facets_stand_as_one_scorer(engine: Engine) -> None:
    """As in the weights: a person's list is remembered with `facets`, not with `genre`."""
    choose(engine, "d05", None)
    listed = engine.recommend("mina", 5)
    assert engine.impressions.flush(30.0)
    (shown,) = engine.storage.impressions_of("mina")
    assert shown.impression_id == listed.impression_id
    assert {"facets", "embedding", "interests", "recent", "quality"} <= set(shown.ranks)
    assert not {"genre", "actor", "theme", "director"} & set(shown.ranks)
    assert all(len(ranks) == 5 for ranks in shown.ranks.values())


# --- what many choices do -----------------------------------------------------------------------


def test_who_keeps_choosing_the_newest_gets_that_scorer_weighed_up() -> None:
    """It counts more, popularity less; the list differs from the one without own weights."""
    on, off = open_engine(items=shelf()), open_engine(items=shelf(), own_weights=False)
    for chosen in choose_newest(on, 25):
        record = on.storage.find(chosen)
        assert record is not None
        assert record.feedback is not None
        off.record(record.feedback)
    off.storage.put_impressions(on.storage.impressions_of("mina"))
    learned = on.scorer_weights("mina")
    assert learned.lessons == 25
    assert learned.factors["freshness"] == max(learned.factors.values()) > 1.05
    assert learned.factors["popularity"] == min(learned.factors.values()) < 0.99
    # Switched off they are still learned and can be seen; nobody's list goes by them.
    assert off.scorer_weights("mina").factors == learned.factors
    with_own, without = on.recommend("mina", 35), off.recommend("mina", 35)
    assert with_own.weights["freshness"] > without.weights["freshness"]
    assert with_own.weights["popularity"] < without.weights["popularity"]
    assert ids(on, "mina", 35) != ids(off, "mina", 35)

    def mean_year(answer_ids: list[str]) -> float:
        return sum(int(item_id[1:]) for item_id in answer_ids) / len(answer_ids)

    assert mean_year(ids(on, "mina", 10)) >= mean_year(ids(off, "mina", 10))
    on.close()
    off.close()


def test_own_weights_are_ones_own(engine: Engine) -> None:
    """Nobody else's list changes, and the anonymous list of the person is everybody's."""
    before = {user: ids(engine, user) for user in (None, "jun")}
    choose_newest(engine, 5)
    after = {user: ids(engine, user) for user in (None, "jun")}
    # The crowd has learned of five views, so compare with each other, not over time.
    assert before[None] == before["jun"]
    assert after[None] == after["jun"] == ids(engine, "mina", 20, personalize=0.0)
    assert engine.scorer_weights("jun").lessons == 0


def test_reasons_still_sum_and_explain_agrees(engine: Engine) -> None:
    """With own weights the score of the list and of `explain` are one, and a sum of reasons."""
    choose_newest(engine, 8)
    for result in engine.recommend("mina", 10).recommendations:
        told = sum(reason.contribution for reason in result.explanations)
        assert told == pytest.approx(result.personalized_score, abs=1e-9)
        explained = engine.explain("mina", result.item.id).recommendation
        assert explained is not None
        assert explained.personalized_score == pytest.approx(result.personalized_score, abs=1e-12)


# --- what teaches nothing -----------------------------------------------------------------------


def test_somebody_elses_list_teaches_nothing(engine: Engine) -> None:
    """Neither another person's impression nor one that was shown to nobody in particular."""
    show(engine, "i-jun", {"quality": [1, 2], "popularity": [3, 1]}, user_id="jun")
    show(engine, "i-nobody", {"quality": [1, 2], "popularity": [3, 1]}, user_id="")
    choose(engine, "d00", "i-jun")
    choose(engine, "d01", "i-nobody", number=1)
    assert engine.scorer_weights("mina").lessons == 0
    assert engine.scorer_weights("jun").lessons == 0


@pytest.mark.parametrize(
    ("kind", "value"), [("hate", None), ("dismiss", None), ("skip", None), ("rating", 4.0)]
)
def test_what_was_turned_down_teaches_nothing(
    engine: Engine, kind: str, value: float | None
) -> None:
    """Only a welcome choice is a reason to trust who placed it high."""
    show(engine, "i-1", {"quality": [1, 2], "popularity": [3, 1]})
    choose(engine, "d00", "i-1", kind=kind, value=value)
    assert engine.scorer_weights("mina").lessons == 0


def test_a_choice_from_elsewhere_teaches_nothing(engine: Engine) -> None:
    """Without an impression, with an item that was not in it, with an id nobody gave out."""
    show(engine, "i-1", {"quality": [1, 2], "popularity": [3, 1]})
    choose(engine, "d00", None)
    choose(engine, "d30", "i-1", number=1)
    choose(engine, "d31", "i-made-up", number=2)
    assert engine.scorer_weights("mina").lessons == 0


def test_one_item_is_one_lesson(engine: Engine) -> None:
    """A click, a rating and another click from a later list: the newest counts, once."""
    show(engine, "i-1", {"quality": [1, 2], "popularity": [3, 1]})
    show(engine, "i-2", {"quality": [3, 2], "popularity": [1, 1]})
    choose(engine, "d00", "i-1", kind="click")
    choose(engine, "d00", "i-1", kind="rating", value=9.0, number=1)
    choose(engine, "d00", "i-2", kind="click", number=2)
    learned = engine.scorer_weights("mina")
    assert learned.lessons == 1
    assert learned.factors["popularity"] > 1.0 > learned.factors["quality"]


# --- taking back --------------------------------------------------------------------------------


def test_undoing_the_choice_unlearns_it(engine: Engine) -> None:
    """Weights and list are those of somebody who never made it."""
    show(engine, "i-1", {"quality": [1, 2], "popularity": [3, 1]})
    show(engine, "i-2", {"quality": [1, 2], "popularity": [30, 1]}, items=("d02", "d03"))
    choose(engine, "d00", "i-1")
    before, listed = engine.scorer_weights("mina"), engine.recommend("mina", 20)
    second = choose(engine, "d02", "i-2", number=1)
    assert engine.scorer_weights("mina").lessons == 2
    engine.undo(second)
    assert engine.scorer_weights("mina") == before
    again = engine.recommend("mina", 20)
    assert dict(again.weights) == dict(listed.weights)
    assert again.recommendations == listed.recommendations


def test_a_reset_starts_the_weights_anew_too(engine: Engine) -> None:
    """What was chosen before it is no longer a lesson; taking the reset back brings it back."""
    show(engine, "i-1", {"quality": [1, 2], "popularity": [3, 1]})
    choose(engine, "d00", "i-1")
    reset = engine.reset("mina")
    assert engine.scorer_weights("mina").lessons == 0
    engine.undo(reset.event_id)
    assert engine.scorer_weights("mina").lessons == 1


# --- on the way and elsewhere -------------------------------------------------------------------


def test_an_impression_on_its_way_is_not_missing_for_ever(engine: Engine) -> None:
    """The choice may arrive before what was shown is stored; the lesson comes with the latter."""
    show(engine, "i-1", {"quality": [1, 2], "popularity": [3, 1]})
    choose(engine, "d00", "i-1")
    choose(engine, "d02", "i-2", number=1)
    for _ in range(2):
        assert engine.scorer_weights("mina").lessons == 1
    show(engine, "i-2", {"quality": [1, 2], "popularity": [3, 1]}, items=("d02", "d03"))
    assert engine.scorer_weights("mina").lessons == 2


def test_weights_are_remembered_until_the_person_does_something(engine: Engine) -> None:
    """Asking again reads nothing; the next event is known at once."""

    class Counted:
        def __init__(self) -> None:
            self.reads = 0

        def records_of(self, user_id: str) -> Any:
            self.reads += 1
            return engine.storage.records_of(user_id)

        def impressions(self, named: Sequence[str]) -> Any:
            return engine.storage.impressions(named)

    counted = Counted()
    reader = OwnWeightsReader(
        counted,  # type: ignore[arg-type]
        engine.snapshot.learner.signals,
        DEFAULT_WEIGHTS,
    )

    def profile() -> UserProfile:
        return engine.journal.profile("mina")

    show(engine, "i-1", {"quality": [1, 2], "popularity": [3, 1]})
    choose(engine, "d00", "i-1")
    first = reader.of(profile())
    assert reader.of(profile()) == first
    assert counted.reads == 1
    choose(engine, "d01", "i-1", number=1)
    assert reader.of(profile()).lessons == 2
    assert counted.reads == 2


def test_a_choice_is_known_to_every_process(tmp_path: Path) -> None:
    """What one engine shows and another records is in the weights of both."""
    url = f"sqlite:///{tmp_path / 'shared.sqlite'}"
    one = open_engine(url, shelf())
    other = open_engine(url)
    listed = one.recommend("mina", 20)
    assert one.impressions.flush(30.0)
    assert other.scorer_weights("mina").lessons == 0
    choose(other, listed.recommendations[0].item.id, listed.impression_id)
    assert one.scorer_weights("mina").lessons == 1
    assert other.scorer_weights("mina") == one.scorer_weights("mina")
    one.close()
    other.close()


# --- erasing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_erasing_leaves_no_list_behind(store: str, tmp_path: Path) -> None:
    """Also one that was shown a moment ago, and the count says how many went."""
    url = "memory://" if store == "memory" else f"sqlite:///{tmp_path / 'erase.sqlite'}"
    engine = open_engine(url, shelf())
    for user in ("mina", "jun"):
        engine.recommend(user, 5)
    engine.recommend("mina", 5)
    assert engine.erase("mina")["impressions"] == 2
    assert list(engine.storage.impressions_of("mina")) == []
    assert len(engine.storage.impressions_of("jun")) == 1
    assert engine.export("mina")[2] == []
    engine.close()


def test_events_cannot_bring_an_erased_list_back(engine: Engine) -> None:
    """An old page that is still open names a list that is gone: the event counts, no lesson."""
    listed = engine.recommend("mina", 5)
    chosen = listed.recommendations[0].item.id
    choose(engine, chosen, listed.impression_id)
    engine.erase("mina")
    choose(engine, chosen, listed.impression_id, number=1)
    assert engine.impressions.flush(30.0)
    assert list(engine.storage.impressions_of("mina")) == []
    assert engine.scorer_weights("mina").lessons == 0
    assert dict(engine.journal.profile("mina").counts) == {"watched": 1}


def test_who_was_erased_starts_with_the_global_weights(engine: Engine) -> None:
    """Nothing learned before comes back, however the versions of the new profile count."""
    show(engine, "i-1", {"quality": [1, 2], "popularity": [3, 1]})
    choose(engine, "d00", "i-1")
    assert engine.scorer_weights("mina").lessons == 1
    engine.erase("mina")
    choose(engine, "d30", None, number=1)
    assert engine.scorer_weights("mina").lessons == 0
    assert dict(engine.scorer_weights("mina").factors) == {}

"""The seeds' worked numbers, one verdict per item, and undo that means undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import DAY, NOON, make_item, make_learner

from penchant.domain.feedback import Feedback, FeedbackType
from penchant.domain.profile import UserProfile
from penchant.domain.record import Record, RecordType, Statement, StatementAction
from penchant.storage.codec import taste_bytes
from penchant.taste.learner import Learner

MEDICAL = [make_item(f"medical-{n}", genre=["Medical"]) for n in range(8)]
MIXED = [
    make_item("cast", actor=["Jo Jung-suk", "B", "C", "D", "E", "F"], genre=["Medical"]),
    make_item("cast-2", actor=["Jo Jung Suk"], director=["Shin Won Ho", "Kim Two"]),
    make_item("both", theme=["Emotional", "emotional"], genre=["Life"]),
    make_item("thriller", genre=["Thriller"]),
]
Make = Callable[..., Record]


@pytest.fixture(scope="module")
def learner() -> Learner:
    return make_learner([*MEDICAL, *MIXED])


def preference(profile: UserProfile, facet: str, key: str) -> float:
    return profile.preferences[facet][key].value


def fold(learner: Learner, *records: Record) -> UserProfile:
    return learner.fold("mina", records)


def test_watching_lifts_a_genre_from_neutral_to_sixty(learner: Learner, event: Make) -> None:
    profile = fold(learner, event("watched", "medical-0"))
    assert preference(profile, "genre", "medical") == pytest.approx(0.60)


def test_three_ratings_of_nine_give_the_seeds_numbers(learner: Learner, event: Make) -> None:
    """4.5 of 5 is 9 of 10: .58, .644, .6952."""
    records = [event("rating", f"medical-{n}", 9.0, at=NOON) for n in range(3)]
    values = [preference(fold(learner, *records[: n + 1]), "genre", "medical") for n in range(3)]
    assert values == pytest.approx([0.58, 0.644, 0.6952])


def test_two_full_ratings_give_sixty_eight(learner: Learner, event: Make) -> None:
    records = [event("rating", f"medical-{n}", 10.0, at=NOON) for n in range(2)]
    assert preference(fold(learner, records[0]), "genre", "medical") == pytest.approx(0.6)
    assert preference(fold(learner, *records), "genre", "medical") == pytest.approx(0.68)


def test_a_click_is_a_weak_positive_and_never_a_negative(learner: Learner, event: Make) -> None:
    profile = fold(learner, event("click", "medical-0"))
    assert preference(profile, "genre", "medical") == pytest.approx(0.53)


@pytest.mark.parametrize("kind", ["watchlist_remove", "dismiss", "dislike", "hate", "skip"])
def test_turning_an_item_down_lowers_its_genre(learner: Learner, event: Make, kind: str) -> None:
    assert preference(fold(learner, event(kind, "medical-0")), "genre", "medical") < 0.5


def test_a_middling_rating_never_lowers_what_is_liked(learner: Learner, event: Make) -> None:
    liked = [event("watched", f"medical-{n}", at=NOON) for n in range(4)]
    before = preference(fold(learner, *liked), "genre", "medical")
    after = fold(learner, *liked, event("rating", "medical-5", 6.0, at=NOON))
    assert before > 0.6
    assert preference(after, "genre", "medical") == pytest.approx(before)


def test_a_theme_that_stands_twice_is_learned_once(learner: Learner, event: Make) -> None:
    profile = fold(learner, event("watched", "both"))
    assert preference(profile, "theme", "emotional") == pytest.approx(0.60)


def test_the_lead_teaches_more_than_the_fifth_name_and_the_sixth_nothing(
    learner: Learner, event: Make
) -> None:
    profile = fold(learner, event("watched", "cast"))
    actors = profile.preferences["actor"]
    assert actors["jojungsuk"].value == pytest.approx(0.5 + 0.2 * 1.0 * 0.5)
    assert actors["b"].value == pytest.approx(0.5 + 0.2 * 0.8 * 0.5)
    assert actors["e"].value == pytest.approx(0.5 + 0.2 * 0.5 * 0.5)
    assert "f" not in actors


def test_spelling_of_a_name_does_not_split_a_person(learner: Learner, event: Make) -> None:
    profile = fold(learner, event("watched", "cast", at=NOON), event("watched", "cast-2", at=NOON))
    assert preference(profile, "actor", "jojungsuk") == pytest.approx(0.68)
    assert {"shinwonho", "kimtwo"} == set(profile.preferences["director"])


def test_twenty_clicks_on_one_item_are_one_click(learner: Learner, event: Make) -> None:
    once = fold(learner, event("click", "medical-0", at=NOON))
    often = fold(learner, *[event("click", "medical-0", at=NOON) for _ in range(20)])
    assert often.preferences == once.preferences


def test_a_changed_rating_replaces_the_old_one(learner: Learner, event: Make) -> None:
    first, second = event("rating", "medical-0", 2.0), event("rating", "medical-0", 10.0)
    assert fold(learner, first, second).preferences == fold(learner, second).preferences


def test_a_click_after_watching_changes_no_taste(learner: Learner, event: Make) -> None:
    watched = event("watched", "medical-0")
    assert (
        fold(learner, watched, event("click", "medical-0")).preferences
        == fold(learner, watched).preferences
    )


def test_a_dismissal_replaces_a_click_and_a_later_save_takes_it_back(
    learner: Learner, event: Make
) -> None:
    clicked, dismissed = event("click", "medical-0"), event("dismiss", "medical-0")
    assert preference(fold(learner, clicked, dismissed), "genre", "medical") < 0.5
    saved = event("watchlist_add", "medical-0")
    assert preference(fold(learner, clicked, dismissed, saved), "genre", "medical") > 0.5


def test_removing_from_the_list_after_watching_says_nothing(learner: Learner, event: Make) -> None:
    watched = event("watched", "medical-0")
    removed = fold(learner, watched, event("watchlist_remove", "medical-0"))
    assert preference(removed, "genre", "medical") == pytest.approx(0.6)


def test_a_barely_started_item_left_for_two_weeks_counts_mildly_against(
    learner: Learner, event: Make
) -> None:
    started = event("watch_progress", "thriller", 0.1, at=NOON)
    soon = event("click", "medical-0", at=NOON + 2 * DAY)
    late = event("click", "medical-1", at=NOON + 15 * DAY)
    assert preference(fold(learner, started, soon), "genre", "thriller") > 0.5
    assert preference(fold(learner, started, soon, late), "genre", "thriller") < 0.5


def test_a_low_rating_by_a_generous_rater_says_not_for_me(learner: Learner, event: Make) -> None:
    """Five nines make a mean; a 6 lies more than a deviation below it: its target is at most .4."""
    nines = [event("rating", f"medical-{n}", 9.0, at=NOON) for n in range(6)]
    six = event("rating", "thriller", 6.0, at=NOON)
    assert preference(fold(learner, *nines, six), "genre", "thriller") == pytest.approx(0.48)
    assert preference(fold(learner, six), "genre", "thriller") == pytest.approx(0.52)


def test_two_likes_count_alike_and_a_hate_pushes_away(learner: Learner, event: Make) -> None:
    """Section 6: like a, like b -> equal cosines; hate c -> a negative cosine."""
    items = {name: learner.catalogue.row_of[name] for name in ("medical-0", "both", "thriller")}
    a, b, c = (learner.vectors.centred[row].astype(float) for row in items.values())
    likes = [event("like", "medical-0"), event("like", "both")]
    user = fold(learner, *likes).vector
    assert user is not None
    assert user @ a == pytest.approx(user @ b)
    assert user @ a > 0.5
    user = fold(learner, *likes, event("hate", "thriller")).vector
    assert user is not None
    assert user @ c < 0.0


def test_the_first_five_count_alike_and_the_twentieth_still_moves(event: Make) -> None:
    items = [make_item(f"m{n}") for n in range(20)]
    learner = make_learner(items)
    vectors = [learner.vectors.centred[learner.catalogue.row_of[i.id]] for i in items]
    likes = [event("like", item.id) for item in items]
    five = fold(learner, *likes[:5]).vector
    assert five is not None
    assert [five @ v for v in vectors[:5]] == pytest.approx([1 / np.sqrt(5)] * 5)
    twenty = fold(learner, *likes).vector
    assert twenty is not None
    assert twenty @ vectors[19] > 0.1


def test_two_tastes_stay_two_interests(learner: Learner, event: Make) -> None:
    profile = fold(learner, event("like", "medical-0"), event("like", "thriller"))
    assert [interest.item_ids for interest in profile.interests] == [("medical-0",), ("thriller",)]


def test_forgetting_drops_the_evidence_before_it_only(learner: Learner, event: Make) -> None:
    before, after = event("watched", "medical-0", at=NOON), event("watched", "medical-1", at=NOON)
    forget = Statement("s1", "mina", StatementAction.FORGET, "genre", "medical", NOON)
    said = Record(RecordType.STATEMENT, "s1", "mina", NOON, before.position, statement=forget)
    later = replace(after, position=after.position + 10)
    assert preference(fold(learner, before, said, later), "genre", "medical") == pytest.approx(0.6)


def test_a_reset_starts_the_fold_anew_and_can_be_taken_back(learner: Learner, event: Make) -> None:
    watched = event("watched", "medical-0")
    reset = Record(RecordType.RESET, "r1", "mina", NOON, watched.position + 1)
    assert fold(learner, watched, reset).is_new
    undone = replace(reset, retracted=True)
    assert taste_bytes(fold(learner, watched, undone)) == taste_bytes(fold(learner, watched))


KINDS = st.sampled_from(
    [k for k in FeedbackType if k not in {"rating", "watch_progress", "dwell", "scroll"}]
)
VALUED = st.one_of(
    st.tuples(st.just("rating"), st.integers(0, 20).map(lambda n: n / 2)),
    st.tuples(st.just("watch_progress"), st.sampled_from([0.05, 0.2, 0.6, 1.0])),
    st.tuples(st.just("dwell"), st.sampled_from([5.0, 120.0, 900.0])),
)
STEPS = st.tuples(
    st.one_of(st.tuples(KINDS, st.none()), VALUED),
    st.sampled_from([item.id for item in [*MEDICAL[:3], *MIXED]]),
    st.integers(0, 60).map(lambda days: NOON + days * DAY / 2),
)


def log_of(steps: list[tuple[tuple[str, float | None], str, float]]) -> list[Record]:
    records = []
    for position, ((kind, value), item_id, at) in enumerate(steps, start=1):
        name = f"e{position}"
        feedback = Feedback(name, "mina", item_id, kind, at, value)
        records.append(Record(RecordType.FEEDBACK, name, "mina", at, position, feedback=feedback))
    return records


@given(steps=st.lists(STEPS, min_size=1, max_size=25), data=st.data())
def test_a_log_minus_an_event_equals_the_log_that_never_had_it(
    learner: Learner,
    steps: list[tuple[tuple[str, float | None], str, float]],
    data: st.DataObject,
) -> None:
    """Undo, bit for bit: the retracted log and the log without the event fold to the same bytes."""
    records = log_of(steps)
    victim = data.draw(st.integers(0, len(records) - 1))
    retracted = [replace(r, retracted=True) if i == victim else r for i, r in enumerate(records)]
    never_had = records[:victim] + records[victim + 1 :]
    assert taste_bytes(fold(learner, *retracted)) == taste_bytes(fold(learner, *never_had))


@given(steps=st.lists(STEPS, min_size=1, max_size=25))
def test_learning_one_by_one_equals_folding_the_whole_log(
    learner: Learner, steps: list[tuple[tuple[str, float | None], str, float]]
) -> None:
    """Whatever the order of arrival, incremental learning and a refold give the same bytes.

    A profile that was learned from stays as it was.
    """
    records = log_of(steps)
    profile = learner.fold("mina", [])
    for count, record in enumerate(records, start=1):
        before = taste_bytes(profile)
        learned = learner.learn(profile, record)
        assert taste_bytes(profile) == before
        profile = learned or learner.fold("mina", records[:count])
    assert taste_bytes(profile) == taste_bytes(learner.fold("mina", records))


@given(steps=st.lists(STEPS, max_size=40))
def test_every_preference_stays_between_nought_and_one(
    learner: Learner, steps: list[tuple[tuple[str, float | None], str, float]]
) -> None:
    profile = fold(learner, *log_of(steps))
    values = [s.value for states in profile.preferences.values() for s in states.values()]
    assert all(0.0 <= value <= 1.0 for value in values)

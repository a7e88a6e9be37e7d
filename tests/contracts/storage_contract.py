"""What every Storage does."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from contracts.examples import add_one, item, pin, profile, rating, reset, retraction
from contracts.profile_store_contract import same

from penchant.domain.impression import Impression
from penchant.domain.protocols import Storage, Transaction
from penchant.domain.record import Record, RecordType
from penchant.errors import (
    EventConflict,
    InvalidFeedback,
    InvalidInput,
    InvalidItem,
    InvalidStatement,
    StorageError,
    StoreUnavailable,
)
from penchant.storage import open_storage


def shown(impression_id: str, user_id: str = "mina", at: float = 1e9) -> Impression:
    """Two dramas on a screen, as an impression."""
    return Impression(
        impression_id,
        user_id,
        at,
        "search",
        ("goblin-2016", "도깨비"),
        {"popularity": (1, 476), "transitions": (2, 100_000)},
        "goblin é",
    )


class RefusedOnPurposeError(Exception):
    """What a failing unit of work raises here."""


class StorageContract:
    """`url` opens the store under test; "{folder}" in it is an empty folder of its own."""

    url: ClassVar[str]

    def open(self, folder: Path) -> Storage:
        return open_storage(self.url.format(folder=folder))

    @pytest.fixture
    def storage(self, tmp_path: Path) -> Iterator[Storage]:
        with closing(self.open(tmp_path)) as storage:
            yield storage

    # The log

    def test_empty(self, storage: Storage) -> None:
        """A new store holds nothing, and says so without an error."""
        assert storage.latest_position() == 0
        assert storage.item_position() == 0
        assert storage.find("e-1") is None
        assert list(storage.records_of("mina")) == []
        assert list(storage.records_after(0, 10)) == []
        assert list(storage.user_ids()) == []
        assert list(storage.items()) == []
        assert storage.metadata("encoder") is None

    def test_append_and_find(self, storage: Storage) -> None:
        """Every kind of record is found again, equal but for the position it was given."""
        records = [
            rating("e-1"),
            pin("e-2"),
            reset("e-3"),
            retraction("e-4", "e-1"),
            Record(RecordType.ERASURE, "e-5", "", 1e9),
        ]
        for record in records:
            position = storage.write(lambda transaction, one=record: transaction.append(one))
            assert storage.find(record.event_id) == replace(record, position=position)
            assert storage.latest_position() == position

    def test_positions_rise(self, storage: Storage) -> None:
        """Each record gets a greater position than the one before, over all users."""
        positions = [
            storage.write(lambda t, n=number: t.append(rating(f"e-{n}", f"user-{n % 3}")))
            for number in range(20)
        ]
        assert positions == sorted(set(positions))
        assert [record.position for record in storage.records_after(0, 100)] == positions

    def test_taken_event_id(self, storage: Storage) -> None:
        """An event id is used once: a second append is a conflict, even of the same record."""
        storage.write(lambda t: t.append(rating("e-1")))
        for again in (rating("e-1"), rating("e-1", "jun"), pin("e-1")):
            with pytest.raises(EventConflict, match="e-1"):
                storage.write(lambda t, one=again: t.append(one))
        assert storage.find("e-1") == replace(rating("e-1"), position=1)
        assert storage.latest_position() == 1

    def test_conflict_that_is_handled(self, storage: Storage) -> None:
        """A unit of work may catch a conflict and go on."""

        def work(transaction: Transaction) -> None:
            transaction.append(rating("e-1"))
            with pytest.raises(EventConflict):
                transaction.append(rating("e-1"))
            transaction.append(rating("e-2"))

        storage.write(work)
        assert [record.event_id for record in storage.records_after(0, 10)] == ["e-1", "e-2"]

    def test_records_of_one_user(self, storage: Storage) -> None:
        """A user's feedback, statements and resets come in order of position, nobody else's."""
        order = [
            rating("e-1", at=300.0),
            pin("e-2", at=200.0),
            reset("e-3", at=100.0),
            rating("e-4", at=50.0),
        ]

        def work(transaction: Transaction) -> None:
            for record in order:
                transaction.append(record)
                transaction.append(rating(f"other-{record.event_id}", "jun"))

        storage.write(work)
        found = storage.records_of("mina")
        assert [record.event_id for record in found] == ["e-1", "e-2", "e-3", "e-4"]
        assert [replace(record, position=0) for record in found] == order
        assert list(storage.user_ids()) == ["jun", "mina"]

    def test_first_positions(self, storage: Storage) -> None:
        """Everyone with a record is known by the oldest one, whatever it is; the store is not."""
        assert dict(storage.first_positions()) == {}

        def work(transaction: Transaction) -> list[int]:
            transaction.put_items([item("a")], "items-1", 5.0)
            first = [
                transaction.append(one)
                for one in (pin("e-1", "jun"), rating("e-2"), reset("e-3", "suzy"))
            ]
            transaction.append(rating("e-4", "jun", at=1.0))
            transaction.append(retraction("e-5", "e-1", "jun"))
            transaction.mark_retracted("e-1")
            transaction.append(Record(RecordType.ERASURE, "erasure-1", "", 9.0))
            return first

        jun, mina, suzy = storage.write(work)
        assert dict(storage.first_positions()) == {"jun": jun, "mina": mina, "suzy": suzy}
        assert jun < mina < suzy

    def test_first_positions_after_erasing(self, storage: Storage) -> None:
        """Who was erased is gone, and who comes back starts anew; others stay where they were."""
        storage.write(lambda t: [t.append(rating(f"{user}-1", user)) for user in ("mina", "jun")])
        before = dict(storage.first_positions())
        storage.write(lambda t: t.erase_user("mina"))
        assert dict(storage.first_positions()) == {"jun": before["jun"]}
        back = storage.write(lambda t: t.append(rating("mina-1")))
        assert dict(storage.first_positions()) == {"jun": before["jun"], "mina": back}
        assert back > max(before.values())

    def test_first_positions_after_failed_work(self, storage: Storage) -> None:
        """Work that was undone moves nobody's first record, whether it appended or erased."""
        storage.write(lambda t: t.append(rating("mina-1")))
        before = dict(storage.first_positions())

        def work(transaction: Transaction) -> None:
            transaction.append(rating("jun-1", "jun"))
            transaction.erase_user("mina")
            transaction.append(rating("mina-2"))
            raise RefusedOnPurposeError

        with pytest.raises(RefusedOnPurposeError):
            storage.write(work)
        assert dict(storage.first_positions()) == before == {"mina": 1}

    def test_retraction(self, storage: Storage) -> None:
        """A retracted record stays where it was, marked; the retraction itself is not folded."""

        def work(transaction: Transaction) -> None:
            transaction.append(rating("e-1"))
            transaction.append(rating("e-2"))
            transaction.append(retraction("e-3", "e-1"))
            transaction.mark_retracted("e-1")
            transaction.mark_retracted("unknown")

        storage.write(work)
        marks = {record.event_id: record.retracted for record in storage.records_of("mina")}
        assert marks == {"e-1": True, "e-2": False}
        assert storage.find("e-1") == replace(rating("e-1"), position=1, retracted=True)
        assert storage.records_after(2, 1)[0].target == "e-1"

    def test_reading_on(self, storage: Storage) -> None:
        """Whoever follows the log in small steps sees every record once, in order."""
        for number in range(10):
            storage.write(lambda t, n=number: t.append(rating(f"e-{n}")))
        seen: list[Record] = []
        while more := storage.records_after(seen[-1].position if seen else 0, 3):
            assert len(more) <= 3
            seen.extend(more)
        assert [record.event_id for record in seen] == [f"e-{number}" for number in range(10)]

    @pytest.mark.parametrize(
        ("record", "error"),
        [
            (rating("e-1", value=float("nan")), InvalidFeedback),
            (rating("e-1", value=float("inf")), InvalidFeedback),
            (rating("e-1", at=float("nan")), InvalidFeedback),
            (rating("e-\ud800"), InvalidFeedback),
            (pin("e-1", at=float("inf")), InvalidStatement),
            (replace(rating("e-1"), event_id="e-2"), StorageError),
            (replace(rating("e-1"), user_id="jun"), StorageError),
        ],
    )
    def test_record_that_would_not_come_back(
        self, storage: Storage, record: Record, error: type[Exception]
    ) -> None:
        """What could not be read back exactly is refused, by name, and leaves nothing."""
        with pytest.raises(error, match="e-"):
            storage.write(lambda t: t.append(record))
        assert storage.latest_position() == 0

    # Units of work

    def test_a_unit_of_work_sees_itself(self, storage: Storage) -> None:
        """Inside a unit of work its own writes are visible; outside they are, once it is done."""

        def work(transaction: Transaction) -> str:
            transaction.append(rating("e-1"))
            transaction.put_profile(profile("mina", 4))
            assert transaction.find("e-1") is not None
            assert [record.event_id for record in transaction.records_of("mina")] == ["e-1"]
            assert same(transaction.profile("mina"), profile("mina", 4))
            return "result"

        assert storage.write(work) == "result"
        assert same(storage.profiles.get("mina"), profile("mina", 4))

    def test_a_unit_of_work_may_lower_a_version(self, storage: Storage) -> None:
        """Inside a transaction a profile always replaces the stored one."""
        storage.write(lambda t: t.put_profile(profile("mina", 9)))
        storage.write(lambda t: t.put_profile(profile("mina", 2)))
        assert same(storage.profiles.get("mina"), profile("mina", 2))

    @pytest.mark.parametrize("failure", [RefusedOnPurposeError, KeyboardInterrupt, SystemExit])
    def test_failed_work_leaves_nothing(
        self, storage: Storage, failure: type[BaseException]
    ) -> None:
        """A unit of work that raises is undone wholly, and the store goes on."""

        def prepare(transaction: Transaction) -> None:
            transaction.append(rating("e-1"))
            transaction.append(rating("e-2", "jun"))
            transaction.put_profile(profile("mina", 1))
            transaction.put_profile(profile("jun", 1))
            transaction.put_items([item("a"), item("b")], "items-1", 1e9)

        storage.put_impressions([shown("i-1"), shown("i-2", "jun"), shown("i-3", "jun")])

        def work(transaction: Transaction) -> None:
            transaction.append(rating("e-3"))
            transaction.mark_retracted("e-1")
            transaction.put_profile(profile("mina", 2))
            transaction.put_profile(profile("mina", 3))
            transaction.put_profile(profile("new", 1))
            transaction.put_items([item("a", "Changed"), item("c")], "items-2", 2e9)
            transaction.erase_user("jun")
            transaction.append(rating("e-2", "jun"))
            raise failure

        storage.write(prepare)
        before = self.contents(storage)
        with pytest.raises(failure):
            storage.write(work)
        assert self.contents(storage) == before
        assert same(storage.profiles.get("mina"), profile("mina", 1))
        assert same(storage.profiles.get("jun"), profile("jun", 1))
        assert storage.profiles.get("new") is None
        position = storage.write(lambda t: t.append(rating("e-3")))
        assert position > before[0]

    @staticmethod
    def contents(storage: Storage) -> tuple[int, list[Record], list[object], int, list[object]]:
        """Everything that can be read but the profiles."""
        return (
            storage.latest_position(),
            list(storage.records_after(0, 1000)),
            [list(storage.records_of(user)) for user in storage.user_ids()]
            + [list(storage.items()), list(storage.items_changed_after(0))],
            storage.item_position(),
            [list(storage.impressions_of(user)) for user in ("mina", "jun", "")],
        )

    def test_writing_inside_a_unit_of_work(self, storage: Storage) -> None:
        """A write inside a unit of work is a mistake that is named, not a deadlock."""
        attempts = [
            lambda: storage.write(lambda t: t.append(rating("inner"))),
            lambda: storage.profiles.put(profile("mina")),
            lambda: storage.profiles.delete("mina"),
            lambda: storage.put_metadata("encoder", b"x"),
            lambda: storage.put_impressions([shown("i-1")]),
            lambda: storage.drop_impressions_before(2e9),
        ]
        for attempt in attempts:
            with pytest.raises(StorageError, match="inside a unit of work"):
                storage.write(lambda _transaction, inner=attempt: inner())
        assert storage.latest_position() == 0

    def test_a_transaction_ends_with_its_work(self, storage: Storage) -> None:
        """A transaction that escaped from its unit of work refuses to do anything."""
        escaped = storage.write(lambda transaction: transaction)
        for use in (
            lambda: escaped.append(rating("e-1")),
            lambda: escaped.find("e-1"),
            lambda: escaped.mark_retracted("e-1"),
            lambda: escaped.records_of("mina"),
            lambda: escaped.profile("mina"),
            lambda: escaped.put_profile(profile("mina")),
            lambda: escaped.put_items([item("a")], "items-1", 1e9),
            lambda: escaped.erase_user("mina"),
            lambda: escaped.put_metadata("encoder", b"x"),
            escaped.latest_position,
        ):
            with pytest.raises(StorageError, match="ended"):
                use()
        assert storage.latest_position() == 0

    def test_eight_threads_lose_nothing(self, storage: Storage) -> None:
        """800 increments of one user's profile from eight threads are 800, each seen at once."""

        def client(number: int) -> None:
            for step in range(100):
                position = storage.write(lambda t, n=step: add_one(t, "mina", f"e-{number}-{n}"))
                stored = storage.profiles.get("mina")
                assert stored is not None
                assert stored.position >= position

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(client, range(8)))
        counted = storage.profiles.get("mina")
        assert counted is not None
        assert counted.version == 800
        assert counted.position == storage.latest_position()
        assert len(storage.records_of("mina")) == 800

    def test_failures_among_threads_undo_only_themselves(self, storage: Storage) -> None:
        """When every other unit of work fails, the others are all kept."""
        together = threading.Barrier(8)

        def client(number: int) -> None:
            def fail(transaction: Transaction) -> None:
                add_one(transaction, "mina", "never")
                raise RefusedOnPurposeError

            together.wait()
            for step in range(25):
                storage.write(lambda t, n=step: add_one(t, "mina", f"e-{number}-{n}"))
                with pytest.raises(RefusedOnPurposeError):
                    storage.write(fail)

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(client, range(8)))
        counted = storage.profiles.get("mina")
        assert counted is not None
        assert counted.version == 200
        assert storage.find("never") is None

    # Items

    def test_items(self, storage: Storage) -> None:
        """Items come back equal, in order of id, with the position of their change."""
        first = storage.write(lambda t: t.put_items([item("b"), item("a")], "items-1", 5.0))
        assert list(storage.items()) == [item("a"), item("b")]
        assert storage.item_position() == first == storage.latest_position()
        assert storage.find("items-1") == Record(RecordType.ITEM_CHANGE, "items-1", "", 5.0, first)
        hidden = [item("b", hidden=True), item("c")]
        second = storage.write(lambda t: t.put_items(hidden, "items-2", 6.0))
        assert list(storage.items()) == [item("a"), *hidden]
        assert list(storage.items_changed_after(first)) == hidden
        assert list(storage.items_changed_after(second)) == []
        assert storage.item_position() == second > first
        assert list(storage.user_ids()) == []

    def test_the_last_of_equal_ids_counts(self, storage: Storage) -> None:
        """An item given twice in one change is stored as given last."""
        twice = [item("a", "First"), item("a", "Second")]
        storage.write(lambda t: t.put_items(twice, "items-1", 5.0))
        assert [one.title for one in storage.items()] == ["Second"]

    def test_no_items(self, storage: Storage) -> None:
        """A change of no items is logged and moves no item."""
        first = storage.write(lambda t: t.put_items([item("a")], "items-1", 5.0))
        storage.write(lambda t: t.put_items([], "items-2", 6.0))
        assert storage.item_position() == first
        assert storage.latest_position() > first

    def test_item_change_is_applied_once(self, storage: Storage) -> None:
        """A repeated item change is a conflict and changes no item."""
        storage.write(lambda t: t.put_items([item("a", "First")], "items-1", 5.0))
        with pytest.raises(EventConflict):
            storage.write(lambda t: t.put_items([item("a", "Second")], "items-1", 5.0))
        assert [one.title for one in storage.items()] == ["First"]

    @pytest.mark.parametrize(
        "unusable",
        [
            replace(item("a"), rating=float("nan")),
            replace(item("a"), numbers={"episodes": float("inf")}),
            replace(item("a"), title="\ud800"),
        ],
    )
    def test_item_that_would_not_come_back(self, storage: Storage, unusable: object) -> None:
        """An item that could not be read back exactly is refused and nothing is stored."""
        with pytest.raises(InvalidItem, match="'a'"):
            storage.write(lambda t: t.put_items([item("b"), unusable], "items-1", 5.0))
        assert list(storage.items()) == []
        assert storage.latest_position() == 0

    # Erasing

    def test_erase(self, storage: Storage) -> None:
        """Erasing removes every row about a user, counts them, and touches nobody else."""

        def prepare(transaction: Transaction) -> None:
            for user in ("mina", "jun"):
                transaction.append(rating(f"{user}-1", user))
                transaction.append(pin(f"{user}-2", user))
                transaction.append(retraction(f"{user}-3", f"{user}-1", user))
                transaction.put_profile(profile(user, 3))
            transaction.put_items([item("a")], "items-1", 5.0)

        storage.write(prepare)
        whose = {"i-1": "mina", "i-2": "jun", "i-3": "mina", "i-4": ""}
        storage.put_impressions([shown(one, user) for one, user in whose.items()])
        before = storage.latest_position()

        def erase(transaction: Transaction) -> dict[str, int]:
            counts = dict(transaction.erase_user("mina"))
            transaction.append(Record(RecordType.ERASURE, "erasure-1", "", 9.0))
            return counts

        assert storage.write(erase) == {"log": 3, "profiles": 1, "impressions": 2}
        assert storage.profiles.get("mina") is None
        assert list(storage.records_of("mina")) == []
        assert storage.find("mina-1") is None
        assert {record.user_id for record in storage.records_after(0, 100)} == {"jun", ""}
        assert list(storage.user_ids()) == ["jun"]
        assert len(storage.records_of("jun")) == 2
        assert same(storage.profiles.get("jun"), profile("jun", 3))
        assert [one.id for one in storage.items()] == ["a"]
        assert [record.type for record in storage.records_after(before, 9)] == [RecordType.ERASURE]
        assert set(storage.impressions(list(whose))) == {"i-2", "i-4"}
        assert list(storage.impressions_of("mina")) == []
        again = storage.write(lambda t: dict(t.erase_user("mina")))
        assert again == {"log": 0, "profiles": 0, "impressions": 0}

    def test_erased_positions_are_not_given_again(self, storage: Storage) -> None:
        """A follower misses nothing when the newest records are erased and others follow."""
        newest = [storage.write(lambda t, n=n: t.append(rating(f"e-{n}"))) for n in range(3)][-1]
        storage.write(lambda t: t.erase_user("mina"))
        assert storage.write(lambda t: t.append(rating("e-1"))) > newest

    def test_erasing_nobody(self, storage: Storage) -> None:
        """The empty user id, under which the store's own records stand, cannot be erased."""
        storage.write(lambda t: t.put_items([item("a")], "items-1", 5.0))
        with pytest.raises(InvalidInput, match="empty user id"):
            storage.write(lambda t: t.erase_user(""))
        assert storage.find("items-1") is not None

    # Impressions

    def test_impressions(self, storage: Storage) -> None:
        """Impressions come back equal by id; ids that are not there are left out."""
        plain = Impression("i-2", "", 5.5, "for_you", (), {})
        storage.put_impressions([shown("i-1"), plain])
        assert storage.impressions(["i-2", "i-1", "i-1", "unknown"]) == {
            "i-1": shown("i-1"),
            "i-2": plain,
        }
        assert storage.impressions([]) == {}
        storage.put_impressions([])
        assert storage.latest_position() == 0

    def test_impressions_in_order(self, storage: Storage) -> None:
        """What was shown to a user comes in order of time, then of id, nobody else's."""
        times = {"i-1": 300.0, "i-2": 100.0, "i-4": 200.0, "i-3": 200.0}
        storage.put_impressions([shown(one, at=at) for one, at in times.items()])
        storage.put_impressions([shown("i-5", "jun", 150.0), shown("i-6", "", 160.0)])
        mine = storage.impressions_of("mina")
        assert [one.impression_id for one in mine] == ["i-2", "i-3", "i-4", "i-1"]
        assert list(storage.impressions_of("jun")) == [shown("i-5", "jun", 150.0)]
        assert list(storage.impressions_of("new")) == []

    def test_impression_is_put_once(self, storage: Storage) -> None:
        """An id that is stored already stays as it is, and the rest is kept."""
        storage.put_impressions([shown("i-1", at=1.0), shown("i-1", at=2.0)])
        storage.put_impressions([shown("i-2"), shown("i-1", "jun", at=3.0), shown("i-3")])
        assert storage.impressions(["i-1"])["i-1"] == shown("i-1", at=1.0)
        assert [one.impression_id for one in storage.impressions_of("mina")] == [
            "i-1",
            "i-2",
            "i-3",
        ]
        assert list(storage.impressions_of("jun")) == []

    @pytest.mark.parametrize(
        "unusable",
        [
            replace(shown("i-1"), at=float("nan")),
            replace(shown("i-1"), at=float("-inf")),
            shown("i-\ud800"),
            shown("i-1", "\ud800"),
            replace(shown("i-1"), query="\ud800"),
            replace(shown("i-1"), item_ids=("a", "\ud800")),
            replace(shown("i-1"), ranks={"popularity": (1,)}),
            replace(shown("i-1"), ranks={"popularity": (1, 0)}),
            replace(shown("i-1"), ranks={"popularity": (1, 2.0)}),
            replace(shown("i-1"), ranks={"popularity": (1, True)}),
            replace(shown("i-1"), ranks={"popularity": (1, 2**64)}),
        ],
    )
    def test_impression_that_would_not_come_back(
        self, storage: Storage, unusable: Impression
    ) -> None:
        """What could not be read back exactly is refused by name, and none of its batch kept."""
        with pytest.raises(InvalidInput, match="impression 'i-"):
            storage.put_impressions([shown("i-0"), unusable, shown("i-2")])
        assert storage.impressions(["i-0", "i-1", "i-2"]) == {}

    def test_old_impressions_are_dropped(self, storage: Storage) -> None:
        """Retention deletes what was shown before a time, whoever saw it, and says how many."""
        times = {"i-1": 100.0, "i-2": 200.0, "i-3": 199.5, "i-4": 300.0}
        for one, at in times.items():
            storage.put_impressions([shown(one, "mina" if one < "i-3" else "", at)])
        assert storage.drop_impressions_before(200.0) == 2
        assert set(storage.impressions(list(times))) == {"i-2", "i-4"}
        assert storage.drop_impressions_before(200.0) == 0

    def test_many_impressions(self, storage: Storage) -> None:
        """More ids than a database takes in one statement are all found."""
        many = [shown(f"i-{number:05}", at=float(number)) for number in range(2_500)]
        storage.put_impressions(many)
        found = storage.impressions([one.impression_id for one in many])
        assert list(found.values()) == many
        assert list(storage.impressions_of("mina")) == many

    def test_impressions_that_waited_while_somebody_was_erased(self, storage: Storage) -> None:
        """What another process had waiting about an erased person is left out without an error."""
        storage.write(lambda t: (t.append(rating("e-1", "mina")), t.append(rating("e-2", "jun"))))

        def erase(transaction: Transaction) -> None:
            transaction.erase_user("mina")
            transaction.append(Record(RecordType.ERASURE, "erasure-1", "", 100.0))

        storage.write(erase)
        waited = [
            shown("i-1", "mina", 99.0),
            shown("i-2", "mina", 99.9),
            shown("i-3", "mina", 101.0),
            shown("i-4", "stranger", 50.0),
            shown("i-5", "stranger", 100.5),
            shown("i-6", "jun", 50.0),
            shown("i-7", "", 50.0),
        ]
        storage.put_impressions(waited)
        kept = {"i-3", "i-5", "i-6", "i-7"}
        assert set(storage.impressions([one.impression_id for one in waited])) == kept
        storage.write(lambda t: t.append(rating("e-3", "mina")))
        storage.put_impressions([shown("i-8", "mina", 99.0), shown("i-9", "mina", 102.0)])
        assert set(storage.impressions(["i-8", "i-9"])) == {"i-9"}

    def test_the_newest_erasure_counts(self, storage: Storage) -> None:
        """An erasure that was undone counts for nothing, a later one for more than the first."""

        def fail(transaction: Transaction) -> None:
            transaction.append(Record(RecordType.ERASURE, "erasure-0", "", 900.0))
            raise RefusedOnPurposeError

        with pytest.raises(RefusedOnPurposeError):
            storage.write(fail)
        storage.put_impressions([shown("i-1", at=10.0)])
        for number, at in ((1, 100.0), (2, 200.0)):
            record = Record(RecordType.ERASURE, f"erasure-{number}", "", at)
            storage.write(lambda t, one=record: t.append(one))
            storage.write(lambda t, n=number: t.put_items([item("a")], f"items-{n}", 5.0))
        storage.put_impressions([shown("i-2", at=150.0), shown("i-3", at=250.0)])
        assert set(storage.impressions(["i-1", "i-2", "i-3"])) == {"i-1", "i-3"}

    def test_event_that_answers_an_impression(self, storage: Storage) -> None:
        """An event remembers which impression it answers, stored or not."""
        record = rating("e-1")
        context = replace(record.feedback.context, impression_id="i-1")
        record = replace(record, feedback=replace(record.feedback, context=context))
        storage.write(lambda t: t.append(record))
        assert storage.find("e-1") == replace(record, position=1)
        assert list(storage.records_of("mina")) == [replace(record, position=1)]
        broken = replace(context, impression_id="\ud800")
        record = replace(rating("e-2"), feedback=replace(rating("e-2").feedback, context=broken))
        with pytest.raises(InvalidFeedback, match="e-2"):
            storage.write(lambda t: t.append(record))

    # Named values and the end

    def test_metadata(self, storage: Storage) -> None:
        """A named value is kept as it is, and replaced by the next."""
        storage.put_metadata("encoder", bytes(range(256)))
        storage.put_metadata("other", b"")
        assert storage.metadata("encoder") == bytes(range(256))
        assert storage.metadata("other") == b""
        storage.put_metadata("encoder", b"new")
        assert storage.metadata("encoder") == b"new"

    def test_metadata_in_a_unit_of_work(self, storage: Storage) -> None:
        """A named value is kept together with what was written beside it, the last one given."""
        storage.put_metadata("crowd", b"old")

        def work(transaction: Transaction) -> None:
            transaction.append(rating("e-1"))
            transaction.put_metadata("crowd", b"passing")
            transaction.put_metadata("crowd", bytes(range(256)))
            transaction.put_metadata("nothing", b"")

        storage.write(work)
        assert storage.metadata("crowd") == bytes(range(256))
        assert storage.metadata("nothing") == b""
        assert storage.find("e-1") is not None
        storage.write(lambda t: t.put_metadata("crowd", b""))
        assert storage.metadata("crowd") == b""

    def test_metadata_of_failed_work(self, storage: Storage) -> None:
        """What failed work named is as it was: the old value, or none."""
        storage.put_metadata("crowd", b"old")

        def work(transaction: Transaction) -> None:
            transaction.put_metadata("crowd", b"new")
            transaction.put_metadata("crowd", b"newer")
            transaction.put_metadata("fresh", b"x")
            raise RefusedOnPurposeError

        with pytest.raises(RefusedOnPurposeError):
            storage.write(work)
        assert storage.metadata("crowd") == b"old"
        assert storage.metadata("fresh") is None

    def test_closed(self, storage: Storage) -> None:
        """A closed storage says so, whatever is asked; closing again is harmless."""
        storage.write(lambda t: t.append(rating("e-1")))
        storage.close()
        storage.close()
        for use in (
            lambda: storage.write(lambda t: t.append(rating("e-2"))),
            lambda: storage.find("e-1"),
            storage.latest_position,
            lambda: storage.profiles.get("mina"),
            lambda: storage.profiles.put(profile("mina")),
            storage.items,
            storage.first_positions,
            lambda: storage.metadata("encoder"),
            lambda: storage.put_impressions([shown("i-1")]),
            lambda: storage.impressions(["i-1"]),
            lambda: storage.impressions_of("mina"),
            lambda: storage.drop_impressions_before(2e9),
        ):
            with pytest.raises(StoreUnavailable, match="closed"):
                use()


class DurableStorageContract(StorageContract):
    """What every Storage that outlives the process does besides."""

    def test_reopening_loses_nothing(self, tmp_path: Path) -> None:
        """Closing and opening again gives back everything that was stored."""

        def fill(transaction: Transaction) -> None:
            for number in range(50):
                add_one(transaction, f"user-{number % 7}", f"e-{number}")
            transaction.append(pin("pin"))
            transaction.append(retraction("retraction", "e-3", "user-3"))
            transaction.mark_retracted("e-3")
            transaction.put_profile(profile("mina", 5))
            transaction.put_items([item("a"), item("b", hidden=True)], "items-1", 5.0)

        with closing(self.open(tmp_path)) as storage:
            storage.write(fill)
            storage.put_metadata("encoder", b"mean")
            storage.put_impressions([shown("i-1"), shown("i-2", "")])
            before = self.contents(storage)
        with closing(self.open(tmp_path)) as storage:
            assert self.contents(storage) == before
            assert same(storage.profiles.get("mina"), profile("mina", 5))
            assert storage.metadata("encoder") == b"mean"
            counted = storage.profiles.get_many([f"user-{number}" for number in range(7)])
            assert sum(one.version for one in counted.values()) == 50
            assert storage.write(lambda t: t.append(rating("later"))) > before[0]

"""Typed titles to items."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.schema import load_bundled_schema
from penchant.catalogue.source import read_bundled_items
from penchant.catalogue.titles import TitleIndex, title_key, title_with_year
from penchant.domain.item import Item
from penchant.errors import AmbiguousTitle, UnknownItem

LETTERS = "abcdefghijklmnopqrstuvwxyz"
LISTED = (
    Item("sleep-2011", "While You Were Sleeping", year=2011, rating_count=10),
    Item("sleep-2017", "While You Were Sleeping", year=2017, rating_count=900),
    Item(
        "guardian", "Guardian: The Lonely and Great God", ("Goblin",), "도깨비", year=2016,
        rating_count=5_000,
    ),
    Item("kiss", "Kiss Goblin", year=2020, rating_count=300),
    Item("playlist", "Hospital Playlist", year=2020, rating_count=800),
    Item("school", "School 2013", year=2012, rating_count=50),
    Item("gone", "Secret Garden", year=2010, rating_count=9_000, hidden=True),
)  # fmt: skip


FILED = (
    Item("matrix", "Matrix, The (1999)"),
    Item("heat-86", "Heat (1986)"),
    Item("heat-95", "Heat (1995)"),
    Item("boot", "Boot, Das (Boat, The) (1981)"),
    Item("seven", "Seven (a.k.a. Se7en) (1995)"),
    Item("jetsons", "Jetsons: The Movie (1990)"),
)


@pytest.fixture(scope="module")
def titles() -> TitleIndex:
    return TitleIndex(Catalogue(load_bundled_schema(), LISTED))


@pytest.fixture(scope="module")
def dramas() -> Catalogue:
    return Catalogue(load_bundled_schema(), read_bundled_items())


@pytest.fixture(scope="module")
def bundled(dramas: Catalogue) -> TitleIndex:
    return TitleIndex(dramas)


@pytest.mark.parametrize(
    ("text", "item_id"),
    [
        ("Goblin", "guardian"),
        ("GOBLIN!", "guardian"),
        ("도깨비", "guardian"),
        ("the lonely and great god", "guardian"),
        ("hospitalplaylist", "playlist"),
        ("While You Were Sleeping (2011)", "sleep-2011"),
        ("while you were sleeping 2017", "sleep-2017"),
        ("School 2013", "school"),
    ],
)
def test_a_certain_title_resolves(titles: TitleIndex, text: str, item_id: str) -> None:
    """Titles, other names and years in any spelling of case, space and sign."""
    assert titles.resolve(text).id == item_id


def test_a_typo_is_asked_about(titles: TitleIndex) -> None:
    """Rating the wrong drama is worse than asking: the error names the nearest."""
    with pytest.raises(
        UnknownItem, match=r"called 'Hospital Playlits'.*Hospital Playlist \(2020\)"
    ) as error:
        titles.resolve("Hospital Playlits")
    assert error.value.alternatives[0] == ("playlist", "Hospital Playlist (2020)")


def test_one_word_of_a_title_is_asked_about(titles: TitleIndex) -> None:
    """The words "Guardian" may be another drama that is not listed."""
    with pytest.raises(UnknownItem):
        titles.resolve("Guardian")


def test_a_shared_title_is_asked_about(titles: TitleIndex) -> None:
    """Two dramas of one title need the year; the error carries both, the better known first."""
    with pytest.raises(AmbiguousTitle) as error:
        titles.resolve("While You Were Sleeping")
    assert [item_id for item_id, _ in error.value.alternatives] == ["sleep-2017", "sleep-2011"]


def test_a_year_that_is_not_there_is_asked_about(titles: TitleIndex) -> None:
    """The year typed is part of what is meant."""
    with pytest.raises(UnknownItem):
        titles.resolve("While You Were Sleeping 1999")


@given(st.text(max_size=60))
def test_any_text_resolves_or_says_why(titles: TitleIndex, text: str) -> None:
    """Nothing but an item or one of the two errors."""
    with suppress(UnknownItem, AmbiguousTitle):
        assert titles.resolve(text).id in {item.id for item in LISTED}
    titles.suggest(text)


@pytest.mark.parametrize("with_years", [False, True])
@pytest.mark.parametrize(
    ("text", "item_id"),
    [
        ("The Matrix", "matrix"),
        ("matrix", "matrix"),
        ("Matrix, The", "matrix"),
        ("The Matrix (1999)", "matrix"),
        ("Matrix, The (1999)", "matrix"),
        ("matrix 1999", "matrix"),
        ("heat 1986", "heat-86"),
        ("das boot", "boot"),
        ("boot 1981", "boot"),
        ("the boat", "boot"),
        ("se7en", "seven"),
    ],
)
def test_a_title_in_the_order_of_a_list_resolves_as_it_is_spoken(
    text: str, item_id: str, *, with_years: bool
) -> None:
    """Trailing articles and years, and names in brackets, whether or not there is a year column."""
    items = [replace(item, year=int(item.title[-5:-1])) if with_years else item for item in FILED]
    assert TitleIndex(Catalogue(load_bundled_schema(), items)).resolve(text).id == item_id


def test_titles_that_differ_in_their_year_only_are_asked_about() -> None:
    """Without the year both are meant, each shown with the year once."""
    filed = TitleIndex(Catalogue(load_bundled_schema(), FILED))
    with pytest.raises(AmbiguousTitle) as error:
        filed.resolve("Heat")
    assert {title for _, title in error.value.alternatives} == {"Heat (1986)", "Heat (1995)"}
    assert not filed.exact("movie")


def test_a_title_with_its_year_is_not_given_another() -> None:
    """Not "Heat (1995) (1995)"; a number that is part of a title is no year."""
    assert title_with_year(Item("heat", "Heat (1995)", year=1995)) == "Heat (1995)"
    assert title_with_year(Item("school", "School 2013", year=2012)) == "School 2013 (2012)"


def test_hidden_items_never_answer(titles: TitleIndex) -> None:
    """Not resolved, not matched, not suggested, not near."""
    with pytest.raises(UnknownItem):
        titles.resolve("Secret Garden")
    for found in (
        titles.match("Secret Garden"), titles.suggest("secret"), titles.nearest("secret garden", 9)
    ):  # fmt: skip
        assert all(match.item.id != "gone" for match in found)


@pytest.mark.parametrize(
    ("prefix", "first"),
    [
        ("gob", "guardian"),
        ("hosp", "playlist"),
        ("playl", "playlist"),
        ("while y", "sleep-2017"),
        ("도깨", "guardian"),
        ("도깨ㅂ", "guardian"),
        ("hospitol", "playlist"),
    ],
)
def test_completion(titles: TitleIndex, prefix: str, first: str) -> None:
    """Any word of any name may be begun, an unfinished syllable or a typo too."""
    assert titles.suggest(prefix)[0].item.id == first


def test_completion_of_nothing_is_empty(titles: TitleIndex) -> None:
    """No letters, no suggestions."""
    assert titles.suggest("") == ()
    assert titles.suggest("  ?") == ()


def test_names_of_the_bundled_catalogue(bundled: TitleIndex, dramas: Catalogue) -> None:
    """Every title finds its drama, and every other name does unless another drama has it too."""
    for item in dramas.items:
        assert bundled.match(item.title)[0].item.title == item.title
        for name in (*item.alternate_titles, *([item.native_title] if item.native_title else [])):
            found = [match.item for match in bundled.match(name, 10)]
            assert item in found
            if found[0] is not item:
                assert _holds(found[0], name)


def test_one_typo_in_the_bundled_titles(bundled: TitleIndex, dramas: Catalogue) -> None:
    """With one letter wrong, at least 99% of the titles come first."""
    rng = random.Random(11)
    typed = [(item, typo) for item in dramas.items for typo in _typos(item.title, rng)]
    hits = sum(
        (match := bundled.match(typo, 1)) != () and match[0].item.title == item.title
        for item, typo in typed
    )
    assert len(typed) > 1_000
    assert hits >= 0.99 * len(typed)


def _typos(title: str, rng: random.Random) -> Iterator[str]:
    """Three random one-letter mistakes: left out, added, replaced or swapped."""
    for _ in range(3):
        place, letter = rng.randrange(len(title)), rng.choice(LETTERS)
        before, after = title[:place], title[place + 1 :]
        typo = rng.choice(
            [
                before + after,
                before + letter + title[place:],
                before + letter + after,
                before + after[:1] + title[place] + after[1:],
            ]
        )
        if title_key(typo) != title_key(title):
            yield typo


def _holds(item: Item, name: str) -> bool:
    names = (item.title, *item.alternate_titles, item.native_title or "")
    return any(title_key(name) in title_key(held) for held in names)

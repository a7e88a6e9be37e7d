"""Search as a whole, on the bundled catalogue."""

from __future__ import annotations

import random
import string
from dataclasses import replace

import numpy as np
import pytest

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.encoder import WordLlamaEncoder
from penchant.catalogue.vectors import ItemVectors, build_vectors
from penchant.domain.item import Item
from penchant.domain.query import Filters
from penchant.errors import InvalidQuery, UnknownItem
from penchant.search.retriever import Retrieval, Retriever

QUERIES = (
    "romantic comedy", "Park Seo-joon drama", "something like Goblin", "best 2020 thrillers",
    "trending now", "drama", "short drama", "hospital friends", "Crash Landing on You",
    "sad emotional drama", "2020 dramas", "zombie apocalypse in a high school",
)  # fmt: skip


def _search(retriever: Retriever, text: str, **options: object) -> Retrieval:
    analysis = retriever.analyse(text)
    return retriever.retrieve(analysis, analysis.alpha, **options)  # type: ignore[arg-type]


def _items(retriever: Retriever, found: Retrieval) -> list[Item]:
    return [retriever.catalogue.items[row] for row in found.candidates.rows]


@pytest.mark.parametrize("text", QUERIES)
def test_candidates_are_well_formed(retriever: Retriever, text: str) -> None:
    """Each row once, tiers and scores falling, scores in [0, 1], the same every time."""
    first, again = _search(retriever, text), _search(retriever, text)
    found = first.candidates
    assert len(found) > 0
    assert len(set(found.rows.tolist())) == len(found)
    assert np.all(np.lexsort((found.rows, -found.score, -found.tier)) == np.arange(len(found)))
    assert np.all((found.score >= 0.0) & (found.score <= 1.0 + 1e-9))
    assert found.rows.tolist() == again.candidates.rows.tolist()
    assert found.score.tolist() == again.candidates.score.tolist()


def test_a_named_title_is_first(retriever: Retriever) -> None:
    """Letter by letter, by another name, in Hangul, with a typo: the drama is in the top tier."""
    for text in ("Crash Landing on You", "Goblin", "도깨비", "crash landing on yuo"):
        found = _search(retriever, text).candidates
        assert found.tier[0] == 2
        assert retriever.analyse(text).title_item == retriever.catalogue.items[found.rows[0]].id


def test_everything_of_a_person_is_there(retriever: Retriever) -> None:
    """All of an actor's dramas are candidates, and come before all others."""
    theirs = {i.id for i in retriever.catalogue.items if "Park Seo Joon" in i.values("actor")}
    found = _items(retriever, _search(retriever, "Park Seo-joon drama"))
    assert len(theirs) >= 5
    assert {item.id for item in found[: len(theirs)]} == theirs


def test_what_meets_the_query_comes_first(retriever: Retriever) -> None:
    """The first results of "best 2020 thrillers" are thrillers of 2020, the best rated first."""
    found = _search(retriever, "best 2020 thrillers")
    first = _items(retriever, found)[: int((found.candidates.tier == 1).sum())]
    assert len(first) >= 5
    assert all(item.year == 2020 and "Thriller" in item.values("genre") for item in first)
    rated = retriever.catalogue.bayesian_rating
    assert rated[retriever.catalogue.row_of[first[0].id]] == max(
        rated[retriever.catalogue.row_of[item.id]] for item in first
    )


@pytest.mark.parametrize(
    ("text", "item_id"),
    [
        ("Hyun Bin military romance", "crash-landing-on-you-2019"),
        ("Gong Hyo Jin medical drama", "thank-you-2007"),
        ("Jung Il Woo martial arts", "the-return-of-iljimae-2009"),
    ],
)
def test_the_one_thing_a_person_made_of_a_kind_is_first(
    retriever: Retriever, text: str, item_id: str
) -> None:
    """Fewer than five meet a person and a genre, and they come first all the same."""
    found = _search(retriever, text)
    first = _items(retriever, found)[: int((found.candidates.tier == 1).sum())]
    assert item_id in [item.id for item in first]
    assert len(first) < 5


@pytest.mark.parametrize(
    "text",
    [
        "a surgeon is sucked into the comic that her dad draws and keeps rescuing its hero",
        "two men fight over a bakery, it was not so long ago, one of them had a scar",
    ],
)
def test_a_word_of_a_story_is_no_constraint(retriever: Retriever, text: str) -> None:
    """A surgeon in it makes no medical drama, and "long ago" no long one: nothing is a tier."""
    found = _search(retriever, text)
    assert retriever.analyse(text).wanted.is_empty
    assert set(found.candidates.tier.tolist()) == {0}


def test_like_a_title_is_not_the_title(retriever: Retriever) -> None:
    """The example itself is not among the results, a close relative is among the first."""
    found = [item.id for item in _items(retriever, _search(retriever, "something like Kingdom"))]
    assert "kingdom-2019" not in found
    assert "kingdom-season-2-2020" in found[:3]


def test_an_open_wish_has_many_answers(retriever: Retriever) -> None:
    """The words "drama" gives at least 100 candidates for a personal ranking to choose from."""
    assert len(_search(retriever, "drama").candidates) >= 100


def test_trending_follows_the_given_popularity(retriever: Retriever) -> None:
    """What the caller says is popular is what trends."""
    popularity = np.zeros(len(retriever.catalogue))
    popularity[retriever.catalogue.row_of["damo-2003"]] = 1.0
    found = _search(retriever, "trending now", popularity=popularity)
    assert _items(retriever, found)[0].id == "damo-2003"


@pytest.mark.parametrize("text", ["xqzvk wprtl", "asdf qwer zxcv", "!!!"])
def test_nonsense_has_no_answer(retriever: Retriever, text: str) -> None:
    """Nothing is better than twenty neighbours of nonsense."""
    assert len(_search(retriever, text).candidates) == 0


def test_nearly_all_nonsense_has_no_answer(retriever: Retriever) -> None:
    """Of 300 random strings at least 95% have no answer: the floor is a rate, not a proof."""
    rng = random.Random(5)
    strings = [
        "".join(rng.choices(string.ascii_lowercase, k=rng.randint(4, 12))) for _ in range(300)
    ]
    answered = [text for text in strings if len(_search(retriever, text).candidates)]
    assert len(answered) <= 15, answered


@pytest.mark.parametrize("text", QUERIES)
def test_filters_hold_for_every_candidate(retriever: Retriever, text: str) -> None:
    """A hard constraint lets nothing else through, a named title included."""
    found = _search(retriever, text, filters=Filters(facets={"publisher": ("SBS",)}))
    assert all("SBS" in item.values("publisher") for item in _items(retriever, found))


def test_a_filter_nobody_meets_and_one_that_is_not_there(retriever: Retriever) -> None:
    """No match is an empty answer; an unknown facet is an error."""
    none = _search(retriever, "drama", filters=Filters(facets={"genre": ("Opera",)}))
    assert len(none.candidates) == 0
    with pytest.raises(InvalidQuery):
        _search(retriever, "drama", filters=Filters(facets={"colour": ("red",)}))


def test_a_changed_catalogue_answers_at_once(
    world: Catalogue, world_vectors: ItemVectors, encoder: WordLlamaEncoder
) -> None:
    """Added and hidden items show in the next Retriever; the old one is as it was."""
    before = Retriever(world, world_vectors)
    changed = world.with_items(
        [
            Item("new", "Comet Tea", text="Brew tea aboard a comet."),
            replace(world.get("cave"), hidden=True),
        ],
        1,
    )
    vectors = build_vectors(changed, encoder, world_vectors.mean, (world, world_vectors))
    after = before.updated(changed, vectors)
    assert _items(after, _search(after, "comet tea"))[0].id == "new"
    assert "cave" not in [item.id for item in _items(after, _search(after, "dragon cave"))]
    assert _items(before, _search(before, "dragon cave"))[0].id == "cave"


def test_similar_items_say_what_they_share(retriever: Retriever) -> None:
    """A second season is nearest and names what is shared; the item itself is not in its list."""
    similar = retriever.similar("hospital-playlist-2020", 5)
    assert similar[0][0].id == "hospital-playlist-season-2-2021"
    assert "Jo Jung Suk" in similar[0][2]
    assert "hospital-playlist-2020" not in [item.id for item, _, _ in similar]
    assert [score for _, score, _ in similar] == sorted((s for _, s, _ in similar), reverse=True)
    with pytest.raises(UnknownItem):
        retriever.similar("no-such-drama")

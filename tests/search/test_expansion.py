"""Words that are added to a query."""

from __future__ import annotations

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.vectors import ItemVectors
from penchant.search.expansion import QueryExpander
from penchant.search.retriever import Retriever


def test_a_phrase_of_two_words_has_synonyms(dramas: Catalogue, vectors: ItemVectors) -> None:
    """Keys of several words match, in any inflection."""
    expander = QueryExpander(dramas.schema.vocabulary, vectors)
    assert "past" in expander.synonyms("time travels")
    assert expander.synonyms("time") == ()


def test_only_near_terms_of_the_user_are_added(dramas: Catalogue, vectors: ItemVectors) -> None:
    """At most two, nearest first; what the query says already and what is far off is left out."""
    expander = QueryExpander(dramas.schema.vocabulary, vectors)
    terms = ("Zombies", "Zombie Apocalypse", "High School", "Cooking", "zombie")
    assert expander.near_terms("zombie school", terms) == ("Zombie Apocalypse", "High School")
    assert expander.near_terms("zombie school", ("Cooking",)) == ()


def test_user_terms_reach_the_answer(retriever: Retriever) -> None:
    """The words added for the user are named in the answer, and the typed query still counts."""
    analysis = retriever.analyse("zombie school")
    plain = retriever.retrieve(analysis, 0.5)
    personal = retriever.retrieve(analysis, 0.5, user_terms=("Zombie Apocalypse",))
    assert "Zombie Apocalypse" not in plain.expanded_terms
    assert "Zombie Apocalypse" in personal.expanded_terms

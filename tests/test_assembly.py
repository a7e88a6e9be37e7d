"""Assembly: settings in, a working engine out; stored schemas and imports."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from contracts.storage_contract import shown
from numpy.typing import NDArray
from worlds import (
    DAY,
    LATER,
    HashedEncoder,
    an_event,
    isolated_settings,
    make_item,
    open_engine,
    stored_profile,
    teach,
)

from penchant.assembly import build_engine, ensure_catalogue, import_catalogue
from penchant.catalogue.formats import Source
from penchant.catalogue.schema import load_schema
from penchant.catalogue.source import read_bundled_items
from penchant.domain.feedback import Feedback
from penchant.domain.item import Item
from penchant.domain.query import Query
from penchant.errors import InvalidFeedback, InvalidSettings, StorageError, UnknownItem
from penchant.settings import load_settings
from penchant.storage import open_storage
from penchant.taste.signals import DEFAULT_SIGNALS, SignalRule

MOVIES = """
[catalogue]
name = "movies"
noun = "movie"
audience = "watcher"
text = ["overview"]
year = "year"
rating = "rating"
rating_count = "votes"
rating_scale = [1, 5]

[facets.genre]
column = "genres"
boost = 0.5

[facets.studio]
column = "studio"
boost = 0.1
"""
ROWS = """id,title,overview,year,genres,studio,rating,votes
heat-1995,Heat,A thief and a policeman.,1995,"Crime, Drama",Regency,4.1,900
alien-1979,Alien,Something is on board.,1979,"Horror, Science Fiction",Brandywine,4.4,1200
up-2009,Up,A house flies.,2009,"Animation, Comedy",Pixar,4.0,1500
"""


@pytest.fixture
def movies(tmp_path: Path) -> Source:
    """Three movies with a schema of another domain."""
    (tmp_path / "movies.toml").write_text(MOVIES)
    (tmp_path / "movies.csv").write_text(ROWS)
    return Source(tmp_path / "movies.csv", load_schema(tmp_path / "movies.toml"))


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database file that is not there yet."""
    return f"sqlite:///{tmp_path / 'a.db'}"


def test_the_bundled_catalogue_is_loaded_once() -> None:
    """An empty store gets all bundled items; a second call loads nothing, changes stay."""
    engine = open_engine()
    assert ensure_catalogue(engine) == len(read_bundled_items()) >= 400
    engine.hide_item("signal-2016")
    assert ensure_catalogue(engine) == 0
    assert engine.item("signal-2016").hidden
    engine.close()


def test_a_store_with_items_of_its_own_gets_no_bundled_ones() -> None:
    """Loading the bundled catalogue never mixes into another one."""
    engine = open_engine(items=[make_item("mine")])
    assert ensure_catalogue(engine) == 0
    assert [item.id for item in engine.storage.items()] == ["mine"]
    engine.close()


def test_an_imported_schema_is_used_again(url: str, movies: Source) -> None:
    """A store remembers what its columns mean: facets, scale and words, without a setting."""
    report = import_catalogue(isolated_settings(database_url=url), movies)
    assert list(report.rejected) == []
    engine = open_engine(url)
    schema = engine.snapshot.catalogue.schema
    assert (schema.name, schema.noun, schema.rating_scale) == ("movies", "movie", (1.0, 5.0))
    assert [spec.name for spec in schema.facets] == ["genre", "studio"]
    assert engine.search(Query("Heat")).recommendations[0].item.id == "heat-1995"
    assert engine.profile("mina").personas() == ["New Watcher"]
    # 4.5 of 5 is a target of .9: .5 + .2 * .4 = .58.
    engine.record(an_event("mina", "rating", "heat-1995", 4.5, event_id="e1"))
    profile = stored_profile(engine, "mina")
    assert profile is not None
    assert profile.preferences["genre"]["crime"].value == pytest.approx(0.58)
    with pytest.raises(InvalidFeedback, match="1 to 5"):
        engine.record(an_event("mina", "rating", "up-2009", 9.0, event_id="e2"))
    with pytest.raises(UnknownItem, match="No movie called"):
        engine.find_title("Heatwave")
    engine.close()


def test_importing_again_updates(url: str, movies: Source) -> None:
    """The same file may be imported twice; changed rows replace the old ones."""
    settings = isolated_settings(database_url=url)
    import_catalogue(settings, movies)
    movies.path.write_text(ROWS.replace("Heat", "Heat Again"))
    import_catalogue(settings, movies)
    engine = open_engine(url)
    assert len(engine.snapshot.catalogue) == 3
    assert engine.item("heat-1995").title == "Heat Again"
    engine.close()


def test_an_import_is_seen_by_a_running_engine(url: str, movies: Source) -> None:
    """An engine that was open on the store has the imported items in its next answer."""
    import_catalogue(isolated_settings(database_url=url), movies)
    engine = open_engine(url)
    assert len(engine.recommend(None).recommendations) == 3
    with movies.path.open("a") as file:
        file.write("jaws-1975,Jaws,A shark.,1975,Thriller,Universal,4.2,3000\n")
    import_catalogue(isolated_settings(database_url=url), movies)
    assert engine.search(Query("Jaws")).recommendations[0].item.id == "jaws-1975"
    engine.close()


def test_another_domain_is_refused_with_a_way_out(url: str, movies: Source) -> None:
    """Movies do not go into a store of K-dramas: the error says where to put them instead."""
    engine = open_engine(url)
    ensure_catalogue(engine)
    before = engine.storage.latest_position()
    with pytest.raises(InvalidSettings, match=r"--database sqlite:///") as refused:
        import_catalogue(isolated_settings(database_url=url), movies)
    assert "kdramas" in str(refused.value)
    assert "movies" in str(refused.value)
    assert engine.storage.latest_position() == before
    engine.close()


def test_a_schema_setting_does_not_open_the_door_to_another_domain(
    url: str, movies: Source, tmp_path: Path
) -> None:
    """What the store holds decides, not the schema file that the settings happen to name."""
    import_catalogue(isolated_settings(database_url=url), movies)
    (tmp_path / "books.toml").write_text(
        MOVIES.replace("studio", "author").replace("movies", "books")
    )
    (tmp_path / "books.csv").write_text(
        ROWS.replace("studio", "author").replace("heat-1995", "b-1")
    )
    books = Source(tmp_path / "books.csv", load_schema(tmp_path / "books.toml"))
    settings = isolated_settings(database_url=url, schema_file=tmp_path / "books.toml")
    with pytest.raises(InvalidSettings, match="--database"):
        import_catalogue(settings, books)


def test_boost_settings_replace_the_schemas() -> None:
    """A cap of 0 takes a facet out of every boost; the others keep theirs."""
    engine = open_engine(boosts={"genre": 0.0, "publisher": 0.2})
    specs = {spec.name: spec.boost for spec in engine.snapshot.catalogue.schema.facets}
    assert specs["genre"] == 0.0
    assert specs["publisher"] == 0.2
    assert (specs["theme"], specs["actor"], specs["director"]) == (0.4, 0.3, 0.2)
    engine.close()


def test_a_boost_for_an_unknown_facet_is_refused() -> None:
    """The error names the facet and those that exist."""
    with pytest.raises(InvalidSettings, match=r"colour.*genre"):
        open_engine(boosts={"colour": 0.1})


def test_a_boost_by_the_plural_name_works_or_is_refused() -> None:
    """The name "genres" is either understood as genre or an error, but never without effect."""
    try:
        engine = open_engine(boosts={"genres": 0.1})
    except InvalidSettings as refused:
        assert "genres" in str(refused)  # noqa: PT017 - either of two behaviours is right
        return
    specs = {spec.name: spec.boost for spec in engine.snapshot.catalogue.schema.facets}
    engine.close()
    assert specs["genre"] == 0.1


def test_learning_settings_reach_the_learner() -> None:
    """Learning rate, half-lives and the personal share of the settings are those that are used."""
    engine = open_engine(
        items=[make_item("a", genre=["Medical"]), make_item("b", genre=["Comedy"])],
        learning_rate=0.5,
        half_life_days=1.0,
        personal_share=0.3,
        now=LATER,
    )
    teach(engine, "mina", ("love", "a"), at=LATER - 86_400.0)
    profile = stored_profile(engine, "mina")
    assert profile is not None
    assert profile.preferences["genre"]["medical"].value == pytest.approx(0.75)
    read = engine.profile("mina").top("genre")[0]
    assert read.value == pytest.approx(0.625)
    assert read.evidence == pytest.approx(0.5)
    weights = engine.recommend("mina").weights
    # One verdict of strength 1: .3 * 1 / (1 + 2).
    personal = sum(weights[name] for name in ("facets", "embedding", "interests", "recent"))
    known = weights["popularity"] + weights["quality"]
    assert personal / (personal + known) == pytest.approx(0.1)
    engine.close()


@pytest.mark.parametrize("dimension", [64, 128])
def test_the_encoder_dimension_is_the_settings(dimension: int) -> None:
    """64 and 128 are possible and give vectors of that length."""
    engine = build_engine(
        isolated_settings(database_url="memory://", encoder_dimension=dimension),
        clock=lambda: LATER,
    )
    engine.put_items([make_item("a", "Hospital"), make_item("b", "Office")])
    assert engine.snapshot.vectors.centred.shape == (2, dimension)
    engine.close()


def test_an_impossible_encoder_dimension_is_refused() -> None:
    """The error names the dimension and those that exist."""
    with pytest.raises(InvalidSettings, match=r"100.*64, 128, 256"):
        build_engine(isolated_settings(database_url="memory://", encoder_dimension=100))


class ShoutingReranker:
    """Prefers texts that hold the word "second"."""

    id = "shouting"

    def score(self, query: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """1 for the preferred, 0 for the rest."""
        del query
        return np.array([float("second" in text.casefold()) for text in texts])


def test_a_reranker_of_ones_own_takes_part() -> None:
    """A given reranker is named in the pipeline and its term is in the scores."""
    engine = build_engine(
        isolated_settings(database_url="memory://"),
        encoder=HashedEncoder(),
        reranker=ShoutingReranker(),
        clock=lambda: LATER,
    )
    first = replace(make_item("a", "Night doctors"), text="The first night of the doctors.")
    second = replace(make_item("b", "Night nurses"), text="The second night of the doctors.")
    engine.put_items([first, second])
    answer = engine.search(Query("night doctors on call"))
    assert answer.pipeline["reranker"] == "shouting"
    terms = {r.item.id: r.terms["rerank"] for r in answer.recommendations}
    assert terms["b"] > terms["a"]
    engine.close()


@pytest.mark.parametrize("url", ["mysql://user:secret@host/db", "penchant.sqlite", ""])
def test_a_url_that_no_store_opens_is_refused(url: str) -> None:
    """The error says what is possible and keeps a password to itself."""
    with pytest.raises(InvalidSettings, match="memory://") as refused:
        build_engine(isolated_settings(database_url=url), encoder=HashedEncoder())
    assert "secret" not in str(refused.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """A text file under the database's name is a StorageError that names it."""
    (tmp_path / "notes.txt").write_text("not a database, just some notes\n" * 40)
    with pytest.raises(StorageError, match=r"notes\.txt"):
        open_engine(f"sqlite:///{tmp_path / 'notes.txt'}")


def test_a_missing_schema_file_is_named(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(InvalidSettings, match=r"nowhere\.toml"):
        open_engine(schema_file=tmp_path / "nowhere.toml")


def test_a_kind_of_ones_own_is_learned_from() -> None:
    """A registered kind is accepted, learned with its own strength, and unknown elsewhere."""
    cheer = SignalRule(strength=0.5, target=1.0, rank=3)
    signals = DEFAULT_SIGNALS.with_rule("cheer", cheer)
    engine = build_engine(load_settings(database_url="memory://"), signals=signals)
    engine.put_items([Item("a", "A", facets={"genre": ("Medical",)})])
    engine.record(Feedback("e1", "mina", "a", "cheer", at=engine.clock()))
    (medical,) = engine.profile("mina").top("genre")
    assert medical.value == pytest.approx(0.55, abs=1e-6)
    engine.close()


def test_old_impressions_go_when_an_engine_is_built(url: str) -> None:
    """Those of the last `keep_impressions_days` stay; an endless number of days keeps them all."""
    with closing(open_storage(url)) as storage:
        storage.put_impressions(
            [shown("old", at=LATER - 10.5 * DAY), shown("new", at=LATER - 9.5 * DAY)]
        )
    for days, kept in ((float("inf"), {"old", "new"}), (10.0, {"new"})):
        with closing(open_engine(url, keep_impressions_days=days)) as engine:
            assert set(engine.storage.impressions(["old", "new"])) == kept

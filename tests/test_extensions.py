"""Parts of one's own by name: installed under an entry point, or as package.module:factory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from worlds import LATER, NOON, HashedEncoder, isolated_settings, make_item, open_engine, teach

from penchant.assembly import build_engine
from penchant.domain.query import Query
from penchant.engine import Engine
from penchant.errors import InvalidSettings
from penchant.extensions import is_reference, make_extension

MODULE = '''\
"""Parts that somebody wrote for their own catalogue."""

import numpy as np

from penchant.ranking.moment import Scored


class LongTitles:
    """Long titles first: an opinion that no scorer that ships has."""

    def __init__(self, name="long_titles"):
        self.name = name
        self.side = "model"

    def scores(self, moment):
        titles = [moment.catalogue.items[row].title for row in moment.rows.tolist()]
        return Scored(np.array([float(len(title)) for title in titles]))


def own_trend():
    return LongTitles("trend")


class Initials:
    """A text is its first letter."""

    id = "initials"
    dimension = 26

    def encode(self, texts):
        vectors = np.zeros((len(texts), 26), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row, (ord(text[0].casefold()) - ord("a")) % 26] = 1.0
        return vectors


class Contrary:
    """A cross-encoder that likes the short texts."""

    id = "contrary"

    def score(self, query, texts):
        return np.array([1.0 / (1.0 + len(text)) for text in texts])


def needs_an_argument(path):
    return path


def cannot_start():
    raise ValueError("the licence of this model has run out")


def of_no_kind():
    return {}


NOT_CALLABLE = 7
'''

ENTRY_POINTS = """\
[penchant.scorers]
lengthy = {module}:LongTitles
broken = {module}:gone

[penchant.encoders]
initials = {module}:Initials

[penchant.rerankers]
contrary = {module}:Contrary
"""

ITEMS = [
    make_item("ab", "A fairly long title of some drama", genre=["Medical"]),
    make_item("b", "Brief", genre=["Medical"]),
    make_item("c", "Cold nights", genre=["Comedy"]),
]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An importable module of parts, not known to any installer."""
    name = f"parts_of_ones_own_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return name


@pytest.fixture
def installed(module: str, tmp_path: Path) -> str:
    """The same module, installed: a dist-info folder beside it names its entry points."""
    folder = tmp_path / "own_parts-1.0.dist-info"
    folder.mkdir()
    metadata = "Metadata-Version: 2.1\nName: own-parts\nVersion: 1.0\n"
    (folder / "METADATA").write_text(metadata, encoding="utf-8")
    points = ENTRY_POINTS.format(module=module)
    (folder / "entry_points.txt").write_text(points, encoding="utf-8")
    return module


Open = Callable[..., Engine]


@pytest.fixture
def opened() -> Iterator[Open]:
    """Engines over three items, closed at the end; the encoder is what the settings name."""
    engines: list[Engine] = []

    def make(**settings: object) -> Engine:
        chosen = None if "encoder" in settings else HashedEncoder()
        engine = build_engine(
            isolated_settings(database_url="memory://", **settings),
            encoder=chosen,
            clock=lambda: LATER,
        )
        engines.append(engine)
        engine.put_items(ITEMS)
        return engine

    yield make
    for engine in engines:
        engine.close()


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a:b", "package.module:factory", "_p.q_2:Make"])
def test_a_reference_has_modules_and_a_factory(name: str) -> None:
    assert is_reference(name)


@pytest.mark.parametrize(
    "name",
    ["", ":", "a:", ":b", "a", "a.b", "a..b:c", ".a:b", "a:b.c", "a:b:c", "C:\\models", "org/model",
     "./folder:x", "a b:c"],
)  # fmt: skip
def test_what_is_not_a_reference(name: str) -> None:
    """Folders, hub ids and drives are none, so that a reranker's folder is not imported."""
    assert not is_reference(name)


# --- scorers ------------------------------------------------------------------------------------


def test_a_scorer_by_reference_takes_part(opened: Open, module: str) -> None:
    """Its term is in the scores, with its share among the weights; it can decide the order."""
    engine = opened(scorers={"long_titles": f"{module}:LongTitles"})
    answer = engine.recommend(None, 3)
    assert answer.recommendations[0].item.id == "ab"
    assert answer.recommendations[0].terms["long_titles"] > 0.0
    assert answer.weights["long_titles"] > 0.0
    without = opened().recommend(None, 3)
    assert "long_titles" not in without.recommendations[0].terms


def test_a_scorer_by_entry_point_takes_part(
    opened: Open, installed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installed package's scorer is named by its entry point, also through the environment."""
    del installed
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    first = opened(scorers={"long_titles": "lengthy"}).recommend(None, 1).recommendations[0]
    assert first.item.id == "ab"
    assert first.terms["long_titles"] > 0.0


def test_the_name_of_a_scorer_that_ships_takes_its_place(opened: Open, module: str) -> None:
    """`trend` is one's own then, and weighs what the trend weighs."""
    engine = opened(scorers={"trend": f"{module}:own_trend"})
    names = [scorer.name for scorer in engine.for_you.scorers]
    assert names.count("trend") == 1
    (result,) = engine.recommend(None, 1).recommendations
    assert result.item.id == "ab"
    assert result.terms["trend"] == pytest.approx(0.2)  # its bundled weight, over a base of 1


def test_own_weights_learn_of_a_scorer_of_ones_own(opened: Open, module: str) -> None:
    """Its ranks are remembered with what was shown, like those of the scorers that ship."""
    engine = opened(scorers={"long_titles": f"{module}:LongTitles"})
    listed = engine.recommend("mina", 3)
    assert engine.impressions.flush(30.0)
    assert listed.impression_id is not None
    shown = engine.storage.impressions([listed.impression_id])[listed.impression_id]
    ranks = dict(zip(shown.item_ids, shown.ranks["long_titles"], strict=True))
    assert ranks == {"ab": 1, "c": 2, "b": 3}


# --- encoders and rerankers ---------------------------------------------------------------------


def test_an_encoder_by_reference_and_by_entry_point(opened: Open, installed: str) -> None:
    """Both ways give the same vectors, of the encoder's own dimension, and the answer names it."""
    for name in (f"{installed}:Initials", "initials"):
        engine = opened(encoder=name)
        assert engine.snapshot.vectors.centred.shape == (3, 26)
        assert engine.search(Query("brief drama")).pipeline["semantic"] == "initials"


def test_a_learned_taste_lives_on_an_encoder_of_ones_own(opened: Open, module: str) -> None:
    """The user vector has its dimension."""
    engine = opened(encoder=f"{module}:Initials")
    teach(engine, "mina", ("love", "b"), at=NOON)
    profile = engine.storage.profiles.get("mina")
    assert profile is not None
    assert profile.vector is not None
    assert profile.vector.shape == (26,)


def test_a_reranker_by_reference(opened: Open, module: str) -> None:
    """It reads the best candidates of a search, and the answer names it."""
    answer = opened(reranker=f"{module}:Contrary").search(Query("medical drama"))
    assert answer.pipeline["reranker"] == "contrary"
    terms = {result.item.id: result.terms["rerank"] for result in answer.recommendations}
    assert terms["b"] > terms["ab"]


def test_a_reranker_by_entry_point(opened: Open, installed: str) -> None:
    """An installed package's reranker is named like its scorers and encoders."""
    del installed
    answer = opened(reranker="contrary").search(Query("medical drama"))
    assert answer.pipeline["reranker"] == "contrary"


# --- what cannot be made ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["scorer", "encoder", "reranker"])
def test_an_unknown_name_says_how_parts_are_named(kind: str) -> None:
    with pytest.raises(InvalidSettings, match=r"package\.module:factory") as refused:
        make_extension(kind, "no-such-part")
    assert kind in str(refused.value)
    assert "no-such-part" in str(refused.value)


@pytest.mark.usefixtures("installed")
def test_an_unknown_name_lists_what_is_installed() -> None:
    """Only of the kind that was asked for."""
    with pytest.raises(InvalidSettings, match="broken, lengthy") as refused:
        make_extension("scorer", "lengthyy")
    assert "initials" not in str(refused.value)


@pytest.mark.parametrize(
    "factory", ["gone", "needs_an_argument", "cannot_start", "NOT_CALLABLE", "LongTitles"]
)
def test_a_factory_that_fails_is_named(module: str, factory: str) -> None:
    """What the factory said is part of the message; one that works is no error."""
    name = f"{module}:{factory}"
    if factory == "LongTitles":
        assert make_extension("scorer", name).name == "long_titles"
        return
    with pytest.raises(InvalidSettings, match="cannot be made") as refused:
        make_extension("scorer", name)
    assert name in str(refused.value)
    if factory == "cannot_start":
        assert "licence" in str(refused.value)


@pytest.mark.usefixtures("installed")
def test_an_entry_point_that_leads_nowhere_is_named() -> None:
    with pytest.raises(InvalidSettings, match="'broken' cannot be made"):
        make_extension("scorer", "broken")


def test_a_module_that_is_not_there_is_named() -> None:
    with pytest.raises(InvalidSettings, match="no_such_package"):
        make_extension("encoder", "no_such_package.parts:Encoder")


def test_settings_that_name_the_wrong_part_open_no_engine(module: str) -> None:
    """A wrong name, a name the scorer does not go by, and what is no scorer are all refused."""
    wrong: list[tuple[dict[str, object], str]] = [
        ({"scorers": {"mine": "no-such-part"}}, "no-such-part"),
        ({"scorers": {"mine": f"{module}:LongTitles"}}, "long_titles"),
        ({"scorers": {"mine": f"{module}:of_no_kind"}}, "of_no_kind"),
        ({"encoder": "no-such-part"}, "no-such-part"),
        ({"reranker": f"{module}:gone"}, "gone"),
    ]
    for settings, told in wrong:
        chosen = None if "encoder" in settings else HashedEncoder()
        with pytest.raises(InvalidSettings, match=told):
            build_engine(isolated_settings(database_url="memory://", **settings), encoder=chosen)


def test_a_weights_file_is_what_lists_are_blended_with(tmp_path: Path) -> None:
    """`weights_file` takes the place of the bundled weights; a wrong file opens no engine."""
    path = tmp_path / "weights.json"
    path.write_text(
        '{"version": 1, "personal": {}, "model": {"quality": 1.0, "popularity": 0.0,'
        ' "freshness": 0.0}, "report": {}}',
        encoding="utf-8",
    )
    engine = open_engine(items=ITEMS, weights_file=path)
    assert dict(engine.recommend(None, 1).weights) == pytest.approx(
        {"quality": 1.0, "popularity": 0.0, "freshness": 0.0}
    )
    engine.close()
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(InvalidSettings, match=r"weights\.json"):
        open_engine(weights_file=path)

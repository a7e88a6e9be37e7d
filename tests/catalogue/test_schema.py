from __future__ import annotations

from pathlib import Path

import pytest

from penchant.catalogue.schema import CatalogueSchema, load_bundled_schema, load_schema
from penchant.domain.item import Item
from penchant.errors import InvalidSettings


def _load(folder: Path, text: str) -> CatalogueSchema:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return load_schema(path)


def test_the_bundled_facets_and_their_caps() -> None:
    """Caps and ways of matching are those of the ranking's formulas; five of the cast count."""
    schema = load_bundled_schema()
    assert {spec.name: spec.boost for spec in schema.facets} == {
        "genre": 0.5,
        "theme": 0.4,
        "actor": 0.3,
        "director": 0.2,
        "writer": 0.0,
        "publisher": 0.0,
    }
    assert [spec.name for spec in schema.facets if spec.match == "cosine"] == ["theme"]
    assert [spec.name for spec in schema.facets if spec.person] == ["actor", "director", "writer"]
    assert schema.facet("actor").position_weights == (1.0, 0.8, 0.65, 0.55, 0.5)
    assert schema.rating_scale == (0.0, 10.0)


def test_facets_answer_to_their_plural() -> None:
    schema = load_bundled_schema()
    assert schema.facet("genres") is schema.facet("genre")
    with pytest.raises(InvalidSettings, match="genre, theme, actor"):
        schema.facet("genera")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[catalogue]\nname = "x"\nnoum = "game"\n', "noum"),
        ('[catalogue]\nname = "x"\n[facets.genre]\nbost = 0.5\n', "bost"),
        ('[catalogue]\nname = "x"\n[facets.genre]\nboost = 1.5\n', "boost 1.5"),
        ('[catalogue]\nname = "x"\n[facets.genre]\nmatch = "min"\n', "min"),
        ('[catalogue]\nname = "x"\nrating_scale = [5, 1]\n', "rating_scale"),
        ('[catalogue]\nname = "x"\ntext_cut = ["(open"]\n', "open"),
        ('[catalogue]\nnoun = "x"\n', "name"),
        ("[catalogue\n", "line 1"),
    ],
)
def test_what_is_wrong_in_a_schema_file_is_named(text: str, named: str, tmp_path: Path) -> None:
    """Together with the file; a misspelt key is an error, never ignored."""
    with pytest.raises(InvalidSettings, match=r"mine\.toml") as told:
        _load(tmp_path, text)
    assert named in str(told.value)


def test_a_missing_schema_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"absent\.toml"):
        load_schema(tmp_path / "absent.toml")


def test_a_column_is_named_like_its_facet_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    text = '[catalogue]\nname = "x"\n[facets.genre]\n[facets.theme]\ncolumn = "tags"\n'
    assert _load(tmp_path, text).columns == {"genre": "genre", "theme": "tags"}


LEXICON = """
[catalogue]
name = "x"
[facets.theme]
[lexicon.theme]
sad = ["tears", "grief"]
"""


def test_a_lexicon_theme_is_added_once(tmp_path: Path) -> None:
    """After the item's own themes; one that it has already, however spelt, is not doubled."""
    schema = _load(tmp_path, LEXICON)
    told_twice = Item("a", "A", text="Grief, and Tears.", facets={"theme": ("Family",)})
    assert schema.enrich(told_twice).values("theme") == ("Family", "sad")
    known = Item("b", "B", text="Tears.", facets={"theme": ("Sad",)})
    assert schema.enrich(known).values("theme") == ("Sad",)
    once = schema.enrich(told_twice)
    assert schema.enrich(once) == once


def test_a_lexicon_word_counts_only_when_whole(tmp_path: Path) -> None:
    schema = _load(tmp_path, LEXICON)
    assert (
        schema.enrich(Item("a", "A", text="A tearsome underbrief of outgrief.")).values("theme")
        == ()
    )


def test_the_fingerprint_follows_what_is_learned_from(tmp_path: Path) -> None:
    """A lexicon word, a facet or the scale change it; the words of the interface do not."""
    plain = _load(tmp_path, LEXICON).fingerprint
    assert _load(tmp_path, LEXICON).fingerprint == plain
    named = LEXICON.replace('name = "x"', 'name = "x"\nnoun = "film"')
    assert _load(tmp_path, named).fingerprint == plain
    for other in (
        LEXICON.replace('"grief"', '"sorrow"'),
        LEXICON + "[facets.genre]\n",
        LEXICON.replace('name = "x"', 'name = "x"\nrating_scale = [0, 5]'),
        LEXICON.replace('name = "x"', 'name = "x"\nrepeatable = true'),
    ):
        assert _load(tmp_path, other).fingerprint != plain

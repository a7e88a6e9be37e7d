"""Settings: defaults, TOML, variables, arguments, in that order; and errors that say which."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds import no_penchant_variables

from penchant.errors import InvalidSettings
from penchant.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _no_variables_of_this_machine() -> Iterator[None]:
    with no_penchant_variables():
        yield


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A TOML file that PENCHANT_CONFIG names; the test fills it."""
    file = tmp_path / "penchant.toml"
    monkeypatch.setenv("PENCHANT_CONFIG", str(file))
    return file


def test_the_defaults_are_those_of_a_newcomer() -> None:
    """Nothing set: a SQLite file, loopback, port 8001, the seeds' numbers, nothing optional."""
    settings = load_settings()
    assert settings.database_url == "sqlite:///penchant.sqlite"
    assert (settings.host, settings.port) == ("127.0.0.1", 8001)
    assert settings.learning_rate == 0.2
    assert (settings.half_life_days, settings.implicit_half_life_days) == (90.0, 30.0)
    assert settings.personal_share == 0.6
    assert settings.most_body_bytes == 1_000_000
    assert settings.reranker is None
    assert settings.schema_file is None
    assert settings.boosts == {}


def test_later_sources_win(configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Defaults give way to the file, the file to variables, variables to arguments."""
    configured.write_text('port = 1\nhost = "file"\nlearning_rate = 0.4\n')
    monkeypatch.setenv("PENCHANT_PORT", "2")
    monkeypatch.setenv("PENCHANT_HOST", "variable")
    settings = load_settings(port=3)
    assert (settings.port, settings.host, settings.learning_rate) == (3, "variable", 0.4)
    assert settings.half_life_days == 90.0
    assert load_settings(port=None).port == 2


def test_boosts_come_from_a_table_or_from_json(
    configured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table in the file and JSON in the variable are the same thing."""
    configured.write_text("[boosts]\ngenre = 0.1\nactor = 0.0\n")
    assert load_settings().boosts == {"genre": 0.1, "actor": 0.0}
    monkeypatch.setenv("PENCHANT_BOOSTS", '{"genre": 0.2, "actor": 0.0}')
    assert load_settings().boosts == {"genre": 0.2, "actor": 0.0}


def test_an_unknown_name_in_the_file_is_refused(configured: Path) -> None:
    """A misspelled setting would silently do nothing: it is named instead."""
    configured.write_text("prot = 8002\n")
    with pytest.raises(InvalidSettings, match="prot"):
        load_settings()


def test_an_unknown_argument_is_refused() -> None:
    """So is a misspelled argument."""
    with pytest.raises(InvalidSettings, match="prot"):
        load_settings(prot=8002)


def test_other_programs_variables_are_no_concern(monkeypatch: pytest.MonkeyPatch) -> None:
    """PORT and HOST without the prefix change nothing."""
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere")
    assert load_settings() == Settings()
    assert load_settings().port == 8001


def test_a_config_file_that_is_not_there_is_named(configured: Path) -> None:
    """A wrong path in PENCHANT_CONFIG is an error, not an empty file."""
    with pytest.raises(InvalidSettings, match=configured.name):
        load_settings()


@pytest.mark.parametrize("content", [b"port = = 3", b"[boosts", b'host = "\xff"'])
def test_a_file_that_is_not_toml_is_named(configured: Path, content: bytes) -> None:
    """Broken TOML or broken text is InvalidSettings that names the file."""
    configured.write_bytes(content)
    with pytest.raises(InvalidSettings, match=configured.name):
        load_settings()


def test_a_variable_that_is_not_json_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """PENCHANT_BOOSTS without JSON in it is InvalidSettings that names boosts."""
    monkeypatch.setenv("PENCHANT_BOOSTS", "genre=0.5")
    with pytest.raises(InvalidSettings, match=r"(?i)boosts"):
        load_settings()


BAD = {
    "port": ["-1", "65536", "eighty"],
    "encoder_dimension": ["wide"],
    "learning_rate": ["1.1", "-0.1", "nan", "fast"],
    "half_life_days": ["0", "-1", "nan"],
    "implicit_half_life_days": ["0"],
    "embedding_learning_rate": ["2"],
    "strong_learning_rate": ["-1"],
    "own_weights": ["perhaps"],
    "scorers": ["none", '["mine"]'],
    "personal_share": ["1.5"],
    "keep_impressions_days": ["0", "-1", "nan", "long"],
    "boosts": ['{"genre": 2}', '{"genre": "much"}', "[]"],
    "most_body_bytes": ["0", "1.5"],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in BAD.items() for v in values])
def test_every_bad_value_names_itself(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The error says which setting cannot be used."""
    monkeypatch.setenv(f"PENCHANT_{name.upper()}", value)
    with pytest.raises(InvalidSettings, match=name):
        load_settings()


def test_every_bounded_setting_is_tried_above() -> None:
    """A new setting with a bounded or numeric type needs a row of bad values."""
    free = {
        "database_url",
        "schema_file",
        "host",
        "reranker",
        "encoder",
        "weights_file",
    }
    assert set(BAD) | free == set(Settings.model_fields)


def test_several_bad_values_are_named_at_once() -> None:
    """One run shows all that is wrong."""
    with pytest.raises(InvalidSettings) as refused:
        load_settings(port=-1, learning_rate=7)
    assert "port" in str(refused.value)
    assert "learning_rate" in str(refused.value)


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    """Each field says what it is for, in a few words of its own."""
    description = Settings.model_fields[name].description
    assert description is not None
    assert len(description) >= 10
    assert [f.description for f in Settings.model_fields.values()].count(description) == 1


def test_settings_do_not_change() -> None:
    """What was read stays as it was read."""
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]


def test_an_empty_variable_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """`PENCHANT_DATABASE_URL=` in a compose file means the default, not an empty address."""
    monkeypatch.setenv("PENCHANT_DATABASE_URL", "")
    assert load_settings().database_url == "sqlite:///penchant.sqlite"

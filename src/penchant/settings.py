"""Settings: the only reader of environment and TOML; composes the configs of the components.

Order, later wins: defaults, the TOML file named by PENCHANT_CONFIG, PENCHANT_* variables,
arguments.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from penchant.errors import InvalidSettings

__all__ = ["Settings", "load_settings"]

MOST_BODY_BYTES = 1_000_000

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Days = Annotated[float, Field(gt=0.0)]


class Settings(BaseSettings):
    """Everything that can be set from outside, by name `PENCHANT_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix="PENCHANT_", env_ignore_empty=True, extra="forbid", frozen=True
    )

    database_url: str = Field(
        default="sqlite:///penchant.sqlite", description="where the log, profiles and items live"
    )
    schema_file: Path | None = Field(
        default=None, description="schema of the catalogue; the bundled K-dramas when unset"
    )
    host: str = Field(default="127.0.0.1", description="address the API listens on")
    port: Annotated[int, Field(ge=0, le=65_535)] = Field(
        default=8001, description="port the API listens on"
    )
    encoder: str = Field(
        default="wordllama", description="a registered encoder, or package.module:factory"
    )
    encoder_dimension: int = Field(default=256, description="64, 128 or 256")
    reranker: str | None = Field(
        default=None,
        description="folder or hub id of an ONNX cross-encoder, or package.module:factory",
    )
    learning_rate: Share = Field(default=0.2, description="share of new evidence in a preference")
    half_life_days: Days = Field(default=90.0, description="fading of deliberate feedback")
    implicit_half_life_days: Days = Field(default=30.0, description="fading of implicit feedback")
    embedding_learning_rate: Share = Field(default=0.1, description="step of the user vector")
    strong_learning_rate: Share = Field(default=0.15, description="step for love, hate, full marks")
    personal_share: Share = Field(default=0.6, description="most that taste weighs in For You")
    scorers: dict[str, str] = Field(
        default_factory=dict,
        description="scorers of one's own for For You: name to package.module:factory",
    )
    weights_file: Path | None = Field(
        default=None, description="weights of the scorers, as `evaluate --save-weights` writes them"
    )
    own_weights: bool = Field(
        default=True, description="let each person's choices weigh the scorers for that person"
    )
    keep_impressions_days: Days = Field(
        default=180.0, description="age at which lists that were shown are dropped, at a start"
    )
    boosts: dict[str, Share] = Field(
        default_factory=dict, description="boost cap by facet, replacing the schema's"
    )
    most_body_bytes: Annotated[int, Field(gt=0)] = Field(
        default=MOST_BODY_BYTES, description="largest request body the API reads"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then variables, then the TOML file."""
        del dotenv_settings, file_secret_settings
        sources: list[PydanticBaseSettingsSource] = [init_settings, env_settings]
        path = os.environ.get("PENCHANT_CONFIG")
        if path:
            sources.append(TomlConfigSettingsSource(settings_cls, toml_file=Path(path)))
        return tuple(sources)


def load_settings(**arguments: object) -> Settings:
    """The settings in force; raises InvalidSettings naming each value that cannot be used."""
    given = {name: value for name, value in arguments.items() if value is not None}
    path = os.environ.get("PENCHANT_CONFIG")
    if path and not Path(path).is_file():
        raise InvalidSettings(f"PENCHANT_CONFIG names {path}, which is not a file")
    try:
        return Settings(**given)  # type: ignore[arg-type]  # checked by pydantic on the next line
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc']))}={str(e['input'])[:60]!r}: {e['msg']}"
            for e in error.errors()
        )
        raise InvalidSettings(f"settings cannot be used: {faults}") from error
    except (SettingsError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        source = f" (PENCHANT_CONFIG names {path})" if path else ""
        raise InvalidSettings(f"settings cannot be read{source}: {error}") from error

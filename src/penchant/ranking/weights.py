"""BlendWeights: how much each scorer counts; fitted by replay, kept in a file with its report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from penchant.errors import InvalidSettings

__all__ = ["DEFAULT_WEIGHTS", "BlendWeights", "WeightsFile", "load_weights"]

WEIGHTS_VERSION = 1
BASE_SCORERS = ("popularity", "quality")


@dataclass(frozen=True, slots=True)
class BlendWeights:
    """Weights by scorer, 0 or more, on one scale within each side.

    A scorer that is not named counts as `other`.
    """

    personal_weights: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    model_weights: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    other: float = 1.0

    def personal(self, name: str) -> float:
        """The weight of a personal scorer."""
        return self.personal_weights.get(name, self.other)

    def model(self, name: str) -> float:
        """The weight of a model scorer."""
        return self.model_weights.get(name, self.other)

    @property
    def base(self) -> float:
        """What the model side weighs when nobody has done anything yet."""
        return sum(self.model_weights.get(name, 0.0) for name in BASE_SCORERS)


class WeightsFile(msgspec.Struct, forbid_unknown_fields=True):
    """A file of weights, as JSON: the weights and the report that justifies them."""

    version: int
    personal: dict[str, float]
    model: dict[str, float]
    report: dict[str, Any]

    @property
    def weights(self) -> BlendWeights:
        """The weights of the file."""
        return BlendWeights(MappingProxyType(self.personal), MappingProxyType(self.model))


def load_weights(path: Path) -> WeightsFile:
    """A file of weights; raises InvalidSettings when it is none, or of another version."""
    try:
        held = msgspec.json.decode(path.read_bytes(), type=WeightsFile)
    except (OSError, msgspec.MsgspecError) as error:
        raise InvalidSettings(f"{path} holds no weights ({error}); fit them anew") from error
    if held.version != WEIGHTS_VERSION:
        raise InvalidSettings(
            f"{path} is of version {held.version}, this is version {WEIGHTS_VERSION}; fit them anew"
        )
    negative = [n for n, w in {**held.personal, **held.model}.items() if not w >= 0.0]
    if negative:
        raise InvalidSettings(f"{path}: the weight of {negative[0]} is not 0 or more")
    return held


def _bundled() -> BlendWeights:
    source = resources.files("penchant.ranking").joinpath("weights.json")
    with resources.as_file(source) as path:
        return load_weights(path).weights


DEFAULT_WEIGHTS = _bundled()

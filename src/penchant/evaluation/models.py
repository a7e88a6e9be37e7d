"""Models by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from penchant.errors import InvalidInput
from penchant.evaluation.baselines.cinesync import CineSync
from penchant.evaluation.baselines.ease import Ease, EaseRecency
from penchant.evaluation.baselines.factors import ImplicitAls, ImplicitBpr
from penchant.evaluation.baselines.itemknn import ItemKnn
from penchant.evaluation.baselines.popularity import Popularity
from penchant.evaluation.baselines.seed_boosts import SeedBoosts
from penchant.evaluation.problem import Model, ModelFactory, Problem
from penchant.evaluation.served import SERVED_MODELS, ServedState
from penchant.evaluation.training import ServedWithClosedForm

__all__ = [
    "BASELINES",
    "DEFAULT_MODELS",
    "MODELS",
    "Model",
    "ModelFactory",
    "Problem",
    "make_models",
]

BASELINES: Mapping[str, ModelFactory] = MappingProxyType(
    {
        "popularity-batch": Popularity,
        "itemknn": ItemKnn,
        "ease": Ease,
        "ease-recency": EaseRecency,
        "implicit-als": ImplicitAls,
        "implicit-bpr": ImplicitBpr,
        "seed-boosts": SeedBoosts,
        "cinesync": CineSync,
    }
)


def _with_closed_form(problem: Problem) -> Model:
    return ServedWithClosedForm(problem.shared(ServedState.of))


MODELS: Mapping[str, ModelFactory] = MappingProxyType(
    {**SERVED_MODELS, "penchant+closed-form": _with_closed_form, **BASELINES}
)

DEFAULT_MODELS = ("penchant", "transitions", "popularity", "itemknn", "ease")


def make_models(
    names: Sequence[str],
    problem: Problem,
    factories: Mapping[str, ModelFactory] = MODELS,
) -> list[Model]:
    """The models of these names, in order; raises InvalidInput for an unknown or repeated name."""
    if not names:
        raise InvalidInput(f"no model is named; known models: {', '.join(factories)}")
    for name in names:
        if name not in factories:
            raise InvalidInput(f"unknown model {name!r}; known models: {', '.join(factories)}")
        if names.count(name) > 1:
            raise InvalidInput(f"model {name!r} is named twice; name each model once")
    return [factories[name](problem) for name in names]

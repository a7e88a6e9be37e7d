"""implicit-als, implicit-bpr: matrix factorisation by the package `implicit`."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penchant.datasets.log import EventColumns
from penchant.errors import InvalidInput
from penchant.evaluation.baselines.history import Histories
from penchant.evaluation.problem import Problem

__all__ = ["ImplicitAls", "ImplicitBpr"]

FACTORS = 64


class ImplicitAls:
    """Alternating least squares: 64 factors, everything else as the package has it.

    (regularisation .01, confidence weight alpha 1, 15 iterations.) Raises InvalidInput where the
    package is not installed.
    """

    name = "implicit-als"
    online = False

    def __init__(self, problem: Problem) -> None:
        self._seed = problem.seed
        self._package, self._threads = _package("implicit.als"), _package("threadpoolctl")
        self._users = np.zeros((len(problem.user_ids), FACTORS), dtype=np.float32)
        self._items = np.zeros((len(problem.item_ids), FACTORS), dtype=np.float32)

    def learn(self, log: EventColumns) -> None:
        """Fit factors of users and items, with one thread and a fixed seed."""
        # The package warns, and is slow, unless the threads of BLAS are held to one.
        with self._threads.threadpool_limits(limits=1, user_api="blas"):
            model = self._model()
            model.fit(Histories(log).matrix(), show_progress=False)
        self._users, self._items = model.user_factors, model.item_factors

    def scores(self, user: int, at: float) -> NDArray[np.float64]:
        """Products of factors."""
        del at
        return np.asarray(self._items @ self._users[user], dtype=np.float64)

    def _model(self) -> Any:  # noqa: ANN401 (the package has no types)
        return self._package.AlternatingLeastSquares(
            factors=FACTORS, random_state=self._seed, num_threads=1, use_gpu=False
        )


class ImplicitBpr(ImplicitAls):
    """Bayesian personalised ranking: 64 factors, everything else as the package has it.

    (learning rate .01, regularisation .01, 100 iterations.)
    """

    name = "implicit-bpr"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self._package = _package("implicit.bpr")

    def _model(self) -> Any:  # noqa: ANN401 (the package has no types)
        return self._package.BayesianPersonalizedRanking(
            factors=FACTORS, random_state=self._seed, num_threads=1, use_gpu=False
        )


def _package(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InvalidInput(
            f"implicit-als and implicit-bpr need the package {name.partition('.')[0]}, which is "
            "not installed: pip install 'penchant[bench]', or leave them out of --models"
        ) from error

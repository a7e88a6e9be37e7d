"""Text to unit vectors: the static word embeddings that ship inside a package."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penchant.errors import InvalidSettings

__all__ = ["WordLlamaEncoder", "unit_rows"]

DIMENSIONS = (64, 128, 256)


class WordLlamaEncoder:
    """Static 256-d embeddings, or their first 64 or 128 dimensions; needs no network.

    The model is read at first use, so that commands that never encode start at once.
    """

    def __init__(self, dimension: int = 256) -> None:
        if dimension not in DIMENSIONS:
            raise InvalidSettings(
                f"encoder dimension {dimension} is not one of {DIMENSIONS}; choose one of these "
                "or register an encoder of your own"
            )
        self._dimension = dimension

    @property
    def id(self) -> str:
        """`wordllama-256`, `wordllama-128` or `wordllama-64`."""
        return f"wordllama-{self._dimension}"

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, float32 (len(texts), dimension); a text without any known word gives zeros."""
        vectors = np.zeros((len(texts), self._dimension), dtype=np.float32)
        # An empty text gives NaN and a lone surrogate a TypeError in the model: both stay zero
        # here.
        clean = [text.encode("utf-8", "ignore").decode("utf-8").strip() for text in texts]
        filled = [row for row, text in enumerate(clean) if text]
        if filled:
            raw = self._model.embed([clean[row] for row in filled])[:, : self._dimension]
            vectors[filled] = unit_rows(np.asarray(raw, dtype=np.float32))
        return vectors

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 (the package has no types)
        package = _imported_quietly("wordllama")
        # Offline the package looks in the wrong folder unless told where its own weights lie.
        folder = Path(package.__file__).parent
        return package.WordLlama.load(cache_dir=folder, disable_download=True)


def _imported_quietly(name: str) -> Any:  # noqa: ANN401 (a module without types)
    """Import a package that sets up logging for the whole process, and put that back."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    try:
        return importlib.import_module(name)
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each row scaled to length 1; rows of zeros, NaN or infinity become zeros."""
    finite = np.where(np.isfinite(vectors), vectors, np.float32(0.0))
    norms = np.linalg.norm(finite, axis=1, keepdims=True)
    scaled = np.divide(finite, norms, out=np.zeros_like(finite), where=norms > 0)
    return np.asarray(scaled, dtype=np.float32)

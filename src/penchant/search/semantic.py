"""SemanticIndex: the nearest items in meaning, by cosine of item vectors."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.vectors import ItemVectors
from penchant.search.hits import Hits

__all__ = ["SemanticIndex"]

# The package takes arguments at run time that its own types do not know.
_faiss: Any = faiss

# Up to here every vector is compared (half-precision scan: 1.5 ms at 100,000 x 256); above, only
# the nearest cells of an inverted file.
EXACT_LIMIT = 120_000
PROBED_CELLS = 24
# So few allowed rows are compared directly, at full precision.
DIRECT_LIMIT = 4_000


class SemanticIndex:
    """Vectors of the visible items of one catalogue: all compared when few, cells when many."""

    def __init__(
        self, catalogue: Catalogue, vectors: ItemVectors, *, exact_limit: int = EXACT_LIMIT
    ) -> None:
        self._vectors = vectors.centred
        self._rows = np.flatnonzero(catalogue.visible)
        visible = np.ascontiguousarray(vectors.centred[self._rows])
        _faiss.omp_set_num_threads(1)
        self._index = _build(visible, exact_limit)

    def search(
        self, vector: NDArray[np.float32], n: int, allowed: NDArray[np.bool_] | None = None
    ) -> Hits:
        """The `n` nearest rows by cosine, best first; only `allowed` ones (bool (items,)) if given.

        A vector of zeros is near to nothing.
        """
        if n <= 0 or not vector.any() or len(self._rows) == 0:
            return Hits.none()
        if allowed is None:
            return self._scan(vector, n, None)
        wanted = allowed[self._rows]
        if int(wanted.sum()) <= DIRECT_LIMIT:
            rows = self._rows[wanted]
            return Hits.best(rows, self.score(vector, rows), n)
        return self._scan(vector, n, wanted)

    def score(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The exact cosine of each of these rows, float64 (len(rows),)."""
        return np.asarray(self._vectors[rows] @ vector, dtype=np.float64)

    def _scan(self, vector: NDArray[np.float32], n: int, wanted: NDArray[np.bool_] | None) -> Hits:
        # OpenMP keeps its number of threads per calling thread, and requests come on many.
        _faiss.omp_set_num_threads(1)
        options: dict[str, Any] = {}
        if wanted is not None:
            bits = np.packbits(wanted, bitorder="little")
            options["sel"] = _faiss.IDSelectorBitmap(bits)
        if isinstance(self._index, _faiss.IndexIVF):
            options["nprobe"] = self._index.nlist if wanted is not None else PROBED_CELLS
            parameters = _faiss.SearchParametersIVF(**options)
        else:
            parameters = _faiss.SearchParameters(**options)
        query = np.ascontiguousarray(vector[None, :], dtype=np.float32)
        _, found = self._index.search(query, min(n, len(self._rows)), params=parameters)
        # A missing hit is -1. Codes are coarser than vectors: the kept rows are scored exactly.
        rows = self._rows[found[0][found[0] >= 0]]
        return Hits.best(rows, self.score(vector, rows), n)


def _build(vectors: NDArray[np.float32], exact_limit: int) -> Any:  # noqa: ANN401 (see _faiss)
    count, dimension = vectors.shape
    index: Any
    if count <= exact_limit:
        index = _faiss.IndexScalarQuantizer(
            dimension, _faiss.ScalarQuantizer.QT_fp16, _faiss.METRIC_INNER_PRODUCT
        )
    else:
        cells = int(4 * np.sqrt(count))
        index = _faiss.index_factory(dimension, f"IVF{cells},SQ8", _faiss.METRIC_INNER_PRODUCT)
    if count:
        # Cells are found on a sample of about 64 vectors for each; SQ8 learns its ranges.
        learned_from = 64 * int(index.nlist if count > exact_limit else count)
        step = max(1, count // learned_from)
        index.train(np.ascontiguousarray(vectors[::step]))
        index.add(vectors)
    return index

"""OnnxReranker: a cross-encoder that reads the query and a text together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penchant.domain.result import Candidates
from penchant.errors import InvalidSettings

__all__ = ["RERANKED", "RERANK_SHARE", "OnnxReranker", "blend"]

RERANKED = 50
RERANK_SHARE = 0.3

_TOKENIZER_FILE = "tokenizer.json"
_MODEL_FILES = (
    "model.onnx",
    "onnx/model.onnx",
    "model_quantized.onnx",
    "onnx/model_quantized.onnx",
)


class OnnxReranker:
    """Any cross-encoder with one relevance output, exported to ONNX beside its `tokenizer.json`.

    `source` is a folder, or the id of a model on the hub when `huggingface_hub` is installed.
    Raises InvalidSettings when packages or files are missing or the model is not a cross-encoder.
    """

    def __init__(self, source: str | Path, *, max_length: int = 256, batch_size: int = 16) -> None:
        folder = _folder(str(source))
        runtime, tokenizers = _packages()
        self._id = folder.name if Path(source).is_dir() else str(source)
        self._batch_size = batch_size
        self._tokenizer = _load_tokenizer(tokenizers, folder, max_length)
        self._session = _load_session(runtime, folder)
        self._inputs = [entry.name for entry in self._session.get_inputs()]

    @property
    def id(self) -> str:
        """The folder's name or the hub id."""
        return self._id

    def score(self, query: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """Relevance in [0, 1] for each text (the sigmoid of the model's logit), float64 (n,)."""
        scores = np.zeros(len(texts))
        # Texts of like length go together, so that little of a batch is padding.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), self._batch_size):
            places = order[start : start + self._batch_size]
            scores[places] = self._score_batch(query, [texts[place] for place in places])
        return scores

    def _score_batch(self, query: str, texts: Sequence[str]) -> NDArray[np.float64]:
        encoded = self._tokenizer.encode_batch([(query, text) for text in texts])
        columns: Mapping[str, Any] = {
            "input_ids": np.array([e.ids for e in encoded], dtype=np.int64),
            "attention_mask": np.array([e.attention_mask for e in encoded], dtype=np.int64),
            "token_type_ids": np.array([e.type_ids for e in encoded], dtype=np.int64),
        }
        output = self._session.run(None, {name: columns[name] for name in self._inputs})[0]
        logits = np.asarray(output, dtype=np.float64).reshape(len(texts), -1)
        if logits.shape[1] != 1:
            raise InvalidSettings(
                f"reranker {self._id!r} gives {logits.shape[1]} numbers a pair; a cross-encoder "
                "with a single relevance output is needed"
            )
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits[:, 0], -60.0, 60.0))))


def blend(candidates: Candidates, relevance: NDArray[np.float64]) -> Candidates:
    """Mix the relevance of the first len(relevance) candidates into their scores, in new order.

    score = .7 * score + .3 * relevance, as the term `rerank`. The tail's scores shrink too: were
    they left alone, an item that was not read could pass one that was and found fitting.
    """
    terms = {name: (1.0 - RERANK_SHARE) * column for name, column in candidates.terms.items()}
    added = np.zeros(len(candidates))
    added[: len(relevance)] = RERANK_SHARE * relevance
    terms["rerank"] = added
    scored = replace(candidates, terms=terms)
    order = np.lexsort((scored.rows, -scored.score, -scored.tier))
    return Candidates(
        scored.rows[order],
        {name: column[order] for name, column in terms.items()},
        scored.tier[order],
    )


def _folder(source: str) -> Path:
    folder = Path(source)
    if folder.is_dir():
        return folder
    try:
        from huggingface_hub import snapshot_download  # noqa: PLC0415 (optional package)
    except ImportError:
        raise InvalidSettings(
            f"reranker folder {source!r} does not exist; export a cross-encoder to ONNX there, or "
            "install huggingface_hub to load it by its hub id"
        ) from None
    try:
        patterns = [_TOKENIZER_FILE, *_MODEL_FILES]
        return Path(snapshot_download(source, allow_patterns=patterns))
    except (OSError, ValueError) as error:
        raise InvalidSettings(
            f"reranker {source!r} is neither a folder nor a model that can be fetched: {error}"
        ) from error


def _packages() -> tuple[Any, Any]:
    try:
        import onnxruntime  # noqa: PLC0415 (optional package)
        import tokenizers  # noqa: PLC0415 (optional package)
    except ImportError as error:
        raise InvalidSettings(
            f"a reranker needs the package {error.name}; install penchant[onnx]"
        ) from error
    return onnxruntime, tokenizers


def _load_tokenizer(tokenizers: Any, folder: Path, max_length: int) -> Any:  # noqa: ANN401
    path = folder / _TOKENIZER_FILE
    if not path.is_file():
        raise InvalidSettings(f"reranker folder {folder} has no {_TOKENIZER_FILE}")
    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:
        raise InvalidSettings(f"{path} is not a tokenizer file: {error}") from error
    tokenizer.enable_truncation(max_length, strategy="only_second")
    tokenizer.enable_padding()
    return tokenizer


def _load_session(runtime: Any, folder: Path) -> Any:  # noqa: ANN401 (the package has no types)
    path = next((folder / name for name in _MODEL_FILES if (folder / name).is_file()), None)
    if path is None:
        raise InvalidSettings(
            f"reranker folder {folder} has none of {', '.join(_MODEL_FILES)}; "
            "export the model there"
        )
    options = runtime.SessionOptions()
    # One thread: with two, the runtime's spinning threads collapse on a loaded machine.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise InvalidSettings(f"{path} is not a model that can be run: {error}") from error
    known = {"input_ids", "attention_mask", "token_type_ids"}
    unknown = [entry.name for entry in session.get_inputs() if entry.name not in known]
    if unknown:
        raise InvalidSettings(f"{path} wants the inputs {unknown}, which a cross-encoder has not")
    return session

"""The cross-encoder, on a tiny model that is made here and loaded by the real code."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from penchant.catalogue.catalogue import Catalogue
from penchant.catalogue.vectors import ItemVectors
from penchant.domain.result import Candidates
from penchant.errors import InvalidSettings
from penchant.search.rerank import OnnxReranker, blend
from penchant.search.retriever import Retriever

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
tokenizers = pytest.importorskip("tokenizers")

VOCABULARY = {"[UNK]": 0, "[PAD]": 1, "[SEP]": 2, "zombie": 3, "doctor": 4}
DOCTOR = VOCABULARY["doctor"]


def _write_tokenizer(folder: Path) -> None:
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(VOCABULARY, unk_token="[UNK]"))  # noqa: S106 (a word)
    tokenizer.normalizer = tokenizers.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="$A [SEP]", pair="$A [SEP] $B:1 [SEP]:1", special_tokens=[("[SEP]", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))


def _write_model(folder: Path, outputs: int = 1) -> None:
    """Logit = 2 * (how often the second text says "doctor") - 1."""
    helper, types = onnx.helper, onnx.TensorProto
    ids = ["input_ids", "attention_mask", "token_type_ids"]
    nodes = [
        helper.make_node("Equal", ["input_ids", "word"], ["said"]),
        helper.make_node("Cast", ["said"], ["counted"], to=types.FLOAT),
        helper.make_node("Cast", ["token_type_ids"], ["second"], to=types.FLOAT),
        helper.make_node("Mul", ["counted", "second"], ["in_second"]),
        helper.make_node("ReduceSum", ["in_second", "axis"], ["times"], keepdims=1),
        helper.make_node("Mul", ["times", "slope"], ["scaled"]),
        helper.make_node("Add", ["scaled", "offset"], ["logits" if outputs == 1 else "one"]),
    ]
    if outputs == 2:
        nodes.append(helper.make_node("Concat", ["one", "one"], ["logits"], axis=1))
    constants = [
        helper.make_tensor("word", types.INT64, [1], [DOCTOR]),
        helper.make_tensor("axis", types.INT64, [1], [1]),
        helper.make_tensor("slope", types.FLOAT, [1], [2.0]),
        helper.make_tensor("offset", types.FLOAT, [1], [-1.0]),
    ]
    inputs = [helper.make_tensor_value_info(name, types.INT64, ["batch", "length"]) for name in ids]
    output = helper.make_tensor_value_info("logits", types.FLOAT, ["batch", outputs])
    graph = helper.make_graph(nodes, "tiny", inputs, [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    _write_tokenizer(tmp_path)
    _write_model(tmp_path)
    return tmp_path


def test_relevance_is_the_sigmoid_of_the_logit(folder: Path) -> None:
    """Only the text counts, not the query; order is kept over batches of unequal length."""
    reranker = OnnxReranker(folder, batch_size=2)
    texts = ["a doctor and a doctor", "zombie", "one doctor among many zombies here"]
    expected = 1 / (1 + np.exp(-np.array([3.0, -1.0, 1.0])))
    assert reranker.score("doctor doctor", texts) == pytest.approx(expected, rel=1e-6)


def test_blend_keeps_sums_and_the_tail_below() -> None:
    """Score = .7 * score + .3 * relevance; what was not read does not pass what was."""
    candidates = Candidates(
        np.array([4, 2, 7]), {"lexical": np.array([0.9, 0.8, 0.79])}, np.zeros(3, dtype=np.int8)
    )
    blended = blend(candidates, np.array([0.1, 0.9]))
    assert blended.rows.tolist() == [2, 4, 7]
    assert blended.terms["rerank"] == pytest.approx([0.27, 0.03, 0.0])
    assert blended.score == pytest.approx([0.83, 0.66, 0.553])


def test_blend_respects_tiers() -> None:
    """A title that was asked for stays first however another text reads."""
    candidates = Candidates(
        np.array([1, 0]), {"lexical": np.array([0.5, 0.5])}, np.array([2, 0], dtype=np.int8)
    )
    assert blend(candidates, np.array([0.0, 1.0])).rows.tolist() == [1, 0]


def test_search_reads_the_best_and_names_the_reranker(
    folder: Path, dramas: Catalogue, vectors: ItemVectors, retriever: Retriever
) -> None:
    """With a model the answer has a rerank term and its name, without one neither."""
    reading = Retriever(dramas, vectors, OnnxReranker(folder))
    analysis = reading.analyse("hospital friends")
    found = reading.retrieve(analysis, analysis.alpha)
    assert found.pipeline["reranker"] == folder.name
    assert 0 < np.count_nonzero(found.candidates.terms["rerank"]) <= 50
    plain = retriever.retrieve(analysis, analysis.alpha)
    assert plain.pipeline["reranker"] is None
    assert "rerank" not in plain.candidates.terms


def test_missing_and_broken_files_are_named(tmp_path: Path) -> None:
    """Each fault says what is missing or wrong."""
    with pytest.raises(InvalidSettings, match=r"tokenizer\.json"):
        OnnxReranker(tmp_path)
    (tmp_path / "tokenizer.json").write_text(json.dumps({"not": "one"}), encoding="utf-8")
    with pytest.raises(InvalidSettings, match="not a tokenizer"):
        OnnxReranker(tmp_path)
    _write_tokenizer(tmp_path)
    with pytest.raises(InvalidSettings, match=r"model\.onnx"):
        OnnxReranker(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(InvalidSettings, match="not a model"):
        OnnxReranker(tmp_path)


def test_a_classifier_is_refused(tmp_path: Path) -> None:
    """Two numbers a pair are no relevance."""
    _write_tokenizer(tmp_path)
    _write_model(tmp_path, outputs=2)
    with pytest.raises(InvalidSettings, match="single relevance"):
        OnnxReranker(tmp_path).score("q", ["a"])

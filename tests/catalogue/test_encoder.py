from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.catalogue.encoder import WordLlamaEncoder, unit_rows
from penchant.errors import InvalidSettings

ENCODER = WordLlamaEncoder()


@pytest.mark.parametrize("dimension", [64, 128, 256])
def test_vectors_have_length_one_in_every_dimension(dimension: int) -> None:
    encoder = WordLlamaEncoder(dimension)
    vectors = encoder.encode(["a doctor in Seoul", "제빵왕 김탁구"])
    assert vectors.shape == (2, dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)
    assert (encoder.id, encoder.dimension) == (f"wordllama-{dimension}", dimension)


def test_fewer_dimensions_are_the_first_of_all() -> None:
    whole = ENCODER.encode(["a doctor in Seoul"])
    short = WordLlamaEncoder(64).encode(["a doctor in Seoul"])
    assert short == pytest.approx(unit_rows(whole[:, :64]), abs=1e-6)


def test_other_dimensions_are_refused() -> None:
    with pytest.raises(InvalidSettings, match="300"):
        WordLlamaEncoder(300)


def test_what_says_nothing_is_zero_and_leaves_its_neighbours_alone() -> None:
    """Empty text, blanks and lone surrogates do not become NaN."""
    vectors = ENCODER.encode(["", "a doctor", " \n", "\ud800"])
    assert not vectors[[0, 2, 3]].any()
    assert vectors[1] == pytest.approx(ENCODER.encode(["a doctor"])[0], abs=1e-6)
    assert ENCODER.encode([]).shape == (0, 256)


@given(st.lists(st.text(st.characters(), max_size=30), max_size=4))
def test_any_text_gives_a_unit_vector_or_zeros(texts: list[str]) -> None:
    norms = np.linalg.norm(ENCODER.encode(texts), axis=1)
    assert np.all((norms == 0.0) | (np.abs(norms - 1.0) < 1e-4))


def test_related_texts_are_nearer_than_unrelated_ones() -> None:
    doctor, surgeon, pirate = ENCODER.encode(["a doctor", "a hospital surgeon", "a pirate ship"])
    assert doctor @ surgeon > doctor @ pirate


def test_rows_that_are_not_finite_become_zero() -> None:
    rows = np.array([[3.0, 4.0], [0.0, 0.0], [np.nan, 0.0], [np.inf, 0.0]], dtype=np.float32)
    expected = np.array([[0.6, 0.8], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert unit_rows(rows) == pytest.approx(expected)

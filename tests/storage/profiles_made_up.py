"""Made-up profiles of any shape the domain allows."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from penchant.domain.profile import (
    Interest,
    PreferenceState,
    RatingStatistics,
    UserProfile,
    Verdict,
)
from penchant.domain.record import Statement, StatementAction

# Surrogates are refused on the way in; the total of a few thousand of these stays finite.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.floats(min_value=-1e300, max_value=1e300)
counts = st.integers(0, 2**62)
vectors = st.lists(numbers, max_size=8).map(lambda values: np.array(values, dtype=np.float64))
states = st.builds(PreferenceState, numbers, numbers, numbers, numbers)
interests = st.builds(Interest, vectors, numbers, numbers, st.lists(texts, max_size=3).map(tuple))
verdicts = st.builds(
    Verdict, texts, texts, texts, numbers, numbers, counts, numbers, counts, st.none() | numbers
)
statements = st.builds(
    Statement,
    texts,
    texts,
    st.sampled_from(StatementAction),
    texts,
    texts,
    numbers,
    st.none() | numbers,
)
profiles = st.builds(
    UserProfile,
    user_id=texts,
    version=counts,
    position=counts,
    created_at=st.none() | numbers,
    updated_at=st.none() | numbers,
    last=st.tuples(st.just(float("-inf")) | numbers, counts),
    preferences=st.dictionaries(texts, st.dictionaries(texts, states, max_size=4), max_size=3),
    names=st.dictionaries(texts, texts, max_size=3),
    taste_sum=st.none() | vectors,
    verdict_count=counts,
    evidence=numbers,
    interests=st.lists(interests, max_size=2).map(tuple),
    ratings=st.builds(RatingStatistics, counts, numbers, numbers),
    verdicts=st.dictionaries(texts, verdicts, max_size=4),
    counts=st.dictionaries(texts, counts, max_size=3),
    statements=st.lists(statements, max_size=3).map(tuple),
    fingerprint=texts,
)

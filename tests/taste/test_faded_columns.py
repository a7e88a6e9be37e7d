"""Fading many preference states at once gives what fading each one gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.domain.profile import PreferenceState
from penchant.taste.preferences import PreferenceConfig, faded, faded_columns

CONFIG = PreferenceConfig()
NOON, DAY = 1_750_000_000.0, 86_400.0

shares = st.floats(0.0, 1.0)
evidence = st.one_of(st.just(0.0), st.floats(1e-6, 50.0))
times = st.floats(-400.0, 400.0).map(lambda days: NOON + days * DAY)
states = st.builds(PreferenceState, shares, evidence, evidence, times)


@given(st.lists(states, max_size=8))
def test_columns_fade_as_each_state_does(held: list[PreferenceState]) -> None:
    """Values and evidence agree, for states before and after the moment, with evidence or none."""
    values, left = faded_columns(held, NOON, CONFIG)
    each = [faded(state, NOON, CONFIG) for state in held]
    assert values.tolist() == pytest.approx([state.value for state in each])
    sums = [state.deliberate_evidence + state.implicit_evidence for state in each]
    assert left.tolist() == pytest.approx(sums)
    assert values.dtype == left.dtype == np.float64

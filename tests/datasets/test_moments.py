"""Times of files: what is clearly a time is read, what may be two things is refused."""

from __future__ import annotations

import pytest

from penchant.datasets.moments import unix_seconds
from penchant.errors import InvalidFeedback


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0), ("100", 100.0), ("12345", 12_345.0), ("9999999", 9_999_999.0),
        ("100000000", 1e8), ("1717186500", 1_717_186_500.0), ("2024.5", 2024.5),
        ("1970-01-02", 86_400.0), ("2024-05-31T20:15:00Z", 1_717_186_500.0),
        ("2024-05-31T22:15:00+02:00", 1_717_186_500.0),
    ],
)  # fmt: skip
def test_times_that_are_read(text: str, seconds: float) -> None:
    """Unix seconds and ISO 8601, without an hour at midnight UTC."""
    assert unix_seconds(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["2024", " 1999 ", "2024.0", "0099", "20240531", "20241399", "99999999", "00010101", "2.024e3"],
)
def test_years_and_days_without_dashes_are_not_seconds(text: str) -> None:
    """A year read as seconds would be half an hour after 1970 began: the error says what to do."""
    with pytest.raises(InvalidFeedback, match=r"may be a year or a day .* write 2024-05-31"):
        unix_seconds(text)

"""Times as they stand in files: ISO 8601 or Unix seconds."""

from __future__ import annotations

from datetime import UTC, datetime

from penchant.errors import InvalidFeedback

__all__ = ["LAST_SECOND", "checked_seconds", "unix_seconds"]

# The year 3000: whatever is later was written in milliseconds.
LAST_SECOND = 32_503_680_000.0


def unix_seconds(text: str) -> float:
    """The time as Unix seconds; without an offset it is in UTC, without an hour it is midnight.

    Raises InvalidFeedback for a text that is no time, for one before 1970 or after 2999, and for a
    number of 4 or 8 digits, which is as likely a year or a day as it is seconds.
    """
    try:
        seconds = float(text)
    except ValueError:
        return _of_iso(text)
    if _may_be_a_date(text, seconds):
        raise InvalidFeedback(
            f"time {text[:40]!r} may be a year or a day as well as seconds; write 2024-05-31"
        )
    return checked_seconds(seconds)


def _may_be_a_date(text: str, seconds: float) -> bool:
    digits = text.strip()
    if not digits.isdecimal():
        digits = f"{seconds:.15g}"  # a year of 2024.0, as programs write it that know no integers
    return digits.isdecimal() and len(digits) in {4, 8}


def _of_iso(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidFeedback(
            f"time {text[:40]!r} is neither ISO 8601 nor Unix seconds; write 2024-05-31T20:15:00Z"
        ) from error
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return checked_seconds(aware.timestamp())


def checked_seconds(seconds: float) -> float:
    """The same Unix seconds; raises InvalidFeedback before 1970 and after 2999, and for NaN."""
    if 0.0 <= seconds < LAST_SECOND:
        return seconds
    hint = "; give seconds, not milliseconds" if seconds >= LAST_SECOND else ""
    raise InvalidFeedback(f"time {seconds:.15g} lies outside 1970 to 2999{hint}")

"""Raw rows to events: each distinct cell is checked once, not each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from penchant.datasets.event_files import RawEvents
from penchant.datasets.events import EventProblem, EventReading, EventReport
from penchant.datasets.log import EventColumns
from penchant.datasets.moments import LAST_SECOND, unix_seconds
from penchant.domain.feedback import FeedbackType
from penchant.domain.identity import checked_id
from penchant.errors import InvalidFeedback, InvalidInput

__all__ = ["checked_events"]

T = TypeVar("T")
Codes = NDArray[np.int32]

SHARE_KINDS = frozenset({FeedbackType.WATCH_PROGRESS, FeedbackType.SCROLL})
MOST_DWELL_S = 86_400.0


@dataclass(frozen=True, slots=True)
class _Coded(Generic[T]):
    """A column by its distinct contents: `codes` index `values`, None for those with a fault."""

    codes: Codes
    values: Sequence[T | None]
    faults: Mapping[int, str]


class _Rejections:
    """The first reason for each row that is no event."""

    def __init__(self, count: int) -> None:
        self.usable = np.ones(count, dtype=np.bool_)
        self.reasons: dict[int, str] = {}

    def add(self, row: int, reason: str) -> None:
        if self.usable[row]:
            self.usable[row] = False
            self.reasons[row] = reason

    def add_faults(self, column: _Coded[T]) -> None:
        if not column.faults:
            return
        bad = np.isin(column.codes, np.fromiter(column.faults, dtype=np.int32))
        for row in np.flatnonzero(bad).tolist():
            self.add(row, column.faults[int(column.codes[row])])


def checked_events(
    raw: RawEvents,
    rating_scale: tuple[float, float],
    item_of: Mapping[str, str] | None,
    kind: str | None = None,
) -> EventReading:
    """The rows that are events, in order of time; the report has a reason for each of the others.

    `item_of` maps what the file calls an item to its id; what it lacks is unknown and rejected,
    and without it every id is taken. `kind` is the kind of all rows where the file names none.
    Rows with positions are put in their order for each person. A row that says what an earlier one
    says, at the same time, is the same event and rejected as its repetition.
    """
    count = len(raw.rows)
    rejections = _Rejections(count)
    users = _coded(raw.columns["user"], lambda text: checked_id(text.strip(), "user_id"))
    items = _coded(raw.columns["item"], lambda text: _item(text.strip(), item_of))
    kinds = _kinds(raw, kind)
    for column in (users, items, kinds):
        rejections.add_faults(column)
    values = _values(raw, kinds, rating_scale, rejections)
    at = _times(raw, rejections)
    given = _given_ids(raw, rejections)
    user, user_ids = _merged(users)
    item, item_ids = _merged(items)
    kind_code, kind_names = _merged(kinds)
    order = _order(raw, user, at, rejections)
    _reject_repetitions(raw, (user, item, kind_code, values, at), given, order, rejections)
    chosen = order[rejections.usable[order]]
    user_codes, users_seen = _compacted(user[chosen], user_ids)
    item_codes, items_seen = _compacted(item[chosen], item_ids)
    kind_codes, kinds_seen = _compacted(kind_code[chosen], kind_names)
    columns = EventColumns(
        users_seen,
        items_seen,
        kinds_seen,
        user_codes,
        item_codes,
        kind_codes.astype(np.int8),
        values[chosen],
        at[chosen],
        np.arange(len(chosen), dtype=np.int64),
    )
    rejected = [
        EventProblem(
            int(raw.rows[row]),
            raw.columns["user"][row].as_py() or None,
            raw.columns["item"][row].as_py() or None,
            reason,
        )
        for row, reason in rejections.reasons.items()
    ]
    rejected += [EventProblem(row, None, None, reason) for row, reason in raw.faults]
    timed = "at" in raw.columns
    untimed = () if timed else (f"{raw.path.name} has no times: all events share one",)
    return EventReading(
        columns=columns,
        source_rows=raw.rows[chosen],
        given_ids=() if given is None else tuple(given[row] for row in chosen.tolist()),
        timed=timed,
        report=EventReport(
            path=raw.path,
            row_count=count + len(raw.faults),
            accepted_count=len(chosen),
            rejected=tuple(sorted(rejected, key=lambda problem: problem.row)),
            warnings=(*raw.warnings, *untimed),
        ),
    )


def _coded(column: Any, read: Callable[[str], T]) -> _Coded[T]:  # noqa: ANN401 (pyarrow)
    encoded = column.dictionary_encode()
    values: list[T | None] = []
    faults: dict[int, str] = {}
    for code, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            values.append(read(text))
        except InvalidInput as error:
            values.append(None)
            faults[code] = str(error)
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    return _Coded(codes, values, faults)


def _item(text: str, item_of: Mapping[str, str] | None) -> str:
    if item_of is None:
        return checked_id(text, "item_id")
    known = item_of.get(text)
    if known is None:
        what = f"item {text[:80]!r} is not among the items" if text else "item_id is blank"
        raise InvalidFeedback(what)
    return known


def _kinds(raw: RawEvents, kind: str | None) -> _Coded[str]:
    if kind is not None:
        return _Coded(np.zeros(len(raw.rows), dtype=np.int32), [str(kind)], {})
    return _coded(raw.columns["kind"], _kind)


def _kind(text: str) -> str:
    name = text.strip().casefold()
    if name not in frozenset(FeedbackType):
        raise InvalidFeedback(f"kind {text[:40]!r} is unknown; known: {', '.join(FeedbackType)}")
    return name


def _values(
    raw: RawEvents,
    kinds: _Coded[str],
    rating_scale: tuple[float, float],
    rejections: _Rejections,
) -> NDArray[np.float64]:
    """The value of each row, NaN where there is none, rejecting what does not suit the kind."""
    count = len(raw.rows)
    if "value" in raw.columns:
        column = _coded(raw.columns["value"], _number)
        rejections.add_faults(column)
        distinct = np.array([np.nan if v is None else v for v in column.values], dtype=np.float64)
        values = distinct[column.codes] if count else np.zeros(0)
    else:
        values = np.full(count, np.nan)
    for code, kind in enumerate(kinds.values):
        if kind is None:
            continue
        rows = np.flatnonzero((kinds.codes == code) & rejections.usable)
        bounds = _bounds(kind, rating_scale)
        if bounds is None:
            for row in rows[~np.isnan(values[rows])].tolist():
                rejections.add(row, f"{kind} takes no value, got {values[row]:g}")
            continue
        low, high = bounds
        for row in rows[~((values[rows] >= low) & (values[rows] <= high))].tolist():
            told = "none" if np.isnan(values[row]) else f"{values[row]:g}"
            rejections.add(row, f"{kind} needs a value from {low:g} to {high:g}, got {told}")
    return values


def _bounds(kind: str, rating_scale: tuple[float, float]) -> tuple[float, float] | None:
    if kind == FeedbackType.RATING:
        return rating_scale
    if kind in SHARE_KINDS:
        return 0.0, 1.0
    return (0.0, MOST_DWELL_S) if kind == FeedbackType.DWELL else None


def _number(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        number = float(text)
    except ValueError as error:
        raise InvalidFeedback(f"value {text[:40]!r} is not a number") from error
    if not np.isfinite(number):
        raise InvalidFeedback(f"value {text[:40]!r} is not finite")
    return number


def _times(raw: RawEvents, rejections: _Rejections) -> NDArray[np.float64]:
    if "at" not in raw.columns:
        return np.zeros(len(raw.rows))
    column = raw.columns["at"]
    try:
        at = compute.cast(column, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        at = np.array([], dtype=np.float64)
    # Numbers of four or eight digits read as years or dates: each is looked at by itself.
    like_dates = ((at >= 1e3) & (at < 1e4)) | ((at >= 1e7) & (at < 1e8))
    in_range = (at >= 0.0) & (at < LAST_SECOND)
    if len(at) == len(column) and bool(in_range.all()) and not bool(like_dates.any()):
        return np.asarray(at, dtype=np.float64)
    coded = _coded(column, _moment)
    rejections.add_faults(coded)
    distinct = np.array([0.0 if v is None else v for v in coded.values], dtype=np.float64)
    return distinct[coded.codes] if len(column) else np.zeros(0)


def _moment(text: str) -> float:
    if not text.strip():
        raise InvalidFeedback("has no time")
    return unix_seconds(text)


def _given_ids(raw: RawEvents, rejections: _Rejections) -> list[str] | None:
    if "event_id" not in raw.columns:
        return None
    ids: list[str] = raw.columns["event_id"].to_pylist()
    row_of: dict[str, int] = {}
    for row, text in enumerate(ids):
        if not text.strip() or not rejections.usable[row]:
            ids[row] = ""
            continue
        try:
            ids[row] = checked_id(text.strip(), "event_id")
        except InvalidInput as error:
            rejections.add(row, str(error))
            continue
        first = row_of.setdefault(ids[row], row)
        if first != row:
            earlier = int(raw.rows[first])
            rejections.add(row, f"event_id {ids[row]!r} stands in row {earlier} already")
    return ids


def _merged(column: _Coded[str]) -> tuple[Codes, list[str]]:
    """Codes by what was read: two spellings of one id are one id. A fault has the code -1."""
    code_of: dict[str, int] = {}
    new = [-1 if v is None else code_of.setdefault(v, len(code_of)) for v in column.values]
    codes = np.array(new, dtype=np.int32)[column.codes] if new else column.codes
    return codes, list(code_of)


def _order(
    raw: RawEvents, user: Codes, at: NDArray[np.float64], rejections: _Rejections
) -> NDArray[np.int64]:
    """All rows by time, rows of one time by position or as in the file."""
    if "position" not in raw.columns:
        return np.argsort(at, kind="stable")
    positions = _coded(raw.columns["position"], _position)
    rejections.add_faults(positions)
    distinct = np.array([0.0 if v is None else v for v in positions.values], dtype=np.float64)
    position = distinct[positions.codes] if len(at) else np.zeros(0)
    return np.lexsort((position, user, at))


def _position(text: str) -> float:
    number = _number(text)
    if number is None:
        raise InvalidFeedback("has no position")
    return number


def _reject_repetitions(
    raw: RawEvents,
    columns: tuple[Codes, Codes, Codes, NDArray[np.float64], NDArray[np.float64]],
    given: list[str] | None,
    order: NDArray[np.int64],
    rejections: _Rejections,
) -> None:
    user, item, kind, value, at = columns
    pairs = user.astype(np.int64) << 32 | item.astype(np.int64) & 0xFFFFFFFF
    by_pair = np.sort(pairs)
    repeated = by_pair[1:][by_pair[1:] == by_pair[:-1]]
    if len(repeated) == 0:
        return
    first_of: dict[tuple[object, ...], int] = {}
    for row in order[np.isin(pairs[order], repeated)].tolist():
        if not rejections.usable[row] or (given is not None and given[row]):
            continue
        told = None if np.isnan(value[row]) else float(value[row])
        content = (int(pairs[row]), int(kind[row]), told, float(at[row]))
        first = first_of.setdefault(content, row)
        if first != row:
            rejections.add(row, f"repeats row {int(raw.rows[first])}")


def _compacted(codes: Codes, names: Sequence[str]) -> tuple[Codes, tuple[str, ...]]:
    """Codes that leave out the names of which nothing is left, the others in their order."""
    used = np.flatnonzero(np.bincount(codes, minlength=len(names)))
    place = np.full(len(names), -1, dtype=np.int32)
    place[used] = np.arange(len(used), dtype=np.int32)
    return place[codes].astype(np.int32), tuple(names[code] for code in used.tolist())

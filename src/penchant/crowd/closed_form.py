"""ClosedForm: a scorer solved from the whole log at once, kept in one file.

Two linear maps from a history to what comes next. The first is a ridge regression of the next item
on the last item, a short and a long history (items weighted by `decay ** age`), solved as
`W = (X'X + lambda I)^-1 X'Y`. The second is EASE (Steck, 2019) read with a fading history. They
are blended as `log(ridge) + ease_share * log(ease)`.

The file, little-endian: magic (4 bytes), format version (uint16), BLAKE2b-128 of all that follows,
the length of the header (uint32), the header as JSON, zeros up to a multiple of 64 bytes, and the
raw arrays in the order of the header.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from math import exp, log
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from penchant.errors import InvalidInput, StorageError

__all__ = [
    "DEFAULT_CLOSED_FORM",
    "PUBLISHED_CLOSED_FORM",
    "ClosedForm",
    "ClosedFormSettings",
    "PublishedClosedForm",
    "load_closed_form",
]

FORMAT_VERSION: Final = 1
PUBLISHED_CLOSED_FORM: Final = "closed-form"
"""The named value of a store that holds a PublishedClosedForm."""

LEAST_WEIGHT = 0.001  # older items than this are not read
LEVELS = 127  # steps of an 8-bit weight on each side of zero

_MAGIC: Final = b"PNCF"
_PREFIX: Final = struct.Struct("<4sH16s")
_LENGTH: Final = struct.Struct("<I")
_ALIGNMENT: Final = 64


@dataclass(frozen=True, slots=True)
class ClosedFormSettings:
    """What the two maps are solved and read with.

    Ridges are multiples of the mean number of events per item, so that they suit small logs and
    large ones. Shares of `floor` and `ease_floor` keep logarithms finite: what is below counts the
    same. `repeatable` says that an item may follow itself.
    """

    short_decay: float = 0.8
    long_decay: float = 0.98
    ridge: float = 11.0
    ease_ridge: float = 4.0
    ease_decay: float = 0.9
    ease_share: float = 0.4
    floor: float = 1e-4
    ease_floor: float = 1e-3
    repeatable: bool = False

    def __post_init__(self) -> None:
        """Raise InvalidInput for settings that cannot be solved or read with."""
        for name in ("short_decay", "long_decay", "ease_decay"):
            value = getattr(self, name)
            if not 0.0 < value < 1.0:
                raise InvalidInput(f"{name} must be between 0 and 1, got {value!r}")
        for name in ("ridge", "ease_ridge", "floor", "ease_floor"):
            value = getattr(self, name)
            if not value > 0.0:
                raise InvalidInput(f"{name} must be above 0, got {value!r}")
        if not self.ease_share >= 0.0:
            raise InvalidInput(f"ease_share must be 0 or more, got {self.ease_share!r}")

    @property
    def decays(self) -> tuple[float, float, float]:
        """The decays of the three histories of the ridge regression; 0 is the last item alone."""
        return (0.0, self.short_decay, self.long_decay)

    @property
    def read_decays(self) -> tuple[float, float, float, float]:
        """The decay with which each of the four weight matrices is read."""
        return (*self.decays, self.ease_decay)

    @property
    def least_score(self) -> float:
        """The score of an item that nothing speaks for."""
        return log(self.floor) + self.ease_share * log(self.ease_floor)


DEFAULT_CLOSED_FORM: Final = ClosedFormSettings()


@dataclass(frozen=True)
class ClosedForm:
    """The solved maps.

    `weights` int8 (4, items, items) and `scales` float32 (4, items): the weight from item a to item
    b in map m is `weights[m, a, b] * scales[m, a]`. The maps are those of the last item, the short
    history, the long history, and EASE. `events` is how many it was solved from, `position` the
    place in the log up to which it learned; `report` is what its trial came to, plain data.
    """

    item_ids: tuple[str, ...]
    weights: NDArray[np.int8]
    scales: NDArray[np.float32]
    settings: ClosedFormSettings = DEFAULT_CLOSED_FORM
    events: int = 0
    position: int = 0
    report: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        item_ids: Sequence[str],
        maps: Sequence[NDArray[np.float32]],
        settings: ClosedFormSettings,
        *,
        events: int = 0,
        position: int = 0,
    ) -> ClosedForm:
        """Keep solved maps in 8 bits, each row on its own scale; (items, items) each.

        What an item says of itself is left out unless items are consumed again and again: it is by
        far the largest weight, is never asked for, and would take the precision of the others.
        """
        count = len(item_ids)
        weights = np.zeros((len(maps), count, count), dtype=np.int8)
        scales = np.zeros((len(maps), count), dtype=np.float32)
        for place, solved in enumerate(maps):
            kept = solved.copy()
            if not settings.repeatable:
                np.fill_diagonal(kept, 0.0)
            largest = np.abs(kept).max(axis=1, initial=0.0)
            scales[place] = largest / LEVELS
            np.divide(kept, scales[place][:, None], out=kept, where=largest[:, None] > 0.0)
            weights[place] = np.rint(kept)
        return cls(tuple(item_ids), weights, scales, settings, events, position)

    @cached_property
    def column_of(self) -> Mapping[str, int]:
        """Item id -> column, for the items it knows."""
        return {item_id: column for column, item_id in enumerate(self.item_ids)}

    def columns(self, item_ids: Sequence[str]) -> NDArray[np.int64]:
        """The column of each item, -1 for one that it does not know, int64 (item_ids,)."""
        found = (self.column_of.get(item_id, -1) for item_id in item_ids)
        return np.fromiter(found, np.int64, len(item_ids))

    def scores(self, history: NDArray[np.int64]) -> NDArray[np.float64]:
        """How well each item continues a history of columns (newest first), float64 (items + 1,).

        Logarithms, the higher the better. The last place, which a column of -1 reads, is
        `settings.least_score`: nothing is known of such an item. A history that holds no known item
        scores everything so; unknown ones in it are passed over.
        """
        settings = self.settings
        scores = np.full(len(self.item_ids) + 1, settings.least_score)
        known = history[history >= 0]
        if len(known) == 0:
            return scores
        last, short, long, ease = (
            self._read(place, known, decay) for place, decay in enumerate(settings.read_decays)
        )
        scores[:-1] = np.log(np.maximum(last + short + long, settings.floor))
        scores[:-1] += settings.ease_share * np.log(np.maximum(ease, settings.ease_floor))
        return scores

    def continuations(
        self, history: Sequence[str], candidates: NDArray[np.int64], sharpness: float
    ) -> NDArray[np.float64]:
        """The likelihood of candidate columns (-1: unknown) as a share of the best one's.

        float64 (candidates,), in [0, 1]; `sharpness` is the exponent that likelihoods are raised
        to. All 0 when it knows nothing of the history.
        """
        known = self.columns(history)
        if not (known >= 0).any() or len(candidates) == 0:
            return np.zeros(len(candidates))
        raised = np.exp(sharpness * self.scores(known)[candidates])
        raised -= exp(sharpness * self.settings.least_score)
        largest = float(raised.max())
        return np.asarray(raised / largest if largest > 0.0 else np.zeros(len(candidates)))

    def save(self, path: Path) -> str:
        """Write the file in place of the one before, all or nothing; returns its checksum.

        Whoever has the former file open goes on reading that. Raises StorageError when the file
        cannot be written.
        """
        header = msgspec.json.encode(
            {
                "items": self.item_ids,
                "settings": {n: getattr(self.settings, n) for n in ClosedFormSettings.__slots__},
                "events": self.events,
                "position": self.position,
                "maps": len(self.weights),
                "report": self.report,
            }
        )
        before = _PREFIX.size + _LENGTH.size + len(header)
        parts = (
            _LENGTH.pack(len(header)),
            header,
            bytes(-before % _ALIGNMENT),
            _raw(self.weights),
            _raw(self.scales.astype("<f4", copy=False)),
        )
        digest = _digest(parts)
        try:
            _write_whole(path, (_PREFIX.pack(_MAGIC, FORMAT_VERSION, digest), *parts))
        except OSError as error:
            raise StorageError(f"cannot write {path}: {error.strerror}") from error
        return digest.hex()

    def _read(self, place: int, history: NDArray[np.int64], decay: float) -> NDArray[np.float32]:
        length = 1 if decay == 0.0 else int(log(LEAST_WEIGHT) / log(decay)) + 1
        items = history[:length]
        weights = np.power(decay, np.arange(len(items)), dtype=np.float64).astype(np.float32)
        read: NDArray[np.float32] = (weights * self.scales[place, items]) @ self.weights[
            place, items
        ].astype(np.float32)
        return read


def load_closed_form(path: Path) -> ClosedForm:
    """The scorer in a file, its arrays mapped into memory and read-only.

    Raises StorageError for a file that is missing, damaged, of another version, or something else.
    """
    try:
        with path.open("rb") as file:
            data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError) as error:
        raise StorageError(f"cannot read {path}: {error}; run `penchant train`") from error
    if len(data) < _PREFIX.size + _LENGTH.size or bytes(data[:4]) != _MAGIC:
        raise StorageError(
            f"{path} holds no trained scorer; name a file that `penchant train` made"
        )
    _, version, digest = _PREFIX.unpack_from(data)
    if version != FORMAT_VERSION:
        raise StorageError(
            f"{path} is of format {version}, this program reads {FORMAT_VERSION}; run "
            "`penchant train` again"
        )
    if _digest((data[_PREFIX.size :],)) != digest:
        raise StorageError(f"{path} is damaged (its checksum differs); run `penchant train` again")
    try:
        return _decoded(data)
    except (TypeError, ValueError, struct.error, msgspec.MsgspecError, InvalidInput) as error:
        raise StorageError(
            f"{path} is not understood ({error}); run `penchant train` again"
        ) from error


class PublishedClosedForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which file a store's servers score with: `file` is relative to the folder of the database.

    A server loads the file again whenever `checksum` is not that of the one it has.
    """

    file: str
    checksum: str
    position: int

    def encoded(self) -> bytes:
        """As a named value of the store."""
        return msgspec.json.encode(self)

    @classmethod
    def decoded(cls, value: bytes) -> PublishedClosedForm:
        """What a named value says; raises StorageError when it cannot be understood."""
        try:
            return msgspec.json.decode(value, type=cls)
        except msgspec.MsgspecError as error:
            raise StorageError(
                f"the published scorer is not understood ({error}); run `penchant train` again"
            ) from error


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    items: tuple[str, ...]
    settings: dict[str, Any]
    events: int
    position: int
    maps: int
    report: dict[str, Any]


def _decoded(data: memoryview) -> ClosedForm:
    """The scorer behind bytes whose checksum fits: they are as they were written."""
    start = _PREFIX.size + _LENGTH.size
    (length,) = _LENGTH.unpack_from(data, _PREFIX.size)
    header = msgspec.json.decode(data[start : start + length], type=_Header)
    start += length
    start += -start % _ALIGNMENT
    count = len(header.items)
    shape = (header.maps, count, count)
    size = header.maps * count * count
    weights = np.frombuffer(data, np.int8, size, start).reshape(shape)
    scales = np.frombuffer(data, "<f4", header.maps * count, start + size)
    return ClosedForm(
        header.items,
        weights,
        scales.reshape(shape[:2]),
        ClosedFormSettings(**header.settings),
        header.events,
        header.position,
        header.report,
    )


def _raw(array: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _digest(parts: Sequence[bytes | memoryview]) -> bytes:
    digest = blake2b(FORMAT_VERSION.to_bytes(2, "little"), digest_size=16)
    for part in parts:
        digest.update(part)
    return digest.digest()


def _write_whole(path: Path, parts: Sequence[bytes | memoryview]) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)

"""Profiles as bytes: versioned, checksummed msgpack, never pickle.

Layout, little-endian: magic (4 bytes), schema version (uint16), BLAKE2b-128 of version and payload
(16 bytes), msgpack payload. Vectors are raw float64, so they come back bit for bit.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import blake2b
from itertools import chain
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from penchant.domain.profile import (
    Interest,
    PreferenceState,
    RatingStatistics,
    UserProfile,
    Verdict,
)
from penchant.domain.record import Statement
from penchant.errors import CorruptProfile

__all__ = ["ProfileSerializer", "checksum_of", "taste_bytes"]

_MAGIC: Final = b"PNCP"
_HEADER: Final = struct.Struct("<4sH16s")
_CHECKSUM: Final = slice(6, 22)


class _StoredInterest(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    centroid: bytes
    strength: float
    last_at: float
    item_ids: tuple[str, ...]


class _StoredProfile(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """The payload. Fields are stored by place: any change here is a new schema version."""

    user_id: str
    version: int
    position: int
    created_at: float | None
    updated_at: float | None
    last: tuple[float, int]
    preferences: Mapping[str, Mapping[str, PreferenceState]]
    names: Mapping[str, str]
    taste_sum: bytes | None
    verdict_count: int
    evidence: float
    interests: tuple[_StoredInterest, ...]
    ratings: RatingStatistics
    verdicts: Mapping[str, Verdict]
    counts: Mapping[str, int]
    statements: tuple[Statement, ...]
    fingerprint: str
    consumed: Mapping[str, float]


class ProfileSerializer:
    """Turns profiles into bytes and back.

    Everything it cannot vouch for is CorruptProfile: a wrong checksum, length, magic or schema
    version, a payload of another shape, and any number that is NaN or infinite (`last` alone may
    start at minus infinity). Decoded vectors are read-only.
    """

    schema_version: Final = 1

    def encode(self, profile: UserProfile) -> bytes:
        """The profile as bytes; raises CorruptProfile when it holds what could not be read back."""
        stored = _stored(profile)
        _refuse_unusable_numbers(stored)
        try:
            payload = _ENCODER.encode(stored)
        except (TypeError, ValueError, OverflowError) as error:
            raise CorruptProfile(
                f"the profile of user {profile.user_id!r} cannot be stored: {error}"
            ) from error
        version = self.schema_version
        return _HEADER.pack(_MAGIC, version, _checksum(version, payload)) + payload

    def decode(self, data: bytes) -> UserProfile:
        """The profile behind the bytes; raises CorruptProfile and nothing else."""
        if len(data) < _HEADER.size:
            raise CorruptProfile(
                f"profile bytes end after {len(data)} bytes; refold the user from the log"
            )
        magic, version, checksum = _HEADER.unpack_from(data)
        payload = data[_HEADER.size :]
        if magic != _MAGIC:
            raise CorruptProfile("these bytes are not a profile; refold the user from the log")
        if version != self.schema_version:
            raise CorruptProfile(
                f"profile schema {version} is not {self.schema_version}, the one this program"
                " reads; refold the user from the log"
            )
        if checksum != _checksum(version, payload):
            raise CorruptProfile("profile bytes fail their checksum; refold the user from the log")
        try:
            stored = _DECODER.decode(payload)
            _refuse_unusable_numbers(stored)
            return _profile(stored)
        except (TypeError, ValueError, OverflowError) as error:
            raise CorruptProfile(
                f"profile bytes do not hold a profile ({error}); refold the user from the log"
            ) from error


def checksum_of(data: bytes) -> bytes:
    """The 16 bytes in a profile's header that change whenever anything in it does."""
    return data[_CHECKSUM]


def taste_bytes(profile: UserProfile) -> bytes:
    """The taste alone, in one canonical form: equal bytes mean equal taste, bit for bit.

    Left out is what depends on how the log was numbered: the version, the position, and the
    positions inside `last`, the verdicts and the statements. Mapping keys are sorted.
    """
    unnumbered = replace(
        profile.at_version(0, 0),
        last=(profile.last[0], 0),
        verdicts={key: verdict._replace(position=0) for key, verdict in profile.verdicts.items()},
        statements=tuple(replace(said, position=0) for said in profile.statements),
    )
    # The round trip settles what equality does not see, such as the int 9 and the float 9.0.
    serializer = ProfileSerializer()
    return _CANONICAL_ENCODER.encode(_stored(serializer.decode(serializer.encode(unnumbered))))


def _stored(profile: UserProfile) -> _StoredProfile:
    return _StoredProfile(
        user_id=profile.user_id,
        version=profile.version,
        position=profile.position,
        created_at=profile.created_at,
        updated_at=profile.updated_at,
        last=profile.last,
        preferences=profile.preferences,
        names=profile.names,
        taste_sum=None if profile.taste_sum is None else _raw(profile.taste_sum),
        verdict_count=profile.verdict_count,
        evidence=profile.evidence,
        interests=tuple(
            _StoredInterest(_raw(one.centroid), one.strength, one.last_at, one.item_ids)
            for one in profile.interests
        ),
        ratings=profile.ratings,
        verdicts=profile.verdicts,
        consumed=profile.consumed,
        counts=profile.counts,
        statements=profile.statements,
        fingerprint=profile.fingerprint,
    )


def _profile(stored: _StoredProfile) -> UserProfile:
    return UserProfile(
        user_id=stored.user_id,
        version=stored.version,
        position=stored.position,
        created_at=stored.created_at,
        updated_at=stored.updated_at,
        last=stored.last,
        preferences=stored.preferences,
        names=stored.names,
        taste_sum=None if stored.taste_sum is None else _vector(stored.taste_sum),
        verdict_count=stored.verdict_count,
        evidence=stored.evidence,
        interests=tuple(
            Interest(_vector(one.centroid), one.strength, one.last_at, one.item_ids)
            for one in stored.interests
        ),
        ratings=stored.ratings,
        verdicts=stored.verdicts,
        consumed=stored.consumed,
        counts=stored.counts,
        statements=stored.statements,
        fingerprint=stored.fingerprint,
    )


def _raw(vector: NDArray[np.float64]) -> bytes:
    if vector.ndim != 1:
        raise CorruptProfile(f"a profile vector has one dimension, not shape {vector.shape}")
    return vector.astype("<f8", copy=False).tobytes()


def _vector(raw: bytes) -> NDArray[np.float64]:
    return np.frombuffer(raw, dtype="<f8").astype(np.float64, copy=False)


def _refuse_unusable_numbers(stored: _StoredProfile) -> None:
    for raw in (stored.taste_sum, *(one.centroid for one in stored.interests)):
        if raw is not None and not np.isfinite(_vector(raw)).all():
            raise CorruptProfile(
                "a profile vector holds NaN or infinity; refold the user from the log"
            )
    scalars = chain(
        (stored.evidence, stored.created_at or 0.0, stored.updated_at or 0.0),
        (stored.ratings.total, stored.ratings.total_of_squares),
        chain.from_iterable((one.strength, one.last_at) for one in stored.interests),
        (one.value or 0.0 for one in stored.statements),
        (one.at for one in stored.statements),
        stored.consumed.values(),
    )
    if not (_finite(scalars) and _finite(_state_sums(stored)) and math.isfinite(_newest(stored))):
        raise CorruptProfile("a profile holds NaN or infinity; refold the user from the log")


def _finite(numbers: Iterable[float]) -> bool:
    # A sum is finite exactly when every term is, as long as the terms are far from overflow;
    # one C-level sum costs a tenth of asking each number.
    return math.isfinite(sum(numbers))


def _state_sums(stored: _StoredProfile) -> Iterable[float]:
    for states in stored.preferences.values():
        yield sum(chain.from_iterable(states.values()))
    for verdict in stored.verdicts.values():
        yield verdict.strength + verdict.target + verdict.at + (verdict.value or 0.0)


def _newest(stored: _StoredProfile) -> float:
    newest = stored.last[0]
    return 0.0 if newest == -math.inf else newest


def _checksum(version: int, payload: bytes) -> bytes:
    digest = blake2b(version.to_bytes(2, "little"), digest_size=16)
    digest.update(payload)
    return digest.digest()


def _plain(value: object) -> object:
    """What msgspec does not know by itself: numpy scalars and mapping proxies."""
    if isinstance(value, np.floating):
        return float(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be part of a profile")


_ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=_plain)
_CANONICAL_ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=_plain, order="sorted")
_DECODER: Final = msgspec.msgpack.Decoder(_StoredProfile)

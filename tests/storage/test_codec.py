"""Profiles as bytes: exact both ways, and never trusted when they should not be."""

from __future__ import annotations

import random
import struct
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np
import pytest
from contracts.examples import profile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage.profiles_made_up import profiles

from penchant.domain.profile import Interest, PreferenceState, UserProfile
from penchant.errors import CorruptProfile
from penchant.storage import codec
from penchant.storage.codec import ProfileSerializer, checksum_of, taste_bytes

SERIALIZER = ProfileSerializer()


def comparable(value: Any) -> Any:
    """The same content in a form whose equality is bit for bit, dtypes included."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, Interest):
        return tuple(comparable(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, float):
        return struct.pack("<d", value)
    if isinstance(value, tuple):
        return (type(value), tuple(map(comparable, value)))
    if isinstance(value, dict):
        return {key: comparable(inner) for key, inner in value.items()}
    return value


def content(one: UserProfile) -> dict[str, Any]:
    return {field.name: comparable(getattr(one, field.name)) for field in fields(one)}


def sealed(payload: list[object], version: int = 1) -> bytes:
    """Bytes whose checksum is right, whatever the payload holds."""
    packed = msgspec.msgpack.encode(payload)
    checksum = codec._checksum(version, packed)
    return codec._HEADER.pack(b"PNCP", version, checksum) + packed


def payload_of(one: UserProfile) -> list[Any]:
    decoded: list[Any] = msgspec.msgpack.decode(SERIALIZER.encode(one)[22:])
    return decoded


@given(profiles)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_round_trip(one: UserProfile) -> None:
    """Any profile comes back equal, every float bit for bit, every type the same."""
    assert content(SERIALIZER.decode(SERIALIZER.encode(one))) == content(one)


@given(profiles)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_equal_profiles_have_equal_bytes(one: UserProfile) -> None:
    """Encoding what was decoded gives the same bytes, and so the same checksum."""
    data = SERIALIZER.encode(one)
    assert SERIALIZER.encode(SERIALIZER.decode(data)) == data


def test_extreme_floats_are_exact() -> None:
    """The smallest, the largest and the neighbours of 1 survive in vectors and in states."""
    extremes = [5e-324, -5e-324, 1.7e308, np.nextafter(1.0, 2.0), np.nextafter(1.0, 0.0), -0.0]
    one = UserProfile(
        "mina",
        preferences={"genre": {"a": PreferenceState(*extremes[:2], *extremes[3:5])}},
        taste_sum=np.array(extremes),
    )
    assert content(SERIALIZER.decode(SERIALIZER.encode(one))) == content(one)


def test_every_field_is_stored() -> None:
    """A field that is added to UserProfile cannot be forgotten here."""
    stored = {field.name for field in msgspec.structs.fields(codec._StoredProfile)}
    assert stored == {field.name for field in fields(UserProfile)}


def test_numpy_scalars_and_read_only_mappings_are_stored() -> None:
    """What folds produce in passing, numpy scalars and mapping proxies, needs no conversion."""
    one = replace(
        profile(),
        evidence=np.float64(1.5),
        counts=MappingProxyType({"rating": np.int64(3)}),
        names=MappingProxyType({"genre:medical": "Medical"}),
    )
    decoded = SERIALIZER.decode(SERIALIZER.encode(one))
    assert (decoded.evidence, dict(decoded.counts)) == (1.5, {"rating": 3})
    assert dict(decoded.names) == {"genre:medical": "Medical"}


def test_decoded_vectors_are_read_only() -> None:
    """A decoded profile is shared between requests, so its vectors cannot be changed in place."""
    decoded = SERIALIZER.decode(SERIALIZER.encode(profile()))
    assert decoded.taste_sum is not None
    with pytest.raises(ValueError, match="read-only"):
        decoded.taste_sum[0] = 1.0


def test_500_corrupted_profiles_are_all_detected() -> None:
    """Flipped bits, cut ends, added bytes and swapped stretches are always CorruptProfile."""
    rng = random.Random(20)
    data = SERIALIZER.encode(profile())
    tried = 0
    while tried < 500:
        damaged = bytearray(data)
        match tried % 5:
            case 0:
                damaged[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            case 1:
                del damaged[rng.randrange(len(data)) :]
            case 2:
                damaged += rng.randbytes(rng.randint(1, 20))
            case 3:
                start = rng.randrange(len(data))
                damaged[start : start + 8] = rng.randbytes(len(damaged[start : start + 8]))
            case _:
                cut = rng.randrange(1, len(data))
                damaged = damaged[cut:] + damaged[:cut]
        if damaged == data:
            continue
        tried += 1
        with pytest.raises(CorruptProfile):
            SERIALIZER.decode(bytes(damaged))


@given(st.binary(max_size=200))
def test_any_bytes_are_corrupt(data: bytes) -> None:
    """Bytes from nowhere are CorruptProfile and no other error."""
    with pytest.raises(CorruptProfile):
        SERIALIZER.decode(data)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats()
        | st.text()
        | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_payload_under_a_good_checksum(payload: Any) -> None:
    """A payload that is not a profile is CorruptProfile though its checksum is right."""
    try:
        sealed_bytes = sealed(payload)
    except UnicodeEncodeError:
        return
    with pytest.raises(CorruptProfile):
        SERIALIZER.decode(sealed_bytes)


def test_other_schema_version() -> None:
    """A profile of another schema version is refused with both versions named."""
    with pytest.raises(CorruptProfile, match=r"schema 2 is not 1"):
        SERIALIZER.decode(sealed(payload_of(profile()), version=2))


NUMBER_PLACES = [
    ("taste_sum", 8),
    ("evidence", 10),
    ("updated_at", 4),
    ("last", 5),
    ("preferences", 6),
    ("interests", 11),
    ("ratings", 12),
    ("verdicts", 13),
    ("statements", 15),
]


UNUSABLE_NUMBERS = [
    pytest.param(name, place, bad, id=f"{name}-{bad}")
    for name, place in NUMBER_PLACES
    for bad in (float("nan"), float("inf"), float("-inf"))
    # A profile without records starts at minus infinity.
    if (name, bad) != ("last", float("-inf"))
]


@pytest.mark.parametrize(("name", "place", "bad"), UNUSABLE_NUMBERS)
def test_unusable_numbers(name: str, place: int, bad: float) -> None:
    """NaN or infinity anywhere in a profile is refused when written and when read."""
    one = profile()
    vector = np.array([0.5, bad, 0.5])
    broken = {
        "taste_sum": replace(one, taste_sum=vector),
        "evidence": replace(one, evidence=bad),
        "updated_at": replace(one, updated_at=bad),
        "last": replace(one, last=(bad, 1)),
        "preferences": replace(
            one, preferences={"genre": {"medical": PreferenceState(0.5, 1.0, bad, 1.0)}}
        ),
        "interests": replace(one, interests=(Interest(vector, 1.0, 1.0),)),
        "ratings": replace(one, ratings=one.ratings._replace(total=bad)),
        "verdicts": replace(one, verdicts={"a": one.verdicts["goblin-2016"]._replace(target=bad)}),
        "statements": replace(one, statements=(replace(one.statements[0], value=bad),)),
    }[name]
    with pytest.raises(CorruptProfile, match="NaN or infinity"):
        SERIALIZER.encode(broken)
    payload = payload_of(one)
    payload[place] = msgspec.msgpack.decode(msgspec.msgpack.encode(codec._stored(broken)))[place]
    with pytest.raises(CorruptProfile, match="NaN or infinity"):
        SERIALIZER.decode(sealed(payload))


@pytest.mark.parametrize(
    "broken",
    [
        replace(profile(), taste_sum=np.zeros((2, 2))),
        replace(profile(), fingerprint="\ud800"),
        replace(profile(), version=2**70),
        replace(profile(), counts={"rating": object()}),
    ],
)
def test_unstorable_profile(broken: UserProfile) -> None:
    """A profile that could not be read back is refused when it is written."""
    with pytest.raises(CorruptProfile):
        SERIALIZER.encode(broken)


def test_vector_of_broken_length() -> None:
    """Vector bytes that are no whole number of floats are CorruptProfile."""
    payload = payload_of(profile())
    payload[8] = payload[8][:-3]
    with pytest.raises(CorruptProfile):
        SERIALIZER.decode(sealed(payload))


def test_checksum_follows_content() -> None:
    """The checksum differs whenever anything does, the version alone included."""
    sums = {checksum_of(SERIALIZER.encode(profile("mina", version))) for version in range(1, 20)}
    assert len(sums) == 19


def test_taste_leaves_numbering_out() -> None:
    """Version, position and the positions inside are no part of the taste."""
    one = profile("mina", 3, 7)
    verdict = one.verdicts["goblin-2016"]._replace(position=99)
    renumbered = replace(
        one, version=50, position=60, last=(one.last[0], 70), verdicts={"goblin-2016": verdict}
    )
    assert taste_bytes(renumbered) == taste_bytes(one)


def test_taste_has_no_order_of_keys() -> None:
    """Folds that met the facets and items in another order give the same bytes."""
    one = profile()
    state = PreferenceState(0.6, 1.0, 0.0, 1.0)
    forward = {"genre": {"a": state, "b": state}, "actor": {"c": state}}
    backward = {"actor": {"c": state}, "genre": {"b": state, "a": state}}
    assert taste_bytes(replace(one, preferences=forward)) == taste_bytes(
        replace(one, preferences=backward)
    )
    assert taste_bytes(replace(one, counts={"a": 1, "b": 2})) == taste_bytes(
        replace(one, counts={"b": 2, "a": 1})
    )


def test_taste_does_not_tell_9_from_9_point_0() -> None:
    """A value that the log gives back as a float equals the whole number it was sent as."""
    one = profile()
    whole = one.verdicts["goblin-2016"]._replace(value=9)
    assert taste_bytes(replace(one, verdicts={"goblin-2016": whole})) == taste_bytes(one)


@pytest.mark.parametrize("field", [f.name for f in fields(UserProfile)])
def test_taste_sees_every_other_field(field: str) -> None:
    """Any change of the taste itself, down to one bit, changes the bytes."""
    one = profile()
    assert one.taste_sum is not None
    nudged = one.taste_sum.copy()
    nudged[0] = np.nextafter(nudged[0], 9.0)
    changed = {
        "user_id": "jun",
        "version": 9,
        "position": 9,
        "created_at": 2.0,
        "updated_at": 2.0,
        "last": (2.0, 1),
        "preferences": {},
        "names": {},
        "taste_sum": nudged,
        "verdict_count": 9,
        "evidence": np.nextafter(one.evidence, 9.0),
        "interests": (replace(one.interests[0], strength=np.nextafter(1.5, 2.0)),),
        "ratings": one.ratings._replace(total=0.8),
        "verdicts": {"goblin-2016": one.verdicts["goblin-2016"]._replace(event_id="e-9")},
        "counts": {"rating": 9},
        "statements": (),
        "consumed": {"item-x": 1.0},
        "fingerprint": "encoder-2",
    }
    differs = taste_bytes(replace(one, **{field: changed[field]})) != taste_bytes(one)
    assert differs == (field not in {"version", "position"})

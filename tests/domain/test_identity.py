"""Ids from outside: one form, no surprises."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.domain.identity import checked_id
from penchant.errors import InvalidInput


@pytest.mark.parametrize(
    "value",
    [
        "u",
        "mina",
        "mina@example.org",
        "Ünï-1",
        "민아",
        "crash-landing-on-you-2019",
        "a b",
        "'; drop table users; --",
        "😀",
        "x" * 128,
    ],
)
def test_a_sound_id_is_kept_as_it_is(value: str) -> None:
    """Whatever is printable may be an id, but for the slash: ids are never part of SQL text."""
    assert checked_id(value, "user_id") == value


@pytest.mark.parametrize(
    "value",
    [
        "\x00",
        "mi\x00na",
        "mi\nna",
        "mina\r",
        "\x1b[31mred",
        "mi\x7fna",
        "mi\u0085na",
        "mi\u2028na",
        "mi\u2029na",
        "\ud800",
        "mina\udfff",
    ],
)
def test_control_characters_and_surrogates_are_refused(value: str) -> None:
    """The message names the id and the character, and is itself safe to print."""
    with pytest.raises(InvalidInput) as refused:
        checked_id(value, "user_id")
    message = str(refused.value)
    assert "user_id" in message
    assert message.isprintable()
    message.encode("utf-8")


@pytest.mark.parametrize("value", ["/", "../../etc/passwd", "mina/", "a/b"])
def test_a_slash_is_refused(value: str) -> None:
    """An id is a part of an address, where a slash would end it."""
    with pytest.raises(InvalidInput, match="user_id holds a slash"):
        checked_id(value, "user_id")


@pytest.mark.parametrize("value", ["", " ", "   ", "\u3000", "\u00a0"])
def test_an_id_of_nothing_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match="item_id"):
        checked_id(value, "item_id")


def test_an_id_has_at_most_128_characters() -> None:
    with pytest.raises(InvalidInput, match="1 to 128 characters, got 129"):
        checked_id("x" * 129, "user_id")


def test_a_long_id_is_not_echoed_back() -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_id("secret" * 100_000, "user_id")
    assert len(str(refused.value)) < 200


def test_one_person_typed_in_two_forms_is_one_person() -> None:
    assert checked_id("Jose\u0301", "user_id") == checked_id("Jos\u00e9", "user_id") == "Jos\u00e9"


def test_the_length_is_that_of_the_normal_form() -> None:
    """128 letters with combining accents are 128 characters; one that NFC takes apart is more."""
    assert checked_id("e\u0301" * 128, "user_id") == "\u00e9" * 128
    with pytest.raises(InvalidInput, match="got 200"):
        checked_id("\u0958" * 100, "user_id")


LETTERS_DIGITS_MARKS = st.characters(categories=["L", "N", "P"], exclude_characters="/")


@given(value=st.text(max_size=140))
def test_an_accepted_id_is_normal_short_and_printable(value: str) -> None:
    """What comes out goes in again unchanged, and can be stored and logged."""
    try:
        accepted = checked_id(value, "user_id")
    except InvalidInput:
        return
    assert 1 <= len(accepted) <= 128
    assert unicodedata.is_normalized("NFC", accepted)
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in accepted)
    assert accepted.encode("utf-8").decode("utf-8") == accepted
    assert checked_id(accepted, "user_id") == accepted


@given(value=st.text(LETTERS_DIGITS_MARKS, min_size=1, max_size=30))
def test_every_id_of_letters_digits_and_marks_is_accepted(value: str) -> None:
    assert checked_id(value, "user_id") == unicodedata.normalize("NFC", value)

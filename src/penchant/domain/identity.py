"""Ids from outside: one form, no surprises."""

from __future__ import annotations

import unicodedata

from penchant.errors import InvalidInput

__all__ = ["checked_id"]

LONGEST_ID = 128
# What decoders put in the place of bytes that are no text: two broken ids would become one.
REPLACEMENT = "\ufffd"
# Control, surrogate, private use, unassigned, line and paragraph separators.
REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


def checked_id(value: str, what: str) -> str:
    """The id in NFC; raises InvalidInput unless it has 1 to 128 printable characters."""
    refused = [
        c for c in value if c == REPLACEMENT or unicodedata.category(c) in REFUSED_CATEGORIES
    ]
    if "/" in value:
        raise InvalidInput(
            f"{what} holds a slash, which no id may hold: ids are parts of addresses"
        )
    if refused:
        raise InvalidInput(f"{what} holds the character {refused[0]!a}, which no id may hold")
    normal = unicodedata.normalize("NFC", value)
    if not normal.strip():
        raise InvalidInput(f"{what} is blank; give it a name")
    if len(normal) > LONGEST_ID:
        raise InvalidInput(f"{what} must have 1 to {LONGEST_ID} characters, got {len(normal)}")
    return normal

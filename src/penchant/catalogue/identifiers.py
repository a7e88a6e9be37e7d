"""Item ids: which ones are allowed, and how to make one of a title and a year."""

from __future__ import annotations

import hashlib
import unicodedata

from slugify import slugify

from penchant.errors import InvalidItem

__all__ = ["MAX_ID_LENGTH", "clean_id", "title_id"]

MAX_ID_LENGTH = 128
# Leaves room for "-2020" and keeps addresses readable.
MAX_SLUG_LENGTH = 100
# "Doctor's" becomes "doctors", not "doctor-s".
APOSTROPHES = (("'", ""), ("\u2018", ""), ("\u2019", ""))


def clean_id(text: str) -> str:
    """The id in the form it is stored: NFC, without space around it.

    Raises InvalidItem when that is not 1 to 128 characters, or holds a control character or half
    of a surrogate pair.
    """
    cleaned = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(cleaned) <= MAX_ID_LENGTH:
        raise InvalidItem(
            f"id of {len(cleaned)} characters; an id has 1 to {MAX_ID_LENGTH} characters"
        )
    for character in cleaned:
        if unicodedata.category(character) in ("Cc", "Cs"):
            raise InvalidItem(
                f"id {cleaned!r} holds the control character U+{ord(character):04X}; take it out"
            )
    return cleaned


def title_id(title: str, year: int | None) -> str:
    """An id for an item that has none: "Hospital Playlist" of 2020 is "hospital-playlist-2020".

    Titles in other scripts are written in Latin letters. A title of signs only has none, so its
    id is "untitled-" and a digest of it: the same in every run, and not shared with another one.
    """
    slug = slugify(title, max_length=MAX_SLUG_LENGTH, replacements=APOSTROPHES)
    if not slug:
        digest = hashlib.blake2b(title.encode("utf-8", "replace"), digest_size=4).hexdigest()
        slug = f"untitled-{digest}"
    return slug if year is None else f"{slug}-{year}"

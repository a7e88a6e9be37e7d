"""Film titles as lists write them: "Postino, Il (The Postman) (1994)" is "Il Postino" of 1994."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["FilmTitle", "split_film_title"]

# A medium after the year, as "(V)" for video, says nothing about the title.
_YEAR_AT_END = re.compile(
    r"^(?P<title>.*\S)\s*\((?P<year>(?:18|19|20)\d\d)(?:[-\u2013](?:\d{4})?)?\)(?:\s*\((?:TV|V)\))?$"
)
# One level of brackets inside the brackets: "Babies (Bébé(s))".
_OTHER_AT_END = re.compile(r"^(?P<title>.*\S)\s+\((?P<other>[^()]*(?:\([^()]*\)[^()]*)*)\)$")
_KNOWN_AS = re.compile(r"^a\.?k\.?a\.? ", re.IGNORECASE)
_ARTICLE_AT_END = re.compile(
    r"^(?P<title>.*\S), "
    r"(?P<article>The|An?|L[aeo]s?|L'|El|Los|Il|I|Gli|Un[ae]?|D(?:er|ie|as|en|et|a)|Het|E[ln])$"
)


class FilmTitle(NamedTuple):
    """A title as it is spoken, its year and its other names in the order in which they stood."""

    title: str
    year: int | None
    alternates: tuple[str, ...]


def split_film_title(written: str) -> FilmTitle:
    """Take a listed title apart; what has no brackets and no article at its end stays as it is."""
    text = " ".join(written.split())
    dated = _YEAR_AT_END.match(text)
    plain = dated["title"] if dated else text
    others: list[str] = []
    while bracketed := _OTHER_AT_END.match(plain):
        others.insert(0, _spoken(_KNOWN_AS.sub("", bracketed["other"].strip())))
        plain = bracketed["title"]
    title = _spoken(plain)
    distinct = dict.fromkeys(other for other in others if other and other != title)
    return FilmTitle(title, int(dated["year"]) if dated else None, tuple(distinct))


def _spoken(listed: str) -> str:
    inverted = _ARTICLE_AT_END.match(listed)
    if inverted is None:
        return listed
    gap = "" if inverted["article"].endswith("'") else " "
    return f"{inverted['article']}{gap}{inverted['title']}"

"""Phrases of English by which a query says what kind of answer it wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from penchant.search.tokens import Token

__all__ = ["FILLER_WORDS", "Cue", "CueKind", "find_cues"]

CueKind = Literal["top", "trending", "recent", "like", "none"]
# A cue: its kind and the tokens `first` to `last` (not included) that say it.
Cue = tuple[CueKind, int, int]

_PHRASES: Final[Mapping[CueKind, str]] = {
    "top": """
        best | top | top rated | best rated | highest rated | high rated | highly rated
        | well rated | highest rating | highest ratings | high rating | high ratings
        | best ratings | good ratings | top ten | greatest | must watch | must see
        | must watches | masterpiece | masterpieces | critically acclaimed | acclaimed
        | award winning | of all time | all time best | all time | all time favorite
        | highest scoring | highest scored | top scoring | finest | best reviewed
        | excellent reviews | highest score
    """,
    "trending": """
        trending | trending now | trending right now | trending today | trending this week
        | popular | most popular | popular now | popular right now | hot | hottest | hot now
        | hot right now | whats hot | viral | going viral | most watched | most viewed
        | everyone is watching | everybody is watching | people are watching
        | is everyone watching | buzz | buzzing | hype | hyped | most talked about
        | talked about | talk of the town | in trend | on trend | trendy | this week
        | this month
    """,
    "recent": "latest | newest | recent | new | recently released | just released | brand new",
    "like": """
        like | similar to | similar | something like | anything like | more like | just like
        | exactly like | same as | same vibe as | same vibes as | same feel as | the vibe of
        | vibes of | in the style of | in the vein of | along the lines of | reminds me of
        | remind me of | reminiscent of | resembles | resembling | comparable to | akin to
        | fans of | fan of | if i liked | if i loved | if i like | if i love | if i enjoyed
        | if you liked | if you loved | if you like | i liked | i loved | i enjoyed
        | because i watched | because i liked | because i loved | after watching
        | after finishing | just finished | to watch after | watch after | finished
        | such as | as good as
    """,
    # Phrases that only look like one of the above.
    "none": """
        best friend | best friends | top secret | top star | top stars | hot tempered
        | hot headed | new year | new york | new life | feel like | feels like | looks like
        | look like | would like | id like | i would like | i d like | new girl | new boy
        | popular girl | popular boy | hot pot | new teacher | new student
    """,
}
_KIND_OF: Final[Mapping[str, CueKind]] = {
    " ".join(phrase.split()): kind
    for kind, phrases in _PHRASES.items()
    for phrase in phrases.split("|")
}
_LONGEST = max(len(phrase.split()) for phrase in _KIND_OF)

_FILLER = """
    a an the and or of in on at to for from with without by about into as is are was were be
    been am it its this that these those there here which who whom whose what whats when where
    why how i im ive id me my mine we us our you your yours he she they them their his her do
    does did can could should would will shall may might must have has had get got gimme give
    want wants wanted wanna need needs looking look find finding search searching show showing
    tell recommend recommends recommended recommendation recommendations suggest suggestion
    suggestions please pls plz some any something anything everything someone anyone thing
    things stuff one ones good great nice cool interesting amazing awesome decent really very
    so much just also too quite let lets go know dont not sure bored surprise random whatever
    else other another more today tonight now right weekend again next see watch watching
    start try enjoy worth list lists kind type types sort genre genres featuring feature
    features starring stars star actor actress actors actresses director directed writer
    written cast role roles playing plays lead leads made released aired airing year years
    story stories plot setting set based full online free stream but only even maybe kinda
    somewhat little bit lot lots many few ending explained review reviews ost trailer episode
    episodes season all time ever out up favorite favourite
"""
# Words that say nothing about which item is meant, in any catalogue.
FILLER_WORDS: Final = frozenset(_FILLER.split())


def find_cues(tokens: Sequence[Token]) -> tuple[Cue, ...]:
    """Phrases among the tokens, longest first reading, in order of place."""
    cues: list[Cue] = []
    first = 0
    while first < len(tokens):
        for length in range(min(_LONGEST, len(tokens) - first), 0, -1):
            kind = _KIND_OF.get(" ".join(token.word for token in tokens[first : first + length]))
            if kind is not None:
                cues.append((kind, first, first + length))
                first += length
                break
        else:
            first += 1
    return tuple(cues)

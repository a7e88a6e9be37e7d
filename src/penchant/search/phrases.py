"""Phrases by which a query says what kind of answer it wants: English, and Korean likeness."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from penchant.catalogue.schema import CatalogueSchema
from penchant.catalogue.typos import NearNames
from penchant.search.tokens import Token, tokenize

__all__ = ["FILLER_WORDS", "Cue", "CueKind", "domain_filler", "find_cues"]

CueKind = Literal["top", "trending", "recent", "like", "like_before", "none"]
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
        like | alike | similar to | similar | similar vibe to | similar vibes to | similar feel to
        | similar style to | similar in style to | similar in tone to | something like
        | anything like | more like | just like | exactly like | same as | same vibe as
        | same vibes as | same feel as | same style as
        | same type as | same kind as | same mood as | same energy as | the vibe of | vibe of
        | the feel of | in the same vein as | in the same style as
        | vibes of | in the style of | in the vein of | along the lines of | reminds me of
        | remind me of | reminded me of | reminiscent of | resemble | resembles | resembling
        | comparable to | akin to
        | fans of | fan of | if i liked | if i loved | if i like | if i love | if i enjoyed
        | if you liked | if you loved | if you like | if you enjoyed | if you love | i liked
        | i loved | i enjoyed | obsessed with
        | because i watched | because i liked | because i loved | after watching
        | after finishing | just finished | to watch after | watch after | finished
        | such as | as good as
    """,
    # Korean names the example first: "X 같은 드라마".
    "like_before": """
        같은 | 같은거 | 같은것 | 같은 거 | 같은 것 | 비슷한 | 비슷한거 | 비슷한것
        | 유사한 | 닮은 | 처럼 | 느낌 | 느낌의 | 느낌 나는 | 분위기의 | 스타일 | 스타일의
    """,
    # Phrases that only look like one of the above, or like a length.
    "none": """
        best friend | best friends | top secret | top star | top stars | hot tempered
        | hot headed | new year | new york | new life | feel like | feels like | looks like
        | look like | would like | id like | i would like | i d like | new girl | new boy
        | popular girl | popular boy | hot pot | new teacher | new student | long distance
        | long lost | long time | long term | long hair | long haired | long flight | long drive
        | long weekend | short hair | short haired | short tempered | short term | short lived
        | quick witted | quick tempered
    """,
}
_KIND_OF: Final[Mapping[str, CueKind]] = {
    " ".join(phrase.split()): kind
    for kind, phrases in _PHRASES.items()
    for phrase in phrases.split("|")
}
_LONGEST = max(len(phrase.split()) for phrase in _KIND_OF)
# Only words of so many letters are still known with a typo: shorter ones turn into each other.
SHORTEST_MENDED = 7
_PHRASE_WORDS = frozenset(word for phrase in _KIND_OF for word in phrase.split())
_LONG_WORDS: Final = NearNames(sorted(w for w in _PHRASE_WORDS if len(w) >= SHORTEST_MENDED))

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
    episodes season all time ever out up favorite favourite mood vibe vibes feeling
"""
# Words that say nothing about which item is meant, in any catalogue.
FILLER_WORDS: Final = frozenset(_FILLER.split())


def domain_filler(schema: CatalogueSchema) -> frozenset[str]:
    """Words that say nothing in this catalogue: those of its vocabulary, and what its items are."""
    noun = schema.noun.lower()
    phrases = (*schema.vocabulary.filler, noun, f"{noun}s")
    return frozenset(token.word for phrase in phrases for token in tokenize(phrase))


def find_cues(tokens: Sequence[Token], is_known: Callable[[str], bool]) -> tuple[Cue, ...]:
    """Phrases among the tokens, longest first reading, in order of place.

    Their longer words may carry a typo ("similiar") where the catalogue does not know the word, as
    `is_known` tells for a stem.
    """
    words = [_mended(token, is_known) for token in tokens]
    cues: list[Cue] = []
    first = 0
    while first < len(words):
        for length in range(min(_LONGEST, len(words) - first), 0, -1):
            kind = _KIND_OF.get(" ".join(words[first : first + length]))
            if kind is not None:
                cues.append((kind, first, first + length))
                first += length
                break
        else:
            first += 1
    return tuple(cues)


def _mended(token: Token, is_known: Callable[[str], bool]) -> str:
    """The word of a phrase that is meant, or the word as typed; a first letter is never wrong."""
    word = token.word
    if word in _PHRASE_WORDS or word in FILLER_WORDS or len(word) < SHORTEST_MENDED - 1:
        return word
    numbers, distances = _LONG_WORDS.within(word, 1)
    near = [
        (int(distance), _LONG_WORDS.names[int(number)])
        for number, distance in zip(numbers, distances, strict=True)
        if _LONG_WORDS.names[int(number)][0] == word[0]
    ]
    return min(near)[1] if near and not is_known(token.stem) else word

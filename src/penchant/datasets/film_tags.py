"""Themes from tags: what at least two people call a film is something about the film."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from penchant.catalogue.cells import as_line
from penchant.catalogue.readers import open_rows
from penchant.domain.item import facet_key
from penchant.errors import InvalidSettings

__all__ = ["FilmTags", "read_film_tags"]

LEAST_PEOPLE = 2
COLUMNS = ("userId", "movieId", "tag")


@dataclass(frozen=True, slots=True)
class FilmTags:
    """Tags by film, those of most people first; `warnings` say what of the file was not used."""

    by_film: Mapping[str, tuple[str, ...]]
    warnings: tuple[str, ...] = ()


def read_film_tags(path: Path) -> FilmTags:
    """The tags that at least two people gave to a film, in the spelling most of them used."""
    file = open_rows(path)
    lacking = [name for name in COLUMNS if name not in (file.columns or ())]
    if lacking:
        raise InvalidSettings(f"{path} has no column {lacking[0]!r}; it needs {', '.join(COLUMNS)}")
    people: dict[tuple[str, str], set[str]] = defaultdict(set)
    spellings: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    unusable = 0
    for row in file.rows():
        user, film, tag = (as_line(row.cells.get(name)) for name in COLUMNS)
        if row.fault is not None or not (user and film and tag):
            unusable += 1
            continue
        people[film, facet_key(tag)].add(user)
        spellings[film, facet_key(tag)][tag] += 1
    shared = [(film, key) for (film, key), who in people.items() if len(who) >= LEAST_PEOPLE]
    shared.sort(key=lambda pair: (pair[0], -len(people[pair]), pair[1]))
    by_film: dict[str, list[str]] = defaultdict(list)
    for film, key in shared:
        counts = spellings[film, key]
        by_film[film].append(min(counts, key=lambda tag: (-counts[tag], tag)))
    told = (f"{path.name}: {unusable} rows without user, movie or tag",) if unusable else ()
    warnings = (*file.warnings, *told)
    return FilmTags({film: tuple(tags) for film, tags in by_film.items()}, warnings)

"""What to call an interest: its strongest facet values, and no two alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, count

import numpy as np

from penchant.catalogue.catalogue import Catalogue
from penchant.domain.item import Item
from penchant.domain.profile import Interest, UserProfile

__all__ = ["NamedInterest", "named_interests"]

JOINED_BY = " & "
MOST_VALUES = 8
RAREST = float(np.log(20.0))


@dataclass(frozen=True, slots=True)
class NamedInterest:
    """An interest as people may be shown it; `items` are its newest visible ones, newest first."""

    name: str
    strength: float
    confidence: float
    last_at: float
    items: tuple[Item, ...]


def named_interests(profile: UserProfile, catalogue: Catalogue) -> tuple[NamedInterest, ...]:
    """The interests, strongest first, each under a name of its own ("Medical & Friendship").

    A value is strong when many of the interest's items have it and few of the catalogue do. An
    interest of which no item may be shown is left out.
    """
    taken: set[str] = set()
    found = []
    for interest in sorted(profile.interests, key=lambda i: (-i.strength, -i.last_at)):
        items = _visible_items(interest, catalogue)
        if not items:
            continue
        name = next(c for c in _candidates(items, catalogue) if _without_order(c) not in taken)
        taken.add(_without_order(name))
        found.append(
            NamedInterest(
                name=JOINED_BY.join(name),
                strength=interest.strength,
                confidence=interest.confidence,
                last_at=interest.last_at,
                items=items,
            )
        )
    return tuple(found)


def _visible_items(interest: Interest, catalogue: Catalogue) -> tuple[Item, ...]:
    known = (catalogue.get(i) for i in interest.item_ids if i in catalogue.row_of)
    return tuple(item for item in known if not item.hidden)


def _without_order(name: tuple[str, ...]) -> str:
    return JOINED_BY.join(sorted(name)).casefold()


def _candidates(items: tuple[Item, ...], catalogue: Catalogue) -> Iterator[tuple[str, ...]]:
    """Names from the best on: two values, one value, a title, a numbered title."""
    values = _strongest_values(items, catalogue)[:MOST_VALUES]
    # Pairs of strong values before pairs with a weak one: (0, 1), (0, 2), (1, 2), (0, 3), ...
    pairs = sorted(combinations(range(len(values)), 2), key=lambda pair: (pair[1], pair[0]))
    yield from ((values[a], values[b]) for a, b in pairs)
    yield from ((value,) for value in values)
    yield from ((f"Like {item.title}",) for item in items)
    yield from ((f"Like {items[0].title} ({number})",) for number in count(2))


def _strongest_values(items: tuple[Item, ...], catalogue: Catalogue) -> list[str]:
    """Values of the facets that say what an item is about, by boost, share and rarity.

    Values that fewer than a twentieth of the catalogue have count as equally rare, and of those the
    commoner says more of a taste: a value of one item names the item.
    """
    about = [spec for spec in catalogue.schema.facets if spec.boost > 0.0 and not spec.person]
    weighed: dict[str, tuple[float, int]] = {}
    for spec in about:
        index = catalogue.facets[spec.name]
        columns = [
            column for item in items for column in set(index.columns(item.values(spec.name)))
        ]
        for column, number in zip(*np.unique(columns, return_counts=True), strict=True):
            common = int(index.item_counts[column])
            rarity = min(float(np.log((len(catalogue) + 1) / common)), RAREST)
            weight = round(spec.boost * (int(number) / len(items)) ** 2 * rarity, 9)
            name = index.names[int(column)]
            weighed[name] = max(weighed.get(name, (0.0, 0)), (weight, common))
    return sorted(weighed, key=lambda name: (-weighed[name][0], -weighed[name][1], name))

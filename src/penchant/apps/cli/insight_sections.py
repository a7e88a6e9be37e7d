"""The insights of a profile for people: words first, then bars and the counts behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from penchant.apps.cli.bars import ACCENT, BAR_WIDTH, share_bar

__all__ = ["insight_sections", "pattern_line"]

JSON = dict[str, Any]
NAME_WIDTH = 20
TOLD_WIDTH = 24
MOST_GENRES = 6
MOST_PEOPLE = 3
MOST_BIASES = 2
MOST_LEANINGS = 2
MOST_TITLES = 2
WORTH_SAYING = 0.05
# On the rating scale: what people can see in a rating with one decimal.
VISIBLE_BIAS = 0.1
LEAST_FOR_BIAS = 3
LEAST_SPOKEN_P = 1e-6


def pattern_line(patterns: JSON) -> list[Text]:
    """How somebody watches, on one line; no line while nothing is typical."""
    told = []
    if patterns["preferred_episode_count"] is not None:
        told.append(f"usually {patterns['preferred_episode_count']} episodes")
    if patterns["preferred_years"] is not None:
        told.append(f"mostly of {patterns['preferred_years']}")
    if patterns["binge_watcher"]:
        told.append("binge watcher")
    return [Text(_capital(" · ".join(told)), style="dim")] if told else []


def insight_sections(insights: JSON) -> Iterator[RenderableType]:
    """The insights that there are, each with its heading."""
    if insights["drift"] is not None:
        yield from _drift(insights["drift"])
    if any(_is_told(genre) for genre in insights["favourite_genres"]):
        yield _favourites(insights["favourite_genres"])
    facts = _facts(insights)
    if facts.row_count:
        yield facts
    if insights["rhythm"] is not None:
        yield from _rhythm(insights["rhythm"])
    if insights["interests"]:
        yield _interests(insights["interests"])


def _drift(drift: JSON) -> Iterator[RenderableType]:
    yield Text(f"{drift['sentence']}.", style=f"bold {ACCENT}")
    changes = [
        f"{change['name']} {change['before']:.0%} → {change['since']:.0%}"
        for change in (*drift["fell"], *drift["rose"])
    ]
    told = f"{' · '.join(changes)} (the last {drift['recent']} against the {drift['before']} before"
    yield Text(f"{told}; chance {_chance(drift['p'])})", style="dim")


def _is_told(genre: JSON) -> bool:
    lift = genre["share"] - genre["expected_share"]
    return bool(genre["significant"] or (genre["tendency"] and lift >= WORTH_SAYING))


def _favourites(genres: Sequence[JSON]) -> Table:
    """Shares with a stroke where everybody stands; what may be chance is called a tendency."""
    table = _table("You choose more", "yours, ┃ everybody's", TOLD_WIDTH)
    table.add_column("", no_wrap=True)
    for genre in [genre for genre in genres if _is_told(genre)][:MOST_GENRES]:
        shares = f"{genre['share']:.0%}, not {genre['expected_share']:.0%}"
        sure = bool(genre["significant"])
        table.add_row(
            Text(genre["name"], style="bold" if sure else ""),
            share_bar(genre["share"], genre["expected_share"]),
            Text(f"{shares} ({genre['count']} of {genre['out_of']})", style="" if sure else "dim"),
            Text("favourite", style=ACCENT) if sure else Text("a tendency", style="dim"),
        )
    return table


def _facts(insights: JSON) -> Table:
    """Facts that one line says, each under its own word."""
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    higher = [g for g in insights["favourite_genres"] if g["rating"] and g["rating"]["significant"]]
    if higher:
        told = (
            f"{g['name']} ({g['rating']['mean']:.1f}, {g['rating']['lift']:+.1f})" for g in higher
        )
        table.add_row("You rate higher", Text(", ".join(told)))
    for plural, people in insights["people"].items():
        if people:
            told_people = ", ".join(map(_liking, people[:MOST_PEOPLE]))
            table.add_row(Text(_capital(plural)), Text(told_people))
    if insights["decades"]:
        table.add_row("Decades", Text(", ".join(map(_liking, insights["decades"]))))
    rating = _rating(insights["rating_behaviour"])
    if rating:
        table.add_row("Ratings", Text(rating))
    diversity = insights["diversity"]
    if diversity["word"] != "unknown":
        told_width = f"{diversity['word']} ({diversity['value']:.2f} of 1)"
        table.add_row("Taste", told_width)
    return table


def _rating(behaviour: JSON) -> str:
    told = []
    if behaviour["style"] != "unknown":
        told.append(
            f"{behaviour['style']} ({behaviour['gap']:+.1f} against others on "
            f"{behaviour['compared']} titles)"
        )
    if behaviour["selectivity"] != "unknown":
        told.append(f"{behaviour['selectivity']} (deviation {behaviour['deviation']:.1f})")
    biases = [
        b
        for b in behaviour["biases"]
        if abs(b["bias"]) >= VISIBLE_BIAS and b["number"] >= LEAST_FOR_BIAS
    ]
    strongest = sorted(biases, key=lambda b: -abs(b["bias"]))[:MOST_BIASES]
    told += [f"{b['bias']:+.1f} for {b['name']} ({b['number']})" for b in strongest]
    return ", ".join(told)


def _rhythm(rhythm: JSON) -> Iterator[RenderableType]:
    """A line for each time at which something is liked more, or that there is no habit."""
    tables = [rhythm[name] for name in ("day", "week") if rhythm[name] is not None]
    habits = [table for table in tables if table["significant"]]
    if not habits:
        yield Text("No habit by time of day or week.", style="dim")
        return
    table = _table("When", "")
    for habit in habits:
        for part in habit["parts"]:
            more = _leanings(part["genres"], habit["overall"])
            if more and part["moments"]:
                share = part["moments"] / sum(p["moments"] for p in habit["parts"])
                table.add_row(
                    f"{part['name']} ({rhythm['time_zone']})", share_bar(share), Text(more)
                )
    yield table


def _leanings(shares: JSON, overall: JSON) -> str:
    lifts = sorted(((shares[n] - overall[n], n) for n in shares), key=lambda x: (-x[0], x[1]))
    return ", ".join(
        f"{name} {shares[name]:.0%}, not {overall[name]:.0%}"
        for lift, name in lifts[:MOST_LEANINGS]
        if lift >= WORTH_SAYING
    )


def _interests(interests: Sequence[JSON]) -> Table:
    table = _table("Interests", "")
    for interest in interests:
        titles = ", ".join(item["Title"] for item in interest["items"][:MOST_TITLES])
        table.add_row(
            Text(interest["name"]),
            share_bar(interest["confidence"]),
            Text(f"{interest['last_at'][:7]}  ", style="dim").append(titles, style="none"),
        )
    return table


def _table(heading: str, over_the_bar: str, width: int = 34) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(heading, width=NAME_WIDTH, overflow="fold")
    table.add_column(over_the_bar, width=BAR_WIDTH, min_width=BAR_WIDTH, header_style="dim")
    table.add_column("", min_width=width, max_width=50, overflow="fold")
    return table


def _liking(liking: JSON) -> str:
    rating = "" if liking["mean_rating"] is None else f", {liking['mean_rating']:.1f}"
    return f"{liking['name']} ({liking['count']}{rating})"


def _chance(p: float) -> str:
    """A p-value as odds: p .0004 is 1 in 2,500."""
    if p < LEAST_SPOKEN_P:
        return "under 1 in a million"
    return f"1 in {round(1.0 / p):,}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""Tables and panels for people: they fit 80 columns, and the reason comes last and wraps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from penchant.apps.cli.bars import ACCENT, BAR_WIDTH, share_bar
from penchant.apps.cli.insight_sections import insight_sections, pattern_line

__all__ = [
    "analysis_line",
    "explanation_table",
    "personal_line",
    "profile_view",
    "recommendation_table",
]

WORTH_SAYING = 0.05
MOST_REASONS = 2
MOST_SCORERS = 3
MOST_PREFERENCES = 5


def recommendation_table(found: Sequence[dict[str, Any]]) -> Table:
    """One row an item: rank, title, rating, match and reason."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", width=80, padding=(0, 1, 1, 0))
    table.add_column("#", justify="right", style="dim", width=3)
    table.add_column("Title", ratio=5, overflow="fold")
    table.add_column("Rated", justify="right", width=5)
    table.add_column("Match", justify="right", width=5, style=ACCENT)
    table.add_column("Why", ratio=7, overflow="fold")
    for rank, item in enumerate(found, start=1):
        table.add_row(
            str(rank),
            _title(item),
            _rating(item["rating"]),
            _match(item["boost_multiplier"]),
            _bulleted(_reasons(item)),
        )
    return table


def analysis_line(answer: dict[str, Any]) -> Text:
    """What was understood of the query."""
    analysis = answer["analysis"]
    entities = [
        f"{kind} {', '.join(values)}" for kind, values in analysis["entities"].items() if values
    ]
    parts = [analysis["intent"].replace("_", " "), *entities]
    return Text(f"Understood: {' · '.join(parts)}", style="dim")


def personal_line(answer: dict[str, Any]) -> Text:
    """What personalization did, or why it did nothing and what would change that."""
    block, asked = answer["personalization"], answer["query"]
    if not block["applied"]:
        user = asked["user_id"]
        if user is None:
            told = "For nobody in particular; --user NAME makes it personal."
        elif asked["personalize"] == 0.0:
            told = "Personalization is off."
        else:
            told = f"Nothing is known of {user} yet: penchant rate {user} TITLE RATING"
        return Text(told, style="dim")
    genres = ", ".join(list(block["top_genres"])[:3])
    said = f"Personalized for {' · '.join(block['persona'])}"
    said += f" ({genres})" if genres else ""
    before, after = block["original_alpha"], block["personalized_alpha"]
    if block["alpha_adjusted"] and f"{before:.2f}" != f"{after:.2f}":
        said += f" · alpha {before:.2f} → {after:.2f}"
    if block["guarded"]:
        said += " · the query held some items in place"
    return Text(said, style=ACCENT)


def explanation_table(found: dict[str, Any]) -> Table:
    """A signed bar for each reason; their widths add up to the score."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", width=80)
    table.add_column("Adds", justify="right", width=7)
    table.add_column("", width=BAR_WIDTH)
    table.add_column("Reason", ratio=1, overflow="fold")
    score = found["personalized_score"]
    whole = abs(score) or 1.0
    for reason in found["explanations"]:
        amount = reason["contribution"]
        length = min(round(abs(amount) / whole * BAR_WIDTH), BAR_WIDTH)
        bar = Text("█" * length, style=ACCENT if amount >= 0.0 else "red")
        evidence = f" [{', '.join(reason['evidence'])}]" if reason["evidence"] else ""
        why = Text(f"{reason['text']} ({reason['strength']})")
        table.add_row(f"{amount:+.3f}", bar, why.append(evidence, style="dim"))
    table.add_row(Text(f"{score:.3f}", style="bold"), "", Text("the score", style="bold"))
    return table


def profile_view(profile: dict[str, Any]) -> RenderableType:
    """Persona, counts, insights, a bar for each leading preference, and what was stated."""
    counts = profile["statistics"]
    told = f"{counts['total_watched']} watched · {counts['total_watchlist']} on the list"
    told += f" · {_counted(counts['total_clicks'], 'click')}"
    told += f" · {_counted(counts['total_ratings'], 'rating')}"
    if counts["avg_rating"] is not None:
        told += f", {counts['avg_rating']:.1f} on average"
    parts: list[RenderableType] = [
        Text(f"{profile['user_id']}: {' · '.join(profile['persona'])}", style=f"bold {ACCENT}"),
        Text(told, style="dim"),
        *pattern_line(profile["viewing_patterns"]),
        *insight_sections(profile["insights"]),
    ]
    for facet, preferences in profile["preferences"].items():
        if preferences:
            parts.append(_preference_table(facet, preferences[:MOST_PREFERENCES]))
    parts.extend(
        Text(f"You said: {said['action']} {said['facet']} {said['name']}")
        for said in profile["stated"]
    )
    parts.extend(_scorer_line(profile.get("scorer_weights", {})))
    return Group(*parts)


def _scorer_line(weights: dict[str, Any]) -> list[Text]:
    """What the person's choices from their lists have taught about the scorers, if anything."""
    moved = sorted(weights.get("factors", {}).items(), key=lambda pair: -abs(pair[1] - 1.0))
    if not moved:
        return []
    told = ", ".join(f"{name} x{factor:.2f}" for name, factor in moved[:MOST_SCORERS])
    chosen = _counted(weights["choices"], "choice")
    return [Text(f"Learned from {chosen} in your lists: {told}", style="dim")]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _preference_table(facet: str, preferences: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", width=80)
    table.add_column(facet.capitalize(), width=30, overflow="fold")
    table.add_column("", width=BAR_WIDTH)
    table.add_column("", ratio=1)
    for preference in preferences:
        confidence = preference["confidence"]
        sure = "stated" if confidence is None else f"{confidence:.0%} sure"
        told = f"{preference['value']:.2f}  {sure}"
        table.add_row(Text(preference["name"]), share_bar(preference["value"]), told)
    return table


def _bulleted(reasons: Sequence[str]) -> Table:
    listed = Table.grid(padding=(0, 1, 0, 0))
    for reason in reasons:
        listed.add_row(Text("·", style="dim"), Text(reason, overflow="fold"))
    return listed


def _title(item: dict[str, Any]) -> Text:
    told = item["year"] is None or item["Title"].endswith(f"({item['year']})")
    year = "" if told else f" ({item['year']})"
    genres = ", ".join(item.get("genres", [])[:3])
    title = Text(f"{item['Title']}{year}")
    return title.append(f"\n{genres}", style="dim") if genres else title


def _rating(rating: float | None) -> str:
    return "-" if rating is None else f"{rating:.1f}"


def _match(multiplier: float) -> str:
    share = multiplier - 1.0
    return f"{share:+.0%}" if abs(share) >= WORTH_SAYING else ""


def _reasons(item: dict[str, Any]) -> list[str]:
    """The strongest reasons; what is personal comes first, the match with the query last."""
    last = ("highly_rated", "popular", "other", "query_match")
    told = sorted(
        item["explanations"], key=lambda r: last.index(r["type"]) if r["type"] in last else -1
    )
    return [reason["text"] for reason in told[:MOST_REASONS]]

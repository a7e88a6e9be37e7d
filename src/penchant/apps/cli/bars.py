"""The accent colour and the bars that tables share."""

from __future__ import annotations

from rich.text import Text

__all__ = ["ACCENT", "BAR_WIDTH", "share_bar"]

ACCENT = "#2DD4BF"
BAR_WIDTH = 20
MARK = "┃"


def share_bar(share: float, mark: float | None = None, width: int = BAR_WIDTH) -> Text:
    """A bar filled to `share` in [0, 1]; a stroke stands at `mark`, for what would be usual."""
    length = round(min(max(share, 0.0), 1.0) * width)
    bar = Text("█" * length, style=ACCENT).append("░" * (width - length), style="dim")
    if mark is None:
        return bar
    place = min(round(min(max(mark, 0.0), 1.0) * width), width - 1)
    return Text.assemble(bar[:place], (MARK, "bold"), bar[place + 1 :])

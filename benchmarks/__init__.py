"""Benchmarks: one script per question, each beside its references in the same run.

Figures are ratios of medians. Subject and reference take turns, call by call, yet a busy machine
does not slow both alike: whoever waits for a disk or a thread wakes only when a core is free, and
long calls are interrupted more often than short ones. So the ratio of the quickest tenths stands
beside that of the medians, and a busy machine is said to be one.
"""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

# As the command line does: numpy reads this once, when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__all__ = ["Times", "elapsed_ms", "in_turn", "print_heading", "print_table"]


@dataclass(frozen=True)
class Times:
    """What calls of one kind took, in milliseconds."""

    median: float
    quick: float

    @classmethod
    def of(cls, taken: Sequence[float]) -> Times:
        """The median and the bound of the quickest tenth."""
        return cls(statistics.median(taken), sorted(taken)[len(taken) // 10])


def elapsed_ms(call: Callable[[], object]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1_000


def in_turn(
    calls: Mapping[str, Callable[[], object]], rounds: int, warm: int = 5
) -> dict[str, Times]:
    """The times of each call; in every round each is called once, in order."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for at in range(warm + rounds):
        for name, call in calls.items():
            took = elapsed_ms(call)
            if at >= warm:
                taken[name].append(took)
    return {name: Times.of(one) for name, one in taken.items()}


def print_heading(what: str) -> None:
    """Print what is measured and where, and whether the machine had other things to do."""
    print(f"{what}: {platform.machine()}, Python {platform.python_version()}, medians in ms")
    load, cores = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0, os.cpu_count() or 1
    if load > cores / 2:
        print(f"busy machine: load {load:.1f} on {cores} cores; do not quote these figures")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their columns: the first to the left, the others to the right."""
    table = [columns, *rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(columns))]
    for row in table:
        first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join((first.strip().ljust(widths[0]), *others)), flush=True)

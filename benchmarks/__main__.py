"""Runs the benchmarks: `python -m benchmarks [name ...]`.

Each runs in a process of its own, so that none inherits another's memory or threads. The exit code
is 0 whatever they find: a figure is read, never asserted.
"""

from __future__ import annotations

import subprocess
import sys

NAMES = ("record", "fold", "ranking", "for_you", "search")


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all of them."""
    for name in names or NAMES:
        if name not in NAMES:
            print(f"no benchmark {name!r}; there are {', '.join(NAMES)}")
            continue
        command = [sys.executable, "-m", f"benchmarks.{name}"]
        ended = subprocess.run(command, check=False)  # noqa: S603 (our own modules)
        if ended.returncode:
            print(f"{name} stopped with exit code {ended.returncode}; its figures are not complete")
        print()


if __name__ == "__main__":
    main(sys.argv[1:])

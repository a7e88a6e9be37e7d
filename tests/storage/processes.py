"""Starting the programs in `programs/`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_PROGRAMS = Path(__file__).parent / "programs"


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a program that can import what the tests can; its pipes are text."""
    return subprocess.Popen(
        [sys.executable, str(_PROGRAMS / f"{program}.py"), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for a program that must succeed, and return what it printed."""
    printed, complaints = process.communicate(timeout=120)
    assert process.returncode == 0, complaints
    return printed

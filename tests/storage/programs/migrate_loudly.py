"""Migrate a fresh file while everything that is logged goes to standard output: FILE."""

from __future__ import annotations

import logging
import sys

logging.basicConfig(stream=sys.stdout, level=logging.DEBUG, force=True)


def settings() -> list[object]:
    """What code elsewhere could have changed about logging."""
    root = logging.getLogger()
    loggers = [
        root,
        *(logging.getLogger(name) for name in ("alembic", "alembic.runtime.migration")),
    ]
    return [root.handlers[:], *((one.level, one.disabled, one.filters[:]) for one in loggers)]


before = settings()

from penchant.storage.migrations import upgrade  # noqa: E402

upgrade(f"sqlite:///{sys.argv[1]}")
print("unchanged" if settings() == before else "changed")  # noqa: T201

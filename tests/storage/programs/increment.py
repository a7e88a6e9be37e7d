"""Count in one user's profile: increment.py FILE NAME TIMES."""

from __future__ import annotations

import sys
from contextlib import closing

from contracts.examples import add_one

from penchant.storage.sql import SqlStorage

file, name, times = sys.argv[1:]
with closing(SqlStorage(f"sqlite:///{file}")) as storage:
    for step in range(int(times)):
        storage.write(lambda transaction, n=step: add_one(transaction, "mina", f"{name}-{n}"))

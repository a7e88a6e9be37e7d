"""Wait for a line on standard input, then open the file: open_late.py FILE."""

from __future__ import annotations

import sys
from contextlib import closing

from contracts.examples import add_one

from penchant.storage.sql import SqlStorage

print("ready", flush=True)  # noqa: T201
sys.stdin.readline()
with closing(SqlStorage(f"sqlite:///{sys.argv[1]}")) as storage:
    storage.write(lambda transaction: add_one(transaction, "mina", f"e-{sys.argv[2]}"))

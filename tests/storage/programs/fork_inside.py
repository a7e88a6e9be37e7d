"""Fork in the middle of a unit of work; the child must be refused: fork_inside.py FILE."""

from __future__ import annotations

import os
import sys
from contextlib import closing

from contracts.examples import add_one

from penchant.domain.protocols import Transaction
from penchant.errors import StoreUnavailable
from penchant.storage.sql import SqlStorage

REFUSED = 3


def child() -> int:
    for use in (
        lambda: storage.find("e-1"),
        lambda: storage.write(lambda inner: add_one(inner, "mina", "e-2")),
        lambda: storage.profiles.get("mina"),
    ):
        try:
            use()
        except StoreUnavailable as error:
            if "while it forked" not in str(error):
                return 1
        else:
            return 1
    return REFUSED


def work(transaction: Transaction) -> int:
    add_one(transaction, "mina", "e-1")
    process = os.fork()
    if process == 0:
        os._exit(child())
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


with closing(SqlStorage(f"sqlite:///{sys.argv[1]}", busy_timeout_s=0.05)) as storage:
    refused = storage.write(work) == REFUSED
    position = storage.write(lambda transaction: add_one(transaction, "mina", "e-2"))
print(refused, position)  # noqa: T201

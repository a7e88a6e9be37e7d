"""Erase a user and die between the commit and the clearing of the log: erase_and_die.py FILE."""

from __future__ import annotations

import os
import sys

from contracts.examples import add_one

from penchant.storage import writer
from penchant.storage.sql import SqlStorage

storage = SqlStorage(f"sqlite:///{sys.argv[1]}")
storage.write(lambda transaction: add_one(transaction, "canary-7f3a", "e-1"))
writer.truncate_write_ahead_log = lambda *_arguments: os._exit(9)
storage.write(lambda transaction: transaction.erase_user("canary-7f3a"))

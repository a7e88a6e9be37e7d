"""Open a fresh file and die, without a word, in the middle of its migration: FILE."""

from __future__ import annotations

import os
import sys

from sqlalchemy import Engine, event

from penchant.storage.migrations import upgrade


@event.listens_for(Engine, "before_cursor_execute")
def _die(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
    if "CREATE TABLE items" in statement:
        os._exit(9)


upgrade(f"sqlite:///{sys.argv[1]}")

"""Write without end from four threads, printing each acknowledged event: FILE ROUND."""

from __future__ import annotations

import os
import sys
import threading
from functools import partial
from itertools import count

from contracts.examples import add_one

from penchant.storage.sql import SqlStorage

file, round_name = sys.argv[1:]
storage = SqlStorage(f"sqlite:///{file}")


def client(name: str) -> None:
    for step in count():
        event_id = f"{round_name}-{name}-{step}"
        position = storage.write(partial(add_one, user_id=name, event_id=event_id))
        os.write(1, f"{position} {event_id}\n".encode())  # one whole line, unbuffered


for number in range(4):
    threading.Thread(target=client, args=(f"user-{number}",)).start()

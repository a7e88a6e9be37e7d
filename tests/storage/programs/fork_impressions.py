"""Show lists before, during and after a fork, in parent and child: fork_impressions.py FILE."""

from __future__ import annotations

import os
import sys
import threading

from contracts.storage_contract import shown

from penchant.domain.impression import Impression
from penchant.impressions import ImpressionLog
from penchant.storage.sql import SqlStorage

storage = SqlStorage(f"sqlite:///{sys.argv[1]}")
log = ImpressionLog(storage)
forked = threading.Event()
home = os.getpid()


def add(name: str, times: int) -> None:
    for number in range(times):
        log.add(lambda n=number: shown(f"{name}-{n}", f"made by {os.getpid() - home}"))


def late() -> Impression:
    if not forked.wait(60):
        raise TimeoutError
    return shown("late", "made by 0")


add("before", 20)
log.add(late)  # the thread is in the middle of a batch, or about to be, and more waits
add("waiting", 300)
child = os.fork()
if child == 0:
    add("child", 100)
    done = log.flush(60) and (log.dropped, log.failed) == (0, 0)
    log.close()
    storage.close()
    os._exit(0 if done else 1)
_, status = os.waitpid(child, 0)
forked.set()
add("parent", 100)
done = log.flush(60) and (log.dropped, log.failed) == (0, 0)
log.close()
theirs = storage.impressions_of("made by 0")
children = storage.impressions_of(f"made by {child - home}")
names = {one.impression_id.split("-")[0] for one in children}
sys.stdout.write(f"{len(theirs)} {names} {len(children)}\n")
storage.close()
sys.exit(os.waitstatus_to_exitcode(status) or not done)

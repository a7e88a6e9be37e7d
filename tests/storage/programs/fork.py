"""Write before, during and after a fork, in parent and child: fork.py FILE."""

from __future__ import annotations

import os
import sys
import threading

from contracts.examples import add_one

from penchant.storage.sql import SqlStorage

storage = SqlStorage(f"sqlite:///{sys.argv[1]}")


def write(name: str, times: int) -> None:
    for step in range(times):
        storage.write(lambda transaction, n=step: add_one(transaction, "mina", f"{name}-{n}"))


write("before", 20)
busy = threading.Thread(target=write, args=("meanwhile", 200))
busy.start()
child = os.fork()
if child == 0:
    write("child", 100)
    storage.close()
    os._exit(0)
write("parent", 100)
busy.join()
_, status = os.waitpid(child, 0)
write("after", 20)
storage.close()
sys.exit(os.waitstatus_to_exitcode(status))

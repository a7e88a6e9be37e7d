"""The command line: `penchant`."""

import os

# One thread is faster than several for arrays of this size, and steadier under load; numpy reads
# this once, when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from penchant.apps.cli.main import main

__all__ = ["main"]

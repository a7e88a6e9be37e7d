"""The command line: `penchant`."""

from penchant.apps.cli.main import main

__all__ = ["main"]

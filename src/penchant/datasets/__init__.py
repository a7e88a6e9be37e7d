"""Catalogues and logs that others have written: items and events from the files of many systems."""

from __future__ import annotations

from penchant.datasets.dataset import Dataset
from penchant.datasets.log import EventColumns
from penchant.datasets.opening import open_dataset

__all__ = ["Dataset", "EventColumns", "open_dataset"]

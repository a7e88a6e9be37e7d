"""OwnWeights, read: what one person's choices from their lists teach about the scorers.

A fold of its own beside the profile: it reads the person's live events and the impressions they
came from, is never stored and takes no part in writing.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from penchant.domain.feedback import Feedback
from penchant.domain.profile import UserProfile
from penchant.domain.protocols import Storage
from penchant.ranking.ensemble import EnsembleConfig, OwnWeights, learned_weights
from penchant.ranking.weights import BlendWeights
from penchant.taste.learner import live_records
from penchant.taste.preferences import NEUTRAL
from penchant.taste.reading import TasteReading
from penchant.taste.signals import Signals

__all__ = ["OwnWeightsReader"]

MOST_CACHED = 1_024
# An impression that is still missing after so long was never stored.
LONGEST_WAIT_S = 60.0


class _Known(NamedTuple):
    state: tuple[int, int]
    learned: OwnWeights
    complete: bool
    since: float


@dataclass
class OwnWeightsReader:
    """Reads people's own weights; remembers the newest of each person until they do something.

    Not `enabled`, they are still learned and shown, and used by nobody.
    """

    storage: Storage
    signals: Signals
    global_weights: BlendWeights
    enabled: bool = True
    monotonic: Callable[[], float] = time.monotonic
    config: EnsembleConfig = EnsembleConfig()
    _lock: Lock = field(default_factory=Lock, repr=False)
    _known: OrderedDict[str, _Known] = field(default_factory=OrderedDict, repr=False)

    def used_by(self, reading: TasteReading | None) -> BlendWeights | None:
        """What a person's lists are blended with; None where the global weights are."""
        if reading is None or not self.enabled:
            return None
        learned = self.of(reading.profile)
        return learned.weights if learned.lessons else None

    def of(self, profile: UserProfile) -> OwnWeights:
        """The weights after everything that the profile holds."""
        # Versions start anew after an erasure; positions of the log never do.
        state = (profile.version, profile.position)
        with self._lock:
            known = self._known.get(profile.user_id)
            since = self.monotonic()
            if known is not None and known.state == state:
                self._known.move_to_end(profile.user_id)
                if known.complete or since - known.since > LONGEST_WAIT_S:
                    return known.learned
                since = known.since
        lessons, complete = self._lessons(profile.user_id)
        learned = learned_weights(self.global_weights, lessons, self.config)
        with self._lock:
            self._known[profile.user_id] = _Known(state, learned, complete, since)
            while len(self._known) > MOST_CACHED:
                self._known.popitem(last=False)
        return learned

    def _lessons(self, user_id: str) -> tuple[list[Mapping[str, int]], bool]:
        """What each chosen item's scorers had ranked it; False while an impression is on its way.

        One lesson per item: its newest positive event that came from a list, unless the person
        turned against the item later.
        """
        chosen: dict[str, Feedback] = {}
        for record in live_records(self.storage.records_of(user_id)):
            feedback = record.feedback
            if feedback is None or feedback.kind not in self.signals.rules:
                continue  # a kind that another process registered is worth something there
            _, target = self.signals.worth(feedback.kind, feedback.value)
            if target < NEUTRAL:
                chosen.pop(feedback.item_id, None)
            elif target > NEUTRAL and feedback.context.impression_id is not None:
                chosen.pop(feedback.item_id, None)
                chosen[feedback.item_id] = feedback
        ids = [f.context.impression_id for f in chosen.values()]
        impressions = self.storage.impressions([i for i in ids if i is not None])
        lessons = []
        for feedback in chosen.values():
            shown = impressions.get(feedback.context.impression_id or "")
            if shown is not None and shown.user_id == user_id:
                lessons.append(_ranks(shown.item_ids, shown.ranks, feedback.item_id))
        return [ranks for ranks in lessons if ranks], len(impressions) == len(set(ids))


def _ranks(
    item_ids: Sequence[str], ranks: Mapping[str, Sequence[int]], item_id: str
) -> dict[str, int]:
    """The rank of one shown item by each scorer; nothing for an item that was not in the list."""
    if item_id not in item_ids:
        return {}
    place = item_ids.index(item_id)
    return {name: held[place] for name, held in ranks.items()}

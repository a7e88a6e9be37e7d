"""ClosedFormScorer: a map solved from the whole log, as one more scorer of For You."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from penchant.catalogue.catalogue import Catalogue
from penchant.crowd.closed_form import ClosedForm
from penchant.ranking.moment import Moment, Scored, Side

__all__ = ["CLOSED_FORM", "CLOSED_FORM_WEIGHT", "ClosedFormScorer"]

CLOSED_FORM = "closed-form"
CLOSED_FORM_WEIGHT = 14.0  # among the model side's, before confidence

Columns = NDArray[np.int64]


@dataclass(frozen=True)
class ClosedFormScorer:
    """What a solved map of the whole log says comes next; one more scorer of For You.

    `sharpness` turns its logarithms into a likelihood, as for the crowd's transitions. It is
    trusted as far as it saw many events per item, half at `half_events`.
    """

    closed_form: ClosedForm
    name: str = CLOSED_FORM
    side: Side = "model"
    sharpness: float = 0.25
    half_events: float = 50.0
    _laid_out: dict[Catalogue, Columns] = field(default_factory=dict, repr=False)

    def scores(self, moment: Moment) -> Scored | None:
        """The likelihood of each row as a continuation; None where it knows nothing of either."""
        columns = self._columns(moment.catalogue)[moment.rows]
        likelihood = self.closed_form.continuations(moment.history, columns, self.sharpness)
        if not likelihood.any():
            return None
        events = self.closed_form.events / len(self.closed_form.item_ids)  # an item's, on average
        return Scored(likelihood, events / (events + self.half_events))

    def _columns(self, catalogue: Catalogue) -> Columns:
        """Laid out once for a catalogue; the newest alone is kept, whatever other threads do."""
        found = self._laid_out.get(catalogue)
        if found is None:
            found = self.closed_form.columns([item.id for item in catalogue.items])
            self._laid_out.clear()
            self._laid_out[catalogue] = found
        return found

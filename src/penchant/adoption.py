"""AdoptedScorer: what `penchant train` has published, taken up by servers while they run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from penchant.crowd.closed_form import (
    PUBLISHED_CLOSED_FORM,
    PublishedClosedForm,
    load_closed_form,
)
from penchant.domain.protocols import Storage
from penchant.errors import StorageError
from penchant.ranking.closed_form_scorer import CLOSED_FORM, ClosedFormScorer
from penchant.ranking.moment import Moment, Scored, Side

__all__ = ["AdoptedScorer"]


@dataclass
class AdoptedScorer:
    """Asks the scorer that the store names at that moment; says nothing while there is none.

    `folder` is where published files lie. A file that cannot be used is passed over until another
    one is published: lists are made without it, and `problem` says why.
    """

    storage: Storage
    folder: Path
    name: str = CLOSED_FORM
    side: Side = "model"
    problem: str | None = None
    _lock: Lock = field(default_factory=Lock, repr=False)
    _checksum: str | None = None
    _scorer: ClosedFormScorer | None = None

    def scores(self, moment: Moment) -> Scored | None:
        """As ClosedFormScorer.scores, of what is published now."""
        scorer = self.current()
        return None if scorer is None else scorer.scores(moment)

    def current(self) -> ClosedFormScorer | None:
        """The scorer that is published now, loaded once."""
        value = self.storage.metadata(PUBLISHED_CLOSED_FORM)
        if not value:
            return None
        with self._lock:
            try:
                published = PublishedClosedForm.decoded(value)
                if published.checksum != self._checksum:
                    self._checksum, self._scorer = published.checksum, None
                    self._scorer = ClosedFormScorer(load_closed_form(self.folder / published.file))
                    self.problem = None
            except StorageError as error:
                self.problem, self._scorer = str(error), None
            return self._scorer

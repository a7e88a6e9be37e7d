"""The protocols: leave-one-out, a cut in time, and replay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from penchant.datasets.log import EventColumns
from penchant.errors import InvalidInput
from penchant.evaluation.events import first_meetings, has_times, leading, places, positive
from penchant.evaluation.plan import Asks, Plan, asks_of
from penchant.taste.signals import Signals

__all__ = [
    "LEAST_EVENTS",
    "ProtocolName",
    "ProtocolSettings",
    "Targets",
    "leave_one_out",
    "make_plan",
    "replay",
    "temporal",
]

ProtocolName = Literal["leave-one-out", "temporal", "replay"]
Targets = Literal["all", "positive"]

LEAST_EVENTS = 5

LATER_EVENTS = (
    "Other people's later events are learned too, so a model may know of fashions that had not "
    "come yet; a temporal cut or replay does not allow that."
)
ONE_STATE = (
    "Nothing is learned after the cut: people far from it are answered from an old state, and who "
    "came after it is not asked about."
)
WALKED_ONCE = (
    "Each person counts once: the mean over their lists first, then over people. Models that need "
    "the whole log at once cannot take part."
)


@dataclass(frozen=True, slots=True)
class ProtocolSettings:
    """What is asked of whom.

    `targets` is None for the protocol's own choice: all events, in replay the positive ones.
    `users` bounds how many people are asked about, picked at random. `cut` is a share of the
    events, below 1, or Unix seconds. `stale` withholds each user's newest events in replay.
    """

    protocol: ProtocolName = "leave-one-out"
    targets: Targets | None = None
    users: int | None = None
    cut: float = 0.8
    stale: int = 0
    seed: int = 0
    repeatable: bool = False

    def __post_init__(self) -> None:
        """Raise InvalidInput for what cannot be done."""
        if self.protocol not in get_args(ProtocolName):
            known = ", ".join(get_args(ProtocolName))
            raise InvalidInput(f"unknown protocol {self.protocol!r}; known: {known}")
        if self.targets is not None and self.targets not in get_args(Targets):
            known = ", ".join(get_args(Targets))
            raise InvalidInput(f"unknown targets {self.targets!r}; known: {known}")
        if self.users is not None and self.users < 1:
            raise InvalidInput(f"users must be at least 1, got {self.users}")
        if self.stale < 0:
            raise InvalidInput(f"stale must be 0 or more events, got {self.stale}")
        if self.stale and self.protocol != "replay":
            raise InvalidInput(
                f"stale={self.stale} needs the protocol replay; {self.protocol} learns only once"
            )
        if not self.cut > 0.0:
            raise InvalidInput(f"cut must be a share of the events or a date, got {self.cut!r}")

    @property
    def targets_asked(self) -> Targets:
        """The targets in force."""
        return self.targets or ("positive" if self.protocol == "replay" else "all")


def make_plan(log: EventColumns, settings: ProtocolSettings, signals: Signals) -> Plan:
    """The plan of the chosen protocol; raises InvalidInput when nobody can be asked about."""
    protocols: dict[ProtocolName, Callable[[EventColumns, ProtocolSettings, Signals], Plan]] = {
        "leave-one-out": leave_one_out,
        "temporal": temporal,
        "replay": replay,
    }
    plan = protocols[settings.protocol](log, settings, signals)
    if len(plan.asks) == 0:
        told = "; ".join(f"{count} {group}" for group, count in plan.left_out.items() if count)
        raise InvalidInput(f"nobody is left to ask about ({told or 'no targets'}); see --targets")
    return plan


def leave_one_out(log: EventColumns, settings: ProtocolSettings, signals: Signals) -> Plan:
    """Each user's last target is asked for; everything before it is learned.

    What the user did after the target is not learned either. Users with fewer than 5 events are
    learned from and not asked about; so are those without a target.
    """
    counts = np.bincount(log.user, minlength=len(log.user_ids))
    target_rows = np.flatnonzero(_askable(log, settings, signals))
    last = np.full(len(log.user_ids), len(log), dtype=np.int64)
    last[log.user[target_rows]] = target_rows
    asked = (counts >= LEAST_EVENTS) & (last < len(log))
    kept = np.where(asked, last, len(log))
    # The rest of the people are withheld like the sample, so that a sample tells of the whole.
    learned = np.flatnonzero(np.arange(len(log)) < kept[log.user])
    rows = np.sort(last[_sample(np.flatnonzero(asked), settings)])
    known = np.full(len(rows), len(learned), dtype=np.int64)
    return Plan(
        "leave-one-out",
        log,
        learned,
        asks_of(log, rows, places(log)[rows], known),
        withholds_seen=not settings.repeatable,
        left_out={
            f"with fewer than {LEAST_EVENTS} events": int(
                ((counts > 0) & (counts < LEAST_EVENTS)).sum()
            ),
            "without a target": int(((counts >= LEAST_EVENTS) & (last == len(log))).sum()),
        },
        notes=(LATER_EVENTS,),
    )


def temporal(log: EventColumns, settings: ProtocolSettings, signals: Signals) -> Plan:
    """Learn what was before one moment, ask for all targets of each user after it.

    Raises InvalidInput for a log without times, and for a cut with nothing on one side.
    """
    if not has_times(log):
        raise InvalidInput(
            "the log has no times (all events share one), so it cannot be cut in time; "
            "use --protocol leave-one-out"
        )
    moment = log.at[int(settings.cut * len(log))] if settings.cut < 1.0 else settings.cut
    learned = np.flatnonzero(log.at < moment)
    if len(learned) in (0, len(log)):
        told = datetime.fromtimestamp(float(moment), UTC).isoformat(timespec="seconds")
        raise InvalidInput(f"every event lies on one side of the cut {told}; choose another --cut")
    before = np.bincount(log.user[learned], minlength=len(log.user_ids))
    target_rows = np.flatnonzero(_askable(log, settings, signals) & (log.at >= moment))
    has_target = np.bincount(log.user[target_rows], minlength=len(log.user_ids)) > 0
    users = _sample(np.flatnonzero(has_target & (before > 0)), settings)
    return Plan(
        "temporal",
        log,
        learned,
        _asks_by_user(log, target_rows, users, before, len(learned)),
        withholds_seen=not settings.repeatable,
        left_out={
            "without an event before the cut": int((has_target & (before == 0)).sum()),
            "without a target after the cut": int((~has_target & (before > 0)).sum()),
        },
        notes=(ONE_STATE,),
    )


def replay(log: EventColumns, settings: ProtocolSettings, signals: Signals) -> Plan:
    """Walk the log once: ask before each target, then learn it.

    With `stale` n an event is learned only when its user has had n more: before an ask the model
    knows all but the newest n events of each user. Items seen are left out of the lists all the
    same, so that the difference is what the withheld events had to teach.
    """
    place = places(log)
    target_rows = np.flatnonzero(_askable(log, settings, signals))
    users = _sample(np.unique(log.user[target_rows]), settings)
    asked = target_rows[np.isin(log.user[target_rows], users)]
    released = _release_rows(log, settings.stale)
    order = np.argsort(released, kind="stable")
    order = order[: int((released < len(log)).sum())]
    known = np.searchsorted(released[order], asked, side="left").astype(np.int64)
    return Plan(
        "replay" if settings.stale == 0 else f"replay, the newest {settings.stale} withheld",
        log,
        order,
        asks_of(log, asked, place[asked], known),
        withholds_seen=not settings.repeatable,
        by_history=True,
        left_out={
            "without a target": int(len(log.user_ids) - len(np.unique(log.user[target_rows])))
        },
        notes=(WALKED_ONCE,),
    )


def _askable(log: EventColumns, settings: ProtocolSettings, signals: Signals) -> NDArray[np.bool_]:
    """Events that may be targets: they lead, are welcome if asked, and are not in the lists yet."""
    able = leading(log)
    if settings.targets_asked == "positive":
        able &= positive(log, signals)
    if not settings.repeatable:
        able &= first_meetings(log)
    return able


def _sample(users: NDArray[np.int64], settings: ProtocolSettings) -> NDArray[np.int64]:
    """The users to ask about, in order; all of them unless fewer are wanted."""
    if settings.users is None or settings.users >= len(users):
        return np.asarray(users, dtype=np.int64)
    rng = np.random.default_rng(settings.seed)
    return np.sort(rng.choice(users, settings.users, replace=False)).astype(np.int64)


def _release_rows(log: EventColumns, stale: int) -> NDArray[np.int64]:
    """For each event the row with which it is learned: its user's n-th later one, or never."""
    rows = np.full(len(log), len(log), dtype=np.int64)
    for own in log.rows_by_user:
        rows[own[: max(len(own) - stale, 0)]] = own[stale:]
    return rows


def _asks_by_user(
    log: EventColumns,
    target_rows: NDArray[np.int64],
    users: NDArray[np.int64],
    before: NDArray[np.int64],
    learned: int,
) -> Asks:
    """One ask for each user with all of their targets, at the time of the first; no item twice."""
    rows = target_rows[np.isin(log.user[target_rows], users)]
    pairs = log.user[rows].astype(np.int64) * len(log.item_ids) + log.item[rows]
    rows = rows[np.sort(np.unique(pairs, return_index=True)[1])]
    rows = rows[np.argsort(log.user[rows], kind="stable")]
    user, starts, counts = np.unique(log.user[rows], return_index=True, return_counts=True)
    return Asks(
        user=user,
        at=log.at[rows[starts]],
        before=before[user],
        learned=np.full(len(user), learned, dtype=np.int64),
        targets=log.item[rows].astype(np.int64),
        starts=np.append(starts, starts[-1] + counts[-1] if len(user) else 0).astype(np.int64),
    )

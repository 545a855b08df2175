"""What is told of an alert that comes and goes: a stated number of notices, and none of its ends is lost.

Pure. Looks at the transitions of one alert, and says for each which notice it is worth. Of a critical one the
further steps of its escalation are told besides, until somebody acts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from autom8.alerts.states import Change, Transition

RAISES_MAX: Final = 3  # told within WINDOW; one more is flapping
WINDOW: Final = timedelta(hours=1)
NOTICES_MAX: Final = 2 * RAISES_MAX + 2  # of one alert within WINDOW: raises, ends, one more end, flapping


class Notice(StrEnum):
    """What somebody is told of an alert."""

    FIRING = "firing"
    NO_DATA = "no_data"
    RESOLVED = "resolved"
    FLAPPING = "flapping"  # it comes and goes; nothing more is told until it is calm
    CALM_FIRING = "calm_firing"  # it has stopped to come and go, and is wrong
    CALM_RESOLVED = "calm_resolved"  # likewise, and is fine: the end of what was told as flapping

    @property
    def ends(self) -> bool:
        """Whether it says that what was told before is over."""
        return self in {Notice.RESOLVED, Notice.CALM_RESOLVED}


_TOLD: Final = {
    Change.FIRED: Notice.FIRING,
    Change.WENT_SILENT: Notice.NO_DATA,
    Change.RESOLVED: Notice.RESOLVED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaps:
    """What is kept of an alert's coming and going: when it was raised lately, and since when it flaps."""

    raised: tuple[datetime, ...] = ()  # ascending, at most RAISES_MAX
    since: datetime | None = None
    last: datetime | None = None  # the newest raise while it flaps


def after(flaps: Flaps, transition: Transition) -> tuple[Flaps, Notice | None]:
    """What is kept after a transition, and what is told of it.

    An alert that was raised more than RAISES_MAX times within WINDOW flaps: that is told once, and nothing
    else until it was not raised for as long as WINDOW. Ask `calmed` first at each look, before the step is
    taken: a calm that was due meanwhile is told of the alert as it was.

    NOTICES_MAX holds for a wall clock that does not step back. What lies in its future by as much as WINDOW
    is forgotten, so each such step may add as many once more.
    """
    at, raises = transition.at, transition.change.raises
    if flaps.since is not None:
        return replace(flaps, last=at) if raises else flaps, None
    if not raises:
        return flaps, _TOLD.get(transition.change)
    lately = tuple(each for each in flaps.raised if abs(at - each) < WINDOW)
    if len(lately) < RAISES_MAX:
        return Flaps(raised=(*lately, at)), _TOLD[transition.change]
    return Flaps(since=at, last=at), Notice.FLAPPING


def calmed(flaps: Flaps, *, is_open: bool, at: datetime) -> tuple[Flaps, Notice | None]:
    """What is told once an alert that flapped is calm; `is_open` says whether it is wrong then.

    After a step back of the wall clock, it is calm at the latest WINDOW after the first look since.
    """
    flaps = _no_later(flaps, at)
    due = calm_at(flaps)
    if due is None or at < due:
        return flaps, None
    return Flaps(raised=(at,) if is_open else ()), Notice.CALM_FIRING if is_open else Notice.CALM_RESOLVED


def calm_at(flaps: Flaps) -> datetime | None:
    """When an alert that flaps is calm, if it is not raised before; None while it does not flap."""
    return None if flaps.last is None else flaps.last + WINDOW


def _no_later(flaps: Flaps, at: datetime) -> Flaps:
    """The same with its last raise no later than `at`, lest a clock that steps back puts off the end."""
    return flaps if flaps.last is None or flaps.last <= at else replace(flaps, last=at)

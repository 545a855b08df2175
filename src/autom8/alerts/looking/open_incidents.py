"""Looks at incidents that are open: a timer of one is over, or what concerns all of them has changed.

Each has a timer of its own; one row of `alert_look` stands for all of them, and is a bell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from autom8.alerts.incidents.escalating import Escalator
from autom8.kernel.vocabulary import LookKind
from autom8.repositories.unit_of_work import BeginWork, Work

RUNG_AT_ONCE: Final = 500  # incidents whose timers are brought forward in one transaction
HELD_AGAIN: Final = timedelta(milliseconds=200)  # an incident that somebody else held
BELL: Final = 0
ChangesAt: TypeAlias = Callable[[Work, datetime], datetime | None]


@dataclass(frozen=True, slots=True)
class Timers:
    """The duty of looking at open incidents whose timers are over, each named by its id."""

    escalator: Escalator

    def take(self, work: Work, *, limit: int) -> Sequence[int]:
        """As `Duty`."""
        return work.incidents.take_due(work.now(), limit=limit)

    def hold(self, work: Work, each: int) -> bool:
        """As `Duty`."""
        return work.incidents.take(each)

    def look(self, work: Work, these: Sequence[int]) -> None:
        """As `Duty`."""
        for incident in work.incidents.hold(these).values():
            self.escalator.look(work, incident, at=work.now())

    def name(self, each: int) -> str:
        """As `Duty`."""
        return f"incident {each}"

    def put_off(self, work: Work, each: int, until: datetime) -> None:
        """As `Duty`."""
        work.incidents.set_look(each, until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """Has all open incidents be looked at: what holds them back, or who is told, may be another now.

    A part of them is done in one transaction. What is left stands in a row of its own, which names the last
    one that was done, so that it is done though this process ends, and by whoever comes first.
    """

    begin: BeginWork
    changes_at: ChangesAt

    def answer(self) -> bool:
        """Bring the timers of some forward if the bell was rung; False when it was not."""
        with self.begin() as work:
            at = work.now()
            after = work.looks.take_rung(at)
            if after is None:
                return False
            if after == BELL:
                work.looks.set_next([((LookKind.INCIDENT, BELL), self.changes_at(work, at))])
            else:
                work.looks.forget(LookKind.INCIDENT, after)
            self._bring_forward(work, after, at)
            work.commit()
        return True

    @staticmethod
    def _bring_forward(work: Work, after: int, at: datetime) -> None:
        """What somebody else holds is not waited for: from there on it is done a little later."""
        ids = work.incidents.open_ids(after=after, limit=RUNG_AT_ONCE)
        done = work.incidents.bring_forward(ids, at)
        held = next((each for each in ids if each not in done), None)
        if held is not None:
            work.looks.bring_forward(LookKind.INCIDENT, [held - 1], at + HELD_AGAIN)
        elif len(ids) == RUNG_AT_ONCE:
            work.looks.bring_forward(LookKind.INCIDENT, [ids[-1]], at)

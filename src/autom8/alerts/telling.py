"""The thread of alerts: looks at what is due, makes messages of what waits, and begins to send them.

One step does all that is due now and says how long to wait. Nothing here is kept in the process: any number
of servers do this on one database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from autom8.alerts.looking.looker import Looker
from autom8.alerts.outbox.planning import Planner
from autom8.alerts.outbox.sending import Outbox
from autom8.repositories.unit_of_work import BeginWork

LOOK_AT_LEAST_S: Final = 1.0
BUSY_S: Final = 0.05  # what is due and can't be done yet is tried again
BATCHES_MAX: Final = 200  # of looks, before what waits is planned though more is due


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waits:
    """In how many seconds something is due; not above 0 when it is."""

    look_s: float
    lane_s: float
    message_s: float

    @property
    def look_due(self) -> bool:
        return self.look_s <= 0

    @property
    def lane_due(self) -> bool:
        return self.lane_s <= 0

    @property
    def message_due(self) -> bool:
        return self.message_s <= 0

    @property
    def shortest_s(self) -> float:
        return min(self.look_s, self.lane_s, self.message_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One server's share of telling people."""

    read: BeginWork
    looker: Looker
    planner: Planner
    outbox: Outbox

    def step(self) -> float:
        """Do what is due; seconds to wait before the next step, if nothing rings.

        Asks without a write what is due: this comes each second, and mostly nothing is.

        Raises:
            Unavailable: the database is away.
        """
        for _ in range(BATCHES_MAX):
            if not self._waits().look_due or not self.looker.look():
                break
        if self._waits().lane_due:
            while self.planner.plan_one():
                pass
        waits = self._waits()
        if waits.message_due:
            self.outbox.send_due()
            waits = self._waits()
        return min(max(waits.shortest_s, BUSY_S), LOOK_AT_LEAST_S)

    def close(self) -> None:
        """Wait for what is being sent."""
        self.outbox.close()

    def rung_by(self, ring: Callable[[], None]) -> None:
        """Have a message that was sent ring: there is room for the next."""
        self.outbox.done = ring

    def _waits(self) -> _Waits:
        with self.read() as work:
            now, dues = work.now(), work.looks.dues()
        return _Waits(
            look_s=_seconds(now, dues.look, dues.incident),
            lane_s=_seconds(now, dues.lane),
            message_s=_seconds(now, dues.message),
        )


def _seconds(now: datetime, *dues: datetime | None) -> float:
    return min(((due - now).total_seconds() for due in dues if due is not None), default=LOOK_AT_LEAST_S)

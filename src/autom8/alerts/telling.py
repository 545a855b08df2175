"""The thread of alerts: looks at what is due, makes messages of what waits, and begins to send them.

One step does all that is due now and says how long to wait. Nothing here is kept in the process: any number
of servers do this on one database.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from autom8.alerts.looking.looker import Looker
from autom8.alerts.outbox.planning import Planner
from autom8.alerts.outbox.sending import Outbox
from autom8.repositories.unit_of_work import BeginWork

LOOK_AT_LEAST_S: Final = 1.0
BATCHES_MAX: Final = 200  # of looks, before what waits is planned though more is due


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One server's share of telling people."""

    read: BeginWork
    looker: Looker
    planner: Planner
    outbox: Outbox

    def step(self) -> float:
        """Do what is due; seconds to wait before the next step, if nothing rings.

        Raises:
            Unavailable: the database is away.
        """
        for _ in range(BATCHES_MAX):
            if self._wait() > timedelta() or not self.looker.look():
                break
        while self.planner.plan_one():
            pass
        self.outbox.send_due()
        return min(max(self._wait().total_seconds(), 0.0), LOOK_AT_LEAST_S) or 0.05

    def close(self) -> None:
        """Wait for what is being sent."""
        self.outbox.close()

    def rung_by(self, ring: Callable[[], None]) -> None:
        """Have a message that was sent ring: there is room for the next."""
        self.outbox.done = ring

    def _wait(self) -> timedelta:
        """How long nothing is due; looked at without a write, since it is asked each second."""
        with self.read() as work:
            now = work.now()
            dues = (
                work.looks.earliest(),
                work.incidents.earliest(),
                work.notices.earliest(),
                work.messages.earliest(),
            )
        return min((due - now for due in dues if due is not None), default=timedelta(seconds=LOOK_AT_LEAST_S))

"""The thread of alerts: looks at what is due, makes messages of what waits, and begins to send them.

One step does all that is due now and says how long to wait. Nothing here is kept in the process: any number
of servers do this on one database.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from autom8.alerts.looking.looker import Looker
from autom8.alerts.outbox.planning import Planner
from autom8.alerts.outbox.sending import Outbox
from autom8.kernel.clock import Clock
from autom8.kernel.errors import Unavailable
from autom8.kernel.telemetry import Telemetry
from autom8.repositories.unit_of_work import BeginWork

log = logging.getLogger(__name__)

LOOK_AT_LEAST_S: Final = 1.0
BUSY_S: Final = 0.05  # what is due and can't be done yet is tried again
STAGE_S_MAX: Final = 3.0  # after which the next stage has its turn, though more is due


class TellingFailed(Unavailable):
    """A stage of telling failed. The others were done; the log says why."""

    code = "telling_failed"


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
    clock: Clock
    telemetry: Telemetry

    def step(self) -> float:
        """Do what is due; seconds to wait before the next step, if nothing rings.

        Asks without a write what is due: this comes each second, and mostly nothing is. Each stage is done
        though another failed.

        Raises:
            Unavailable: the database is away, or a stage failed: whoever watches this server from elsewhere
                shall hear of it, since it may not be told otherwise.
        """
        waits = self._waits()
        if waits.shortest_s <= 0:
            stages = {"look": self._look, "plan": self._plan, "send": self._send}
            failed = [name for name, stage in stages.items() if not self._done(name, stage)]
            if failed:
                raise TellingFailed(f"Failed while telling: {', '.join(failed)}.")
            waits = self._waits()
        if waits.message_due and self.outbox.stuck:  # it rings when there is room again
            waits = replace(waits, message_s=LOOK_AT_LEAST_S)
        return min(max(waits.shortest_s, BUSY_S), LOOK_AT_LEAST_S)

    def close(self) -> None:
        """Wait for what is being sent."""
        self.outbox.close()

    def rung_by(self, ring: Callable[[], None]) -> None:
        """Have a message that was sent ring: there is room for the next."""
        self.outbox.done = ring

    def _done(self, name: str, stage: Callable[[], None]) -> bool:
        try:
            stage()
        except Unavailable:
            raise
        except Exception:
            log.exception("telling_failed", extra={"fields": {"stage": name}})
            self.telemetry.count("alerts.stages_failed", 1)
            return False
        return True

    def _look(self) -> None:
        self._while_time_is(lambda: self._waits().look_due and self.looker.look())

    def _plan(self) -> None:
        if self._waits().lane_due:
            self._while_time_is(self.planner.plan_one)

    def _send(self) -> None:
        if self._waits().message_due:
            self.outbox.send_due()

    def _while_time_is(self, do_more: Callable[[], bool]) -> None:
        until_s = self.clock.monotonic() + STAGE_S_MAX
        while do_more() and self.clock.monotonic() < until_s:
            pass

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

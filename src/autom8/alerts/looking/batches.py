"""Takes what is due in batches, each in one transaction.

What fails together is done one by one; what fails alone is put off, and said, so that one broken row silences
no other.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

from autom8.alerts.own.signs import note_put_off
from autom8.kernel.errors import Unavailable
from autom8.kernel.telemetry import Telemetry
from autom8.repositories.unit_of_work import BeginWork, Work

log = logging.getLogger(__name__)

BATCH: Final = 50
AMISS_AFTER: Final = timedelta(minutes=1)  # what can't be looked at is tried again
T = TypeVar("T")


class Duty(Protocol[T]):
    """One kind of what comes due."""

    def take(self, work: Work, *, limit: int) -> Sequence[T]:
        """What is due, held; what another one holds is left out."""
        ...

    def hold(self, work: Work, each: T) -> bool:
        """Hold one; False when it is not there to be looked at."""
        ...

    def look(self, work: Work, these: Sequence[T]) -> None:
        """Look at what is held."""
        ...

    def name(self, each: T) -> str:
        """What people call it."""
        ...

    def put_off(self, work: Work, each: T, until: datetime) -> None:
        """Have one that is held be looked at again, and not before."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """Does duties, batch by batch."""

    begin: BeginWork
    telemetry: Telemetry

    def look(self, duty: Duty[T]) -> bool:
        """Look at a batch of what is due; False when nothing was."""
        these: Sequence[T] = ()
        try:
            with self.begin() as work:
                these = duty.take(work, limit=BATCH)
                if not these:
                    return False
                duty.look(work, these)
                work.commit()
        except Unavailable:
            raise
        except Exception:
            if not these:
                raise
            log.exception("look_failed")
            for each in these:
                self._look_alone(duty, each)
        self.telemetry.count("alerts.looks", len(these))
        return True

    def _look_alone(self, duty: Duty[T], each: T) -> None:
        try:
            with self.begin() as work:
                if duty.hold(work, each):
                    duty.look(work, [each])
                    work.commit()
        except Unavailable:
            raise
        except Exception:
            log.exception("look_put_off", extra={"fields": {"thing": duty.name(each)}})
            self.telemetry.count("alerts.looks_failed", 1)
            self._put_off(duty, each)
            self._leave_a_sign(duty.name(each))

    def _put_off(self, duty: Duty[T], each: T) -> None:
        with self.begin() as work:
            if duty.hold(work, each):
                duty.put_off(work, each, work.now() + AMISS_AFTER)
                work.commit()

    def _leave_a_sign(self, thing: str) -> None:
        """Not rung: where Autom8 itself can't be looked at, that would be due again at once, for ever."""
        with self.begin() as work:
            note_put_off(work, thing)
            work.commit()

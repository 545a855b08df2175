"""Leaves signs of what probes of this server find, and of what others tell it. Knows no probe.

What happens in an instant is told by threads that must not wait for a database: it is kept here until a chore
writes it, and longer while the database is away.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from autom8.alerts.checks.check import CronAfter
from autom8.alerts.own.mending import mend
from autom8.alerts.own.signs import INSTANTS, bring_forward
from autom8.kernel.clock import Clock
from autom8.kernel.events import DecryptionFailed, LookDue
from autom8.kernel.vocabulary import OwnRule
from autom8.repositories.own_signs import INSTALLATION
from autom8.repositories.unit_of_work import BeginWork, Work

log = logging.getLogger(__name__)

WATCH_EVERY: Final = timedelta(minutes=1)
WRITE_EVERY: Final = timedelta(seconds=5)  # what happened in an instant
STEP: Final = timedelta(seconds=2)  # a database's clock that moves by more against ours has stepped

_SERVER: Final = "server"
_DATABASE: Final = "database"
_MENDED: Final = "mended_through"  # the newest instant that was written when a step was mended

Details: TypeAlias = Mapping[str, Any]
Probe: TypeAlias = Callable[[], Details | None]
"""What is amiss now; empty when nothing is, None while it can't be said."""


@dataclass(slots=True, kw_only=True)
class OwnWatch:
    """One server's watch of itself. `place` names it for good, `server` is what people call it.

    `probes` are asked each minute; what takes longer is asked by a chore of its own, which calls `settle`.
    """

    begin: BeginWork
    read: BeginWork
    clock: Clock
    place: str
    server: str
    cron_after: CronAfter
    probes: Mapping[OwnRule, Probe] = field(default_factory=dict)
    database_has_clock: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _happened: dict[OwnRule, dict[str, Any]] = field(default_factory=dict)
    _ahead: datetime | None = field(default=None)  # when our monotonic clock began, by the database's

    def start(self) -> None:
        """Have Autom8 itself be looked at, and take up what this server saw before it stopped.

        So long as it has not looked again, what it saw last holds. A clock that was set back meanwhile is
        noticed by what is written already and yet to come.
        """
        with self.begin() as work:
            behind = self._behind(work)
            work.own_signs.take_up(self.place, work.now(), leave=INSTANTS)
            self._announce(work)
            work.commit()
        if behind > STEP:
            log.warning("clock_set_back", extra={"fields": {"behind_s": behind.total_seconds()}})
            self.clock_stepped(-behind, of=self._reckoned_by)
            self.write()

    def look(self) -> None:
        """Ask each probe, and write what has changed.

        Raises:
            Unavailable: the database is away.
        """
        for rule, probe in self.probes.items():
            self.settle(rule, probe())
        self._look_at_the_databases_clock()

    def settle(self, rule: OwnRule, found: Details | None, *, everywhere: bool = False) -> None:
        """Note what was found, or with nothing amiss end its sign; with None all stays as it is.

        With `everywhere` it is said for all servers at once, and holds until one of them says otherwise.

        Raises:
            Unavailable: the database is away.
        """
        if found is None:
            return
        place = INSTALLATION if everywhere else self.place
        with self.read() as work:
            row = work.own_signs.find(rule, place)
        there = row is not None and row.ended_at is None
        if not found and not there:
            return
        with self.begin() as work:
            if found:
                work.own_signs.note(rule, place, work.now(), found if everywhere else self._signed(found))
            else:
                work.own_signs.end(rule, place, work.now())
            if bool(found) != there:
                self._announce(work)
            work.commit()
        if bool(found) != there:
            log.warning("own_sign_changed", extra={"fields": {"rule": rule, "there": bool(found), **found}})

    def refused(self, event: DecryptionFailed) -> None:
        """A sealed value was refused; no value is kept. Never waits."""
        with self._lock:
            before = self._happened.get(OwnRule.DECRYPTION_REFUSED, {}).get("refused", 0)
            self._happened[OwnRule.DECRYPTION_REFUSED] = {
                "table": event.table,
                "column": event.column,
                "row": event.row,
                "reason": event.reason,
                "refused": before + 1 + event.unheard,
            }

    def clock_stepped(self, step: timedelta, *, of: str = _SERVER) -> None:
        """A wall clock has stepped by as much, forward or back. Never waits.

        Several steps are told as their sum, and mended if one of them was back. Of two clocks the one is told
        by which all instants in the database are.
        """
        with self._lock:
            kept = self._happened.get(OwnRule.CLOCK_STEPPED, {"clock": of, "step_s": 0.0, "back_s": 0.0})
            if kept["clock"] != of:
                if of != self._reckoned_by:
                    return
                kept = {"step_s": 0.0, "back_s": 0.0}
            step_s = step.total_seconds()
            self._happened[OwnRule.CLOCK_STEPPED] = {
                "clock": of,
                "step_s": kept["step_s"] + step_s,
                "back_s": min(kept["back_s"], step_s),
            }

    def write(self) -> None:
        """Write what happened since; kept for the next time while the database is away.

        Raises:
            Unavailable: the database is away.
        """
        with self._lock:
            happened = dict(self._happened)
        if not happened:
            return
        with self.begin() as work:
            for rule, details in happened.items():
                self._note_instant(work, rule, details)
            self._announce(work)
            work.commit()
        with self._lock:
            for rule, details in happened.items():
                if self._happened.get(rule) is details:
                    del self._happened[rule]

    def _note_instant(self, work: Work, rule: OwnRule, details: Details) -> None:
        now = work.now()
        if rule is OwnRule.CLOCK_STEPPED:
            if details["back_s"] < 0 and details["clock"] == self._reckoned_by:
                newest = work.own_signs.newest_instant() or now
                details = {**details, _MENDED: newest.isoformat()}
                mend(work, now, now - timedelta(seconds=details["back_s"]), self.cron_after)
            work.own_signs.take_up(self.place, now, leave=INSTANTS)
        work.own_signs.note(rule, self.place, now, self._signed(details))

    @property
    def _reckoned_by(self) -> str:
        """By whose clock all instants in the database are."""
        return _DATABASE if self.database_has_clock else _SERVER

    @staticmethod
    def _behind(work: Work) -> timedelta:
        """By how much now is before what was written last, but for what was there when a step was mended."""
        now, newest, signs = work.now(), work.own_signs.newest_instant(), work.own_signs.all()
        mended = max((str(row.details.get(_MENDED, "")) for row in signs), default="")
        if newest is None or newest.isoformat() <= mended:
            newest = max((row.seen_at for row in signs), default=now)
        return newest - now

    def _look_at_the_databases_clock(self) -> None:
        """See whether it stepped; a database without one asks this server's, which others watch."""
        if not self.database_has_clock:
            return
        begun = self.clock.monotonic()
        with self.read() as work:
            now = work.now()
        ended = self.clock.monotonic()
        ahead = now - timedelta(seconds=(begun + ended) / 2)
        before, self._ahead = self._ahead, ahead
        if before is not None and abs(ahead - before) > STEP + timedelta(seconds=ended - begun):
            self.clock_stepped(ahead - before, of=_DATABASE)

    def _signed(self, details: Details) -> Details:
        return {**details, "server": self.server}

    @staticmethod
    def _announce(work: Work) -> None:
        bring_forward(work)
        work.record(LookDue())

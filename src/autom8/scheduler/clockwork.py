"""The clockwork of a scheduler process: APScheduler, and the only file that knows it.

It wakes the firing loop at the next slot and runs the housekeeping. Correctness never depends on it:
the ledger decides what is due, so being woken late, twice or on two nodes does no harm.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from autom8.kernel.clock import Clock

_WAKE: Final = "wake"
_PULSE: Final = "pulse"
_NEVER_DAYS: Final = 36_500
PULSE_S: Final = 5.0
DEAD_AFTER_S: Final = 60.0


class Clockwork:
    """Runs chores at their intervals and one wake-up at a given instant, on threads of its own."""

    def __init__(self, *, clock: Clock, wake: Callable[[], None]) -> None:
        self._clock = clock
        self._wake = wake
        self._chores: dict[str, tuple[Callable[[], object], timedelta]] = {}
        self._pulse_at = clock.monotonic()
        self._scheduler = self._make()

    def every(self, interval: timedelta, chore: Callable[[], object], *, name: str) -> None:
        """Run `chore` at each `interval`, never twice at once. Call before `start`."""
        self._chores[name] = (chore, interval)

    def start(self) -> None:
        """Begin."""
        self._register()
        self._scheduler.start()

    def wake_at(self, wait: timedelta) -> None:
        """Wake the firing loop after `wait`, instead of when it was told before."""
        at = datetime.now(UTC) + wait
        # Not a one-shot: APScheduler removes those after firing, and dies of it when it is stopped just then.
        self._scheduler.add_job(
            self._wake,
            "interval",
            days=_NEVER_DAYS,
            next_run_time=at,
            id=_WAKE,
            executor=_PULSE,
            replace_existing=True,
        )

    def clock_stepped(self) -> None:
        """The wall clock has stepped: register all jobs anew, since they were planned on the old one."""
        self._register()

    @property
    def alive(self) -> bool:
        """Whether its thread still works: its `running` flag stays true after the thread has died."""
        return self._clock.monotonic() - self._pulse_at < DEAD_AFTER_S

    def stop(self) -> None:
        """End; a chore in progress is not waited for."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def _register(self) -> None:
        for name, (chore, interval) in self._chores.items():
            seconds = interval.total_seconds()
            self._scheduler.add_job(chore, "interval", seconds=seconds, id=name, replace_existing=True)
        self._scheduler.add_job(
            self._pulse, "interval", seconds=PULSE_S, id=_PULSE, executor=_PULSE, replace_existing=True
        )

    def _pulse(self) -> None:
        self._pulse_at = self._clock.monotonic()

    def _make(self) -> BackgroundScheduler:
        # No grace for misfires (the default drops a wake-up that is a second late); late repeats become one.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        # A thread apart for the pulse: long chores must not make the clockwork look dead.
        executors = {"default": ThreadPoolExecutor(2), _PULSE: ThreadPoolExecutor(1)}
        return BackgroundScheduler(timezone=UTC, job_defaults=defaults, executors=executors, daemon=True)

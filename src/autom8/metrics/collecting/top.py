"""Which processes are named among the first, so that few names come and go. Rules only: no I/O.

Each process that is named is a series of its own, which a store keeps for years. So who was among the first
stays there until clearly overtaken, and of newcomers only so many are named in an hour; what is more is
told together, under a name of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

FIRST: Final = 5
NEW_PER_HOUR: Final = 60
NEW_AT_ONCE_MAX: Final = 20  # saved up while nobody new came
OTHERS: Final = ("(others)", "")  # name and pid of those who are not named
_FAVOUR: Final = 1.25  # how much more a newcomer must have than one who is named already
_PER_S: Final = NEW_PER_HOUR / 3_600


class Process(NamedTuple):
    """One process; `pid` and `started` (clock ticks after the host's start) name it once and for all."""

    pid: int
    started: int
    name: str


class Top:
    """The first by one measure, as they change."""

    def __init__(self, *, at_least: float) -> None:
        """Below `at_least` a process is not worth a name."""
        self._at_least = at_least
        self._named: set[Process] = set()
        self._allowance = float(NEW_AT_ONCE_MAX)
        self._at_s: float | None = None

    def choose(self, values: Mapping[Process, float], *, now_s: float) -> dict[tuple[str, str], float]:
        """The values of the first, by name and pid; at most FIRST, and one more for those not named.

        `now_s` is of a clock that never goes back.
        """
        self._earn(now_s)
        named = self._named
        order = sorted(
            (each for each, value in values.items() if value >= self._at_least),
            key=lambda each: values[each] * (_FAVOUR if each in named else 1),
            reverse=True,
        )[:FIRST]
        told: dict[tuple[str, str], float] = {}
        for each in order:
            if each in named or self._spend():
                self._named.add(each)
                told[each.name, str(each.pid)] = values[each]
            else:
                told[OTHERS] = told.get(OTHERS, 0.0) + values[each]
        self._named = {each for each in order if (each.name, str(each.pid)) in told}
        return told

    def _earn(self, now_s: float) -> None:
        if self._at_s is not None:
            self._allowance = min(NEW_AT_ONCE_MAX, self._allowance + (now_s - self._at_s) * _PER_S)
        self._at_s = now_s

    def _spend(self) -> bool:
        if self._allowance < 1:
            return False
        self._allowance -= 1
        return True

"""CPU time from /proc/stat, of all cores together and of each, by mode."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from autom8.metrics.collecting.host import Host, read_file
from autom8.metrics.collecting.ports import Reading

MODES: Final = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_RESTING: Final = frozenset({"idle", "iowait"})
_ALL: Final = ""  # the name of all cores together


class CpuProbe:
    """Seconds since the start, and shares of the time since the last reading."""

    name = "cpu"

    def __init__(self, host: Host, ticks_per_s: int | None = None) -> None:
        self._path = f"{host.proc}/stat"
        self._per_s = ticks_per_s or os.sysconf("SC_CLK_TCK")
        self._before: Mapping[str, Sequence[int]] = {}

    def read(self) -> Iterator[Reading]:
        """Counters of all modes; shares from the second reading on, for cores that were there before."""
        now = ticks_by_core(read_file(self._path))
        before, self._before = self._before, now
        yield Reading("host_cpu_count", len(now) - (_ALL in now))
        for core, ticks in now.items():
            name, labels = _series(core, "seconds_total")
            for mode, count in zip(MODES, ticks, strict=True):
                yield Reading(name, count / self._per_s, {**labels, "mode": mode})
            yield from _shares(core, shares(before.get(core), ticks))


def _shares(core: str, percents: Mapping[str, float]) -> Iterator[Reading]:
    name, labels = _series(core, "usage_percent")
    for mode, percent in percents.items():
        yield Reading(name, percent, {**labels, "mode": mode})
    if core == _ALL and percents:
        busy = sum(percent for mode, percent in percents.items() if mode not in _RESTING)
        yield Reading("host_cpu_busy_percent", busy)


def _series(core: str, what: str) -> tuple[str, dict[str, str]]:
    return (f"host_cpu_{what}", {}) if core == _ALL else (f"host_cpu_core_{what}", {"core": core})


def ticks_by_core(stat: bytes) -> dict[str, tuple[int, ...]]:
    """Clock ticks in each of MODES, by the number of the core; all together under the empty name.

    Modes that an old kernel does not know are zero.
    """
    found = {}
    for line in stat.splitlines():
        if not line.startswith(b"cpu"):
            break  # they stand first, and the lines of interrupts are long
        core, *ticks = line.split()
        known = [int(each) for each in ticks[: len(MODES)]]
        found[core[3:].decode()] = tuple(known + [0] * (len(MODES) - len(known)))
    return found


def shares(before: Sequence[int] | None, now: Sequence[int]) -> dict[str, float]:
    """Percent of the time between two readings in each mode; nothing when no time has passed.

    A counter that went back, as that of iowait may, counts as one that stood still.
    """
    if before is None:
        return {}
    grown = [max(0, late - early) for early, late in zip(before, now, strict=True)]
    total = sum(grown)
    if not total:
        return {}
    return {mode: 100 * each / total for mode, each in zip(MODES, grown, strict=True)}

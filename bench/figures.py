"""What a measurement gives: figures with their aims, and the machine they were taken on."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number. Where it has an aim, it should be at most, or at least, that."""

    name: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether the aim is met; None without one."""
        if self.at_most is not None:
            return self.value <= self.at_most
        if self.at_least is not None:
            return self.value >= self.at_least
        return None

    @property
    def aim(self) -> str:
        """The aim in words, empty without one."""
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return "" if self.at_least is None else f"≥ {self.at_least:g}"

    def as_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "aim": self.aim or None,
            "met": self.met,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one measurement found. `database` is empty where none takes part."""

    name: str
    what: str
    database: str = ""
    figures: Sequence[Figure]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A report, with how busy the machine was (load average over a minute) before and after."""

    report: Report
    load_before: float
    load_after: float

    def as_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "name": self.report.name,
            "what": self.report.what,
            "database": self.report.database or None,
            "load_before": self.load_before,
            "load_after": self.load_after,
            "figures": [each.as_json() for each in self.report.figures],
            "notes": list(self.report.notes),
        }


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the figures were taken."""

    cores: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))
    python: str = field(default_factory=platform.python_version)
    system: str = field(default_factory=lambda: f"{platform.system()} {platform.release()}")
    implementation: str = field(default_factory=lambda: sys.implementation.name)

    def as_json(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "cores": self.cores,
            "python": self.python,
            "implementation": self.implementation,
            "system": self.system,
        }


def load() -> float:
    """The load average over the last minute."""
    return round(os.getloadavg()[0], 2)


def quantile(values: Sequence[float], q: float) -> float:
    """The smallest value that at least the share `q` of them does not exceed.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no values were measured")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-q * len(ordered) // 1) - 1))]


def table(taken: Taken) -> str:
    """The report as a person reads it."""
    report = taken.report
    title = f"{report.name}: {report.what}" + (f" ({report.database})" if report.database else "")
    lines = [title, f"  load {taken.load_before:g} before, {taken.load_after:g} after"]
    for each in report.figures:
        verdict = {None: "", True: "met", False: "MISSED"}[each.met]
        line = f"  {each.name:<44} {each.value:>10.4g} {each.unit:<8} {each.aim:>8}  {verdict}"
        lines.append(line.rstrip())
    lines += [f"  {note}" for note in report.notes]
    return "\n".join(lines)

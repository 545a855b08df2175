"""Temperatures, from the sensors in /sys/class/hwmon or else the zones in /sys/class/thermal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

from autom8.metrics.collecting.host import Host, read_file, shown
from autom8.metrics.collecting.ports import Reading

_PER_DEGREE: Final = 1_000
_ABSOLUTE_ZERO: Final = -273.15
_HOTTEST: Final = 500.0  # beyond these a sensor is broken or not connected


class TemperaturesProbe:
    """What each sensor shows. One that gives an error is left out, and the others are read."""

    name = "temperatures"

    def __init__(self, host: Host) -> None:
        self._class = f"{host.sys}/class"

    def read(self) -> Iterator[Reading]:
        """Nothing on a host without sensors."""
        found = list(self._sensors())
        yield from found or self._zones()

    def _sensors(self) -> Iterator[Reading]:
        for monitor in _entries(f"{self._class}/hwmon"):
            inputs = [each for each in _entries(monitor) if _is_input(each)]
            if not inputs:
                continue
            chip = _word(f"{monitor}/name")
            device = os.path.basename(os.path.realpath(f"{monitor}/device"))  # noqa: PTH119 - as below
            for path in inputs:
                sensor = path.removesuffix("_input")
                label = _word(f"{sensor}_label") or sensor.rpartition("/")[2]
                yield from _shown(path, {"chip": chip, "device": device, "sensor": label})

    def _zones(self) -> Iterator[Reading]:
        for zone in _entries(f"{self._class}/thermal"):
            name = zone.rpartition("/")[2]
            if name.startswith("thermal_zone"):
                kind = _word(f"{zone}/type")
                yield from _shown(f"{zone}/temp", {"chip": "thermal", "device": name, "sensor": kind})


def _shown(path: str, labels: dict[str, str]) -> Iterator[Reading]:
    try:
        degrees = int(read_file(path)) / _PER_DEGREE
    except (OSError, ValueError):
        return
    if _ABSOLUTE_ZERO <= degrees <= _HOTTEST:
        yield Reading("host_temperature_celsius", degrees, labels)


def _is_input(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.startswith("temp") and name.endswith("_input")


def _entries(folder: str) -> list[str]:
    try:
        return sorted(f"{folder}/{name}" for name in os.listdir(folder))  # noqa: PTH208 - strings are cheaper
    except (FileNotFoundError, NotADirectoryError):
        return []


def _word(path: str) -> str:
    try:
        return shown(read_file(path)).strip()
    except OSError:
        return ""

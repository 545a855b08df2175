"""Lengths of time as people type and read them. Pure; knows no argparse and no API."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

_SECONDS: Final = re.compile(r"\d+(?:\.\d+)?")
_UNITS: Final = re.compile(
    r"(?:(?P<days>\d+)d)?(?:(?P<hours>\d+)h)?(?:(?P<minutes>\d+)m)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)s)?(?:(?P<milliseconds>\d+)ms)?",
    re.ASCII,
)


def parse_duration(text: str) -> timedelta:
    """Read `30`, `30s`, `0.5s`, `250ms`, `5m`, `2h`, `1d`, `1h30m`; a bare number means seconds.

    Raises:
        ValueError: it is none of these, or longer than a million days.
    """
    if _SECONDS.fullmatch(text):
        text += "s"
    match = _UNITS.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"{text!r} is not a length of time; write 30s, 5m, 2h, 1d or 1h30m")
    parts = {unit: float(number) for unit, number in match.groupdict().items() if number}
    try:
        length = timedelta(**parts)
    except OverflowError:
        length = timedelta.max
    if length > timedelta(days=1_000_000):
        raise ValueError(f"{text!r} is longer than a million days")
    return length


def show_duration(seconds: float) -> str:
    """Seconds as the two units that matter: `3.96ms`, `2.5s`, `1m 30s`, `2h`, `3d 4h`."""
    if 0 < seconds < 1:
        return f"{seconds * 1_000:.3g}ms"
    if seconds < 60:
        return f"{seconds:.3g}s"
    parts = []
    rest = round(seconds)
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2])

"""Floats and durations as Go and Prometheus read, write and compute them.

Python raises where IEEE 754 has an infinity or a NaN; these functions never raise for a float.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

NAN: Final = math.nan
INFINITY: Final = math.inf
DURATION_MS_MAX: Final = 9_223_372_036_854  # what Go's nanoseconds in 64 bits can hold
_UNITS_MS: Final = {
    "y": 31_536_000_000,
    "w": 604_800_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1_000,
    "ms": 1,
}
_DURATION: Final = re.compile(
    r"(?:([0-9]+)y)?(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?",
    re.ASCII,
)
_FLOAT: Final = re.compile(
    r"[+-]?(?:inf(?:inity)?|nan|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)", re.ASCII | re.IGNORECASE
)
_WHOLE: Final = 2.0**52


def duration_ms(text: str) -> int | None:
    """Milliseconds of `1h30m`; None if the text is no duration, or one of more than 292 years."""
    found = _DURATION.fullmatch(text)
    if found is None or not text or len(text) > 200:
        return None
    total = sum(
        int(count) * unit for count, unit in zip(found.groups(), _UNITS_MS.values(), strict=True) if count
    )
    return total if total <= DURATION_MS_MAX else None


def duration_text(milliseconds: int) -> str:
    """The shortest duration of this many milliseconds, of days and less: `1h30m`, `0s`, `-5m`."""
    rest, parts = abs(milliseconds), []
    for unit in ("d", "h", "m", "s", "ms"):
        count, rest = divmod(rest, _UNITS_MS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if milliseconds < 0 else "") + ("".join(parts) or "0s")


def number_of(text: str) -> float:
    """The value of a number as PromQL writes it: `1.5e3`, `0x1F`, and as in Go `017` for fifteen."""
    if text[:2] in {"0x", "0X"}:
        return float(int(text, 16)) if len(text) <= 200 else INFINITY
    if len(text) > 1 and text[0] == "0" and not set(text) - set("01234567") and len(text) <= 22:
        return float(int(text, 8))
    return float(text)


def float_of(text: str) -> float | None:
    """The float that Go's ParseFloat reads from decimal text; None if it reads none."""
    return float(text) if _FLOAT.fullmatch(text) else None


def shortest(value: float) -> str:
    """A float as Prometheus' HTTP API: the shortest digits, an exponent only below 1e-6 and from 1e21."""
    if math.isfinite(value) and value and not 1e-6 <= abs(value) < 1e21:
        return _go_exponent(repr(value))
    return plain(value)


def plain(value: float) -> str:
    """A float as Go's `%f` with the shortest digits: never an exponent."""
    text = repr(value)
    if "e" in text or "n" in text:  # an exponent, inf or nan
        return _special(value) or format(Decimal(text), "f")
    return text.removesuffix(".0")


def _special(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return {INFINITY: "+Inf", -INFINITY: "-Inf"}.get(value, "")


def _go_exponent(text: str) -> str:
    digits, _, exponent = text.partition("e")
    return f"{digits.removesuffix('.0')}e{int(exponent):+03d}"


def divide(left: float, right: float) -> float:
    """IEEE 754's quotient."""
    if right:  # NaN too
        return left / right
    if not left or math.isnan(left):
        return NAN
    return math.copysign(INFINITY, left) * math.copysign(1.0, right)


def modulo(left: float, right: float) -> float:
    """C's fmod: the rest has the sign of what is divided."""
    try:
        return math.fmod(left, right)
    except ValueError:
        return NAN


def power(left: float, right: float) -> float:
    """IEEE 754's power."""
    odd = right % 2.0 == 1.0 if math.isfinite(right) else False
    try:
        return math.pow(left, right)
    except OverflowError:
        return -INFINITY if left < 0 and odd else INFINITY
    except ValueError:
        if left:
            return NAN
        return math.copysign(INFINITY, left) if odd else INFINITY


def total(values: Sequence[float]) -> float:
    """The sum, correctly rounded."""
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):
        return sum(values)


def mean(values: Sequence[float]) -> float:
    """The mean, also where the sum is too large for a float. There is at least one value."""
    count = len(values)
    try:
        return math.fsum(values) / count
    except (OverflowError, ValueError):
        return sum(value / count for value in values)


def variance(values: Sequence[float]) -> float:
    """The variance of all of these (not of a sample). There is at least one value."""
    # From the first value on, so that values that are alike have none at all.
    distances = [value - values[0] for value in values]
    middle = mean(distances)
    return mean([(distance - middle) * (distance - middle) for distance in distances])


def quantile(share: float, values: Sequence[float]) -> float:
    """The quantile, interpolated between the two nearest values; NaN counts as the smallest."""
    if not values or math.isnan(share):
        return NAN
    if not 0 <= share <= 1:
        return -INFINITY if share < 0 else INFINITY
    ranked = sorted(values, key=nan_first)
    rank = share * (len(ranked) - 1)
    lower = math.floor(rank)
    weight = rank - lower
    return ranked[lower] * (1 - weight) + ranked[min(lower + 1, len(ranked) - 1)] * weight


def nan_first(value: float) -> tuple[bool, float]:
    """A key that sorts NaN before all numbers."""
    return (False, 0.0) if math.isnan(value) else (True, value)


def smallest(values: Sequence[float]) -> float:
    """The smallest that is a number; NaN if none is. There is at least one value."""
    return min((value for value in values if not math.isnan(value)), default=NAN)


def largest(values: Sequence[float]) -> float:
    """The largest that is a number; NaN if none is. There is at least one value."""
    return max((value for value in values if not math.isnan(value)), default=NAN)


def floor(value: float) -> float:
    """The largest whole number that is not above; of infinities and NaN they themselves."""
    return math.copysign(float(math.floor(value)), value) if abs(value) < _WHOLE else value


def ceil(value: float) -> float:
    """The smallest whole number that is not below; of infinities and NaN they themselves."""
    return math.copysign(float(math.ceil(value)), value) if abs(value) < _WHOLE else value

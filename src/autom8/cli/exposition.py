"""Samples as Prometheus' text format writes them: `name{label="value"} 1.5 1767225600000`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from autom8.kernel.errors import Invalid

_LINE: Final = re.compile(
    r'([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?\s+(\S+)(?:\s+(-?[0-9]{1,16}))?\s*',
    re.ASCII,
)
_LABEL: Final = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)', re.ASCII)
_ESCAPED: Final = re.compile(r"\\(.)")
_NUMBER: Final = re.compile(r"[+-]?(?:inf|nan|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)", re.IGNORECASE)


def read_samples(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The samples of lines, as the API takes them; empty lines and comments are none.

    Raises:
        Invalid: a line is no sample; its number is said.
    """
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if text and not text.startswith("#"):
            sample = _sample(text)
            if sample is None:
                raise Invalid(f'line {number} is no sample, such as: name{{label="value"}} 1.5')
            yield sample


def number_of(text: str) -> float | None:
    """A number, also an infinity or NaN; None if it is none."""
    return float(text) if _NUMBER.fullmatch(text) else None


def _sample(text: str) -> dict[str, Any] | None:
    found = _LINE.fullmatch(text)
    if found is None or (value := number_of(found[3])) is None:
        return None
    labels: dict[str, str] = {}
    at, inside = 0, (found[2] or "").strip()
    while at < len(inside):
        label = _LABEL.match(inside, at)
        if label is None or label[1] in labels:
            return None
        labels[label[1]] = _ESCAPED.sub(lambda each: {"n": "\n"}.get(each[1], each[1]), label[2])
        at = label.end()
    sample: dict[str, Any] = {"name": found[1], "labels": labels, "value": value}
    return sample if found[4] is None else {**sample, "at": int(found[4])}

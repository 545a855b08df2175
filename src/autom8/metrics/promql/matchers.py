"""Matchers of labels, as a selector has them. Regular expressions are RE2's, and match the whole value.

Whoever may query writes such an expression, and it is held against each series: RE2 takes a time that is
linear in the value, whatever it is asked. As in Prometheus 3 a dot matches a newline too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import re2

EXPRESSION_CHARS_MAX: Final = 10_000
_MEMORY_BYTES_MAX: Final = 1 << 20


class Operator(StrEnum):
    """How a value is compared."""

    EQUAL = "="
    NOT_EQUAL = "!="
    MATCHES = "=~"
    NOT_MATCHES = "!~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One comparison of a label's value; a missing label is empty."""

    name: str
    operator: Operator
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether these labels are as it asks.

        Raises:
            ValueError: its value is no regular expression of RE2.
        """
        value = labels.get(self.name, "")
        match self.operator:
            case Operator.EQUAL:
                return value == self.value
            case Operator.NOT_EQUAL:
                return value != self.value
            case Operator.MATCHES:
                return bool(compiled(self.value).fullmatch(value))
            case Operator.NOT_MATCHES:
                return not compiled(self.value).fullmatch(value)


@lru_cache(maxsize=1_024)
def compiled(expression: str) -> Any:
    """This expression of RE2, compiled.

    Raises:
        ValueError: it is none, or too large; the text says why.
    """
    if len(expression) > EXPRESSION_CHARS_MAX:
        raise ValueError(f"it has more than {EXPRESSION_CHARS_MAX} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES_MAX
    try:
        return re2.compile(f"(?s:{expression})", options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise ValueError(text[:100]) from error

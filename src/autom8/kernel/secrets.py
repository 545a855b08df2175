"""A type for what must not be seen: its text form is masked wherever it ends up."""

from __future__ import annotations

from typing import final


@final
class Secret:
    """A string that shows itself only when asked by `reveal()`.

    Its repr, str and format are a mask, so that a log line, a traceback or an f-string can't leak it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself. Search for this word to find each place that may leak it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("A Secret does not leave the process.")

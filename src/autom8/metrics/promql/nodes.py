"""The parts of an expression. Pure values: two that mean the same text are equal wherever they stood.

`at` is the offset of the character where a part begins; it does not count when parts are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

from autom8.metrics.promql.matchers import Matcher

NAME: Final = "__name__"
BUCKET: Final = "le"


class Type(StrEnum):
    """What an expression gives at an instant, in Prometheus' words."""

    SCALAR = "scalar"
    STRING = "string"
    VECTOR = "instant vector"
    MATRIX = "range vector"


class Edge(StrEnum):
    """An end of the whole query, as `@ start()` and `@ end()` name it."""

    START = "start"
    END = "end"


Moment: TypeAlias = int | Edge | None
"""What `@` names: milliseconds since the epoch, an end of the query, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """When something is looked at: `offset` milliseconds before the instant, or before the moment of `@`."""

    offset_ms: int = 0
    moment: Moment = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    value: float
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class String:
    value: str
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """`name{label="value"}`; the name is a matcher of `__name__`, and the first one."""

    matchers: tuple[Matcher, ...]
    shift: Shift = Shift()
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """`selector[5m]`; the selector's shift is that of the whole."""

    selector: Selector
    range_ms: int
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subquery:
    """`expression[5m:1m]`; without a step, the engine's."""

    body: Expr
    range_ms: int
    step_ms: int | None
    shift: Shift = Shift()
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Negation:
    body: Expr
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Which series of two vectors belong together: those whose labels `names` are alike, or all but these.

    `many` is the side of which several may match one: "left" (`group_left`), "right" or neither; `included`
    are the labels that the result takes from the other.
    """

    on: bool = False
    names: tuple[str, ...] = ()
    many: str = ""
    included: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    operator: str
    left: Expr
    right: Expr
    returns_bool: bool = False
    matching: Matching = Matching()
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregation:
    operator: str
    body: Expr
    parameter: Expr | None = None
    names: tuple[str, ...] = ()
    without: bool = False
    at: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    function: str
    arguments: tuple[Expr, ...] = ()
    at: int = field(default=0, compare=False)


Expr: TypeAlias = Number | String | Selector | Range | Subquery | Negation | Binary | Aggregation | Call


def children(node: Expr) -> tuple[Expr, ...]:
    """The expressions that stand directly within this one."""
    match node:
        case Range():
            return (node.selector,)
        case Subquery() | Negation():
            return (node.body,)
        case Binary():
            return (node.left, node.right)
        case Aggregation():
            return (node.body,) if node.parameter is None else (node.parameter, node.body)
        case Call():
            return node.arguments
        case _:
            return ()

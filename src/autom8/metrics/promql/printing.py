"""An expression as text, with no more parentheses than are needed to read the same again."""

from __future__ import annotations

from typing import Final

from autom8.metrics.promql.lexing import quoted
from autom8.metrics.promql.matchers import Matcher, Operator
from autom8.metrics.promql.nodes import (
    NAME,
    Aggregation,
    Binary,
    Call,
    Edge,
    Expr,
    Matching,
    Negation,
    Number,
    Range,
    Selector,
    Shift,
    String,
    Subquery,
)
from autom8.metrics.promql.numbers import duration_text, plain
from autom8.metrics.promql.parsing import LEVELS, RESERVED
from autom8.metrics.promql.selectors import LABEL

_NEVER_BARE: Final = RESERVED | LEVELS.keys()


def text_of(node: Expr) -> str:  # noqa: PLR0911 - one for each kind of part
    """This expression as PromQL; parsing it again gives an equal one."""
    match node:
        case Number():
            return plain(node.value).removeprefix("+")
        case String():
            return quoted(node.value)
        case Selector():
            return _selector(node.matchers) + _shift(node.shift)
        case Range():
            shape = f"{_selector(node.selector.matchers)}[{duration_text(node.range_ms)}]"
            return shape + _shift(node.selector.shift)
        case Subquery():
            step = "" if node.step_ms is None else duration_text(node.step_ms)
            return f"{_body(node.body)}[{duration_text(node.range_ms)}:{step}]" + _shift(node.shift)
        case Negation():
            return f"-{_operand(node.body, LEVELS['^'])}"
        case Binary():
            return _binary(node)
        case Aggregation():
            arguments = [node.body] if node.parameter is None else [node.parameter, node.body]
            return f"{node.operator}{_grouping(node)}({_list(arguments)})"
        case Call():
            return f"{node.function}({_list(node.arguments)})"


def matcher_text(matcher: Matcher) -> str:
    """A matcher as it stands in braces."""
    return f"{matcher.name}{matcher.operator}{quoted(matcher.value)}"


def _selector(matchers: tuple[Matcher, ...]) -> str:
    first, *rest = matchers
    if first.name == NAME and first.operator is Operator.EQUAL and _bare(first.value, rest):
        inner = ",".join(map(matcher_text, rest))
        return first.value + (f"{{{inner}}}" if inner else "")
    return f"{{{','.join(map(matcher_text, matchers))}}}"


def _bare(name: str, rest: list[Matcher]) -> bool:
    said_twice = any(each.name == NAME for each in rest)
    return (
        bool(LABEL.fullmatch(name.replace(":", "_"))) and name.lower() not in _NEVER_BARE and not said_twice
    )


def _shift(shift: Shift) -> str:
    moment = ""
    if isinstance(shift.moment, Edge):
        moment = f" @ {shift.moment}()"
    elif shift.moment is not None:
        sign, (seconds, milliseconds) = "-" * (shift.moment < 0), divmod(abs(shift.moment), 1_000)
        moment = f" @ {sign}{seconds}.{milliseconds:03d}"
    return moment + (f" offset {duration_text(shift.offset_ms)}" if shift.offset_ms else "")


def _binary(node: Binary) -> str:
    level, rightward = LEVELS[node.operator], node.operator == "^"
    left = _operand(node.left, level + rightward)
    right = _operand(node.right, level + (not rightward))
    flag = " bool" if node.returns_bool else ""
    return f"{left} {node.operator}{flag}{_matching(node.matching)} {right}"


def _matching(matching: Matching) -> str:
    if matching == Matching():
        return ""
    said = f" {'on' if matching.on else 'ignoring'}({', '.join(matching.names)})"
    return said + (f" group_{matching.many}({', '.join(matching.included)})" if matching.many else "")


def _grouping(node: Aggregation) -> str:
    if not node.names and not node.without:
        return ""
    return f" {'without' if node.without else 'by'} ({', '.join(node.names)}) "


def _operand(node: Expr, level: int) -> str:
    text = text_of(node)
    loose = isinstance(node, Binary) and LEVELS[node.operator] < level
    return f"({text})" if loose or text.startswith("-") else text


def _body(node: Expr) -> str:
    text = text_of(node)
    tight = isinstance(node, Call | Aggregation) or (isinstance(node, Selector) and node.shift == Shift())
    return text if tight else f"({text})"


def _list(nodes: list[Expr] | tuple[Expr, ...]) -> str:
    return ", ".join(map(text_of, nodes))

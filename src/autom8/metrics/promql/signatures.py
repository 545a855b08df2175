"""What functions, aggregations and operators take and give. All refusals here are `ExpressionInvalid`."""

from __future__ import annotations

from typing import Final, NamedTuple

from autom8.metrics.promql.errors import ExpressionInvalid
from autom8.metrics.promql.nodes import (
    Aggregation,
    Binary,
    Call,
    Expr,
    Negation,
    Number,
    Range,
    String,
    Subquery,
    Type,
)

_S, _V, _M, _T = Type.SCALAR, Type.VECTOR, Type.MATRIX, Type.STRING

ARITHMETIC: Final = frozenset("+-*/%^")
COMPARISONS: Final = frozenset({"==", "!=", ">", "<", ">=", "<="})
SETS: Final = frozenset({"and", "or", "unless"})

PLAIN_AGGREGATIONS: Final = frozenset({"sum", "avg", "min", "max", "count", "stddev", "stdvar", "group"})
PARAMETERS: Final = {"topk": _S, "bottomk": _S, "quantile": _S, "count_values": _T}
AGGREGATIONS: Final = PLAIN_AGGREGATIONS | PARAMETERS.keys()


class Signature(NamedTuple):
    """The types of a function's arguments: the last `optional` may be left out, `more` may follow."""

    takes: tuple[Type, ...]
    gives: Type = _V
    optional: int = 0
    more: bool = False


def _each(names: str, signature: Signature) -> dict[str, Signature]:
    return dict.fromkeys(names.split(), signature)


FUNCTIONS: Final[dict[str, Signature]] = {
    **_each(
        "rate irate increase delta idelta deriv resets changes avg_over_time min_over_time max_over_time"
        " sum_over_time count_over_time last_over_time stddev_over_time stdvar_over_time present_over_time"
        " absent_over_time",
        Signature((_M,)),
    ),
    **_each(
        "abs ceil floor exp ln log2 log10 sqrt sgn timestamp sort sort_desc absent",
        Signature((_V,)),
    ),
    **_each(
        "minute hour day_of_week day_of_month day_of_year month year days_in_month",
        Signature((_V,), optional=1),
    ),
    "predict_linear": Signature((_M, _S)),
    "quantile_over_time": Signature((_S, _M)),
    "histogram_quantile": Signature((_S, _V)),
    "round": Signature((_V, _S), optional=1),
    "clamp": Signature((_V, _S, _S)),
    "clamp_min": Signature((_V, _S)),
    "clamp_max": Signature((_V, _S)),
    "scalar": Signature((_V,), gives=_S),
    "vector": Signature((_S,)),
    "time": Signature((), gives=_S),
    "label_replace": Signature((_V, _T, _T, _T, _T)),
    "label_join": Signature((_V, _T, _T, _T), optional=1, more=True),
}


def type_of(node: Expr) -> Type:  # noqa: PLR0911 - one for each kind of part
    """What this expression gives."""
    match node:
        case Number():
            return Type.SCALAR
        case String():
            return Type.STRING
        case Range() | Subquery():
            return Type.MATRIX
        case Negation():
            return type_of(node.body)
        case Call():
            return FUNCTIONS[node.function].gives
        case Binary():
            sides = {type_of(node.left), type_of(node.right)}
            return Type.SCALAR if sides == {Type.SCALAR} else Type.VECTOR
        case _:
            return Type.VECTOR


def check_negation(node: Negation) -> None:
    """Refuse a sign before what is no number and no vector."""
    given = type_of(node.body)
    if given not in {Type.SCALAR, Type.VECTOR}:
        raise ExpressionInvalid(f"a sign can't stand before a {given}", at=node.at)


def check_call(node: Call) -> None:
    """Refuse too few or too many arguments, and those of another type."""
    signature = FUNCTIONS[node.function]
    count, known = len(node.arguments), len(signature.takes)
    if not known - signature.optional <= count or (count > known and not signature.more):
        least = f"{known - signature.optional} to " if signature.optional and not signature.more else ""
        least = f"at least {known - signature.optional}" if signature.more else f"{least}{known}"
        raise ExpressionInvalid(f"{node.function}() takes {least} arguments, and not {count}", at=node.at)
    for index, argument in enumerate(node.arguments):
        wanted = signature.takes[min(index, known - 1)]
        _expect(argument, wanted, f"argument {index + 1} of {node.function}()")


def check_aggregation(node: Aggregation) -> None:
    """Refuse to aggregate what is no vector, and a parameter of another type."""
    _expect(node.body, Type.VECTOR, f"what {node.operator} aggregates")
    if node.parameter is not None:
        _expect(node.parameter, PARAMETERS[node.operator], f"the parameter of {node.operator}")


def check_binary(node: Binary) -> None:
    """Refuse an operator between what it can't stand between."""
    left, right = type_of(node.left), type_of(node.right)
    for side in (node.left, node.right):
        if type_of(side) not in {Type.SCALAR, Type.VECTOR}:
            raise ExpressionInvalid(f"{node.operator} can't stand beside a {type_of(side)}", at=side.at)
    if node.returns_bool and node.operator not in COMPARISONS:
        raise ExpressionInvalid("bool can only be said of comparisons", at=node.at)
    if left is right is Type.SCALAR and node.operator in COMPARISONS and not node.returns_bool:
        raise ExpressionInvalid("a comparison of two scalars needs bool", at=node.at)
    if Type.SCALAR in {left, right}:
        if node.operator in SETS:
            raise ExpressionInvalid(f"{node.operator} can't stand beside a scalar", at=node.at)
        if node.matching.names or node.matching.many:
            raise ExpressionInvalid("labels can only be matched between instant vectors", at=node.at)
    _check_matching(node)


def _check_matching(node: Binary) -> None:
    matching = node.matching
    if matching.many and node.operator in SETS:
        raise ExpressionInvalid(f"{node.operator} takes no group_left or group_right", at=node.at)
    both = set(matching.names) & set(matching.included)
    if matching.on and both:
        raise ExpressionInvalid(
            f"the label {min(both)} stands in on and in group_{matching.many}", at=node.at
        )


def _expect(node: Expr, wanted: Type, what: str) -> None:
    given = type_of(node)
    if given is not wanted:
        raise ExpressionInvalid(f"{what} must be a {wanted}, and is a {given}", at=node.at)

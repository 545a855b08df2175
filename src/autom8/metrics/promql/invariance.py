"""Which parts of an expression are the same at every instant, so that they are computed once. Pure."""

from __future__ import annotations

from typing import Final

from autom8.metrics.promql.nodes import Call, Expr, Range, Selector, Subquery, children

# Of these the instant itself is part of what they say.
_OF_THE_INSTANT: Final = frozenset({"predict_linear"})


def unchanging(node: Expr) -> frozenset[int]:
    """The ids of those expressions within this one whose values no instant changes."""
    found: set[int] = set()
    _walk(node, found)
    return frozenset(found)


def _selectors(nodes: tuple[Expr, ...]) -> list[Expr]:
    return [node for node in nodes if isinstance(node, Selector)]


def _walk(node: Expr, found: set[int]) -> bool:
    within = [_walk(child, found) for child in children(node)]
    match node:
        case Selector():
            same = node.shift.moment is not None
        case Range():
            same = node.selector.shift.moment is not None
        case Subquery():
            same = node.shift.moment is not None
        case Call():
            # Functions of dates without an argument are of now, and so is the timestamp of what was computed.
            given = node.arguments if node.function != "timestamp" else _selectors(node.arguments)
            same = bool(given) and all(within) and node.function not in _OF_THE_INSTANT
        case _:
            same = all(within)
    if same:
        found.add(id(node))
    return same

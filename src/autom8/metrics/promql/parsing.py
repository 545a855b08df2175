"""Text to an expression, by recursive descent. What is not answered here is refused here, with its place.

Depth is bounded: whatever stands within whatever, neither reading nor answering can exhaust Python's stack.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NoReturn, TypeVar

from autom8.metrics.promql import signatures
from autom8.metrics.promql.errors import ExpressionInvalid
from autom8.metrics.promql.lexing import Kind, Token, tokens
from autom8.metrics.promql.nodes import (
    Aggregation,
    Binary,
    Call,
    Expr,
    Matching,
    Negation,
    Number,
    Range,
    Selector,
    Shift,
    String,
    Subquery,
    Type,
    children,
)
from autom8.metrics.promql.numbers import INFINITY, NAN, number_of
from autom8.metrics.promql.selectors import SelectorReader

DEPTH_MAX: Final = 100
NODES_MAX: Final = 2_000
LEVELS: Final = {
    "or": 1,
    **dict.fromkeys(("and", "unless"), 2),
    **dict.fromkeys(("==", "!=", ">", "<", ">=", "<="), 3),
    **dict.fromkeys("+-", 4),
    **dict.fromkeys("*/%", 5),
    "^": 6,
}
"""How tightly an operator binds; those of a level are read from the left, `^` from the right."""
RESERVED: Final = frozenset({"bool", "on", "ignoring", "group_left", "group_right", "inf", "nan", "atan2"})
_POWER: Final = LEVELS["^"]
_Made = TypeVar("_Made", Number, String, Selector, Range, Subquery, Negation, Binary, Aggregation, Call)


def parse(text: str) -> Expr:
    """The expression that a text says.

    Raises:
        ExpressionInvalid: it says none, or one of a part of PromQL that is not answered here.
    """
    return _Parser(tokens(text)).whole()


class _Parser(SelectorReader):
    def __init__(self, read: list[Token]) -> None:
        super().__init__(read)
        self._depth = 0
        self._depths: dict[int, int] = {}
        self._made: list[Expr] = []  # keeps them alive, so that no two have the same id

    def whole(self) -> Expr:
        if self.ahead().kind is Kind.END:
            self.refuse("there is no expression")
        node = self.expression(0)
        if self.ahead().kind is not Kind.END:
            self._refuse_rest()
        return node

    def expression(self, level: int) -> Expr:
        """Operands and the operators of this level and tighter ones."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            self.refuse(f"more than {DEPTH_MAX} expressions stand within each other")
        left = self._signed()
        while (
            (found := LEVELS.get(self.ahead().text.lower(), -1)) >= level
            and found > 0
            and self._is_operator()
        ):
            token = self.take()
            operator = token.text.lower()
            returns_bool = self.take_word("bool")
            matching = self._matching()
            right = self.expression(found + (operator != "^"))
            left = self._note(
                Binary(
                    operator=operator,
                    left=left,
                    right=right,
                    returns_bool=returns_bool,
                    matching=matching,
                    at=token.at,
                )
            )
            signatures.check_binary(left)
        self._depth -= 1
        return left

    def _is_operator(self) -> bool:
        return self.ahead().kind in {Kind.SYMBOL, Kind.WORD}

    def _refuse_rest(self) -> NoReturn:
        if self.ahead().text.lower() == "atan2":
            self.refuse("the operator atan2 is not answered here")
        self.refuse(f"{self.ahead()} is not expected here")

    def _matching(self) -> Matching:
        word = self.ahead().text.lower()
        if self.ahead().kind is not Kind.WORD or word not in {"on", "ignoring"}:
            return Matching()
        self.take()
        names = self.names()
        group = self.ahead().text.lower()
        if self.ahead().kind is not Kind.WORD or group not in {"group_left", "group_right"}:
            return Matching(on=word == "on", names=names)
        self.take()
        included = self.names() if self.ahead().text == "(" and self.ahead().kind is Kind.SYMBOL else ()
        return Matching(on=word == "on", names=names, many=group.removeprefix("group_"), included=included)

    def _signed(self) -> Expr:
        if self.ahead().kind is not Kind.SYMBOL or self.ahead().text not in {"-", "+"}:
            return self._shifted()
        sign = self.take()
        # A sign binds as multiplication does: -a^b is -(a^b), and -a*b is (-a)*b.
        body = self.expression(_POWER)
        negation = Negation(body=body, at=sign.at)
        signatures.check_negation(negation)
        if sign.text == "+":
            return body
        if isinstance(body, Number):
            return self._note(Number(value=-body.value, at=sign.at))
        return self._note(negation)

    def _shifted(self) -> Expr:
        """An operand with what may follow it: a range or the steps of a subquery, `offset`, `@`."""
        bare = not self.at_symbol("(")
        node = self._operand()
        while True:
            if self.at_symbol("["):
                node = self._ranged(node, bare=bare)
                bare = True
            elif self.at_word("offset") or self.at_symbol("@"):
                node = self._moved(node, bare=bare)
            else:
                return node

    def _ranged(self, node: Expr, *, bare: bool) -> Range | Subquery:
        opening = self.take()
        range_ms = self.duration()
        if self.take_symbol(":"):
            step_ms = None if self.at_symbol("]") else self.duration()
            self.need("]")
            if (given := signatures.type_of(node)) is not Type.VECTOR:
                raise ExpressionInvalid(
                    f"a subquery is of an instant vector, and not of a {given}", at=opening.at
                )
            return self._note(Subquery(body=node, range_ms=range_ms, step_ms=step_ms, at=node.at))
        self.need("]")
        if not isinstance(node, Selector) or not bare:
            raise ExpressionInvalid("a range can only follow a selector", at=opening.at)
        if node.shift != Shift():
            raise ExpressionInvalid("offset and @ stand behind the range", at=opening.at)
        return self._note(Range(selector=node, range_ms=range_ms, at=node.at))

    def _moved(self, node: Expr, *, bare: bool) -> Expr:
        place = self.ahead()
        if not bare or not isinstance(node, Selector | Range | Subquery):
            self.refuse(f"{place.text} can only follow a selector, a range or a subquery")
        if isinstance(node, Range):
            selector = self._note(replace(node.selector, shift=self.shift(node.selector.shift)))
            return self._note(replace(node, selector=selector))
        if isinstance(node, Subquery):
            return self._note(replace(node, shift=self.shift(node.shift)))
        return self._note(replace(node, shift=self.shift(node.shift)))

    def _operand(self) -> Expr:
        token = self.ahead()
        if self.take_symbol("("):
            node = self.expression(0)
            self.need(")")
            return node
        if self.at_symbol("{"):
            return self._note(self.selector(None))
        match token.kind:
            case Kind.NUMBER:
                return self._note(Number(value=number_of(self.take().text), at=token.at))
            case Kind.DURATION:
                return self._note(Number(value=self.duration() / 1_000, at=token.at))
            case Kind.STRING:
                return self._note(String(value=self.take().text, at=token.at))
            case Kind.WORD:
                return self._named()
        raise ExpressionInvalid(f"an expression is expected, and not {token}", at=token.at)

    def _named(self) -> Expr:
        token = self.take()
        word = token.text.lower()
        calls = self.at_symbol("(")
        if word in signatures.AGGREGATIONS and (calls or self.at_word("by") or self.at_word("without")):
            return self._aggregation(token)
        if calls and word not in RESERVED:
            return self._call(token)
        if word in {"inf", "nan"}:  # the one NaN, which equals itself in a comparison of parts
            return self._note(Number(value=NAN if word == "nan" else INFINITY, at=token.at))
        if word in RESERVED or word in LEVELS:
            raise ExpressionInvalid(f"{token.text} is not expected here", at=token.at)
        return self._note(self.selector(token))

    def _call(self, token: Token) -> Call:
        if token.text not in signatures.FUNCTIONS:
            raise ExpressionInvalid(f"the function {token.text[:60]} is not known here", at=token.at)
        node = Call(function=token.text, arguments=self._arguments(), at=token.at)
        signatures.check_call(node)
        return self._note(node)

    def _aggregation(self, token: Token) -> Aggregation:
        operator = token.text.lower()
        grouping = self._grouping()
        arguments = self._arguments()
        grouping = grouping or self._grouping() or ((), False)
        count = 2 if operator in signatures.PARAMETERS else 1
        if len(arguments) != count:
            wanted = "a parameter and a vector" if count == 2 else "one vector"
            raise ExpressionInvalid(f"{operator} takes {wanted}", at=token.at)
        node = Aggregation(
            operator=operator,
            body=arguments[-1],
            parameter=arguments[0] if count == 2 else None,
            names=grouping[0],
            without=grouping[1],
            at=token.at,
        )
        signatures.check_aggregation(node)
        return self._note(node)

    def _grouping(self) -> tuple[tuple[str, ...], bool] | None:
        if self.take_word("by"):
            return self.names(), False
        if self.take_word("without"):
            return self.names(), True
        return None

    def _arguments(self) -> tuple[Expr, ...]:
        self.need("(")
        read: list[Expr] = []
        if self.take_symbol(")"):
            return ()
        while True:
            read.append(self.expression(0))
            if self.take_symbol(")"):
                return tuple(read)
            if not self.take_symbol(","):
                self.refuse(f"',' or ')' is expected, and not {self.ahead()}")

    def _note(self, node: _Made) -> _Made:
        depth = 1 + max((self._depths[id(child)] for child in children(node)), default=0)
        self._depths[id(node)] = depth
        self._made.append(node)
        if depth > DEPTH_MAX:
            raise ExpressionInvalid(f"more than {DEPTH_MAX} expressions stand within each other", at=node.at)
        if len(self._made) > NODES_MAX:
            raise ExpressionInvalid(f"it has more than {NODES_MAX} parts", at=node.at)
        return node

"""Reads what stands around names and braces: selectors, lists of labels, durations, `offset` and `@`."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Final, NoReturn

from autom8.metrics.promql.errors import ExpressionInvalid
from autom8.metrics.promql.lexing import Kind, Token
from autom8.metrics.promql.matchers import Matcher, Operator, compiled
from autom8.metrics.promql.nodes import NAME, Edge, Moment, Selector, Shift
from autom8.metrics.promql.numbers import DURATION_MS_MAX, duration_ms, number_of

LABEL: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
MATCHERS_MAX: Final = 100
# Far enough, and with all offsets that may be added still a number of 64 bits.
TIME_MS_MAX: Final = 2**60


class SelectorReader:
    """A place in a list of tokens, and how to go on from it."""

    def __init__(self, read: list[Token]) -> None:
        self._tokens = read
        self._index = 0

    def ahead(self) -> Token:
        """The token that is next; behind the last one END, again and again."""
        return self._tokens[self._index]

    def take(self) -> Token:
        """The next token, and go on."""
        token = self.ahead()
        if token.kind is not Kind.END:
            self._index += 1
        return token

    def at_symbol(self, text: str) -> bool:
        """Whether this symbol is next."""
        return self.ahead().kind is Kind.SYMBOL and self.ahead().text == text

    def at_word(self, text: str) -> bool:
        """Whether this word is next, in capitals or not."""
        return self.ahead().kind is Kind.WORD and self.ahead().text.lower() == text

    def take_symbol(self, text: str) -> bool:
        """Whether this symbol was next; it is taken then."""
        return self.at_symbol(text) and bool(self.take())

    def take_word(self, text: str) -> bool:
        """Whether this word was next; it is taken then."""
        return self.at_word(text) and bool(self.take())

    def need(self, text: str) -> None:
        """Take this symbol.

        Raises:
            ExpressionInvalid: it is not next.
        """
        if not self.take_symbol(text):
            self.refuse(f"{text!r} is expected, and not {self.ahead()}")

    def refuse(self, why: str) -> NoReturn:
        """Refuse the text at the next token's place."""
        raise ExpressionInvalid(why, at=self.ahead().at)

    def names(self) -> tuple[str, ...]:
        """Names of labels in parentheses."""
        self.need("(")
        read: list[str] = []
        while not self.take_symbol(")"):
            read.append(self._label())
            if not self.at_symbol(")"):
                self.need(",")
        return tuple(read)

    def selector(self, name: Token | None) -> Selector:
        """A selector whose name was taken already; the braces may be missing, if it has one."""
        at = self.ahead().at if name is None else name.at
        matchers = [] if name is None else [Matcher(NAME, Operator.EQUAL, name.text)]
        if self.take_symbol("{"):
            matchers += self.matchers()
        if name is not None and sum(each.name == NAME for each in matchers) > 1:
            raise ExpressionInvalid("the name of the metric is said twice", at=at)
        if all(each.matches({}) for each in matchers):
            raise ExpressionInvalid("a selector must ask for something: this one matches everything", at=at)
        return Selector(matchers=tuple(matchers), at=at)

    def matchers(self) -> list[Matcher]:
        """Matchers up to the closing brace; the opening one was taken already."""
        read: list[Matcher] = []
        while not self.take_symbol("}"):
            read.append(self._matcher())
            if len(read) > MATCHERS_MAX:
                self.refuse(f"a selector has at most {MATCHERS_MAX} matchers")
            if not self.at_symbol("}"):
                self.need(",")
        return read

    def _matcher(self) -> Matcher:
        name = self._label()
        if self.ahead().text not in set(Operator) or self.ahead().kind is not Kind.SYMBOL:
            self.refuse(f"one of =, !=, =~ and !~ is expected, and not {self.ahead()}")
        operator = Operator(self.take().text)
        if self.ahead().kind is not Kind.STRING:
            self.refuse(f"a string is expected, and not {self.ahead()}")
        value = self.take()
        if operator in {Operator.MATCHES, Operator.NOT_MATCHES}:
            try:
                compiled(value.text)
            except ValueError as error:
                raise ExpressionInvalid(
                    f"{value.text[:50]!r} is no regular expression: {error}", at=value.at
                ) from error
        return Matcher(name, operator, value.text)

    def _label(self) -> str:
        if self.ahead().kind is not Kind.WORD or not LABEL.fullmatch(self.ahead().text):
            self.refuse(f"the name of a label is expected, and not {self.ahead()}")
        return self.take().text

    def duration(self) -> int:
        """Milliseconds above 0; a bare number is of seconds, as in Prometheus 3."""
        token = self.ahead()
        milliseconds = self._amount()
        if milliseconds <= 0:
            raise ExpressionInvalid("a duration must be above 0", at=token.at)
        return milliseconds

    def _amount(self) -> int:
        token = self.take()
        milliseconds: int | None = None
        if token.kind is Kind.DURATION:
            milliseconds = duration_ms(token.text)
        elif token.kind is Kind.NUMBER:
            seconds = number_of(token.text)
            milliseconds = round(seconds * 1_000) if seconds * 1_000 <= DURATION_MS_MAX else None
        if milliseconds is None:
            raise ExpressionInvalid(f"a duration is expected, and not {token}", at=token.at)
        return milliseconds

    def shift(self, shift: Shift) -> Shift:
        """This shift with the `offset` or `@` that is next.

        Raises:
            ExpressionInvalid: it has one already.
        """
        token = self.take()
        if token.text == "@":
            if shift.moment is not None:
                raise ExpressionInvalid("@ is said twice", at=token.at)
            return replace(shift, moment=self._moment())
        if shift.offset_ms:
            raise ExpressionInvalid("offset is said twice", at=token.at)
        sign = self._sign()
        return replace(shift, offset_ms=sign * self._amount())

    def _sign(self) -> int:
        return -1 if self.take_symbol("-") else int(self.take_symbol("+")) or 1

    def _moment(self) -> Moment:
        for edge in Edge:
            if self.take_word(edge):
                self.need("(")
                self.need(")")
                return edge
        place, sign = self.ahead(), self._sign()
        if self.ahead().kind not in {Kind.NUMBER, Kind.DURATION}:
            self.refuse(f"@ takes a time in seconds, start() or end(), and not {self.ahead()}")
        if self.ahead().kind is Kind.DURATION:
            return sign * self._amount()
        seconds = number_of(self.take().text)
        if not seconds * 1_000 < TIME_MS_MAX:
            raise ExpressionInvalid("this time is too far away", at=place.at)
        # As Go rounds: half away from zero.
        return sign * math.floor(seconds * 1_000 + 0.5)

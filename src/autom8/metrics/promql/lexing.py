"""Text to tokens. Knows letters, and nothing of grammar."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple

from autom8.metrics.promql.errors import ExpressionInvalid

TEXT_CHARS_MAX: Final = 100_000
TOKENS_MAX: Final = 20_000
# Quantifiers are possessive where two could share the same letters: no text makes them go back and forth.
_COMMON: Final = r"""
  (?P<space>(?:[ \t\r\n]|\#[^\r\n]*+)++)
| (?P<string>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|`[^`]*+`)
| (?P<duration>(?:[0-9]++(?:ms|[ywdhms]))++(?![A-Za-z0-9_]))
| (?P<number>(?:0[xX][0-9a-fA-F]++|(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+)
    (?![A-Za-z0-9_.]))
| (?P<symbol>=~|!~|!=|==|>=|<=|[-+*/%^=<>(){}\[\],:@])
"""
_OUTSIDE: Final = re.compile(r"(?P<word>[A-Za-z_:][A-Za-z0-9_:]*+)|" + _COMMON, re.VERBOSE | re.ASCII)
_IN_BRACKETS: Final = re.compile(r"(?P<word>[A-Za-z_][A-Za-z0-9_]*+)|" + _COMMON, re.VERBOSE | re.ASCII)
_ESCAPED: Final = re.compile(
    r"\\(?:([abfnrtv\\'\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.?))", re.DOTALL
)
_ESCAPES: Final = dict(zip("abfnrtv\\'\"", "\a\b\f\n\r\t\v\\'\"", strict=True))


class Kind(StrEnum):
    """What a token is; the value is what an error calls it."""

    WORD = "word"
    STRING = "string"
    DURATION = "duration"
    NUMBER = "number"
    SYMBOL = "symbol"
    END = "end"


class Token(NamedTuple):
    """A piece of text; of a string its value, without quotes. `at` is the offset of its first character."""

    kind: Kind
    text: str
    at: int

    def __str__(self) -> str:
        return "the end of the text" if self.kind is Kind.END else repr(self.text[:40])


def tokens(text: str) -> list[Token]:
    """All tokens of a text, and one of kind END behind them.

    Raises:
        ExpressionInvalid: it is too long, or has something that is no token.
    """
    if len(text) > TEXT_CHARS_MAX:
        raise ExpressionInvalid(f"an expression has at most {TEXT_CHARS_MAX} characters")
    read: list[Token] = []
    at, pattern = 0, _OUTSIDE
    while at < len(text):
        found = pattern.match(text, at)
        if found is None:
            raise ExpressionInvalid(_unreadable(text, at), at=at)
        kind, piece = found.lastgroup, found[0]
        if kind == "string":
            read.append(Token(Kind.STRING, _unquoted(piece, at), at))
        elif kind is not None and kind != "space":
            read.append(Token(Kind(kind), piece, at))
            if piece in {"[", "]"}:
                pattern = _IN_BRACKETS if piece == "[" else _OUTSIDE
        at = found.end()
        if len(read) > TOKENS_MAX:
            raise ExpressionInvalid(f"an expression has at most {TOKENS_MAX} words and signs", at=at)
    read.append(Token(Kind.END, "", len(text)))
    return read


def quoted(text: str) -> str:
    """A text as a string of PromQL."""
    for character, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        text = text.replace(character, escaped)
    return f'"{text}"'


def _unreadable(text: str, at: int) -> str:
    if text[at] in "\"'`":
        return "a string that does not end"
    return f"{text[at : at + 20]!r} can't be read"


def _unquoted(literal: str, at: int) -> str:
    inner = literal[1:-1]
    if literal[0] == "`" or "\\" not in inner:
        return inner
    try:
        # Escapes may give the bytes of one character one by one, as in Go.
        return _ESCAPED.sub(_unescaped, inner).encode("utf-8", "surrogateescape").decode("utf-8")
    except ValueError as error:
        raise ExpressionInvalid("a string with an escape that is none of Go's", at=at) from error


def _unescaped(found: re.Match[str]) -> str:
    simple, byte, octal, short, long, _ = found.groups()
    if simple:
        return _ESCAPES[simple]
    if byte or octal:
        value = int(byte, 16) if byte else int(octal, 8)
        return bytes([value]).decode("utf-8", "surrogateescape")
    if short or long:
        return chr(int(short or long, 16))
    raise ValueError(found[0])

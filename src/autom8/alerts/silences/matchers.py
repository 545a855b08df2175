"""Matchers of labels, as Alertmanager has them: `name="x"`, `!=`, `=~`, `!~`. Regular expressions are RE2's.

Pure. Anybody who may silence writes such an expression, and each notice is held against it: RE2 takes a time
that is linear in the label, whatever it is asked. It matches the whole value; a missing label is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import re2

from autom8.kernel.errors import Invalid

MATCHERS_MAX: Final = 50
NAME_CHARS_MAX: Final = 200
VALUE_CHARS_MAX: Final = 1_000
TEXT_CHARS_MAX: Final = 100_000
_BARE: Final = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*", re.ASCII)
_ONE: Final = re.compile(
    r"""\s*([A-Za-z_:][A-Za-z0-9_:]*|"(?:[^"\\]|\\.)+")\s*"""  # a name, in quotes if it must be
    r"""(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"\s*|(?:[^",\\]|\\.)*)""",
    re.ASCII | re.DOTALL,
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", '"': '"', "\\": "\\"}


class Operator(StrEnum):
    """How a value is compared."""

    EQUAL = "="
    NOT_EQUAL = "!="
    MATCHES = "=~"
    NOT_MATCHES = "!~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One comparison of a label's value."""

    name: str
    operator: Operator
    value: str

    def check(self) -> Matcher:
        """This matcher, if it can be meant.

        Raises:
            Invalid: the name is none of a label, the value too long, or no regular expression of RE2.
        """
        if not 1 <= len(self.name) <= NAME_CHARS_MAX or "\0" in self.name:
            raise _refused(f"the name of a label has 1 to {NAME_CHARS_MAX} characters, and no NUL")
        if len(self.value) > VALUE_CHARS_MAX or "\0" in self.value:
            raise _refused(f"a value has at most {VALUE_CHARS_MAX} characters, and no NUL")
        if self.regular:
            _compiled(self.value)
        return self

    @property
    def regular(self) -> bool:
        """Whether the value is a regular expression."""
        return self.operator in {Operator.MATCHES, Operator.NOT_MATCHES}

    @property
    def positive(self) -> bool:
        """Whether it asks for a value, rather than against one."""
        return self.operator in {Operator.EQUAL, Operator.MATCHES}

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether these labels are as it asks."""
        value = labels.get(self.name, "")
        same = bool(_compiled(self.value).fullmatch(value)) if self.regular else value == self.value
        return same is self.positive

    def __str__(self) -> str:
        name = self.name if _BARE.fullmatch(self.name) else _quoted(self.name)
        return f"{name}{self.operator}{_quoted(self.value)}"


def matches(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether all of these match."""
    return all(each.matches(labels) for each in matchers)


def check_all(matchers: Sequence[Matcher]) -> tuple[Matcher, ...]:
    """Matchers that can be meant together.

    Raises:
        Invalid: there is none, or too many, or one can't be meant.
    """
    if not 1 <= len(matchers) <= MATCHERS_MAX:
        raise _refused(f"there must be 1 to {MATCHERS_MAX}")
    return tuple(each.check() for each in matchers)


def check_some(matchers: Sequence[Matcher]) -> tuple[Matcher, ...]:
    """The same, where they must not match everything.

    Raises:
        Invalid: likewise, or they match what has no labels at all.
    """
    checked = check_all(matchers)
    if matches(checked, {}):
        raise _refused("at least one must ask for something: these match what has no labels at all")
    return checked


def read_all(text: str) -> tuple[Matcher, ...]:
    """Matchers from text: `alertname="failed", task=~"db.*"`, with or without braces and quotes.

    A name that is none of Prometheus's classic ones stands in quotes: `"service.name"="shop"`.

    Raises:
        Invalid: it is no list of matchers.
    """
    if len(text) > TEXT_CHARS_MAX:
        raise _refused(f"a text has at most {TEXT_CHARS_MAX} characters")
    inner = text.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1]
    read: list[Matcher] = []
    for each in _each(inner):
        read.append(each)
        if len(read) > MATCHERS_MAX:
            raise _refused(f"there may be at most {MATCHERS_MAX}")
    return tuple(read)


def matcher_of(data: Mapping[str, Any]) -> Matcher:
    """A matcher from JSON: `{name, value, isRegex, isEqual}`, Alertmanager's form.

    Raises:
        Invalid: it is none.
    """
    name, value = data.get("name"), data.get("value")
    regular, equal = data.get("isRegex", False), data.get("isEqual", True)
    if not isinstance(name, str) or not isinstance(value, str):
        raise _refused("each has a name and a value")
    if not isinstance(regular, bool) or not isinstance(equal, bool):
        raise _refused("isRegex and isEqual are true or false")
    operator = {
        (False, True): Operator.EQUAL,
        (False, False): Operator.NOT_EQUAL,
        (True, True): Operator.MATCHES,
        (True, False): Operator.NOT_MATCHES,
    }[regular, equal]
    return Matcher(name=name, operator=operator, value=value).check()


def matcher_json(matcher: Matcher) -> dict[str, Any]:
    """The JSON form of a matcher."""
    return {
        "name": matcher.name,
        "value": matcher.value,
        "isRegex": matcher.regular,
        "isEqual": matcher.positive,
    }


def _each(text: str) -> Iterator[Matcher]:
    at, text = 0, text.rstrip()
    while at < len(text):
        found = _ONE.match(text, at)
        if found is None:
            raise _refused(f'can\'t be read from {text[at : at + 40]!r} on; write name="value"')
        name, value = _unquoted(found[1]), _unquoted(found[3].strip())
        yield Matcher(name=name, operator=Operator(found[2]), value=value).check()
        at = found.end()
        if at < len(text):
            if text[at] != ",":
                raise _refused(f"there must be a comma before {text[at : at + 40]!r}")
            at += 1


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _unquoted(text: str) -> str:
    inner = text[1:-1] if text.startswith('"') else text
    return _ESCAPED.sub(lambda found: _ESCAPES.get(found[1], found[0]), inner)


@lru_cache(maxsize=1_024)
def _compiled(expression: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        return re2.compile(expression, options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise _refused(f"{expression[:50]!r} is no regular expression: {text[:100]}") from error


def _refused(why: str) -> Invalid:
    return Invalid(f"matchers: {why}", fields={"matchers": why})

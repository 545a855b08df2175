"""Options that several commands share, and the types of their values. Knows no command."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from autom8.cli.durations import parse_duration

if TYPE_CHECKING:
    from autom8.cli.parser import Parser


def add_server(parser: Parser) -> None:
    """Add the options that say which server is meant."""
    group = parser.add_argument_group("which server")
    group.add_argument("--url", metavar="URL", help="its address (also AUTOM8_URL, with AUTOM8_TOKEN)")
    group.add_argument("--data", metavar="DIR", help="the data folder of the server on this machine")


def add_json(parser: Parser) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help="print JSON, as the API gives it")


def add_limit(parser: Parser, default: int) -> None:
    """Add `--limit`."""
    parser.add_argument(
        "--limit", type=count, default=default, metavar="N", help=f"how many at most (default {default})"
    )


def count(text: str) -> int:
    """A whole number from 1 up."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def count_or_none(text: str) -> int:
    """A whole number from 0 up."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 up")
    return int(text)


def duration(text: str) -> timedelta:
    """A length of time."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def seconds(text: str) -> float:
    """A length of time, in seconds as the API takes them: a whole number where it is one."""
    value = duration(text).total_seconds()
    return int(value) if value.is_integer() else value


def several(of: type[StrEnum]) -> Callable[[str], str]:
    """Words of a kind, with commas between; in any letters."""

    def read(text: str) -> str:
        words = text.casefold().split(",")
        for word in words:
            if word not in set(of):
                raise argparse.ArgumentTypeError(f"{word!r} is not one of {', '.join(of)}")
        return ",".join(words)

    return read


def pair(text: str) -> tuple[str, str]:
    """`NAME=VALUE`."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value

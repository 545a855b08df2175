"""A contact from options, or as JSON from stdin: what the API is sent. Decides nothing about what is valid.

Other users of a machine can read a running command's arguments, so email, phone and notes may come by
`--stdin-json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import ContactChannel, Weekday

if TYPE_CHECKING:
    from autom8.cli.parser import Parser

_TEXTS: Final = ("email", "phone", "notes", "zone", "language")
_PART: Final = "-"


def add_contact_options(parser: Parser) -> None:
    """Add the options that say what a contact is."""
    parser.add_argument("--email", metavar="ADDRESS", help="where mail reaches them")
    parser.add_argument("--phone", metavar="NUMBER", help="with + and the country's code")
    parser.add_argument("--notes", metavar="TEXT", help="what else is worth knowing")
    _add_many(parser, "--tag", "TAG", "a word to find them by")
    _add_many(parser, "--group", "NAME", "a group that there is")
    parser.add_argument("--zone", metavar="ZONE", help="their time zone, such as Europe/Berlin")
    parser.add_argument("--language", metavar="TAG", help="such as de or pt-BR")
    parser.add_argument("--quiet", metavar="FROM-UNTIL", help="when not to tell them, such as 22:00-07:00")
    _add_many(parser, "--quiet-day", "DAY", "only on these days (mon, tue, …)", choices=[*map(str, Weekday)])
    _add_many(
        parser, "--channel", "CHANNEL", "how to tell them, the preferred first", [*map(str, ContactChannel)]
    )
    parser.add_argument(
        "--stdin-json",
        action="store_true",
        help="read the contact as JSON from stdin, which no other user of this machine sees",
    )


def _add_many(
    parser: Parser, option: str, metavar: str, text: str, choices: Sequence[str] | None = None
) -> None:
    parser.add_argument(
        option, action="append", metavar=metavar, choices=choices, help=f"{text}; may be repeated"
    )


def contact_of(args: argparse.Namespace) -> dict[str, Any]:
    """What is said of a contact, as the API takes it; an empty text says that there is none.

    Raises:
        Invalid: stdin is no JSON object, or the quiet hours are not FROM-UNTIL.
    """
    said: dict[str, Any] = read_object() if args.stdin_json else {}
    for name in _TEXTS:
        text: str | None = getattr(args, name)
        if text is not None:
            said[name] = text or None
    for option, name in (("tag", "tags"), ("group", "groups"), ("channel", "channels")):
        values: list[str] | None = getattr(args, option)
        if values is not None:
            said[name] = [value for value in values if value]
    if args.quiet is not None:
        said["quiet"] = _quiet(args.quiet, args.quiet_day)
    elif args.quiet_day:
        raise Invalid("--quiet-day needs --quiet FROM-UNTIL")
    return said


def read_object() -> dict[str, Any]:
    """The JSON object on stdin.

    Raises:
        Invalid: there is none.
    """
    try:
        value = json.loads(sys.stdin.read())
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Invalid('stdin must hold one JSON object, such as {"email": "ada@example.org"}')
    return value


def _quiet(text: str, days: list[str] | None) -> dict[str, Any] | None:
    if not text:
        return None
    start, dash, end = text.partition(_PART)
    if not dash:
        raise Invalid("--quiet takes two times, such as 22:00-07:00")
    quiet: dict[str, Any] = {"from": start.strip(), "until": end.strip()}
    return {**quiet, "days": days} if days else quiet

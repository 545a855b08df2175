"""A channel's form from options, stdin and prompts. A secret is never an argument: others can read those."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from typing import TYPE_CHECKING, Any

from autom8.cli.arguments import pair
from autom8.cli.wording import Json, visible
from autom8.kernel.errors import Invalid

if TYPE_CHECKING:
    from autom8.cli.parser import Parser


def add_field_options(parser: Parser) -> None:
    """Add the options that fill in a form."""
    parser.add_argument(
        "--set",
        metavar="FIELD=VALUE",
        type=pair,
        action="append",
        default=[],
        dest="given",
        help="a field that is no secret; `autom8 channel kinds KIND` names them; may be repeated",
    )
    parser.add_argument(
        "--secrets-stdin",
        action="store_true",
        help="read the secret fields from stdin, as JSON, or as one line where only one is asked for;"
        " they are prompted for otherwise",
    )


def add_wording_options(parser: Parser) -> None:
    """Add the options that say how messages are worded and how many are sent."""
    parser.add_argument("--subject", metavar="TEMPLATE", help="of its messages; empty for Autom8's own")
    parser.add_argument("--text", metavar="TEMPLATE", help="of its messages; empty for Autom8's own")
    parser.add_argument(
        "--at-most",
        metavar="NAME=NUMBER",
        type=pair,
        action="append",
        default=[],
        help="alone_max, kept_for_pages or digests_max messages to one contact in window_s seconds;"
        " may be repeated",
    )


def fields_of(args: argparse.Namespace, form: list[Json], *, new: bool) -> dict[str, Any]:
    """The fields as the API takes them.

    Of a new channel each secret that is needed is asked for; of one that is there those named by `--secret`.

    Raises:
        Invalid: a secret came as an argument, or nobody is there to type one, or stdin holds none.
    """
    by_name = {each["name"]: each for each in form}
    fields: dict[str, Any] = {}
    for name, text in args.given:
        field = by_name.get(name)
        if field is not None and field["secret"]:
            raise Invalid(f"{name} is secret: it comes by --secrets-stdin or is typed, never as an argument")
        fields[name] = int(text) if field and isinstance(field["default"], int) and text.isdecimal() else text
    fields |= dict.fromkeys(getattr(args, "unset", []))
    wanted = [each["name"] for each in form if each["secret"] and (new and each["required"])]
    wanted += [name for name in args.secret if name not in wanted]
    if args.secrets_stdin:
        return fields | _from_stdin([each["name"] for each in form if each["secret"]], wanted)
    for name in wanted:
        if not (by_name.get(name) or {"secret": False})["secret"]:
            raise Invalid(f"{visible(name)} is no secret field of this kind")
        fields[name] = _typed(by_name[name]["label"])
    return fields


def wording_of(args: argparse.Namespace, before: Json) -> dict[str, Any]:
    """Templates and limits as the API takes them, what is not given as it was."""
    changes: dict[str, Any] = {}
    templates = {
        name: value for name, value in (("subject", args.subject), ("text", args.text)) if value is not None
    }
    if templates:
        changes["templates"] = {**before.get("templates", {}), **templates}
    if args.at_most:
        limits = {name: int(text) if text.isdecimal() else text for name, text in args.at_most}
        changes["limits"] = {**before.get("limits", {}), **limits}
    return changes


def _from_stdin(known: list[str], wanted: list[str]) -> dict[str, Any]:
    text = sys.stdin.read().strip()
    if text.startswith("{"):
        try:
            given = json.loads(text)
        except ValueError:
            raise Invalid("stdin holds no JSON object") from None
        if others := sorted(set(given) - set(known)):
            raise Invalid(f"{visible(', '.join(others))}: no secret field of this kind")
        return dict(given)
    one = wanted if len(wanted) == 1 else known
    if len(one) != 1 or not text or "\n" in text:
        raise Invalid(f"stdin must hold a JSON object with {', '.join(known)}, each where it is wanted")
    return {one[0]: text}


def _typed(label: str) -> str:
    if not sys.stdin.isatty():
        raise Invalid(f"nobody is there to type a secret ({visible(label)}); give it with --secrets-stdin")
    return getpass.getpass(f"{visible(label)}: ")

"""How a password comes in: typed twice, typed once, by stdin, or made up.

It is never an argument, because other users of a machine can read those.
"""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from typing import TYPE_CHECKING

from autom8.cli.terminal import warn
from autom8.kernel.errors import Invalid

if TYPE_CHECKING:
    from autom8.cli.parser import Parser


def add_password_options(parser: Parser) -> None:
    """Add the ways to give a new password other than typing it."""
    group = parser.add_mutually_exclusive_group()
    add_password_stdin(group)
    group.add_argument("--generate", action="store_true", help="make one up, and show it once on stderr")


def add_password_stdin(parser: argparse._ActionsContainer) -> None:
    """Add `--password-stdin`."""
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from the first line of stdin"
    )


def new_password(args: argparse.Namespace) -> str:
    """A new password, by the way that was asked for; typed twice by default.

    Raises:
        Invalid: the two differ, or nobody is there to ask.
    """
    if args.generate:
        password = secrets.token_urlsafe(18)
        warn(f"password: {password}")
        return password
    if args.password_stdin:
        return _from_stdin()
    password = _ask("New password: ")
    if _ask("Once more: ") != password:
        raise Invalid("the two passwords differ; nothing was changed")
    return password


def known_password(args: argparse.Namespace, prompt: str) -> str:
    """A password that somebody knows.

    Raises:
        Invalid: nobody is there to ask.
    """
    return _from_stdin() if args.password_stdin else _ask(prompt)


def new_passphrase(args: argparse.Namespace) -> str:
    """A new passphrase, typed twice unless it comes by stdin.

    Raises:
        Invalid: the two differ, or nobody is there to ask.
    """
    words = passphrase(args)
    if not args.passphrase_stdin and _ask("Once more: ", "--passphrase-stdin") != words:
        raise Invalid("the two passphrases differ; nothing was written")
    return words


def passphrase(args: argparse.Namespace) -> str:
    """A passphrase that somebody knows.

    Raises:
        Invalid: nobody is there to ask.
    """
    return _from_stdin() if args.passphrase_stdin else _ask("Passphrase: ", "--passphrase-stdin")


def _from_stdin() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _ask(prompt: str, otherwise: str = "--password-stdin") -> str:
    if not sys.stdin.isatty():
        what = otherwise.removeprefix("--").removesuffix("-stdin")
        raise Invalid(f"nobody is there to type a {what}; give it with {otherwise}")
    return getpass.getpass(prompt)

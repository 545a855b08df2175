"""`autom8 login`: from here on, this user's commands go to a server elsewhere."""

from __future__ import annotations

import argparse
import getpass
import ipaddress
import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from autom8.cli.errors import SecondFactorNeeded
from autom8.cli.passwords import add_password_stdin, known_password
from autom8.cli.proving import ask_code
from autom8.cli.terminal import say
from autom8.cli.wording import visible
from autom8.kernel.errors import Invalid, Unauthenticated

if TYPE_CHECKING:
    from autom8.cli.parser import Parser


def register(parser: Parser) -> None:
    """Add the options of `autom8 login`."""
    parser.set_defaults(handler=login)
    parser.add_argument("url", metavar="URL", help="the server's address, such as https://autom8.example.org")
    parser.add_argument("--name", help="the user's name there (default: the name here)")
    add_password_stdin(parser)
    parser.add_argument(
        "--code", metavar="CODE", help="of your authenticator, or a recovery code; each is good once"
    )
    parser.add_argument(
        "--plain-http", action="store_true", help="send the password over a network that you trust"
    )


def login(args: argparse.Namespace) -> int:
    """Log in, and keep the login in the user's config folder (0600)."""
    from autom8.cli.logins import LoginFile, config_folder, log_in  # http.client and ssl: not to parse

    url = args.url.rstrip("/")
    if not args.plain_http:
        refuse_plain(url)
    name = args.name or getpass.getuser()
    password = known_password(args, f"Password of {visible(name)} at {visible(url)}: ")
    try:
        made = log_in(url, name=name, password=password, code=args.code)
    except SecondFactorNeeded:
        if not sys.stdin.isatty():
            raise Unauthenticated("a code of your authenticator is needed; give it with --code") from None
        made = log_in(url, name=name, password=password, code=ask_code())
    LoginFile(config_folder(os.environ)).put(made)
    say(f"logged in to {visible(url)} as {visible(made.name)}; commands go there until `autom8 logout`")
    return 0


def refuse_plain(url: str) -> None:
    """Make sure that nobody on the way can read what is sent to `url`.

    Raises:
        Invalid: somebody can.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise Invalid(f"{url!r} is not a server's address; write https://HOST[:PORT]") from None
    if parts.scheme == "http" and not _loopback(parts.hostname or ""):
        raise Invalid(
            "by http:// your password could be read on the way; write https://, or add --plain-http"
            " if you trust the network"
        )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

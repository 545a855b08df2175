"""`autom8 up`: the options of the server. What it does is `server`'s."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from autom8.kernel import defaults

if TYPE_CHECKING:
    from autom8.cli.parser import Parser


def register(parser: Parser) -> None:
    """Add the options of `autom8 up`."""
    parser.set_defaults(handler=up)
    parser.description = (
        "Start the server on this machine: API, page, scheduler and worker in one.\n"
        "Other settings are read from AUTOM8_* in the environment and from autom8.toml in the data folder."
    )
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    parser.add_argument(
        "--port", type=port, metavar="N", help=f"port (default {defaults.PORT}; 0: any free one)"
    )
    parser.add_argument("--data", metavar="DIR", help="data folder (default: AUTOM8_HOME, or your own)")


def port(text: str) -> int:
    """A TCP port, or 0."""
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to 65535")
    return int(text)


def up(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from autom8.cli.server import up as serve  # brings the whole server

    return serve(args)

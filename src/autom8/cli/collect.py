"""`autom8 collect`: the options of the host collector. What it does is `collect_service`'s."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from autom8.cli.arguments import duration
from autom8.cli.durations import show_duration
from autom8.kernel import defaults

if TYPE_CHECKING:
    from autom8.cli.parser import Parser

_DESCRIPTION: Final = (
    "Read what this host says of itself (CPU, memory, disks, network, processes) every few seconds, and\n"
    "send it to a server. It runs until TERM. While the server can't be reached, what was read waits in DIR."
)
_EVERY_MOST: Final = timedelta(hours=1)


def register(parser: Parser) -> None:
    """Add the options of `autom8 collect`."""
    parser.set_defaults(handler=collect)
    parser.description = _DESCRIPTION
    parser.add_argument("--server", metavar="URL", required=True, help="address of the server")
    parser.add_argument(
        "--key-file",
        metavar="FILE",
        required=True,
        help="file with an API key of the server, closed to others; read again for each batch",
    )
    every = show_duration(defaults.COLLECT_EVERY.total_seconds())
    parser.add_argument(
        "--every",
        type=_every,
        default=defaults.COLLECT_EVERY,
        metavar="TIME",
        help=f"how often to read, from 1s up (default {every})",
    )
    parser.add_argument(
        "--data",
        metavar="DIR",
        help="folder for what waits (default: STATE_DIRECTORY, as systemd gives it, or your own)",
    )
    parser.add_argument("--name", metavar="HOST", help="name of this host on the server (default: its own)")


def _every(text: str) -> timedelta:
    value = duration(text)
    if not timedelta(seconds=1) <= value <= _EVERY_MOST:
        raise argparse.ArgumentTypeError(f"{text!r} is not from 1s to 1h")
    return value


def collect(args: argparse.Namespace) -> int:
    """Collect until told to stop."""
    from autom8.cli.collect_service import collect as run  # brings what reads and sends

    return run(args)

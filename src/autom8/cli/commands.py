"""What commands that ask a server share: how they are declared, and how a list is told. Knows no resource."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autom8.cli.arguments import add_json, add_server
from autom8.cli.parser import Handler, Parser, add_command
from autom8.cli.terminal import Column, print_json, print_table, warn
from autom8.cli.wording import Json

if TYPE_CHECKING:
    from autom8.cli.client import Listing
    from autom8.cli.parser import Subparsers


Row = Callable[[Json], Sequence[object]]


@dataclass(frozen=True, slots=True)
class Word:
    """A word that commands take, most often for what they are about."""

    name: str
    metavar: str
    help: str
    type: Callable[[str], Any] = str
    nargs: str | None = None


def command(
    commands: Subparsers,
    name: str,
    handler: Handler,
    summary: str,
    *words: Word,
    more: str = "",
    as_json: bool = True,
) -> Parser:
    """Add a command with its words, with `--json` unless it has none, and with those that name a server."""
    parser = add_command(commands, name, handler, summary=summary, more=more)
    for word in words:
        parser.add_argument(word.name, metavar=word.metavar, help=word.help, type=word.type, nargs=word.nargs)
    if as_json:
        add_json(parser)
    add_server(parser)
    return parser


def tell_list(
    args: argparse.Namespace,
    found: Listing,
    columns: Sequence[Column],
    row: Callable[[Json], Sequence[object]],
) -> int:
    """Show a list as a table with a row for each item, or with `--json` as JSON; the exit code of success."""
    if args.json:
        print_json(found.items)
    else:
        print_table(columns, [row(each) for each in found.items])
    warn_of_more(args, more=found.more)
    return 0


def warn_of_more(args: argparse.Namespace, *, more: bool) -> None:
    """Say that `--limit` left some out."""
    if more:
        warn(f"autom8: there are more than {args.limit}; ask for more with --limit")


def titled(*titles: str, numbers: Sequence[str] = ("NUMBER",)) -> list[Column]:
    """Columns of these titles, of which some are numbers."""
    return [Column(title, number=title in numbers) for title in titles]

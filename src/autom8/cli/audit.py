"""`autom8 audit`: who did what, and the proof of it. For administrators."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Final

from autom8.cli.arguments import add_json, add_limit, add_server
from autom8.cli.audit_proof import register_proof
from autom8.cli.commands import tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.parser import add_command, add_commands
from autom8.cli.wording import Json, show_instant

if TYPE_CHECKING:
    from autom8.cli.parser import Parser

ENTRIES_LISTED: Final = 50
_FILTERS: Final = {
    "--actor": ("NAME", "only what this one did"),
    "--action": ("ACTION", "only this, such as task.paused"),
    "--object-type": ("TYPE", "only what was done to these, such as task"),
    "--object-id": ("NUMBER", "only what was done to the one with this number"),
    "--since": ("INSTANT", "only from then on"),
    "--until": ("INSTANT", "only before then"),
}


def register(group: Parser) -> None:
    """Add the commands of `autom8 audit`."""
    commands = add_commands(group)
    listing = add_command(commands, "list", list_entries, summary="show entries, the newest first")
    for option, (metavar, text) in _FILTERS.items():
        listing.add_argument(option, metavar=metavar, help=text)
    add_json(listing)
    add_limit(listing, ENTRIES_LISTED)
    add_server(listing)
    register_proof(commands)


def list_entries(args: argparse.Namespace) -> int:
    """Show entries of the audit trail, the newest first."""
    names = (option.removeprefix("--").replace("-", "_") for option in _FILTERS)
    which = {name: getattr(args, name) for name in names}
    with connect(args) as client:
        found = client.items("/audit", limit=args.limit, **which)
    columns = titled("ENTRY", "AT", "WHO", "DID", "TO", "MORE", numbers=("ENTRY",))
    return tell_list(args, found, columns, _row)


def _row(entry: Json) -> tuple[object, ...]:
    actor = entry["actor"]
    what = f"{entry['object_type'] or ''} {entry['object_id'] or ''}".strip()
    return (
        entry["seq"],
        show_instant(entry["at"]),
        actor["name"] or actor["kind"],
        entry["action"],
        what or None,
        json.dumps(entry["details"], ensure_ascii=False) if entry["details"] else None,
    )

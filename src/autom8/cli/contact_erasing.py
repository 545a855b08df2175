"""`autom8 contact erase` and `erasures`: erase a contact, show that it was, repeat it after a restore."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from autom8.cli.arguments import add_json, add_limit, add_server, count
from autom8.cli.commands import tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.parser import add_command
from autom8.cli.terminal import print_fields, print_json, say, warn
from autom8.cli.wording import Json, show_instant, visible
from autom8.kernel.errors import Invalid

if TYPE_CHECKING:
    from autom8.cli.parser import Subparsers

ERASURES_LISTED: Final = 200
ALL: Final = 100_000_000
BATCH: Final = 1_000  # as many as one request may repeat
FORMAT: Final = "autom8-erasures"


def register(commands: Subparsers) -> None:
    """Add these commands to `autom8 contact`."""
    erasing = add_command(
        commands,
        "erase",
        erase_contact,
        summary="erase a contact for ever",
        more="Asks for the name, unless it is given. With --replay, erases whom another copy has erased.",
    )
    which = erasing.add_mutually_exclusive_group(required=True)
    which.add_argument("number", metavar="NUMBER", type=count, nargs="?", help="the contact's number")
    which.add_argument(
        "--replay", metavar="FILE", type=Path, help="what `erasures --export` wrote, after a restore"
    )
    erasing.add_argument("--confirm", metavar="NAME", help="the contact's name, in place of typing it")
    erasing.add_argument("--reason", metavar="TEXT", default="", help="kept for ever, so it must name nobody")
    listing = add_command(commands, "erasures", list_erasures, summary="show who was erased, by number only")
    listing.add_argument("number", metavar="NUMBER", type=count, nargs="?", help="only this certificate")
    listing.add_argument("--export", action="store_true", help="all, as the file that --replay reads")
    add_limit(listing, ERASURES_LISTED)
    for parser in (erasing, listing):
        add_json(parser)
        add_server(parser)


def erase_contact(args: argparse.Namespace) -> int:
    """Erase a contact, and show the certificate."""
    if args.replay is not None:
        return _replay(args)
    path = f"/contacts/{args.number}"
    with connect(args) as client:
        confirm = args.confirm if args.confirm is not None else _ask(client.get(path).body)
        certificate = client.post(f"{path}/erase", {"confirm": confirm, "reason": args.reason}).body
    return _show(args, certificate)


def list_erasures(args: argparse.Namespace) -> int:
    """Show certificates of erasures, the latest first, or write them all as JSON."""
    with connect(args) as client:
        if args.number is not None:
            return _show(args, client.get(f"/contacts/erasures/{args.number}").body)
        found = client.items("/contacts/erasures", limit=ALL if args.export else args.limit)
        if args.export:
            installation = client.get("/contacts/erasures", limit=1).body["installation"]
            print_json(
                {"format": FORMAT, "version": 1, "installation": installation, "erasures": found.items}
            )
            return 0
    titles = ("CONTACT", "ERASED", "BY", "AUDIT ENTRY", "REASON")
    return tell_list(args, found, titled(*titles, numbers=("CONTACT", "AUDIT ENTRY")), _row)


def _row(certificate: Json) -> tuple[object, ...]:
    return (
        certificate["contact_id"],
        show_instant(certificate["erased_at"]),
        certificate["erased_by"],
        certificate["audit_seq"],
        certificate["reason"] or None,
    )


def _replay(args: argparse.Namespace) -> int:
    told = _read(args.replay)
    fate: dict[str, int] = {}
    with connect(args) as client:
        for start in range(0, len(told["erasures"]), BATCH):
            some = told["erasures"][start : start + BATCH]
            body = {"installation": told.get("installation"), "erasures": some}
            for name, number in client.post("/contacts/erasures/replay", body).body.items():
                fate[name] = fate.get(name, 0) + number
    if args.json:
        print_json(fate)
    else:
        say(
            f"erased {fate.get('erased', 0)} contacts again; {fate.get('known', 0)} were gone already,"
            f" {fate.get('noted', 0)} were never here;"
            f" the numbers of {fate.get('given_anew', 0)} are somebody else's now"
        )
    return 0


def _read(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Invalid(f"{path} can't be read: {(error.strerror or str(error)).lower()}") from None
    except ValueError:
        raise Invalid(f"{path} can't be read: it is no JSON in UTF-8") from None
    if (
        not isinstance(told, dict)
        or told.get("format") != FORMAT
        or not isinstance(told.get("erasures"), list)
    ):
        raise Invalid(f"{path} is not what `autom8 contact erasures --export` writes")
    return told


def _ask(contact: Json) -> str:
    if not sys.stdin.isatty():
        raise Invalid("nobody is there to type the name; give it with --confirm")
    name = visible(contact["name"])
    warn(f"This erases {name} (contact {contact['id']}) for ever. Nothing brings them back.")
    return input("Type the name to confirm: ")


def _show(args: argparse.Namespace, certificate: Json) -> int:
    if args.json:
        print_json(certificate)
        return 0
    say("CERTIFICATE OF ERASURE")
    print_fields(
        {
            "contact": certificate["contact_id"],
            "erased": show_instant(certificate["erased_at"]),
            "by": certificate["erased_by"],
            "reason": certificate["reason"],
            "data key destroyed": certificate["data_key_id"],
            "audit entry": certificate["audit_seq"],
            "audit hash": certificate["audit_hash"],
        }
    )
    return 0

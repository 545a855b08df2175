"""`autom8 contact`: whom Autom8 tells. List, show, search, add, edit and merge them, tag and group them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from autom8.cli import contact_erasing, contact_files, contact_sets
from autom8.cli.arguments import add_limit, count
from autom8.cli.commands import Word, command, tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.contact_options import add_contact_options, contact_of, read_object
from autom8.cli.parser import Parser, add_commands
from autom8.cli.terminal import print_fields, print_json, say, tell, warn
from autom8.cli.wording import Json, show_instant, visible
from autom8.kernel.errors import Invalid

if TYPE_CHECKING:
    from autom8.cli.client import Listing
    from autom8.cli.parser import Subparsers

CONTACTS_LISTED: Final = 200
_TAKEN: Final = ("name", "email", "phone", "notes", "zone", "language", "quiet", "channels")
_COLUMNS: Final = ("NUMBER", "NAME", "EMAIL", "PHONE", "TAGS", "GROUPS")
_NUMBER: Final = Word("number", "NUMBER", "the contact's number", type=count)


def register(group: Parser) -> None:
    """Add the commands of `autom8 contact`."""
    commands = add_commands(group)
    _register_reading(commands)
    _register_writing(commands)
    contact_sets.register(commands)
    contact_erasing.register(commands)
    contact_files.register(commands)


def _register_reading(commands: Subparsers) -> None:
    listing = command(commands, "list", list_contacts, "show all contacts, by name")
    listing.add_argument("--tag", metavar="TAG", help="only those with this tag")
    listing.add_argument("--group", metavar="NAME", help="only those in this group")
    add_limit(listing, CONTACTS_LISTED)
    command(commands, "show", show_contact, "show one contact", _NUMBER)
    searching = command(commands, "search", search_contacts, "find contacts by name, email or phone")
    searching.epilog = 'On stdin: {"email": "ada@example.org"} or {"phone": "+49 30 901820"}.'
    searching.add_argument("named", metavar="WORD", nargs="*", help="a word of the name, or its beginning")
    searching.add_argument("--email", metavar="ADDRESS", help="exactly this")
    searching.add_argument("--phone", metavar="NUMBER", help="exactly this")
    searching.add_argument(
        "--stdin-json",
        action="store_true",
        help="read what to find as JSON, unseen by others on this machine",
    )
    add_limit(searching, CONTACTS_LISTED)


def _register_writing(commands: Subparsers) -> None:
    adding = command(commands, "add", add_contact, "add a contact")
    adding.epilog = "example:\n  autom8 contact add 'Ada Lovelace' --tag oncall --stdin-json < ada.json"
    adding.add_argument("name", metavar="NAME", help="as people write it")
    add_contact_options(adding)
    editing = command(commands, "edit", edit_contact, "change what is given, and leave the rest", _NUMBER)
    editing.epilog = "An empty text takes a value away. Tags, groups and channels that are given replace all."
    editing.add_argument("--name", metavar="NEW", dest="new_name", help="a new name")
    add_contact_options(editing)
    merging = command(
        commands, "merge", merge_contacts, "merge another contact into this one, and erase it", _NUMBER
    )
    merging.add_argument("other", metavar="OTHER", type=count, help="the number of the one that goes")
    merging.add_argument(
        "--take", action="append", choices=_TAKEN, default=[], help="take the other's; may be repeated"
    )
    merging.add_argument("--join-notes", action="store_true", help="keep the notes of both")
    merging.add_argument("--yes", action="store_true", help="do not ask whether these two are meant")


def list_contacts(args: argparse.Namespace) -> int:
    """Show contacts, by name."""
    with connect(args) as client:
        group = contact_sets.find_group(client, args.group).body["id"] if args.group else None
        found = client.items("/contacts", limit=args.limit, tag=args.tag, group_id=group)
    return _show(args, found)


def search_contacts(args: argparse.Namespace) -> int:
    """Find contacts."""
    asked: dict[str, Any] = read_object() if args.stdin_json else {}
    given = {"q": " ".join(args.named), "email": args.email, "phone": args.phone}
    asked |= {name: value for name, value in given.items() if value}
    if not asked:
        raise Invalid("nothing to find is given; see `autom8 contact search --help`")
    with connect(args) as client:
        found = client.found("/contacts/search", asked, limit=args.limit)
    return _show(args, found)


def show_contact(args: argparse.Namespace) -> int:
    """Show one contact with all that is known."""
    with connect(args) as client:
        contact = client.get(f"/contacts/{args.number}").body
    if args.json:
        print_json(contact)
        return 0
    print_fields(_fields(contact))
    if contact["masked"]:
        warn("autom8: email and phone are masked, and notes left out: to see them needs contacts:pii")
    for name in contact["unreadable"]:
        warn(f"autom8: the {name} is stored, but can't be decrypted")
    return 0


def add_contact(args: argparse.Namespace) -> int:
    """Add a contact."""
    body = {"name": args.name, **contact_of(args)}
    with connect(args) as client:
        contact = client.post("/contacts", body).body
    return tell(args, contact, f"added contact {contact['id']}, {visible(contact['name'])}")


def edit_contact(args: argparse.Namespace) -> int:
    """Change a contact, unless somebody else did so since it was read."""
    changes = contact_of(args)
    if args.new_name is not None:
        changes["name"] = args.new_name
    if not changes:
        raise Invalid("nothing to change is given; see `autom8 contact edit --help`")
    path = f"/contacts/{args.number}"
    with connect(args) as client:
        contact = client.patch(path, changes, etag=client.get(path).etag).body
    return tell(args, contact, f"changed contact {contact['id']}, {visible(contact['name'])}")


def merge_contacts(args: argparse.Namespace) -> int:
    """Merge two contacts, unless somebody changed one of them since they were read."""
    path = f"/contacts/{args.number}"
    with connect(args) as client:
        kept, other = client.get(path), client.get(f"/contacts/{args.other}").body
        if not args.yes and not _agreed(kept.body, other, args.take):
            say("nothing was changed")
            return 0
        body = {
            "other_id": args.other,
            "other_version": other["version"],
            "take": args.take,
            "join_notes": args.join_notes,
        }
        contact = client.post(f"{path}/merge", body, etag=kept.etag).body
    sentence = f"merged contact {args.other} into {contact['id']}, {visible(contact['name'])}, and erased it"
    return tell(args, contact, sentence)


def _agreed(kept: Json, other: Json, taken: Sequence[str]) -> bool:
    """Whether somebody at the terminal says that these two are one person; one of them goes for ever.

    Raises:
        Invalid: nobody is there to say so.
    """
    if not sys.stdin.isatty():
        raise Invalid("nobody is there to say that these two are meant; say so with --yes")
    warn(f"This erases {visible(other['name'])} (contact {other['id']}) for ever.")
    dropped = [
        name for name in ("email", "phone") if kept[name] and other[name] and kept[name] != other[name]
    ]
    for name in dropped:
        gone = kept if name in taken else other
        warn(f"Of the two, this {name} is dropped: {visible(gone[name])}")
    return input(f"Merge them into {visible(kept['name'])} (contact {kept['id']})? [y/N] ").strip() in {
        "y",
        "yes",
    }


def _show(args: argparse.Namespace, found: Listing) -> int:
    code = tell_list(args, found, titled(*_COLUMNS), _row)
    if not args.json:
        for contact in found.items:
            if contact["unreadable"]:
                what = ", ".join(map(visible, contact["unreadable"]))
                warn(f"autom8: of contact {contact['id']} this is stored, but can't be decrypted: {what}")
    return code


def _row(contact: Json) -> tuple[object, ...]:
    return (
        contact["id"],
        contact["name"],
        contact["email"],
        contact["phone"],
        ", ".join(contact["tags"]) or None,
        _groups(contact) or None,
    )


def _groups(contact: Json) -> str:
    return ", ".join(group["name"] for group in contact["groups"])


def _fields(contact: Json) -> dict[str, object]:
    quiet = contact["quiet"]
    return {
        "number": contact["id"],
        "name": contact["name"],
        "email": contact["email"],
        "phone": contact["phone"],
        "notes": contact["notes"],
        "tags": ", ".join(contact["tags"]),
        "groups": _groups(contact),
        "zone": contact["zone"],
        "language": contact["language"],
        "quiet": quiet and f"{quiet['from']} to {quiet['until']}, {' '.join(quiet['days'])}",
        "channels": ", ".join(contact["channels"]),
        "added": show_instant(contact["created_at"]),
        "changed": show_instant(contact["updated_at"]),
    }

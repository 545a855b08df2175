"""`autom8 contact tag`, `group` and `duplicates`: contacts taken together."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from autom8.cli.arguments import add_json, add_limit, add_server, count
from autom8.cli.commands import titled, warn_of_more
from autom8.cli.connection import connect
from autom8.cli.errors import NoSuchGroup
from autom8.cli.parser import add_command
from autom8.cli.terminal import Column, print_json, print_table, tell, warn
from autom8.cli.wording import Json, visible
from autom8.kernel.errors import Invalid

if TYPE_CHECKING:
    from autom8.cli.client import Answer, Client
    from autom8.cli.parser import Parser, Subparsers

SETS_LISTED: Final = 50
GROUPS_READ: Final = 10_000


def register(commands: Subparsers) -> None:
    """Add these commands to `autom8 contact`."""
    tagging = add_command(commands, "tag", tag_contacts, summary="tag contacts, or show the tags in use")
    tagging.add_argument("tag", metavar="TAG", nargs="?", help="left out, all tags in use are shown")
    _add_numbers(tagging)
    tagging.add_argument("--remove", action="store_true", help="take the tag off instead")
    grouping = add_command(commands, "group", group_contacts, summary="group contacts, or show the groups")
    grouping.add_argument("name", metavar="NAME", nargs="?", help="left out, all groups are shown")
    _add_numbers(grouping)
    grouping.add_argument("--remove", action="store_true", help="take the contacts out of the group instead")
    only = grouping.add_mutually_exclusive_group()
    only.add_argument("--create", action="store_true", help="make the group first")
    only.add_argument("--rename", metavar="NEW", help="give the group another name")
    only.add_argument("--delete", action="store_true", help="remove the group; its members stay contacts")
    grouping.add_argument("--description", metavar="TEXT", help="with --create or --rename: what it is for")
    sets = add_command(
        commands, "duplicates", list_duplicates, summary="show contacts that may be one person"
    )
    add_limit(sets, SETS_LISTED)
    for parser in (tagging, grouping, sets):
        add_json(parser)
        add_server(parser)


def _add_numbers(parser: Parser) -> None:
    parser.add_argument("numbers", metavar="NUMBER", nargs="*", type=count, help="contacts")


def tag_contacts(args: argparse.Namespace) -> int:
    """Tag contacts, or take a tag off them; without a tag show those in use."""
    with connect(args) as client:
        if args.tag is None:
            return _show_tags(args, client.get("/contacts/tags").body["items"])
        if not args.numbers:
            raise Invalid("name the contacts by their numbers; `autom8 contact list` shows them")
        action = "untag" if args.remove else "tag"
        body = {"ids": args.numbers, "action": action, "tag": args.tag}
        fate = client.post("/contacts/bulk", body).body
    return _tell_fate(args, fate)


def group_contacts(args: argparse.Namespace) -> int:
    """Change a group, or who is in it; without a name show all groups."""
    with connect(args) as client:
        if args.name is None:
            return _show_groups(args, client.items("/groups", limit=GROUPS_READ).items)
        if args.create:
            body = {"name": args.name, "description": args.description or ""}
            group = client.post("/groups", body).body
        else:
            found = find_group(client, args.name)
            group = found.body
            if args.delete:
                client.delete(f"/groups/{group['id']}", etag=found.etag)
                return tell(args, group, f"removed group {visible(group['name'])}; its members stay contacts")
            group = _changed(client, found, args)
        if not args.numbers:
            members = "1 member" if group["members"] == 1 else f"{group['members']} members"
            return tell(args, group, f"group {visible(group['name'])} has {members}")
        action = "remove_from_group" if args.remove else "add_to_group"
        ask = {"ids": args.numbers, "action": action, "group_id": group["id"]}
        fate = client.post("/contacts/bulk", ask).body
    return _tell_fate(args, fate)


def _changed(client: Client, found: Answer, args: argparse.Namespace) -> Json:
    changes = {"name": args.rename, "description": args.description}
    given = {name: value for name, value in changes.items() if value is not None}
    group: Json = found.body
    if given:
        group = client.patch(f"/groups/{group['id']}", given, etag=found.etag).body
    return group


def find_group(client: Client, name: str) -> Answer:
    """The group of this name, with its version.

    Raises:
        NotFound: there is none.
    """
    for group in client.items("/groups", limit=GROUPS_READ).items:
        if group["name"].casefold() == name.casefold():
            return client.get(f"/groups/{group['id']}")
    raise NoSuchGroup(f"no group is named {name}; `autom8 contact group` shows those there are")


def list_duplicates(args: argparse.Namespace) -> int:
    """Show sets of contacts that share a phone number or a name."""
    with connect(args) as client:
        found = client.items("/contacts/duplicates", limit=args.limit, page_max=SETS_LISTED)
    if args.json:
        print_json(found.items)
    else:
        columns = titled("SAME", "NUMBER", "NAME", "EMAIL", "PHONE")
        rows = [
            (
                each["reason"] if place == 0 else "",
                contact["id"],
                contact["name"],
                contact["email"],
                contact["phone"],
            )
            for each in found.items
            for place, contact in enumerate(each["contacts"])
        ]
        print_table(columns, rows)
    warn_of_more(args, more=found.more)
    return 0


def _show_tags(args: argparse.Namespace, tags: list[Json]) -> int:
    if args.json:
        print_json(tags)
    else:
        columns = [Column("TAG"), Column("CONTACTS", number=True)]
        print_table(columns, [(tag["tag"], tag["count"]) for tag in tags])
    return 0


def _show_groups(args: argparse.Namespace, groups: list[Json]) -> int:
    if args.json:
        print_json(groups)
    else:
        columns = [Column("GROUP"), Column("CONTACTS", number=True), Column("DESCRIPTION")]
        print_table(
            columns, [(each["name"], each["members"], each["description"] or None) for each in groups]
        )
    return 0


def _tell_fate(args: argparse.Namespace, fate: Json) -> int:
    if lacking := len(set(args.numbers)) - fate["matched"]:
        warn(f"autom8: no contact has {'one' if lacking == 1 else lacking} of these numbers")
    return tell(args, fate, f"changed {fate['changed']} of {fate['matched']} contacts")

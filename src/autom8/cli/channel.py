"""`autom8 channel`: the ways on which people are told, their forms, and a test of each."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from autom8.cli.arguments import add_limit
from autom8.cli.channel_fields import add_field_options, add_wording_options, fields_of, wording_of
from autom8.cli.commands import Word, command, tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.exits import Exit
from autom8.cli.finding import find_contact, find_named
from autom8.cli.parser import Parser, add_commands
from autom8.cli.terminal import Column, print_fields, print_json, print_table, say, tell
from autom8.cli.wording import Json, show_instant, visible
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import ChannelKind

if TYPE_CHECKING:
    from autom8.cli.client import Client

CHANNELS: Final = "/channels"
CHANNELS_LISTED: Final = 200
_NOUN: Final = "channel"
_EXAMPLE: Final = """\
example: mail by STARTTLS, and a room of Slack
  autom8 channel add Mail --kind email --set host=mail.example.org --set username=autom8 \\
    --set sender=autom8@example.org --secret password
  autom8 channel add Ops --kind slack --secrets-stdin < webhook-url"""
_CHANNEL: Final = Word("channel", "CHANNEL", "its name or number")


def register(group: Parser) -> None:
    """Add the commands of `autom8 channel`."""
    commands = add_commands(group)
    kinds = command(commands, "kinds", list_kinds, "show which kinds there are, or what one asks for")
    kinds.add_argument("kind", metavar="KIND", nargs="?", choices=[*map(str, ChannelKind)], help="its form")
    add_limit(command(commands, "list", list_channels, "show all channels, by name"), CHANNELS_LISTED)
    command(commands, "show", show_channel, "show one channel; what is secret in it is only named", _CHANNEL)
    adding = command(commands, "add", add_channel, "add a channel")
    adding.epilog = _EXAMPLE
    adding.add_argument("name", metavar="NAME", help="a new name")
    adding.add_argument(
        "--kind", metavar="KIND", required=True, choices=[*map(str, ChannelKind)], help=", ".join(ChannelKind)
    )
    adding.add_argument("--contact", metavar="CONTACT", help="whom alone it reaches, by number or name")
    adding.add_argument("--disabled", action="store_true", help="nothing is sent until it is enabled")
    changing = command(
        commands, "change", change_channel, "change what is given, and leave the rest", _CHANNEL
    )
    changing.add_argument("--name", metavar="NEW", dest="new_name", help="a new name")
    changing.add_argument(
        "--unset", metavar="FIELD", action="append", default=[], help="empty a field; may be repeated"
    )
    on = changing.add_mutually_exclusive_group()
    on.add_argument("--enable", action="store_true", default=None, dest="enabled", help="send by it again")
    on.add_argument("--disable", action="store_false", dest="enabled", help="send nothing by it")
    for parser in (adding, changing):
        add_field_options(parser)
        parser.add_argument(
            "--secret",
            metavar="FIELD",
            action="append",
            default=[],
            help="be asked for this secret field too; may be repeated",
        )
        add_wording_options(parser)
    command(
        commands, "remove", remove_channel, "remove a channel, and with it the key of its secrets", _CHANNEL
    )
    testing = command(commands, "test", test_channel, "send a test message, and say how that went", _CHANNEL)
    testing.add_argument("--contact", metavar="CONTACT", help="to whom, where the channel reaches contacts")


def list_kinds(args: argparse.Namespace) -> int:
    """Show kinds of channels, or the form of one."""
    with connect(args) as client:
        kinds = client.get(f"{CHANNELS}/kinds").body["items"]
    if args.kind is not None:
        kinds = [each for each in kinds if each["kind"] == args.kind]
    if args.json:
        print_json(kinds)
    elif args.kind is None:
        rows = [(each["kind"], each["way"], _reach(each), _asked(each)) for each in kinds]
        print_table([Column("KIND"), Column("WAY"), Column("REACHES"), Column("ASKS FOR")], rows)
    else:
        columns = [Column(title) for title in ("FIELD", "NEEDED", "SECRET", "DEFAULT", "WHAT")]
        print_table(columns, [_field_row(field) for each in kinds for field in each["fields"]])
    return 0


def list_channels(args: argparse.Namespace) -> int:
    """Show channels, by name."""
    with connect(args) as client:
        found = client.items(CHANNELS, limit=args.limit)
    return tell_list(args, found, titled("NUMBER", "NAME", "KIND", "STATE", "DELIVERED"), _row)


def show_channel(args: argparse.Namespace) -> int:
    """Show one channel."""
    with connect(args) as client:
        channel = find_named(client, CHANNELS, args.channel, noun=_NOUN).body
    if args.json:
        print_json(channel)
        return 0
    print_fields(
        {
            "id": channel["id"],
            "name": channel["name"],
            "kind": channel["kind"],
            "state": _state(channel),
            "contact": channel["contact_id"],
            **channel["fields"],
            **dict.fromkeys(channel["secrets"], "(secret)"),
            **channel["limits"],
            **{f"template {name}": text for name, text in channel["templates"].items()},
            "delivered": show_instant(channel["delivered_at"]),
            "failing since": show_instant(channel["failing_since"]) if channel["failing_since"] else None,
            "error": channel["error"],
        }
    )
    for bounce in channel["bounced"]:
        when = show_instant(bounce["at"])
        say(f"contact {bounce['contact_id']} bounced {when}: {visible(bounce['detail'])}")
    return 0


def add_channel(args: argparse.Namespace) -> int:
    """Add a channel."""
    with connect(args) as client:
        body: dict[str, Any] = {
            "name": args.name,
            "kind": args.kind,
            "enabled": not args.disabled,
            "fields": fields_of(args, _form(client, args.kind), new=True),
            **wording_of(args, {}),
        }
        if args.contact is not None:
            body["contact_id"] = find_contact(client, args.contact)
        channel = client.post(CHANNELS, body).body
    return tell(args, channel, f"added channel {channel['id']}, {visible(channel['name'])}")


def change_channel(args: argparse.Namespace) -> int:
    """Change a channel."""
    with connect(args) as client:
        found = find_named(client, CHANNELS, args.channel, noun=_NOUN)
        fields = fields_of(args, _form(client, found.body["kind"]), new=False)
        changes = {"name": args.new_name, "enabled": args.enabled, "fields": fields or None}
        given = {name: value for name, value in changes.items() if value is not None}
        given |= wording_of(args, found.body)
        if not given:
            raise Invalid("nothing to change was given")
        channel = client.patch(f"{CHANNELS}/{found.body['id']}", given, etag=found.etag).body
    return tell(args, channel, f"changed channel {channel['id']}, {visible(channel['name'])}")


def remove_channel(args: argparse.Namespace) -> int:
    """Remove a channel."""
    with connect(args) as client:
        found = find_named(client, CHANNELS, args.channel, noun=_NOUN)
        client.delete(f"{CHANNELS}/{found.body['id']}", etag=found.etag)
    return tell(args, found.body, f"removed channel {visible(found.body['name'])}")


def test_channel(args: argparse.Namespace) -> int:
    """Send a test; the exit code says whether it arrived."""
    with connect(args) as client:
        found = find_named(client, CHANNELS, args.channel, noun=_NOUN).body
        contact = None if args.contact is None else find_contact(client, args.contact)
        sent = client.post(f"{CHANNELS}/{found['id']}/test", {"contact_id": contact}).body
    arrived = sent["result"] == "delivered"
    detail = f": {visible(sent['detail'])}" if sent["detail"] else ""
    tell(args, sent, f"{visible(found['name'])} {'took the test' if arrived else sent['result']}{detail}")
    return int(Exit.OK if arrived else Exit.FAILURE)


def _form(client: Client, kind: str) -> list[Json]:
    kinds = client.get(f"{CHANNELS}/kinds").body["items"]
    return next((each["fields"] for each in kinds if each["kind"] == kind), [])


def _row(channel: Json) -> tuple[object, ...]:
    delivered = show_instant(channel["delivered_at"])
    return channel["id"], channel["name"], channel["kind"], _state(channel), delivered


def _state(channel: Json) -> str:
    if not channel["enabled"]:
        return "disabled"
    return "failing" if channel["failing_since"] else "ok"


def _reach(kind: Json) -> str:
    return "any contact" if kind["addressed"] else "a room, or one contact"


def _asked(kind: Json) -> str:
    return ", ".join(each["name"] for each in kind["fields"] if each["required"])


def _field_row(field: Json) -> tuple[object, ...]:
    default = field["default"] if field["default"] != "" else None
    what = f"{field['label']}: {field['help']}" if field["help"] else field["label"]
    yes = {True: "yes", False: None}
    return field["name"], yes[field["required"]], yes[field["secret"]], default, what

"""`autom8 check`: jobs that run elsewhere and ping, and what they said."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from autom8.cli.arguments import add_limit, count, seconds
from autom8.cli.commands import Word, command, tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.durations import show_duration
from autom8.cli.finding import find_named
from autom8.cli.parser import Parser, add_commands
from autom8.cli.terminal import print_fields, print_json, say, tell
from autom8.cli.wording import Json, show_instant, visible, visible_text
from autom8.kernel.errors import Invalid

if TYPE_CHECKING:
    from autom8.cli.client import Answer, Client

CHECKS: Final = "/checks"
LISTED: Final = 200
BARS: Final = 12
_MARKS: Final = {"success": "✓", "fail": "✗", "start": ">", "log": "·"}
_EXAMPLE: Final = """\
example:
  autom8 check add 'backup of db1' --every 24h --grace 1h
  0 3 * * *  backup.sh && curl -fsS -m 10 --retry 5 -o /dev/null URL"""
_CHECK: Final = Word("check", "CHECK", "its name, or where it is there its number")


def register(group: Parser) -> None:
    """Add the commands of `autom8 check`."""
    commands = add_commands(group)
    listing = command(commands, "list", list_checks, "show all checks and their latest pings")
    add_limit(listing, LISTED)
    command(commands, "show", show_check, "show one check with the URL that its job pings", _CHECK)
    adding = command(commands, "add", add_check, "add a check; its URL is shown", _CHECK)
    adding.epilog = _EXAMPLE
    _add_options(adding)
    editing = command(commands, "edit", edit_check, "change what is given, and leave the rest", _CHECK)
    editing.add_argument("--name", metavar="NEW", dest="new_name", help="a new name")
    editing.epilog = "Tags that are given replace all; an empty --tag takes them all away."
    _add_options(editing)
    pinging = command(
        commands, "pings", list_pings, "show what its job said; with --body one of them whole", _CHECK
    )
    pinging.add_argument("--body", metavar="NUMBER", type=count, help="what was sent along with this ping")
    add_limit(pinging, LISTED)
    for name, summary in (
        ("pause", "expect nothing of it until it is resumed"),
        ("resume", "expect pings again, the first a whole period from now"),
    ):
        command(commands, name, switch_check, summary, _CHECK)
    command(commands, "new-key", renew_key, "give it another URL; the old one is refused at once", _CHECK)
    command(commands, "remove", remove_check, "remove it with its pings", _CHECK)


def _add_options(parser: Parser) -> None:
    rhythm = parser.add_mutually_exclusive_group()
    rhythm.add_argument("--every", metavar="TIME", type=seconds, help="between pings (default 1d)")
    rhythm.add_argument("--cron", metavar="EXPRESSION", help="instead: when the job runs")
    parser.add_argument("--zone", metavar="ZONE", help="of the cron expression, such as Europe/Berlin")
    parser.add_argument("--grace", metavar="TIME", type=seconds, help="how late a ping may be (default 1h)")
    parser.add_argument("--tag", metavar="TAG", action="append", help="may be repeated")
    parser.add_argument("--description", metavar="TEXT", help="what it is")


def list_checks(args: argparse.Namespace) -> int:
    """Show checks, by name."""
    with connect(args) as client:
        found = client.items(CHECKS, limit=args.limit, recent=BARS)
    return tell_list(args, found, titled("NUMBER", "NAME", "STATE", "LAST", "DUE", "PINGS"), _row)


def show_check(args: argparse.Namespace) -> int:
    """Show one check."""
    with connect(args) as client:
        check = _find(client, args).body
    if args.json:
        print_json(check)
        return 0
    print_fields(_fields(check))
    return 0


def add_check(args: argparse.Namespace) -> int:
    """Add a check."""
    with connect(args) as client:
        check = client.post(CHECKS, {"name": args.check, **_given(args)}).body
    if not args.json:
        say(f"its job pings {check['url']}")
    return tell(args, check, f"added check {check['id']}, {visible(check['name'])}")


def edit_check(args: argparse.Namespace) -> int:
    """Change a check, unless somebody else did so since it was read."""
    changes = _given(args) | ({"name": args.new_name} if args.new_name is not None else {})
    if not changes:
        raise Invalid("nothing to change is given; see `autom8 check edit --help`")
    with connect(args) as client:
        found = _find(client, args)
        check = client.patch(f"{CHECKS}/{found.body['id']}", changes, etag=found.etag).body
    return tell(args, check, f"changed check {check['id']}, {visible(check['name'])}")


def list_pings(args: argparse.Namespace) -> int:
    """Show the pings of a check, the latest first, or one with its body."""
    with connect(args) as client:
        path = f"{CHECKS}/{_find(client, args).body['id']}/pings"
        if args.body is not None:
            ping = client.get(f"{path}/{args.body}").body
            if args.json:
                print_json(ping)
            else:
                say(visible_text(ping["body"]))
            return 0
        found = client.items(path, limit=args.limit)
    columns = titled("NUMBER", "WHEN", "WHAT", "EXIT", "TOOK", "FROM", "BYTES")
    return tell_list(args, found, columns, _ping_row)


def switch_check(args: argparse.Namespace) -> int:
    """Pause or resume a check."""
    with connect(args) as client:
        check = client.post(f"{CHECKS}/{_find(client, args).body['id']}/{args.command_name}").body
    return tell(args, check, f"check {visible(check['name'])} is {check['state']}")


def renew_key(args: argparse.Namespace) -> int:
    """Give a check another key."""
    with connect(args) as client:
        found = _find(client, args)
        check = client.post(f"{CHECKS}/{found.body['id']}/key", etag=found.etag).body
    return tell(args, check, f"its job pings {check['url']} from now on")


def remove_check(args: argparse.Namespace) -> int:
    """Remove a check."""
    with connect(args) as client:
        found = _find(client, args)
        client.delete(f"{CHECKS}/{found.body['id']}", etag=found.etag)
    return tell(args, found.body, f"removed check {visible(found.body['name'])}")


def _find(client: Client, args: argparse.Namespace) -> Answer:
    return find_named(client, CHECKS, args.check, noun="check")


def _given(args: argparse.Namespace) -> Json:
    given: Json = {
        "period_s": int(args.every) if args.every is not None else None,
        "cron": args.cron,
        "zone": args.zone,
        "grace_s": int(args.grace) if args.grace is not None else None,
        "tags": None if args.tag is None else [tag for tag in args.tag if tag],
        "description": args.description,
    }
    return {name: value for name, value in given.items() if value is not None}


def _row(check: Json) -> tuple[object, ...]:
    return (
        check["id"],
        check["name"],
        check["state"],
        show_instant(check["last_ping_at"]) if check["last_ping_at"] else "never",
        show_instant(check["expected_at"]) if check["expected_at"] else None,
        "".join(_MARKS[ping["kind"]] for ping in reversed(check["recent"])),
    )


def _ping_row(ping: Json) -> tuple[object, ...]:
    return (
        ping["id"],
        show_instant(ping["at"]),
        ping["kind"],
        ping["exit_code"],
        show_duration(ping["duration_s"]) if ping["duration_s"] is not None else None,
        ping["address"],
        ping["body_bytes"] or None,
    )


def _fields(check: Json) -> dict[str, object]:
    every = show_duration(check["period_s"]) if check["period_s"] else None
    took = check["last_duration_s"]
    return {
        "check": check["id"],
        "name": check["name"],
        "description": check["description"],
        "tags": ", ".join(check["tags"]),
        "state": check["state"],
        "every": every,
        "cron": f"{check['cron']} {check['zone'] or 'UTC'}" if check["cron"] else None,
        "grace": show_duration(check["grace_s"]),
        "last ping": show_instant(check["last_ping_at"]) if check["last_ping_at"] else "never",
        "last run took": show_duration(took) if took is not None else None,
        "next due": show_instant(check["expected_at"]) if check["expected_at"] else None,
        "url": check.get("url"),
    }

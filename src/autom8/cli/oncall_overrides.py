"""`autom8 oncall override`: somebody stands in, comes on call beside, or is off for a while."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from autom8.cli.arguments import count, duration
from autom8.cli.commands import Word, command
from autom8.cli.connection import connect
from autom8.cli.finding import find_contact, find_named
from autom8.cli.oncall_schedules import SCHEDULES, zone_of
from autom8.cli.parser import add_commands
from autom8.cli.schedules import instant_in, later
from autom8.cli.terminal import Column, print_json, print_table, tell, warn
from autom8.cli.wording import Json, instant_json, show_instant, visible
from autom8.kernel.errors import Invalid

if TYPE_CHECKING:
    from autom8.cli.client import Client
    from autom8.cli.parser import Subparsers

_EXAMPLE = """\
examples:
  autom8 oncall override add Operations --on Grace --off Ada --for 4h
  autom8 oncall override add Operations --on 7 --from '2027-12-24 18:00' --until '2027-12-27 09:00'"""
_SCHEDULE: Final = Word("schedule", "SCHEDULE", "its name or number")


def register(commands: Subparsers) -> None:
    """Add `override` to the commands of `autom8 oncall`."""
    group = commands.add_parser("override", help="list, add and remove overrides of a schedule")
    inner = add_commands(group)
    command(inner, "list", list_overrides, "show the overrides that are not over", _SCHEDULE)
    adding = command(inner, "add", add_override, "put somebody on call, or off, for a while", _SCHEDULE)
    adding.epilog = _EXAMPLE
    adding.add_argument("--on", metavar="CONTACT", help="who is on call then")
    adding.add_argument("--off", metavar="CONTACT", help="who is not; with --on, who is stood in for")
    adding.add_argument("--from", metavar="INSTANT", dest="start", help="default now")
    ends = adding.add_mutually_exclusive_group(required=True)
    ends.add_argument("--until", metavar="INSTANT", help="an instant, or a time in the schedule's zone")
    ends.add_argument("--for", metavar="TIME", dest="length", type=duration, help="4h, 1d12h")
    adding.add_argument("--comment", metavar="TEXT", default="", help="why")
    removing = command(inner, "remove", remove_override, "remove an override, also one that is on", _SCHEDULE)
    removing.add_argument("number", metavar="NUMBER", type=count, help="the override's number")


def list_overrides(args: argparse.Namespace) -> int:
    """Show overrides, by start."""
    with connect(args) as client:
        schedule = _schedule(client, args)
        overrides: list[Json] = client.get(f"{SCHEDULES}/{schedule['id']}/overrides").body["items"]
    if args.json:
        print_json(overrides)
        return 0
    zone = zone_of(schedule)
    columns = [Column("NUMBER", number=True)]
    columns += [Column(title) for title in ("FROM", "UNTIL", "ON", "OFF", "COMMENT")]
    rows = [
        (
            each["id"],
            show_instant(each["start"], zone=zone),
            show_instant(each["end"], zone=zone),
            _person(each["added"]),
            _person(each["removed"]),
            each["comment"] or None,
        )
        for each in overrides
    ]
    print_table(columns, rows)
    return 0


def add_override(args: argparse.Namespace) -> int:
    """Add an override; what may be overlooked is said on stderr."""
    if args.on is None and args.off is None:
        raise Invalid("say by --on or --off who is meant")
    with connect(args) as client:
        schedule = _schedule(client, args)
        start = client.now() if args.start is None else instant_in(args.start, schedule["zone"])
        if args.until is not None:
            end = instant_in(args.until, schedule["zone"])
        else:
            end = later(start, args.length)
        body: Json = {"end": instant_json(end), "comment": args.comment}
        if args.start is not None:
            body["start"] = instant_json(start)
        for field, name in (("added", args.on), ("removed", args.off)):
            if name is not None:
                body[field] = find_contact(client, name)
        made = client.post(f"{SCHEDULES}/{schedule['id']}/overrides", body).body
    if made["note"]:
        warn(f"autom8: {visible(made['note'])}")
    until = show_instant(made["end"], zone=zone_of(schedule))
    return tell(args, made, f"added override {made['id']} of {visible(schedule['name'])}, until {until}")


def remove_override(args: argparse.Namespace) -> int:
    """Remove an override."""
    with connect(args) as client:
        schedule = _schedule(client, args)
        client.delete(f"{SCHEDULES}/{schedule['id']}/overrides/{args.number}")
    return tell(args, None, f"removed override {args.number} of {visible(schedule['name'])}")


def _schedule(client: Client, args: argparse.Namespace) -> Json:
    schedule: Json = find_named(client, SCHEDULES, args.schedule, noun="on-call schedule").body
    return schedule


def _person(person: Json | None) -> str | None:
    return None if person is None else person["name"]

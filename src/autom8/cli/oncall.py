"""`autom8 oncall`: who is on call now, who is next, and the shifts of a schedule."""

from __future__ import annotations

import argparse
from typing import Final

from autom8.cli import oncall_overrides, oncall_policies, oncall_schedules
from autom8.cli.arguments import add_limit
from autom8.cli.commands import command, warn_of_more
from autom8.cli.connection import connect
from autom8.cli.finding import find_named
from autom8.cli.oncall_schedules import SCHEDULES, zone_of
from autom8.cli.parser import Parser, add_commands
from autom8.cli.schedules import instant_in
from autom8.cli.terminal import Column, print_json, print_table, warn
from autom8.cli.wording import Json, instant_json, show_instant

STANDINGS_LISTED: Final = 200
_FORMS: Final = "2026-12-24T18:00:00Z, or 2026-12-24 18:00 for that time in the schedule's zone"


def register(group: Parser) -> None:
    """Add the commands of `autom8 oncall`."""
    commands = add_commands(group)
    for name, handler, summary in (
        ("now", show_now, "show who is on call now, since when and until when"),
        ("next", show_next, "show who comes on call next, and when"),
    ):
        parser = command(commands, name, handler, summary)
        parser.add_argument("schedule", metavar="SCHEDULE", nargs="?", help="left out, all are shown")
        add_limit(parser, STANDINGS_LISTED)
    shifting = command(commands, "shifts", show_shifts, "show who is on call when")
    shifting.add_argument("schedule", metavar="SCHEDULE", help="its name or number")
    shifting.add_argument("--since", metavar="INSTANT", help=f"default now; {_FORMS}")
    shifting.add_argument("--until", metavar="INSTANT", help="default 28 days after --since")
    oncall_schedules.register(commands)
    oncall_overrides.register(commands)
    oncall_policies.register(commands)


def show_now(args: argparse.Namespace) -> int:
    """Show who is on call now."""
    return _show_standing(args, "on_call", "ON CALL")


def show_next(args: argparse.Namespace) -> int:
    """Show who is next."""
    return _show_standing(args, "next", "NEXT")


def show_shifts(args: argparse.Namespace) -> int:
    """Show the shifts of a schedule, in its zone."""
    with connect(args) as client:
        schedule = find_named(client, SCHEDULES, args.schedule, noun="on-call schedule").body
        edges = {name: getattr(args, name) for name in ("since", "until")}
        query = {
            name: None if text is None else instant_json(instant_in(text, schedule["zone"]))
            for name, text in edges.items()
        }
        shifts: list[Json] = client.get(f"{SCHEDULES}/{schedule['id']}/shifts", **query).body["items"]
    if args.json:
        print_json(shifts)
        return 0
    zone = zone_of(schedule)
    columns = [Column("SINCE"), Column("UNTIL"), Column("ON CALL")]
    rows = [
        (
            show_instant(each["since"], zone=zone),
            show_instant(each["until"], zone=zone),
            each["contact"]["name"],
        )
        for each in shifts
    ]
    print_table(columns, rows)
    return 0


def _show_standing(args: argparse.Namespace, field: str, title: str) -> int:
    more = False
    with connect(args) as client:
        if args.schedule is None:
            listing = client.items("/oncall", limit=args.limit)
            standings, more = listing.items, listing.more
        else:
            schedule = find_named(client, SCHEDULES, args.schedule, noun="on-call schedule").body
            standings = [client.get(f"{SCHEDULES}/{schedule['id']}/now").body]
    if args.json:
        print_json(standings)
    else:
        columns = [Column("SCHEDULE"), Column(title), Column("SINCE"), Column("UNTIL")]
        print_table(columns, [row for each in standings for row in _rows(each, field)])
        for each in standings:
            for amiss in each["amiss"]:
                warn(f"autom8: {each['schedule']['name']}: {amiss}")
    warn_of_more(args, more=more)
    return 0


def _rows(standing: Json, field: str) -> list[tuple[object, ...]]:
    schedule, zone = standing["schedule"], zone_of(standing["schedule"])
    return [
        (
            schedule["name"],
            each["contact"]["name"],
            show_instant(each["since"], zone=zone),
            show_instant(each["until"], zone=zone),
        )
        for each in standing[field]
    ] or [(schedule["name"], "nobody", None, None)]

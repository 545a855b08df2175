"""`autom8 preview`: when a schedule would fire. Asks the scheduler's own rules, and no server."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice
from typing import TYPE_CHECKING, Final

from autom8.cli.arguments import count
from autom8.cli.schedules import add_schedule, instant_in
from autom8.cli.terminal import print_json, say
from autom8.cli.wording import instant_json
from autom8.kernel import defaults
from autom8.kernel.vocabulary import Gap, Overlap

if TYPE_CHECKING:
    from autom8.cli.parser import Parser
    from autom8.scheduler.schedules import Rule, Schedule

COUNT: Final = 20
COUNT_MAX: Final = 100_000


def _count(text: str) -> int:
    """How many instants to show; they are all in memory before the first is printed."""
    number = count(text)
    if number > COUNT_MAX:
        raise argparse.ArgumentTypeError(f"{text} is more than {COUNT_MAX}")
    return number


def register(parser: Parser) -> None:
    """Add the options of `autom8 preview`."""
    parser.set_defaults(handler=preview)
    parser.epilog = (
        "examples:\n"
        "  autom8 preview --cron '30 2 * * *' --tz Europe/Berlin --from 2026-03-27\n"
        "  autom8 preview --every 90m --count 5"
    )
    add_schedule(parser, boot=False, required=True)
    parser.add_argument(
        "--from",
        dest="after",
        metavar="INSTANT",
        help="show what comes after this, it excluded (default: now)",
    )
    parser.add_argument(
        "--anchor", metavar="INSTANT", help="where the steps of --every begin (default: --from)"
    )
    parser.add_argument(
        "--count", type=_count, default=COUNT, metavar="N", help=f"how many (default {COUNT})"
    )
    parser.add_argument("--json", action="store_true", help="print a list of instants in UTC")


def preview(args: argparse.Namespace) -> int:
    """Show the next slots of a schedule."""
    from autom8.kernel.zones import zone_named  # the rules: not to parse or to help
    from autom8.scheduler.slots import slots_after

    zone = args.tz or defaults.ZONE
    after = datetime.now(UTC) if args.after is None else instant_in(args.after, zone)
    slots = list(islice(slots_after(_rule(args, zone, after), after), args.count))
    if args.json:
        print_json([instant_json(slot) for slot in slots])
    else:
        for line in lines(slots, after=after, zone=zone_named(zone)):
            say(line)
    return 0


def _rule(args: argparse.Namespace, zone: str, after: datetime) -> Rule:
    from autom8.scheduler.schedules import Cron, Interval, Once, Rule

    schedule: Schedule
    if args.cron is not None:
        schedule = Cron(expression=args.cron)
    elif args.every is not None:
        anchor = after if args.anchor is None else instant_in(args.anchor, zone)
        schedule = Interval(every=timedelta(seconds=args.every), anchor=anchor)
    else:
        schedule = Once(at=instant_in(args.at, zone))
    return Rule(
        schedule=schedule,
        zone=zone,
        gap=Gap(args.gap or defaults.GAP),
        overlap=Overlap(args.overlap or defaults.OVERLAP),
    ).check()


def lines(slots: Sequence[datetime], *, after: datetime, zone: tzinfo) -> list[str]:
    """One line a slot: local time, UTC, and a mark where the clocks were changed since the line before."""
    if not slots:
        return [f"nothing after {instant_json(after)}"]
    shown = []
    before = _offset(after, zone)
    for slot in slots:
        offset = _offset(slot, zone)
        changed = "" if offset == before else f"  clocks changed from {before} to {offset}"
        local = slot.astimezone(zone)
        shown.append(f"{local:%a %Y-%m-%d %H:%M:%S} {offset}  {instant_json(slot)}{changed}")
        before = offset
    return shown


def _offset(instant: datetime, zone: tzinfo) -> str:
    return instant.astimezone(zone).isoformat(timespec="seconds")[19:]

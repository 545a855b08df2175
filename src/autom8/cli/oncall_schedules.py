"""`autom8 oncall schedule`: schedules and their rotations."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from autom8.cli.arguments import add_limit, count, seconds
from autom8.cli.commands import Word, command, tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.contact_options import read_object
from autom8.cli.durations import show_duration
from autom8.cli.finding import find_contact, find_named
from autom8.cli.parser import Parser, add_commands
from autom8.cli.terminal import print_fields, print_json, say, tell, warn
from autom8.cli.wording import Json, visible
from autom8.kernel import defaults
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import Weekday

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from autom8.cli.client import Client
    from autom8.cli.parser import Subparsers

SCHEDULES: Final = "/oncall/schedules"
SCHEDULES_LISTED: Final = 200
_NOUN: Final = "on-call schedule"
_OF_A_ROTATION: Final = ("rotation", "turn", "start", "only")
_EXAMPLE: Final = """\
example:
  autom8 oncall schedule add Operations --tz Europe/Berlin --people Ada Grace 7 \\
    --turn 7d --start '2027-01-04 09:00'"""
_SCHEDULE: Final = Word("schedule", "SCHEDULE", "its name, or where it is there its number")


def register(commands: Subparsers) -> None:
    """Add `schedule` to the commands of `autom8 oncall`."""
    group = commands.add_parser("schedule", help="list, show, add, edit and remove schedules")
    inner = add_commands(group)
    listing = command(inner, "list", list_schedules, "show all schedules, by name")
    add_limit(listing, SCHEDULES_LISTED)
    command(inner, "show", show_schedule, "show one schedule with its rotations", _SCHEDULE)
    adding = command(inner, "add", add_schedule, "add a schedule", _SCHEDULE)
    adding.epilog = _EXAMPLE
    _add_options(adding)
    editing = command(inner, "edit", edit_schedule, "change what is given, and leave the rest", _SCHEDULE)
    editing.epilog = "With --people a rotation is added, or put in the place of the one that --replace names."
    _add_options(editing)
    editing.add_argument("--name", metavar="NEW", dest="new_name", help="a new name")
    only = editing.add_mutually_exclusive_group()
    only.add_argument("--replace", metavar="N", type=count, help="the rotation that --people is instead of")
    only.add_argument("--drop", metavar="N", type=count, help="take the rotation of this number out")
    command(inner, "remove", remove_schedule, "remove a schedule, unless a policy names it", _SCHEDULE)


def _add_options(parser: Parser) -> None:
    parser.add_argument("--description", metavar="TEXT", help="what it is for")
    parser.add_argument("--tz", metavar="ZONE", help=f"its time zone (default {defaults.ZONE})")
    group = parser.add_argument_group("a rotation")
    group.add_argument("--people", metavar="CONTACT", nargs="+", help="who take turns, by name or number")
    group.add_argument("--rotation", metavar="NAME", help="what it is called")
    group.add_argument("--turn", metavar="TIME", type=seconds, help="how long a turn is: 12h, 1d, 7d")
    group.add_argument(
        "--start", metavar="TIME", help="the first hand-over by the clocks: '2027-01-04 09:00'"
    )
    group.add_argument(
        "--only", metavar="HOURS", help="on call only then: 22:00-06:00, or fri,sat,sun@22:00-06:00"
    )
    parser.add_argument(
        "--stdin-json", action="store_true", help="read the whole body, as the API takes it, from stdin"
    )


def list_schedules(args: argparse.Namespace) -> int:
    """Show schedules, by name."""
    with connect(args) as client:
        found = client.items(SCHEDULES, limit=args.limit)
    return tell_list(args, found, titled("NUMBER", "NAME", "ZONE", "PEOPLE"), _row)


def show_schedule(args: argparse.Namespace) -> int:
    """Show one schedule."""
    with connect(args) as client:
        schedule = find_named(client, SCHEDULES, args.schedule, noun=_NOUN).body
    if args.json:
        print_json(schedule)
        return 0
    fields = {name: schedule[name] for name in ("id", "name", "description", "zone")}
    print_fields(fields)
    names = {each["id"]: each["name"] for each in schedule["people"]}
    for number, each in enumerate(schedule["rotations"], 1):
        say(f"rotation {number}  {_show_rotation(each, names)}")
    for amiss in schedule["amiss"]:
        warn(f"autom8: {visible(amiss)}")
    return 0


def add_schedule(args: argparse.Namespace) -> int:
    """Add a schedule."""
    _refuse_unheeded(args)
    with connect(args) as client:
        body: Json = {"name": args.schedule, "zone": args.tz or defaults.ZONE, **_given(args)}
        if args.people:
            body["rotations"] = [_rotation(client, args, args.tz or defaults.ZONE)]
        if args.stdin_json:
            body |= read_object()
        schedule = client.post(SCHEDULES, body).body
    return tell(args, schedule, f"added schedule {schedule['id']}, {visible(schedule['name'])}")


def edit_schedule(args: argparse.Namespace) -> int:
    """Change a schedule, unless somebody else did so since it was read."""
    _refuse_unheeded(args)
    if args.drop is not None and args.people:
        raise Invalid("--drop takes a rotation out, and --people adds one; give one of them, or --replace")
    with connect(args) as client:
        found = find_named(client, SCHEDULES, args.schedule, noun=_NOUN)
        changes: Json = {**_given(args), **_changed_rotations(client, args, found.body)}
        if args.tz is not None:
            changes["zone"] = args.tz
        if args.new_name is not None:
            changes["name"] = args.new_name
        if args.stdin_json:
            changes |= read_object()
        if not changes:
            raise Invalid("nothing to change is given; see `autom8 oncall schedule edit --help`")
        path = f"{SCHEDULES}/{found.body['id']}"
        schedule = client.patch(path, changes, etag=found.etag).body
    return tell(args, schedule, f"changed schedule {schedule['id']}, {visible(schedule['name'])}")


def remove_schedule(args: argparse.Namespace) -> int:
    """Remove a schedule with its overrides."""
    with connect(args) as client:
        found = find_named(client, SCHEDULES, args.schedule, noun=_NOUN)
        client.delete(f"{SCHEDULES}/{found.body['id']}", etag=found.etag)
    return tell(args, found.body, f"removed schedule {visible(found.body['name'])}")


def zone_of(schedule: Json) -> ZoneInfo:
    """The zone in which a schedule's times are shown."""
    from autom8.kernel.zones import zone_named  # brings the zones: not to parse

    return zone_named(schedule["zone"])


def _row(schedule: Json) -> tuple[object, ...]:
    people = ", ".join(each["name"] for each in schedule["people"])
    return schedule["id"], schedule["name"], schedule["zone"], people or None


def _given(args: argparse.Namespace) -> Json:
    return {} if args.description is None else {"description": args.description}


def _refuse_unheeded(args: argparse.Namespace) -> None:
    """See that nothing is said of a rotation that nobody is in."""
    said = [f"--{name}" for name in _OF_A_ROTATION if getattr(args, name) is not None]
    if said and not args.people:
        raise Invalid(f"{', '.join(said)} says something of a rotation; say by --people who is in it")


def _changed_rotations(client: Client, args: argparse.Namespace, schedule: Json) -> Json:
    rotations: list[Any] = list(schedule["rotations"])
    place = args.replace or args.drop
    if place is not None and place > len(rotations):
        raise Invalid(f"there is no rotation {place}; the schedule has {len(rotations)}")
    if args.drop is not None:
        del rotations[args.drop - 1]
    elif args.people:
        made = _rotation(client, args, args.tz or schedule["zone"])
        if args.replace is None:
            rotations.append(made)
        else:
            rotations[args.replace - 1] = made
    elif args.replace is not None:
        raise Invalid("say by --people who is in the rotation instead")
    else:
        return {}
    return {"rotations": rotations}


def _rotation(client: Client, args: argparse.Namespace, zone: str) -> Json:
    if args.turn is None or args.start is None:
        raise Invalid("a rotation needs --people, --turn and --start")
    rotation: Json = {
        "participants": [find_contact(client, each) for each in args.people],
        "turn_s": args.turn,
        "start": args.start,
        "zone": zone,
    }
    if args.rotation is not None:
        rotation["name"] = args.rotation
    if args.only is not None:
        rotation["only"] = _hours(args.only)
    return rotation


def _hours(text: str) -> Json:
    days, at, span = text.rpartition("@")
    first, dash, last = span.partition("-")
    if not dash:
        raise Invalid(f"{text!r} are no hours; write 22:00-06:00, or fri,sat@22:00-06:00")
    hours: Json = {"from": first, "until": last}
    return {**hours, "days": days.split(",")} if at else hours


def _show_rotation(rotation: Any, names: dict[int, str]) -> str:
    try:
        people = ", ".join(names.get(each, f"contact {each}") for each in rotation["participants"])
        words = [f"{rotation['name']}:" if rotation["name"] else "", people or "nobody"]
        words.append(f"for {show_duration(rotation['turn_s'])} each from {rotation['start']}")
        words.append(rotation["zone"])
        if rotation["only"]:
            days = rotation["only"].get("days") or [*Weekday]
            hours = f"{rotation['only']['from']} to {rotation['only']['until']}"
            words.append(f"only {', '.join(days)}, {hours}")
        return visible(" ".join(filter(None, words)))
    except (KeyError, TypeError, AttributeError):  # broken by hand; `amiss` says so
        return visible(str(rotation))

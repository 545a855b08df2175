"""`autom8 silence`: tell nobody of what matches, for a time or in weekly hours; and dependencies."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from autom8.cli.arguments import add_json, add_limit, add_server, count, duration
from autom8.cli.connection import connect
from autom8.cli.finding import find_named
from autom8.cli.parser import Handler, Parser, add_command, add_commands
from autom8.cli.terminal import Column, print_fields, print_json, print_table, tell, warn
from autom8.cli.wording import Json, instant_json, parse_instant, show_instant, visible
from autom8.kernel.errors import Invalid

if TYPE_CHECKING:
    from autom8.cli.parser import Subparsers

SILENCES: Final = "/silences"
DEPENDENCIES: Final = "/dependencies"
LISTED: Final = 50
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EXAMPLE: Final = """\
examples:
  autom8 silence add 'task="backup"' --for 2h --comment 'disk is replaced'
  autom8 silence add 'tags=~"(.*,)?db(,.*)?"' --for 365d --weekly 'sat,sun 02:00-04:00 Europe/Berlin'"""


def register(group: Parser) -> None:
    """Add the commands of `autom8 silence`."""
    commands = add_commands(group)
    adding = _command(commands, "add", add_silence, "silence what matches")
    adding.epilog = _EXAMPLE
    adding.add_argument("matcher", metavar="MATCHER", nargs="+", help="such as task=backup; all must match")
    end = adding.add_mutually_exclusive_group(required=True)
    end.add_argument("--for", metavar="TIME", type=duration, dest="for_", help="for so long, such as 2h")
    end.add_argument("--until", metavar="INSTANT", help="until then")
    adding.add_argument("--from", metavar="INSTANT", dest="from_", help="not before then")
    adding.add_argument("--weekly", metavar="HOURS", help="only then: 'sat,sun 02:00-04:00 Europe/Berlin'")
    adding.add_argument("--comment", metavar="TEXT", default="", help="why")
    listing = _command(commands, "list", list_silences, "show silences that hold or will")
    listing.add_argument("--expired", action="store_true", help="those that ended instead")
    add_limit(listing, LISTED)
    _numbered(commands, "show", show_silence, "show one silence")
    _numbered(commands, "expire", expire_silence, "end a silence now")
    _register_dependencies(commands)


def _register_dependencies(commands: Subparsers) -> None:
    group = commands.add_parser("dependency", help="what is told to nobody while something else is wrong")
    inner = add_commands(group)
    listing = _command(inner, "list", list_dependencies, "show dependencies")
    add_limit(listing, LISTED)
    adding = _command(inner, "add", add_dependency, "have some depend on others")
    adding.add_argument("name", metavar="NAME", help="its name")
    adding.add_argument("--parents", metavar="MATCHERS", required=True, help="while one of these is wrong")
    adding.add_argument("--children", metavar="MATCHERS", required=True, help="these are held back")
    adding.add_argument("--equal", metavar="LABEL", action="append", default=[], help="if this is the same")
    adding.add_argument("--comment", metavar="TEXT", default="", help="why")
    removing = _command(inner, "remove", remove_dependency, "remove a dependency")
    removing.add_argument("name", metavar="NAME", help="its name")


def _command(commands: Subparsers, name: str, handler: Handler, summary: str) -> Parser:
    parser = add_command(commands, name, handler, summary=summary)
    add_json(parser)
    add_server(parser)
    return parser


def _numbered(commands: Subparsers, name: str, handler: Handler, summary: str) -> Parser:
    parser = _command(commands, name, handler, summary)
    parser.add_argument("number", metavar="NUMBER", type=count, help="as `autom8 silence list` shows it")
    return parser


def add_silence(args: argparse.Namespace) -> int:
    """Silence what matches."""
    starts_at = parse_instant(args.from_) if args.from_ else None
    since = starts_at or datetime.now(UTC)
    ends_at = parse_instant(args.until) if args.until else since + args.for_
    body: Json = {
        "matchers": ", ".join(args.matcher),
        "ends_at": instant_json(ends_at),
        "comment": args.comment,
    }
    if starts_at is not None:
        body["starts_at"] = instant_json(starts_at)
    if args.weekly:
        body["hours"] = weekly(args.weekly)
    with connect(args) as client:
        silence = client.post(SILENCES, body).body
    until = show_instant(silence["ends_at"])
    return tell(args, silence, f"silence {silence['id']} holds until {until}: {visible(silence['text'])}")


def list_silences(args: argparse.Namespace) -> int:
    """Show silences, the latest first."""
    states = ("expired",) if args.expired else ("active", "pending")
    with connect(args) as client:
        listings = [client.items(SILENCES, limit=args.limit, state=state) for state in states]
    items = [each for listing in listings for each in listing.items]
    if args.json:
        print_json(items)
    else:
        titles = ("STATE", "UNTIL", "MATCHES", "BY", "COMMENT")
        columns = [Column("NUMBER", number=True), *map(Column, titles)]
        rows = [
            (
                each["id"],
                each["state"],
                show_instant(each["ends_at"]),
                each["text"],
                each["created_by"],
                each["comment"],
            )
            for each in items
        ]
        print_table(columns, rows)
    if any(listing.more for listing in listings):
        warn(f"autom8: there are more than {args.limit}; ask for more with --limit")
    return 0


def show_silence(args: argparse.Namespace) -> int:
    """Show one silence."""
    with connect(args) as client:
        silence = client.get(f"{SILENCES}/{args.number}").body
    if args.json:
        print_json(silence)
        return 0
    hours = silence["hours"]
    print_fields(
        {
            "silence": silence["id"],
            "state": silence["state"],
            "matches": silence["text"],
            "from": show_instant(silence["starts_at"]),
            "until": show_instant(silence["ends_at"]),
            "weekly": _hours_text(hours) if hours else None,
            "by": silence["created_by"],
            "comment": silence["comment"],
        }
    )
    return 0


def expire_silence(args: argparse.Namespace) -> int:
    """End a silence now."""
    with connect(args) as client:
        silence = client.post(f"{SILENCES}/{args.number}/expire").body
    return tell(args, silence, f"silence {silence['id']} has ended")


def list_dependencies(args: argparse.Namespace) -> int:
    """Show dependencies, by name."""
    with connect(args) as client:
        found = client.items(DEPENDENCIES, limit=args.limit)
    if args.json:
        print_json(found.items)
        return 0
    columns = [Column(each) for each in ("NAME", "WHILE WRONG", "HELD BACK", "SAME")]
    rows = [
        (each["name"], _matchers(each["parents"]), _matchers(each["children"]), ", ".join(each["equal"]))
        for each in found.items
    ]
    print_table(columns, rows)
    return 0


def add_dependency(args: argparse.Namespace) -> int:
    """Add a dependency."""
    body = {name: getattr(args, name) for name in ("name", "parents", "children", "equal", "comment")}
    with connect(args) as client:
        made = client.post(DEPENDENCIES, body).body
    return tell(args, made, f"added dependency {made['id']}, {visible(made['name'])}")


def remove_dependency(args: argparse.Namespace) -> int:
    """Remove a dependency."""
    with connect(args) as client:
        found = find_named(client, DEPENDENCIES, args.name, noun="dependency")
        client.delete(f"{DEPENDENCIES}/{found.body['id']}", etag=found.etag or "*")
    return tell(args, found.body, f"removed dependency {visible(found.body['name'])}")


def weekly(text: str) -> Json:
    """Hours of the week from `sat,sun 02:00-04:00 Europe/Berlin`; without days each day, without zone UTC.

    Raises:
        Invalid: it can't be read so.
    """
    words = text.split()
    days = words.pop(0) if words and words[0][:3].casefold() in DAYS else ""
    if not 1 <= len(words) <= 2 or words[0].count("-") != 1:
        raise Invalid(f"--weekly {text!r}: write it like 'sat,sun 02:00-04:00 Europe/Berlin'")
    start, _, end = words[0].partition("-")
    hours: Json = {"from": start, "until": end, "zone": words[1] if len(words) > 1 else "UTC"}
    if days:
        hours["days"] = [each.strip().casefold()[:3] for each in days.split(",") if each.strip()]
    return hours


def _hours_text(hours: Json) -> str:
    days = ",".join(hours.get("days") or ("each day",))
    return f"{days} {hours['from']}-{hours['until']} {hours['zone']}"


def _matchers(matchers: list[Json]) -> str:
    words = {(False, True): "=", (False, False): "!=", (True, True): "=~", (True, False): "!~"}
    return ", ".join(
        f'{each["name"]}{words[each["isRegex"], each["isEqual"]]}"{each["value"]}"' for each in matchers
    )

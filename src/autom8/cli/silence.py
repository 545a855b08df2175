"""`autom8 silence`: what is told to nobody for a while: silences, maintenance windows, dependencies."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from autom8.cli import silence_dependencies
from autom8.cli.arguments import add_limit, count, duration
from autom8.cli.commands import command, tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.parser import Parser, add_commands
from autom8.cli.schedules import instant_in, later
from autom8.cli.terminal import print_fields, print_json, tell
from autom8.cli.wording import Json, instant_json, parse_instant, show_instant, visible
from autom8.kernel import defaults
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import Weekday

if TYPE_CHECKING:
    from autom8.cli.client import Answer, Client

SILENCES: Final = "/silences"
SILENCES_LISTED: Final = 50
WINDOW_LENGTH: Final = timedelta(days=3_650)  # of a maintenance window of which no end is said
_DAYS: Final = tuple(map(str, Weekday))
_LONG_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_BY_NAME: Final = dict(zip(_DAYS + _LONG_DAYS, _DAYS * 2, strict=True))
_EXAMPLE: Final = """\
examples:
  autom8 silence add task=nightly-backup --for 2h --comment 'new disk'
  autom8 silence add 'task=~"db.*"' severity=warning --from '2027-12-24 18:00' --until '2027-12-27 09:00'
  autom8 silence add instance=db1 --weekly 'sat,sun 02:00-04:00 Europe/Berlin' --comment maintenance"""


def register(group: Parser) -> None:
    """Add the commands of `autom8 silence`."""
    commands = add_commands(group)
    listing = command(commands, "list", list_silences, "show silences that hold or will, the latest first")
    listing.add_argument("--expired", action="store_true", help="those that ended instead")
    add_limit(listing, SILENCES_LISTED)
    adding = command(commands, "add", add_silence, "silence what matches, for a time or weekly")
    adding.epilog = _EXAMPLE
    _add_matchers(adding, "+")
    _add_times(adding)
    showing = command(commands, "show", show_silence, "show one silence")
    changing = command(commands, "change", change_silence, "change what is given, and leave the rest")
    ending = command(commands, "expire", expire_silences, "end silences now")
    for parser in (showing, changing):
        parser.add_argument("number", metavar="NUMBER", type=count, help="the silence's number")
    _add_matchers(changing, "*")
    _add_times(changing)
    changing.add_argument("--no-weekly", action="store_true", help="hold all the time from now on")
    ending.add_argument("numbers", metavar="NUMBER", type=count, nargs="+", help="the silences' numbers")
    silence_dependencies.register(commands)


def _add_matchers(parser: Parser, nargs: str) -> None:
    parser.add_argument(
        "matchers",
        metavar="MATCHER",
        nargs=nargs,
        help="label=value, !=, =~ or !~ (regular expressions); all must match",
    )


def _add_times(parser: Parser) -> None:
    parser.add_argument("--from", metavar="INSTANT", dest="start", help="when it begins (default now)")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--for", metavar="TIME", dest="length", type=duration, help="how long: 2h, 1d12h")
    ends.add_argument("--until", metavar="INSTANT", help="2026-12-24T18:00:00Z, or a time in --tz")
    parser.add_argument(
        "--weekly", metavar="HOURS", help="hold only then: 'sat,sun 02:00-04:00 Europe/Berlin'"
    )
    parser.add_argument("--tz", metavar="ZONE", help=f"whose clocks are meant (default {defaults.ZONE})")
    parser.add_argument("--comment", metavar="TEXT", help="why")


def list_silences(args: argparse.Namespace) -> int:
    """Show silences, the latest first."""
    states = ("expired",) if args.expired else ("active", "pending")
    with connect(args) as client:
        found = [client.items(SILENCES, limit=args.limit, state=each) for each in states]
    items = sorted((item for each in found for item in each.items), key=lambda each: -int(each["id"]))
    more = any(each.more for each in found) or len(items) > args.limit
    columns = titled("NUMBER", "STATE", "FROM", "UNTIL", "MATCHES", "WEEKLY", "BY", "COMMENT")
    return tell_list(args, replace(found[0], items=items[: args.limit], more=more), columns, _row)


def show_silence(args: argparse.Namespace) -> int:
    """Show one silence."""
    with connect(args) as client:
        silence = client.get(f"{SILENCES}/{args.number}").body
    if args.json:
        print_json(silence)
        return 0
    print_fields(
        {
            "silence": silence["id"],
            "key": silence["key"],
            "state": _state(silence),
            "matches": silence["text"],
            "from": show_instant(silence["starts_at"]),
            "until": show_instant(silence["ends_at"]),
            "weekly": _weekly(silence["hours"]),
            "by": silence["created_by"],
            "comment": silence["comment"],
        }
    )
    return 0


def add_silence(args: argparse.Namespace) -> int:
    """Silence what matches."""
    body = _given(args)
    length = WINDOW_LENGTH if args.length is None and args.weekly is not None else args.length
    if "ends_at" not in body and length is None:
        raise Invalid("say by --for or --until how long, or by --weekly when")
    with connect(args) as client:
        if "ends_at" not in body:
            start = parse_instant(body["starts_at"]) if "starts_at" in body else client.now()
            body["ends_at"] = instant_json(later(start, length))
        made = client.post(SILENCES, body).body
    return tell(args, made, _told(made))


def change_silence(args: argparse.Namespace) -> int:
    """Change a silence, unless somebody else did so since it was read."""
    changes = _given(args)
    if args.no_weekly:
        changes["hours"] = None
    with connect(args) as client:
        found = client.get(f"{SILENCES}/{args.number}")
        if args.length is not None:
            start = max(parse_instant(changes.get("starts_at", found.body["starts_at"])), client.now())
            changes["ends_at"] = instant_json(later(start, args.length))
        if not changes:
            raise Invalid("nothing to change is given; see `autom8 silence change --help`")
        made = client.patch(f"{SILENCES}/{args.number}", changes, etag=found.etag).body
    return tell(args, made, _told(made))


def expire_silences(args: argparse.Namespace) -> int:
    """End silences now; what they held back is told, if it is still wrong."""
    with connect(args) as client:
        ended: list[Json] = [_expired(client, each).body for each in args.numbers]
    return tell(args, ended, "\n".join(f"silence {each['id']} has ended" for each in ended))


def _expired(client: Client, number: int) -> Answer:
    return client.post(f"{SILENCES}/{number}/expire")


def weekly(text: str, zone: str) -> Json:
    """Hours of the week from `sat,sun 02:00-04:00 Europe/Berlin`; without days each day, or by another zone.

    Raises:
        Invalid: it can't be read so.
    """
    words = text.split()
    days = words.pop(0) if words and words[0][:1].isalpha() else None
    if not 1 <= len(words) <= 2 or words[0].count("-") != 1:
        raise Invalid(f"--weekly {visible(text)}: write it like 'sat,sun 02:00-04:00 Europe/Berlin'")
    start, _, end = words[0].partition("-")
    hours: Json = {"from": start, "until": end, "zone": words[1] if len(words) > 1 else zone}
    if days is not None:
        hours["days"] = list(dict.fromkeys(day for each in days.split(",") for day in _days_of(each)))
    return hours


def _days_of(text: str) -> Sequence[str]:
    """The days that a name such as `mon` or `Monday` means, or a range of them, also over the week's end."""
    first, dash, last = text.casefold().partition("-")
    if first not in _DAY_BY_NAME or (dash and last not in _DAY_BY_NAME):
        raise Invalid(
            f"--weekly: {visible(text)!r} is no day of the week; write mon, monday or a range such as mon-fri"
        )
    start = _DAYS.index(_DAY_BY_NAME[first])
    end = _DAYS.index(_DAY_BY_NAME[last]) if dash else start
    return [_DAYS[(start + step) % 7] for step in range((end - start) % 7 + 1)]


def _given(args: argparse.Namespace) -> Json:
    """What is said of a silence; its length apart, which counts from a start."""
    zone = args.tz or defaults.ZONE
    body: Json = {}
    if args.matchers:
        body["matchers"] = ", ".join(args.matchers)
    if args.start is not None:
        body["starts_at"] = instant_json(instant_in(args.start, zone))
    if args.until is not None:
        body["ends_at"] = instant_json(instant_in(args.until, zone))
    if args.weekly is not None:
        body["hours"] = weekly(args.weekly, zone)
    if args.comment is not None:
        body["comment"] = args.comment
    return body


def _row(silence: Json) -> tuple[object, ...]:
    return (
        silence["id"],
        _state(silence),
        show_instant(silence["starts_at"]),
        show_instant(silence["ends_at"]),
        silence["text"],
        _weekly(silence["hours"]),
        silence["created_by"],
        silence["comment"] or None,
    )


def _state(silence: Json) -> str:
    state: str = silence["state"]
    return f"{state} (not now)" if state == "active" and not silence["holds"] else state


def _told(silence: Json) -> str:
    hours = _weekly(silence["hours"])
    until = show_instant(silence["ends_at"]) + (f", {hours}" if hours else "")
    return visible(f"silence {silence['id']} holds until {until}: {silence['text']}")


def _weekly(hours: Json | None) -> str | None:
    if hours is None:
        return None
    days = ",".join(map(str, hours.get("days") or ())) or "each day"
    return f"{days} {hours.get('from')}-{hours.get('until')} {hours.get('zone')}"

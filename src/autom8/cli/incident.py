"""`autom8 incident`: what is wrong, or was, its story, and what people do about it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from autom8.cli.arguments import add_limit, count, duration, several
from autom8.cli.commands import Word, command, tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.finding import find_contact
from autom8.cli.parser import Parser, add_commands
from autom8.cli.schedules import instant_in, later
from autom8.cli.terminal import Column, print_fields, print_json, print_table, say, tell, warn
from autom8.cli.wording import Json, instant_json, show_instant, visible
from autom8.kernel import defaults
from autom8.kernel.errors import Forbidden, NotFound
from autom8.kernel.vocabulary import Severity

if TYPE_CHECKING:
    from autom8.cli.client import Client

LISTED: Final = 50
STORY_LISTED: Final = 200
_OPEN: Final = "open,acknowledged"
_NUMBER: Final = Word("number", "NUMBER", "as `autom8 incident list` shows it", type=count)


def register(group: Parser) -> None:
    """Add the commands of `autom8 incident`."""
    commands = add_commands(group)
    listing = command(commands, "list", list_incidents, "show what is wrong now; with --all what was, too")
    listing.add_argument("--all", action="store_true", help="resolved ones too")
    listing.add_argument(
        "--severity",
        metavar="WORD",
        type=several(Severity),
        help="critical, warning, info, or several with commas",
    )
    listing.add_argument("--kind", metavar="KIND", help="task, check, channel, own or pushed")
    listing.add_argument("--find", metavar="TEXT", help="a part of the title")
    add_limit(listing, LISTED)
    showing = command(commands, "show", show_incident, "show one incident with its story", _NUMBER)
    add_limit(showing, STORY_LISTED)
    taking = command(commands, "ack", acknowledge, "take care of it: nobody else is told meanwhile", _NUMBER)
    end = taking.add_mutually_exclusive_group()
    end.add_argument("--for", metavar="TIME", type=duration, dest="for_", help="for so long, such as 2h")
    end.add_argument("--until", metavar="INSTANT", help="until then; without either until it is resolved")
    taking.add_argument("--tz", metavar="ZONE", help=f"whose clocks --until means (default {defaults.ZONE})")
    taking.add_argument("--note", metavar="TEXT", default="", help="a line for its story")
    command(commands, "unack", unacknowledge, "take that back: the escalation goes on", _NUMBER)
    assigning = command(commands, "assign", assign, "say whose it is", _NUMBER)
    assigning.add_argument("contact", metavar="CONTACT", nargs="?", help="left out, it is nobody's")
    noting = command(commands, "note", add_note, "add a line to its story", _NUMBER)
    noting.add_argument("text", metavar="TEXT", help="the line")
    resolving = command(
        commands, "resolve", resolve, "end it by hand; it comes again if it fails anew", _NUMBER
    )
    resolving.add_argument("--note", metavar="TEXT", default="", help="a line for its story")


def list_incidents(args: argparse.Namespace) -> int:
    """Show incidents, the latest first."""
    state = None if args.all else _OPEN
    with connect(args) as client:
        found = client.items(
            "/incidents", limit=args.limit, state=state, severity=args.severity, kind=args.kind, q=args.find
        )
    return tell_list(args, found, titled("NUMBER", "SEVERITY", "STATE", "SINCE", "WHAT"), _row)


def show_incident(args: argparse.Namespace) -> int:
    """Show one incident, and what happened to it."""
    with connect(args) as client:
        incident = client.get(f"/incidents/{args.number}").body
        story = client.items(f"/incidents/{args.number}/story", limit=args.limit)
        whose = None if args.json else _name_of(client, incident["assigned_to"])
    if args.json:
        print_json({**incident, "story": story.items})
        return 0
    print_fields(_fields(incident, whose))
    if incident["annotations"]:
        say("annotations")
        print_fields({f"  {visible(name)}": text for name, text in sorted(incident["annotations"].items())})
    say()
    columns = [Column("WHEN"), Column("WHAT"), Column("BY"), Column("MORE")]
    rows = [
        (show_instant(each["at"]), _words(each["kind"]), each["actor"], _more(each["details"]))
        for each in story.items
    ]
    print_table(columns, rows)
    if story.more:
        warn(f"autom8: there is more of its story; ask for more with --limit than {args.limit}")
    return 0


def acknowledge(args: argparse.Namespace) -> int:
    """Acknowledge an incident."""
    body: Json = {"note": args.note}
    if args.until is not None:
        body["until"] = instant_json(instant_in(args.until, args.tz or defaults.ZONE))
    with connect(args) as client:
        if args.for_ is not None:
            body["until"] = instant_json(later(client.now(), args.for_))
        incident = client.post(f"/incidents/{args.number}/acknowledge", body).body
    end = f" until {show_instant(incident['acknowledged_until'])}" if incident["acknowledged_until"] else ""
    return tell(args, incident, f"acknowledged {_named(incident)}{end}")


def unacknowledge(args: argparse.Namespace) -> int:
    """Take an acknowledgement back."""
    with connect(args) as client:
        incident = client.post(f"/incidents/{args.number}/unacknowledge").body
    return tell(args, incident, f"{_named(incident)} is escalated again")


def assign(args: argparse.Namespace) -> int:
    """Say whose an incident is."""
    with connect(args) as client:
        contact = None if args.contact is None else find_contact(client, args.contact)
        incident = client.post(f"/incidents/{args.number}/assign", {"contact_id": contact}).body
    whose = "nobody's" if args.contact is None else f"for {visible(args.contact)}"
    return tell(args, incident, f"{_named(incident)} is {whose}")


def add_note(args: argparse.Namespace) -> int:
    """Add a note to an incident's story."""
    with connect(args) as client:
        incident = client.post(f"/incidents/{args.number}/notes", {"text": args.text}).body
    return tell(args, incident, f"noted at {_named(incident)}")


def resolve(args: argparse.Namespace) -> int:
    """End an incident by hand."""
    with connect(args) as client:
        incident = client.post(f"/incidents/{args.number}/resolve", {"note": args.note}).body
    return tell(args, incident, f"resolved {_named(incident)}")


def _row(incident: Json) -> tuple[object, ...]:
    since = show_instant(incident["opened_at"])
    return incident["id"], incident["severity"], _state(incident), since, incident["title"]


def _named(incident: Json) -> str:
    return f"incident {incident['id']}, {visible(incident['title'])}"


def _state(incident: Json) -> str:
    marks = [name for name in ("flapping", "held_back") if incident[name]]
    return ", ".join([incident["state"], *map(_words, marks)])


def _name_of(client: Client, contact: int | None) -> str | None:
    """What a contact is called; its number where we may not see it, or where it is gone."""
    if contact is None:
        return None
    try:
        return str(client.get(f"/contacts/{contact}").body["name"])
    except (Forbidden, NotFound):
        return f"contact {contact}"


def _fields(incident: Json, whose: str | None) -> dict[str, Any]:
    labels = ", ".join(f"{name}={value}" for name, value in sorted(incident["labels"].items()))
    return {
        "incident": incident["id"],
        "what": incident["title"],
        "severity": incident["severity"],
        "state": _state(incident),
        "since": show_instant(incident["opened_at"]),
        "resolved": _at(incident["resolved_at"]),
        "resolved by": incident["resolved_by"],
        "acknowledged by": incident["acknowledged_by"],
        "acknowledged until": _at(incident["acknowledged_until"]),
        "assigned to": whose,
        "run": incident["run_id"],
        "labels": labels,
    }


def _at(instant: str | None) -> str | None:
    return None if instant is None else show_instant(instant)


def _more(details: Json) -> str:
    """What a line of the story says beside, names before numbers."""
    said: list[str] = [str(details["text"])] if "text" in details else []
    for name in ("contact_names", "channel_names"):
        said += details.get(name, [])
    known = {"contact", "contacts", "channel", "channels", "text", "message"}
    known |= {"contact_names", "channel_names"}
    said += [f"{_words(name)} {value}" for name, value in sorted(details.items()) if name not in known]
    return ", ".join(said)


def _words(name: str) -> str:
    return name.replace("_", " ")

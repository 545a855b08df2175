"""`autom8 rule`: what is told of tasks, checks, channels and Autom8 itself, and how that is changed."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from autom8.cli.arguments import pair, seconds
from autom8.cli.commands import command
from autom8.cli.connection import connect
from autom8.cli.durations import show_duration
from autom8.cli.errors import NoSuchThing
from autom8.cli.finding import find_named
from autom8.cli.parser import Handler, Parser, add_commands
from autom8.cli.terminal import Column, print_fields, print_json, print_table, tell
from autom8.cli.wording import Json, visible
from autom8.kernel.errors import Invalid
from autom8.kernel.naming import tag_key

if TYPE_CHECKING:
    from autom8.cli.client import Answer, Client
    from autom8.cli.parser import Subparsers

RULES: Final = "/rules"
FOUND_MAX: Final = 10_000
_KINDS: Final = ("task", "check", "channel", "own", "pushed")
_PLACES: Final = {"task": "/tasks", "check": "/checks", "channel": "/channels"}
_TIMES: Final = ("time_s", "violated_for_s", "fine_for_s", "unknown_for_s", "raised_again_after_s")
_EXAMPLE: Final = """\
examples:
  autom8 rule set failed --task backup --count 3 --severity critical
  autom8 rule set no_success_for --tag nightly --time 26h
  autom8 rule set late_by --all --off"""


def register(group: Parser) -> None:
    """Add the commands of `autom8 rule`."""
    commands = add_commands(group)
    listing = command(commands, "list", list_rules, "show what holds, for all of a kind or for one object")
    listing.add_argument("--kind", choices=_KINDS, default=None, help="left out: of the object, or task")
    _add_object(listing)
    showing = command(commands, "show", show_rule, "show one rule: what holds, and who said so")
    showing.add_argument("rule", metavar="RULE", help="as `autom8 rule list` shows it, such as failed")
    showing.add_argument("--kind", choices=_KINDS, default=None, help="left out: of the object, or task")
    _add_object(showing)
    command(commands, "settings", list_settings, "show all that is said of rules beside the defaults")
    setting = _ruled(commands, "set", set_rule, "say something of a rule, or something else")
    setting.epilog = _EXAMPLE
    _add_changes(setting)
    _ruled(commands, "unset", unset_rule, "take back what is said of a rule for these")


def _ruled(commands: Subparsers, name: str, handler: Handler, summary: str) -> Parser:
    parser = command(commands, name, handler, summary)
    parser.add_argument("rule", metavar="RULE", help="as `autom8 rule list` shows it, such as failed")
    parser.add_argument("--kind", choices=_KINDS, default=None, help="with --all or --tag (default task)")
    _add_object(parser)
    parser.add_argument("--tag", metavar="TAG", help="for all that have this tag")
    parser.add_argument("--all", action="store_true", help="for all of the kind")
    return parser


def _add_object(parser: Parser) -> None:
    for kind in _PLACES:
        parser.add_argument(f"--{kind}", metavar="NAME", help=f"for this {kind}")


def _add_changes(parser: Parser) -> None:
    switch = parser.add_mutually_exclusive_group()
    switch.add_argument("--on", action="store_true", default=None, dest="enabled", help="have it hold")
    switch.add_argument("--off", action="store_false", dest="enabled", help="have it not hold")
    parser.add_argument("--count", metavar="N", type=int, help="runs in a row, or skipped slots")
    parser.add_argument("--time", metavar="TIME", type=seconds, help="of rules about time, such as 26h")
    parser.add_argument("--for", metavar="TIME", type=seconds, dest="for_", help="before it is told")
    parser.add_argument("--fine-for", metavar="TIME", type=seconds, help="before it is over")
    parser.add_argument(
        "--raised-again-after", metavar="TIME", type=seconds, help="though somebody resolved it by hand"
    )
    parser.add_argument(
        "--severity", choices=("critical", "warning", "info"), help="what is critical wakes people"
    )
    parser.add_argument(
        "--label", metavar="NAME=TEXT", type=pair, action="append", default=[], help="on its incidents"
    )
    parser.add_argument("--runbook", metavar="URL", help="what to do then")
    parser.add_argument("--policy", metavar="POLICY", help="the escalation policy by which it is told")


def list_rules(args: argparse.Namespace) -> int:
    """Show the rules that hold."""
    rules = _effective(args)
    if args.json:
        print_json(rules)
        return 0
    columns = [Column(each) for each in ("RULE", "HOLDS", "FROM", "SEVERITY", "SET BY")]
    rows = [
        (each["rule"], "yes" if each["enabled"] else "no", _threshold(each), each["severity"], _said_by(each))
        for each in rules
    ]
    print_table(columns, rows)
    return 0


def show_rule(args: argparse.Namespace) -> int:
    """Show all that holds for one rule, and which setting says each of it."""
    found = [each for each in _effective(args) if each["rule"] == args.rule]
    if not found:
        raise NoSuchThing(f"there is no rule {visible(args.rule)}; `autom8 rule list` shows those there are")
    (rule,) = found
    if args.json:
        print_json(rule)
        return 0
    said = {name: _scope_text(each) for each in reversed(rule["set_by"]) for name in each["fields"]}
    texts = {
        "enabled": "yes" if rule["enabled"] else "no",
        "count": rule["count"],
        **{name: None if rule[name] is None else show_duration(rule[name]) for name in _TIMES},
        **{name: rule[name] for name in ("no_data", "severity", "runbook", "policy_id")},
        "labels": ", ".join(f"{name}={text}" for name, text in sorted(rule["labels"].items())) or None,
    }
    columns = [Column("FIELD"), Column("VALUE"), Column("SET BY")]
    print_fields({"rule": rule["rule"], "of": rule["kind"]})
    print_table(
        columns,
        [
            (name.removesuffix("_s").replace("_", " "), text, said.get(name, "default"))
            for name, text in texts.items()
        ],
    )
    return 0


def list_settings(args: argparse.Namespace) -> int:
    """Show all settings."""
    with connect(args) as client:
        found = client.items(RULES, limit=FOUND_MAX).items
    if args.json:
        print_json(found)
        return 0
    columns = [Column("KIND"), Column("RULE"), Column("FOR"), Column("SAYS")]
    rows = [
        (
            each["kind"],
            each["rule"],
            _scope_text(each),
            _changes_text(each["changes"]),
        )
        for each in found
    ]
    print_table(columns, rows)
    return 0


def set_rule(args: argparse.Namespace) -> int:
    """Say something of a rule; what was said of it for the same before and is not said now stays."""
    with connect(args) as client:
        changes = _changes(client, args)
        if not changes:
            raise Invalid("nothing to change is given; see `autom8 rule set --help`")
        where = _scope(client, args)
        found = _setting(client, args.rule, where)
        if found is None:
            made = client.post(RULES, {"rule": args.rule, **where, "changes": changes}).body
        else:
            path = f"{RULES}/{found.body['id']}"
            made = client.patch(path, {"changes": changes}, etag=found.etag).body
    return tell(args, made, f"set {made['rule']} for {_scope_text(made)}: {_changes_text(made['changes'])}")


def unset_rule(args: argparse.Namespace) -> int:
    """Take back what is said of a rule."""
    with connect(args) as client:
        where = _scope(client, args)
        found = _setting(client, args.rule, where)
        if found is None:
            raise NoSuchThing(f"nothing is said of {visible(args.rule)} for {_scope_text(where)}")
        client.delete(f"{RULES}/{found.body['id']}", etag=found.etag)
    return tell(args, found.body, f"{found.body['rule']} for {_scope_text(where)} is as it was")


def _effective(args: argparse.Namespace) -> list[Json]:
    with connect(args) as client:
        kind, number = _object(client, args)
        kind = kind or args.kind or "task"
        found: list[Json] = client.get(f"{RULES}/effective", kind=kind, id=number).body["items"]
    return found


def _object(client: Client, args: argparse.Namespace) -> tuple[str | None, int | None]:
    named = [(kind, getattr(args, kind)) for kind in _PLACES if getattr(args, kind) is not None]
    if len(named) > 1:
        raise Invalid("name one object at most")
    if not named:
        return None, None
    kind, name = named[0]
    if args.kind not in {None, kind}:
        raise Invalid(f"--{kind} names a {kind}; --kind {args.kind} is something else")
    return kind, int(find_named(client, _PLACES[kind], name, noun=kind).body["id"])


def _scope(client: Client, args: argparse.Namespace) -> Json:
    kind, number = _object(client, args)
    given = [number is not None, args.tag is not None, args.all]
    if sum(given) != 1:
        raise Invalid("say for what: --task, --check or --channel with a name, --tag, or --all")
    if number is not None:
        return {"kind": kind, "scope": "one", "value": str(number)}
    kind = args.kind or "task"
    if args.tag is not None:
        return {"kind": kind, "scope": "tag", "value": tag_key(args.tag)}
    return {"kind": kind, "scope": "all", "value": ""}


def _setting(client: Client, rule: str, where: Json) -> Answer | None:
    found = client.items(RULES, limit=1, rule=rule, **where).items
    return client.get(f"{RULES}/{found[0]['id']}") if found else None


def _changes(client: Client, args: argparse.Namespace) -> Json:
    changes: Json = {
        "enabled": args.enabled,
        "count": args.count,
        "time_s": args.time,
        "violated_for_s": args.for_,
        "fine_for_s": args.fine_for,
        "raised_again_after_s": args.raised_again_after,
        "severity": args.severity,
        "runbook": args.runbook,
        "labels": dict(args.label) or None,
    }
    if args.policy is not None:
        policy = find_named(client, "/escalation-policies", args.policy, noun="escalation policy")
        changes["policy_id"] = policy.body["id"]
    given = {name: value for name, value in changes.items() if value is not None}
    if "enabled" not in given and ("count" in given or "time_s" in given):
        given["enabled"] = True  # who gives a number wants it to hold
    return given


def _threshold(rule: Json) -> str | None:
    said = [f"{rule['count']} times"] if rule["count"] not in {None, 1} else []
    if rule["time_s"] is not None:
        said.append(show_duration(rule["time_s"]))
    if rule["violated_for_s"]:
        said.append(f"for {show_duration(rule['violated_for_s'])}")
    return ", ".join(said) or None


def _said_by(rule: Json) -> str:
    return ", ".join(_scope_text(each) for each in rule["set_by"]) or "default"


def _scope_text(where: Json) -> str:
    return {"all": "all", "tag": f"tag {visible(where['value'])}"}.get(
        where["scope"], f"{where.get('kind', 'number')} {where['value']}"
    )


def _changes_text(changes: Json) -> str:
    said = [
        f"{name.removesuffix('_s').replace('_', ' ')} {_change_text(name, value)}"
        for name, value in sorted(changes.items())
    ]
    return visible(", ".join(said))


def _change_text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return " ".join(f"{label}={text}" for label, text in sorted(value.items())) or "none"
    if name in _TIMES and isinstance(value, int | float):
        return show_duration(value)
    return "none" if value is None else str(value)

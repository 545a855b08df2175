"""`autom8 oncall policy`: who is told of an incident, step by step."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, Final

from autom8.cli.arguments import add_limit, count_or_none, seconds
from autom8.cli.commands import Word, command, tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.contact_options import read_object
from autom8.cli.contact_sets import find_group
from autom8.cli.durations import show_duration
from autom8.cli.finding import find_contact, find_named
from autom8.cli.parser import Parser, add_commands
from autom8.cli.terminal import print_fields, print_json, say, tell, warn
from autom8.cli.wording import Json, visible
from autom8.kernel.errors import Invalid

if TYPE_CHECKING:
    from autom8.cli.client import Client
    from autom8.cli.parser import Subparsers

POLICIES: Final = "/escalation-policies"
POLICIES_LISTED: Final = 200
FOR_EVER: Final = "forever"
_NOUN: Final = "escalation policy"
_EXAMPLE: Final = """\
example: who is on call at once, all of a group ten minutes later, and so on every half hour
  autom8 oncall policy add First --tell schedule:Operations --tell group:Team,contact:Ada@10m \\
    --repeats forever --repeated-after 30m --default"""
_POLICY: Final = Word("policy", "POLICY", "its name, or where it is there its number")


def register(commands: Subparsers) -> None:
    """Add `policy` to the commands of `autom8 oncall`."""
    group = commands.add_parser("policy", help="list, show, add, edit and remove escalation policies")
    inner = add_commands(group)
    listing = command(inner, "list", list_policies, "show all policies, by name")
    add_limit(listing, POLICIES_LISTED)
    command(inner, "show", show_policy, "show one policy with its steps", _POLICY)
    adding = command(inner, "add", add_policy, "add a policy", _POLICY)
    adding.epilog = _EXAMPLE
    _add_options(adding)
    editing = command(inner, "edit", edit_policy, "change what is given, and leave the rest", _POLICY)
    editing.epilog = "Steps that are given by --tell replace all."
    editing.add_argument("--name", metavar="NEW", dest="new_name", help="a new name")
    _add_options(editing)
    command(
        inner, "remove", remove_policy, "remove a policy that is not the default and no rule names", _POLICY
    )


def _add_options(parser: Parser) -> None:
    parser.add_argument(
        "--tell",
        metavar="WHO[,WHO][@TIME]",
        action="append",
        default=[],
        help="a step: contact:, group:, schedule: or channel: with a name or number, so long after the last;"
        " may be repeated",
    )
    parser.add_argument("--description", metavar="TEXT", help="what it is for")
    parser.add_argument(
        "--repeats", metavar="N", type=_repeats, help=f"rounds after the first, or {FOR_EVER} (default 0)"
    )
    parser.add_argument("--repeated-after", metavar="TIME", type=seconds, help="between rounds (default 15m)")
    default = parser.add_mutually_exclusive_group()
    default.add_argument("--default", action="store_true", default=None, help="for all that names none")
    default.add_argument("--not-default", action="store_false", dest="default", help="have no default")
    parser.add_argument(
        "--stdin-json", action="store_true", help="read the whole body, as the API takes it, from stdin"
    )


def list_policies(args: argparse.Namespace) -> int:
    """Show policies, by name."""
    with connect(args) as client:
        found = client.items(POLICIES, limit=args.limit)
    columns = titled("NUMBER", "NAME", "DEFAULT", "STEPS", numbers=("NUMBER", "STEPS"))
    return tell_list(args, found, columns, _row)


def show_policy(args: argparse.Namespace) -> int:
    """Show one policy."""
    with connect(args) as client:
        policy = find_named(client, POLICIES, args.policy, noun=_NOUN).body
    if args.json:
        print_json(policy)
        return 0
    again = {None: "until somebody acts", 1: "once"}.get(policy["repeats"], f"{policy['repeats']} times")
    every = show_duration(policy["repeated_after_s"])
    print_fields(
        {
            "id": policy["id"],
            "name": policy["name"],
            "description": policy["description"],
            "default": "yes" if policy["is_default"] else "no",
            "repeats": f"{again}, {every} after the last step" if policy["repeats"] != 0 else "no",
        }
    )
    for number, step in enumerate(policy["steps"], 1):
        say(f"step {number}  {_show_step(step, policy['names'])}")
    for amiss in policy["amiss"]:
        warn(f"autom8: {visible(amiss)}")
    return 0


def add_policy(args: argparse.Namespace) -> int:
    """Add a policy."""
    with connect(args) as client:
        body = {"name": args.policy, **_given(client, args)}
        policy = client.post(POLICIES, body).body
    return tell(args, policy, f"added policy {policy['id']}, {visible(policy['name'])}")


def edit_policy(args: argparse.Namespace) -> int:
    """Change a policy, unless somebody else did so since it was read."""
    with connect(args) as client:
        found = find_named(client, POLICIES, args.policy, noun=_NOUN)
        changes = _given(client, args)
        if args.new_name is not None:
            changes["name"] = args.new_name
        if not changes:
            raise Invalid("nothing to change is given; see `autom8 oncall policy edit --help`")
        path = f"{POLICIES}/{found.body['id']}"
        policy = client.patch(path, changes, etag=found.etag).body
    return tell(args, policy, f"changed policy {policy['id']}, {visible(policy['name'])}")


def remove_policy(args: argparse.Namespace) -> int:
    """Remove a policy."""
    with connect(args) as client:
        found = find_named(client, POLICIES, args.policy, noun=_NOUN)
        client.delete(f"{POLICIES}/{found.body['id']}", etag=found.etag)
    return tell(args, found.body, f"removed policy {visible(found.body['name'])}")


def _row(policy: Json) -> tuple[object, ...]:
    default = "default" if policy["is_default"] else None
    return policy["id"], policy["name"], default, len(policy["steps"])


def _given(client: Client, args: argparse.Namespace) -> Json:
    given: Json = {}
    if args.tell:
        given["steps"] = [_step(client, each) for each in args.tell]
    if args.description is not None:
        given["description"] = args.description
    if args.repeats is not None:
        given["repeats"] = None if args.repeats == FOR_EVER else args.repeats
    if args.repeated_after is not None:
        given["repeated_after_s"] = args.repeated_after
    if args.default is not None:
        given["is_default"] = args.default
    return given | (read_object() if args.stdin_json else {})


def _step(client: Client, text: str) -> Json:
    targets, _, after = text.partition("@")
    try:
        after_s = seconds(after) if after else 0
    except argparse.ArgumentTypeError as error:
        raise Invalid(f"--tell {text}: {error}") from None
    return {"targets": [_target(client, each) for each in targets.split(",")], "after_s": after_s}


def _target(client: Client, text: str) -> str:
    kind, colon, name = text.strip().partition(":")
    if not colon or not name:
        raise Invalid(f"{text!r} is nobody; write contact:Ada, group:Team, schedule:Operations or channel:3")
    if name.isdecimal():
        return f"{kind}:{name}"
    match kind:
        case "contact":
            return f"contact:{find_contact(client, name)}"
        case "group":
            return f"group:{find_group(client, name).body['id']}"
        case "schedule":
            found = find_named(client, "/oncall/schedules", name, noun="on-call schedule")
            return f"schedule:{found.body['id']}"
        case "channel":
            return f"channel:{find_named(client, '/channels', name, noun='channel').body['id']}"
    raise Invalid(f"there is no {kind!r}; write contact:, group:, schedule: or channel:")


def _repeats(text: str) -> int | str:
    return FOR_EVER if text == FOR_EVER else count_or_none(text)


def _show_step(step: Any, names: dict[str, str]) -> str:
    try:
        who = [f"{each.partition(':')[0]} {names.get(each, '(gone)')}" for each in step["targets"]]
        after = f", {show_duration(step['after_s'])} after the last" if step["after_s"] else ""
        return visible((", ".join(who) or "nobody") + after)
    except (KeyError, TypeError, AttributeError):  # broken by hand; `amiss` says so
        return visible(str(step))

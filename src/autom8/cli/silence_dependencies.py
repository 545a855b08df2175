"""`autom8 silence dependency`: while a parent is wrong, what depends on it is told to nobody."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from autom8.cli.arguments import add_limit
from autom8.cli.commands import Word, command, tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.finding import find_named
from autom8.cli.parser import Parser, add_commands
from autom8.cli.terminal import print_fields, print_json, tell
from autom8.cli.wording import Json, visible
from autom8.kernel.errors import Invalid

if TYPE_CHECKING:
    from autom8.cli.parser import Subparsers

DEPENDENCIES: Final = "/dependencies"
DEPENDENCIES_LISTED: Final = 200
_OPERATORS: Final = {(False, True): "=", (False, False): "!=", (True, True): "=~", (True, False): "!~"}
_EXAMPLE: Final = """\
example:
  autom8 silence dependency add 'Site down' --parents alertname=SiteDown \\
    --children 'severity=~"warning|info"' --equal site"""
_DEPENDENCY: Final = Word("dependency", "NAME", "its name, or where it is there its number")


def register(commands: Subparsers) -> None:
    """Add `dependency` to the commands of `autom8 silence`."""
    group = commands.add_parser("dependency", help="list, show, add, change and remove dependencies")
    inner = add_commands(group)
    listing = command(inner, "list", list_dependencies, "show all dependencies, by name")
    add_limit(listing, DEPENDENCIES_LISTED)
    command(inner, "show", show_dependency, "show one dependency", _DEPENDENCY)
    adding = command(inner, "add", add_dependency, "say what depends on what", _DEPENDENCY)
    adding.epilog = _EXAMPLE
    _add_options(adding)
    changing = command(
        inner, "change", change_dependency, "change what is given, and leave the rest", _DEPENDENCY
    )
    changing.add_argument("--name", metavar="NEW", dest="new_name", help="a new name")
    _add_options(changing)
    command(inner, "remove", remove_dependency, "remove a dependency", _DEPENDENCY)


def _add_options(parser: Parser) -> None:
    for name, meaning in (
        ("--parents", "while one of these is wrong"),
        ("--children", "these are held back"),
    ):
        parser.add_argument(name, metavar="MATCHERS", action="append", help=f"{meaning}: label=value, …")
    parser.add_argument("--equal", metavar="LABEL", action="append", help="if this is the same on both")
    parser.add_argument("--comment", metavar="TEXT", help="why")


def list_dependencies(args: argparse.Namespace) -> int:
    """Show dependencies, by name."""
    with connect(args) as client:
        found = client.items(DEPENDENCIES, limit=args.limit)
    columns = titled("NUMBER", "NAME", "PARENTS", "CHILDREN", "EQUAL", "COMMENT")
    return tell_list(args, found, columns, lambda each: (each["id"], *_cells(each).values()))


def show_dependency(args: argparse.Namespace) -> int:
    """Show one dependency."""
    with connect(args) as client:
        dependency = find_named(client, DEPENDENCIES, args.dependency, noun="dependency").body
    if args.json:
        print_json(dependency)
    else:
        print_fields({"id": dependency["id"], **_cells(dependency)})
    return 0


def add_dependency(args: argparse.Namespace) -> int:
    """Add a dependency."""
    if not args.parents or not args.children:
        raise Invalid("say by --parents what is wrong, and by --children what is then told to nobody")
    with connect(args) as client:
        made = client.post(DEPENDENCIES, {"name": args.dependency, **_given(args)}).body
    return tell(args, made, f"added dependency {made['id']}, {visible(made['name'])}")


def change_dependency(args: argparse.Namespace) -> int:
    """Change a dependency, unless somebody else did so since it was read."""
    changes = _given(args)
    if args.new_name is not None:
        changes["name"] = args.new_name
    if not changes:
        raise Invalid("nothing to change is given; see `autom8 silence dependency change --help`")
    with connect(args) as client:
        found = find_named(client, DEPENDENCIES, args.dependency, noun="dependency")
        made = client.patch(f"{DEPENDENCIES}/{found.body['id']}", changes, etag=found.etag).body
    return tell(args, made, f"changed dependency {made['id']}, {visible(made['name'])}")


def remove_dependency(args: argparse.Namespace) -> int:
    """Remove a dependency."""
    with connect(args) as client:
        found = find_named(client, DEPENDENCIES, args.dependency, noun="dependency")
        client.delete(f"{DEPENDENCIES}/{found.body['id']}", etag=found.etag)
    return tell(args, found.body, f"removed dependency {visible(found.body['name'])}")


def _given(args: argparse.Namespace) -> Json:
    body: Json = {}
    for field, texts in (("parents", args.parents), ("children", args.children)):
        if texts:
            body[field] = ", ".join(texts)
    if args.equal:
        body["equal"] = [each for each in args.equal if each]
    if args.comment is not None:
        body["comment"] = args.comment
    return body


def _cells(dependency: Json) -> dict[str, object]:
    return {
        "name": dependency["name"],
        "parents": _text(dependency["parents"]),
        "children": _text(dependency["children"]),
        "equal": ", ".join(dependency["equal"]) or None,
        "comment": dependency["comment"] or None,
    }


def _text(matchers: list[Json]) -> str:
    return ", ".join(
        f"{each['name']}{_OPERATORS[each['isRegex'], each['isEqual']]}{_quoted(each['value'])}"
        for each in matchers
    )


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

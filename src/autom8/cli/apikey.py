"""`autom8 apikey`: keys by which programs act for a user; administrators revoke those of others."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from autom8.cli.arguments import add_limit, count, seconds
from autom8.cli.commands import command, tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.errors import NoSuchKey
from autom8.cli.finding import find_user
from autom8.cli.parser import Parser, add_commands
from autom8.cli.terminal import print_json, say, warn
from autom8.cli.wording import Json, parse_instant, show_instant, visible
from autom8.kernel.actor import PERSONAL_SCOPES, SCOPES_BY_ROLE
from autom8.kernel.vocabulary import Role

if TYPE_CHECKING:
    from autom8.cli.client import Client

KEYS_LISTED: Final = 200
SCOPES: Final = sorted(SCOPES_BY_ROLE[Role.ADMIN] - PERSONAL_SCOPES)


def register(group: Parser) -> None:
    """Add the commands of `autom8 apikey`."""
    commands = add_commands(group)
    adding = command(
        commands, "add", add_key, "make a key, and show it once", more="Programs send it in AUTOM8_TOKEN."
    )
    adding.add_argument("name", metavar="NAME", help="what it is for")
    adding.add_argument(
        "--scope",
        metavar="SCOPE",
        choices=SCOPES,
        action="append",
        required=True,
        help=f"what it may; may be given several times: {', '.join(SCOPES)}",
    )
    adding.add_argument(
        "--expires", metavar="DURATION", type=seconds, help="how long it is good (default: until revoked)"
    )
    adding.add_argument(
        "--requests", metavar="N", type=count, help="requests a minute; only administrators set it"
    )
    listing = command(commands, "list", list_keys, "show keys, the newest first")
    add_limit(listing, KEYS_LISTED)
    _add_user(listing)
    revoking = command(commands, "revoke", revoke_key, "end a key for good")
    revoking.add_argument("key", metavar="KEY", help="its number, its name, or how it begins")
    _add_user(revoking)


def _add_user(parser: Parser) -> None:
    parser.add_argument("--user", metavar="NAME", help="whose (default: your own)")


def add_key(args: argparse.Namespace) -> int:
    """Make a key of one's own; it goes to stdout, so that it can be piped to where it is kept."""
    body: Json = {"name": args.name, "scopes": args.scope}
    if args.expires is not None:
        body["expires_in_s"] = int(args.expires)
    if args.requests is not None:
        body["requests_per_minute"] = args.requests
    with connect(args) as client:
        made: Json = client.post("/auth/keys", body).body
    if args.json:
        print_json(made)
    else:
        warn(f"the key {visible(made['name'])}, which is shown this once:")
        say(made["key"])
    return 0


def list_keys(args: argparse.Namespace) -> int:
    """Show keys."""
    with connect(args) as client:
        found = client.items(_path(client, args), limit=args.limit)
    return tell_list(args, found, titled("NUMBER", "KEY", "NAME", "SCOPES", "STATE", "LAST USED"), _row)


def revoke_key(args: argparse.Namespace) -> int:
    """Revoke a key."""
    with connect(args) as client:
        path = _path(client, args)
        key = _find(client, path, args.key)
        client.delete(f"{path}/{key['id']}")
    if args.json:
        print_json({"id": key["id"], "key_id": key["key_id"], "revoked": True})
    else:
        say(f"revoked the key {visible(key['name'])} (a8_live_{key['key_id']}_…)")
    return 0


def _path(client: Client, args: argparse.Namespace) -> str:
    if args.user is None:
        return "/auth/keys"
    return f"/users/{find_user(client, args.user).body['id']}/keys"


def _find(client: Client, path: str, named: str) -> Json:
    """The one key that is meant, the good ones first.

    Raises:
        NoSuchKey: none is, or several are.
    """
    keys = client.items(path, limit=100_000).items
    by_id = [key for key in keys if named == str(key["id"]) or key["key_id"] in named.split("_")]
    found = by_id or [key for key in keys if key["name"] == named and key["revoked_at"] is None]
    if len(found) != 1:
        what = "is called" if not found else "alone is called"
        raise NoSuchKey(f"no key {what} {named}; `autom8 apikey list` shows the numbers")
    return found[0]


def _row(key: Json) -> tuple[object, ...]:
    last = show_instant(key["last_used_at"])
    used = f"{last} {key['last_used_address']}" if key["last_used_address"] else last
    return (key["id"], f"a8_live_{key['key_id']}_…", key["name"], " ".join(key["scopes"]), _state(key), used)


def _state(key: Json) -> str:
    if key["revoked_at"] is not None:
        return "revoked"
    if key["expires_at"] is None:
        return "active"
    over = parse_instant(key["expires_at"]) <= datetime.now(UTC)
    return "expired" if over else f"active until {show_instant(key['expires_at'])}"

"""`autom8 user`: add, list, disable, enable, give a role, remove, and what lets them in.

The first administrator can be made with no server running.
"""

from __future__ import annotations

import argparse
import contextlib
from typing import Final

from autom8.cli.arguments import add_limit
from autom8.cli.commands import command, tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.errors import NoServerHere
from autom8.cli.finding import find_user
from autom8.cli.parser import Parser, add_commands
from autom8.cli.passwords import add_password_options, new_password
from autom8.cli.terminal import tell
from autom8.cli.wording import Json, instant_json, show_instant, visible
from autom8.kernel.vocabulary import Role

USERS_LISTED: Final = 200


def register(group: Parser) -> None:
    """Add the commands of `autom8 user`."""
    commands = add_commands(group)
    adding = command(commands, "add", add_user, "let somebody log in")
    adding.add_argument("name", metavar="NAME")
    roles = [*map(str, Role)]
    adding.add_argument("--role", choices=roles, required=True, help="each may do what the one before may")
    add_password_options(adding)
    add_limit(command(commands, "list", list_users, "show all users"), USERS_LISTED)
    for name, handler, summary in (
        ("disable", disable_user, "end somebody's logins, and let them log in no more"),
        ("enable", enable_user, "let a disabled user log in again"),
    ):
        command(commands, name, handler, summary).add_argument("name", metavar="NAME")
    giving = command(commands, "role", give_role, "let somebody do more, or less")
    giving.add_argument("name", metavar="NAME", help="whose")
    giving.add_argument("role", metavar="ROLE", choices=roles, help=", ".join(roles))
    removing = command(commands, "remove", remove_user, "remove a user, with their logins and API keys")
    removing.add_argument("name", metavar="NAME", help="who goes; the audit trail keeps what they did")
    from autom8.cli import user_access  # it finds users as this module does

    user_access.register(commands)


def add_user(args: argparse.Namespace) -> int:
    """Add a user, through the server or, when none is named and none runs here, in the data folder itself."""
    password = new_password(args)
    body = {"name": args.name, "password": password, "role": args.role}
    user = _post_or_write(args, body)
    return tell(args, user, f"added user {visible(user['name'])}, {user['role']}")


def list_users(args: argparse.Namespace) -> int:
    """Show users, by name."""
    with connect(args) as client:
        found = client.items("/users", limit=args.limit)
    return tell_list(args, found, titled("NUMBER", "NAME", "ROLE", "STATE", "LAST LOGIN"), _row)


def disable_user(args: argparse.Namespace) -> int:
    """Disable a user."""
    return _set_disabled(args, disabled=True)


def enable_user(args: argparse.Namespace) -> int:
    """Enable a user."""
    return _set_disabled(args, disabled=False)


def give_role(args: argparse.Namespace) -> int:
    """Give a user another role."""
    user = _changed(args, {"role": args.role})
    return tell(args, user, f"user {visible(user['name'])} is {user['role']}")


def remove_user(args: argparse.Namespace) -> int:
    """Remove a user, unless somebody changed them since they were read."""
    with connect(args) as client:
        found = find_user(client, args.name)
        client.delete(f"/users/{found.body['id']}", etag=found.etag)
    return tell(args, found.body, f"removed user {visible(found.body['name'])}")


def _set_disabled(args: argparse.Namespace, *, disabled: bool) -> int:
    user = _changed(args, {"disabled": disabled})
    return tell(args, user, f"user {visible(user['name'])} is {_state(user)}")


def _changed(args: argparse.Namespace, changes: dict[str, object]) -> Json:
    with connect(args) as client:
        found = find_user(client, args.name)
        user: Json = client.patch(f"/users/{found.body['id']}", changes, etag=found.etag).body
    return user


def _post_or_write(args: argparse.Namespace, body: dict[str, str]) -> Json:
    with contextlib.suppress(NoServerHere), connect(args) as client:
        user: Json = client.post("/users", body).body
        return user
    return _write(args, body)


def _write(args: argparse.Namespace, body: dict[str, str]) -> Json:
    """Add a user with no server running, as whoever may write the data folder may."""
    from autom8.cli.server import local_operator, local_services  # brings the database: only without a server

    services = local_services(args.data)
    try:
        added = services.security.users.add
        user = added(body["name"], body["password"], Role(body["role"]), actor=local_operator())
    finally:
        services.close()
    return {
        "id": user.id,
        "name": user.name,
        "role": user.role,
        "disabled": user.disabled,
        "created_at": instant_json(user.created_at),
        "updated_at": instant_json(user.updated_at),
        "last_login_at": None,
    }


def _row(user: Json) -> tuple[object, ...]:
    return user["id"], user["name"], user["role"], _state(user), show_instant(user["last_login_at"])


def _state(user: Json) -> str:
    return "disabled" if user["disabled"] else "active"

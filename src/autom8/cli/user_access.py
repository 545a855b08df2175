"""`autom8 user password|sessions|factor`: what lets somebody in; one's own, or by name as administrator."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Final

from autom8.cli.commands import Word, command
from autom8.cli.connection import connect
from autom8.cli.finding import find_user
from autom8.cli.passwords import add_password_options, known_password, new_password
from autom8.cli.proving import ask_code
from autom8.cli.terminal import Column, print_fields, print_json, print_table, say, tell, warn
from autom8.cli.wording import Json, show_instant, visible

if TYPE_CHECKING:
    from autom8.cli.client import Client
    from autom8.cli.parser import Subparsers

_BY_STDIN = (
    "For your own, --password-stdin reads the current one first, and the new one from the second line."
)
_NAME: Final = Word("name", "NAME", "whose (default: your own)", nargs="?")


def register(commands: Subparsers) -> None:
    """Add these commands to those of `autom8 user`."""
    summary = "give a new password, and end other logins"
    changing = command(commands, "password", change_password, summary, _NAME, more=_BY_STDIN)
    add_password_options(changing)
    listing = command(commands, "sessions", sessions, "show where somebody is logged in, and end it", _NAME)
    ending = listing.add_mutually_exclusive_group()
    ending.add_argument("--end", metavar="SESSION", help="end this one")
    ending.add_argument("--end-all", action="store_true", help="end all but the one that this is asked in")
    factor_of = command(commands, "factor", factor, "show, set up or remove a second factor", _NAME)
    what = factor_of.add_mutually_exclusive_group()
    what.add_argument("--set-up", action="store_true", help="set up one of your own")
    what.add_argument("--recovery-codes", action="store_true", help="make new ones of your own")
    what.add_argument("--remove", action="store_true", help="log in without it from now on")


def change_password(args: argparse.Namespace) -> int:
    """Give somebody a new password; one's own by the one before, the first line of --password-stdin."""
    with connect(args) as client:
        if args.name is None:
            current = known_password(args, "Current password: ")
            client.post("/auth/password", {"current": current, "new": new_password(args)})
            return tell(args, {"changed": True}, "your password is changed; your other logins have ended")
        user = find_user(client, args.name)
        changes = {"password": new_password(args)}
        changed = client.patch(f"/users/{user.body['id']}", changes, etag=user.etag).body
    return tell(args, changed, f"the password of {visible(changed['name'])} is changed")


def sessions(args: argparse.Namespace) -> int:
    """Show somebody's sessions, or end them."""
    with connect(args) as client:
        path = f"{_of(client, args)}/sessions"
        if args.end is not None:
            client.delete(f"{path}/{args.end}")
            return tell(args, {"ended": args.end}, f"ended session {visible(args.end)}")
        if args.end_all:
            client.delete(path)
            whose = "but the one that this was asked in" if args.name is None else f"of {visible(args.name)}"
            return tell(args, {"ended": "all"}, f"ended all sessions {whose}")
        found = client.get(path).body["items"]
    if args.json:
        print_json(found)
    else:
        titles = ("SESSION", "LOGGED IN", "BY", "LAST USED", "FROM", "WITH")
        print_table([Column(title) for title in titles], [_row(each) for each in found])
    return 0


def _row(session: Json) -> tuple[object, ...]:
    used = "this one" if session["current"] else show_instant(session["used_at"])
    begun = show_instant(session["created_at"])
    return (session["id"], begun, session["method"], used, session["address"], session["agent"][:40])


def factor(args: argparse.Namespace) -> int:
    """Show, set up or remove a second factor, or make new recovery codes."""
    with connect(args) as client:
        if args.set_up:
            return _set_up(client, args)
        if args.recovery_codes:
            made = client.post("/auth/factor/recovery-codes").body
            return _tell_codes(args, made)
        path = _of(client, args)
        if args.remove:
            client.delete(f"{path}/factor")
            return tell(args, {"removed": True}, "the second factor is removed")
        if args.name is None:
            found = client.get("/auth/factor").body
        else:
            found = {"enabled": client.get(path).body["second_factor"]}
    if args.json:
        print_json(found)
    else:
        print_fields(
            {
                "second factor": "on" if found["enabled"] else "none",
                "since": found.get("enabled_at") and show_instant(found["enabled_at"]),
                "recovery codes left": found.get("recovery_codes_left"),
            },
        )
    return 0


def _set_up(client: Client, args: argparse.Namespace) -> int:
    import segno  # only here: it draws

    made = client.post("/auth/factor").body
    warn("scan this with an authenticator, or type the secret into it:")
    warn("")
    segno.make(made["uri"], error="l", micro=False).terminal(out=sys.stderr, compact=True)
    warn(f"\n{made['secret']}\n")
    codes = client.post("/auth/factor/confirm", {"code": ask_code("Code that it shows now")}).body
    warn("from now on logging in takes a code")
    return _tell_codes(args, codes)


def _tell_codes(args: argparse.Namespace, made: Json) -> int:
    warn("recovery codes, each good once in place of a code; they are shown this once:")
    if args.json:
        print_json(made)
    else:
        for code in made["recovery_codes"]:
            say(code)
    return 0


def _of(client: Client, args: argparse.Namespace) -> str:
    """Where what is asked for stands: one's own, or somebody's."""
    return "/auth" if args.name is None else f"/users/{find_user(client, args.name).body['id']}"

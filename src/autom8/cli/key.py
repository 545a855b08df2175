"""`autom8 key`: the keyring that wraps the keys of encrypted fields. With no server running, too.

Shows no key; `export` writes them, sealed under a passphrase unless told otherwise.
"""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from autom8.cli.commands import command
from autom8.cli.connection import connect, data_folder
from autom8.cli.errors import NoServerHere
from autom8.cli.key_files import read_backup, write_secret
from autom8.cli.parser import Parser, add_command, add_commands
from autom8.cli.passwords import new_passphrase, passphrase
from autom8.cli.terminal import Column, print_json, print_table, progress, say, warn
from autom8.cli.wording import Json, show_instant, visible
from autom8.kernel.errors import Invalid

if TYPE_CHECKING:
    from autom8.cli.client import Client
    from autom8.kernel.actor import Actor
    from autom8.security.keyring_service import KeyringService

_ROTATED: Final = "Wraps the data keys, not the fields: contacts stay as they are, and requests go on."
_EXPORTED: Final = "Keep it apart from the backups of the database: together they open everything."


def register(group: Parser) -> None:
    """Add the commands of `autom8 key`."""
    commands = add_commands(group)
    command(commands, "list", list_keys, "show which keys there are, and how much each wraps")
    rotating = command(commands, "rotate", rotate, "wrap all by a new key, or go on with that", more=_ROTATED)
    which = rotating.add_mutually_exclusive_group()
    which.add_argument("--anew", action="store_true", help="with a new key, although a rotation is under way")
    which.add_argument("--retire", metavar="KEY", help="take out an old key instead, if it wraps nothing")
    exporting = command(
        commands, "export", export, "back the keyring up under a passphrase", more=_EXPORTED, as_json=False
    )
    exporting.add_argument(
        "--output", metavar="FILE", type=Path, help="write there, mode 0600; else to stdout"
    )
    exporting.add_argument("--plain", action="store_true", help="without a passphrase; needs --output")
    _add_passphrase(exporting)
    restoring = add_command(commands, "restore", restore, summary="bring a keyring back from a backup")
    restoring.add_argument("backup", metavar="FILE", type=Path, help="the backup, sealed or plain")
    restoring.add_argument(
        "--output", metavar="FILE", type=Path, help="where to; else where this machine's server has it"
    )
    restoring.add_argument("--data", metavar="DIR", help="the data folder of the server on this machine")
    _add_passphrase(restoring)


def _add_passphrase(parser: Parser) -> None:
    parser.add_argument(
        "--passphrase-stdin", action="store_true", help="read the passphrase from the first line of stdin"
    )


def list_keys(args: argparse.Namespace) -> int:
    """Show the keys of the keyring."""
    with _keyring(args) as keyring:
        shown = keyring.show()
    if args.json:
        print_json(shown)
        return 0
    print_table(
        [Column("KEY"), Column("STATE"), Column("MADE"), Column("WRAPS", number=True)],
        [
            (each["id"], _state(each), show_instant(each["created_at"]), each["wraps"])
            for each in shown["keys"]
        ],
    )
    say(f"from {visible(shown['source'])}")
    if shown["remaining"]:
        warn(f"autom8: {shown['remaining']} data keys are wrapped by an old key; go on with `key rotate`")
    return 0


def rotate(args: argparse.Namespace) -> int:
    """Rotate the keyring, or take an old key out."""
    with _keyring(args) as keyring:
        if args.retire is not None:
            keyring.retire(args.retire)
            return _tell(args, {"retired": args.retire}, f"took {visible(args.retire)} out of the keyring")
        rotation = keyring.rotate(anew=args.anew)
        moved, refused = _rewrap_all(keyring, rotation["remaining"])
    for data_key in refused:
        warn(f"autom8: the data key {data_key} can't be unwrapped, and was left as it is")
    result = {**rotation, "remaining": len(refused), "moved": moved, "refused": refused}
    began = "" if rotation["began"] else ", which was the primary already"
    _tell(args, result, f"wrapped {moved} data keys by {visible(rotation['primary'])}{began}")
    return 1 if refused else 0


def _rewrap_all(keyring: _Keyring, total: int) -> tuple[int, list[int]]:
    moved, refused = 0, list[int]()
    after: str | None = None
    with progress("wrapping data keys", total) as advance:
        while True:
            step = keyring.rewrap(after)
            moved += step["moved"]
            refused += step["refused"]
            advance(step["moved"])
            if (after := step["after"]) is None:
                return moved, refused


def export(args: argparse.Namespace) -> int:
    """Write a backup of the keyring."""
    if args.plain and args.output is None:
        raise Invalid("--plain needs --output: a key on a screen is no secret any more")
    words = None if args.plain else new_passphrase(args)
    with _keyring(args) as keyring:
        text = keyring.export(words)
    if args.output is None:
        say(text.rstrip("\n"))
    else:
        write_secret(args.output, text)
        warn(f"wrote {visible(args.output)}")
    return 0


def restore(args: argparse.Namespace) -> int:
    """Write the keyring of a backup to where a server reads it; needs no server and changes no other file."""
    text = read_backup(args.backup, lambda: passphrase(args))
    given = os.environ.get("AUTOM8_KEYRING_FILE")
    path = args.output or (Path(given) if given else data_folder(args, os.environ) / "keyring.json")
    write_secret(path, text)
    say(f"wrote {visible(path)}; start the servers that use it again")
    return 0


class _Keyring(Protocol):
    """What is asked, of a server or of the data folder; answers are as the API gives them."""

    def show(self) -> Json: ...
    def rotate(self, *, anew: bool) -> Json: ...
    def rewrap(self, after: str | None) -> Json: ...
    def retire(self, key_id: str) -> None: ...
    def export(self, passphrase: str | None) -> str: ...


class _Remote:
    def __init__(self, client: Client) -> None:
        self._client = client

    def show(self) -> Json:
        shown: Json = self._client.get("/keys").body
        return shown

    def rotate(self, *, anew: bool) -> Json:
        return self._post("rotate", {"anew": anew})

    def rewrap(self, after: str | None) -> Json:
        return self._post("rewrap", {"after": after})

    def retire(self, key_id: str) -> None:
        self._client.post("/keys/retire", {"key_id": key_id})

    def export(self, passphrase: str | None) -> str:
        body = {"plain": True} if passphrase is None else {"passphrase": passphrase}
        return str(self._post("export", body)["text"])

    def _post(self, what: str, body: Json) -> Json:
        answer: Json = self._client.post(f"/keys/{what}", body).body
        return answer


class _Local:
    def __init__(self, service: KeyringService, actor: Actor) -> None:
        self._service = service
        self._actor = actor

    def show(self) -> Json:
        from dataclasses import asdict

        return asdict(self._service.show(actor=self._actor))

    def rotate(self, *, anew: bool) -> Json:
        return self._service.rotate(anew=anew, actor=self._actor)._asdict()

    def rewrap(self, after: str | None) -> Json:
        return self._service.rewrap(after, actor=self._actor)._asdict()

    def retire(self, key_id: str) -> None:
        self._service.retire(key_id, actor=self._actor)

    def export(self, passphrase: str | None) -> str:
        from autom8.kernel.secrets import Secret

        return self._service.export(None if passphrase is None else Secret(passphrase), actor=self._actor)


@contextlib.contextmanager
def _keyring(args: argparse.Namespace) -> Iterator[_Keyring]:
    """The keyring of the server, or, when none is named and none runs here, of the data folder itself."""
    client = _answering(args)
    if client is not None:
        with client:
            yield _Remote(client)
        return
    from autom8.cli.server import local_operator, local_services  # brings the database: only without a server

    services = local_services(args.data)
    try:
        yield _Local(services.keyring, local_operator())
    finally:
        services.close()


def _answering(args: argparse.Namespace) -> Client | None:
    """A client whose server answers; None when there is no server here, and none is named."""
    try:
        client = connect(args)
        client.get("/keys")  # a server that died has left its address behind
    except NoServerHere:
        return None
    return client


def _state(key: Json) -> str:
    if not key["held"]:
        return "missing"
    return "primary" if key["primary"] else "old" if key["wraps"] else "unused"


def _tell(args: argparse.Namespace, result: Json, sentence: str) -> int:
    if args.json:
        print_json(result)
    else:
        say(sentence)
    return 0

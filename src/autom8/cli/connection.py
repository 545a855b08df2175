"""Which server a command talks to, and by what right.

In this order: `--url`, `--data`, AUTOM8_URL with AUTOM8_TOKEN, the stored login, and the server of
this machine, whose address and token are in its data folder. Makes no request itself, and loads
the HTTP client only when a command does ask, so that parsing and help stay quick.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from autom8.cli.errors import NoServerHere, NotLoggedIn, TokenMissing
from autom8.cli.logins import LoginFile, StoredCredentials, config_folder
from autom8.kernel.errors import Misconfigured

if TYPE_CHECKING:
    from autom8.cli.client import Client, Credentials
    from autom8.cli.logins import Login

_TOKEN_NAMES: Final = "AUTOM8_TOKEN or AUTOM8_TOKEN_FILE"  # noqa: S105 - their names, not their values


def connect(args: argparse.Namespace, env: Mapping[str, str] = os.environ) -> Client:
    """A client for the server that `args` and `env` name.

    Raises:
        NoServerHere: none is named, and none runs on this machine.
        TokenMissing: one is named, but nothing that lets us in.
    """
    return find_named(args, env) or connect_here(data_folder(args, env))


def find_named(args: argparse.Namespace, env: Mapping[str, str]) -> Client | None:
    """A client for the server that is named, by option, environment or login; None if none is."""
    from autom8.cli.client import Client

    file = LoginFile(config_folder(env))
    if args.url is None and args.data is not None:
        return None
    url = args.url or env.get("AUTOM8_URL")
    login = file.find()
    if url:
        return Client(url, credentials=_credentials_for(url, env, file, login))
    if login is not None:
        return Client(login.url, credentials=StoredCredentials(file, login))
    return None


def connect_here(folder: Path) -> Client:
    """A client for the server of this machine that keeps its data in `folder`.

    Raises:
        NoServerHere: it does not run.
        NotLoggedIn: its token file is not ours to read.
    """
    from autom8.cli.client import Bearer, Client

    none_here = NoServerHere(
        f"no Autom8 server is running on this machine (data folder {folder});"
        " start one with `autom8 up`, or name one with AUTOM8_URL"
    )
    try:
        announced = json.loads((folder / "server.json").read_bytes())
        url, certificate = announced["url"], announced.get("certificate")
        token = (folder / "local.token").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        raise none_here from None
    except PermissionError as error:
        raise NotLoggedIn(
            f"{error.filename} belongs to another user; log in with a name and a password: autom8 login URL"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Misconfigured(
            f"{folder}/server.json can't be read; is this the data folder of an Autom8 server?"
        ) from None
    return Client(url, credentials=Bearer(token), unreachable=none_here, certificate=certificate)


def data_folder(args: argparse.Namespace, env: Mapping[str, str]) -> Path:
    """The data folder of this machine's server."""
    from autom8.config import data_folder as configured  # loads the settings' readers

    return configured(args.data, env)


def _credentials_for(url: str, env: Mapping[str, str], file: LoginFile, login: Login | None) -> Credentials:
    from autom8.cli.client import Bearer

    token = env.get("AUTOM8_TOKEN")
    if not token and (path := env.get("AUTOM8_TOKEN_FILE")):
        try:
            token = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise Misconfigured(f"AUTOM8_TOKEN_FILE names {path}, which can't be read") from None
    if token:
        return Bearer(token.strip())
    if login is not None and login.url == url.rstrip("/"):
        return StoredCredentials(file, login)
    raise TokenMissing(f"{url} is named, but {_TOKEN_NAMES} is not; set one, or: autom8 login {url}")

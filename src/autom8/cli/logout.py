"""`autom8 logout`: end the stored login, here and on its server."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from autom8.cli.terminal import say, warn
from autom8.cli.wording import one_line, visible
from autom8.kernel.errors import Autom8Error

if TYPE_CHECKING:
    from autom8.cli.parser import Parser


def register(parser: Parser) -> None:
    """Add `autom8 logout`."""
    parser.set_defaults(handler=logout)


def logout(_: argparse.Namespace) -> int:
    """Forget the login; if its server can't be told, say that it may go on there until it ends by itself."""
    from autom8.cli.client import Client  # http.client and ssl: not to parse
    from autom8.cli.logins import LoginFile, StoredCredentials, config_folder

    file = LoginFile(config_folder(os.environ))
    found = file.find()
    if found is None:
        say("not logged in anywhere")
        return 0
    try:
        with Client(found.url, credentials=StoredCredentials(file, found)) as client:
            client.post("/auth/logout")
    except Autom8Error as error:
        warn(f"autom8: the server was not told, so the session there ends only by itself: {one_line(error)}")
    file.remove()
    say(f"logged out of {visible(found.url)}")
    return 0

"""Who sits here proves once more who they are, when the server wants it before a change."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from autom8.cli.wording import visible

if TYPE_CHECKING:
    from autom8.cli.client import Client


def prove(client: Client) -> bool:
    """Ask for the password, and a code where there is a second factor; False where nobody is there to ask.

    Raises:
        Forbidden: the password or the code is wrong.
        RateLimited: too many tries.
    """
    if not sys.stdin.isatty():
        return False
    user = client.get("/auth/session").body["user"]
    if user is None or not user["has_password"]:
        return False
    body = {"password": getpass.getpass(f"Password of {visible(user['name'])}, once more: ")}
    if user["second_factor"]:
        body["code"] = ask_code()
    client.post("/auth/prove", body)
    return True


def ask_code(what: str = "Code of your authenticator, or a recovery code") -> str:
    """A code of an authenticator, or a recovery code, from somebody who is there."""
    return getpass.getpass(f"{what}: ").strip()

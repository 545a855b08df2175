"""Finds what commands name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autom8.cli.errors import NoSuchUser

if TYPE_CHECKING:
    from autom8.cli.client import Answer, Client


def find_user(client: Client, name: str) -> Answer:
    """The user of this name, with its version.

    Raises:
        NotFound: there is none.
    """
    for user in client.items("/users", limit=100_000).items:
        if user["name"].casefold() == name.casefold():
            return client.get(f"/users/{user['id']}")
    raise NoSuchUser(f"no user is named {name}; `autom8 user list` shows those there are")

"""Finds what commands name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from autom8.cli.errors import NoSuchContact, NoSuchThing, NoSuchUser
from autom8.cli.wording import visible

if TYPE_CHECKING:
    from autom8.cli.client import Answer, Client

FOUND_MAX: Final = 10_000


def find_user(client: Client, name: str) -> Answer:
    """The user of this name, with its version.

    Raises:
        NotFound: there is none.
    """
    for user in client.items("/users", limit=100_000).items:
        if user["name"].casefold() == name.casefold():
            return client.get(f"/users/{user['id']}")
    raise NoSuchUser(f"no user is named {name}; `autom8 user list` shows those there are")


def find_contact(client: Client, name: str) -> int:
    """The number of the contact that is named by it, or by its name.

    Raises:
        NotFound: there is none, or several have this name.
    """
    if name.isdecimal():
        return int(name)
    listing = client.found("/contacts/search", {"q": name}, limit=FOUND_MAX)
    numbers = [each["id"] for each in listing.items if each["name"].casefold() == name.casefold()]
    if len(numbers) > 1:
        several = ", ".join(map(str, sorted(numbers)))
        raise NoSuchContact(f"several contacts are named {visible(name)}: {several}; say which by its number")
    if not numbers:
        raise NoSuchContact(
            f"no contact is named {visible(name)}; `autom8 contact list` shows those there are"
        )
    return int(numbers[0])


def find_named(client: Client, path: str, name: str, *, noun: str) -> Answer:
    """What is named so at a path of the API, by its number or its name, with its version.

    Raises:
        NotFound: there is none.
    """
    if name.isdecimal():
        return client.get(f"{path}/{name}")
    for each in client.items(path, limit=FOUND_MAX).items:
        if each["name"].casefold() == name.casefold():
            return client.get(f"{path}/{each['id']}")
    raise NoSuchThing(f"no {noun} is named {visible(name)}")

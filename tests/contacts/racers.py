"""Processes that race for contacts: python -m tests.contacts.racers WHAT HOME URL COUNT.

Each is forked from this process, which has loaded everything and holds no connection, and waits for all. What
became of each is printed, one word a line.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from autom8.bootstrap import Services, build_services
from autom8.config import Settings
from autom8.contacts.draft import ContactDraft
from autom8.kernel.actor import SCOPES_BY_ROLE, Actor
from autom8.kernel.errors import Autom8Error
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import ActorKind, Role

OPERATOR = Actor(kind=ActorKind.LOCAL, name="racer", role=Role.ADMIN, scopes=SCOPES_BY_ROLE[Role.ADMIN])


def _add(services: Services, number: int) -> None:
    email = ("ada@example.org", "ADA@Example.org")[number % 2]
    services.contacts.people.add(ContactDraft(name=f"Racer {number}", email=email), actor=OPERATOR)


def _edit(services: Services, number: int) -> None:
    services.contacts.people.change(1, {"notes": f"by {number}"}, version=1, actor=OPERATOR)


def _erase_or_edit(services: Services, number: int) -> None:
    if number % 2:
        services.contacts.people.change(1, {"phone": f"+49309018{number:03}"}, version=None, actor=OPERATOR)
    else:
        services.contacts.erasures.erase(1, confirm="Ada", actor=OPERATOR)


def _group(services: Services, number: int) -> None:
    """One removes the group that the others put a contact into and take it out of."""
    if number == 0:
        services.contacts.groups.remove(1, version=None, actor=OPERATOR)
    else:
        services.contacts.people.change(1, {"groups": ("Team", "Other")}, version=None, actor=OPERATOR)


RACES: dict[str, Callable[[Services, int], None]] = {
    "add": _add,
    "edit": _edit,
    "erase": _erase_or_edit,
    "group": _group,
}


def race(what: str, place: tuple[Path, str], number: int, start: Barrier, told: Queue[str]) -> None:
    home, url = place
    settings = Settings(home=home, database_url=Secret(url) if url.startswith("postgresql") else None)
    services = build_services(settings)
    start.wait()
    try:
        RACES[what](services, number)
    except Autom8Error as refused:
        told.put(refused.code)
    else:
        told.put("done")
    services.close()


def main(what: str, home: Path, url: str, count: int) -> None:
    forked = multiprocessing.get_context("fork")
    start, told = forked.Barrier(count), forked.Queue()
    racers = [
        forked.Process(target=race, args=(what, (home, url), each, start, told)) for each in range(count)
    ]
    for racer in racers:
        racer.start()
    fates = [told.get(timeout=60) for _ in racers]
    for racer in racers:
        racer.join()
    sys.stdout.write("\n".join(fates) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))

"""A server's place on its data folder: taken, told of, and given back."""

from __future__ import annotations

import os
from dataclasses import fields

from autom8.audit.settings import note_settings
from autom8.bootstrap.services import Services
from autom8.config import Settings
from autom8.persistence.home import (
    SERVERS_MAX,
    announce_server,
    ensure_home,
    home_key,
    lock_place,
    withdraw_server,
)


def take_place(settings: Settings) -> int:
    """Have the data folder, and take a place on it for the life of this process.

    There is one place on SQLite, and many on PostgreSQL.

    Raises:
        Misconfigured: the folder can't be used, or another server has it.
    """
    ensure_home(settings.home)
    return lock_place(settings.home, places=1 if settings.database_url is None else SERVERS_MAX)


def note_start(services: Services) -> None:
    """Have the audit trail tell what settings this server starts with, if they are others than before."""
    settings = services.settings
    values = {each.name: getattr(settings, each.name) for each in fields(settings)}
    seed = services.sealing.signer.seed
    note_settings(services.units.writing, home_key(settings.home), values, seed=seed)


def announce(settings: Settings, *, url: str, certificate: str | None = None) -> None:
    """Let the command line on this machine find this process's server."""
    announce_server(settings.home, url=url, pid=os.getpid(), certificate=certificate)


def withdraw(settings: Settings) -> None:
    """Take the announcement back."""
    withdraw_server(settings.home, pid=os.getpid())

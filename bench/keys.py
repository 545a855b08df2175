"""Keys: what sealing a field costs, what a contact's key costs, and how fast a keyring is rotated."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from autom8.bootstrap import Services, build_services
from autom8.config import Settings
from autom8.kernel.actor import SYSTEM
from autom8.kernel.secrets import Secret
from autom8.security.vault import FieldKey, Vault
from bench.databases import database
from bench.figures import Figure, Report
from bench.scale import Scale
from bench.server import data_folder

AT_ONCE: Final = 1_000  # contacts in one transaction, as an import has them
READ: Final = 50  # contacts of a page
MAIL: Final = "ada.lovelace@example.org"
PLACE: Final = ("contact", "email_encrypted", 1)
_MICRO: Final = 1_000_000


def measure(scale: Scale) -> Iterator[Report]:
    """One report for each database."""
    for kind in scale.databases:
        with data_folder() as home, database(kind) as url, _services(home, url) as services:
            yield _report(services, kind, scale.data_keys)


@contextmanager
def _services(home: Path, url: str | None) -> Iterator[Services]:
    services = build_services(Settings(home=home, database_url=None if url is None else Secret(url)))
    try:
        yield services
    finally:
        services.close()


def _report(services: Services, kind: str, count: int) -> Report:
    vault = services.vaults.vault_for("contact")
    created_s = _timed(lambda: _create(services, vault, count))
    with services.units.reading() as work:
        opened_s = _timed(lambda: [vault.open(work, range(at, at + READ)) for at in range(0, count, READ)])
        key = vault.open(work, [1])[1]
    seals = max(count // 5, 100)
    sealed_s = _timed(lambda: [key.seal(*PLACE, MAIL) for _ in range(seals)])
    value = key.seal(*PLACE, MAIL)
    unsealed_s = _timed(lambda: [key.unseal(*PLACE, value) for _ in range(seals)])
    services.keyring.rotate(actor=SYSTEM)
    before_s = time.process_time()
    rotated_s = _timed(lambda: _rewrap(services))
    cpu_s = time.process_time() - before_s
    return Report(
        name="keys",
        what=f"keys of {count} contacts, made {AT_ONCE} at once, read {READ} at once, then wrapped anew",
        database=kind,
        figures=[
            Figure(name="seal a field", value=_MICRO * sealed_s / seals, unit="µs"),
            Figure(name="unseal a field", value=_MICRO * unsealed_s / seals, unit="µs"),
            Figure(name="make a contact's key", value=_MICRO * created_s / count, unit="µs"),
            Figure(name="read a contact's key", value=_MICRO * opened_s / count, unit="µs"),
            Figure(name="rotation, contacts a second", value=count / rotated_s, unit="/s", at_least=10_000),
            Figure(name="CPU of Autom8 for one of them", value=_MICRO * cpu_s / count, unit="µs"),
        ],
    )


def _create(services: Services, vault: Vault, count: int) -> None:
    for first in range(1, count + 1, AT_ONCE):
        with services.units.writing() as work:
            keys: Mapping[int, FieldKey] = vault.create(work, range(first, min(first + AT_ONCE, count + 1)))
            work.commit()
        del keys


def _rewrap(services: Services) -> None:
    after: str | None = None
    while True:
        progress = services.keyring.rewrap(after, actor=SYSTEM)
        if (after := progress.after) is None:
            return


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began

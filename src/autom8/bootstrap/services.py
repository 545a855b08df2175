"""All services of one process, and how they fit."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from autom8.alerts import settling
from autom8.alerts.policies.service import PolicyService
from autom8.alerts.schedules.service import OnCallService
from autom8.alerts.service import AlertServices
from autom8.audit.checkpoint import Signer
from autom8.audit.sealing import Sealing
from autom8.audit.service import AuditService
from autom8.bootstrap.parts import (
    AlertParts,
    alerts_of,
    cache_of,
    check_keys,
    contacts_of,
    counts_of,
    egress_of,
    ensure_installation,
    keyring_of,
    metrics_of,
    open_databases,
    prom_of,
    provider_of,
    sealing_of,
    security_of,
)
from autom8.config import Settings
from autom8.contacts.service import ContactServices
from autom8.egress.service import Egress
from autom8.kernel.clock import Clock, SystemClock
from autom8.kernel.errors import Unavailable
from autom8.kernel.events import (
    ApiKeyChanged,
    Audited,
    Bus,
    DataKeysDestroyed,
    RunEnded,
    SessionEnded,
    SessionProved,
    UserChanged,
)
from autom8.kernel.telemetry import Telemetry
from autom8.metrics.prometheus import PromService
from autom8.metrics.recorder import Recorder
from autom8.metrics.service import MetricsService
from autom8.persistence.engines import Database
from autom8.persistence.home import (
    ensure_home,
)
from autom8.persistence.shredding import Shredder
from autom8.repositories.answers import KeptRequests
from autom8.repositories.cache import Cache
from autom8.repositories.series.store import SeriesStore
from autom8.repositories.unit_of_work import UnitsOfWork
from autom8.scheduler.dispatch.embedded import EmbeddedEngine
from autom8.scheduler.firing import Firing
from autom8.scheduler.imports import ImportService
from autom8.scheduler.runners.machine import LinuxMachine
from autom8.scheduler.runs import RunService
from autom8.scheduler.tasks import TaskService
from autom8.security.keyring_service import KeyringService
from autom8.security.keys import ensure_keys
from autom8.security.oidc import OidcSignIn
from autom8.security.service import SecurityService
from autom8.security.vaults import Vaults

if TYPE_CHECKING:
    from autom8.persistence.shared_counts import SharedCounts


# What tells of persons, and the keys of what is sealed: their removed rows are shredded.
PERSONAL_TABLES: Final = ("data_key", "contact", "contact_word", "contact_tag", "contact_member")


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthView:
    """How this server is."""

    status: str  # ok | failing
    role: str
    database: str
    cache_hits: int
    cache_misses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """All that presentation may ask. `engine` is None where no scheduler runs in this process."""

    settings: Settings
    database: Database
    series: Database
    bus: Bus
    units: UnitsOfWork
    clock: Clock
    telemetry: Telemetry
    cache: Cache
    tasks: TaskService
    runs: RunService
    imports: ImportService
    security: SecurityService
    shredder: Shredder
    keyring: KeyringService
    vaults: Vaults
    contacts: ContactServices
    alerts: AlertServices
    on_call: OnCallService
    policies: PolicyService
    egress: Egress
    oidc: OidcSignIn | None
    audit: AuditService
    sealing: Sealing
    answers: KeptRequests
    counts: SharedCounts | None
    firing: Firing
    recorder: Recorder
    metrics: MetricsService
    prom: PromService
    keys_made: bool
    installation_key: str

    def health(self, engine: EmbeddedEngine | None = None) -> HealthView:
        """How this server is, asked of the database and the scheduler's threads."""
        try:
            with self.units.reading() as work:
                work.installation.get()
            well = engine is None or engine.healthy
        except Unavailable:
            well = False
        counts = self.telemetry.snapshot()
        return HealthView(
            status="ok" if well else "failing",
            role="up" if engine is not None else "api",
            database=self.database.dialect,
            cache_hits=int(counts.get("cache.hits", 0)),
            cache_misses=int(counts.get("cache.misses", 0)),
        )

    def close(self) -> None:
        """Write what was measured, and close the databases."""
        self.security.close()
        with suppress(Unavailable):
            self.recorder.flush()
        self.database.dispose()
        self.series.dispose()
        if self.counts is not None:
            self.counts.close()


def build_services(settings: Settings, *, clock: Clock | None = None) -> Services:
    """Open the databases, bring them to this program's schema, and make the services.

    Raises:
        Misconfigured: the data folder, a key or the database's schema stops the start.
        Unavailable: the database can't be reached.
    """
    clock = clock or SystemClock()
    ensure_home(settings.home)
    database, series = open_databases(settings)
    bus, telemetry = Bus(), Telemetry()
    units = UnitsOfWork(database, bus, clock)
    installation_key = ensure_installation(units)
    keys, keys_made = ensure_keys(
        settings.home,
        secret=settings.secret_key,
        pepper=settings.password_pepper,
        generate=not settings.production,
    )
    check_keys(settings, units, keys)
    shredder = Shredder(database, PERSONAL_TABLES)
    keyring = keyring_of(settings, units, telemetry, shredder, installation_key)
    contacts = contacts_of(settings, units, keyring.vaults, shredder, installation_key)
    signer = Signer(origin=installation_key, seed=keys.audit)
    audit = AuditService(
        begin=units.writing,
        read=units.reading,
        installation_key=installation_key,
        public_key=signer.public_key,
        unseal=contacts.people.unseal,
    )
    security = security_of(settings, units, keys, keyring.vaults, installation_key)
    egress = egress_of(settings, clock, bus, telemetry)
    alerts = alerts_of(
        settings,
        units,
        keyring.vaults,
        telemetry,
        AlertParts(contacts=contacts, egress=egress, installation_key=installation_key, links_key=keys.links),
    )
    machine = LinuxMachine()
    firing = Firing(begin=units.writing, machine=machine)
    tasks = TaskService(begin=units.writing, read=units.reading, firing=firing, machine=machine)
    store = SeriesStore(series)
    recorder = Recorder(store=store, clock=clock, telemetry=telemetry)
    _subscribe(bus, security, audit, recorder, shredder)
    return Services(
        settings=settings,
        database=database,
        series=series,
        bus=bus,
        units=units,
        clock=clock,
        telemetry=telemetry,
        cache=cache_of(settings, database, clock, telemetry),
        tasks=tasks,
        runs=RunService(begin=units.writing, read=units.reading),
        imports=ImportService(begin=units.writing, tasks=tasks),
        security=security,
        shredder=shredder,
        keyring=keyring,
        vaults=keyring.vaults,
        contacts=contacts,
        alerts=alerts,
        on_call=OnCallService(begin=units.writing, read=units.reading, installation_key=installation_key),
        policies=PolicyService(begin=units.writing, read=units.reading),
        egress=egress,
        oidc=provider_of(settings, units, egress, clock, keys),
        audit=audit,
        sealing=sealing_of(settings, units, signer),
        answers=KeptRequests(begin=units.writing, read=units.reading, key=keys.repeats),
        counts=counts_of(settings, installation_key, telemetry),
        firing=firing,
        recorder=recorder,
        metrics=metrics_of(store, clock),
        prom=prom_of(store, clock),
        keys_made=keys_made,
        installation_key=installation_key,
    )


def _subscribe(
    bus: Bus, security: SecurityService, audit: AuditService, recorder: Recorder, shredder: Shredder
) -> None:
    """Have each service hear of what concerns it."""
    settling.subscribe(bus)
    bus.after(DataKeysDestroyed, lambda _: shredder.expect())
    bus.after(RunEnded, recorder.run_ended)
    bus.within(Audited, audit.append)  # the last of its phase: the chain's lock is held for the shortest time
    bus.after(UserChanged, security.authenticator.forget_user)
    bus.after(SessionEnded, security.authenticator.forget_session)
    bus.after(SessionProved, security.authenticator.forget_session)
    bus.after(ApiKeyChanged, security.authenticator.forget_key)

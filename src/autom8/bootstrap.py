"""Composition root, from settings to services: the one place that knows which parts exist and how they fit.

Owns no rule; a part that needs another gets it here.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from autom8.audit.checkpoint import Signer
from autom8.audit.checkpoint_file import CheckpointFile
from autom8.audit.sealing import LOOK_EVERY, Sealing
from autom8.audit.service import AuditService
from autom8.audit.settings import note_settings
from autom8.config import Settings
from autom8.contacts.service import ContactServices, Ground, build_contacts
from autom8.contacts.validation import is_region
from autom8.egress.policy import Policy
from autom8.egress.service import Egress, build_egress
from autom8.kernel.clock import Clock, SystemClock
from autom8.kernel.errors import Misconfigured, Unavailable
from autom8.kernel.events import (
    ApiKeyChanged,
    Audited,
    Bus,
    DataKeysDestroyed,
    OutgoingRefused,
    RunCancelRequested,
    RunEnded,
    RunsQueued,
    SessionEnded,
    SessionProved,
    TaskChanged,
    UserChanged,
)
from autom8.kernel.ids import new_lease_token
from autom8.kernel.telemetry import Telemetry
from autom8.metrics.recorder import Recorder
from autom8.models import Installation
from autom8.persistence.engines import Database, open_postgresql, open_sqlite
from autom8.persistence.home import (
    CHECKPOINT_FILE,
    CORE_FILE,
    SERIES_FILE,
    SERVERS_MAX,
    announce_server,
    ensure_home,
    home_key,
    lock_place,
    withdraw_server,
)
from autom8.persistence.migrate import migrate
from autom8.persistence.shredding import Shredder
from autom8.repositories.answers import KeptRequests
from autom8.repositories.cache import Cache, read_generations
from autom8.repositories.series import SeriesStore
from autom8.repositories.unit_of_work import CACHED_TABLES, UnitsOfWork, note_written_tables
from autom8.scheduler.dispatch.embedded import EmbeddedEngine
from autom8.scheduler.firing import Firing
from autom8.scheduler.imports import ImportService
from autom8.scheduler.recovery import Reconciler, take_up_work
from autom8.scheduler.retention import Retention
from autom8.scheduler.runners.command import CommandProcesses
from autom8.scheduler.runners.machine import LinuxMachine
from autom8.scheduler.runs import RunService
from autom8.scheduler.tasks import TaskService
from autom8.scheduler.worker import Worker
from autom8.security.decryption_alarm import DecryptionAlarm, announce_aside
from autom8.security.federated import FederatedUsers
from autom8.security.keyring_service import KeyringService
from autom8.security.keyring_sources import open_keyring
from autom8.security.keys import Keys, confirm_keys, ensure_keys, ensure_local_token
from autom8.security.oidc import OidcSignIn
from autom8.security.oidc_client import OidcClient
from autom8.security.oidc_provider import Provider
from autom8.security.service import Grounds, SecurityService, build_security
from autom8.security.tokens import SessionTokens
from autom8.security.vaults import Vaults, confirm_keyring

if TYPE_CHECKING:
    from autom8.persistence.shared_counts import SharedCounts

log = logging.getLogger(__name__)

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
    egress: Egress
    oidc: OidcSignIn | None
    audit: AuditService
    sealing: Sealing
    answers: KeptRequests
    counts: SharedCounts | None
    firing: Firing
    recorder: Recorder
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
        """Close the databases."""
        self.security.close()
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
    installation_key = _ensure_installation(units)
    keys, keys_made = ensure_keys(
        settings.home,
        secret=settings.secret_key,
        pepper=settings.password_pepper,
        generate=not settings.production,
    )
    _check_keys(settings, units, keys)
    shredder = Shredder(database, PERSONAL_TABLES)
    bus.after(DataKeysDestroyed, lambda _: shredder.expect())
    keyring = _open_keyring(settings, units, telemetry, shredder, installation_key)
    contacts = _build_contacts(settings, units, keyring.vaults, shredder, installation_key)
    signer = Signer(origin=installation_key, seed=keys.audit)
    audit = AuditService(
        begin=units.writing,
        read=units.reading,
        installation_key=installation_key,
        public_key=signer.public_key,
        unseal=contacts.people.unseal,
    )
    security = build_security(
        Grounds(
            begin=units.writing,
            read=units.reading,
            clock=clock,
            keys=keys,
            installation_key=installation_key,
            local_token=ensure_local_token(settings.home),
            vault=keyring.vaults.vault_for("user"),
        ),
    )
    egress = _open_egress(settings, clock, bus, telemetry)
    machine = LinuxMachine()
    firing = Firing(begin=units.writing, machine=machine)
    tasks = TaskService(begin=units.writing, read=units.reading, firing=firing, machine=machine)
    cache = Cache(
        items_max=settings.cache_items,
        ttl=timedelta(seconds=settings.cache_ttl_s),
        generations=read_generations(database),
        clock=clock,
        telemetry=telemetry,
    )
    recorder = Recorder(store=SeriesStore(series), clock=clock, telemetry=telemetry)
    bus.after(RunEnded, recorder.run_ended)
    bus.within(Audited, audit.append)  # the last of its phase: the chain's lock is held for the shortest time
    bus.after(UserChanged, security.authenticator.forget_user)
    bus.after(SessionEnded, security.authenticator.forget_session)
    bus.after(SessionProved, security.authenticator.forget_session)
    bus.after(ApiKeyChanged, security.authenticator.forget_key)
    return Services(
        settings=settings,
        database=database,
        series=series,
        bus=bus,
        units=units,
        clock=clock,
        telemetry=telemetry,
        cache=cache,
        tasks=tasks,
        runs=RunService(begin=units.writing, read=units.reading),
        imports=ImportService(begin=units.writing, tasks=tasks),
        security=security,
        shredder=shredder,
        keyring=keyring,
        vaults=keyring.vaults,
        contacts=contacts,
        egress=egress,
        oidc=_open_oidc(settings, units, egress, clock, keys),
        audit=audit,
        sealing=Sealing(
            begin=units.writing,
            read=units.reading,
            signer=signer,
            file=CheckpointFile(settings.audit_checkpoint_file or settings.home / CHECKPOINT_FILE),
            clock=clock,
        ),
        answers=KeptRequests(begin=units.writing, read=units.reading),
        counts=_open_counts(settings, installation_key, telemetry),
        firing=firing,
        recorder=recorder,
        keys_made=keys_made,
        installation_key=installation_key,
    )


def _build_contacts(
    settings: Settings, units: UnitsOfWork, vaults: Vaults, shredder: Shredder, installation_key: str
) -> ContactServices:
    """The contact services, for a region whose phone numbers can be read.

    Raises:
        Misconfigured: there is no such region.
    """
    region = settings.contact_region
    if region and not is_region(region):
        raise Misconfigured(f"AUTOM8_CONTACT_REGION: phone numbers of {region} are not known.")
    ground = Ground(
        begin=units.writing,
        read=units.reading,
        vault=vaults.vault_for("contact"),
        disk=shredder,
        clock=units.clock,
        installation_key=installation_key,
        region=region,
        import_rows_max=settings.import_rows_max,
        import_bytes_max=settings.import_bytes_max,
    )
    return build_contacts(ground, units.bus)


def _open_egress(settings: Settings, clock: Clock, bus: Bus, telemetry: Telemetry) -> Egress:
    """The one way out, whose refusals are counted and told to whoever listens."""
    bus.after(OutgoingRefused, lambda _: telemetry.count("egress.refused"))
    return build_egress(
        Policy(settings.egress_allow, settings.egress_ports),
        clock=clock,
        refused=bus.tell_after,
        ca_file=settings.egress_ca_file,
    )


def _open_oidc(
    settings: Settings, units: UnitsOfWork, egress: Egress, clock: Clock, keys: Keys
) -> OidcSignIn | None:
    """Signing in by a provider, where one is set up."""
    if not settings.oidc_issuer:
        return None
    provider = Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        public_url=settings.public_url,
        label=settings.oidc_label,
        scopes=settings.oidc_scopes,
        name_claim=settings.oidc_name_claim,
        role_claim=settings.oidc_role_claim,
        roles=settings.oidc_roles,
        default_role=settings.oidc_default_role,
    )
    return OidcSignIn(
        begin=units.writing,
        client=OidcClient(provider, egress, clock),
        users=FederatedUsers(begin=units.writing, provider=provider),
        session_tokens=SessionTokens(keys),
    )


def _open_counts(settings: Settings, installation_key: str, telemetry: Telemetry) -> SharedCounts | None:
    """The counts that the servers of this installation share, where the settings name a Redis."""
    if settings.redis_url is None:
        return None
    from autom8.persistence.shared_counts import SharedCounts  # its driver takes long to load

    return SharedCounts(
        settings.redis_url,
        prefix=f"autom8:{installation_key}:rate:",
        threads=settings.http_threads,
        telemetry=telemetry,
    )


def open_databases(settings: Settings) -> tuple[Database, Database]:
    """The core database and the one of the time series, at this program's schema."""
    if settings.database_url is None:
        database = open_sqlite(settings.home / CORE_FILE)
        series = open_sqlite(settings.home / SERIES_FILE, synchronous="NORMAL", readers=2)
    else:
        url = settings.database_url.reveal()
        database = series = open_postgresql(url, pool_size=settings.pool_size, pool_max=settings.pool_max)
    migrate(database.write_engine, "core")
    migrate(series.write_engine, "series")
    note_written_tables(database.write_engine)
    return database, series


def build_engine(services: Services, *, place: int) -> EmbeddedEngine:
    """The embedded scheduler and worker of this process, with what earlier incarnations left behind settled.

    `place` tells this server from others on the same data folder.
    """
    settings, units = services.settings, services.units
    key = f"{services.installation_key}:{home_key(settings.home)}:{place}"
    name = settings.worker_name or socket.gethostname()
    bell = _Bell()
    processes = CommandProcesses(services.clock, bell.ring, owner=key)
    identity = take_up_work(
        key=key,
        name=name if place == 1 else f"{name}-{place}",
        incarnation=new_lease_token(),
        begin=units.writing,
        processes=processes,
        machine=services.firing.machine,
    )
    worker = Worker(
        identity=identity,
        slots=settings.worker_slots,
        begin=units.writing,
        read=units.reading,
        processes=processes,
        clock=services.clock,
        chance=random.SystemRandom(),
    )
    engine = EmbeddedEngine(
        firing=services.firing,
        worker=worker,
        reconciler=Reconciler(begin=units.writing, clock=services.clock),
        retention=Retention(
            begin=units.writing,
            read=units.reading,
            age_max=timedelta(days=settings.retention_days),
            runs_max=settings.retention_runs,
            output_bytes_max=settings.retention_output_bytes,
        ),
        clock=services.clock,
        telemetry=services.telemetry,
        stop_grace=timedelta(seconds=settings.stop_grace_s),
        chores={
            "sign_ins": (timedelta(hours=6), services.security.sign_ins.prune),
            **({"provider_sign_ins": (timedelta(hours=1), services.oidc.prune)} if services.oidc else {}),
            "samples": (timedelta(seconds=15), services.recorder.flush),
            "disk": (timedelta(minutes=15), services.database.reclaim),
            "checkpoints": (LOOK_EVERY, services.sealing.look),
            "shredding": (timedelta(minutes=1), services.shredder.shred_later),
            "old_samples": (timedelta(hours=1), services.recorder.forget_old),
        },
    )
    bell.rung = engine.child_changed
    services.bus.after(RunsQueued, lambda _: engine.ring_worker())
    services.bus.after(RunCancelRequested, lambda _: engine.ring_worker())
    services.bus.after(TaskChanged, lambda _: engine.ring_firing())
    return engine


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


@dataclass(slots=True)
class _Bell:
    """What the runner rings before the engine that hears it is made."""

    rung: Callable[[], None] = field(default=lambda: None)

    def ring(self) -> None:
        self.rung()


def _ensure_installation(units: UnitsOfWork) -> str:
    """The installation's key, made with its row at the first start of a new database."""
    with units.writing() as work:
        installation = work.installation.lock()
        if installation is None:
            installation = Installation(id=1, key=str(uuid.uuid4()), created_at=work.now())
            work.installation.add(installation)
        work.installation.ensure_generations(CACHED_TABLES)
        key = installation.key
        work.commit()
        return key


def _open_keyring(
    settings: Settings, units: UnitsOfWork, telemetry: Telemetry, shredder: Shredder, installation_key: str
) -> KeyringService:
    """The keyring and its vaults, once it is seen that they fit the database."""
    keyring = open_keyring(
        settings.home,
        text=settings.keyring,
        path=settings.keyring_file,
        generate=not settings.production,
        clock=units.clock,
    )
    vaults = Vaults(
        keyring=keyring,
        installation=installation_key,
        alarm=DecryptionAlarm(announce=announce_aside(units.bus), clock=units.clock, telemetry=telemetry),
        shred=shredder.shred,
    )
    confirm_keyring(units.writing, vaults)
    return KeyringService(
        begin=units.writing, read=units.reading, keyring=keyring, vaults=vaults, clock=units.clock
    )


def _check_keys(settings: Settings, units: UnitsOfWork, keys: Keys) -> None:
    """Refuse another installation's keys in production; in development each folder has its own: say so."""
    try:
        confirm_keys(units.writing, keys)
    except Misconfigured as error:
        if settings.production:
            raise
        log.warning("keys_differ", extra={"fields": {"error": str(error)}})

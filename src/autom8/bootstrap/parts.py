"""The parts that take more than a line to make: databases, keys, and what settings may leave out."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from autom8.alerts import service as alerts
from autom8.alerts.channels.outgoing import Address
from autom8.audit.checkpoint import Signer
from autom8.audit.checkpoint_file import CheckpointFile
from autom8.audit.sealing import Sealing
from autom8.config import Settings
from autom8.contacts.service import ContactServices, Ground, build_contacts
from autom8.contacts.validation import is_region
from autom8.egress.policy import Policy
from autom8.egress.service import Egress, build_egress
from autom8.kernel.clock import Clock
from autom8.kernel.errors import Misconfigured
from autom8.kernel.events import (
    Bus,
    OutgoingRefused,
)
from autom8.kernel.telemetry import Telemetry
from autom8.metrics.charts import Charts
from autom8.metrics.prometheus import PromService
from autom8.metrics.service import MetricsService
from autom8.metrics.tiers import RAW
from autom8.models import Installation
from autom8.persistence.engines import Database, open_postgresql, open_sqlite
from autom8.persistence.home import (
    CHECKPOINT_FILE,
    CORE_FILE,
    SERIES_FILE,
)
from autom8.persistence.migrate import migrate
from autom8.persistence.shredding import Shredder
from autom8.repositories.cache import Cache, read_generations
from autom8.repositories.query import AnyRow
from autom8.repositories.series.reading import SeriesReader
from autom8.repositories.series.spans import HOUR, MINUTE, WINDOW, Kept
from autom8.repositories.series.store import SeriesStore
from autom8.repositories.series.usage import UsageReader
from autom8.repositories.unit_of_work import CACHED_TABLES, UnitsOfWork, Work, note_written_tables
from autom8.scheduler.schedules import Cron, Rule
from autom8.scheduler.slots import slots_after
from autom8.security.decryption_alarm import DecryptionAlarm, announce_aside
from autom8.security.federated import FederatedUsers
from autom8.security.keyring_service import KeyringService
from autom8.security.keyring_sources import KEYRING_FILE, open_keyring
from autom8.security.keys import Keys, confirm_keys, ensure_local_token
from autom8.security.oidc import OidcSignIn
from autom8.security.oidc_client import OidcClient
from autom8.security.oidc_provider import Provider
from autom8.security.service import Grounds, SecurityService, build_security
from autom8.security.tokens import SessionTokens
from autom8.security.vaults import Vaults, confirm_keyring, refuse_lost_keyring

if TYPE_CHECKING:
    from autom8.persistence.shared_counts import SharedCounts

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertParts:
    """What alerts need of what was made before them."""

    contacts: ContactServices
    egress: Egress
    installation_key: str
    links_key: bytes = field(repr=False)


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


def ensure_installation(units: UnitsOfWork) -> str:
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


def keyring_of(
    settings: Settings, units: UnitsOfWork, telemetry: Telemetry, shredder: Shredder, installation_key: str
) -> KeyringService:
    """The keyring and its vaults, once it is seen that they fit the database."""
    if settings.keyring is None and settings.keyring_file is None:
        refuse_lost_keyring(units.reading, settings.home / KEYRING_FILE)
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


def check_keys(settings: Settings, units: UnitsOfWork, keys: Keys) -> None:
    """Refuse another installation's keys in production; in development each folder has its own: say so."""
    try:
        confirm_keys(units.writing, keys)
    except Misconfigured as error:
        if settings.production:
            raise
        log.warning("keys_differ", extra={"fields": {"error": str(error)}})


def contacts_of(
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


def alerts_of(
    settings: Settings, units: UnitsOfWork, vaults: Vaults, telemetry: Telemetry, parts: AlertParts
) -> alerts.AlertServices:
    """What tells people when something is wrong."""

    def address_of(work: Work, row: AnyRow) -> Address:
        email, phone = parts.contacts.people.reach(work, row)
        return Address(name=row.name, email=email, phone=phone)

    ground = alerts.Ground(
        begin=units.writing,
        read=units.reading,
        clock=units.clock,
        telemetry=telemetry,
        vault=vaults.vault_for("channel"),
        check_vault=vaults.vault_for("check"),
        cron_after=cron_after,
        way_out=parts.egress,
        address_of=address_of,
        installation_key=parts.installation_key,
        base_url=settings.public_url.rstrip("/"),
        links_key=parts.links_key,
    )
    return alerts.build_alerts(ground, units.bus)


def cron_after(expression: str, zone: str, after: datetime) -> datetime | None:
    """The first slot after an instant of a cron expression in a zone, as tasks have it.

    Raises:
        Invalid: the expression or the zone can't be meant.
    """
    rule = Rule(schedule=Cron(expression=expression), zone=zone).check()
    return next(slots_after(rule, after), None)


def egress_of(settings: Settings, clock: Clock, bus: Bus, telemetry: Telemetry) -> Egress:
    """The one way out, whose refusals are counted and told to whoever listens."""
    bus.after(OutgoingRefused, lambda _: telemetry.count("egress.refused"))
    return build_egress(
        Policy(settings.egress_allow, settings.egress_ports),
        clock=clock,
        refused=bus.tell_after,
        ca_file=settings.egress_ca_file,
    )


def provider_of(
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


def counts_of(settings: Settings, installation_key: str, telemetry: Telemetry) -> SharedCounts | None:
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


def security_of(
    settings: Settings, units: UnitsOfWork, keys: Keys, vaults: Vaults, installation_key: str
) -> SecurityService:
    """Who may sign in, and what they may do."""
    return build_security(
        Grounds(
            begin=units.writing,
            read=units.reading,
            clock=units.clock,
            keys=keys,
            installation_key=installation_key,
            local_token=ensure_local_token(settings.home),
            vault=vaults.vault_for("user"),
        ),
    )


def metrics_of(store: SeriesStore, clock: Clock) -> MetricsService:
    """What takes samples into this store, and tells what is in it."""
    reader = SeriesReader(store.database)
    charts = Charts(reader=reader, kept=_tiers(store.spans))
    sizes = UsageReader(store.database)
    return MetricsService(store=store, reader=reader, charts=charts, sizes=sizes, clock=clock)


def prom_of(store: SeriesStore, clock: Clock) -> PromService:
    """What answers PromQL from this store."""
    return PromService(reader=SeriesReader(store.database), kept=_tiers(store.spans), clock=clock)


def _tiers(kept: Kept) -> dict[int, timedelta]:
    return {RAW: kept.raw, MINUTE: kept.by_1m, WINDOW: kept.by_5m, HOUR: kept.by_1h}


def cache_of(settings: Settings, database: Database, clock: Clock, telemetry: Telemetry) -> Cache:
    """The cache of this process, valid by the generations of `database`."""
    return Cache(
        items_max=settings.cache_items,
        ttl=timedelta(seconds=settings.cache_ttl_s),
        generations=read_generations(database),
        clock=clock,
        telemetry=telemetry,
    )


def sealing_of(settings: Settings, units: UnitsOfWork, signer: Signer) -> Sealing:
    """What signs the audit trail's checkpoints, and keeps them beside the database."""
    return Sealing(
        begin=units.writing,
        read=units.reading,
        signer=signer,
        file=CheckpointFile(settings.audit_checkpoint_file or settings.home / CHECKPOINT_FILE),
        clock=units.clock,
    )

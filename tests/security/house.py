"""The security service and the audit trail on a real database, as bootstrap puts them together.

Several houses may stand on one database, as several servers do; each has its own clock, pools and memory.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from autom8.audit.service import AuditService, AuditView
from autom8.kernel.actor import ANONYMOUS, SYSTEM, Actor
from autom8.kernel.events import (
    ApiKeyChanged,
    AuditAppended,
    Audited,
    Bus,
    Event,
    SessionEnded,
    SessionProved,
    UserChanged,
)
from autom8.kernel.paging import Page
from autom8.kernel.secrets import Secret
from autom8.kernel.telemetry import Telemetry
from autom8.kernel.vocabulary import Role
from autom8.models import Installation
from autom8.persistence.engines import Database, open_postgresql, open_sqlite
from autom8.persistence.migrate import migrate
from autom8.repositories.unit_of_work import UnitsOfWork, Work, note_written_tables
from autom8.security.decryption_alarm import DecryptionAlarm
from autom8.security.keyring import KeyMaterial
from autom8.security.keyring_sources import GivenKeyring
from autom8.security.keys import Keys
from autom8.security.service import Grounds, SecurityService, build_security
from autom8.security.vaults import Vaults
from autom8.security.views import TokenGrant, UserView

INSTALLATION = "an-installation"
PASSWORD = "plumb-vane-xkq-77"
OTHER_PASSWORD = "quiet-orbit-mzt-31"
LOCAL_TOKEN = Secret("a8l_" + "L" * 43)
KEYS = Keys.derived(secret=Secret("a test's secret key, of 40 bytes or more"), pepper=Secret("p" * 32))
STRANGER = replace(ANONYMOUS, address="203.0.113.7", request_id="request-1")
BESIDE = replace(ANONYMOUS, address="127.0.0.1", request_id="request-2")
KEYRING = KeyMaterial(primary="k1", keys={"k1": bytes(range(32))}, index=bytes(range(32, 64)))
COST = 4  # of bcrypt: the least, so that tests are quick


class MovableClock:
    """The machine's clocks, moved on by hand."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def monotonic(self) -> float:
        return time.monotonic() + self.offset.total_seconds()


class House:
    """One server's security and audit services."""

    def __init__(self, database: Database, *, keys: Keys = KEYS) -> None:
        self.database = database
        self.bus = Bus()
        self.clock = MovableClock()
        self.heard: list[Event] = []
        self.audit = AuditService(begin=self.writing, read=self.reading, installation_key=INSTALLATION)
        grounds = Grounds(
            begin=self.writing,
            read=self.reading,
            clock=self.clock,
            keys=keys,
            installation_key=INSTALLATION,
            local_token=LOCAL_TOKEN,
            vault=self._vaults().vault_for("user"),
        )
        self.security: SecurityService = build_security(grounds, password_cost=COST)
        self.bus.within(Audited, self.audit.append)
        self.bus.after(UserChanged, self.security.authenticator.forget_user)
        self.bus.after(SessionEnded, self.security.authenticator.forget_session)
        self.bus.after(SessionProved, self.security.authenticator.forget_session)
        self.bus.after(ApiKeyChanged, self.security.authenticator.forget_key)
        self.bus.after(Event, self._hear)

    def writing(self, actor: Actor = SYSTEM) -> AbstractContextManager[Work]:
        return self._units().writing(actor)

    def reading(self, actor: Actor = SYSTEM) -> AbstractContextManager[Work]:
        return self._units().reading(actor)

    def advance(self, by: timedelta) -> None:
        """Let time pass, for this house and for its view of the database's clock."""
        self.clock.offset += by

    def install(self) -> None:
        """Make the installation's row, as the first start does."""
        with self.writing() as work:
            row = Installation(id=1, key=INSTALLATION, created_at=work.now())
            work.installation.add(row)
            work.commit()

    def add(self, name: str, role: Role = Role.VIEWER, password: str = PASSWORD) -> UserView:
        """A user, added by somebody on this machine."""
        return self.security.users.add(name, password, role, actor=self.local())

    def local(self) -> Actor:
        """Somebody who can read the data folder."""
        token = LOCAL_TOKEN.reveal()
        return self.security.authenticator.bearer(token, address="127.0.0.1", request_id="request-3")

    def sign_in(self, name: str, password: str = PASSWORD, *, actor: Actor = STRANGER) -> TokenGrant:
        """A session of a program."""
        return self.security.sign_ins.sign_in(name, password, actor=actor)

    def bearer(self, grant: TokenGrant, *, fresh: bool = False) -> Actor:
        """Who the bearer of a grant's access token is."""
        token = grant.access_token.reveal()
        return self.security.authenticator.bearer(token, address="203.0.113.7", request_id="r", fresh=fresh)

    def entries(self) -> list[AuditView]:
        """The audit trail, oldest first."""
        return list(self.audit.list_(Page(limit=200, order="seq"), actor=self.local()).items)

    def _hear(self, event: Event) -> None:
        if not isinstance(event, AuditAppended):  # it follows each that is audited
            self.heard.append(event)

    def _vaults(self) -> Vaults:
        """As all servers on one database have them."""
        alarm = DecryptionAlarm(announce=self.heard.append, clock=self.clock, telemetry=Telemetry())
        return Vaults(GivenKeyring(Secret(KEYRING.text())), INSTALLATION, alarm)

    def _units(self) -> UnitsOfWork:
        return UnitsOfWork(self.database, self.bus, self.clock, offset=self.clock.offset)


def open_database(url: str) -> Database:
    """The database behind SQLAlchemy's URL, as bootstrap opens it."""
    if url.startswith("sqlite"):
        database = open_sqlite(Path(url.partition("///")[2]), synchronous="OFF")
    else:
        database = open_postgresql(url)
    note_written_tables(database.write_engine)
    return database


@contextmanager
def another_house(url: str) -> Iterator[House]:
    """A further server on the database of `url`."""
    database = open_database(url)
    house = House(database)
    try:
        yield house
    finally:
        house.security.close()
        database.dispose()


def prepare(url: str) -> None:
    """Give an empty database our tables and the installation's row."""
    database = open_database(url)
    try:
        migrate(database.write_engine, "core")
        House(database).install()
    finally:
        database.dispose()


def empty(url: str) -> None:
    """Take out what a test left, which is quicker than another database."""
    database = open_database(url)
    try:
        with database.write_engine.begin() as connection:
            connection.execute(
                text(
                    "TRUNCATE user_account, session, api_key, federated_identity, recovery_code, "
                    "login_throttle, sign_in_request, data_key, audit_entry, audit_checkpoint, installation"
                )
            )
        House(database).install()
    finally:
        database.dispose()

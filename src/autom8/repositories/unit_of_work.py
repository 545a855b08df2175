"""One transaction, the repositories that share it, and the events it will announce.

A unit of work is made for each call and never shared by threads. Leaving it without `commit()` rolls
everything back. It also keeps what must never be forgotten: the generation of each cached table that
was written rises in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Connection, Engine, bindparam, event, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from autom8.kernel.actor import SYSTEM, Actor
from autom8.kernel.clock import Clock
from autom8.kernel.errors import Conflict, Unavailable
from autom8.kernel.events import Bus, Event
from autom8.models import Generation
from autom8.persistence.engines import Database, DatabaseUnavailable, translated
from autom8.repositories.access import AccessRepository
from autom8.repositories.alerts import AlertRepository
from autom8.repositories.api_keys import ApiKeyRepository
from autom8.repositories.audit import AuditRepository
from autom8.repositories.channels import ChannelRepository
from autom8.repositories.checks import CheckRepository
from autom8.repositories.contact_groups import ErasureRepository, GroupRepository
from autom8.repositories.contacts import ContactRepository
from autom8.repositories.data_keys import DataKeyRepository
from autom8.repositories.factors import FactorRepository
from autom8.repositories.federation import FederationRepository
from autom8.repositories.ids import IdRepository
from autom8.repositories.incidents import IncidentRepository
from autom8.repositories.installation import InstallationRepository
from autom8.repositories.leases import LeaseRepository
from autom8.repositories.ledger import LedgerRepository
from autom8.repositories.links import LinkRepository
from autom8.repositories.looks import LookRepository
from autom8.repositories.messages import MessageRepository
from autom8.repositories.notices import NoticeRepository
from autom8.repositories.on_call import PolicyRepository, ScheduleRepository
from autom8.repositories.outputs import OutputRepository
from autom8.repositories.own_signs import OwnSignRepository
from autom8.repositories.pushed import PushedRepository
from autom8.repositories.rules import RuleRepository
from autom8.repositories.runs import RunRepository
from autom8.repositories.silences import DependencyRepository, SilenceRepository
from autom8.repositories.task_facts import TaskFactsRepository
from autom8.repositories.tasks import TaskRepository

__all__ = [
    "AlreadyDone",
    "BeginWork",
    "DatabaseUnavailable",
    "OutcomeUnknown",
    "UnitsOfWork",
    "Work",
    "note_written_tables",
]

T = TypeVar("T")
CACHED_TABLES: Final = frozenset({"task", "task_status", "run"})
_WRITTEN: Final = "autom8_written"


class OutcomeUnknown(Unavailable):
    """The database went away while it committed: this work is in it whole, or not at all."""

    code = "outcome_unknown"


class AlreadyDone(Conflict):
    """A request with this Idempotency-Key was carried out before; nothing was done now."""

    code = "already_done"

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key was carried out before.")


class Work:
    """One transaction. `actor` is who asks for it; `now()` is its one instant."""

    def __init__(
        self, session: Session, *, actor: Actor, bus: Bus, tell_time: Callable[[Session], datetime]
    ) -> None:
        self.session = session
        self.actor = actor
        self._bus = bus
        self._tell_time = tell_time
        self._events: list[Event] = []
        self._remembered: dict[str, Any] = {}

    def now(self) -> datetime:
        """The instant of this work, always the same one; by the database's own clock on PostgreSQL."""
        return self._now

    @cached_property
    def _now(self) -> datetime:
        return self._tell_time(self.session)

    @cached_property
    def tasks(self) -> TaskRepository:
        """Tasks and their revisions."""
        return TaskRepository(self.session)

    @cached_property
    def ledger(self) -> LedgerRepository:
        """Slots: which are due, and what became of them."""
        return LedgerRepository(self.session)

    @cached_property
    def runs(self) -> RunRepository:
        """Runs as people see them."""
        return RunRepository(self.session)

    @cached_property
    def leases(self) -> LeaseRepository:
        """Claim, start, heartbeat and finish of runs by workers."""
        return LeaseRepository(self.session)

    @cached_property
    def outputs(self) -> OutputRepository:
        """What commands wrote."""
        return OutputRepository(self.session)

    @cached_property
    def access(self) -> AccessRepository:
        """Users, sessions and login throttles."""
        return AccessRepository(self.session)

    @cached_property
    def looks(self) -> LookRepository:
        """What is to be looked at, and the ends of runs that no look has judged."""
        return LookRepository(self.session)

    @cached_property
    def task_facts(self) -> TaskFactsRepository:
        """What the ledger tells a look at tasks."""
        return TaskFactsRepository(self.session)

    @cached_property
    def channels(self) -> ChannelRepository:
        """Ways on which people are told."""
        return ChannelRepository(self.session)

    @cached_property
    def policies(self) -> PolicyRepository:
        """Escalation policies."""
        return PolicyRepository(self.session)

    @cached_property
    def schedules(self) -> ScheduleRepository:
        """On-call schedules and their overrides."""
        return ScheduleRepository(self.session)

    @cached_property
    def silences(self) -> SilenceRepository:
        """Silences and maintenance windows."""
        return SilenceRepository(self.session)

    @cached_property
    def dependencies(self) -> DependencyRepository:
        """Dependencies between incidents."""
        return DependencyRepository(self.session)

    @cached_property
    def links(self) -> LinkRepository:
        """Links of messages that were used."""
        return LinkRepository(self.session)

    @cached_property
    def rules(self) -> RuleRepository:
        """Settings of rules."""
        return RuleRepository(self.session)

    @cached_property
    def pushed(self) -> PushedRepository:
        """Alerts that other programs push."""
        return PushedRepository(self.session)

    @cached_property
    def own_signs(self) -> OwnSignRepository:
        """What Autom8 noticed about itself."""
        return OwnSignRepository(self.session)

    @cached_property
    def checks(self) -> CheckRepository:
        """Checks and their pings."""
        return CheckRepository(self.session)

    @cached_property
    def alerts(self) -> AlertRepository:
        """What is kept of each rule on each object."""
        return AlertRepository(self.session)

    @cached_property
    def incidents(self) -> IncidentRepository:
        """Incidents and their stories."""
        return IncidentRepository(self.session)

    @cached_property
    def notices(self) -> NoticeRepository:
        """Who is to be told of what."""
        return NoticeRepository(self.session)

    @cached_property
    def messages(self) -> MessageRepository:
        """Messages that are sent, or were."""
        return MessageRepository(self.session)

    @cached_property
    def contacts(self) -> ContactRepository:
        """Contacts with their words, tags and memberships."""
        return ContactRepository(self.session)

    @cached_property
    def groups(self) -> GroupRepository:
        """Groups of contacts."""
        return GroupRepository(self.session)

    @cached_property
    def erasures(self) -> ErasureRepository:
        """Which contacts were erased."""
        return ErasureRepository(self.session)

    @cached_property
    def federation(self) -> FederationRepository:
        """Sign-ins by a provider."""
        return FederationRepository(self.session)

    @cached_property
    def api_keys(self) -> ApiKeyRepository:
        """API keys."""
        return ApiKeyRepository(self.session)

    @cached_property
    def factors(self) -> FactorRepository:
        """Second factors and recovery codes."""
        return FactorRepository(self.session)

    @cached_property
    def audit(self) -> AuditRepository:
        """The audit chain."""
        return AuditRepository(self.session)

    @cached_property
    def ids(self) -> IdRepository:
        """Ids of rows that are not there yet."""
        return IdRepository(self.session)

    @cached_property
    def data_keys(self) -> DataKeyRepository:
        """The wrapped keys of sealed fields."""
        return DataKeyRepository(self.session)

    @cached_property
    def installation(self) -> InstallationRepository:
        """The installation's own row and repeated requests."""
        return InstallationRepository(self.session)

    def remembered(self, name: str, read: Callable[[], T]) -> T:
        """What was read under this name in this work, read once: the rules of all that a batch looks at."""
        if name not in self._remembered:
            self._remembered[name] = read()
        found: T = self._remembered[name]
        return found

    def record(self, event_: Event) -> None:
        """Announce `event_` once, and only if, this work is committed."""
        self._events.append(event_)

    def commit(self) -> None:
        """Make the work permanent, then tell observers.

        A repeatable request leaves its key in the same transaction, so that it is carried out once.

        Raises:
            AlreadyDone: the request was carried out before.
            OutcomeUnknown: the connection broke during the commit.
        """
        self._claim_request()
        for each in self._events:  # observers may record more; the loop sees those too
            self._bus.tell_within(each, self)
        self.notices.ring_out()  # after all else is held: the planner holds a lane while it reads
        self.session.flush()
        self._raise_generations()
        try:
            self.session.commit()
        except DBAPIError as error:
            # A failed COMMIT can leave the transaction open, and the pool would hand it on.
            self.session.invalidate()
            raise OutcomeUnknown("The database went away while it committed.") from error
        events, self._events = self._events, []
        for each in events:
            self._bus.tell_after(each)

    def _claim_request(self) -> None:
        request = self.actor.request_key
        if request is None:
            return
        if not self.installation.reserve_answer(key=request.key, request_hash=request.digest, at=self.now()):
            raise AlreadyDone

    def _raise_generations(self) -> None:
        connection = self.session.connection()
        written = sorted(connection.info.get(_WRITTEN, set()) & CACHED_TABLES)
        if written:  # in one order everywhere, so that two writers can't wait for each other
            connection.execute(_RAISE, [{"named": name} for name in written])


_RAISE: Final = (
    update(Generation).where(Generation.name == bindparam("named")).values(value=Generation.value + 1)
)


class BeginWork(Protocol):
    """Opens a unit of work for an actor."""

    def __call__(self, actor: Actor = SYSTEM) -> AbstractContextManager[Work]:
        """A transaction that rolls back unless committed."""
        ...


@dataclass(frozen=True, slots=True)
class UnitsOfWork:
    """Makes units of work on one database."""

    database: Database
    bus: Bus
    clock: Clock
    offset: timedelta = timedelta()  # added to PostgreSQL's clock, for tests of clock steps

    @contextmanager
    def writing(self, actor: Actor = SYSTEM) -> Iterator[Work]:
        """A transaction that may write; on SQLite it waits for its turn.

        Raises:
            DatabaseUnavailable: the database is gone or refuses to write.
        """
        with (
            self.database.writing(),
            translated(),
            Session(self.database.write_engine, expire_on_commit=False) as session,
        ):
            yield Work(session, actor=actor, bus=self.bus, tell_time=self._tell_time)

    @contextmanager
    def reading(self, actor: Actor = SYSTEM) -> Iterator[Work]:
        """A view that only reads, and never waits for a writer.

        Raises:
            DatabaseUnavailable: the database is gone.
        """
        with (
            translated(),
            Session(self.database.read_engine, expire_on_commit=False, autoflush=False) as session,
        ):
            yield Work(session, actor=actor, bus=self.bus, tell_time=self._tell_time)

    def _tell_time(self, session: Session) -> datetime:
        if self.database.dialect == "postgresql":
            told: datetime = session.execute(_CLOCK).scalar_one()
            return told + self.offset
        return self.clock.now()


_CLOCK: Final = select(func.clock_timestamp())


def note_written_tables(engine: Engine) -> None:
    """Have each connection of `engine` remember which tables its transaction wrote."""

    @event.listens_for(engine, "begin")
    def forget(connection: Connection) -> None:
        connection.info[_WRITTEN] = set()

    @event.listens_for(engine, "after_execute")
    def note(connection: Connection, statement: Any, *_: object) -> None:
        if getattr(statement, "is_dml", False):
            connection.info.setdefault(_WRITTEN, set()).add(statement.table.name)

"""The services that tell, on a real database, with a clock that tests turn and a channel that tests read."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from autom8.alerts.channels.outgoing import Outgoing, Sent
from autom8.alerts.escalation import Policy, Step
from autom8.alerts.incidents.casebook import Casebook
from autom8.alerts.incidents.escalating import Escalator, HeldBack
from autom8.alerts.looking import noting
from autom8.alerts.looking.looker import Looker
from autom8.alerts.looking.sight import Rules
from autom8.alerts.looking.tasks import look_at_tasks
from autom8.alerts.outbox.planning import Planner
from autom8.alerts.outbox.sending import Outbox
from autom8.alerts.outbox.settling import Settler
from autom8.alerts.retrying import Result
from autom8.alerts.rules.rule import Setting, effective, names_of
from autom8.kernel.telemetry import Telemetry
from autom8.kernel.vocabulary import AlertKind, ChannelKind, LookKind, RuleScope
from autom8.models import Channel, Contact, Incident, IncidentEntry, Message, Notice, table_of
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work
from tests.scheduler.house import NOON, House

DELIVERED = Sent(result=Result.DELIVERED)


@dataclass(frozen=True, slots=True)
class Behind:
    """Who stands behind targets."""

    contact_ids: tuple[int, ...]
    channel_ids: tuple[int, ...]


@dataclass(slots=True)
class Postbox:
    """A channel that keeps what it was given, and answers as a test wants."""

    got: list[tuple[int, Outgoing]] = field(default_factory=list)
    answers: Callable[[Outgoing], Sent] = field(default=lambda _: DELIVERED)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, channel: AnyRow) -> PostboxSender:
        return PostboxSender(self, channel.id)


@dataclass(slots=True)
class PostboxSender:
    postbox: Postbox
    channel_id: int

    def send(self, outgoing: Outgoing) -> Sent:
        with self.postbox.lock:
            self.postbox.got.append((self.channel_id, outgoing))
        outgoing.handing_over()
        return self.postbox.answers(outgoing)


@dataclass(slots=True)
class Teller:
    """A house in which somebody is told."""

    house: House
    settings: list[Setting] = field(default_factory=list)
    policy: Policy | None = field(default=None)
    ada: int = 0
    mail: int = 0
    postbox: Postbox = field(default_factory=Postbox)
    held: Callable[[AnyRow], HeldBack | None] = field(default=lambda _: None)
    looker: Looker = field(init=False)
    planner: Planner = field(init=False)
    outbox: Outbox = field(init=False)

    def __post_init__(self) -> None:
        noting.subscribe(self.house.bus)
        begin, read = self.house.units.writing, self.house.units.reading
        telemetry = Telemetry()
        escalator = Escalator(
            policy_of=lambda _, __: (1, self.policy) if self.policy else None,
            reached=self._reached,
            holding=self._holding,
        )
        self.looker = Looker(
            begin=begin,
            sources={LookKind.TASK: look_at_tasks},
            rules_of=self._rules_of,
            casebook=Casebook(escalator),
            telemetry=telemetry,
        )
        self.planner = Planner(begin=begin, holding=self._holding)
        self.outbox = Outbox(
            begin=begin,
            read=read,
            compose=_compose,
            sender_of=self.postbox.of,
            settler=Settler(holding=self._holding, chance=random.Random(1)),
            telemetry=telemetry,
        )

    def contact(self, name: str = "Ada", **columns: Any) -> int:
        """Somebody with an e-mail address."""
        row = {
            "name": name,
            "name_key": name.lower(),
            "email_encrypted": b"sealed",
            "email_index": name.encode(),
            "channels": [],
            "version": 1,
            "created_at": NOON,
            "updated_at": NOON,
        }
        return self._insert(table_of(Contact), row | columns)

    def channel(self, name: str = "mail", kind: ChannelKind = ChannelKind.EMAIL, **columns: Any) -> int:
        """A channel that is on."""
        row = {
            "name": name,
            "name_key": name.lower(),
            "kind": kind,
            "config": {},
            "limits": {},
            "templates": {},
            "enabled": True,
            "version": 1,
            "created_at": NOON,
            "updated_at": NOON,
            "failures": 0,
        }
        return self._insert(table_of(Channel), row | columns)

    def tells(self, *targets: str, **policy: Any) -> None:
        """Have all incidents be told to these at once."""
        self.policy = Policy(steps=(Step(targets=targets),), **policy).check()

    def set_rule(self, name: str, kind: AlertKind, **changes: Any) -> None:
        """Say something of a rule, for all."""
        self.settings.append(Setting(kind=kind, name=name, scope=RuleScope.ALL, changes=changes))

    def look(self) -> None:
        """Look at all that is due, and plan what is to be told."""
        while self.looker.look():
            pass
        while self.planner.plan_one():
            pass

    def send(self) -> None:
        """Send all that is due."""
        while self.outbox.send_due() or not self.outbox.idle:
            threading.Event().wait(0.002)

    def pass_time(self, seconds: float = 0, *, every: float = 60) -> None:
        """Look and send now, and again each so many seconds of time that passes."""
        left = seconds
        self.look()
        self.send()
        while left > 0:
            self.house.clock.advance(min(every, left))
            left -= every
            self.look()
            self.send()

    def incidents(self) -> Sequence[AnyRow]:
        return self._rows(table_of(Incident))

    def messages(self) -> Sequence[AnyRow]:
        return self._rows(table_of(Message))

    def notices(self) -> Sequence[AnyRow]:
        return self._rows(table_of(Notice))

    def story(self, incident_id: int) -> list[str]:
        entry = table_of(IncidentEntry)
        with self.house.units.reading() as work:
            statement = select(entry.c.kind).where(entry.c.incident_id == incident_id).order_by(entry.c.id)
            return list(work.session.execute(statement).scalars())

    def channel_failures(self) -> int:
        """How many tries of the first channel failed by its fault."""
        return sum(row.failures for row in self._rows(table_of(Channel)) if row.id == self.mail)

    def told(self) -> list[list[tuple[str, str]]]:
        """What each message that was handed over said: the kind and title of each of its notices."""
        return [list(map(tuple, outgoing.event["lines"])) for _, outgoing in self.postbox.got]

    def _rows(self, table: Any) -> Sequence[AnyRow]:
        with self.house.units.reading() as work:
            return work.session.execute(select(*table.c).order_by(table.c.id)).all()

    def _insert(self, table: Any, row: Mapping[str, Any]) -> int:
        with self.house.units.writing() as work:
            made = work.session.execute(insert(table).values(**row).returning(table.c.id)).scalar_one()
            work.commit()
        return int(made)

    def _holding(self, _: Work, incident: AnyRow, __: datetime) -> HeldBack | None:
        return self.held(incident)

    @staticmethod
    def _reached(_: Work, targets: Sequence[str], __: datetime) -> Behind:
        parts = [each.split(":") for each in targets]
        return Behind(
            contact_ids=tuple(int(number) for kind, number in parts if kind == "contact"),
            channel_ids=tuple(int(number) for kind, number in parts if kind == "channel"),
        )

    def _rules_of(self, _: Work) -> Rules:
        return lambda kind, id_, tags: {
            name: effective(kind, name, self.settings, object_id=id_, tags=tags) for name in names_of(kind)
        }


def _compose(work: Work, message: AnyRow, notices: Sequence[AnyRow], at: datetime) -> Outgoing:
    del at
    incidents = work.incidents.find({each.incident_id for each in notices})
    lines = [(each.kind, incidents[each.incident_id].title) for each in notices]
    return Outgoing(
        key=message.key,
        subject=message.subject,
        text="",
        event={"lines": lines, "contact": message.contact_id},
        pages=message.pages,
        ends=message.ends,
    )


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)

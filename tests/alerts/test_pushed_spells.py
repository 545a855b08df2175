"""A pushed alert that was over and came again is another one; an outage of Autom8 ends none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from autom8.alerts.looking.things import look_at_pushed
from autom8.alerts.pushed.ending import EARLIEST, HEARD_WITHIN
from autom8.alerts.pushed.service import RESOLVED_AFTER, PushService
from autom8.kernel.vocabulary import LookKind
from tests.alerts.rig import Teller
from tests.alerts.test_told import incidents_of
from tests.scheduler.house import ADA

SECOND = timedelta(seconds=1)


@dataclass
class Server:
    """A server that takes what is pushed, from its start on."""

    teller: Teller

    def start(self, since: datetime) -> None:
        units = self.teller.house.units
        self.pushing = PushService(begin=units.writing, read=units.reading, started_at=since)
        source = partial(look_at_pushed, serving_since=since)
        self.teller.looker = replace(self.teller.looker, sources={LookKind.PUSHED: source})

    @property
    def now(self) -> datetime:
        return self.teller.house.clock.now()

    def push(self, **times: datetime) -> None:
        self.pushing.push([{"labels": {"alertname": "Down"}, **times}], actor=ADA)

    def acknowledged(self) -> None:
        self.push()
        self.teller.pass_time()
        incident = self.teller.incidents()[-1]
        incidents_of(self.teller).acknowledge(incident.id, until=None, actor=ADA)
        self.teller.pass_time()

    def states(self) -> list[str]:
        return [each.state for each in self.teller.incidents()]


@pytest.fixture
def server(teller: Teller) -> Server:
    made = Server(teller)
    made.start(EARLIEST)
    return made


def test_what_was_over_and_came_again_between_two_looks_is_another_incident(server: Server) -> None:
    """Else the acknowledgement of the first would swallow it."""
    server.acknowledged()
    server.teller.house.clock.advance(10)
    server.push(endsAt=server.now)
    server.teller.house.clock.advance(10)
    server.push(startsAt=server.now)
    server.teller.pass_time(120)
    assert server.states() == ["resolved", "open"]
    kinds = [kind for told in server.teller.told() for kind, _ in told]
    assert kinds == ["firing", "resolved", "firing"]


def test_what_was_over_because_nobody_kept_it_up_is_another_incident_too(server: Server) -> None:
    server.acknowledged()
    server.teller.house.clock.advance(RESOLVED_AFTER.total_seconds() + 1)
    server.push()
    server.teller.pass_time()
    assert server.states() == ["resolved", "open"]


def test_both_in_one_push_are_another_incident_too(server: Server) -> None:
    server.acknowledged()
    server.teller.house.clock.advance(10)
    labels = {"alertname": "Down"}
    over = {"labels": labels, "endsAt": server.now}
    server.pushing.push([over, {"labels": labels, "startsAt": server.now + SECOND}], actor=ADA)
    server.teller.pass_time()
    assert server.states() == ["resolved", "open"]


def test_what_goes_on_stays_one_incident(server: Server) -> None:
    server.acknowledged()
    for _ in range(5):
        server.teller.house.clock.advance(60)
        server.push()
        server.teller.pass_time()
    assert server.states() == ["acknowledged"]


def test_an_end_that_passed_during_an_outage_is_none_where_it_is_pushed_on(server: Server) -> None:
    server.acknowledged()
    server.teller.house.clock.advance(3600)
    server.start(server.now)
    server.teller.pass_time(60)
    assert server.states() == ["acknowledged"]
    server.push()
    server.teller.pass_time(240)
    assert server.states() == ["acknowledged"]
    assert len(server.teller.told()) == 1


def test_what_nobody_pushes_after_an_outage_is_over_in_a_while(server: Server) -> None:
    server.acknowledged()
    server.teller.house.clock.advance(3600)
    server.start(server.now)
    server.teller.pass_time(HEARD_WITHIN.total_seconds() - 1)
    assert server.states() == ["acknowledged"]
    server.teller.pass_time(1)
    assert server.states() == ["resolved"]


def test_an_end_soon_after_an_outage_waits_likewise(server: Server) -> None:
    server.acknowledged()
    server.teller.house.clock.advance(RESOLVED_AFTER.total_seconds() - 20)
    server.start(server.now)
    server.teller.pass_time(60)
    assert server.states() == ["acknowledged"]
    server.teller.pass_time(HEARD_WITHIN.total_seconds())
    assert server.states() == ["resolved"]


def test_an_end_that_somebody_said_counts_after_an_outage_at_once(server: Server) -> None:
    server.acknowledged()
    server.push(endsAt=server.now)
    server.teller.house.clock.advance(3600)
    server.start(server.now)
    server.teller.pass_time()
    assert server.states() == ["resolved"]

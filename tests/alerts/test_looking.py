"""Looks go on: one thing that can't be looked at silences no other, and none keeps the others waiting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import insert

from autom8.alerts.escalation import Policy, Step
from autom8.alerts.incidents.casebook import Casebook
from autom8.alerts.looking.batches import AMISS_AFTER, BATCH
from autom8.alerts.looking.things import look_at_pushed
from autom8.alerts.pushed.service import PushService
from autom8.alerts.telling import STAGE_S_MAX, Telling, TellingFailed
from autom8.kernel.errors import Unavailable
from autom8.kernel.telemetry import Telemetry
from autom8.kernel.vocabulary import LookKind, OwnRule
from autom8.models import Dependency, table_of
from autom8.repositories.query import AnyRow
from tests.alerts.rig import Teller, minutes
from tests.scheduler.house import ADA, NOON

TOLD = [[("firing", "backup: failed")]]


def test_a_channel_of_a_newer_release_silences_nobody(teller: Teller, run: Any) -> None:
    """As after a rollback."""
    new = teller.channel("new", kind="matrix")  # type: ignore[arg-type]
    teller.tells(f"contact:{teller.ada}", f"channel:{new}")
    run(teller.house.add("backup"), 1)
    teller.pass_time(60)
    assert teller.told() == TOLD


def test_an_incident_that_can_not_be_looked_at_is_put_off_alone(teller: Teller, run: Any) -> None:
    bob = teller.contact("Bob")
    later = Step(targets=(f"contact:{bob}",), after=minutes(5))
    teller.policy = Policy(steps=(Step(targets=(f"contact:{teller.ada}",)), later))
    for name in ("one", "broken", "other"):
        run(teller.house.add(name), 1)
    teller.pass_time()
    broken = next(each.id for each in teller.incidents() if each.title == "broken: failed")

    def break_one(incident: AnyRow) -> None:
        if incident.id == broken:
            raise ValueError("a row that somebody broke")

    teller.held = break_one
    teller.pass_time(600)
    assert {each.incident_id for each in teller.notices() if each.contact_id == bob} == {
        each.id for each in teller.incidents() if each.id != broken
    }
    assert teller.looker.telemetry.snapshot()["alerts.looks_failed"] > 1
    assert not any(teller.looker.look() for _ in range(5)), "it is put off, and keeps nobody busy"
    teller.held = lambda _: None
    teller.pass_time(AMISS_AFTER.total_seconds())
    assert broken in {each.incident_id for each in teller.notices() if each.contact_id == bob}


def test_an_object_that_can_not_be_looked_at_is_put_off_alone(teller: Teller, run: Any) -> None:
    tasks = [teller.house.add(name) for name in ("one", "broken", "other")]
    look_at_tasks = teller.looker.sources[LookKind.TASK]

    def break_one(work: Any, ids: Any, rules: Any, at: Any) -> Any:
        if tasks[1].id in ids:
            raise ValueError("a row that somebody broke")
        return look_at_tasks(work, ids, rules, at)

    teller.looker = replace(teller.looker, sources={LookKind.TASK: break_one})
    for task in tasks:
        run(task, 1)
    teller.pass_time()
    assert [each.title for each in teller.incidents()] == ["one: failed", "other: failed"]
    assert not teller.looker.look()
    with teller.house.units.reading() as work:
        (sign,) = work.own_signs.all()
    assert (sign.rule, sign.details) == (OwnRule.LOOK_PUT_OFF, {"thing": f"task {tasks[1].id}"})
    teller.looker = replace(teller.looker, sources={LookKind.TASK: look_at_tasks})
    teller.pass_time(AMISS_AFTER.total_seconds())
    assert teller.incidents()[-1].title == "broken: failed"


def test_timers_are_looked_at_while_looks_are_due_all_the_time(teller: Teller, run: Any) -> None:
    """As where runs end faster than they are looked at."""
    bob = teller.contact("Bob")
    later = Step(targets=(f"contact:{bob}",), after=minutes(1))
    teller.policy = Policy(steps=(Step(targets=(f"contact:{teller.ada}",)), later))
    run(teller.house.add("backup"), 1)
    teller.pass_time()
    busy = teller.house.add("busy")
    teller.house.clock.advance(3600)
    for _ in range(3):
        with teller.house.units.writing() as work:
            work.looks.bring_forward(LookKind.TASK, [busy.id], work.now())
            work.commit()
        teller.looker.look()
    assert [each.contact_id for each in teller.notices()] == [teller.ada, bob]


def test_a_bell_has_all_open_incidents_looked_at_a_part_in_one_transaction(teller: Teller) -> None:
    open_incidents(teller, 3 * BATCH)
    looked: list[int] = []
    teller.held = lambda incident: looked.append(incident.id)
    with teller.house.units.writing() as work:
        work.looks.bring_all_forward(LookKind.INCIDENT, work.now())
        work.commit()
    parts: list[int] = []
    while teller.looker.look():
        parts.append(len(looked) - sum(parts))
    assert sorted(looked) == sorted(each.id for each in teller.incidents())
    assert max(parts) <= BATCH


def test_what_a_bell_asks_for_goes_on_after_a_restart(teller: Teller, monkeypatch: Any) -> None:
    monkeypatch.setattr("autom8.alerts.looking.open_incidents.RUNG_AT_ONCE", 4)
    open_incidents(teller, 10)
    looked: set[int] = set()
    teller.held = lambda incident: looked.add(incident.id)
    with teller.house.units.writing() as work:
        work.looks.bring_all_forward(LookKind.INCIDENT, work.now())
        work.commit()
    teller.looker.look()
    assert len(looked) == 4
    teller.looker = replace(teller.looker, casebook=Casebook(teller.looker.casebook.escalator))
    teller.look()
    assert len(looked) == 10


@pytest.mark.parametrize(("parents", "looked_at"), [("Down", 3), ("Net", 0)])
def test_only_what_may_hold_others_back_has_all_looked_at_and_once_a_second(
    teller: Teller, parents: str, looked_at: int
) -> None:
    """Else each of a thousand that open would have all the others looked at."""
    add_dependency(teller, parents=parents, children="Disk")
    open_incidents(teller, 3)
    looked: list[int] = []
    teller.held = lambda incident: looked.append(incident.id)
    while teller.looker.look():
        pass
    assert looked == []
    teller.house.clock.advance(1)
    while teller.looker.look():
        pass
    assert len(looked) == looked_at


@dataclass(slots=True)
class Stages:
    """What telling is made of, as far as it is broken here."""

    broken: str = ""
    error: Exception = field(default_factory=lambda: ValueError("broken"))
    done: list[str] = field(default_factory=list)
    after: Callable[[], None] = field(default=lambda: None)
    more: bool = False
    stuck: bool = False

    def look(self) -> bool:
        return self._do("look")

    def plan_one(self) -> bool:
        return self._do("plan")

    def send_due(self) -> bool:
        return self._do("send")

    def _do(self, name: str) -> bool:
        self.done.append(name)
        self.after()
        if name == self.broken:
            raise self.error
        return self.more


def telling(teller: Teller, stages: Any) -> Telling:
    """With something due in each stage."""
    run_out = teller.house.clock.now()
    with teller.house.units.writing() as work:
        work.looks.bring_forward(LookKind.TASK, [1], run_out)
        work.notices.bring_forward([(teller.ada, teller.mail)], run_out)
        work.commit()
    return Telling(
        read=teller.house.units.reading,
        looker=stages,
        planner=stages,
        outbox=stages,
        clock=teller.house.clock,
        telemetry=Telemetry(),
    )


@pytest.mark.parametrize("broken", ["look", "plan"])
def test_a_stage_that_fails_keeps_no_other_from_being_done(teller: Teller, run: Any, broken: str) -> None:
    run(teller.house.add("backup"), 1)
    teller.look()  # a message is due
    stages = Stages(broken=broken)
    made = telling(teller, stages)
    with pytest.raises(TellingFailed, match=broken):
        made.step()
    assert stages.done == ["look", "plan", "send"]
    assert made.telemetry.snapshot()["alerts.stages_failed"] == 1


def test_a_database_that_is_away_is_said_at_once(teller: Teller) -> None:
    stages = Stages(broken="look", error=Unavailable("away"))
    with pytest.raises(Unavailable, match="away"):
        telling(teller, stages).step()
    assert stages.done == ["look"]


def test_looks_leave_time_to_plan_and_to_send(teller: Teller, run: Any) -> None:
    run(teller.house.add("backup"), 1)
    teller.look()
    stages = Stages(more=True, after=lambda: teller.house.clock.advance(1))
    telling(teller, stages).step()
    assert set(stages.done) == {"look", "plan", "send"}
    assert stages.done.count("look") == stages.done.count("plan") == STAGE_S_MAX


def open_incidents(teller: Teller, number: int) -> None:
    units = teller.house.units
    teller.looker = replace(teller.looker, sources={LookKind.PUSHED: look_at_pushed})
    alerts = [{"labels": {"alertname": "Down", "instance": f"host-{each}"}} for each in range(number)]
    PushService(begin=units.writing, read=units.reading).push(alerts, actor=ADA)
    teller.look()
    assert len(teller.incidents()) == number


def add_dependency(teller: Teller, *, parents: str, children: str) -> None:
    def named(value: str) -> list[dict[str, Any]]:
        return [{"name": "alertname", "value": value, "isRegex": False, "isEqual": True}]

    row = {"name": "d", "name_key": "d", "parents": named(parents), "children": named(children)}
    rest = {"equal": [], "comment": "", "version": 1, "created_at": NOON, "updated_at": NOON}
    with teller.house.units.writing() as work:
        work.session.execute(insert(table_of(Dependency)).values(**row, **rest))
        work.commit()

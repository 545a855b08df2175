"""A clock that was set back holds nothing up for as long as the step was, be it noticed only at a start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from autom8.alerts.channels.outgoing import Sent
from autom8.alerts.escalation import Policy, Step
from autom8.alerts.incidents.escalating import FOR_EVER
from autom8.alerts.incidents.service import IncidentService
from autom8.alerts.looking.things import look_at_channels
from autom8.alerts.own.watching import OwnWatch
from autom8.alerts.retrying import Result
from autom8.kernel.vocabulary import AlertKind, LookKind, OwnRule, PingKind
from autom8.models import Incident, OwnSign, TaskStatus, table_of
from autom8.repositories.query import AnyRow
from autom8.scheduler.views import TaskView
from tests.alerts.check_rig import GRACE_S, HOURLY, Jobs
from tests.alerts.conftest import run
from tests.alerts.rig import Teller, minutes
from tests.own.conftest import watch_of
from tests.scheduler.house import ADA

__all__ = ["run"]

DAY = timedelta(days=1)
HOUR_S = 3_600
Run = Callable[[TaskView, int], int]


@pytest.fixture(autouse=True)
def quiet(teller: Teller) -> None:
    """The step itself is told elsewhere."""
    teller.set_rule("clock_stepped", AlertKind.OWN, enabled=False)


def set_back(teller: Teller, watch: OwnWatch, step: timedelta = DAY) -> None:
    teller.house.clock.step(-step)
    watch.clock_stepped(-step)
    watch.write()


def set_back_while_off(teller: Teller, step: timedelta = DAY) -> OwnWatch:
    teller.house.clock.step(-step)
    again = watch_of(teller.house)
    again.start()
    return again


def told_of(teller: Teller) -> list[int]:
    return [outgoing.event["contact"] for _, outgoing in teller.postbox.got]


def escalating_to_bob(teller: Teller) -> int:
    bob = teller.contact("Bob")
    steps = (
        Step(targets=(f"contact:{teller.ada}",)),
        Step(targets=(f"contact:{bob}",), after=minutes(10)),
    )
    teller.policy = Policy(steps=steps)
    return bob


def incident(teller: Teller) -> AnyRow:
    (found,) = teller.incidents()
    return found


def stepped(teller: Teller) -> AnyRow | None:
    """The sign that the clock stepped, if there is one."""
    with teller.house.units.reading() as work:
        return work.own_signs.find(OwnRule.CLOCK_STEPPED, "here")


def sign(teller: Teller) -> AnyRow:
    found = stepped(teller)
    assert found is not None
    return found


@pytest.mark.parametrize("off", [False, True])
def test_the_next_step_of_an_escalation_comes_within_its_delay(
    teller: Teller, watch: OwnWatch, run: Run, off: bool
) -> None:
    bob = escalating_to_bob(teller)
    run(teller.house.add("backup"), 1)
    teller.pass_time(60)
    if off:
        set_back_while_off(teller)
    else:
        set_back(teller, watch)
    teller.pass_time(15 * 60)
    assert told_of(teller) == [teller.ada, bob]


def test_an_acknowledgement_ends_when_it_would_have(teller: Teller, watch: OwnWatch, run: Run) -> None:
    bob = escalating_to_bob(teller)
    run(teller.house.add("backup"), 1)
    teller.pass_time(60)
    units = teller.house.units
    service = IncidentService(begin=units.writing, read=units.reading, casebook=teller.looker.casebook)
    now = teller.house.clock.now()
    service.acknowledge(incident(teller).id, until=now + minutes(60), actor=ADA)
    teller.pass_time(20 * 60)
    for _ in range(2):  # another server sees the step too
        set_back(teller, watch)
        teller.house.clock.step(DAY)
    teller.house.clock.step(-DAY)
    assert incident(teller).acknowledged_until == teller.house.clock.now() + minutes(40)
    teller.pass_time(39 * 60)
    assert bob not in told_of(teller)
    teller.pass_time(17 * 60)
    assert bob in told_of(teller)


def test_an_acknowledgement_without_an_end_stays_one(teller: Teller, watch: OwnWatch, run: Run) -> None:
    run(teller.house.add("backup"), 1)
    teller.pass_time()
    units = teller.house.units
    service = IncidentService(begin=units.writing, read=units.reading, casebook=teller.looker.casebook)
    service.acknowledge(incident(teller).id, until=None, actor=ADA)
    set_back(teller, watch)
    assert incident(teller).acknowledged_until == FOR_EVER


@pytest.mark.parametrize("off", [False, True])
@pytest.mark.parametrize("schedule", [HOURLY, {"cron": "0 * * * *", "zone": "UTC"}])
def test_a_ping_that_does_not_come_is_noticed_in_its_time(
    teller: Teller, watch: OwnWatch, schedule: dict[str, Any], off: bool
) -> None:
    jobs = Jobs(teller)
    jobs.add(schedule=schedule)
    teller.pass_time(60)
    jobs.ping()
    teller.pass_time(600)
    if off:
        set_back_while_off(teller)
    else:
        set_back(teller, watch)
    teller.pass_time(45 * 60)
    assert jobs.missed() == 0
    teller.pass_time((30 if off else 20) * 60)  # how long it was off before the clock was set is unknown
    assert jobs.missed() == 1


def test_a_check_that_is_late_stays_late_and_one_that_runs_for_too_long_too(
    teller: Teller, watch: OwnWatch
) -> None:
    jobs = Jobs(teller)
    jobs.add()
    jobs.ping(PingKind.START)
    teller.pass_time(HOUR_S + GRACE_S)
    rules = ["missed", "running_longer_than"]
    assert sorted(each.rule for each in teller.incidents()) == rules
    set_back(teller, watch)
    teller.pass_time(2 * HOUR_S)
    assert sorted(each.rule for each in teller.incidents() if each.resolved_at is None) == rules
    assert len(teller.incidents()) == 2


def test_a_run_elsewhere_that_hangs_is_noticed_in_its_time(teller: Teller, watch: OwnWatch) -> None:
    jobs = Jobs(teller)
    jobs.add()
    jobs.ping(PingKind.START)
    teller.pass_time(300)
    set_back(teller, watch)
    teller.pass_time(240)
    assert teller.incidents() == []
    teller.pass_time(60)
    assert [each.rule for each in teller.incidents()] == ["running_longer_than"]


def test_a_check_is_moved_once_however_many_servers_see_the_step(teller: Teller, watch: OwnWatch) -> None:
    jobs = Jobs(teller)
    check_id = jobs.add()
    teller.pass_time(60)
    jobs.ping()
    teller.pass_time(600)
    set_back(teller, watch)
    once = jobs.row(check_id)
    other = watch_of(teller.house, "other")
    other.clock_stepped(-DAY)
    other.write()
    twice = jobs.row(check_id)
    for column in ("counts_from", "expected_at", "started_at"):
        assert getattr(once, column) == getattr(twice, column)
    assert once.expected_at == teller.house.clock.now() + timedelta(seconds=HOUR_S - 600)


def test_a_task_that_never_does_well_again_is_noticed(teller: Teller, watch: OwnWatch, run: Run) -> None:
    teller.set_rule("no_success_for", AlertKind.TASK, enabled=True, time_s=HOUR_S)
    teller.set_rule("failed", AlertKind.TASK, enabled=False)
    task = teller.house.add("backup")
    run(task, 0)
    teller.pass_time(60)
    set_back(teller, watch)
    status = table_of(TaskStatus)
    with teller.house.units.reading() as work:
        done = work.session.execute(select(status.c.succeeded_at)).scalar_one()
    assert done == teller.house.clock.now()
    teller.pass_time(HOUR_S - 60)
    assert teller.incidents() == []
    teller.pass_time(120)
    assert [each.rule for each in teller.incidents()] == ["no_success_for"]


def test_what_was_to_be_tried_again_is_after_a_restart_too(teller: Teller, watch: OwnWatch, run: Run) -> None:
    sources = {**teller.looker.sources, LookKind.CHANNEL: look_at_channels}
    teller.looker = replace(teller.looker, sources=sources)
    teller.postbox.answers = lambda _: Sent(result=Result.FAILED, detail="x")
    run(teller.house.add("backup"), 1)
    teller.pass_time()
    teller.postbox.answers = lambda _: Sent(result=Result.DELIVERED)
    teller.postbox.got.clear()
    set_back_while_off(teller)
    teller.outbox.take_up("me")
    teller.pass_time(600)
    assert teller.told() == [[("firing", "backup: failed")]]


def test_a_clock_that_was_set_back_while_nothing_ran_is_told_once(
    teller: Teller, watch: OwnWatch, run: Run
) -> None:
    run(teller.house.add("backup"), 0)
    written = teller.house.clock.now()
    set_back_while_off(teller)
    seen = sign(teller).seen_at
    assert written - DAY - minutes(1) < seen
    assert sign(teller).details["step_s"] == pytest.approx(-DAY.total_seconds(), abs=10)
    teller.house.clock.advance(600)
    watch_of(teller.house).start()
    assert sign(teller).seen_at == seen, "what was written before it was set back is still there"
    set_back_while_off(teller, timedelta(hours=3))
    assert sign(teller).seen_at == seen + minutes(10) - timedelta(hours=3)


def test_a_restart_without_a_step_mends_nothing(teller: Teller, watch: OwnWatch, run: Run) -> None:
    run(teller.house.add("backup"), 1)
    teller.pass_time(60)
    before = _dues(teller)
    teller.house.clock.advance(5)
    watch_of(teller.house).start()
    assert stepped(teller) is None
    assert _dues(teller) == before


def _dues(teller: Teller) -> list[datetime | None]:
    incident = table_of(Incident)
    with teller.house.units.reading() as work:
        dues = work.looks.dues()
        step = work.session.execute(select(incident.c.step_due_at)).scalars().all()
    return [dues.incident, dues.lane, dues.message, *step]


def test_a_small_step_forward_hides_no_large_one_back(teller: Teller, watch: OwnWatch, run: Run) -> None:
    bob = escalating_to_bob(teller)
    run(teller.house.add("backup"), 1)
    teller.pass_time(60)
    for step in (-DAY, timedelta(seconds=3)):
        teller.house.clock.step(step)
        watch.clock_stepped(step)
    watch.write()
    assert sign(teller).details["step_s"] == -DAY.total_seconds() + 3
    teller.pass_time(15 * 60)
    assert bob in told_of(teller)


def test_where_the_database_has_a_clock_a_servers_own_is_told_and_mends_nothing(
    teller: Teller, run: Run
) -> None:
    watch = watch_of(teller.house, database_has_clock=True)
    escalating_to_bob(teller)
    run(teller.house.add("backup"), 1)
    teller.pass_time(60)
    before = incident(teller).look_at
    watch.clock_stepped(-DAY)
    watch.write()
    assert incident(teller).look_at == before
    assert stepped(teller) is not None
    watch.clock_stepped(-DAY, of="database")
    watch.clock_stepped(timedelta(hours=1))
    teller.house.clock.step(-DAY)
    watch.write()
    details = sign(teller).details
    assert (details["clock"], details["step_s"]) == ("database", -DAY.total_seconds())
    assert incident(teller).look_at == teller.house.clock.now()


def test_a_sign_that_somebody_wrote_by_hand_keeps_no_server_from_starting(
    teller: Teller, watch: OwnWatch
) -> None:
    watch.clock_stepped(-DAY)
    watch.write()
    with teller.house.units.writing() as work:
        work.session.execute(update(table_of(OwnSign)).values(details={"mended_through": 7}))
        work.commit()
    watch_of(teller.house).start()

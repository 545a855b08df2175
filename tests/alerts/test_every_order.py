"""Whatever comes in whatever order, whoever is told is told the truth: random walks against a judge.

Each walk has a database of its own, and SQLite is enough: what is judged is the order of telling, which both
databases share; what they do not share is shown by tests/faults. The ordinary run takes the same walks each
time, `--full` takes others.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from autom8.alerts.channels.outgoing import Outgoing
from autom8.alerts.escalation import Policy, Step
from autom8.alerts.expectations import Expectation
from autom8.alerts.incidents.casebook import Casebook
from autom8.alerts.incidents.service import IncidentService
from autom8.alerts.looking.things import look_at_channels
from autom8.alerts.outbox.settling import Settler
from autom8.alerts.rules.rule import Setting
from autom8.alerts.schedules.service import look_again
from autom8.alerts.silences.holding import changes_at, holding
from autom8.alerts.silences.service import SilenceService
from autom8.kernel.vocabulary import AlertKind, ChannelRule, LookKind, RuleScope
from autom8.persistence.engines import open_sqlite
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import Work, note_written_tables
from autom8.scheduler.views import TaskView
from tests.alerts.judge import QUIET_FROM, QUIET_UNTIL, Judge, Span, is_quiet
from tests.alerts.rig import Teller
from tests.faults import sabotage
from tests.scheduler.house import ADA, HandProcesses, House

TASKS = ("page", "inform")
MINUTES = st.sampled_from([1, 4, 11, 20])
LATER = timedelta(minutes=45)
FAR = timedelta(days=1_000)
NAMES = st.sampled_from(TASKS)


class Walk(RuleBasedStateMachine):
    """Ada and Quinn are told at once, Grace ten minutes later. Quinn sleeps at night."""

    template: Path
    folder: Path
    numbers = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        path = self.folder / f"{next(self.numbers)}.db"
        shutil.copyfile(self.template, path)
        self.database = open_sqlite(path, synchronous="OFF")  # nobody cuts the power here
        note_written_tables(self.database.write_engine)
        self.teller = Teller(House(self.database))
        self.clock = self.teller.house.clock
        self.processes = HandProcesses()
        self.judge = Judge(self.clock, critical={"page: failed"})
        self.wrong = dict.fromkeys(TASKS, False)
        self.by_hand: set[str] = set()  # resolved by hand, and not run since
        self._furnish()

    @initialize(repeats=st.sampled_from([0, None]))
    def begin(self, repeats: int | None) -> None:
        first = tuple(f"contact:{each}" for each in self.told_at_once)
        steps = (Step(targets=first), Step(targets=(f"contact:{self.grace}",), after=timedelta(minutes=10)))
        self.policy = Policy(steps=steps, repeats=repeats, repeated_after=timedelta(hours=1)).check()
        self.teller.policy = self.policy

    @rule(name=NAMES, fails=st.booleans(), looked_at=st.booleans())
    def run(self, name: str, fails: bool, looked_at: bool) -> None:
        """A run ends; or several do before anybody looks."""
        self._run(name, fails=fails)
        if looked_at:
            self._pass(0)

    @rule(minutes=MINUTES)
    def time_passes(self, minutes: int) -> None:
        self._pass(minutes * 60)

    @precondition(lambda self: self.judge.mode == "ok")
    @rule(hours=st.integers(1, 3))
    def hours_pass(self, hours: int) -> None:
        self._pass(hours * 3600, every=600)

    @precondition(lambda self: self.judge.mode == "ok")
    @rule()
    def quiet_hours_begin_or_end(self) -> None:
        """The clock is just before that; what is next sees it happen."""
        hour = QUIET_UNTIL if is_quiet(self.clock.now()) else QUIET_FROM
        at = self.clock.now().replace(hour=hour, minute=0, second=0)
        at += timedelta(days=at <= self.clock.now())
        self._pass((at - self.clock.now()).total_seconds() - 240, every=1800)

    @rule(mode=st.sampled_from(["ok", "fail", "drop"]))
    def channel(self, mode: str) -> None:
        self.judge.mode = mode

    @rule(name=NAMES, lasts=st.sampled_from([timedelta(minutes=7), LATER, timedelta(hours=3)]))
    def silence(self, name: str, lasts: timedelta) -> None:
        now = self.clock.now()
        self.silences.add({"matchers": f'task="{name}"', "ends_at": now + lasts}, actor=ADA)
        self.judge.silences.setdefault(f"{name}: failed", []).append(Span(now, now + lasts))

    @rule(name=NAMES, ends=st.booleans())
    def acknowledge(self, name: str, ends: bool) -> None:
        for incident in self._open(name):
            now = self.clock.now()
            until = now + LATER if ends else None
            self._acted(incident.id)
            self.incidents.acknowledge(incident.id, until=until, actor=ADA)
            self.judge.acknowledged.setdefault(incident.id, []).append(Span(now, until or now + FAR))

    @rule(name=NAMES, then=st.sampled_from(["fine", "silence", "acknowledge", "night", "again"]))
    def outage(self, name: str, then: str) -> None:
        """The channel fails, what is told changes meanwhile, and the channel works before the next try."""
        self.judge.mode = "fail"
        self.run(name=name, fails=True, looked_at=True)
        self._pass(1200)
        self.judge.mode = "ok"
        match then:
            case "fine":
                self.run(name=name, fails=False, looked_at=True)
            case "silence":
                self.silence(name=name, lasts=LATER)
            case "acknowledge":
                self.acknowledge(name=name, ends=False)
            case "night":
                self.quiet_hours_begin_or_end()
            case "again":
                self.run(name=name, fails=False, looked_at=False)
                self.run(name=name, fails=True, looked_at=True)
        self._pass(1200)

    @rule(name=NAMES, ends=st.booleans())
    def taken_care_of(self, name: str, ends: bool) -> None:
        """Somebody acts before the next step is due."""
        self.run(name=name, fails=True, looked_at=True)
        self.acknowledge(name=name, ends=ends)
        self._pass(1500)

    @rule()
    def nobody_is_there(self) -> None:
        """The policy is gone, as if nobody were on call."""
        if self.teller.policy is not None:
            self.teller.policy = None
            self.judge.unmanned.append(Span(self.clock.now(), self.clock.now() + FAR))

    @rule()
    def somebody_is_there(self) -> None:
        if self.teller.policy is None:
            self.teller.policy = self.policy
            self.judge.unmanned[-1].end = self.clock.now()
            with self.teller.house.units.writing() as work:
                look_again(work)
                work.commit()

    @rule(name=NAMES)
    def gap_in_the_rota(self, name: str) -> None:
        """It fails while nobody is there, who comes before it is fine."""
        self.nobody_is_there()
        self.run(name=name, fails=True, looked_at=True)
        self._pass(1200)
        self.somebody_is_there()
        self._pass(0)

    @rule(name=NAMES)
    def unacknowledge(self, name: str) -> None:
        for incident in self._open(name):
            self.incidents.unacknowledge(incident.id, actor=ADA)
            self._acted(incident.id)

    @rule(name=NAMES)
    def resolve(self, name: str) -> None:
        for incident in self._open(name):
            self.incidents.resolve(incident.id, actor=ADA)
            self.by_hand.add(name)

    def teardown(self) -> None:
        """Let all run out: with what is wrong now, and then with all being fine."""
        try:
            if self.judge.wrongs:
                return  # the step that found them says so
            self.judge.mode = "ok"
            self.somebody_is_there()
            self._run_out()
            for name in TASKS:
                self._run(name, fails=False)
            self._run_out()
            assert not [row for row in self.teller.messages() if row.state in {"ready", "sending"}]
            assert not [row for row in self.teller.notices() if row.state == "waiting"]
        finally:
            self.database.dispose()

    def _run_out(self) -> None:
        self._pass(5 * 3600, every=600)
        while is_quiet(self.clock.now()):
            self._pass(1800, every=600)
        self._pass(1200, every=300)
        everybody = (*self.told_at_once, self.grace)
        self.judge.check_all_told(self.teller.incidents(), everybody, at_once=self.told_at_once)
        assert self.judge.wrongs == []

    def _pass(self, seconds: float, *, every: float = 120) -> None:
        self.teller.pass_time(seconds, every=every)
        self.judge.check_steps(self.teller.notices())
        self.judge.check_ends()
        assert self.judge.wrongs == []
        for name, wrong in self.wrong.items():
            assert name in self.by_hand or len(self._open(name)) == wrong, f"incidents of {name}"

    def _run(self, name: str, *, fails: bool) -> None:
        self.processes.exit_code = int(fails)
        worker, _ = self.teller.house.worker(processes=self.processes)
        run_id = self.teller.house.start(self.tasks[name])
        for _ in range(3):
            self.clock.advance(1)
            worker.ring()
            worker.step()
        assert self.teller.house.run(run_id).ended_at is not None
        self.wrong[name] = fails
        self.by_hand.discard(name)

    def _open(self, name: str) -> list[AnyRow]:
        rows = self.teller.incidents()
        return [row for row in rows if row.title == f"{name}: failed" and row.resolved_at is None]

    def _acted(self, incident_id: int) -> None:
        """What was said before of who takes care of it is over."""
        for span in self.judge.acknowledged.get(incident_id, ()):
            span.end = min(span.end, self.clock.now())

    def _furnish(self) -> None:
        teller = self.teller
        begin, read = teller.house.units.writing, teller.house.units.reading
        quiet = {"zone": "UTC", "quiet_from": QUIET_FROM * 60, "quiet_until": QUIET_UNTIL * 60}
        self.told_at_once = (teller.contact(), teller.contact("Quinn", **quiet))
        self.judge.sleeper = self.told_at_once[1]
        self.grace = teller.contact("Grace")
        teller.channel()
        self.tasks: dict[str, TaskView] = {name: teller.house.add(name, tags=[name]) for name in TASKS}
        pages: dict[str, Any] = {
            "changes": {"severity": "critical"},
            "scope": RuleScope.TAG,
            "value": TASKS[0],
        }
        teller.settings.append(Setting(kind=AlertKind.TASK, name=Expectation.FAILED, **pages))
        for other in set(Expectation) - {Expectation.FAILED}:
            teller.set_rule(other, AlertKind.TASK, enabled=False)
        teller.set_rule(ChannelRule.FAILING, AlertKind.CHANNEL, enabled=False)
        casebook = Casebook(replace(teller.looker.casebook.escalator, holding=holding))
        sources = {**teller.looker.sources, LookKind.CHANNEL: look_at_channels}
        teller.looker = replace(teller.looker, sources=sources, casebook=casebook, changes_at=changes_at)
        teller.planner = replace(teller.planner, holding=holding)
        settler = Settler(holding=holding, chance=teller.outbox.settler.chance)
        teller.outbox = replace(teller.outbox, settler=settler, compose=_compose)
        teller.postbox.answers = self.judge.answer
        self.silences = SilenceService(begin=begin, read=read)
        self.incidents = IncidentService(begin=begin, read=read, casebook=casebook)


def _compose(work: Work, message: AnyRow, notices: Sequence[AnyRow], at: datetime) -> Outgoing:
    del at
    incidents = work.incidents.find({each.incident_id for each in notices})
    lines = [
        {
            "kind": each.kind,
            "title": incidents[each.incident_id].title,
            "incident": each.incident_id,
            "alert": each.alert_id,
        }
        for each in notices
    ]
    event = {"lines": lines, "contact": message.contact_id}
    return Outgoing(key=message.key, subject=message.subject, text="", event=event)


@pytest.mark.parametrize(
    ("walks", "steps"),
    [pytest.param(25, 20), pytest.param(200, 40, marks=pytest.mark.full)],
    ids=["some", "many"],
)
def test_in_every_order_whoever_is_told_is_told_the_truth(
    sqlite_template: Path, tmp_path: Path, walks: int, steps: int
) -> None:
    if guard := os.environ.get("SABOTAGE"):  # see tests/faults/test_guards.py
        sabotage.guard(guard)()
    Walk.template, Walk.folder = sqlite_template, tmp_path
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=walks,
            stateful_step_count=steps,
            derandomize=walks < 100,
            deadline=None,
            database=None,
            phases=[Phase.generate],  # to shrink takes minutes, and the walk is printed
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )

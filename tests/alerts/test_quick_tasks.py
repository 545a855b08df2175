"""Tasks of which the newest runs are of minutes: what thresholds count over a longer time is read too."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from autom8.kernel.vocabulary import AlertKind, LookKind, Reason, RunState
from autom8.models import Run, table_of
from autom8.repositories.task_facts import NEWEST
from tests.alerts.rig import Teller
from tests.scheduler.house import NOON
from tests.services.sql import statements

EVERY = timedelta(seconds=10)
GOOD: dict[str, Any] = {"state": RunState.SUCCEEDED, "reason": None, "exit_code": 0}
BAD: dict[str, Any] = {"state": RunState.FAILED, "reason": Reason.EXIT_CODE, "exit_code": 1}
STRANGE: dict[str, Any] = {**BAD, "exit_code": 7}
SKIPPED: dict[str, Any] = {"state": RunState.SKIPPED, "reason": Reason.OVERLAP, "exit_code": None}
MISSED: dict[str, Any] = {"state": RunState.MISSED, "reason": Reason.TOO_LATE, "exit_code": None}


class Ledger:
    """The ledger of one task, a row each EVERY, of which each is judged by a look of its own when asked."""

    def __init__(self, teller: Teller) -> None:
        self.teller = teller
        self.task = teller.house.add("quick")
        made = teller.house.start(self.task)
        run = table_of(Run)
        with teller.house.units.writing() as work:
            row = work.session.execute(select(*run.c).where(run.c.id == made)).one()
            work.session.execute(delete(run).where(run.c.id == made))
            work.commit()
        self.row = {name: value for name, value in row._mapping.items() if name != "id"}
        self.at = NOON
        teller.pass_time()

    def add(self, *hows: dict[str, Any], started_at: datetime | None = None) -> int:
        """Rows of runs, each EVERY after the one before, which were judged; the id of the last one."""
        rows = []
        for how in hows:
            began = None if how in (SKIPPED, MISSED) else started_at or self.at
            rows.append({**self.row, **how, "slot_at": self.at, "ended_at": self.at, "started_at": began})
            self.at += EVERY
        with self.teller.house.units.writing() as work:
            made = insert(table_of(Run)).returning(table_of(Run).c.id, sort_by_parameter_order=True)
            ids = list(work.session.execute(made, rows).scalars())
            work.commit()
        return int(ids[-1])

    def look(self, run_id: int) -> None:
        """Judge an end that no look has seen."""
        clock = self.teller.house.clock
        clock.wall = max(clock.wall, self.at)
        with self.teller.house.units.writing() as work:
            work.looks.add_ends([(self.task.id, run_id)])
            work.looks.bring_forward(LookKind.TASK, [self.task.id], work.now())
            work.commit()
        self.teller.pass_time()

    def told(self) -> list[str]:
        """The rules of open incidents."""
        return [each.rule for each in self.teller.incidents() if each.resolved_at is None]


@pytest.fixture
def ledger(teller: Teller) -> Ledger:
    return Ledger(teller)


def test_slots_that_were_skipped_within_the_hour_count_though_hundreds_of_runs_were_since(
    ledger: Ledger,
) -> None:
    ledger.add(SKIPPED, *[GOOD] * 119)
    ledger.add(SKIPPED, *[GOOD] * 119)
    ledger.look(ledger.add(SKIPPED))
    assert ledger.told() == ["too_many_skipped"]
    ledger.teller.pass_time(1_220, every=600)
    assert ledger.told() == ["too_many_skipped"], "two of three: not below half"
    ledger.teller.pass_time(1_200)
    assert ledger.told() == []


def test_a_slot_that_was_skipped_for_another_reason_is_not_counted(ledger: Ledger) -> None:
    ledger.add(*[SKIPPED | {"reason": Reason.PAUSED}] * 3, *[GOOD] * 200)
    ledger.look(ledger.add(SKIPPED))
    assert ledger.told() == []


@pytest.mark.parametrize(("before", "told"), [([BAD, BAD], ["failed"]), ([BAD, GOOD], [])])
def test_failures_in_a_row_count_though_hundreds_of_slots_were_skipped_between(
    ledger: Ledger, before: list[dict[str, Any]], told: list[str]
) -> None:
    ledger.teller.set_rule("failed", AlertKind.TASK, count=3)
    ledger.teller.set_rule("too_many_skipped", AlertKind.TASK, enabled=False)
    for each in before:
        ledger.add(each, *[SKIPPED] * (NEWEST + 20))
    ledger.look(ledger.add(BAD))
    assert ledger.told() == told


def test_an_exit_code_is_strange_though_hundreds_of_slots_were_skipped_between(ledger: Ledger) -> None:
    ledger.teller.set_rule("exit_pattern_changed", AlertKind.TASK, enabled=True)
    ledger.teller.set_rule("failed", AlertKind.TASK, enabled=False)
    ledger.teller.set_rule("too_many_skipped", AlertKind.TASK, enabled=False)
    ledger.add(*[GOOD] * 10, *[SKIPPED] * (NEWEST + 20))
    ledger.look(ledger.add(STRANGE))
    assert ledger.told() == ["exit_pattern_changed"]


def test_a_run_that_began_before_a_slot_was_missed_does_not_end_that_though_hundreds_came_since(
    ledger: Ledger,
) -> None:
    ledger.teller.set_rule("too_many_skipped", AlertKind.TASK, enabled=False)
    ledger.look(ledger.add(MISSED))
    ledger.add(*[SKIPPED] * (NEWEST + 20))
    ledger.look(ledger.add(GOOD, started_at=NOON - EVERY))
    assert ledger.told() == ["missed"]
    ledger.look(ledger.add(GOOD))
    assert ledger.told() == []


@pytest.mark.parametrize(
    ("runs", "time_s", "asked"),
    [([GOOD] * 50, 3_600, 0), ([GOOD] * 2 * NEWEST, 900, 0), ([GOOD] * 2 * NEWEST, 3_600, 1)],
)
def test_what_the_newest_runs_tell_is_not_asked_again(
    ledger: Ledger, runs: list[dict[str, Any]], time_s: int, asked: int
) -> None:
    """Ends of well-behaved tasks are looked at by the thousand."""
    ledger.teller.set_rule("too_many_skipped", AlertKind.TASK, count=3, time_s=time_s)
    ledger.add(*runs)
    last = ledger.add(GOOD)
    with statements(ledger.teller.house.database) as seen:
        ledger.look(last)
    assert sum("ended_at >" in statement and " run" in statement for statement, _ in seen) == asked

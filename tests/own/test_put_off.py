"""What can't be looked at is told: nobody would hear of what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from autom8.alerts.looking.sight import Rules, Sight
from autom8.alerts.looking.tasks import look_at_tasks
from autom8.alerts.own.watching import OwnWatch
from autom8.kernel import defaults
from autom8.kernel.vocabulary import LookKind, OwnRule
from autom8.models import OwnSign, table_of
from autom8.repositories.unit_of_work import Work
from tests.alerts.rig import Teller


class Blind:
    """Tasks that can't be looked at, among others that can."""

    def __init__(self, teller: Teller) -> None:
        self.ids: set[int] = set()
        sources = {**teller.looker.sources, LookKind.TASK: self.look}
        teller.looker = replace(teller.looker, sources=sources)

    def look(self, work: Work, ids: Collection[int], rules: Rules, at: datetime) -> Mapping[int, Sight]:
        if self.ids & set(ids):
            raise ZeroDivisionError
        return look_at_tasks(work, ids, rules, at)


@pytest.fixture
def blind(teller: Teller) -> Blind:
    return Blind(teller)


def put_off(teller: Teller) -> list[str]:
    """What open incidents say of it."""
    return [
        each.annotations["summary"]
        for each in teller.incidents()
        if each.rule == OwnRule.LOOK_PUT_OFF and each.resolved_at is None
    ]


def test_a_task_that_cannot_be_looked_at_is_told_until_it_can(
    teller: Teller, watch: OwnWatch, blind: Blind
) -> None:
    task, fine = teller.house.add("broken"), teller.house.add("fine")
    blind.ids = {task.id}
    teller.pass_time(3 * 60)
    (said,) = put_off(teller)
    assert said.startswith(f"task {task.id} can't be looked at")
    assert f"task {fine.id} " not in said
    assert [each.severity for each in teller.incidents()] == ["critical"]
    teller.pass_time(3_600)
    assert len(put_off(teller)) == 1
    blind.ids.clear()
    teller.pass_time(defaults.SIGN_UNSEEN_MAX.total_seconds() + 60)
    assert put_off(teller) == []
    assert [told[0][0] for told in teller.told()] == ["firing", "resolved"]


def test_several_are_one_incident_and_their_signs_are_forgotten(
    teller: Teller, watch: OwnWatch, blind: Blind
) -> None:
    blind.ids = {teller.house.add(f"broken {number}").id for number in range(7)}
    teller.pass_time(3 * 60)
    (said,) = put_off(teller)
    assert said.count("can't be looked at") == 5
    assert said.endswith("and 2 more")
    with teller.house.units.writing() as work:
        work.own_signs.forget_before(work.now() + timedelta(days=1))
        assert work.session.execute(select(func.count()).select_from(table_of(OwnSign))).scalar() == 0

"""What is wrong while nobody can be told is told as soon as somebody can."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from autom8.alerts.escalation import Policy, Step
from autom8.kernel.events import ChannelChanged, ContactChanged, Event, GroupChanged
from autom8.kernel.vocabulary import LookKind
from autom8.models import Channel, table_of
from tests.alerts.rig import Teller, minutes

TOLD = [[("firing", "backup: failed")]]
HOUR_S = 3600


def test_it_is_told_once_a_policy_is_there(teller: Teller, run: Any) -> None:
    policy, teller.policy = teller.policy, None
    run(teller.house.add("backup"), 1)
    teller.pass_time(HOUR_S)
    assert teller.told() == []
    teller.policy = policy
    look_again(teller)
    teller.pass_time()
    assert teller.told() == TOLD
    teller.pass_time(5 * HOUR_S)
    assert teller.told() == TOLD


@pytest.mark.parametrize("repeats", [0, 1, None])
def test_it_is_told_once_somebody_is_on_call(teller: Teller, run: Any, repeats: int | None) -> None:
    """With no round left, too: steps that reached nobody were not taken."""
    teller.tells("contact:999999", repeats=repeats, repeated_after=minutes(30))
    run(teller.house.add("backup"), 1)
    teller.pass_time(4 * HOUR_S)
    teller.tells(f"contact:{teller.ada}", repeats=repeats, repeated_after=minutes(30))
    teller.pass_time(31 * 60)
    assert teller.told() == TOLD


@pytest.mark.parametrize(
    "said",
    [
        ChannelChanged(action="channel.changed", object_type="channel", object_id="1", channel_id=1),
        ContactChanged(action="contact.changed", object_type="contact", object_id="1", contact_id=1),
        GroupChanged(action="group.changed", object_type="group", object_id="1", group_id=1),
    ],
    ids=lambda said: str(said.action),
)
def test_it_is_told_at_once_when_there_is_a_way_again(teller: Teller, run: Any, said: Event) -> None:
    switch_channels(teller, on=False)
    run(teller.house.add("backup"), 1)
    teller.pass_time(60)
    switch_channels(teller, on=True, said=said)
    teller.pass_time()
    assert teller.told() == TOLD


def test_who_is_on_call_later_begins_with_the_first_step(teller: Teller, run: Any) -> None:
    bob = teller.contact("Bob")
    steps = (Step(targets=("contact:999999",)), Step(targets=("contact:999998",), after=minutes(5)))
    teller.policy = Policy(steps=steps)
    run(teller.house.add("backup"), 1)
    teller.pass_time(60)
    there = (Step(targets=(f"contact:{teller.ada}",)), Step(targets=(f"contact:{bob}",), after=minutes(5)))
    teller.policy = Policy(steps=there)
    look_again(teller)
    teller.pass_time()
    assert [each.contact_id for each in teller.notices()] == [teller.ada]
    teller.pass_time(5 * 60)
    assert [(each.contact_id, each.step) for each in teller.notices()] == [(teller.ada, 0), (bob, 1)]


def test_a_step_that_is_not_due_yet_is_not_hastened_by_a_look(teller: Teller, run: Any) -> None:
    teller.policy = Policy(steps=(Step(targets=(f"contact:{teller.ada}",), after=minutes(10)),))
    run(teller.house.add("backup"), 1)
    teller.pass_time(60)
    look_again(teller)
    teller.pass_time(60)
    assert teller.told() == []
    teller.pass_time(8 * 60)
    assert teller.told() == TOLD


@pytest.mark.parametrize("nobody", [None, Policy(steps=(Step(targets=("contact:999999",)),), repeats=None)])
def test_the_story_says_so_once_and_nobody_is_kept_busy(
    teller: Teller, run: Any, nobody: Policy | None
) -> None:
    teller.policy = nobody
    run(teller.house.add("backup"), 1)
    teller.pass_time()
    assert not any(teller.looker.look() for _ in range(20))
    teller.pass_time(6 * HOUR_S)
    assert teller.story(teller.incidents()[0].id) == ["opened", "nobody"]


def test_while_somebody_takes_care_of_it_nobody_else_is_told(teller: Teller, run: Any) -> None:
    policy, teller.policy = teller.policy, None
    run(teller.house.add("backup"), 1)
    teller.pass_time()
    (incident,) = teller.incidents()
    with teller.house.units.writing() as work:
        until = work.now() + timedelta(hours=1)
        changes = {"acknowledged_at": work.now(), "acknowledged_until": until}
        work.incidents.change(incident.id, changes)
        work.commit()
    teller.policy = policy
    look_again(teller)
    teller.pass_time(50 * 60)
    assert teller.told() == []
    teller.pass_time(11 * 60)
    assert teller.told() == TOLD


def test_an_escalation_that_loses_its_policy_goes_on_where_it_stood(teller: Teller, run: Any) -> None:
    bob = teller.contact("Bob")
    steps = (Step(targets=(f"contact:{teller.ada}",)), Step(targets=(f"contact:{bob}",), after=minutes(10)))
    policy = teller.policy = Policy(steps=steps)
    run(teller.house.add("backup"), 1)
    teller.pass_time()
    teller.policy = None
    teller.pass_time(3 * HOUR_S)
    assert "nobody" not in teller.story(teller.incidents()[0].id)
    teller.policy = policy
    look_again(teller)
    teller.pass_time()
    assert [(each.contact_id, each.step) for each in teller.notices()] == [(teller.ada, 0), (bob, 1)]


def look_again(teller: Teller) -> None:
    """As whoever changes a policy or a schedule does."""
    with teller.house.units.writing() as work:
        work.looks.bring_all_forward(LookKind.INCIDENT, work.now())
        work.commit()


def switch_channels(teller: Teller, *, on: bool, said: Event | None = None) -> None:
    with teller.house.units.writing() as work:
        work.session.execute(update(table_of(Channel)).values(enabled=on))
        if said is not None:
            work.record(said)
        work.commit()

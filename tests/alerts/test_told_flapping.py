"""What comes and goes is told as that, to whom it concerns, and none of its ends is lost."""

from __future__ import annotations

from typing import Any

import pytest

from autom8.alerts.escalation import Policy, Step
from autom8.alerts.flapping import NOTICES_MAX
from autom8.alerts.incidents.escalating import HeldBack
from autom8.kernel.vocabulary import AlertKind
from tests.alerts.rig import Teller, minutes
from tests.alerts.test_told import incidents_of
from tests.scheduler.house import ADA

HOURS_3_S = 3 * 3600


def kinds(teller: Teller, contact: int = 0) -> list[str]:
    """What was told, in its order; to one contact, or to all."""
    got = [each.event for _, each in teller.postbox.got if contact in {0, each.event["contact"]}]
    return [kind for event in got for kind, _ in event["lines"]]


def flap(teller: Teller, run: Any, task: Any, *, times: int, every: float = 10) -> None:
    """Fail and be fine in turns; it fails in the end where `times` is odd."""
    for number in range(times):
        run(task, (number + 1) % 2)
        teller.pass_time(every, every=every)


def test_it_is_told_though_no_spell_lasts_until_the_first_step(teller: Teller, run: Any) -> None:
    teller.policy = Policy(steps=(Step(targets=(f"contact:{teller.ada}",), after=minutes(2)),))
    task = teller.house.add("flappy")
    flap(teller, run, task, times=60, every=60)
    assert kinds(teller) == ["flapping"]
    teller.pass_time(HOURS_3_S, every=300)
    assert kinds(teller) == ["flapping", "calm_resolved"]


def test_what_was_held_back_is_told_as_flapping_and_its_end_too(teller: Teller, run: Any) -> None:
    task = teller.house.add("flappy")
    flap(teller, run, task, times=6)
    silent = HeldBack(by={"silence": 1}, until=teller.house.clock.now() + minutes(2))
    teller.held = lambda _: silent
    run(task, 1)
    teller.pass_time(60)
    assert teller.incidents()[-1].flapping
    teller.held = lambda _: None
    teller.pass_time(180)
    assert kinds(teller)[-1] == "flapping"
    run(task, 0)
    teller.pass_time(HOURS_3_S, every=300)
    assert kinds(teller)[-1] == "calm_resolved"


def test_the_end_of_what_was_removed_meanwhile_is_told(teller: Teller, run: Any) -> None:
    task = teller.house.add("flappy")
    flap(teller, run, task, times=8)
    assert kinds(teller)[-1] == "flapping"
    teller.house.tasks.remove(task.id, revision=task.revision, actor=ADA)
    teller.pass_time(HOURS_3_S, every=300)
    assert kinds(teller)[-1] == "calm_resolved"


def test_raises_between_two_looks_are_told_as_what_they_were(teller: Teller, run: Any) -> None:
    task = teller.house.add("flappy")
    for number in range(8):
        run(task, (number + 1) % 2)
    teller.pass_time()
    assert kinds(teller) == ["firing", "resolved"] * 3 + ["flapping"]
    assert [each.flapping for each in teller.incidents()] == [False] * 3 + [True]


def test_whoever_knows_only_that_it_flaps_is_told_when_that_is_over(teller: Teller, run: Any) -> None:
    """Who is on call was another when it was calm, and wrong."""
    bob = teller.contact("Bob")
    task = teller.house.add("flappy")
    flap(teller, run, task, times=7)
    teller.tells(f"contact:{bob}")
    teller.pass_time(HOURS_3_S, every=300)
    assert (kinds(teller, teller.ada)[-1], kinds(teller, bob)) == ("flapping", ["calm_firing"])
    run(task, 0)
    teller.pass_time()
    assert (kinds(teller, teller.ada)[-1], kinds(teller, bob)[-1]) == ("calm_resolved", "resolved")


@pytest.mark.parametrize(("severity", "further"), [("critical", ["flapping"] * 2), ("warning", [])])
def test_a_page_that_flaps_is_escalated_as_one_incident_would_be(
    teller: Teller, run: Any, severity: str, further: list[str]
) -> None:
    """Though no spell of it lasts as long as a step's delay; and no oftener than the policy says."""
    bob = teller.contact("Bob")
    steps = (Step(targets=(f"contact:{teller.ada}",)), Step(targets=(f"contact:{bob}",), after=minutes(10)))
    teller.policy = Policy(steps=steps, repeats=1, repeated_after=minutes(15))
    teller.set_rule("failed", AlertKind.TASK, severity=severity)
    task = teller.house.add("flappy")
    flap(teller, run, task, times=60, every=57)  # for an hour
    again = ["flapping"] if further else []
    assert kinds(teller, bob) == further
    assert kinds(teller, teller.ada) == ["firing", "resolved"] * 3 + ["flapping", *again]
    assert len(kinds(teller, teller.ada)) <= NOTICES_MAX + len(again)
    teller.pass_time(HOURS_3_S, every=300)
    assert {kinds(teller, each)[-1] for each in {teller.ada, bob if further else teller.ada}} == {
        "calm_resolved"
    }


@pytest.mark.parametrize("act", ["acknowledge", "resolve"])
def test_a_page_that_flaps_is_told_to_nobody_else_once_somebody_acts(
    teller: Teller, run: Any, act: str
) -> None:
    bob = teller.contact("Bob")
    steps = (Step(targets=(f"contact:{teller.ada}",)), Step(targets=(f"contact:{bob}",), after=minutes(10)))
    teller.policy = Policy(steps=steps)
    teller.set_rule("failed", AlertKind.TASK, severity="critical")
    task = teller.house.add("flappy")
    flap(teller, run, task, times=7)
    incident_id = teller.incidents()[-1].id
    if act == "acknowledge":
        incidents_of(teller).acknowledge(incident_id, until=None, actor=ADA)
    else:
        incidents_of(teller).resolve(incident_id, actor=ADA)
    run(task, 0)
    flap(teller, run, task, times=30, every=57)
    assert kinds(teller, bob) == []

"""From the end of a run to what somebody is told of it: looks, incidents, notices and messages together."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from autom8.alerts.channels.outgoing import Sent
from autom8.alerts.escalation import Policy, Step
from autom8.alerts.flapping import NOTICES_MAX, RAISES_MAX
from autom8.alerts.incidents.escalating import HeldBack
from autom8.alerts.incidents.service import IncidentService
from autom8.alerts.looking.things import look_at_channels, look_at_pushed
from autom8.alerts.pushed.service import PushService
from autom8.alerts.retrying import Result
from autom8.kernel.vocabulary import AlertKind, ChannelKind, LookKind, MessageState
from tests.alerts.rig import Teller, minutes
from tests.scheduler.house import ADA, EVERY_MINUTE

THOUSAND = 1_000


def test_a_failed_run_is_told_and_its_recovery_too(teller: Teller, run: Any) -> None:
    task = teller.house.add("backup")
    failed = run(task, 3)
    teller.pass_time()
    (incident,) = teller.incidents()
    assert (incident.title, incident.state, incident.run_id) == ("backup: failed", "open", failed)
    assert teller.told() == [[("firing", "backup: failed")]]
    run(task, 0)
    teller.pass_time()
    assert teller.incidents()[0].state == "resolved"
    assert teller.told()[1:] == [[("resolved", "backup: failed")]]
    assert teller.story(incident.id) == ["opened", "escalated", "notified", "resolved", "notified"]


def test_a_failure_between_two_looks_is_told_though_the_next_run_was_fine(teller: Teller, run: Any) -> None:
    task = teller.house.add("backup")
    run(task, 1)
    run(task, 0)
    teller.pass_time()
    assert teller.told() == [[("firing", "backup: failed"), ("resolved", "backup: failed")]]


def test_a_good_run_is_told_to_nobody_and_leaves_no_rows(teller: Teller, run: Any) -> None:
    run(teller.house.add("backup"), 0)
    teller.pass_time(3600)
    assert teller.incidents() == teller.messages() == []


def test_a_missed_slot_is_told(teller: Teller) -> None:
    teller.house.add("report", schedule=EVERY_MINUTE, catch_up="none")
    teller.house.clock.advance(1800)
    teller.house.firing.fire()
    teller.pass_time()
    assert ("firing", "report: missed") in [line for told in teller.told() for line in told]


def test_a_slot_that_nobody_fires_is_told_as_late(teller: Teller) -> None:
    """No row says so: the row of the look's timer was there beforehand."""
    teller.house.add("report", schedule=EVERY_MINUTE)
    teller.pass_time(600)
    assert teller.told() == [[("firing", "report: late by")]]


def test_a_rule_that_is_switched_off_ends_what_it_raised(teller: Teller, run: Any) -> None:
    task = teller.house.add("backup")
    run(task, 1)
    teller.pass_time()
    teller.set_rule("failed", AlertKind.TASK, enabled=False)
    teller.house.tasks.pause(task.id, reason="", actor=ADA)
    teller.pass_time()
    assert [told[0][0] for told in teller.told()] == ["firing", "resolved"]


def test_a_removed_task_ends_its_incidents(teller: Teller, run: Any) -> None:
    task = teller.house.add("backup")
    run(task, 1)
    teller.pass_time()
    view = teller.house.tasks.get(task.id, actor=ADA)
    teller.house.tasks.remove(task.id, revision=view.revision, actor=ADA)
    teller.pass_time()
    assert teller.incidents()[0].state == "resolved"
    assert [told[0][0] for told in teller.told()] == ["firing", "resolved"]


def test_a_thousand_at_once_are_one_message_for_each_contact(teller: Teller) -> None:
    other = teller.contact("Grace")
    teller.tells(f"contact:{teller.ada}", f"contact:{other}")
    units = teller.house.units
    service = PushService(begin=units.writing, read=units.reading)
    teller.looker = replace(teller.looker, sources={LookKind.PUSHED: look_at_pushed})
    alerts = [{"labels": {"alertname": "Down", "instance": f"host-{each}"}} for each in range(THOUSAND)]
    service.push(alerts, actor=ADA)
    teller.pass_time()
    assert len(teller.incidents()) == THOUSAND
    sent = [(each.contact_id, each.digest, each.state) for each in teller.messages()]
    assert sent == [(teller.ada, True, "sent"), (other, True, "sent")]
    assert [len(set(told)) for told in teller.told()] == [THOUSAND, THOUSAND]
    for _ in range(40):
        teller.house.clock.advance(60)
        teller.look()
        teller.send()
    kinds = [Counter(kind for kind, _ in told) for told in teller.told()]
    assert kinds == [{"firing": THOUSAND}] * 2 + [{"resolved": THOUSAND}] * 2  # none is pushed again


def test_a_digest_of_one_is_named_so(teller: Teller, run: Any) -> None:
    limits = {"alone_max": 1, "kept_for_pages": 0, "digests_max": 2, "window_s": 3_600}
    channel = teller.channel("once an hour", limits=limits)
    teller.tells(f"channel:{channel}")
    for number in range(3):
        run(teller.house.add(f"task-{number}"), 1)
        teller.pass_time(60)

    found = {(each.digest, each.subject) for each in teller.messages()}

    assert (True, "1 alert") in found, found


def test_a_task_that_comes_and_goes_sends_a_stated_number(teller: Teller, run: Any) -> None:
    task = teller.house.add("flappy")
    for number in range(60):
        run(task, number % 2)
        teller.pass_time(30)
    kinds = [kind for told in teller.told() for kind, _ in told]
    assert kinds == ["firing", "resolved"] * RAISES_MAX + ["flapping"]
    assert len(kinds) < NOTICES_MAX  # the stated number of an hour; the last one is that it is calm
    run(task, 0)
    teller.pass_time(7200)
    kinds = [kind for told in teller.told() for kind, _ in told]
    assert kinds[-1] == "calm_resolved"


def test_a_message_that_fails_is_tried_again_and_told_once(teller: Teller, run: Any) -> None:
    answers = [
        Sent(result=Result.FAILED, detail="no"),
        Sent(result=Result.FAILED),
        Sent(result=Result.DELIVERED),
    ]
    teller.postbox.answers = lambda _: answers.pop(0)
    run(teller.house.add("backup"), 1)
    teller.pass_time(120, every=1)
    (message,) = teller.messages()
    assert (message.state, message.tries) == (MessageState.SENT, 3)
    assert len({outgoing.key for _, outgoing in teller.postbox.got}) == 1


def test_what_is_over_before_it_arrived_is_told_as_one(teller: Teller, run: Any) -> None:
    task = teller.house.add("backup")
    answers = [Sent(result=Result.FAILED)]
    teller.postbox.answers = lambda _: answers.pop() if answers else Sent(result=Result.DELIVERED)
    run(task, 1)
    teller.pass_time()
    run(task, 0)
    teller.pass_time(120, every=1)
    assert teller.told()[1:] == [[("firing", "backup: failed"), ("resolved", "backup: failed")]]


@pytest.mark.parametrize(("severity", "state"), [("critical", "sent"), ("warning", "dead")])
def test_a_try_of_unknown_result_is_repeated_when_it_pages_only(
    teller: Teller, run: Any, severity: str, state: str
) -> None:
    teller.set_rule("failed", AlertKind.TASK, severity=severity)
    answers = [Sent(result=Result.UNKNOWN)]
    teller.postbox.answers = lambda _: answers.pop() if answers else Sent(result=Result.DELIVERED)
    run(teller.house.add("backup"), 1)
    teller.pass_time(120, every=1)
    (message,) = teller.messages()
    assert message.state == state


@pytest.mark.parametrize("handed_over", [True, False])
def test_a_lease_that_runs_out_is_a_try_of_unknown_result_if_it_was_handed_over(
    teller: Teller, run: Any, handed_over: bool
) -> None:
    """As after kill -9 between the claim and the answer."""
    run(teller.house.add("backup"), 1)
    teller.look()
    with teller.house.units.writing() as work:
        (row,) = work.messages.take_due(work.now(), leave=[], limit=1)
        work.messages.lease([row.id], token="of the dead", until=work.now() + minutes(2))
        assert not handed_over or work.messages.hand_over(row.id, "of the dead")
        work.commit()
    teller.pass_time(60)
    assert teller.messages()[0].state == "sending"
    teller.pass_time(120)
    (message,) = teller.messages()
    assert (message.state, message.reason) == (("dead", "outcome_unknown") if handed_over else ("sent", None))
    assert len(teller.told()) == (not handed_over)
    assert teller.channel_failures() == handed_over


def test_who_can_not_be_reached_on_one_way_is_told_on_another(teller: Teller, run: Any) -> None:
    telephone = teller.channel("sms", ChannelKind.TWILIO)
    teller.tells(f"contact:{teller.contact('Grace', phone_encrypted=b'sealed')}")
    teller.postbox.answers = lambda _: Sent(result=Result.REFUSED, detail="no such address")
    run(teller.house.add("backup"), 1)
    teller.pass_time(60, every=1)
    assert [each.channel_id for each in teller.messages()] == [teller.mail, telephone]
    story = teller.story(teller.incidents()[0].id)
    assert story.count("not_notified") == 2


def test_what_is_silenced_is_told_when_the_silence_is_over(teller: Teller, run: Any) -> None:
    ends = teller.house.clock.now() + minutes(30)
    teller.held = lambda _: (
        HeldBack(by={"silence": 1}, until=ends) if teller.house.clock.now() < ends else None
    )
    run(teller.house.add("backup"), 1)
    teller.pass_time(29 * 60)
    assert teller.told() == []
    teller.pass_time(120)
    assert teller.told() == [[("firing", "backup: failed")]]
    assert teller.story(teller.incidents()[0].id)[:3] == ["opened", "held_back", "let_go"]


def test_what_was_silenced_all_its_time_is_told_to_nobody(teller: Teller, run: Any) -> None:
    task = teller.house.add("backup")
    teller.held = lambda _: HeldBack(by={"silence": 1}, until=None)
    run(task, 1)
    teller.pass_time(60)
    run(task, 0)
    teller.pass_time(60)
    teller.held = lambda _: None
    teller.pass_time(3600)
    assert teller.told() == []


def test_quiet_hours_hold_back_what_is_not_critical(teller: Teller, run: Any) -> None:
    quiet = {"zone": "UTC", "quiet_from": 11 * 60, "quiet_until": 13 * 60, "quiet_days": 0b1111111}
    teller.tells(f"contact:{teller.contact('Grace', **quiet)}")
    run(teller.house.add("backup"), 1)
    teller.pass_time(3500)
    assert teller.told() == []
    teller.pass_time(200)
    assert teller.told() == [[("firing", "backup: failed")]]


def test_a_step_behind_which_nobody_stands_is_passed_over(teller: Teller, run: Any) -> None:
    teller.tells("contact:999999")
    assert teller.policy is not None
    teller.policy = Policy(
        steps=(Step(targets=("contact:999999",)), Step(targets=(f"contact:{teller.ada}",), after=minutes(30)))
    )
    run(teller.house.add("backup"), 1)
    teller.pass_time()
    assert len(teller.told()) == 1
    assert teller.story(teller.incidents()[0].id) == ["opened", "nobody", "escalated", "notified"]


def test_it_is_told_again_until_somebody_acts(teller: Teller, run: Any) -> None:
    teller.tells(f"contact:{teller.ada}", repeats=None, repeated_after=minutes(15))
    run(teller.house.add("backup"), 1)
    teller.pass_time(3600)
    assert len(teller.told()) == 5


def test_what_was_resolved_by_hand_and_is_not_seen_again_keeps_nobody_busy(teller: Teller, run: Any) -> None:
    """Else its look would be due for ever, from the hour on after which it may be raised again."""
    run(teller.house.add("backup"), 1)
    teller.pass_time()
    incidents_of(teller).resolve(teller.incidents()[0].id, actor=ADA)
    teller.pass_time()
    teller.house.clock.advance(2 * 3600)
    assert sum(teller.looker.look() for _ in range(5)) < 5
    assert [kind for told in teller.told() for kind, _ in told] == ["firing", "resolved"]


@pytest.mark.parametrize("severity", ["critical", "warning"])
def test_nothing_overtakes_what_is_still_tried(teller: Teller, run: Any, severity: str) -> None:
    """The channel is back between two tries: the end does not arrive before its beginning, nor a new one."""
    teller.set_rule("failed", AlertKind.TASK, severity=severity)
    teller.set_rule("failing", AlertKind.CHANNEL, enabled=False)
    teller.looker = replace(
        teller.looker, sources={**teller.looker.sources, LookKind.CHANNEL: look_at_channels}
    )
    works: list[bool] = []
    failed, arrived = Sent(result=Result.FAILED), Sent(result=Result.DELIVERED)
    teller.postbox.answers = lambda _: arrived if works else failed
    task = teller.house.add("backup")
    run(task, 1)
    teller.pass_time(1200, every=5)
    works.append(True)
    for exit_code in (0, 1, 0):
        run(task, exit_code)
        teller.postbox.got.clear()
        teller.pass_time(5)
        if exit_code:
            assert teller.told() == [[("firing", "backup: failed")]]
    assert teller.told() == [[("resolved", "backup: failed")]]
    tries = [row.state for row in teller.messages()]
    assert tries == ["dropped", "sent", "sent", "sent"]


def test_what_may_have_arrived_is_brought_to_its_end_before_more_is_told(teller: Teller, run: Any) -> None:
    teller.set_rule("failed", AlertKind.TASK, severity="critical")
    teller.set_rule("failing", AlertKind.CHANNEL, enabled=False)
    teller.looker = replace(
        teller.looker, sources={**teller.looker.sources, LookKind.CHANNEL: look_at_channels}
    )
    answers = [Sent(result=Result.UNKNOWN)]
    teller.postbox.answers = lambda _: answers.pop() if answers else Sent(result=Result.DELIVERED)
    task = teller.house.add("backup")
    run(task, 1)
    teller.pass_time()
    run(task, 0)
    teller.pass_time(120, every=1)
    assert [told[0][0] for told in teller.told()] == ["firing", "firing", "resolved"]
    assert [row.state for row in teller.messages()] == ["sent", "sent"]


def test_the_next_failure_after_it_was_resolved_by_hand_is_told_at_once(teller: Teller, run: Any) -> None:
    """Found by a walk: within the hour it was taken for a repetition, and told to nobody ever."""
    task = teller.house.add("backup")
    run(task, 1)
    teller.pass_time(60)
    incidents_of(teller).resolve(teller.incidents()[0].id, actor=ADA)
    teller.pass_time(600)
    run(task, 1)
    teller.pass_time()
    assert [each.state for each in teller.incidents()] == ["resolved", "open"]
    assert [kind for told in teller.told() for kind, _ in told] == ["firing", "resolved", "firing"]


def test_a_failure_that_a_rule_lets_wait_after_that_is_told_when_it_has_waited(
    teller: Teller, run: Any
) -> None:
    teller.set_rule("failed", AlertKind.TASK, raised_again_after_s=3600)
    task = teller.house.add("backup")
    run(task, 1)
    teller.pass_time(60)
    incidents_of(teller).resolve(teller.incidents()[0].id, actor=ADA)
    teller.pass_time(600)
    run(task, 1)
    teller.pass_time(1800)
    assert [each.state for each in teller.incidents()] == ["resolved"]
    teller.pass_time(3600)
    assert [each.state for each in teller.incidents()] == ["resolved", "open"]


@pytest.mark.parametrize("ends", ["by time", "by hand"])
def test_what_is_nobodys_again_is_told_again(teller: Teller, run: Any, ends: str) -> None:
    """Found by a walk: the only step was taken, its notice dropped, and nobody was told ever."""
    teller.postbox.answers = lambda _: Sent(result=Result.FAILED, detail="not now")
    run(teller.house.add("backup"), 1)
    teller.pass_time(60)
    (incident,) = teller.incidents()
    until = teller.house.clock.now() + minutes(20) if ends == "by time" else None
    incidents_of(teller).acknowledge(incident.id, until=until, actor=ADA)
    teller.postbox.answers = lambda _: Sent(result=Result.DELIVERED)
    teller.postbox.got.clear()
    teller.pass_time(15 * 60)
    assert teller.told() == []
    if ends == "by hand":
        incidents_of(teller).unacknowledge(incident.id, actor=ADA)
    teller.pass_time(10 * 60)
    assert teller.told() == [[("firing", "backup: failed")]]
    teller.pass_time(24 * 3600, every=3600)
    assert len(teller.told()) == 1


def incidents_of(teller: Teller) -> IncidentService:
    """What people may do with the incidents of the rig."""
    units = teller.house.units
    return IncidentService(begin=units.writing, read=units.reading, casebook=teller.looker.casebook)

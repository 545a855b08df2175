"""The outbox when something is amiss: what fails holds up nothing else, and nothing is lost."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest
from sqlalchemy import insert, update

from autom8.alerts.channels.outgoing import Outgoing, Sent
from autom8.alerts.incidents.escalating import HeldBack
from autom8.alerts.looking.things import look_at_channels
from autom8.alerts.outbox import planning
from autom8.alerts.outbox.sending import Outbox
from autom8.alerts.outbox.service import MessageService
from autom8.alerts.retrying import Result
from autom8.alerts.telling import LOOK_AT_LEAST_S, Telling
from autom8.kernel.events import ContactChanged
from autom8.kernel.vocabulary import AlertKind, ChannelKind, LookKind
from autom8.models import Channel, Contact, Notice, table_of
from autom8.repositories.query import AnyRow
from tests.alerts.rig import DELIVERED, Teller, minutes
from tests.scheduler.house import ADA
from tests.services.sql import statements

FAILED = Sent(result=Result.FAILED, detail="away")
NOTICE = table_of(Notice)


def _looked(teller: Teller) -> None:
    while teller.looker.look():
        pass


def _planned(teller: Teller) -> int:
    """How often a lane was planned until none was due."""
    times = 0
    while teller.planner.plan_one():
        times += 1
        assert times < 50, "a lane is due for ever"
    return times


def _repeated(teller: Teller, notice: AnyRow, times: int, column: str = "transition") -> None:
    """Have as many more notices like this one wait."""
    row = {name: value for name, value in notice._mapping.items() if name != "id"}
    with teller.house.units.writing() as work:
        work.session.execute(insert(NOTICE), [row | {column: 100 + each} for each in range(times)])
        work.commit()


def _switch(teller: Teller, channel_id: int, *, on: bool) -> None:
    table = table_of(Channel)
    with teller.house.units.writing() as work:
        work.session.execute(update(table).where(table.c.id == channel_id).values(enabled=on))
        work.commit()


def _looks_at_channels(teller: Teller) -> None:
    sources = dict(teller.looker.sources) | {LookKind.CHANNEL: look_at_channels}
    teller.looker = replace(teller.looker, sources=sources)


def _grace_by_mail_and_sms(teller: Teller) -> int:
    """Have somebody be told who has a telephone too; its channel."""
    _looks_at_channels(teller)
    sms = teller.channel("sms", ChannelKind.TWILIO)
    teller.tells(f"contact:{teller.contact('Grace', phone_encrypted=b'sealed')}")
    teller.set_rule("failed", AlertKind.TASK, severity="critical")
    return sms


@pytest.mark.parametrize("full", [0, 1])
def test_more_that_is_held_than_is_read_at_once_holds_up_nothing(
    teller: Teller, run: Any, monkeypatch: pytest.MonkeyPatch, full: int
) -> None:
    monkeypatch.setattr(planning, "WAITING_MAX", 5)
    run(teller.house.add("held"), 1)
    _looked(teller)
    _repeated(teller, teller.notices()[0], 9 + full)
    held = teller.incidents()[0].id
    until = teller.house.clock.now() + minutes(60)
    teller.held = lambda each: HeldBack(by={"silence": 1}, until=until) if each.id == held else None
    run(teller.house.add("other"), 1)
    _looked(teller)

    _planned(teller)
    assert [each.subject for each in teller.messages()] == ["other: failed"]
    teller.held = lambda _: None
    teller.pass_time(7200, every=600)
    assert [each.state for each in teller.notices()] == ["packed"] * (11 + full)


def test_what_follows_what_is_held_waits_with_it_though_it_is_read_later(
    teller: Teller, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "WAITING_MAX", 1)
    task = teller.house.add("backup")
    run(task, 1)
    teller.pass_time(1)
    teller.held = lambda each: HeldBack(by={"silence": 1}, until=None) if each.resolved_at is None else None
    run(task, 0)
    run(task, 1)
    _looked(teller)
    _planned(teller)
    teller.held = lambda _: None
    teller.pass_time(120)
    kinds = [kind for told in teller.told() for kind, _ in told]
    assert kinds == ["firing", "resolved", "firing"]


def test_a_contact_whose_zone_is_unknown_here_is_told(teller: Teller, run: Any) -> None:
    quiet = {"quiet_from": 0, "quiet_until": 60, "quiet_days": 127, "zone": "Nowhere/Land"}
    teller.tells(f"contact:{teller.contact('Far', **quiet)}", f"contact:{teller.ada}")
    run(teller.house.add("backup"), 1)
    teller.pass_time()
    assert len(teller.told()) == 2


def test_a_lane_that_can_not_be_planned_is_put_off_alone(teller: Teller, run: Any) -> None:
    grace, broken = teller.contact("Grace"), [True]

    def held(incident: AnyRow) -> None:
        if broken[0] and incident.title.startswith("bad"):
            raise RuntimeError("nobody knows")

    teller.held = held
    bad, good = teller.house.add("bad"), teller.house.add("good")
    teller.tells(f"contact:{grace}")
    run(bad, 1)
    teller.pass_time(1)
    teller.tells(f"contact:{teller.ada}")
    run(good, 1)
    teller.pass_time(1)
    assert [each.subject for each in teller.messages()] == ["good: failed"]
    broken[0] = False
    teller.pass_time(120)
    assert {each.subject for each in teller.messages() if each.state == "sent"} == {
        "good: failed",
        "bad: failed",
    }


def test_a_message_that_can_not_be_judged_is_put_off_alone(teller: Teller, run: Any) -> None:
    broken = [True]

    def held(incident: AnyRow) -> None:
        if broken[0] and teller.messages() and incident.title.startswith("bad"):
            raise RuntimeError("nobody knows")

    for name in ("bad", "good"):
        run(teller.house.add(name), 1)
    _looked(teller)
    _planned(teller)
    teller.held = held
    teller.send()
    assert [title for told in teller.told() for _, title in told] == ["good: failed"]
    broken[0] = False
    teller.pass_time(120)
    assert [title for told in teller.told() for _, title in told] == ["good: failed", "bad: failed"]


def test_what_was_claimed_and_not_handed_over_when_the_server_died_is_sent(teller: Teller, run: Any) -> None:
    run(teller.house.add("backup"), 1)
    teller.look()
    shared = ("begin", "read", "compose", "sender_of", "settler", "telemetry")
    dead = Outbox(**{name: getattr(teller.outbox, name) for name in shared}, owner="me")
    assert dead._claim(8, [])  # the lease is committed; here it dies

    teller.outbox.take_up("me")
    teller.pass_time(60)
    assert len(teller.told()) == 1
    assert teller.channel_failures() == 0


def test_nothing_is_handed_over_by_who_has_the_lease_no_more(teller: Teller, run: Any) -> None:
    run(teller.house.add("backup"), 1)
    teller.look()
    (tried,) = teller.outbox._claim(8, [])
    teller.house.clock.advance(600)
    other = replace(tried, token="of another")
    with teller.house.units.writing() as work:
        work.messages.lease([tried.message_id], token=other.token, until=work.now() + minutes(2))
        work.commit()

    teller.outbox._guarded(tried)
    (message,) = teller.messages()
    assert (message.state, message.lease_token, message.handed_over) == ("sending", other.token, False)


def test_what_waits_for_a_channel_that_is_switched_off_goes_another_way(teller: Teller, run: Any) -> None:
    sms = _grace_by_mail_and_sms(teller)
    teller.postbox.answers = lambda _: FAILED
    run(teller.house.add("backup"), 1)
    teller.look()
    teller.send()
    _switch(teller, teller.mail, on=False)
    teller.postbox.answers = lambda _: DELIVERED
    teller.postbox.got.clear()
    teller.pass_time(120)

    assert [channel for channel, _ in teller.postbox.got] == [sms]
    assert "not_notified" in teller.story(teller.incidents()[0].id)


def test_of_what_is_over_no_other_way_is_told_that_it_began(teller: Teller, run: Any) -> None:
    sms = _grace_by_mail_and_sms(teller)
    answers = [FAILED, FAILED, Sent(result=Result.UNKNOWN, detail="?")]

    def answer(_: Outgoing) -> Sent:
        return answers.pop() if teller.postbox.got[-1][0] == teller.mail and answers else DELIVERED

    teller.postbox.answers = answer
    task = teller.house.add("backup")
    run(task, 1)
    teller.look()
    teller.send()
    run(task, 0)
    teller.pass_time(3600, every=5)

    by_sms = [
        kind for channel, told in teller.postbox.got if channel == sms for kind, _ in told.event["lines"]
    ]
    assert by_sms in ([], ["firing", "resolved"])


def test_another_way_costs_as_much_for_many_notices_as_for_few(teller: Teller, run: Any) -> None:
    _grace_by_mail_and_sms(teller)
    run(teller.house.add("backup"), 1)
    _looked(teller)
    _repeated(teller, teller.notices()[0], 200, "step")
    _planned(teller)
    teller.postbox.answers = lambda _: Sent(result=Result.REFUSED, detail="no")
    with statements(teller.house.database) as asked:
        teller.send()
    assert len(asked) < 100  # and not some for each of them


def test_a_thread_that_can_not_start_gives_back_what_it_was_to_send(
    teller: Teller, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    for name in ("one", "two"):
        run(teller.house.add(name), 1)
        teller.look()
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", broken)
            assert teller.outbox.send_due() == 0
    assert teller.outbox.idle
    teller.pass_time(60)
    assert len(teller.told()) == 2


def test_a_contact_without_an_address_is_no_fault_of_the_channel(teller: Teller, run: Any) -> None:
    _looks_at_channels(teller)
    teller.postbox.answers = lambda _: Sent(result=Result.REFUSED, detail="no address", blameless=True)
    run(teller.house.add("backup"), 1)
    teller.pass_time(300)
    assert [each.title for each in teller.incidents()] == ["backup: failed"]
    assert teller.channel_failures() == 0


def test_a_message_that_can_not_be_composed_is_tried_again_and_no_fault_of_the_channel(
    teller: Teller, run: Any
) -> None:
    compose: Any = teller.outbox.compose
    broken: Any = Mock(side_effect=KeyError("a bug"))
    teller.outbox.compose = broken
    run(teller.house.add("backup"), 1)
    teller.pass_time(2)
    assert (teller.messages()[0].state, teller.channel_failures()) == ("ready", 0)
    teller.outbox.compose = compose
    teller.pass_time(60)
    assert len(teller.told()) == 1


def test_what_was_asked_for_again_is_not_sent_on_a_channel_that_is_off(teller: Teller, run: Any) -> None:
    teller.postbox.answers = lambda _: Sent(result=Result.REFUSED, detail="no")
    run(teller.house.add("backup"), 1)
    teller.pass_time(2)
    begin, read = teller.house.units.writing, teller.house.units.reading
    (message,) = teller.messages()
    MessageService(begin=begin, read=read).resend(message.id, actor=ADA)
    _switch(teller, teller.mail, on=False)
    teller.postbox.got.clear()
    teller.pass_time(60)
    (message,) = teller.messages()
    assert (message.state, message.error) == ("dead", "the channel is off, or gone")
    assert not teller.postbox.got


def test_a_channel_that_takes_long_keeps_nobody_busy(teller: Teller, run: Any) -> None:
    outbox = teller.outbox
    made = Telling(
        read=teller.house.units.reading,
        looker=teller.looker,
        planner=teller.planner,
        outbox=outbox,
        clock=teller.house.clock,
        telemetry=outbox.telemetry,
    )
    release = threading.Event()
    teller.postbox.answers = lambda _: DELIVERED if release.wait(30) else FAILED
    for name in ("one", "two", "three"):
        run(teller.house.add(name), 1)
        made.step()
        teller.house.clock.advance(1)
    made.step()
    assert [each.state for each in teller.messages()] == ["sending", "sending", "ready"]
    assert made.step() == LOOK_AT_LEAST_S
    rung = threading.Event()
    made.rung_by(rung.set)
    release.set()
    assert rung.wait(10)
    made.close()
    made.step()
    made.close()
    assert len(teller.told()) == 3


def test_what_waits_for_quiet_hours_goes_when_they_are_lifted(teller: Teller, run: Any) -> None:
    teller.tells(f"contact:{teller.contact('Grace', quiet_from=0, quiet_until=1_439, quiet_days=127)}")
    run(teller.house.add("backup"), 1)
    teller.pass_time(60)
    assert teller.told() == []
    table = table_of(Contact)
    with teller.house.units.writing(ADA) as work:
        grace = (
            work.session.execute(update(table).values(quiet_from=None).returning(table.c.id)).scalars().all()
        )
        of_contact = {"object_type": "contact", "object_id": str(grace[-1]), "contact_id": grace[-1]}
        work.record(ContactChanged(action="contact.changed", **of_contact))
        work.commit()
    teller.look()
    teller.send()
    assert len(teller.told()) == 1

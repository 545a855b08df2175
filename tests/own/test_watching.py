"""A sign becomes an incident, and its end ends it: on both databases, over restarts and a clock's steps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from autom8.alerts.outbox.sending import LEASE
from autom8.alerts.own.signs import OBJECT
from autom8.alerts.own.watching import OwnWatch
from autom8.kernel import defaults
from autom8.kernel.events import DecryptionFailed, LookDue
from autom8.kernel.vocabulary import LookKind, MessageState, OwnRule
from autom8.models import AlertLook, Lane, Message, OwnSign, table_of
from autom8.repositories.query import AnyRow
from autom8.repositories.unit_of_work import OutcomeUnknown
from tests.alerts.rig import Teller
from tests.own.conftest import watch_of
from tests.scheduler.house import NOON, House

REFUSED = DecryptionFailed(table="contact", column="email_encrypted", row=7, reason="altered")
SHORT = {"disks": [{"path": "/srv", "why": "bytes", "free_bytes": 10**8, "size_bytes": 10**10}]}
HOUR_S = 3_600


def signs(house: House) -> dict[tuple[str, str], AnyRow]:
    with house.units.reading() as work:
        return {(row.rule, row.place): row for row in work.own_signs.all()}


def due(house: House) -> datetime | None:
    look = table_of(AlertLook)
    with house.units.reading() as work:
        asked = select(look.c.due_at).where(look.c.kind == LookKind.OWN, look.c.object_id == OBJECT)
        found: datetime | None = work.session.execute(asked).scalar_one()
        return found


def put(house: House, table: Any, **row: Any) -> None:
    with house.units.writing() as work:
        work.session.execute(insert(table_of(table)).values(**row))
        work.commit()


def message(teller: Teller, key: str, **columns: Any) -> None:
    """A message that waits to be tried."""
    row: dict[str, Any] = {
        "contact_id": teller.ada,
        "channel_id": teller.mail,
        "digest": False,
        "pages": True,
        "ends": False,
        "made_at": NOON,
        "state": MessageState.READY,
        "tries": 1,
        "unknown": 0,
        "due_at": NOON,
        "subject": "",
    }
    put(teller.house, Message, key=key, **(row | columns))


def open_titles(teller: Teller) -> list[str]:
    return [each.title for each in teller.incidents() if each.resolved_at is None]


def test_a_sign_is_told_with_its_server_and_its_end_too(teller: Teller, watch: OwnWatch) -> None:
    watch.settle(OwnRule.DISK_FILLING, SHORT)
    teller.pass_time()
    assert open_titles(teller) == ["Autom8: disk filling"]
    summary = teller.incidents()[0].annotations["summary"]
    assert summary == "server-here: 100 MB of 10 GB are free on the disk of /srv"
    watch.settle(OwnRule.DISK_FILLING, {})
    teller.pass_time()
    assert [told[0] for told in teller.told()] == [
        ("firing", "Autom8: disk filling"),
        ("resolved", "Autom8: disk filling"),
    ]


def test_where_nothing_is_amiss_nothing_is_written(house: House, watch: OwnWatch) -> None:
    house.heard.clear()
    watch.settle(OwnRule.DISK_FILLING, {})
    watch.settle(OwnRule.DISK_FILLING, None)
    watch.write()
    assert signs(house) == {}
    assert house.heard == []


def test_a_sign_rings_when_it_comes_and_when_it_ends_and_not_between(house: House, watch: OwnWatch) -> None:
    rung: list[LookDue] = []
    house.bus.after(LookDue, rung.append)
    for found, rings in ((SHORT, 1), (SHORT, 1), ({}, 2), ({}, 2), (SHORT, 3)):
        watch.settle(OwnRule.DISK_FILLING, found)
        assert len(rung) == rings
    assert due(house) == house.clock.now()


def test_what_cannot_be_said_leaves_all_as_it_is(house: House, watch: OwnWatch) -> None:
    watch.settle(OwnRule.DISK_FILLING, SHORT)
    watch.settle(OwnRule.DISK_FILLING, None)
    assert signs(house)["disk_filling", "here"].ended_at is None


def test_the_sign_of_a_server_that_is_gone_ends_by_itself(teller: Teller, watch: OwnWatch) -> None:
    watch_of(teller.house, "gone").settle(OwnRule.DISK_FILLING, SHORT)
    teller.pass_time(defaults.SIGN_UNSEEN_MAX.total_seconds() - 1)
    assert open_titles(teller) == ["Autom8: disk filling"]
    teller.pass_time(1)
    assert open_titles(teller) == []


def test_a_sign_that_is_renewed_goes_on(teller: Teller, watch: OwnWatch) -> None:
    probed = watch_of(teller.house, probes={OwnRule.DISK_FILLING: lambda: SHORT})
    for _ in range(40):
        probed.look()
        teller.pass_time(60)
    assert len(teller.told()) == 1
    assert open_titles(teller) == ["Autom8: disk filling"]


def test_what_holds_for_all_servers_holds_until_one_sees_it_end(teller: Teller, watch: OwnWatch) -> None:
    broken = {"entry": 3, "what": "its content is not what was hashed", "good": 2}
    watch.settle(OwnRule.AUDIT_BROKEN, broken, everywhere=True)
    teller.pass_time(3 * HOUR_S)
    assert open_titles(teller) == ["Autom8: audit broken"]
    assert teller.incidents()[0].annotations["summary"].startswith("its content is not what was hashed (")
    watch_of(teller.house, "other").settle(OwnRule.AUDIT_BROKEN, {}, everywhere=True)
    teller.pass_time()
    assert open_titles(teller) == []


def test_two_servers_that_see_it_are_one_incident_until_both_see_it_end(
    teller: Teller, watch: OwnWatch
) -> None:
    other = watch_of(teller.house, "other")
    for each in (watch, other):
        each.settle(OwnRule.DISK_FILLING, SHORT)
    teller.pass_time()
    watch.settle(OwnRule.DISK_FILLING, {})
    teller.pass_time()
    assert open_titles(teller) == ["Autom8: disk filling"]
    other.settle(OwnRule.DISK_FILLING, {})
    teller.pass_time()
    assert open_titles(teller) == []
    assert len(teller.incidents()) == 1


def test_a_restart_after_hours_does_not_end_and_raise_it_anew(teller: Teller, watch: OwnWatch) -> None:
    watch.settle(OwnRule.DISK_FILLING, SHORT)
    teller.pass_time()
    teller.house.clock.advance(5 * HOUR_S)  # nobody looks meanwhile
    again = watch_of(teller.house)
    again.start()
    teller.pass_time()
    again.settle(OwnRule.DISK_FILLING, SHORT)
    teller.pass_time()
    assert len(teller.told()) == 1


def test_refused_values_are_an_alert_for_an_hour_after_the_last_one(teller: Teller, watch: OwnWatch) -> None:
    watch.refused(REFUSED)
    watch.refused(DecryptionFailed(table="contact", column="phone", row=8, reason="wrong_key", unheard=5))
    watch.write()
    teller.pass_time(HOUR_S - 10, every=600)
    assert teller.incidents()[0].annotations["summary"] == (
        "server-here: 7 sealed values were refused, the latest contact.phone of row 8: wrong_key"
    )
    watch.refused(REFUSED)
    watch.write()
    teller.pass_time(HOUR_S - 10, every=600)
    assert len(open_titles(teller)) == 1
    watch.write()  # what was written is not written again
    teller.pass_time(20)
    assert open_titles(teller) == []
    assert len(teller.told()) == 2


def test_what_happened_is_kept_while_the_database_is_away(
    house: House, watch: OwnWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.refused(REFUSED)

    def broken(*_: object) -> None:
        raise OutcomeUnknown("The database went away while it committed.")

    with monkeypatch.context() as patched:
        patched.setattr("autom8.repositories.unit_of_work.Work.commit", broken)
        with pytest.raises(OutcomeUnknown):
            watch.write()
    assert signs(house) == {}
    watch.write()
    assert signs(house)["decryption_refused", "here"].details["refused"] == 1


def test_a_refusal_is_told_without_a_transaction(house: House, watch: OwnWatch) -> None:
    """Whoever reads holds a transaction: on SQLite one that writes would wait for itself."""
    with house.units.writing():
        watch.refused(REFUSED)
    watch.write()
    assert ("decryption_refused", "here") in signs(house)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (timedelta(hours=-1), "the clock stepped back by 1:00:00"),
        (timedelta(seconds=5), "forward by 0:00:05"),
    ],
)
def test_a_step_of_the_clock_is_told_with_its_size(
    teller: Teller, watch: OwnWatch, step: timedelta, said: str
) -> None:
    teller.house.clock.step(step)
    watch.clock_stepped(step)
    watch.write()
    teller.pass_time()
    assert said in teller.incidents()[0].annotations["summary"]
    teller.pass_time(HOUR_S)
    assert open_titles(teller) == []


def test_after_a_step_back_nothing_waits_for_as_long_as_it_was(teller: Teller, watch: OwnWatch) -> None:
    house, later = teller.house, NOON + timedelta(seconds=30)
    put(house, AlertLook, kind=LookKind.TASK, object_id=77, due_at=later)
    put(house, Lane, contact_id=teller.ada, channel_id=teller.mail, due_at=later)
    message(teller, "again", due_at=later)
    message(teller, "tried", state=MessageState.SENDING, due_at=NOON + LEASE, lease_token="t")
    house.clock.step(timedelta(hours=-1))
    watch.clock_stepped(timedelta(hours=-1))
    watch.write()
    now = house.clock.now()
    with house.units.reading() as work:
        assert work.looks.dues().lane == now
        look = table_of(AlertLook)
        asked = select(look.c.due_at).where(look.c.kind == LookKind.TASK, look.c.object_id == 77)
        assert work.session.execute(asked).scalar_one() == now
        rows = work.session.execute(select(*table_of(Message).c["key", "due_at"])).all()
    assert {row.key: row.due_at for row in rows} == {"again": now, "tried": now + LEASE}


def test_a_message_that_is_being_tried_keeps_its_lease(teller: Teller, watch: OwnWatch) -> None:
    """Else another server would take it for one that nobody heard of again, and send it twice."""
    message(teller, "tried", state=MessageState.SENDING, due_at=NOON + LEASE / 2, lease_token="t")
    watch.clock_stepped(timedelta(seconds=-3))
    watch.write()
    with teller.house.units.reading() as work:
        assert work.looks.dues().message == NOON + LEASE / 2


def test_a_step_neither_keeps_signs_for_longer_nor_ends_them(teller: Teller, watch: OwnWatch) -> None:
    watch.settle(OwnRule.DISK_FILLING, SHORT)
    watch_of(teller.house, "gone").settle(OwnRule.BACKUP_OLD, {"path": "/b", "why": "none"})
    for step in (timedelta(hours=-9), timedelta(hours=5)):
        teller.house.clock.step(step)
        watch.clock_stepped(step)
        watch.write()
    found = signs(teller.house)
    now = teller.house.clock.now()
    assert found["disk_filling", "here"].seen_at == now
    assert found["backup_old", "gone"].seen_at <= now
    teller.pass_time()
    assert open_titles(teller) == ["Autom8: clock stepped", "Autom8: disk filling"]


def test_the_databases_own_clock_is_watched_too(house: House) -> None:
    watch = watch_of(house, database_has_clock=True)
    watch.look()
    house.clock.advance(60)
    watch.look()
    watch.write()
    assert signs(house) == {}
    house.clock.advance(60)
    house.clock.step(timedelta(minutes=-3))
    watch.look()
    watch.write()
    details: Mapping[str, Any] = signs(house)["clock_stepped", "here"].details
    assert (details["step_s"], details["clock"]) == (-180.0, "database")


def test_messages_that_nobody_tries_are_told_and_their_channel_named(teller: Teller, watch: OwnWatch) -> None:
    put(teller.house, Lane, contact_id=0, channel_id=teller.mail, due_at=None)
    teller.planner = _idle(teller.planner)
    teller.outbox = _idle(teller.outbox)
    message(teller, "old")
    watch.start()
    _look(teller, minutes=5)
    assert open_titles(teller) == []
    _look(teller, minutes=2)
    assert open_titles(teller) == ["Autom8: outbox growing"]
    assert "1 messages were not tried in time on mail" in teller.incidents()[0].annotations["summary"]
    with teller.house.units.writing() as work:
        work.session.execute(update(table_of(Message)).values(state=MessageState.SENT, due_at=None))
        work.session.execute(update(table_of(Lane)).values(due_at=None))
        work.commit()
    _look(teller, minutes=1)
    assert open_titles(teller) == []


def test_a_lane_that_nobody_plans_is_told(teller: Teller, watch: OwnWatch) -> None:
    put(teller.house, Lane, contact_id=99, channel_id=99, due_at=NOON)
    teller.planner = _idle(teller.planner)
    _look(teller, minutes=7)
    assert "notices of 1 recipients" in teller.incidents()[0].annotations["summary"]


def test_what_waits_on_purpose_is_not_told(teller: Teller, watch: OwnWatch) -> None:
    """A retry's wait, and quiet hours, are in the rows as instants to come."""
    message(teller, "again", due_at=NOON + timedelta(hours=1))
    put(teller.house, Lane, contact_id=99, channel_id=99, due_at=NOON + timedelta(hours=8))
    _look(teller, minutes=50)
    assert open_titles(teller) == []


def test_a_server_that_was_away_for_hours_is_not_told_of_what_it_does_at_once(
    teller: Teller, watch: OwnWatch
) -> None:
    teller.house.clock.advance(5 * HOUR_S)
    message(teller, "old")
    teller.looker.look()
    with teller.house.units.writing() as work:
        work.session.execute(update(table_of(Message)).values(state=MessageState.SENT, due_at=None))
        work.commit()
    _look(teller, minutes=5)
    assert teller.incidents() == []


def test_more_messages_than_the_limit_are_told(teller: Teller, watch: OwnWatch) -> None:
    for number in range(30):
        message(teller, f"m{number}", due_at=NOON + timedelta(hours=2))
    with teller.house.units.writing() as work:
        columns = [each for each in table_of(Message).c if each.name not in {"id", "key"}]
        key = table_of(Message).c.key
        for number in range(6):  # doubled each time
            more = select((key + f".{number}").label("key"), *columns)
            work.session.execute(
                insert(table_of(Message)).from_select(["key", *(each.name for each in columns)], more)
            )
        work.commit()
    _look(teller, minutes=2)
    assert "1920 messages wait in all" in teller.incidents()[0].annotations["summary"]


def test_signs_of_servers_that_are_long_gone_are_forgotten(house: House, watch: OwnWatch) -> None:
    watch.settle(OwnRule.DISK_FILLING, SHORT)
    watch.settle(OwnRule.AUDIT_BROKEN, {"what": "x"}, everywhere=True)
    house.clock.advance(100)
    with house.units.writing() as work:
        work.own_signs.forget_before(work.now())
        work.commit()
    assert set(signs(house)) == {("audit_broken", "")}


def test_a_sign_that_somebody_wrote_by_hand_breaks_no_look(teller: Teller, watch: OwnWatch) -> None:
    put(teller.house, OwnSign, rule="disk_filling", place="x", seen_at=NOON, details={"disks": 7})
    put(teller.house, OwnSign, rule="no_such_rule", place="x", seen_at=NOON, details={})
    teller.pass_time()
    assert teller.incidents()[0].annotations["summary"] == "disk filling"


class _Idle:
    """A planner or an outbox that does nothing."""

    idle = True

    def plan_one(self) -> bool:
        return False

    def send_due(self) -> int:
        return 0


def _idle(_: object) -> Any:
    return _Idle()


def _look(teller: Teller, *, minutes: int) -> None:
    for _ in range(minutes):
        while teller.looker.look():
            pass
        teller.house.clock.advance(60)
    while teller.looker.look():
        pass

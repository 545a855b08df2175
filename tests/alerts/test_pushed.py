"""Alerts that others push: merged as Alertmanager merges them, held back, told, over, and forgotten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from autom8.alerts.incidents.casebook import Casebook
from autom8.alerts.looking.things import look_at_pushed
from autom8.alerts.outbox.settling import Settler
from autom8.alerts.pushed.service import ALERTS_MAX, RESOLVED_AFTER, Asked, PushService, fingerprint_of
from autom8.alerts.shelf import Shelf
from autom8.alerts.silences.holding import changes_at, holding
from autom8.alerts.silences.matchers import read_all
from autom8.alerts.silences.service import SilenceService, dependencies
from autom8.kernel.errors import Invalid
from autom8.kernel.events import LookDue
from autom8.kernel.vocabulary import LookKind
from autom8.models import Alert, AlertLook, PushedAlert, table_of
from tests.alerts.rig import Teller
from tests.scheduler.house import ADA

HOUR = timedelta(hours=1)
DISK = {"alertname": "DiskFull", "instance": "db1", "severity": "critical"}


@dataclass
class Desk:
    """A house that somebody pushes alerts to, by a clock that tests turn."""

    teller: Teller
    pushed: PushService
    silences: SilenceService
    dependencies: Shelf

    @property
    def now(self) -> datetime:
        return self.teller.house.clock.now()

    def push(self, labels: Any = DISK, **more: Any) -> None:
        self.pushed.push([{"labels": labels, **more}], actor=ADA)

    def listed(self, **asked: Any) -> list[dict[str, Any]]:
        return self.pushed.alerts(Asked(**asked), actor=ADA)

    def pass_time(self, length: timedelta) -> None:
        self.teller.pass_time(length.total_seconds())

    def silence(self, matchers: str, **data: Any) -> Any:
        return self.silences.add({"matchers": matchers, "ends_at": self.now + HOUR, **data}, actor=ADA)

    def count(self, model: Any) -> int:
        with self.teller.house.units.reading() as work:
            return int(work.session.execute(select(func.count()).select_from(table_of(model))).scalar_one())


@pytest.fixture
def desk(teller: Teller) -> Desk:
    begin, read = teller.house.units.writing, teller.house.units.reading
    escalator = replace(teller.looker.casebook.escalator, holding=holding)
    teller.looker = replace(
        teller.looker,
        sources={**teller.looker.sources, LookKind.PUSHED: look_at_pushed},
        casebook=Casebook(escalator),
        changes_at=changes_at,
    )
    teller.planner = replace(teller.planner, holding=holding)
    teller.outbox = replace(teller.outbox, settler=Settler(holding=holding))
    return Desk(
        teller,
        PushService(begin=begin, read=read),
        SilenceService(begin=begin, read=read),
        dependencies(begin, read),
    )


def test_what_is_pushed_is_told_and_is_over_when_nobody_repeats_it(desk: Desk) -> None:
    desk.push(annotations={"summary": "no room"}, generatorURL="http://prom/graph")
    assert any(isinstance(each, LookDue) for each in desk.teller.house.heard)
    desk.pass_time(timedelta())
    (incident,) = desk.teller.incidents()
    assert (incident.title, incident.severity, incident.state) == ("DiskFull (db1)", "critical", "open")
    assert incident.annotations == {"summary": "no room", "generator_url": "http://prom/graph"}
    for _ in range(3):
        desk.pass_time(RESOLVED_AFTER - timedelta(seconds=1))
        desk.push()
    assert desk.teller.incidents()[0].state == "open"
    (listed,) = desk.listed()
    assert listed["endsAt"] == desk.now + RESOLVED_AFTER
    assert listed["startsAt"] < desk.now - 14 * timedelta(minutes=1)
    desk.pass_time(RESOLVED_AFTER)
    assert desk.listed() == []
    assert desk.teller.incidents()[0].state == "resolved"
    assert [told[0][0] for told in desk.teller.told()] == ["firing", "resolved"]


def test_a_resolved_alert_ends_what_is_known_and_leaves_no_row_otherwise(desk: Desk) -> None:
    desk.push({"alertname": "Never"}, startsAt=desk.now - HOUR, endsAt=desk.now)
    assert desk.count(PushedAlert) == desk.count(AlertLook) == 0
    desk.push(startsAt=desk.now - HOUR, endsAt=desk.now + HOUR)
    desk.pass_time(timedelta(seconds=1))
    desk.push(startsAt=desk.now - HOUR, endsAt=desk.now)
    desk.pass_time(timedelta())
    assert desk.listed() == []
    assert desk.teller.incidents()[0].state == "resolved"


def test_one_that_can_not_be_meant_keeps_no_other_from_being_taken(desk: Desk) -> None:
    alerts: list[dict[str, Any]] = [
        {"labels": {"alertname": "Good"}},
        {"labels": {}},
        {"labels": {"alertname": ""}},
        {"labels": {"": "x"}},
        {"labels": {"a": "x\0"}},
        {"labels": {"a": "x"}, "annotations": {"a": "x" * 10_001}},
        {"labels": {f"l{n}": "x" for n in range(101)}},
        {"labels": {"a": "x"}, "startsAt": desk.now, "endsAt": desk.now - HOUR},
        {"labels": {"a": "x"}, "endsAt": datetime(9999, 1, 1, tzinfo=UTC)},
        {"labels": {"a": "x"}, "startsAt": datetime(1960, 1, 1, tzinfo=UTC)},
        {"labels": {"service.name": "größe", "empty": ""}, "startsAt": datetime(1, 1, 1, tzinfo=UTC)},
    ]
    with pytest.raises(Invalid) as refused:
        desk.pushed.push(alerts, actor=ADA)
    assert set(refused.value.fields) == {f"alerts.{n}" for n in range(1, 10)}
    found = desk.listed()
    assert sorted(each["labels"].popitem() for each in found) == [
        ("alertname", "Good"),
        ("service.name", "größe"),
    ]
    with pytest.raises(Invalid):
        desk.pushed.push([{"labels": DISK}] * (ALERTS_MAX + 1), actor=ADA)


@pytest.mark.parametrize(
    ("first", "again", "ends"),
    [
        ({"end": 60}, {"end": 30}, 60),  # a later end stays
        ({"end": 30}, {"end": 60}, 60),
        ({}, {"end": 3}, 3),  # nobody said 5: it was but the time-out
        ({"end": 60}, {}, 60),
        ({"end": 60}, {"end": 0}, None),  # resolved
    ],
)
def test_ends_are_merged_as_alertmanager_merges_them(
    desk: Desk, first: dict[str, int], again: dict[str, int], ends: int | None
) -> None:
    began = desk.now
    for each in (first, again):
        times = {"endsAt": began + each["end"] * timedelta(minutes=1)} if "end" in each else {}
        desk.push(startsAt=began - HOUR, **times)
    found = [each["endsAt"] for each in desk.listed()]
    assert found == ([] if ends is None else [began + ends * timedelta(minutes=1)])


def test_the_same_alert_twice_in_one_push_is_one(desk: Desk) -> None:
    start = desk.now - HOUR
    desk.pushed.push([{"labels": DISK, "startsAt": start}, {"labels": DISK, "startsAt": desk.now}], actor=ADA)
    (listed,) = desk.listed()
    assert listed["startsAt"] == start


def test_an_alert_that_comes_back_begins_anew(desk: Desk) -> None:
    desk.push()
    desk.pass_time(HOUR)
    desk.push(startsAt=desk.now)
    (listed,) = desk.listed()
    assert listed["startsAt"] == desk.now
    assert desk.count(PushedAlert) == 1


def test_many_alerts_are_taken_at_once(desk: Desk) -> None:
    alerts = [{"labels": {"alertname": "A", "n": str(n)}} for n in range(1_000)]
    statements: list[str] = []
    with desk.teller.house.units.writing() as work:
        engine = work.session.get_bind()

    def note(*words: Any) -> None:
        statements.append(words[2])

    event.listen(engine, "before_cursor_execute", note)
    desk.pushed.push(alerts, actor=ADA)
    event.remove(engine, "before_cursor_execute", note)
    assert len([each for each in statements if "pushed_alert" in each]) < 10
    found = desk.listed()
    assert len(found) == 1_000
    assert [each["fingerprint"] for each in found] == sorted(
        fingerprint_of(each["labels"]) for each in alerts
    )


def test_filters_are_alertmanagers(desk: Desk) -> None:
    desk.push()
    desk.push({"alertname": "Slow", "instance": "db1", "severity": "info"})
    desk.push({"alertname": "Slow", "instance": "db2"})
    desk.pass_time(timedelta())
    desk.silence("instance=db2")
    desk.dependencies.add(
        {"name": "d", "parents": "alertname=DiskFull", "children": "severity=info", "equal": ["instance"]},
        actor=ADA,
    )

    def names(**asked: Any) -> set[tuple[str, str]]:
        return {(each["labels"]["alertname"], each["labels"]["instance"]) for each in desk.listed(**asked)}

    disk, held, silenced = ("DiskFull", "db1"), ("Slow", "db1"), ("Slow", "db2")
    assert names() == {disk, held, silenced}
    assert names(active=False) == {held, silenced}
    assert names(silenced=False) == {disk, held}
    assert names(inhibited=False) == {disk, silenced}
    assert names(matchers=read_all('alertname=~"S.*", severity!=info')) == {silenced}
    assert names(receiver="auto.*") == {disk, held, silenced}
    assert names(receiver="auto") == set()
    with pytest.raises(Invalid):
        names(receiver="(")
    groups = desk.pushed.groups(Asked(), actor=ADA)
    assert [(each["labels"], len(each["alerts"])) for each in groups] == [
        ({"alertname": "DiskFull"}, 1),
        ({"alertname": "Slow"}, 2),
    ]
    states = {each["labels"].get("severity"): each["status"] for each in desk.listed()}
    assert states["info"]["inhibitedBy"] == [fingerprint_of(DISK)]
    assert states[None]["state"] == states["info"]["state"] == "suppressed"
    assert states["critical"]["state"] == "active"


def test_a_silence_that_begins_later_holds_back_then_and_lets_go_at_its_end(desk: Desk) -> None:
    desk.push(endsAt=desk.now + 24 * HOUR)
    desk.pass_time(timedelta())
    desk.silence('instance="db1"', starts_at=desk.now + HOUR, ends_at=desk.now + 2 * HOUR)
    (incident,) = desk.teller.incidents()
    desk.pass_time(HOUR - timedelta(minutes=1))
    assert not desk.teller.incidents()[0].held_back
    desk.pass_time(timedelta(minutes=2))
    assert desk.teller.incidents()[0].held_back
    desk.pass_time(HOUR)
    assert not desk.teller.incidents()[0].held_back
    assert [each for each in desk.teller.story(incident.id) if each in {"held_back", "let_go"}] == [
        "held_back",
        "let_go",
    ]


def test_what_a_maintenance_window_holds_back_is_told_after_it(desk: Desk) -> None:
    hours = {"from": "12:00", "until": "14:00", "zone": "UTC"}  # it is noon
    desk.silence("alertname=DiskFull", hours=hours, ends_at=desk.now + 100 * 24 * HOUR)
    desk.push(endsAt=desk.now + 24 * HOUR)
    desk.pass_time(HOUR)
    assert desk.teller.told() == []
    assert desk.teller.incidents()[0].held_back
    desk.pass_time(HOUR + timedelta(minutes=1))
    assert desk.teller.told() == [[("firing", "DiskFull (db1)")]]


def test_a_child_is_told_when_its_parent_is_over(desk: Desk) -> None:
    data = {
        "name": "d",
        "parents": "alertname=SiteDown",
        "children": "alertname!=SiteDown",
        "equal": ["site"],
    }
    desk.dependencies.add(data, actor=ADA)
    desk.push({"alertname": "SiteDown", "site": "a"}, endsAt=desk.now + HOUR)
    desk.pass_time(timedelta())
    desk.push({"alertname": "Slow", "site": "a"}, endsAt=desk.now + 3 * HOUR)
    desk.push({"alertname": "Slow", "site": "b"}, endsAt=desk.now + 3 * HOUR)
    desk.pass_time(timedelta(minutes=30))
    told = [line for each in desk.teller.told() for line in each]
    assert sorted(told) == [("firing", "SiteDown"), ("firing", "Slow")]
    desk.pass_time(timedelta(minutes=40))
    later = [line for each in desk.teller.told() for line in each][2:]
    assert sorted(later) == [("firing", "Slow"), ("resolved", "SiteDown")]


def test_a_row_that_somebody_broke_holds_nothing_back_and_stops_nothing(desk: Desk) -> None:
    first = desk.silence("alertname=DiskFull")
    desk.silence("alertname=Other")
    data = {"name": "d", "parents": "a=b", "children": "a=c"}
    dependency = desk.dependencies.add(data, actor=ADA)
    with desk.teller.house.units.writing() as work:
        work.silences.change(
            first["id"], {"matchers": [{"name": "alertname", "value": "(", "isRegex": True}]}
        )
        work.dependencies.change(dependency["id"], {"parents": ["nonsense"]})
        work.commit()
    desk.push()
    desk.pass_time(timedelta())
    assert not desk.teller.incidents()[0].held_back
    broken = desk.silences.get(first["id"], actor=ADA)
    assert (broken["holds"], broken["text"], broken["state"]) == (False, "", "active")
    assert desk.silences.expire(first["id"], actor=ADA)["state"] == "expired"


def test_what_is_long_over_is_forgotten_with_all_that_was_kept_of_it(desk: Desk) -> None:
    desk.push()
    desk.push({"alertname": "Other"}, endsAt=desk.now + 1_000 * HOUR)
    desk.silence("a=b")
    desk.pass_time(timedelta())
    desk.pass_time(RESOLVED_AFTER)

    def forget(before: datetime) -> list[int]:
        with desk.teller.house.units.writing() as work:
            gone = [
                work.silences.remove_over_before(before, limit=10),
                work.pushed.remove_over_before(before, limit=10),
            ]
            work.commit()
        return gone

    later = desk.now + 24 * HOUR
    assert forget(desk.now - HOUR) == [0, 0]
    assert forget(later) == [1, 0]  # an incident of it is kept yet
    with desk.teller.house.units.writing() as work:
        assert work.incidents.remove_resolved_before(later, limit=10) == 1
        work.commit()
    assert forget(later) == [0, 1]
    assert (desk.count(PushedAlert), desk.count(Alert)) == (1, 1)
    assert len(desk.listed()) == 1
    desk.push()
    desk.pass_time(timedelta())
    assert len(desk.listed()) == 2


def test_fingerprints_are_prometheus_own() -> None:
    """FNV-1a over names and values with 255 after each, as prometheus/common has it."""
    assert fingerprint_of({}) == "cbf29ce484222325"
    assert (
        int(fingerprint_of({"name": "garland, briggs", "fear": "love is not enough"}), 16)
        == 5799056148416392346
    )
    assert len({fingerprint_of(each) for each in ({"a": "bc"}, {"ab": "c"}, {"a": "b", "c": ""})}) == 3


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=5), max_size=5))
def test_a_fingerprint_depends_on_no_order(labels: dict[str, str]) -> None:
    turned = dict(reversed(labels.items()))
    assert fingerprint_of(labels) == fingerprint_of(turned)
    assert len(fingerprint_of(labels)) == 16

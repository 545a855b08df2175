"""What a schedule must be to be meant, and how it says what is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from autom8.kernel import defaults
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import ScheduleKind
from autom8.kernel.zones import zone_named
from autom8.scheduler.schedules import (
    BootTime,
    Cron,
    Interval,
    Manual,
    Once,
    Rule,
    Schedule,
    kind_of,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NAIVE = datetime(2026, 6, 1, 12)  # noqa: DTZ001
HOUR = timedelta(hours=1)

SCHEDULES: list[tuple[Schedule, ScheduleKind]] = [
    (Cron(expression="*/5 * * * *"), ScheduleKind.CRON),
    (Interval(every=HOUR, anchor=NOON), ScheduleKind.INTERVAL),
    (Once(at=NOON), ScheduleKind.ONCE),
    (BootTime(), ScheduleKind.BOOT),
    (Manual(), ScheduleKind.MANUAL),
]


@pytest.mark.parametrize(("schedule", "kind"), SCHEDULES)
def test_every_kind_of_schedule_has_its_name_and_is_taken_when_right(
    schedule: Schedule, kind: ScheduleKind
) -> None:
    rule = Rule(schedule=schedule)

    assert kind_of(schedule) is kind
    assert rule.check() is rule


def test_a_rule_reads_clock_changes_by_the_defaults() -> None:
    rule = Rule(schedule=Manual())

    assert (rule.zone, rule.gap, rule.overlap) == (defaults.ZONE, defaults.GAP, defaults.OVERLAP)


@pytest.mark.parametrize(
    ("schedule", "field", "told"),
    [
        (Cron(expression="61 * * * *"), "schedule.cron", "minute"),
        (Interval(every=HOUR / 3_601, anchor=NOON), "schedule.every_s", "at least 1 second"),
        (Interval(every=timedelta(), anchor=NOON), "schedule.every_s", "at least 1 second"),
        (Interval(every=-HOUR, anchor=NOON), "schedule.every_s", "at least 1 second"),
        (
            Interval(every=timedelta(days=366, seconds=1), anchor=NOON),
            "schedule.every_s",
            "366 days",
        ),
        (Interval(every=HOUR, anchor=NAIVE), "schedule.anchor_at", "offset"),
        (Interval(every=HOUR, anchor=NOON.replace(year=1969)), "schedule.anchor_at", "1970"),
        (Once(at=NAIVE), "schedule.at", "offset"),
        (Once(at=NOON.replace(year=1969)), "schedule.at", "1970"),
        (
            Once(at=datetime.max.replace(tzinfo=zone_named("America/New_York"))),
            "schedule.at",
            "9999",
        ),
    ],
)
def test_a_schedule_that_cannot_be_meant_is_refused_by_its_field(
    schedule: Schedule, field: str, told: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        Rule(schedule=schedule).check()

    assert list(refusal.value.fields) == [field]
    assert told in refusal.value.fields[field]


@pytest.mark.parametrize("every", [timedelta(seconds=1), timedelta(days=366)])
def test_the_shortest_and_the_longest_interval_are_taken(every: timedelta) -> None:
    Rule(schedule=Interval(every=every, anchor=datetime(1970, 1, 1, tzinfo=UTC))).check()


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refusal:
        Rule(schedule=Interval(every=timedelta(), anchor=NAIVE), zone="Mars").check()

    assert set(refusal.value.fields) == {"schedule.every_s", "schedule.anchor_at", "zone"}


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Olympus_Mons",
        "Europe",  # a folder
        "../../etc/passwd",
        "Europe/../Europe/Berlin",
        "/usr/share/zoneinfo/UTC",
        "Europe//Berlin",
        "Europe/Berlin/",
        "Europe\\Berlin",
        "Europe/Berlin\n",
        "\0",
        "Z\u00fcrich",
        "tzdata.zi",
        "right/Europe/Berlin",  # counts leap seconds
        "posix/Europe/Berlin",
        "posixrules",
        "localtime",  # another one on each machine
        "A" * 10_000,
    ],
)
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        zone_named(name)

    assert list(refusal.value.fields) == ["zone"]
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("europe/berlin", "Europe/Berlin"),
        ("Europe/Berlni", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("Buenos Aires", "America/Buenos_Aires"),
        ("localtime", ""),
    ],
)
def test_a_zone_that_is_nearly_one_is_suggested(name: str, meant: str) -> None:
    with pytest.raises(Invalid) as refusal:
        zone_named(name)

    assert meant in str(refusal.value)
    assert "mean localtime" not in str(refusal.value)


@pytest.mark.parametrize(
    "name",
    [
        "UTC",
        "EST5EDT",
        "Etc/GMT+5",
        "America/Argentina/Buenos_Aires",
        "America/Port-au-Prince",
        "GMT0",
    ],
)
def test_every_form_of_zone_name_is_taken(name: str) -> None:
    assert zone_named(name).key == name

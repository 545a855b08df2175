"""Clock changes that happened, or are due, and what a schedule makes of them.

Each row was worked out by hand from the change itself; `test_slots_oracle` searches for more.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from autom8.kernel.vocabulary import Gap, Overlap
from autom8.scheduler.schedules import Cron, Rule
from autom8.scheduler.slots import slots_after


def slots(rule: Rule, day: str) -> list[str]:
    """The slots on `day`, as the zone counts days, as day and time of UTC."""
    zone = ZoneInfo(rule.zone)
    start = datetime.fromisoformat(day).replace(tzinfo=zone)
    end = (start + timedelta(days=1)).astimezone(UTC)
    found = []
    for slot in slots_after(rule, start.astimezone(UTC) - timedelta(microseconds=1)):
        if slot >= end:
            break
        found.append(f"{slot:%d %H:%M}")
    return found


def rule(expression: str, zone: str, gap: Gap = Gap.SHIFT, overlap: Overlap = Overlap.FIRST) -> Rule:
    return Rule(schedule=Cron(expression=expression), zone=zone, gap=gap, overlap=overlap).check()


@pytest.mark.parametrize(
    ("zone", "day", "expression", "shifted", "skipped"),
    [
        # 02:00 becomes 03:00 at 01:00 UTC
        ("Europe/Berlin", "2027-03-28", "30 2 * * *", ["28 01:00"], []),
        ("Europe/Berlin", "2027-03-28", "0 2 * * *", ["28 01:00"], []),
        ("Europe/Berlin", "2027-03-28", "59 1 * * *", ["28 00:59"], ["28 00:59"]),
        ("Europe/Berlin", "2027-03-28", "0 3 * * *", ["28 01:00"], ["28 01:00"]),
        # 02:00 becomes 03:00 at 07:00 UTC
        ("America/New_York", "2027-03-14", "15 2 * * *", ["14 07:00"], []),
        # 02:00 becomes 02:30 at 15:30 UTC of the day before
        ("Australia/Lord_Howe", "2026-10-04", "15 2 * * *", ["03 15:30"], []),
        ("Australia/Lord_Howe", "2026-10-04", "30 2 * * *", ["03 15:30"], ["03 15:30"]),
        # 02:45 becomes 03:45 at 14:00 UTC of the day before
        ("Pacific/Chatham", "2026-09-27", "0 3 * * *", ["26 14:00"], []),
        ("Pacific/Chatham", "2026-09-27", "44 2 * * *", ["26 13:59"], ["26 13:59"]),
        # midnight becomes 01:00 at 22:00 UTC of the day before
        ("Africa/Cairo", "2026-04-24", "0 0 * * *", ["23 22:00"], []),
        ("Africa/Cairo", "2026-04-24", "0 1 * * *", ["23 22:00"], ["23 22:00"]),
        # midnight became 01:00 at 03:00 UTC
        ("America/Sao_Paulo", "2018-11-04", "30 0 * * *", ["04 03:00"], []),
    ],
)
def test_a_time_that_is_left_out_is_shifted_to_the_end_of_the_gap_or_skipped(
    zone: str, day: str, expression: str, shifted: list[str], skipped: list[str]
) -> None:
    assert slots(rule(expression, zone), day) == shifted
    assert slots(rule(expression, zone, gap=Gap.SKIP), day) == skipped


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (Gap.SHIFT, ["29 22:00", "30 10:00", "30 22:00"]),
        (Gap.SKIP, ["29 22:00", "30 22:00", "31 22:00"]),
    ],
)
def test_a_whole_day_can_be_left_out(gap: Gap, expected: list[str]) -> None:
    # Samoa crossed the date line: at 10:00 UTC midnight of the 30th became midnight of the 31st.
    noons = slots_after(rule("0 12 * * *", "Pacific/Apia", gap), datetime(2011, 12, 29, 12, tzinfo=UTC))

    assert [f"{slot:%d %H:%M}" for slot in islice(noons, 3)] == expected


@pytest.mark.parametrize(
    ("zone", "day", "expression", "first", "second"),
    [
        # 03:00 becomes 02:00 at 01:00 UTC
        ("Europe/Berlin", "2026-10-25", "30 2 * * *", "25 00:30", "25 01:30"),
        ("Europe/Berlin", "2026-10-25", "0 2 * * *", "25 00:00", "25 01:00"),
        ("Europe/Berlin", "2026-10-25", "0 3 * * *", "25 02:00", None),
        # 02:00 becomes 01:00 at 06:00 UTC
        ("America/New_York", "2026-11-01", "59 1 * * *", "01 05:59", "01 06:59"),
        # 02:00 becomes 01:30 at 15:00 UTC of the day before
        ("Australia/Lord_Howe", "2026-04-05", "45 1 * * *", "04 14:45", "04 15:15"),
        ("Australia/Lord_Howe", "2026-04-05", "15 1 * * *", "04 14:15", None),
        # 03:45 becomes 02:45 at 14:00 UTC of the day before
        ("Pacific/Chatham", "2026-04-05", "0 3 * * *", "04 13:15", "04 14:15"),
        # midnight becomes 23:00 at 21:00 UTC
        ("Africa/Cairo", "2026-10-29", "30 23 * * *", "29 20:30", "29 21:30"),
        # midnight became 23:00 at 02:00 UTC of the day after
        ("America/Sao_Paulo", "2018-02-17", "0 23 * * *", "18 01:00", "18 02:00"),
    ],
)
def test_a_time_that_is_repeated_counts_the_first_time_or_both(
    zone: str, day: str, expression: str, first: str, second: str | None
) -> None:
    both = [first] if second is None else [first, second]

    assert slots(rule(expression, zone), day) == [first]
    assert slots(rule(expression, zone, overlap=Overlap.BOTH), day) == both


def test_all_times_of_a_gap_become_one_slot_with_what_is_due_at_its_end() -> None:
    assert slots(rule("30-40 2 * * *", "Europe/Berlin"), "2027-03-28") == ["28 01:00"]
    assert slots(rule("0,30 1-3 * * *", "Europe/Berlin"), "2027-03-28") == [
        "28 00:00",
        "28 00:30",
        "28 01:00",
        "28 01:30",
    ]


def test_both_halves_of_an_overlap_come_in_order() -> None:
    assert slots(rule("0,30 2 * * *", "Europe/Berlin", overlap=Overlap.BOTH), "2026-10-25") == [
        "25 00:00",
        "25 00:30",
        "25 01:00",
        "25 01:30",
    ]


@pytest.mark.parametrize("gap", Gap)
@pytest.mark.parametrize("overlap", Overlap)
def test_a_schedule_that_follows_real_time_keeps_its_beat_through_every_change(
    gap: Gap, overlap: Overlap
) -> None:
    half_hours = rule("*/30 * * * *", "Europe/Berlin", gap, overlap)
    hours = rule("0 * * * *", "Europe/Berlin", gap, overlap)

    for change in (datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)):
        for beating, beat in ((half_hours, 30), (hours, 60)):
            steps = [change + timedelta(minutes=beat * n) for n in range(1, 40)]
            assert list(islice(slots_after(beating, change), len(steps))) == steps


def test_a_minute_that_begins_with_a_star_is_not_made_up_for_in_a_gap() -> None:
    assert slots(rule("* 2 * * *", "Europe/Berlin"), "2027-03-28") == []
    assert len(slots(rule("* 2 * * *", "Europe/Berlin"), "2026-10-25")) == 120


def test_asked_from_within_an_overlap_the_rest_of_both_halves_is_given() -> None:
    both = rule("15,45 2 * * *", "Europe/Berlin", overlap=Overlap.BOTH)
    asked = {
        minutes: [
            f"{slot:%H:%M}"
            for slot in islice(
                slots_after(both, datetime(2026, 10, 25, tzinfo=UTC) + timedelta(minutes=minutes)),
                2,
            )
        ]
        for minutes in (0, 20, 50, 80)
    }

    assert asked == {
        0: ["00:15", "00:45"],
        20: ["00:45", "01:15"],
        50: ["01:15", "01:45"],
        80: ["01:45", "01:15"],  # the next day's, in winter time
    }


def test_changes_beyond_the_zone_tables_follow_the_rule_for_all_years() -> None:
    assert slots(rule("30 2 * * *", "Europe/Berlin"), "2077-03-28") == ["28 01:00"]


def test_the_last_change_of_the_calendar_still_gives_both_halves() -> None:
    changes = rule("30 2 * 10 7L", "Europe/Berlin", overlap=Overlap.BOTH)

    assert [f"{slot:%H:%M}" for slot in slots_after(changes, datetime(9999, 1, 1, tzinfo=UTC))] == [
        "00:30",
        "01:30",
    ]


def test_an_offset_of_odd_seconds_is_kept() -> None:
    # Liberia was 44 minutes and 30 seconds behind UTC until 1972-01-07.
    monrovia = rule("0 12 * * *", "Africa/Monrovia")

    assert next(slots_after(monrovia, datetime(1971, 6, 1, tzinfo=UTC))) == datetime(
        1971, 6, 1, 12, 44, 30, tzinfo=UTC
    )
    assert slots(rule("10 0 * * *", "Africa/Monrovia"), "1972-01-07") == ["07 00:44"]

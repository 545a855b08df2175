"""Which wall-clock times an expression matches: facts of the calendar that anyone can look up."""

from __future__ import annotations

from datetime import datetime
from itertools import islice

import pytest

from autom8.scheduler import cron

NEW_YEAR_2026 = datetime(2026, 1, 1)  # noqa: DTZ001  a Thursday, on the wall


def days(text: str, count: int, start: datetime = NEW_YEAR_2026) -> list[str]:
    times = cron.parse(text).wall_times(start)
    return [f"{time:%a %Y-%m-%d}" for time in islice(times, count)]


def times(text: str, count: int) -> list[str]:
    return [f"{time:%H:%M}" for time in islice(cron.parse(text).wall_times(NEW_YEAR_2026), count)]


@pytest.mark.parametrize(
    ("weekday", "name"),
    [
        *enumerate(["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]),
        *[(name.lower(), name) for name in ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")],
    ],
)
def test_weekdays_count_from_sunday_and_seven_is_sunday_again(weekday: object, name: str) -> None:
    assert {day[:3] for day in days(f"0 0 * * {weekday}", 10)} == {name}


def test_either_day_suffices_when_both_are_restricted() -> None:
    assert days("0 0 13 * 5", 4) == [
        "Fri 2026-01-02",
        "Fri 2026-01-09",
        "Tue 2026-01-13",
        "Fri 2026-01-16",
    ]


@pytest.mark.parametrize("text", ["0 0 */12 * 5", "0 0 *,13 * 5"])
def test_a_day_of_month_that_begins_with_a_star_must_match_as_well(text: str) -> None:
    both = days(text, 3)

    assert {day[:3] for day in both} == {"Fri"}
    assert days("0 0 */12 * 5", 3) == ["Fri 2026-02-13", "Fri 2026-03-13", "Fri 2026-05-01"]


def test_a_weekday_that_begins_with_a_star_must_match_as_well() -> None:
    assert days("0 0 13 * */5", 2) == ["Fri 2026-02-13", "Fri 2026-03-13"]


def test_a_step_over_a_range_of_one_is_that_one() -> None:
    assert times("5-5/20 * * * *", 3) == ["00:05", "01:05", "02:05"]


def test_steps_begin_at_the_start_of_their_range() -> None:
    assert times("7-59/20,1 0 * * *", 4) == ["00:01", "00:07", "00:27", "00:47"]


def test_the_29th_of_february_comes_in_leap_years_only() -> None:
    assert days("0 0 29 2 *", 3) == ["Tue 2028-02-29", "Sun 2032-02-29", "Fri 2036-02-29"]
    assert days("0 0 29 2 *", 2, datetime(2096, 3, 1)) == ["Fri 2104-02-29", "Wed 2108-02-29"]  # noqa: DTZ001
    assert days("0 0 29 2 *", 1, datetime(1999, 3, 1)) == ["Tue 2000-02-29"]  # noqa: DTZ001


def test_l_is_the_last_day_of_each_month() -> None:
    assert days("0 0 L * *", 3) == ["Sat 2026-01-31", "Sat 2026-02-28", "Tue 2026-03-31"]
    assert days("0 0 L 2 *", 3) == ["Sat 2026-02-28", "Sun 2027-02-28", "Tue 2028-02-29"]


def test_5l_is_the_last_friday_of_each_month() -> None:
    expected = ["Fri 2026-01-30", "Fri 2026-02-27", "Fri 2026-03-27"]
    assert days("0 0 * * 5L", 3) == expected
    assert days("0 0 * * friL", 3) == expected
    assert days("0 0 * * 7L", 1) == days("0 0 * * 0L", 1) == ["Sun 2026-01-25"]


def test_a_number_sign_counts_a_weekday_within_its_month() -> None:
    assert days("0 0 * * 1#2", 3) == ["Mon 2026-01-12", "Mon 2026-02-09", "Mon 2026-03-09"]
    assert days("0 0 * * 7#1", 2) == days("0 0 * * sun#1", 2) == ["Sun 2026-01-04", "Sun 2026-02-01"]
    assert days("0 0 * * 1#5", 2) == ["Mon 2026-03-30", "Mon 2026-06-29"]


@pytest.mark.parametrize(
    ("macro", "expected"),
    [
        ("@yearly", ["Fri 2027-01-01", "Sat 2028-01-01"]),
        ("@annually", ["Fri 2027-01-01", "Sat 2028-01-01"]),
        ("@monthly", ["Sun 2026-02-01", "Sun 2026-03-01"]),
        ("@weekly", ["Sun 2026-01-04", "Sun 2026-01-11"]),
        ("@daily", ["Fri 2026-01-02", "Sat 2026-01-03"]),
        ("@midnight", ["Fri 2026-01-02", "Sat 2026-01-03"]),
    ],
)
def test_macros_mean_midnight_on_their_first_day(macro: str, expected: list[str]) -> None:
    after_midnight = NEW_YEAR_2026.replace(minute=1)

    assert days(macro, 2, after_midnight) == expected


def test_hourly_means_each_full_hour() -> None:
    assert times("@hourly", 3) == ["00:00", "01:00", "02:00"]


def test_the_times_end_with_the_calendar() -> None:
    last_evening = datetime(9999, 12, 31, 23, 58)  # noqa: DTZ001

    assert len(list(cron.parse("* * * * *").wall_times(last_evening))) == 2
    assert list(cron.parse("0 0 * * *").wall_times(last_evening)) == []

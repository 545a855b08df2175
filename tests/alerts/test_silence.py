"""A silence holds when it says: from start to end, and as a maintenance window only in its hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.hours import Hours, within
from autom8.alerts.silences.matchers import read_all
from autom8.alerts.silences.silence import Silence, next_change, silencing
from tests.alerts.test_hours import ZONES, quiet

START, END = datetime(2027, 3, 20, tzinfo=UTC), datetime(2027, 4, 20, tzinfo=UTC)
SUNDAY_NIGHT = quiet("02:00", "04:00", weekdays=frozenset({6}))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def silence(text: str = 'task="backup"', hours: Hours | None = None, **times: datetime) -> Silence:
    usual = {"starts_at": START, "ends_at": END}
    return Silence(id=1, key="k", matchers=read_all(text), hours=hours, **{**usual, **times})


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def test_it_holds_from_its_start_until_its_end_exclusive() -> None:
    one = silence()
    assert one.until(START - timedelta(microseconds=1)) is None
    assert one.until(START) == END
    assert one.until(END - timedelta(microseconds=1)) == END
    assert one.until(END) is None
    assert one.begins(START - DAY) == START
    assert one.begins(START) is one.begins(END) is None


@pytest.mark.parametrize(
    ("asked", "until", "begins"),
    [
        ("2027-03-21T01:59:59", None, "2027-03-21T02:00:00"),
        ("2027-03-21T02:00:00", "2027-03-21T04:00:00", None),
        ("2027-03-21T04:00:00", None, "2027-03-28T03:00:00"),  # 02:00 does not come: the first after the gap
        ("2027-03-28T03:30:00", "2027-03-28T04:00:00", None),
        ("2027-04-18T05:00:00", None, None),  # the next is after the end
        ("2027-03-14T03:00:00", None, "2027-03-21T02:00:00"),  # before the start
    ],
)
def test_a_maintenance_window_holds_in_its_hours(asked: str, until: str | None, begins: str | None) -> None:
    window = silence(hours=SUNDAY_NIGHT)
    assert window.until(berlin(asked)) == (until and berlin(until))
    assert window.begins(berlin(asked)) == (begins and berlin(begins))


def test_a_window_is_cut_where_the_silence_starts_and_ends() -> None:
    start, end = berlin("2027-03-21T03:00"), berlin("2027-04-18T03:00")
    window = silence(hours=SUNDAY_NIGHT, starts_at=start, ends_at=end)
    assert window.begins(berlin("2027-03-21T02:30")) == start
    assert window.until(berlin("2027-03-21T02:30")) is None
    assert window.until(berlin("2027-04-18T02:30")) == end


def test_the_silences_that_match_and_hold_are_named() -> None:
    at = START + DAY
    all_of = [
        silence('task="backup"'),
        silence('task=~"back.*", severity="warning"'),
        silence('task="report"'),
        silence('task="backup"', starts_at=at + DAY),
        silence('task="backup"', hours=quiet("00:00", "00:01", "UTC"), starts_at=START),
    ]
    labels = {"task": "backup", "severity": "warning"}
    assert silencing(all_of, labels, at + timedelta(hours=3)) == all_of[:2]
    assert silencing(all_of, {}, at) == []


def test_nothing_changes_without_silences_or_after_all() -> None:
    assert next_change([], START) is None
    assert next_change([silence(), silence(ends_at=END + DAY)], END + DAY) is None
    assert next_change([silence(), silence(starts_at=START + DAY)], START) == START + DAY


HOURS = st.builds(
    lambda start, end, days, zone: Hours(
        start_min=start, end_min=end, weekdays=frozenset(days), zone=ZoneInfo(zone)
    ),
    st.integers(0, 1439),
    st.integers(1, 1440),
    st.sets(st.integers(0, 6), min_size=1),
    st.sampled_from(ZONES),
)
INSTANTS = st.integers(0, 60 * 24 * 60).map(lambda minutes: START - 14 * DAY + minutes * MINUTE)
SILENCES = st.builds(
    lambda start, length, hours: silence(starts_at=start, ends_at=start + length * MINUTE, hours=hours),
    INSTANTS,
    st.integers(1, 40 * 24 * 60),
    st.none() | HOURS,
)


@given(st.lists(SILENCES, max_size=4), INSTANTS)
def test_between_now_and_the_next_change_nothing_changes(silences: list[Silence], at: datetime) -> None:
    """Against a reading that knows only instants: whether each holds, minute by minute."""

    def holds(each: Silence, when: datetime) -> bool:
        in_time = each.starts_at <= when < each.ends_at
        return in_time and (each.hours is None or within(each.hours, when))

    change = next_change(silences, at)
    now = [holds(each, at) for each in silences]
    assert now == [each.until(at) is not None for each in silences]
    if change is not None:
        assert change > at
    end = change if change is not None else at + 9 * DAY
    for part in range(12):
        when = at + (end - at) * part / 12
        assert [holds(each, when) for each in silences] == now
    if change is not None:
        before = change - timedelta(microseconds=1)
        assert [holds(each, before) for each in silences] == now

"""Slots of schedules without wall-clock times, and the ends of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.scheduler.schedules import BootTime, Cron, Interval, Manual, Once, Rule, Schedule
from autom8.scheduler.slots import slot_count, slots_after, slots_due

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
STEPS = st.timedeltas(timedelta(seconds=1), timedelta(days=366))
MINUTELY_CRON = Cron(expression="* * * * *")
MINUTELY_INTERVAL = Interval(every=timedelta(minutes=1), anchor=NOON)


def every(step: timedelta, anchor: datetime = NOON) -> Rule:
    return Rule(schedule=Interval(every=step, anchor=anchor))


@given(anchor=INSTANTS, step=STEPS, after=INSTANTS)
def test_an_interval_keeps_to_its_anchor_from_wherever_it_is_asked(
    anchor: datetime, step: timedelta, after: datetime
) -> None:
    slots = list(islice(slots_after(every(step, anchor), after), 4))

    assert slots[0] - step <= after < slots[0]
    assert all((slot - anchor) % step == timedelta() for slot in slots)
    assert [later - slot for slot, later in pairwise(slots)] == [step] * 3


def test_the_anchor_itself_is_a_slot_and_beats_both_ways() -> None:
    hourly = every(timedelta(hours=1), NOON)

    assert next(slots_after(hourly, NOON - timedelta(microseconds=1))) == NOON
    assert next(slots_after(hourly, NOON)) == NOON + timedelta(hours=1)
    assert next(slots_after(hourly, NOON - timedelta(minutes=90))) == NOON - timedelta(hours=1)


@given(
    anchor=INSTANTS,
    step=STEPS,
    after=INSTANTS,
    length=st.timedeltas(timedelta(), timedelta(days=900)),
)
def test_the_count_of_an_interval_is_arithmetic_and_right(
    anchor: datetime, step: timedelta, after: datetime, length: timedelta
) -> None:
    until = after + length
    count = slot_count(every(step, anchor), after, until)
    slots, following = slots_due(every(step, anchor), after, until, at_most=1)

    assert count == len(slots)
    assert following is not None
    assert following > until
    if count:
        assert after < slots[0] <= slots[-1] <= until
        assert slots[-1] - slots[0] == (count - 1) * step
        assert following - slots[-1] == step
        assert list(slots[1:3]) == [slots[0] + step, slots[0] + 2 * step][: count - 1]


def test_a_century_of_seconds_is_counted_at_once() -> None:
    century = NOON.replace(year=2126)

    assert slot_count(every(timedelta(seconds=1)), NOON, century) == (century - NOON).total_seconds()


@pytest.mark.parametrize(
    "schedule",
    [
        MINUTELY_INTERVAL,
        MINUTELY_CRON,
        Once(at=NOON),
    ],
)
def test_slots_are_in_utc_whatever_the_offset_of_the_question(schedule: Schedule) -> None:
    before = (NOON - timedelta(seconds=1)).astimezone(timezone(timedelta(hours=5, minutes=45)))

    slot = next(slots_after(Rule(schedule=schedule, zone="Pacific/Chatham"), before))

    assert slot == NOON
    assert slot.tzinfo is UTC


def test_a_single_instant_is_one_slot_until_it_has_passed() -> None:
    once = Rule(schedule=Once(at=NOON))

    assert list(slots_after(once, NOON - timedelta(seconds=1))) == [NOON]
    assert list(slots_after(once, NOON)) == []
    assert slot_count(once, NOON - timedelta(days=1), NOON) == 1
    assert slots_due(once, NOON, NOON + timedelta(days=1), at_most=5) == ([], None)


@pytest.mark.parametrize("schedule", [BootTime(), Manual()])
def test_boot_and_manual_have_no_slots(schedule: Schedule) -> None:
    assert list(slots_after(Rule(schedule=schedule), NOON)) == []


def test_due_slots_are_bounded_and_name_the_one_that_follows() -> None:
    minutely = Rule(schedule=MINUTELY_CRON)
    minute = timedelta(minutes=1)

    assert slots_due(minutely, NOON, NOON + 2 * minute, at_most=9) == (
        [NOON + minute, NOON + 2 * minute],
        NOON + 3 * minute,
    )
    assert slots_due(minutely, NOON, NOON + 2 * minute, at_most=1) == (
        [NOON + minute],
        NOON + 2 * minute,
    )


@pytest.mark.parametrize("schedule", [MINUTELY_CRON, MINUTELY_INTERVAL])
def test_nothing_is_due_backwards_and_what_follows_is_still_told(schedule: Schedule) -> None:
    hour_before = NOON - timedelta(hours=1)

    due, following = slots_due(Rule(schedule=schedule), NOON, hour_before, at_most=9)

    assert list(due) == []
    assert following == NOON + timedelta(minutes=1)


def test_the_count_of_a_cron_schedule_goes_up_to_and_includes_the_end() -> None:
    minutely = Rule(schedule=MINUTELY_CRON)

    assert slot_count(minutely, NOON, NOON + timedelta(hours=1)) == 60


def test_slots_begin_with_1970() -> None:
    long_before = datetime(1, 1, 1, tzinfo=UTC)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    assert next(slots_after(Rule(schedule=Cron(expression="@daily")), long_before)) == epoch
    assert next(slots_after(every(timedelta(days=1), epoch), long_before)) == epoch


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
def test_slots_end_with_9999(zone: str) -> None:
    last_day = datetime(9999, 12, 31, tzinfo=UTC)
    minutely = Rule(schedule=MINUTELY_CRON, zone=zone)

    last = list(slots_after(minutely, last_day))[-1]

    assert last >= last_day + timedelta(hours=9)
    assert list(slots_after(minutely, datetime.max.replace(tzinfo=UTC))) == []
    assert slots_due(every(timedelta(days=1)), last_day, last_day, at_most=1)[1] == last_day.replace(hour=12)
    assert slots_due(every(timedelta(days=2)), last_day, last_day, at_most=1)[1] is None


def test_an_instant_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        slots_after(every(timedelta(days=1)), datetime(2026, 1, 1))  # noqa: DTZ001

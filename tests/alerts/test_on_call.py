"""Who is on call is what a plain walk through two years of hand-overs says, whatever the clocks do."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autom8.alerts.hours import Hours
from autom8.alerts.on_call import (
    EARLIEST,
    LATEST,
    SPAN_MAX,
    Change,
    Override,
    Rotation,
    Schedule,
    Shift,
    next_change,
    next_on_call,
    on_call,
    shifts,
)
from autom8.kernel.errors import Invalid

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
BEGIN = datetime(2026, 1, 5, 9)  # noqa: DTZ001 - a wall-clock time, of a Monday
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "America/Santiago",
]
BEGIN_UTC = BEGIN.replace(tzinfo=UTC)
ADA, BEA, CEM = 1, 2, 3


def rotation(
    zone: str = "Europe/Berlin",
    *,
    turn: timedelta = 7 * DAY,
    start: datetime = BEGIN,
    only: Hours | None = None,
) -> Rotation:
    return Rotation(
        participants=(ADA, BEA, CEM), turn=turn, start=start, zone=ZoneInfo(zone), only=only
    ).check()


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@cache
def shown(wall: datetime, zone: str) -> datetime:
    """The first quarter of an hour at which the clocks show `wall` or later, found by looking at each."""
    instant = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    while instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wall:
        instant += timedelta(minutes=15)
    return instant


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("turn", "start"),
    [
        (7 * DAY, BEGIN),
        (DAY, BEGIN.replace(hour=2, minute=30)),  # a time that clocks leave out and show twice
        (DAY, BEGIN.replace(hour=0)),
        (12 * HOUR, BEGIN),
        (14 * DAY, BEGIN.replace(hour=1, minute=45)),
    ],
)
def test_for_two_years_each_hand_over_is_where_a_walk_finds_it(
    zone: str, turn: timedelta, start: datetime
) -> None:
    mine = Schedule(rotations=(rotation(zone, turn=turn, start=start),))
    hourly = turn < DAY
    first = shown(start, zone)
    assert on_call(mine, first - SECOND) == frozenset()
    for count in range(2 * 365 * DAY // turn):
        instant = first + count * turn if hourly else shown(start + count * turn, zone)
        for later in (0, 20, 45):  # minutes, in which the clocks may be set back
            assert on_call(mine, instant + timedelta(minutes=later)) == {(ADA, BEA, CEM)[count % 3]}
        if count:
            assert on_call(mine, instant - SECOND) == {(ADA, BEA, CEM)[(count - 1) % 3]}


@pytest.mark.parametrize("zone", ZONES)
def test_the_shifts_of_two_years_leave_no_gap_and_share_no_instant(zone: str) -> None:
    since = shown(BEGIN, zone)
    told = shifts(Schedule(rotations=(rotation(zone, turn=DAY),)), since=since, until=since + 730 * DAY)

    assert (told[0].start, told[-1].end) == (since, since + 730 * DAY)
    assert all(one.end == other.start for one, other in pairwise(told))
    lengths = {each.end - each.start for each in told[:-1]}
    assert lengths <= {DAY, DAY - HOUR, DAY + HOUR, DAY - HOUR / 2, DAY + HOUR / 2}


def hours(*weekdays: int, start_min: int = 9 * 60, end_min: int = 17 * 60) -> Hours:
    return Hours(
        start_min=start_min,
        end_min=end_min,
        weekdays=frozenset(weekdays),
        zone=ZoneInfo("Europe/Berlin"),
    )


OFFICE = hours(*range(5))


def test_a_rotation_for_some_hours_has_nobody_on_call_in_the_others() -> None:
    mine = Schedule(rotations=(rotation(only=OFFICE),))

    assert on_call(mine, at("2026-01-06T09:00")) == {ADA}
    assert on_call(mine, at("2026-01-06T17:00")) == frozenset()
    assert on_call(mine, at("2026-01-10T12:00")) == frozenset()  # a Saturday
    assert on_call(mine, at("2026-01-12T09:00")) == {BEA}
    told = shifts(mine, since=at("2026-01-05T00:00"), until=at("2026-01-12T10:00"))
    assert [each.contact_id for each in told] == [ADA] * 5 + [BEA]


@pytest.mark.parametrize(
    ("override", "there"),
    [
        ({"removed": ADA, "added": CEM}, {CEM}),
        ({"removed": BEA, "added": CEM}, {ADA}),  # who is not on call needs nobody in their stead
        ({"removed": ADA}, set()),
        ({"added": CEM}, {ADA, CEM}),
        ({"added": ADA}, {ADA}),
    ],
)
def test_an_override_holds_from_its_start_until_its_end(override: dict[str, int], there: set[int]) -> None:
    start, end = at("2026-01-06T12:00"), at("2026-01-07T12:00")
    mine = Schedule(rotations=(rotation(),), overrides=(Override(start=start, end=end, **override).check(),))

    assert [on_call(mine, each) for each in (start - SECOND, start, end - SECOND, end)] == [
        {ADA},
        there,
        there,
        {ADA},
    ]


def test_who_one_override_adds_no_other_takes_away() -> None:
    start, end = at("2026-01-06T12:00"), at("2026-01-07T12:00")
    swap = Override(start=start, end=end, removed=ADA, added=CEM)
    leave = Override(start=start, end=end, removed=CEM)
    for overrides in ((swap, leave), (leave, swap)):
        assert on_call(Schedule(rotations=(rotation(),), overrides=overrides), start) == {CEM}


PEOPLE = st.none() | st.sampled_from([ADA, BEA, CEM, 9])


@given(
    turns=st.lists(st.sampled_from([ADA, BEA, CEM]), max_size=3),
    pairs=st.lists(st.tuples(PEOPLE, PEOPLE).filter(lambda each: each[0] != each[1]), max_size=4),
    order=st.randoms(use_true_random=False),
)
def test_overrides_are_asked_for_each_person_in_turn_whatever_their_order(
    turns: list[int], pairs: list[tuple[int | None, int | None]], order: random.Random
) -> None:
    rotations = tuple(
        Rotation(participants=(each,), turn=DAY, start=BEGIN, zone=ZoneInfo("UTC")) for each in turns
    )
    expected = [added for removed, added in pairs if removed is None]
    for person in turns:
        theirs = [added for removed, added in pairs if removed == person]
        expected += theirs or [person]

    order.shuffle(pairs)
    overrides = tuple(
        Override(start=BEGIN_UTC, end=BEGIN_UTC + DAY, removed=removed, added=added).check()
        for removed, added in pairs
    )
    assert on_call(Schedule(rotations=rotations, overrides=overrides), BEGIN_UTC) == {*expected} - {None}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"participants": ()}, "participants"),
        ({"participants": tuple(range(101))}, "participants"),
        ({"turn": timedelta()}, "turn"),
        ({"turn": 36 * HOUR}, "turn"),
        ({"turn": timedelta(minutes=90)}, "turn"),
        ({"turn": 367 * DAY}, "turn"),
        ({"start": BEGIN.replace(tzinfo=UTC)}, "start"),
        ({"start": datetime.min}, "start"),  # noqa: DTZ901 - a wall-clock time
        ({"start": datetime.max}, "start"),  # noqa: DTZ901 - a wall-clock time
        ({"only": hours()}, "only"),
        ({"only": hours(0, 7)}, "only"),
        ({"only": hours(0, start_min=1440)}, "only"),
        ({"only": hours(0, start_min=-1)}, "only"),
        ({"only": hours(0, end_min=1441)}, "only"),
        ({"only": hours(0, end_min=-1)}, "only"),
    ],
)
def test_a_rotation_that_cannot_be_meant_is_refused(wrong: dict[str, object], field: str) -> None:
    good: dict[str, object] = {"participants": (ADA,), "turn": DAY, "start": BEGIN, "zone": ZoneInfo("UTC")}
    with pytest.raises(Invalid) as caught:
        Rotation(**(good | wrong)).check()  # type: ignore[arg-type]
    assert list(caught.value.fields) == [field]


def test_an_override_that_cannot_be_meant_is_refused() -> None:
    noon = at("2026-01-06T12:00")
    for wrong, field in (
        (Override(start=noon, end=noon, added=ADA), "end"),
        (Override(start=noon, end=BEGIN.replace(year=2027), added=ADA), "end"),
        (Override(start=BEGIN, end=noon + DAY, added=ADA), "start"),
        (Override(start=noon, end=noon + HOUR), "added"),
        (Override(start=noon, end=noon + HOUR, added=ADA, removed=ADA), "added"),
    ):
        with pytest.raises(Invalid) as caught:
            wrong.check()
        assert list(caught.value.fields) == [field]


def test_shifts_are_asked_for_in_bounds() -> None:
    noon = at("2026-01-06T12:00")
    for until in (noon - SECOND, noon + SPAN_MAX + SECOND):
        with pytest.raises(Invalid):
            shifts(Schedule(), since=noon, until=until)
    assert shifts(Schedule(), since=noon, until=noon) == []


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Chatham"])
def test_at_the_ends_of_the_calendar_shifts_are_told_or_refused(zone: str) -> None:
    for start in (EARLIEST, LATEST):
        for turn in (HOUR, DAY):
            rotations = (rotation(zone, turn=turn, start=start.replace(tzinfo=None), only=OFFICE),)
            assert shifts(Schedule(rotations=rotations), since=BEGIN_UTC, until=BEGIN_UTC + DAY) is not None
    mine = Schedule(rotations=(rotation(zone, turn=DAY, only=OFFICE),))
    for since in (EARLIEST, LATEST - DAY):
        assert shifts(mine, since=since, until=since + DAY) is not None
    for since, field in (
        (datetime.min.replace(tzinfo=UTC), "since"),
        (EARLIEST - SECOND, "since"),
        (LATEST - DAY + SECOND, "until"),
    ):
        with pytest.raises(Invalid) as caught:
            shifts(mine, since=since, until=since + DAY)
        assert list(caught.value.fields) == [field]


MOMENTS = st.integers(0, 2 * 365 * 24 * 4).map(lambda quarters: at("2026-01-01T00:00") + quarters * HOUR / 4)
SCHEDULES = st.builds(
    Schedule,
    rotations=st.lists(
        st.builds(
            rotation,
            st.sampled_from(ZONES),
            turn=st.sampled_from([7 * DAY, DAY, 3 * DAY, 8 * HOUR]),
            start=st.sampled_from([BEGIN, BEGIN.replace(hour=2, minute=30)]),
            only=st.none() | st.just(OFFICE),
        ),
        max_size=2,
    ).map(tuple),
    overrides=st.lists(
        st.builds(
            Override,
            start=MOMENTS,
            end=MOMENTS,
            added=st.sampled_from([None, ADA, BEA, 9]),
            removed=st.sampled_from([None, ADA, BEA, CEM]),
        ).filter(lambda each: each.start < each.end and each.added != each.removed),
        max_size=3,
    ).map(tuple),
)


@given(schedule=SCHEDULES, since=MOMENTS, days=st.integers(0, 40), seed=st.integers())
def test_shifts_say_the_same_as_asking_at_each_instant(
    schedule: Schedule, since: datetime, days: int, seed: int
) -> None:
    until = since + days * DAY
    told = shifts(schedule, since=since, until=until)

    def there(instant: datetime) -> set[int]:
        return {each.contact_id for each in told if each.start <= instant < each.end}

    edges = {edge for each in told for edge in (each.start, each.end - SECOND, each.end) if edge < until}
    chance = random.Random(seed)
    for instant in [*edges, *(since + chance.random() * days * DAY for _ in range(20) if days)]:
        assert there(instant) == on_call(schedule, instant)
    assert told == sorted(told, key=lambda each: (each.start, each.contact_id))
    for contact in {each.contact_id for each in told}:
        mine: list[Shift] = [each for each in told if each.contact_id == contact]
        assert all(one.end < other.start for one, other in pairwise(mine))


@given(schedule=SCHEDULES, after=MOMENTS)
def test_the_next_change_and_who_is_next_are_what_waiting_for_them_finds(
    schedule: Schedule, after: datetime
) -> None:
    change, arrival = next_change(schedule, after=after), next_on_call(schedule, after=after)
    there, at_, waited = on_call(schedule, after), after, after + 4 * DAY
    seen: list[Change] = []
    while at_ < waited and not any(each.came for each in seen):
        at_ += HOUR / 4
        now = on_call(schedule, at_)
        if now != there:
            seen.append(Change(at=at_, came=now - there, gone=there - now))
        there = now
    arrived = next((each for each in seen if each.came), None)

    assert change == seen[0] if seen else change is None or change.at > waited
    assert arrival == arrived if arrived else arrival is None or arrival.at > waited


def test_who_is_next_after_the_office_closes_is_who_opens_it() -> None:
    mine = Schedule(rotations=(rotation(only=OFFICE),))
    closing, monday = at("2026-01-09T17:00"), at("2026-01-12T09:00")

    assert next_change(mine, after=closing - HOUR) == Change(
        at=closing, came=frozenset(), gone=frozenset({ADA})
    )
    expected = Change(at=monday, came=frozenset({BEA}), gone=frozenset())
    assert next_on_call(mine, after=closing - HOUR) == next_change(mine, after=closing) == expected


def test_a_change_is_looked_for_as_far_as_shifts_are_told() -> None:
    alone = Rotation(participants=(ADA,), turn=7 * DAY, start=BEGIN, zone=ZoneInfo("UTC"))
    mine = Schedule(rotations=(alone,))

    assert next_change(mine, after=BEGIN_UTC) is None
    assert next_on_call(mine, after=BEGIN_UTC - SPAN_MAX) is None  # its start is just too far
    first = next_on_call(mine, after=BEGIN_UTC - SPAN_MAX + SECOND)
    assert first == Change(at=BEGIN_UTC, came=frozenset({ADA}), gone=frozenset())


def test_no_change_is_passed_over_however_far_it_is() -> None:
    for days in (*range(1, 70), 127, 255, 511, 799):
        for instant in (BEGIN_UTC + days * DAY, BEGIN_UTC + days * DAY + HOUR / 2):
            cover = Override(start=instant, end=instant + DAY, added=ADA)
            change = next_change(Schedule(overrides=(cover,)), after=BEGIN_UTC)
            assert change == Change(at=instant, came=frozenset({ADA}), gone=frozenset())

"""Slots against a second opinion: walk every minute of UTC and look at the zone's clocks.

The matcher below is written after crontab(5) and shares nothing with the product: no cronsim, no
`fold`, no search for changes. It takes terms as numbers, so that it needs no parser either.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import product, takewhile
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import Gap, Overlap
from autom8.scheduler.schedules import Cron, Rule
from autom8.scheduler.slots import slots_after

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
BOUNDS = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
REMARKABLE_ZONES = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",  # two hours
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Pyongyang",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",  # winter time is the exception
    "Europe/Lisbon",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kwajalein",
    "UTC",
]
ZONES = sorted(name for name in available_timezones() if name not in {"localtime", "Factory"})


@dataclass(frozen=True)
class Term:
    """`low-high/step`; a star when `low` is None; `L` or `#` when `nth` is given (-1: last)."""

    low: int | None = None
    high: int | None = None
    step: int = 1
    nth: int | None = None

    def __str__(self) -> str:
        if self.nth is not None:
            day = "" if self.low is None else str(self.low)
            return f"{day}L" if self.nth < 0 else f"{day}#{self.nth}"
        if self.high is None and self.low is not None:
            return str(self.low)
        span = "*" if self.low is None else f"{self.low}-{self.high}"
        return span if self.step == 1 else f"{span}/{self.step}"

    def has(self, value: int, bounds: tuple[int, int]) -> bool:
        low = bounds[0] if self.low is None else self.low
        high = bounds[1] if self.low is None else self.low if self.high is None else self.high
        return low <= value <= high and (value - low) % self.step == 0


Field = tuple[Term, ...]


@dataclass(frozen=True)
class Oracle:
    """An expression as its five fields, and the answers of somebody who watches the clocks."""

    fields: tuple[Field, Field, Field, Field, Field]

    def __str__(self) -> str:
        return " ".join(",".join(map(str, field)) for field in self.fields)

    def starred(self, position: int) -> bool:
        return str(self.fields[position][0]).startswith("*")

    def number_in(self, position: int, value: int) -> bool:
        return any(term.nth is None and term.has(value, BOUNDS[position]) for term in self.fields[position])

    def day_matches(self, day: date) -> bool:
        weekday = day.isoweekday()  # 1 is Monday, 7 Sunday
        last = calendar.monthrange(day.year, day.month)[1]
        of_month = self.number_in(2, day.day) or (
            day.day == last and any(term.nth is not None for term in self.fields[2])
        )
        of_week = self.number_in(4, weekday) or self.number_in(4, weekday % 7)
        for term in self.fields[4]:
            if term.nth is not None and term.low in {weekday, weekday % 7}:
                same_before = len(range(day.day, 0, -7))
                same_after = len(range(day.day, last + 1, 7))
                of_week |= same_after == 1 if term.nth < 0 else same_before == term.nth
        if self.starred(2) or self.starred(4):
            return of_month and of_week
        return of_month or of_week

    def has_days(self) -> bool:
        """Whether any day of 28 years matches; they hold every kind of month."""
        days = (date(2000, 1, 1) + n * DAY for n in range(28 * 366))
        return any(self.number_in(3, day.month) and self.day_matches(day) for day in days)

    def matcher(self) -> Callable[[datetime], bool]:
        """Whether a wall-clock time matches, with the answers for each day kept."""
        minutes = {n for n in range(60) if self.number_in(0, n)}
        hours = {n for n in range(24) if self.number_in(1, n)}
        days: dict[date, bool] = {}

        def matches(wall: datetime) -> bool:
            if wall.minute not in minutes or wall.hour not in hours or wall.second:
                return False
            day = wall.date()
            if day not in days:
                days[day] = self.number_in(3, day.month) and self.day_matches(day)
            return days[day]

        return matches

    def slots(self, zone: str, start: datetime, end: datetime, gap: Gap, overlap: Overlap) -> list[datetime]:
        """The slots in [start, end), watching since longer before than clocks are set back."""
        matches = self.matcher()
        real_time = self.starred(0) or self.starred(1)
        found = []
        latest_shown = previous = datetime(1, 1, 1)  # noqa: DTZ001
        for instant, wall in watched(zone, start - DAY - timedelta(hours=1), end):
            hit = matches(wall)
            if not real_time:
                seen = wall <= latest_shown
                hit = hit and (not seen or overlap is Overlap.BOTH)
                left_out = wall - previous if previous.year > 1 else MINUTE
                if left_out > MINUTE and gap is Gap.SHIFT:
                    missing = range(1, left_out // MINUTE)
                    hit = hit or any(matches(previous + n * MINUTE) for n in missing)
            latest_shown, previous = max(latest_shown, wall), wall
            if hit and instant >= start:
                found.append(instant)
        return found


@lru_cache(maxsize=64)
def watched(zone: str, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Each minute of UTC, and what the clocks of `zone` show then."""
    clocks = ZoneInfo(zone)
    minutes = (start + n * MINUTE for n in range((end - start) // MINUTE))
    return [(minute, minute.astimezone(clocks).replace(tzinfo=None)) for minute in minutes]


@lru_cache(maxsize=1_024)
def days_of_change(zone: str) -> list[datetime]:
    """Midnights of UTC before which, within a day, the clocks of `zone` changed; 1973 to 2060."""
    clocks = ZoneInfo(zone)
    days = [datetime(1973, 1, 1, tzinfo=UTC) + n * DAY for n in range(365 * 88)]
    offsets = [day.astimezone(clocks).utcoffset() for day in days]
    return [
        day for day, before, since in zip(days[1:], offsets, offsets[1:], strict=False) if before != since
    ]


def terms(position: int) -> st.SearchStrategy[Term]:
    low, high = BOUNDS[position]
    # Most changes of clocks happen at night; elsewhere they would rarely meet a schedule.
    number = st.integers(low, 4) | st.integers(low, high) if position == 1 else st.integers(low, high)
    single = number.map(Term)
    span = st.tuples(number, number, st.sampled_from([1, 1, 2, 3, 7])).map(
        lambda drawn: Term(min(drawn[:2]), max(drawn[:2]), drawn[2])
    )
    star = st.sampled_from([1, 1, 2, 5, 7, 20]).map(lambda step: Term(step=step))
    kinds = [single, span, star]
    if position == 2:
        kinds.append(st.just(Term(nth=-1)))
    if position == 4:
        kinds.append(st.builds(Term, low=number, nth=st.sampled_from([-1, 1, 2, 3, 4, 5])))
    return st.one_of(kinds)


def fields(position: int) -> st.SearchStrategy[Field]:
    some = st.lists(terms(position), min_size=1, max_size=3).map(tuple)
    # With two dates restricted, hardly any of four days would match.
    return st.just((Term(),)) | some if position >= 2 else some


EXPRESSIONS = st.builds(Oracle, st.tuples(*[fields(position) for position in range(5)]))


@st.composite
def windows(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone, and the start of four days that often hold a change of its clocks."""
    zone = draw(st.sampled_from(REMARKABLE_ZONES) | st.sampled_from(ZONES))
    changes = days_of_change(zone)
    if changes and draw(st.integers(0, 9)) > 0:
        change = draw(st.sampled_from(changes))
        return zone, change - 2 * DAY
    days = draw(st.integers(0, 365 * 88))
    return zone, datetime(1973, 1, 1, tzinfo=UTC) + days * DAY


def answers(rule: Rule, start: datetime, end: datetime) -> Iterator[datetime]:
    return takewhile(lambda slot: slot < end, slots_after(rule, start))


@settings(max_examples=300)
@given(
    oracle=EXPRESSIONS,
    window=windows(),
    gap=st.sampled_from(Gap),
    overlap=st.sampled_from(Overlap),
    ask=st.integers(0, 4 * 86_400),
)
def test_slots_are_those_of_one_who_watches_the_clocks(
    oracle: Oracle, window: tuple[str, datetime], gap: Gap, overlap: Overlap, ask: int
) -> None:
    zone, start = window
    end = start + 4 * DAY
    asked = start + timedelta(seconds=ask)
    rule = Rule(schedule=Cron(expression=str(oracle)), zone=zone, gap=gap, overlap=overlap)
    expected = oracle.slots(zone, start, end, gap, overlap)
    if not oracle.has_days():
        with pytest.raises(Invalid, match="no date ever matches"):
            rule.check()
        assert expected == []
        return

    assert list(answers(rule, start - timedelta(microseconds=1), end)) == expected
    assert list(answers(rule, asked, end)) == [slot for slot in expected if slot > asked]


@pytest.mark.parametrize("zone", REMARKABLE_ZONES)
def test_slots_around_each_recent_change_are_those_of_the_watcher(zone: str) -> None:
    half_hours = Oracle(((Term(0, 59, 30),), (Term(0, 23),), (Term(),), (Term(),), (Term(),)))
    expression = Cron(expression=str(half_hours))
    for change in days_of_change(zone):
        if 2018 <= change.year < 2030:
            start, end = change - DAY, change + DAY // 2
            for gap, overlap in product(Gap, Overlap):
                rule = Rule(schedule=expression, zone=zone, gap=gap, overlap=overlap)
                expected = half_hours.slots(zone, start, end, gap, overlap)
                assert list(answers(rule, start - timedelta(microseconds=1), end)) == expected


def test_the_watcher_knows_a_monday_when_he_sees_one() -> None:
    mondays = Oracle(((Term(0),), (Term(0),), (Term(),), (Term(),), (Term(1),)))
    start = datetime(2026, 6, 1, tzinfo=UTC)  # a Monday

    assert str(mondays) == "0 0 * * 1"
    assert mondays.slots("UTC", start, start + 9 * DAY, Gap.SKIP, Overlap.FIRST) == [
        start,
        start + 7 * DAY,
    ]

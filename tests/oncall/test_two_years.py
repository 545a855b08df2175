"""Two years of shifts against another reading, which walks through them in quarters of an hour.

It keeps the next hand-over of each rotation as a time on the wall, and takes it as soon as a clock there
shows that time or a later one. So it needs no rule for times that clocks leave out or show twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from autom8.alerts.policies.targets import reached
from tests.api.rig import Caller, House
from tests.oncall.rota import DAY, NIGHTS, WEEK, contacts, made, rotation, schedule

QUARTER = timedelta(minutes=15)
NAMES = ("Ada", "Grace", "Edsger", "Barbara", "Donald", "Radia")


@dataclass
class Walked:
    """A rotation while time passes."""

    people: list[int]
    turn: timedelta
    next_wall: datetime
    zone: ZoneInfo
    nights: bool = False
    turns: int = -1

    def at(self, instant: datetime) -> int | None:
        shown = instant.astimezone(self.zone).replace(tzinfo=None)
        while shown >= self.next_wall:
            self.turns, self.next_wall = self.turns + 1, self.next_wall + self.turn
        if self.turns < 0 or (self.nights and not self._night(shown)):
            return None
        return self.people[self.turns % len(self.people)]

    @staticmethod
    def _night(shown: datetime) -> bool:
        late, early = shown.hour >= 22, shown.hour < 6
        return (late and shown.weekday() in {4, 5, 6}) or (early and shown.weekday() in {5, 6, 0})


def _walk(
    since: datetime, rotations: list[Walked], overrides: list[Any]
) -> Iterator[tuple[datetime, set[int]]]:
    """Who is on call in each quarter of two years; the walk begins where the rotations did."""
    at = datetime(2024, 1, 1, tzinfo=UTC)
    while at < since + timedelta(days=730):
        turns = {contact for each in rotations if (contact := each.at(at)) is not None}
        if at >= since:
            now = set(turns)
            there = [each for each in overrides if each[0] <= at < each[1]]
            for _, _, _, removed in there:
                now.discard(removed)
            for _, _, added, removed in there:
                if added and (removed is None or removed in turns):
                    now.add(added)
            yield at, now
        at += QUARTER


def _overrides(since: datetime, people: list[int]) -> list[tuple[datetime, datetime, int | None, int | None]]:
    """Fifty of all kinds, which overlap; they fall on all hours, and among them on changes of clocks."""
    made_: list[tuple[datetime, datetime, int | None, int | None]] = []
    for number in range(50):
        start = since + timedelta(days=1 + 14 * number, hours=(5 * number) % 24, minutes=15 * (number % 4))
        end = start + timedelta(hours=3 + 11 * (number % 19))
        added, removed = people[number % 6], people[(number * 5 + 1) % 6]
        if added == removed:
            removed = people[(number + 2) % 6]
        pair = ((added, removed), (added, None), (None, removed))[number % 3]
        made_.append((start, end, *pair))
    return made_


def test_two_years_of_shifts_with_overrides_and_changes_of_clocks(each_house: House) -> None:
    api = each_house.local
    people = contacts(api, *NAMES)
    there = schedule(
        api,
        rotation(people[:3], DAY, start="2024-01-02T02:30:00"),
        rotation(people[2:5], WEEK),
        rotation(people[4:], 2 * DAY, zone="America/New_York", start="2024-01-05T22:00:00", only=NIGHTS),
    )
    since = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    overrides = _overrides(since, people)
    _override(api, there["id"], overrides)
    berlin, new_york = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
    walked = [
        Walked(people[:3], timedelta(days=1), datetime(2024, 1, 2, 2, 30), berlin),  # noqa: DTZ001 - on the wall
        Walked(people[2:5], timedelta(days=7), datetime(2024, 1, 1, 9), berlin),  # noqa: DTZ001
        Walked(people[4:], timedelta(days=2), datetime(2024, 1, 5, 22), new_york, nights=True),  # noqa: DTZ001
    ]
    shifts = _shifts(api, there["id"], since)
    ends = {contact: datetime.min.replace(tzinfo=UTC) for contact in people}
    for start, end, contact in shifts:
        assert since <= start < end <= since + timedelta(days=730)
        assert start > ends[contact], "a shift goes on as long as its contact is on call"
        ends[contact] = end

    waiting, running = list(reversed(shifts)), list[tuple[datetime, datetime, int]]()
    for number, (at, expected) in enumerate(_walk(since, walked, overrides)):
        while waiting and waiting[-1][0] <= at:
            running.append(waiting.pop())
        running = [each for each in running if each[1] > at]
        assert {contact for _, _, contact in running} == expected, at
        if number % 701 == 0:
            with each_house.services.units.reading() as work:
                behind = reached(work, [f"schedule:{there['id']}"], at)
            assert set(behind.contact_ids) == expected
    assert len(shifts) > 800


def _override(api: Caller, schedule_id: int, overrides: list[Any]) -> None:
    for start, end, added, removed in overrides:
        body = {"start": start.isoformat(), "end": end.isoformat(), "added": added, "removed": removed}
        made(api.post(f"/oncall/schedules/{schedule_id}/overrides", body))


def _shifts(api: Caller, schedule_id: int, since: datetime) -> list[tuple[datetime, datetime, int]]:
    query = {"since": since.isoformat(), "until": (since + timedelta(days=730)).isoformat()}
    answer = api.get(f"/oncall/schedules/{schedule_id}/shifts", query_string=query)
    assert answer.status_code == 200, answer.text
    return [
        (datetime.fromisoformat(each["since"]), datetime.fromisoformat(each["until"]), each["contact"]["id"])
        for each in answer.json["items"]
    ]

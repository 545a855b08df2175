"""Previews of schedules that no task has yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.rig import Caller


def _items(api: Caller, query: str) -> list[str]:
    answer = api.get(f"/slots/preview?{query}")
    assert answer.status_code == 200, answer.text
    items: list[str] = answer.json["items"]
    return items


def test_a_cron_line_is_read_in_its_zone_and_over_its_clock_changes(local: Caller) -> None:
    cron = "cron=30 2 * * *&zone=Europe/Berlin&from=2027-03-27T12:00:00Z&count=2"

    assert _items(local, cron) == ["2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"]
    assert _items(local, cron + "&gap=skip") == ["2027-03-29T00:30:00Z", "2027-03-30T00:30:00Z"]


def test_a_repeated_hour_counts_once_or_twice(local: Caller) -> None:
    cron = "cron=30 2 * * *&zone=Europe/Berlin&from=2027-10-30T12:00:00Z&count=2"

    assert _items(local, cron) == ["2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"]
    assert _items(local, cron + "&overlap=both") == ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"]


def test_an_interval_beats_from_its_anchor(local: Caller) -> None:
    query = "every_s=1.5&anchor_at=2026-01-01T00:00:00Z&from=2026-01-01T00:00:00Z&count=2"

    assert _items(local, query) == ["2026-01-01T00:00:01.500000Z", "2026-01-01T00:00:03Z"]


def test_an_interval_without_an_anchor_beats_from_now(local: Caller) -> None:
    (first,) = _items(local, "every_s=3600&count=1")

    ahead = datetime.fromisoformat(first) - datetime.now(UTC)
    assert timedelta(minutes=59) < ahead <= timedelta(hours=1)


def test_one_instant_is_one_slot(local: Caller) -> None:
    assert _items(local, "at=2100-01-01T00:00:00Z") == ["2100-01-01T00:00:00Z"]
    assert _items(local, "at=2100-01-01T00:00:00Z&from=2100-01-01T00:00:00Z") == []


def test_twenty_are_told_unless_asked_otherwise(local: Caller) -> None:
    assert len(_items(local, "cron=* * * * *")) == 20
    assert len(_items(local, "cron=* * * * *&count=1000")) == 1_000


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", {"cron"}),
        ("cron=@daily&every_s=5", {"cron", "every_s"}),
        ("cron=nonsense&zone=Mars", {"cron", "zone"}),
        ("cron=@daily%00", {"cron"}),
        ("cron=0 0 30 2 *", {"cron"}),
        ("every_s=0.5", {"every_s"}),
        ("every_s=nan", {"every_s"}),
        ("every_s=1e999", {"every_s"}),
        ("every_s=5&anchor_at=1900-01-01T00:00:00Z", {"anchor_at"}),
        ("at=2027-01-01", {"at"}),
        ("cron=@daily&count=1001", {"count"}),
        ("cron=@daily&count=0", {"count"}),
        ("cron=@daily&from=now", {"from"}),
        ("cron=@daily&gap=jump", {"gap"}),
        ("boot=1", {"boot"}),
    ],
)
def test_a_schedule_that_can_not_be_meant_names_the_parameters(
    local: Caller, query: str, fields: set[str]
) -> None:
    answer = local.get(f"/slots/preview?{query}")

    assert (answer.status_code, set(answer.json["fields"])) == (400, fields)

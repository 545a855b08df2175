"""What these tests share: contacts, schedules and policies that are made over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.rig import Answer, Caller, Json

BERLIN = "Europe/Berlin"
DAY, WEEK = 86_400, 7 * 86_400
NIGHTS = {"days": ["fri", "sat", "sun"], "from": "22:00", "until": "06:00"}


def made(answer: Answer) -> Json:
    """What was made."""
    assert answer.status_code == 201, answer.text
    thing: Json = answer.json
    return thing


def contact(api: Caller, name: str) -> int:
    """A contact of that name."""
    return int(made(api.post("/contacts", {"name": name}))["id"])


def contacts(api: Caller, *names: str) -> list[int]:
    """Contacts of those names."""
    return [contact(api, name) for name in names]


def rotation(participants: Sequence[int], turn_s: int = WEEK, **more: Any) -> Json:
    """A rotation that began long ago, on a Monday at nine in Berlin."""
    usual = {"name": "", "turn_s": turn_s, "start": "2024-01-01T09:00:00", "zone": BERLIN}
    return {**usual, "participants": list(participants), **more}


def schedule(api: Caller, *rotations: Json, name: str = "Operations") -> Json:
    """A schedule with these rotations."""
    return made(api.post("/oncall/schedules", {"name": name, "zone": BERLIN, "rotations": [*rotations]}))


def policy(api: Caller, *targets: Sequence[str], name: str = "First", **more: Any) -> Json:
    """A policy with a step for each of these lists of targets."""
    steps = [{"targets": list(each), "after_s": 300 * index} for index, each in enumerate(targets)]
    return made(api.post("/escalation-policies", {"name": name, "steps": steps, **more}))


def etag(api: Caller, path: str) -> str:
    """The version of what stands at a path."""
    return api.get(path).headers["ETag"]


def entries(api: Caller) -> list[Json]:
    """The audit trail, the oldest entry first."""
    items: list[Json] = api.get("/audit?order=seq&limit=200").json["items"]
    return items


def on_call(api: Caller, schedule_id: int) -> list[str]:
    """The names of who is on call now."""
    standing = api.get(f"/oncall/schedules/{schedule_id}/now").json
    return [each["contact"]["name"] for each in standing["on_call"]]


def override(api: Caller, schedule_id: int, **given: Any) -> Json:
    """An override; `start` and `end` are in hours from now."""
    body = {**given, "end": _hours_from_now(given["end"])}
    if "start" in given:
        body["start"] = _hours_from_now(given["start"])
    return made(api.post(f"/oncall/schedules/{schedule_id}/overrides", body))


def _hours_from_now(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()

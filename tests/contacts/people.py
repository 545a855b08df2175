"""A contact with everything, and what of it is personal."""

from __future__ import annotations

from typing import Any

from tests.api.rig import Answer, Caller, Json

ADA: Json = {
    "name": "Ada Müller",
    "email": "Ada.Lovelace@Exämple.org",
    "phone": "+49 30 90182055",
    "notes": "Sleeps late; her key is under the third flowerpot.",
    "tags": ["Ops", "night"],
    "zone": "Europe/Berlin",
    "language": "de_ch",
    "quiet": {"from": "22:00", "until": "07:00", "days": ["fri", "mon"]},
    "channels": ["sms", "email"],
}


def add(caller: Caller, name: str = "Ada", **values: Any) -> Answer:
    """A contact, added."""
    answer = caller.post("/contacts", {"name": name, **values})
    assert answer.status_code == 201, answer.text
    return answer


def group(caller: Caller, name: str) -> int:
    """A group, added."""
    answer = caller.post("/groups", {"name": name})
    assert answer.status_code == 201, answer.text
    number: int = answer.json["id"]
    return number


def names(answer: Answer) -> list[str]:
    """The names in a list."""
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json["items"]]


def entries(caller: Caller, *, action: str | None = None) -> list[Json]:
    """The audit trail, oldest first."""
    query = "" if action is None else f"&action={action}"
    items: list[Json] = caller.get(f"/audit?order=seq&limit=200{query}").json["items"]
    return items

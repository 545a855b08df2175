"""Tasks that are measured, made through the API as an importer makes them: many in one request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from bench.server import Server

AT_ONCE = 200


def add_tasks(server: Server, tasks: Iterable[Mapping[str, Any]]) -> None:
    """Make these tasks."""
    left = iter(tasks)
    while part := list(islice(left, AT_ONCE)):
        imported = [{**each, "source": _source(each["name"])} for each in part]
        server.post("/tasks/import", {"tasks": imported, "plan": False, "paused": False})


def hourly_tasks(count: int) -> Iterable[Mapping[str, Any]]:
    """Tasks as a machine has them, none of which is due soon."""
    for number in range(count):
        yield {
            "name": f"nightly-{number}",
            "description": "Copies what has changed since yesterday.",
            "schedule": {"kind": "cron", "cron": f"{number % 60} {number % 24} 29 2 *"},
            "command": ["/usr/bin/env", "backup", "--target", f"/srv/backup/{number}"],
            "env": {"LANG": "C.UTF-8"},
        }


def runs(server: Server, query: str) -> list[dict[str, Any]]:
    """All runs that fit, newest first."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = server.get(f"/runs?limit=200&{query}{cursor}")
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def instant(text: str) -> datetime:
    """What the API calls an instant."""
    return datetime.fromisoformat(text)


def _source(name: str) -> dict[str, Any]:
    return {"path": "bench", "user": "", "line": name, "ordinal": 1, "text": name}

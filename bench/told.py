"""From the end of a failed run to its mail at a real mail server: what who is on call waits for."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.databases import database
from bench.figures import Figure, Report, quantile
from bench.scale import Scale
from bench.server import Server, data_folder, running
from tests.services.smtp import Sink, smtp_sink

EVERY_S = 0.25
WAIT_S_MAX = 60.0
# Each mail goes alone: what is measured is the way, and not what a digest gathers.
LIMITS = {"alone_max": 1_000, "kept_for_pages": 0}


def measure(scale: Scale) -> Iterator[Report]:
    """One report for each database."""
    for kind in scale.databases:
        with (
            tempfile.TemporaryDirectory() as folder,
            smtp_sink(Path(folder)) as sink,
            data_folder() as home,
            database(kind) as url,
            running(
                home,
                database_url=url,
                AUTOM8_EGRESS_ALLOW="127.0.0.1/32",
                AUTOM8_EGRESS_PORTS="1-65535",
            ) as server,
        ):
            yield _watch(server, sink, kind, scale)


def _watch(server: Server, sink: Sink, kind: str, scale: Scale) -> Report:
    _prepare(server, sink)
    for number in range(scale.told_runs):
        task = server.post("/tasks", {"name": f"job-{number}", "command": ["false"]})
        server.post(f"/tasks/{task['id']}/run", {})
        time.sleep(EVERY_S)
    until = time.monotonic() + WAIT_S_MAX
    while len(sink.mails()) < scale.told_runs and time.monotonic() < until:
        time.sleep(0.1)
    ended = {each["task"]: each["ended_at"] for each in _runs(server)}
    waits = [
        (each["at"] - datetime.fromisoformat(ended[_task_of(each)]).timestamp()) * 1000
        for each in sink.mails()
    ]
    return Report(
        name="told",
        what="from the end of a failed run to its mail at the mail server",
        database=kind,
        figures=[
            Figure(name="p50", value=quantile(waits, 0.5), unit="ms", at_most=1_000),
            Figure(name="p99", value=quantile(waits, 0.99), unit="ms", at_most=5_000),
            Figure(name="longest", value=max(waits), unit="ms"),
            Figure(name="mails that did not come", value=scale.told_runs - len(waits), unit="", at_most=0),
        ],
    )


def _prepare(server: Server, sink: Sink) -> None:
    ada = server.post("/contacts", {"name": "Ada", "email": "ada@example.org"})
    fields = {"host": "127.0.0.1", "port": sink.port, "security": "plain", "sender": "a@example.org"}
    channel = {"name": "Mail", "kind": "email", "fields": fields, "limits": LIMITS}
    server.post("/channels", channel)
    steps = [{"targets": [f"contact:{ada['id']}"]}]
    server.post("/escalation-policies", {"name": "Ops", "steps": steps, "is_default": True})


def _runs(server: Server) -> list[Any]:
    found: list[Any] = []
    cursor = ""
    while True:
        page = server.get(f"/runs?limit=200{cursor}")
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


def _task_of(mail: Any) -> str:
    return str(mail["headers"]["Subject"]).split(": ")[1]

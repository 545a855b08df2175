"""What a server told at a real SMTP sink and a real webhook, counted against what it should have told."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.faults.server import Server, wait_until
from tests.services.receiver import Receiver
from tests.services.smtp import Sink, smtp_sink

OUT = {"AUTOM8_EGRESS_ALLOW": "127.0.0.1/32", "AUTOM8_EGRESS_PORTS": "1-65535"}


def ways(ordinary: set[tuple[str, str]], *, briefly_s: float) -> list[Any]:
    """Parameters `ground`, `severity`, `for_s`: these pairs briefly; all, and for a minute, with `full`."""
    return [
        pytest.param(
            dialect,
            severity,
            for_s,
            id=f"{dialect}-{severity}-{name}",
            marks=() if name == "briefly" and (dialect, severity) in ordinary else pytest.mark.full,
        )
        for dialect, severity in itertools.product(["sqlite", "postgresql"], ["warning", "critical"])
        for name, for_s in (("briefly", briefly_s), ("long", 60.0))
    ]


@dataclass(slots=True)
class Told:
    """A sink, the servers that tell, and the tasks whose runs fail."""

    sink: Sink | Receiver
    servers: list[Server]
    tasks: dict[str, int] = field(default_factory=dict)

    @property
    def any(self) -> Server:
        """A server that answers now."""
        for server in self.servers:
            with contextlib.suppress(OSError, AssertionError, ValueError):
                server.request("GET", "/incidents/counts")
                return server
        return self.servers[0]

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Ask whoever answers, until somebody does."""
        answer: list[Any] = []

        def asked() -> bool:
            with contextlib.suppress(OSError, ValueError, KeyError):
                answer.append(self.any.insist(method, path, body))
                return True
            return False

        wait_until(asked, within_s=40, what=f"an answer to {method} {path}")
        return answer[-1]

    def prepare(self, *, severity: str = "warning", usual: bool = False) -> None:
        """Ada is told of all by mail, without a limit that tests run into, or within the `usual` one."""
        ada = self.ask("POST", "/contacts", {"name": "Ada", "email": "ada@example.org"})
        fields = {"host": "127.0.0.1", "port": self.sink.port, "security": "plain", "sender": "a@example.org"}
        limits = {} if usual else {"alone_max": 1_000, "kept_for_pages": 0}
        self.ask("POST", "/channels", {"name": "Mail", "kind": "email", "fields": fields, "limits": limits})
        policy = {"name": "Ops", "steps": [{"targets": [f"contact:{ada['id']}"]}], "is_default": True}
        self.ask("POST", "/escalation-policies", policy)
        self._set_severity(severity)

    def prepare_hook(self, *, severity: str) -> None:
        """A room is told of all by a webhook."""
        limits = {"alone_max": 1_000, "kept_for_pages": 0}
        made = {"name": "Hook", "kind": "webhook", "fields": {"url": self.hook.url}, "limits": limits}
        channel = self.ask("POST", "/channels", made)
        policy = {"name": "Ops", "steps": [{"targets": [f"channel:{channel['id']}"]}], "is_default": True}
        self.ask("POST", "/escalation-policies", policy)
        self._set_severity(severity)

    @property
    def hook(self) -> Receiver:
        """The sink, where it is a receiver of webhooks."""
        assert isinstance(self.sink, Receiver)
        return self.sink

    def _set_severity(self, severity: str) -> None:
        for rule in ("failed", "lost"):
            said = {"kind": "task", "rule": rule, "scope": "all", "changes": {"severity": severity}}
            self.ask("POST", "/rules", said)

    def fail(self, name: str) -> None:
        """Have a new task fail once."""
        task = self.ask("POST", "/tasks", {"name": name, "command": ["false"]})
        self.tasks[name] = task["id"]
        self.ask("POST", f"/tasks/{task['id']}/run", {})

    @property
    def mails(self) -> Sink:
        """The sink, where it is a mail server."""
        assert isinstance(self.sink, Sink)
        return self.sink

    def incidents(self) -> list[Any]:
        """All incidents, whatever their number."""
        found: list[Any] = []
        cursor = ""
        while True:
            page = self.ask("GET", f"/incidents?order=id&limit=200{cursor}")
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = f"&cursor={page['next']}"

    def mailed(self) -> Counter[str]:
        """How often each subject was taken; a repetition under one Message-ID counts once more, too."""
        return Counter(self.mails.subjects())

    def keys(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(each["headers"]["Message-ID"] for each in self.mails.mails())

    def rest(self) -> str:
        """What is said of those that may not have arrived."""
        dead = len(self.ask("GET", "/messages?state=dead&limit=200")["items"])
        return f"{dead} dead letters say that nobody knows whether they arrived" if dead else "no dead letter"

    def unfinished(self) -> int:
        """How many messages are neither sent nor dead."""
        return len(self.ask("GET", "/messages?state=ready,sending&limit=200")["items"])


@contextmanager
def told_by(
    tmp_path: Path,
    servers: list[Server],
    *,
    by: Callable[[Path], AbstractContextManager[Sink | Receiver]] = smtp_sink,
) -> Iterator[Told]:
    """Servers that are started, and a sink."""
    with by(tmp_path / "sink") as sink:
        try:
            for each in servers:
                each.start()
            yield Told(sink, servers)
        finally:
            for each in servers:
                with contextlib.suppress(Exception):
                    each.kill_all()

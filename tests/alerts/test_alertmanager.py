"""A real Prometheus uses a real server as its Alertmanager, and the real amtool asks it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from autom8.alerts.pushed.service import fingerprint_of
from autom8.kernel.vocabulary import Role
from tests.api.rig import House, opened
from tests.faults.server import Server, wait_until
from tests.services.prometheus import amtool, prometheus

RULES = """
groups:
  - name: test
    rules:
      - alert: DiskFull
        expr: vector(1) > 0
        labels: {severity: critical, instance: db1}
        annotations: {summary: "the disk of db1 is full"}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "home")
    try:
        yield made.start()
    finally:
        made.kill_all()


@pytest.fixture
def key(server: Server) -> str:
    """An API key of an operator, as a program shows it."""
    robot = {"name": "robot", "password": "a long and unlikely password"}
    server.ask("POST", "/users", {**robot, "role": "operator"})
    login = server.ask("POST", "/auth/login", robot)
    scopes = ["alerts:read", "alerts:write", "alerts:push"]
    made = server.ask(
        "POST",
        "/auth/keys",
        {"name": "prometheus", "scopes": scopes},
        Authorization=f"Bearer {login['access_token']}",
    )
    return str(made["key"])


@pytest.fixture
def below_a_path(tmp_path: Path) -> Iterator[tuple[House, str]]:
    """A house of which something in front serves all below /autom8, and takes that off; and its address."""
    with opened(tmp_path / "home") as house:
        application = house.client.application
        server = make_server("127.0.0.1", 0, DispatcherMiddleware(NotFound(), {"/autom8": application}))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield house, f"127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()
        server.server_close()


def test_both_reach_it_below_a_path_as_the_docs_say(below_a_path: tuple[House, str], tmp_path: Path) -> None:
    house, address = below_a_path
    scopes = {"name": "prometheus", "scopes": ["alerts:read", "alerts:write", "alerts:push"]}
    key = house.user(Role.OPERATOR).post("/auth/keys", scopes).json["key"]
    url = f"http://{address}/autom8"

    with prometheus(tmp_path / "prom", rules=RULES, target=address, key=key, prefix="/autom8"):
        wait_until(
            lambda: amtool(url, key, tmp_path, "alert", "query", "-o", "json"),
            within_s=30,
            what="an alert that Prometheus pushed",
        )
    said = ("-d", "1h", "-a", "ada", "-c", "new disk comes")
    silence_id = amtool(f"{url}/", key, tmp_path, "silence", "add", "alertname=DiskFull", *said)
    assert house.local.get("/silences").json["items"][0]["key"] == silence_id


def test_amtool_does_all_that_it_can(server: Server, key: str, tmp_path: Path) -> None:
    def tool(*words: str) -> Any:
        return amtool(server.url, key, tmp_path, *words)

    tool(
        "alert",
        "add",
        "DiskFull",
        "instance=db1",
        "--annotation=summary=no room",
        "--end=2099-01-01T00:00:00Z",
    )
    tool("alert", "add", "alertname=Slow", "instance=db2")
    found = {each["labels"]["alertname"]: each for each in tool("alert", "query", "-o", "json")}
    assert found["DiskFull"]["annotations"] == {"summary": "no room"}
    assert found["DiskFull"]["endsAt"] == "2099-01-01T00:00:00.000Z"
    (slow,) = tool("alert", "query", "-o", "json", "instance=~db[2-9]", "alertname!=DiskFull")
    assert slow["labels"]["instance"] == "db2"
    said = ("-a", "ada", "-c", "why")
    first = tool("silence", "add", "DiskFull", "instance=~db.*", "-d", "1h", *said)
    later = tool(
        "silence",
        "add",
        "alertname=Slow",
        "-d",
        "2h",
        "--start",
        "2098-01-01T00:00:00Z",
        "--end",
        "2098-01-02T00:00:00Z",
        *said,
    )
    assert [each["id"] for each in tool("silence", "query", "-o", "json")] == [first, later]
    assert [each["id"] for each in tool("silence", "query", "-o", "json", "alertname=Slow")] == [later]
    (alert,) = tool("alert", "query", "-o", "json", "--silenced")
    assert (alert["status"]["state"], alert["status"]["silencedBy"]) == ("suppressed", [first])
    tool("silence", "update", "-d", "9h", "-c", "longer", first)
    (silence,) = [each for each in tool("silence", "query", "-o", "json") if each["id"] == first]
    assert (silence["comment"], silence["createdBy"]) == ("longer", "ada")
    tool("silence", "expire", first, later)
    assert tool("silence", "query", "-o", "json") == []
    assert len(tool("silence", "query", "-o", "json", "--expired")) == 2
    (tmp_path / "again.json").write_text(json.dumps([silence]))
    assert tool("silence", "import", "--force", str(tmp_path / "again.json"))
    with pytest.raises(AssertionError, match=r"no regular expression|error parsing regexp"):
        tool("silence", "add", "a=b", "alertname=~(", "-d", "1h", *said)
    with pytest.raises(AssertionError, match="must ask for something"):
        tool("silence", "add", "alertname=~.*", "-d", "1h", *said)
    with_password = server.url.replace("http://", f"http://anybody:{key}@")
    assert len(amtool(with_password, None, tmp_path, "alert", "query", "-o", "json")) >= 1


def test_prometheus_fires_and_amtool_lists_silences_and_expires(
    server: Server, key: str, tmp_path: Path
) -> None:
    def tool(*words: str) -> Any:
        return amtool(server.url, key, tmp_path, *words)

    def incidents() -> Any:
        return server.ask("GET", "/incidents?kind=pushed")["items"]

    with prometheus(tmp_path / "prom", rules=RULES, target=server.url.removeprefix("http://"), key=key):
        wait_until(incidents, within_s=30, what="an incident of what Prometheus pushed")
        (incident,) = incidents()
        assert (incident["title"], incident["severity"]) == ("DiskFull (db1)", "critical")
        (alert,) = tool("alert", "query", "-o", "json")
        assert alert["labels"]["alertname"] == "DiskFull"
        assert alert["fingerprint"] == fingerprint_of(alert["labels"])
        assert alert["status"]["state"] == "active"
        said = ("-d", "1h", "-a", "ada", "-c", "new disk comes")
        silence_id = tool("silence", "add", "alertname=DiskFull", *said)
        (alert,) = tool("alert", "query", "-o", "json", "--silenced")
        assert alert["status"]["silencedBy"] == [silence_id]
        (silence,) = tool("silence", "query", "-o", "json")
        assert (silence["createdBy"], silence["comment"]) == ("ada", "new disk comes")
        assert server.ask("GET", "/silences")["items"][0]["key"] == silence_id
        tool("silence", "expire", silence_id)
        assert tool("silence", "query", "-o", "json") == []
        (alert,) = tool("alert", "query", "-o", "json")
        assert alert["status"]["state"] == "active"
        assert "Autom8" in tool("config", "show")
    story = [each["kind"] for each in server.ask("GET", f"/incidents/{incident['id']}/story")["items"]]
    assert {"opened", "held_back", "let_go"} <= set(story)

"""The dependency audit asks a real service over HTTP, here one of our own, and takes no silence for health.

pip-audit and npm are the real ones; only the far side is ours.
"""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from devtools import audit
from devtools.audit import NPM_BAIT, PYTHON_BAIT, Finding, NoData
from devtools.console import NOT_DONE, ROOT

OSV_BAIT = {
    "id": "PYSEC-2018-9",
    "summary": "known for years",
    "affected": [{"package": {"name": "django", "ecosystem": "PyPI"}, "ranges": []}],
}
NPM_ADVISORY = {"id": 1, "title": "known", "severity": "high", "cwe": [], "cvss": {"score": 9.1}}


@dataclass
class Service:
    """What a vulnerability service knows, by package; `status` is how it answers all the same."""

    known: dict[str, list[dict[str, Any]]]
    status: int = 200
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, body: bytes) -> object:
        if path.endswith("/advisories/bulk"):
            self.asked = sorted(json.loads(zlib.decompress(body, 47)))
            return {name: self.known[name] for name in self.asked if name in self.known}
        name = json.loads(body)["package"]["name"]
        self.asked.append(name)
        return {"vulns": self.known[name]} if name in self.known else {}


@contextmanager
def serving(known: dict[str, list[dict[str, Any]]], *, status: int = 200) -> Iterator[Service]:
    service = Service(known, status)

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._send(service.status, json.dumps(service.answer(self.path, body)).encode())

        def do_GET(self) -> None:
            self._send(404, b"{}")

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def locks(tmp_path: Path) -> list[Path]:
    """A lock with a package for another platform in it."""
    lock = tmp_path / "run.txt"
    lock.write_text("flask==3.1.2 \\\n    --hash=sha256:00\ncolorama==0.4.6 ; sys_platform == 'win32' \\\n")
    return [lock]


def ask_python(service: Service, locks: list[Path], monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    monkeypatch.setenv("AUTOM8_AUDIT_URL", f"{service.url}/v1/query")
    return audit.audit_python(locks=locks)


def test_packages_of_which_nothing_is_known_are_clean(
    locks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving({"django": [OSV_BAIT]}) as service:
        assert ask_python(service, locks, monkeypatch) == []
    assert sorted(service.asked) == ["colorama", "django", "flask"]


def test_a_vulnerable_package_is_named_with_what_mends_it(
    locks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "0.4.7"}]}]
    hole = {
        "id": "PYSEC-2026-1",
        "aliases": ["CVE-2026-1"],
        "summary": "a hole",
        "affected": [{"package": {"name": "colorama", "ecosystem": "PyPI"}, "ranges": ranges}],
    }
    with serving({"django": [OSV_BAIT], "colorama": [hole]}) as service:
        (found,) = ask_python(service, locks, monkeypatch)

    assert found.package == "colorama 0.4.6"
    assert {"PYSEC-2026-1", "CVE-2026-1"} <= found.names
    assert "0.4.7" in found.advice


def test_a_service_that_is_not_there_gave_no_data(locks: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({}) as service:
        pass  # it is gone now
    with pytest.raises(NoData, match="connection refused"):
        ask_python(service, locks, monkeypatch)


@pytest.mark.parametrize("status", [403, 404, 503])
def test_a_service_that_refuses_gave_no_data(
    locks: list[Path], monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    with serving({"django": [OSV_BAIT]}, status=status) as service, pytest.raises(NoData):
        ask_python(service, locks, monkeypatch)


def test_a_service_that_knows_nothing_at_all_gave_no_data(
    locks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving({}) as service, pytest.raises(NoData, match="does not know the vulnerabilities of django"):
        ask_python(service, locks, monkeypatch)


def test_a_service_that_does_not_answer_in_time_gave_no_data(
    locks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "TIME_MAX_S", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        service = Service({}, url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(NoData, match="no answer within 2 s"):
            ask_python(service, locks, monkeypatch)


def test_an_answer_that_leaves_a_package_out_is_no_answer(
    locks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As pip-audit answers without --strict when it could not find out about one of them."""

    def answer(argv: list[str], *, cwd: Path) -> subprocess.CompletedProcess[str]:
        known = [{"name": "django", "version": "2.0", "vulns": [{"id": "A", "fix_versions": []}]}]
        skipped = [{"name": "flask", "skip_reason": "could not be audited"}]
        (cwd / "told.json").write_text(json.dumps({"dependencies": [*known, *skipped]}))
        return subprocess.CompletedProcess(argv, 0, "", "")

    monkeypatch.setattr(audit, "_run", answer)
    with pytest.raises(NoData, match="says nothing of colorama, flask"):
        audit.audit_python(locks=locks)


def test_npm_asks_its_registry_for_all_that_the_page_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    name, version = NPM_BAIT
    known = {
        **NPM_ADVISORY,
        "url": "https://advisories.example/GHSA-old",
        "vulnerable_versions": f"<={version}",
    }
    with serving({name: [known]}) as service:
        monkeypatch.setenv("npm_config_registry", service.url)
        assert audit.audit_npm() == []
        assert {"preact", "vite", name} <= set(service.asked)

        hole = {**NPM_ADVISORY, "url": "https://advisories.example/GHSA-new", "vulnerable_versions": "*"}
        service.known["preact"] = [hole]
        (found,) = audit.audit_npm()
        assert found.package.startswith("preact ")
        assert found.names == {"GHSA-new"}


def test_a_registry_that_takes_no_questions_or_knows_nothing_gave_no_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving({}, status=405) as service:
        monkeypatch.setenv("npm_config_registry", service.url)
        with pytest.raises(NoData, match="405"):
            audit.audit_npm()
        service.status = 200
        with pytest.raises(NoData, match="does not know"):
            audit.audit_npm()
    with pytest.raises(NoData):  # it is gone now
        audit.audit_npm()


def test_the_three_ends_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hole = Finding("flask 3.1.2", frozenset({"PYSEC-2026-1"}), "; mended in 3.1.3")

    def no_data() -> list[Finding]:
        raise NoData("name not found")

    monkeypatch.setattr(audit, "audit_python", list[Finding])
    assert audit.main(["python"]) == 0
    monkeypatch.setattr(audit, "audit_python", lambda: [hole])
    assert audit.main(["python"]) == 1
    assert "flask 3.1.2: PYSEC-2026-1; mended in 3.1.3" in capsys.readouterr().err
    monkeypatch.setattr(audit, "audit_python", no_data)
    assert audit.main(["python"]) == NOT_DONE
    told = capsys.readouterr().err
    assert "dependency audit (python): NOT DONE, its data can't be reached (name not found)" in told


def test_a_vulnerability_is_accepted_by_any_of_its_names_and_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hole = Finding("flask 3.1.2", frozenset({"PYSEC-2026-1", "CVE-2026-1"}))
    monkeypatch.setattr(audit, "audit_python", lambda: [hole])
    monkeypatch.setattr(audit, "accepted", lambda: {"CVE-2026-1": "only on Windows"})

    assert audit.main(["python"]) == 0
    assert "accepted: only on Windows" in capsys.readouterr().err
    assert all(len(reason) > 10 for reason in audit.accepted().values())


def test_what_is_audited_is_all_that_is_pinned() -> None:
    audited = {name for each in audit.PYTHON_LOCKS for name in _pinned(each)}
    assert all(set(_pinned(path.stem)) <= audited for path in (ROOT / "requirements").glob("*.txt"))
    assert PYTHON_BAIT[0] not in audited


def _pinned(lock: str) -> list[str]:
    text = (ROOT / f"requirements/{lock}.txt").read_text()
    return [f"{found['name']}=={found['version']}" for found in audit._PINNED.finditer(text)]

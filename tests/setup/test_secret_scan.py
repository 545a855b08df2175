"""A key that somebody commits is found, whatever stands beside it. Those here are put together as it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools import secret_scan
from devtools.secret_scan import Exemption, Finding

RSA = "RSA PRIVATE KEY"
PLANTED = {
    "AWS Access Key": "key = '" + "AKIA" + "QYLPMN5HHHFPZAM2'",
    "Private Key": f"-----BEGIN {RSA}-----",
    "GitHub Token": "token: " + "ghp_" + "wWPw5k4aXcaT4fNP0U" + "cnZwJUVFk6LO0pINUx",
    "JSON Web Token": ".".join(("eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiJhZGEifQ", "x" * 20 + "QZ3kLm9v7Ts1Uw")),
    "Basic Auth Credentials": "postgresql://autom8:" + "hXq7wVn2" + "@db.example/autom8",
    "Secret Keyword": "password" + " = 'hXq7wVn2kPz5'",
    "Base64 High Entropy String": "blob = '" + "c3VyZWx5IG5vdCBh" + "IHJlYWwga2V5IQzQ" + "9xK2mW7vTq5'",
    "Autom8 Token": "curl -H 'Authorization: Bearer " + "a8_live_" + "7Zr0pQeTn2LkVw8XbYcD5fGh_1a2b3c'",
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_key_is_found(tmp_path: Path, kind: str) -> None:
    # what detect-secrets takes for "look away" is none here
    (tmp_path / "notes.md").write_text(f"# Notes\n\n{PLANTED[kind]}  # pragma: allowlist secret\n")

    found = secret_scan.scan(["notes.md"], root=tmp_path)

    assert kind in {each.kind for each in found if each.number == 3}


def test_plain_prose_holds_no_secret(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(
        "Set AUTOM8_SECRET_KEY to 32 random bytes.\npassword = os.environ['X']\n"
    )
    assert secret_scan.scan(["notes.md"], root=tmp_path) == []


def test_a_planted_key_fails_the_check_and_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.py").write_text(PLANTED["AWS Access Key"])
    monkeypatch.setattr(secret_scan, "scan", lambda paths: _scan(tmp_path, paths))

    assert secret_scan.main(["settings.py"]) == 1

    told = capsys.readouterr().err
    assert "settings.py:1: AWS Access Key" in told
    assert "AKIA" not in told


def test_what_was_clean_is_not_read_again_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned: list[str] = []

    def note(paths: list[str]) -> list[Finding]:
        scanned.extend(paths)
        return _scan(tmp_path, paths)

    monkeypatch.setattr(secret_scan, "ROOT", tmp_path)
    monkeypatch.setattr(secret_scan, "MEMORY", tmp_path / ".dev/memory.json")
    monkeypatch.setattr(secret_scan, "exemptions", list[Exemption])
    monkeypatch.setattr(secret_scan, "committed", lambda: ["clean.md", "guilty.md"])
    monkeypatch.setattr(secret_scan, "scan", note)
    (tmp_path / "clean.md").write_text("Nothing here.\n")
    (tmp_path / "guilty.md").write_text(PLANTED["AWS Access Key"])

    assert [secret_scan.main([]) for _ in range(2)] == [1, 1]
    assert scanned == ["clean.md", "guilty.md", "guilty.md"]  # what is found is found each time

    (tmp_path / "clean.md").write_text(PLANTED["Private Key"])
    (tmp_path / "guilty.md").write_text("Nothing here.\n")
    assert [secret_scan.main([]) for _ in range(2)] == [1, 1]


def test_an_exemption_that_fits_nothing_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    idle = Exemption(path="src/gone.py", kind="Secret Keyword", text="", reason="was there once")
    monkeypatch.setattr(secret_scan, "exemptions", lambda: [idle])
    monkeypatch.setattr(secret_scan, "committed", list[str])
    monkeypatch.setattr(secret_scan, "MEMORY", tmp_path / "memory.json")

    assert secret_scan.main([]) == 1
    assert "nothing is exempted by src/gone.py" in capsys.readouterr().err


def test_an_exemption_is_for_its_file_its_kind_and_its_text() -> None:
    entry = Exemption(path="tests/*", kind="Secret Keyword", text="hunter2", reason="a test's")
    fitting = Finding("tests/test_a.py", 1, "Secret Keyword", "password = 'hunter2'")
    assert entry.fits(fitting)
    for path, kind, line in (
        ("src/a.py", fitting.kind, fitting.line),
        (fitting.path, "AWS Access Key", fitting.line),
        (fitting.path, fitting.kind, "password = 'hunter3'"),
    ):
        assert not entry.fits(Finding(path, 1, kind, line))


def test_every_exemption_says_why() -> None:
    assert all(len(entry.reason) > 10 for entry in secret_scan.exemptions())


def _scan(root: Path, paths: list[str]) -> list[Finding]:
    return _REAL_SCAN(paths, root=root)


_REAL_SCAN = secret_scan.scan

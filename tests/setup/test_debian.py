"""What apt installs for the tests starts no service, and what it can't install stops no test run."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools import debian
from devtools.console import Failure


@pytest.fixture
def as_root_on_debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The policy file's place; every program is missing."""
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(debian, "POLICY", policy)
    monkeypatch.setattr(debian, "_is_there", lambda _: False)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda program: f"/usr/bin/{program}")
    return policy


def test_services_are_forbidden_to_start_for_the_time_of_the_installation(
    as_root_on_debian: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, str, int]] = []

    def watched(argv: list[str], *, doing: str, env: dict[str, str]) -> str:
        seen.append((argv[-1], as_root_on_debian.read_text(), as_root_on_debian.stat().st_mode & 0o777))
        return ""

    monkeypatch.setattr(debian, "step", watched)
    debian.ensure_test_programs()

    assert seen == [("update", debian.POLICY_TEXT, 0o755), ("zsh", debian.POLICY_TEXT, 0o755)]
    assert not as_root_on_debian.exists()


def test_a_failure_is_said_and_leaves_no_policy_behind(
    as_root_on_debian: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(argv: list[str], *, doing: str, env: dict[str, str]) -> str:
        raise Failure("could not reach the mirror")

    monkeypatch.setattr(debian, "step", failing)
    debian.ensure_test_programs()

    exporters = "prometheus, prometheus-alertmanager, prometheus-node-exporter"
    missing = f"chromium, cron, faketime, fish, {exporters}, systemd, zsh"
    assert f"{missing} will skip: could not reach the mirror" in capsys.readouterr().err
    assert not as_root_on_debian.exists()


def test_a_policy_of_the_machine_is_left_alone(
    as_root_on_debian: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_root_on_debian.write_text("#!/bin/sh\nexit 104\n")
    monkeypatch.setattr(debian, "step", lambda *_, **__: "")
    debian.ensure_test_programs()
    assert as_root_on_debian.read_text() == "#!/bin/sh\nexit 104\n"


def test_an_ordinary_user_is_told_what_will_skip(
    as_root_on_debian: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    debian.ensure_test_programs()
    assert "only root on Debian" in capsys.readouterr().err

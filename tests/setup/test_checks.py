"""./dev check counts apart what passed, what failed and what could not be done."""

from __future__ import annotations

import sys

import pytest

from devtools import checks
from devtools.console import NOT_DONE, Failure


def ending(code: int) -> list[str]:
    return [sys.executable, "-c", f"raise SystemExit({code})"]


def test_what_passes_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    checks.run_all({"lint": ending(0), "audit-python": ending(0)})
    assert capsys.readouterr().err.splitlines()[-1].endswith("all 2 checks pass")


def test_an_audit_without_its_data_is_not_done_and_fails_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    checks.run_all({"lint": ending(0), "audit-python": ending(NOT_DONE), "audit-npm": ending(0)})

    told = capsys.readouterr().err
    assert "audit-python: NOT DONE" in told
    assert told.splitlines()[-1].endswith("2 of 3 checks pass; NOT DONE: audit-python (data out of reach)")


def test_where_the_audit_is_required_its_absence_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOM8_REQUIRE_AUDIT", "1")
    with pytest.raises(Failure, match=r"NOT DONE: audit-npm .*AUTOM8_REQUIRE_AUDIT=1 asks for it"):
        checks.run_all({"lint": ending(0), "audit-npm": ending(NOT_DONE)})


def test_a_vulnerable_package_is_a_failure_whatever_else_was_not_done() -> None:
    with pytest.raises(Failure, match=r"^failed: audit-python; NOT DONE: audit-npm"):
        checks.run_all({"audit-python": ending(1), "audit-npm": ending(NOT_DONE)})


def test_only_an_audit_may_be_not_done() -> None:
    with pytest.raises(Failure, match=r"^failed: lint$"):
        checks.run_all({"lint": ending(NOT_DONE), "audit-python": ending(0)})

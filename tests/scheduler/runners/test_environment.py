"""A command sees a clean environment: nothing of the worker's but a short list, and who it is."""

from __future__ import annotations

import os
import pwd

import pytest

from autom8.scheduler.runners.marks import worker_name
from tests.scheduler.runners.rig import Rig


def environment(rig: Rig, **wanted: object) -> dict[str, str]:
    lines = rig.run("env", "-0", **wanted).stdout.decode().split("\0")
    return dict(line.split("=", 1) for line in lines if line)


def test_nothing_of_the_worker_passes_but_path_language_and_zone(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "SECRET",
        "AUTOM8_DATABASE_URL",
        "AUTOM8_KEYRING",
        "PYTHONPATH",
        "LD_LIBRARY_PATH",
        "LC_all",
    ):
        monkeypatch.setenv(name, "leaked")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("LC_TIME", "C")
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_CTYPE", raising=False)
    monkeypatch.delenv("LANGUAGE", raising=False)

    seen = environment(rig, run_id=12, attempt=3, cwd="/")

    us = pwd.getpwuid(os.geteuid())
    assert seen == {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "LC_TIME": "C",
        "TZ": "Asia/Kathmandu",
        "HOME": us.pw_dir,
        "USER": us.pw_name,
        "LOGNAME": us.pw_name,
        "SHELL": us.pw_shell,
        "PWD": "/",
        "AUTOM8_RUN_ID": "12",
        "AUTOM8_ATTEMPT": "3",
        "AUTOM8_WORKER": worker_name(rig.owner),
    }


def test_a_worker_without_a_path_gives_the_usual_one(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PATH")

    assert environment(rig)["PATH"] == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def test_what_a_task_wants_wins_but_not_over_who_the_run_is(rig: Rig) -> None:
    wanted = {"LANG": "de_DE", "HOME": "/tmp", "AUTOM8_TASK": "backup", "AUTOM8_RUN_ID": "999", "EMPTY": ""}

    seen = environment(rig, env=wanted, run_id=5)

    assert {name: seen[name] for name in wanted} == {**wanted, "AUTOM8_RUN_ID": "5"}
    assert "AUTOM8_GATE" not in seen


def test_values_arrive_as_they_are(rig: Rig) -> None:
    odd = {"A": "two\nlines", "B": "$HOME `id`", "C": "ü \udcff", "IFS_": " "}

    seen = rig.run("env", "-0", env=odd).stdout.split(b"\0")

    assert all(os.fsencode(f"{name}={value}") in seen for name, value in odd.items())


def test_an_account_that_the_machine_does_not_know_by_name_can_still_run_commands(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.setenv("HOME", "/var")

    seen = environment(rig)

    assert (seen["HOME"], seen["USER"], seen["SHELL"]) == ("/var", str(os.geteuid()), "/bin/sh")

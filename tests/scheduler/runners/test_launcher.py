"""The launcher works in whatever shell is /bin/sh here or elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autom8.scheduler.runners import gate
from autom8.scheduler.runners.marks import Mark, limit_of
from tests.scheduler.runners.rig import Rig, finish, until

SHELLS = [path for path in ("/bin/sh", "/bin/dash", "/bin/bash", "/bin/busybox") if Path(path).exists()]


@pytest.fixture(params=SHELLS, autouse=True)
def shell(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each shell that this machine has, in the place of /bin/sh."""
    sh = tmp_path / "sh"  # bash and busybox behave by the name they are called by
    sh.symlink_to(request.param)
    monkeypatch.setattr(gate, "_SHELL", str(sh))


def test_a_child_carries_the_limit_that_marks_it(rig: Rig, owner: str) -> None:
    child = rig.start("true", run_id=3, attempt=2)

    until(lambda: limit_of(child.identity.pid) == Mark(owner, 3, 2).limit())


def test_a_program_whose_name_begins_with_a_dash_is_no_option_of_the_launcher(
    rig: Rig, tmp_path: Path
) -> None:
    program = tmp_path / "-c"
    program.write_text("#!/bin/sh\necho ran $1\n")
    program.chmod(0o755)

    done = rig.run("-c", "it", env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})

    assert done.stdout == b"ran it\n"


def test_stdin_begins_after_the_word_that_opens_the_gate(rig: Rig) -> None:
    assert rig.run("cat", stdin=b"\nfirst\n").stdout == b"\nfirst\n"


def test_values_of_the_environment_and_arguments_arrive_as_they_are(rig: Rig) -> None:
    done = rig.run("printenv", "VALUE", env={"VALUE": "a\\b\n$(id) 'x' \udcff"})

    assert done.stdout == b"a\\b\n$(id) 'x' \xff\n"


def test_a_command_ends_as_itself_and_not_as_its_launcher(rig: Rig) -> None:
    child = rig.begin("sleep", "600")
    child.kill()

    assert finish(child).ending.signal == 9
    assert rig.run("false").ending.exit_code == 1

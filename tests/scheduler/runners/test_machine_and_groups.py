"""What is read of the machine: its boot, its control groups, and their absence."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from autom8.scheduler.runners import cgroup
from autom8.scheduler.runners.cgroup import Groups, own_group
from autom8.scheduler.runners.machine import LinuxMachine
from tests.scheduler.runners.rig import NO_GROUPS, Rig


def test_a_boot_is_known_by_its_id_and_when_it_was() -> None:
    boot = LinuxMachine().boot()

    assert boot.id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    uptime = timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME))
    assert abs(datetime.now(UTC) - uptime - boot.at) < timedelta(seconds=5)
    assert boot.at.tzinfo is UTC


@pytest.mark.parametrize(
    ("own", "mounts", "found"),
    [
        ("0::/inner", "30 1 0:2 / {folder} rw shared:9 - cgroup2 cgroup2 rw", "inner"),
        (
            "4:memory:/x\n0::/",
            "29 1 0:1 / /proc rw - proc proc rw\n30 1 0:2 / {folder} rw - cgroup2 cgroup2 rw",
            "",
        ),
        ("0::/outer/inner", "30 1 0:2 /outer {folder} rw - cgroup2 cgroup2 rw", "inner"),
        ("0::/gone", "30 1 0:2 / {folder} rw - cgroup2 cgroup2 rw", None),
        ("0::/", "29 1 0:1 / /proc rw - proc proc rw", None),
        ("4:memory:/x", "30 1 0:2 / {folder} rw - cgroup2 cgroup2 rw", None),
    ],
)
def test_our_own_group_is_found_wherever_the_tree_is_mounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, mounts: str, found: str | None
) -> None:
    (tmp_path / "tree" / "inner").mkdir(parents=True)
    (tmp_path / "own").write_text(own + "\n")
    (tmp_path / "mounts").write_text(mounts.format(folder=tmp_path / "tree") + "\n")
    monkeypatch.setattr(cgroup, "_OWN", tmp_path / "own")
    monkeypatch.setattr(cgroup, "_MOUNTS", tmp_path / "mounts")

    assert own_group() == (None if found is None else tmp_path / "tree" / found)


def test_a_system_without_control_groups_has_no_own_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroup, "_OWN", Path("/proc/no-such-file"))

    assert own_group() is None
    assert not Groups("x", parent=None).usable


def test_commands_run_where_no_group_can_be_made_or_filled(owner: str, tmp_path: Path) -> None:
    for parent in (NO_GROUPS, tmp_path):  # below the second a folder can be made, but it is no control group
        rig = Rig(owner, groups=parent)
        assert rig.run("echo", "fine").stdout == b"fine\n"
        assert not rig.processes.has_groups
        rig.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_processes_is_given_up(tmp_path: Path) -> None:
    groups = Groups("x", parent=tmp_path)
    root = next(tmp_path.iterdir())
    root.rmdir()  # as if it had been taken away
    root.write_text("")

    assert groups.put(1, run_id=1, attempt=1) is None
    assert not groups.usable
    assert groups.of_run(1) == []


@pytest.mark.skipif(
    not Groups("probe", parent=own_group()).usable, reason="no control group can be made here"
)
def test_all_in_a_group_are_killed_at_once_and_it_is_removed(owner: str) -> None:
    groups = Groups(owner, parent=own_group())
    with subprocess.Popen(["sleep", "600"]) as process:
        group = groups.put(process.pid, run_id=1, attempt=1)
        assert group is not None
        assert group.pids() == [process.pid]
        assert len(groups.of_run(1)) == 1
        group.remove()
        assert len(groups.of_run(1)) == 1, "a group in use was removed"

        group.kill()

        assert process.wait() == -9
    groups.close()
    assert groups.of_run(1) == []
    assert group.pids() == []

"""A process that ends before it is in its control group says nothing about groups."""

from __future__ import annotations

import subprocess

import pytest

from autom8.scheduler.runners.cgroup import Groups, own_group


def test_a_process_that_is_gone_does_not_make_a_worker_do_without_groups() -> None:
    groups = Groups("gone-at-the-gate", parent=own_group())
    if not groups.usable:
        pytest.skip("no control group can be made on this machine")
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()

    group = groups.put(gone.pid, run_id=1, attempt=1)

    assert group is not None
    assert groups.usable
    groups.close()

"""Runners for the tests, each with an owner of its own so that no test ends another's processes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from autom8.scheduler.runners.cgroup import Groups, own_group
from tests.scheduler.runners.rig import NO_GROUPS, Rig, until


@pytest.fixture
def owner() -> Iterator[str]:
    """A worker's name that no other on this machine has; its control groups are removed after the test."""
    owner = f"test-{uuid.uuid4().hex}"
    yield owner
    until(lambda: groups_are_gone(owner))


def groups_are_gone(owner: str) -> bool:
    Groups(owner, parent=own_group()).close()
    folder = own_group()
    return folder is None or not (folder / Groups.name_of(owner)).exists()


@pytest.fixture
def rig(owner: str) -> Iterator[Rig]:
    """A runner as this machine allows it."""
    rig = Rig(owner)
    yield rig
    rig.close()


@pytest.fixture
def rig_without_groups(owner: str) -> Iterator[Rig]:
    """A runner on a machine without control groups."""
    rig = Rig(owner, groups=NO_GROUPS)
    yield rig
    rig.close()

"""Runners for the tests, each with an owner of its own so that no test ends another's processes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.scheduler.runners.rig import NO_GROUPS, Rig


@pytest.fixture
def owner() -> str:
    """A worker's name that no other on this machine has."""
    return f"test-{uuid.uuid4().hex}"


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

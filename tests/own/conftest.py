"""Fixtures: the scheduler's house on both databases, somebody in it who is told, and this server's watch."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autom8.alerts.own.signs import look_at_own
from autom8.alerts.own.watching import OwnWatch
from autom8.bootstrap.parts import cron_after
from autom8.kernel.vocabulary import LookKind
from tests.alerts.rig import Teller
from tests.scheduler.house import (
    House,
    database,
    house,
    migrated_url,
    postgresql_url,
    shared_postgresql,
    sqlite_template,
)

__all__ = ["database", "house", "migrated_url", "postgresql_url", "shared_postgresql", "sqlite_template"]


def watch_of(house: House, place: str = "here", **more: object) -> OwnWatch:
    """A server's watch of itself."""
    return OwnWatch(
        begin=house.units.writing,
        read=house.units.reading,
        clock=house.clock,
        place=place,
        server=f"server-{place}",
        cron_after=cron_after,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def watch(house: House) -> OwnWatch:
    """The watch of this server, begun."""
    made = watch_of(house)
    made.start()
    return made


@pytest.fixture
def teller(house: House) -> Teller:
    """Ada is told of everything by mail, and Autom8 itself is looked at too."""
    made = Teller(house)
    made.ada, made.mail = made.contact(), made.channel()
    made.tells(f"contact:{made.ada}")
    sources = {**made.looker.sources, LookKind.OWN: look_at_own}
    made.looker = replace(made.looker, sources=sources)
    return made

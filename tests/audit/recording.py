"""Operations that are audited, for as many processes as a test wants."""

from __future__ import annotations

from autom8.kernel.actor import Actor
from autom8.kernel.events import Audited
from autom8.kernel.vocabulary import ActorKind
from tests.security.house import House, another_house

ADA = Actor(kind=ActorKind.USER, id=1, name="Ada", address="203.0.113.7", request_id="request-1")


def record(house: House, *names: str, actor: Actor = ADA) -> None:
    """One operation that announces an event for each name."""
    with house.writing(actor) as work:
        for name in names:
            work.record(Audited(action=name, object_type="thing", object_id="1", details={"name": name}))
        work.commit()


def record_many(url: str, who: str, count: int) -> None:
    """What one process of several does: `count` operations, one after the other."""
    with another_house(url) as house:
        for number in range(count):
            record(house, f"{who}.{number}")

"""Operations that are audited, for as many processes as a test wants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from autom8.audit.checkpoint import Signer
from autom8.audit.checkpoint_file import CheckpointFile
from autom8.audit.sealing import Sealing
from autom8.kernel.actor import Actor
from autom8.kernel.events import Audited
from autom8.kernel.vocabulary import ActorKind
from tests.security.house import INSTALLATION, House, another_house

SEED = bytes(range(32))

ADA = Actor(kind=ActorKind.USER, id=1, name="Ada", address="203.0.113.7", request_id="request-1")


def record(house: House, *names: str, actor: Actor = ADA) -> None:
    """One operation that announces an event for each name."""
    with house.writing(actor) as work:
        for name in names:
            work.record(Audited(action=name, object_type="thing", object_id="1", details={"name": name}))
        work.commit()


def sealing(house: House, path: Path, *, seed: bytes = SEED) -> Sealing:
    """The checkpoints of a house, kept in a file too."""
    signer = Signer(origin=INSTALLATION, seed=seed)
    return Sealing(
        begin=house.writing, read=house.reading, signer=signer, file=CheckpointFile(path), clock=house.clock
    )


def where(url: str) -> str:
    """What offline tools call the database of SQLAlchemy's URL: a path, or PostgreSQL's URL."""
    return url.partition("///")[2] if url.startswith("sqlite") else url


def tamper(house: House, *statements: str) -> None:
    """What somebody does who has all rights on the database."""
    with house.database.write_engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def rebuild(house: House, *, count: int, blamed: str = "Eve") -> None:
    """Replace the whole trail by a forged one that is good in itself."""
    tamper(house, "DELETE FROM audit_entry", "DELETE FROM audit_checkpoint")
    record(house, *(f"forged.{number}" for number in range(count)), actor=replace(ADA, name=blamed))


def record_and_seal(url: str, who: str, count: int, path: str) -> None:
    """What one process of several does: `count` operations, and a checkpoint now and then."""
    with another_house(url) as house:
        seals = sealing(house, Path(path))
        for number in range(count):
            record(house, f"{who}.{number}")
            if number % 5 == 0:
                seals.seal()

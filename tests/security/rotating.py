"""The keyring of one server in tests, with what it sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from autom8.kernel.clock import SystemClock
from autom8.kernel.events import KeyringChanged
from autom8.persistence.shredding import Shredder
from autom8.security.keyring_service import KeyringService
from autom8.security.keyring_sources import HeldKeyring
from autom8.security.rewrapping import Progress
from tests.security.house import House
from tests.security.keyrings import Strongroom

COLUMN = "email_encrypted"


class Rotating:
    """The keyring of one server, with what it sealed."""

    def __init__(self, house: House, keyring: HeldKeyring) -> None:
        self.house = house
        self.shredder = Shredder(house.database, ["data_key"])
        self.room = Strongroom(keyring, shredder=self.shredder)
        self.service = KeyringService(
            begin=house.writing,
            read=house.reading,
            keyring=keyring,
            vaults=self.room.vaults,
            clock=SystemClock(),
        )
        self.actor = house.local()

    def seal(self, owners: Sequence[int]) -> dict[int, bytes]:
        with self.house.writing() as work:
            keys = self.room.vault.create(work, owners)
            work.commit()
        return {owner: key.seal("contact", COLUMN, owner, f"{owner}@x") for owner, key in keys.items()}

    def read(self, sealed: Mapping[int, bytes]) -> list[str]:
        with self.house.reading() as work:
            keys = self.room.vault.open(work, sealed)
        return [keys[owner].unseal("contact", COLUMN, owner, value) for owner, value in sealed.items()]

    def rotate(self) -> int:
        """A whole rotation; how many data keys it wrapped anew."""
        self.service.rotate(actor=self.actor)
        return sum(each.moved for each in self.rewrap())

    def rewrap(self) -> Iterator[Progress]:
        after: str | None = None
        while True:
            progress = self.service.rewrap(after, actor=self.actor)
            yield progress
            if (after := progress.after) is None:
                return

    def wraps(self) -> dict[str, int]:
        return {each.id: each.wraps for each in self.service.show(actor=self.actor).keys}

    def told(self) -> list[tuple[str, str]]:
        heard = [each for each in self.house.heard if isinstance(each, KeyringChanged)]
        return [(each.action, each.object_id) for each in heard]

"""What contacts need from outside: a vault that seals their fields, and a disk that forgets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from autom8.repositories.unit_of_work import Work


class FieldKey(Protocol):
    """The key of one contact's fields, in memory."""

    @property
    def id(self) -> int:
        """The id of its row, which stands in each value that it sealed."""
        ...

    def seal(self, table: str, column: str, row: int, text: str) -> bytes:
        """`text`, readable only under this key and in this very place."""
        ...

    def unseal(self, table: str, column: str, row: int, value: bytes) -> str:
        """What was sealed in this place.

        Raises:
            DecryptionRefused: it was altered, moved here from elsewhere, or sealed under another key.
        """
        ...


class Vault(Protocol):
    """Keeps a key for each contact, itself sealed, and makes the indexes by which values are found."""

    def create(self, work: Work, owners: Sequence[int]) -> Mapping[int, FieldKey]:
        """New keys for new contacts, kept with `work`."""
        ...

    def open(self, work: Work, owners: Collection[int]) -> Mapping[int, FieldKey]:
        """The keys of contacts; who has none is left out."""
        ...

    def destroy(self, work: Work, owners: Sequence[int]) -> Mapping[int, int]:
        """Make what these contacts' keys sealed unreadable for ever; the ids of the keys that are gone."""
        ...

    def blind_index(self, column: str, normalised: str) -> bytes:
        """The same bytes for the same value of a column, which tell nothing to who lacks the index key."""
        ...


class Disk(Protocol):
    """Where the database is kept."""

    def shred(self) -> bool:
        """Overwrite what removed rows left behind, and say whether that was done at once; never raises."""
        ...

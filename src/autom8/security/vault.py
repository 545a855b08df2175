"""Vaults: each owner's fields are sealed under a key of their own, which lies wrapped in the database.

Knows no contact and no user, only their ids. Without the row of a data key, what it sealed is gone.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from autom8.kernel.errors import DecryptionRefused
from autom8.kernel.events import DataKeysDestroyed
from autom8.repositories.data_keys import WrappedKey
from autom8.repositories.unit_of_work import Work
from autom8.security.keyring import Keyring
from autom8.security.sealing import (
    KEY_BYTES,
    Refusal,
    Refused,
    place_of,
    seal_field,
    unseal_field,
)

_WORDS: Final[Mapping[Refusal, str]] = {
    Refusal.TRUNCATED: "it is too short; bytes are missing",
    Refusal.UNKNOWN_VERSION: "it is of a form that this version does not know",
    Refusal.WRONG_KEY: "it was sealed under another key than its owner's",
    Refusal.UNKNOWN_KEY: "its key is wrapped by one that the keyring lacks",
    Refusal.ALTERED: "it was altered, or moved here from elsewhere",
    Refusal.LOST_KEY: "the key of its owner can't be read",
}
Alarm = Callable[[DecryptionRefused], None]


class FieldKey(Protocol):
    """One owner's data key, to be dropped once the fields at hand are read or written."""

    @property
    def id(self) -> int:
        """The data key's id."""
        ...

    def seal(self, table: str, column: str, row: int, text: str) -> bytes:
        """`text` sealed for this place; sealed again it looks different.

        Raises:
            DecryptionRefused: the key itself can't be read.
        """
        ...

    def unseal(self, table: str, column: str, row: int, value: bytes) -> str:
        """The text that was sealed for this place.

        Raises:
            DecryptionRefused: it was not sealed so, or not by this key, or was altered.
        """
        ...


@dataclass(frozen=True, slots=True)
class Vault:
    """The data keys of one purpose, such as `contact`, one for each owner."""

    purpose: str
    installation: str
    keyring: Keyring
    alarm: Alarm

    def create(self, work: Work, owners: Sequence[int]) -> Mapping[int, FieldKey]:
        """A new key for each owner, kept when `work` is committed.

        Raises:
            DataKeyThere: an owner has one.
        """
        work.data_keys.begin_wrapping()
        wrapping = self.keyring.primary()
        keys: dict[int, FieldKey] = {}
        rows: list[WrappedKey] = []
        for owner, id_ in zip(owners, work.ids.allocate("data_key", len(owners)), strict=True):
            data_key = secrets.token_bytes(KEY_BYTES)
            place = key_place(self.installation, self.purpose, owner, id_, wrapping)
            rows.append(
                WrappedKey(id_, self.purpose, owner, wrapping, self.keyring.wrap(wrapping, data_key, place))
            )
            keys[owner] = OpenKey(id_, AESGCM(data_key), self.installation, self.alarm)
        work.data_keys.add_many(rows, at=work.now())
        return keys

    def open(self, work: Work, owners: Collection[int]) -> Mapping[int, FieldKey]:
        """The keys of these owners; who has none is left out.

        A key that can't be unwrapped raises the alarm now, and refuses whatever is asked of it: one damaged
        row keeps nobody else's fields from being read.
        """
        return {row.owner_id: self._opened(row) for row in work.data_keys.find_many(self.purpose, owners)}

    def destroy(self, work: Work, owners: Collection[int]) -> Mapping[int, int]:
        """Take away the keys of these owners, and with them all that they sealed; whose were which ids.

        Once `work` is committed, what the database's files keep of them is shredded within a minute, or at
        once by `Vaults.settle_destroyed`.
        """
        gone = work.data_keys.remove_many(self.purpose, owners)
        if gone:
            work.record(DataKeysDestroyed(purpose=self.purpose))
        return gone

    def blind_index(self, column: str, normalised: str) -> bytes:
        """32 bytes by which equal values of a column are found, and nothing else of them is told."""
        return self.keyring.blind(place_of(self.installation, self.purpose, column), normalised.encode())

    def _opened(self, row: WrappedKey) -> FieldKey:
        try:
            data_key = self.keyring.unwrap(
                row.wrapping_key_id, row.wrapped, place_of_key(self.installation, row)
            )
        except Refused as refused:
            lost = refusal(refused.reason, "data_key", "wrapped", row.id)
            self.alarm(lost)
            return LostKey(row.id)
        return OpenKey(row.id, AESGCM(data_key), self.installation, self.alarm)


class OpenKey:
    """A data key in memory."""

    __slots__ = ("_alarm", "_cipher", "_installation", "id")

    def __init__(self, id_: int, cipher: AESGCM, installation: str, alarm: Alarm) -> None:
        self.id = id_
        self._cipher = cipher
        self._installation = installation
        self._alarm = alarm

    def seal(self, table: str, column: str, row: int, text: str) -> bytes:
        return seal_field(self._cipher, self.id, text, self._place(table, column, row))

    def unseal(self, table: str, column: str, row: int, value: bytes) -> str:
        try:
            return unseal_field(self._cipher, self.id, value, self._place(table, column, row))
        except Refused as refused:
            error = refusal(refused.reason, table, column, row)
            self._alarm(error)
            raise error from None

    def _place(self, table: str, column: str, row: int) -> bytes:
        return place_of("autom8 v1 field", self._installation, table, column, row, self.id)


@dataclass(frozen=True, slots=True)
class LostKey:
    """A data key that could not be unwrapped."""

    id: int

    def seal(self, table: str, column: str, row: int, text: str) -> NoReturn:  # noqa: ARG002 - a FieldKey
        raise refusal(Refusal.LOST_KEY, table, column, row)

    def unseal(self, table: str, column: str, row: int, value: bytes) -> NoReturn:  # noqa: ARG002 - a FieldKey
        raise refusal(Refusal.LOST_KEY, table, column, row)


def key_place(installation: str, purpose: str, owner: int, id_: int, wrapping: str) -> bytes:
    """The place that a wrapped data key is bound to."""
    return place_of("autom8 v1 data key", installation, "data_key", purpose, owner, id_, wrapping)


def place_of_key(installation: str, row: WrappedKey) -> bytes:
    """The place of a row as it is stored."""
    return key_place(installation, row.purpose, row.owner_id, row.id, row.wrapping_key_id)


def refusal(reason: Refusal, table: str, column: str, row: int) -> DecryptionRefused:
    """The refusal of a value, in words that are safe to show."""
    return DecryptionRefused(
        f"{table}.{column} of row {row} can't be read: {_WORDS[reason]}.",
        reason=reason.value,
        place=(table, column, row),
    )

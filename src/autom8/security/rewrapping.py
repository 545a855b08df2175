"""Wraps data keys anew by the primary key, a batch at a time, while everything else goes on.

The fields are left as they are. What is left to do stands in the database alone, so that whoever comes
after a crash goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from autom8.kernel.errors import Invalid
from autom8.repositories.data_keys import Rewrapped, WrappedKey
from autom8.repositories.unit_of_work import BeginWork
from autom8.security.sealing import Refused
from autom8.security.vault import key_place, place_of_key, refusal
from autom8.security.vaults import Vaults

BATCH: Final = 1_000  # data keys; SQLite's other writers wait for some 20 ms


class Progress(NamedTuple):
    """What one call did: `moved` keys are wrapped by `primary` now, those in `refused` can't be unwrapped.

    `after` says where to go on; None when all was seen.
    """

    primary: str
    moved: int
    refused: Sequence[int]
    after: str | None


class _Mark(NamedTuple):
    """Up to where was seen: the wrapping key, and the data key below it."""

    wrapping: str
    data_key: int

    @classmethod
    def read(cls, text: str | None) -> _Mark:
        wrapping, _, data_key = (text or "/0").rpartition("/")
        if not data_key.isdecimal() or len(data_key) > _DIGITS_MAX:
            raise Invalid("This is no place to go on from.", fields={"after": "must be what was answered"})
        return cls(wrapping, int(data_key))

    def __str__(self) -> str:
        return f"{self.wrapping}/{self.data_key}"


_DIGITS_MAX: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrapping:
    """One caller's part of a rotation. Any number of callers may take part, in any number of processes."""

    begin: BeginWork
    read: BeginWork
    vaults: Vaults
    monotonic: Callable[[], float]

    def advance(self, after: str | None, *, seconds: float) -> Progress:
        """Go on from `after` for about so many seconds.

        Raises:
            Invalid: `after` is not what was answered before.
        """
        until = self.monotonic() + seconds
        mark: _Mark | None = _Mark.read(after)
        moved, refused = 0, list[int]()
        while mark is not None:
            primary = self.vaults.keyring.primary()
            batch = self._next(mark, primary)
            if not batch:
                mark = self._next_wrapping(mark, primary)
                continue
            count, lost = self._move(batch, primary)
            if count is not None:  # else the primary was replaced meanwhile: the same again, by the new one
                moved += count
                refused += lost
                mark = _Mark(batch[-1].wrapping_key_id, batch[-1].id)
            if self.monotonic() >= until:
                break
        return Progress(self.vaults.keyring.primary(), moved, refused, None if mark is None else str(mark))

    def _next(self, mark: _Mark, primary: str) -> list[WrappedKey]:
        if mark.wrapping in {"", primary}:
            return []
        with self.read() as work:
            return work.data_keys.after(mark.wrapping, mark.data_key, batch_size=BATCH)

    def _next_wrapping(self, mark: _Mark, primary: str) -> _Mark | None:
        with self.read() as work:
            others = [each for each in work.data_keys.wrapping_key_ids() if each > mark.wrapping]
        return next((_Mark(each, 0) for each in others if each != primary), None)

    def _move(self, batch: Sequence[WrappedKey], primary: str) -> tuple[int | None, list[int]]:
        """How many were wrapped anew, and the ids of those that can't be; None: not by this key any more."""
        lost: list[int] = []
        wrapped = list(
            self._wrapped_anew(batch, primary, lost)
        )  # before the transaction, which others wait for
        with self.begin() as work:
            work.data_keys.begin_wrapping()
            if self.vaults.keyring.primary() != primary:
                return None, []
            count = work.data_keys.rewrap(wrapped, old=batch[0].wrapping_key_id, new=primary)
            work.commit()
        return count, lost

    def _wrapped_anew(
        self, batch: Sequence[WrappedKey], primary: str, lost: list[int]
    ) -> Iterator[Rewrapped]:
        keyring, installation = self.vaults.keyring, self.vaults.installation
        for row in batch:
            try:
                data_key = keyring.unwrap(row.wrapping_key_id, row.wrapped, place_of_key(installation, row))
            except Refused as refused:
                self.vaults.alarm(refusal(refused.reason, "data_key", "wrapped", row.id))
                lost.append(row.id)
                continue
            place = key_place(installation, row.purpose, row.owner_id, row.id, primary)
            yield Rewrapped(row.id, keyring.wrap(primary, data_key, place))

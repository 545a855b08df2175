"""What administrators may do with the keyring: look at it, rotate it, take out an old key, back it up.

Key material leaves here only by `export`. Each change leaves its entry before it takes effect, so that
none happens unseen: what a crash in between leaves is an entry, or a spare key that nothing uses yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from autom8.kernel.actor import Actor
from autom8.kernel.clock import Clock
from autom8.kernel.errors import Conflict, Misconfigured, NotFound
from autom8.kernel.events import KeyringChanged
from autom8.kernel.secrets import Secret
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.security.key_backup import sealed_backup
from autom8.security.keyring_sources import HeldKeyring
from autom8.security.rewrapping import Progress, Rewrapping
from autom8.security.vaults import Vaults

KEYS_MAX: Final = 100  # or its file would outgrow what is read of one
REWRAP_S: Final = 1.0  # of one call, so that its caller can show how far it is


class KeyUnknown(NotFound):
    """The keyring has no key of this id."""

    code = "key_not_found"

    def __init__(self, key_id: str) -> None:
        super().__init__(f"The keyring has no key {key_id}.")


class KeyInUse(Conflict):
    """A key is the primary, or data keys are still wrapped by it."""

    code = "key_in_use"


class KeyringFull(Conflict):
    """The keyring holds as many keys as it may; those that wrap nothing can be taken out."""

    code = "keyring_full"

    def __init__(self) -> None:
        super().__init__(f"The keyring holds {KEYS_MAX} keys; take out those that wrap nothing any more.")


class KeyringFixed(Conflict):
    """The keyring can't be changed here: it is given in the environment, or its file can't be written."""

    code = "keyring_fixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """A key of the keyring, or one that is missing from it (`held` is false). Never the key itself."""

    id: str
    primary: bool
    held: bool
    created_at: str | None
    wraps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringView:
    """A keyring; `remaining` data keys are wrapped by keys of it that are not its primary."""

    source: str
    primary: str
    remaining: int
    keys: Sequence[KeyView]


class Rotation(NamedTuple):
    """A rotation that was begun now, or was under way; `remaining` data keys are to be wrapped anew."""

    primary: str
    began: bool
    remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyringService:
    """What may be done with the keyring; the faces check that the caller is an administrator."""

    begin: BeginWork
    read: BeginWork
    keyring: HeldKeyring
    vaults: Vaults
    clock: Clock

    def show(self, *, actor: Actor) -> KeyringView:
        """Each key, and how many data keys it wraps."""
        material = self.keyring.material()
        with self.read(actor) as work:
            wraps = _counts(work)
        return KeyringView(
            source=self.keyring.origin,
            primary=material.primary,
            remaining=sum(wraps.get(each, 0) for each in material.keys if each != material.primary),
            keys=[
                KeyView(
                    id=key_id,
                    primary=key_id == material.primary,
                    held=key_id in material.keys,
                    created_at=material.created.get(key_id),
                    wraps=wraps.get(key_id, 0),
                )
                for key_id in sorted({*material.keys, *wraps})
            ],
        )

    def rotate(self, *, actor: Actor, anew: bool = False) -> Rotation:
        """Begin to wrap by a new key, unless a rotation is under way; `rewrap` then brings it to its end.

        A key that waits in the keyring, younger than the primary, is taken before one is made. `anew` begins
        one although another is under way, as where damaged data keys keep that from its end.

        Raises:
            KeyringFixed: nothing is under way, and the keyring can't be changed from here.
        """
        before = self.show(actor=actor)
        if before.remaining and not anew:
            return Rotation(before.primary, began=False, remaining=before.remaining)
        with self._changing() as put:
            material = self.keyring.material()
            if material.primary == before.primary:
                if material.spare() is None:
                    if len(material.keys) >= KEYS_MAX:
                        raise KeyringFull
                    put(material := material.with_spare(at=self.clock.now()))
                added = material.spare() or material.primary
                self._record("key.rotated", added, {"from": material.primary}, actor)
                put(material.promoted(added))
        after = self.show(actor=actor)
        began = after.primary != before.primary
        return Rotation(after.primary, began=began, remaining=after.remaining)

    def rewrap(self, after: str | None, *, actor: Actor) -> Progress:
        """Wrap some more data keys by the primary, for about a second; go on with `after` until it is None.

        Whoever calls it, and how often, each data key is wrapped anew once; requests go on meanwhile.
        """
        rewrapping = Rewrapping(
            begin=self.begin, read=self.read, vaults=self.vaults, monotonic=self.clock.monotonic
        )
        progress = rewrapping.advance(after, seconds=REWRAP_S)
        if progress.after is None:
            left = {each.id: each.wraps for each in self.show(actor=actor).keys if each.wraps}
            self._record("key.rewrapped", progress.primary, {"wraps": left}, actor)
            self.vaults.settle_destroyed()
        return progress

    def retire(self, key_id: str, *, actor: Actor) -> None:
        """Take a key out of the keyring; it is gone for good.

        Raises:
            KeyUnknown: there is none of this id.
            KeyInUse: it is the primary, or something is wrapped by it.
            KeyringFixed: the keyring can't be changed from here.
        """
        with self._changing() as put:
            material = self.keyring.material()
            if key_id not in material.keys:
                raise KeyUnknown(key_id)
            if key_id == material.primary:
                raise KeyInUse(f"{key_id} is the primary key; rotate first.")
            with self.begin(actor) as work:
                work.data_keys.begin_retiring()  # who wrapped by it before it lost its place is done now
                if wraps := work.data_keys.count(key_id):
                    raise KeyInUse(f"{wraps} data keys are still wrapped by {key_id}; rotate first.")
                work.record(_changed("key.retired", key_id, {}))
                work.commit()
            put(material.without(key_id))

    def export(self, passphrase: Secret | None, *, actor: Actor) -> str:
        """The keyring as a text: sealed under a passphrase, or plain when there is none.

        Raises:
            Invalid: the passphrase is too short.
        """
        material = self.keyring.material()
        text = (
            material.text() if passphrase is None else sealed_backup(material, passphrase, self.clock.now())
        )
        details = {"form": "plain" if passphrase is None else "sealed", "keys": sorted(material.keys)}
        self._record("key.exported", material.primary, details, actor)
        return text

    @contextmanager
    def _changing(self) -> Iterator[Any]:
        try:
            with self.keyring.changing() as put:
                yield put
        except Misconfigured as error:
            raise KeyringFixed(str(error)) from error

    def _record(self, action: str, key_id: str, details: dict[str, Any], actor: Actor) -> None:
        with self.begin(actor) as work:
            work.record(_changed(action, key_id, details))
            work.commit()


def _counts(work: Work) -> dict[str, int]:
    return {key_id: work.data_keys.count(key_id) for key_id in work.data_keys.wrapping_key_ids()}


def _changed(action: str, key_id: str, details: dict[str, Any]) -> KeyringChanged:
    return KeyringChanged(action=action, object_type="key", object_id=key_id, details=details)

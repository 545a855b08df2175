"""The vaults of an installation, one for each purpose, and that the keyring fits the database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from autom8.kernel.errors import Misconfigured
from autom8.repositories.data_keys import WrappedKey
from autom8.repositories.unit_of_work import BeginWork, Work
from autom8.security.keyring import Keyring
from autom8.security.sealing import Refused
from autom8.security.vault import Alarm, Vault, place_of_key

log = logging.getLogger(__name__)

_CHECKS: Final = 3  # of the pepper, the secret key and the index key, in the installation's row
_TRIED: Final = 3  # data keys of each wrapping key, since one row may be damaged


class KeyringDiffers(Misconfigured):
    """The database holds keys that this keyring can't unwrap: what they seal could not be read."""

    code = "keyring_differs"


@dataclass(frozen=True, slots=True)
class Vaults:
    """Makes vaults. `shred` takes what was destroyed out of the database's files, and says whether it did."""

    keyring: Keyring
    installation: str
    alarm: Alarm
    shred: Callable[[], bool] = lambda: True

    def vault_for(self, purpose: str) -> Vault:
        """The vault of what is sealed for `purpose`: `contact`, `user`."""
        return Vault(purpose, self.installation, self.keyring, self.alarm)

    def settle_destroyed(self) -> bool:
        """Once their destruction is committed, take destroyed keys out of the database's files too.

        Whether that was done at once; else it is tried again later. Never raises.
        """
        return self.shred()


def confirm_keyring(begin: BeginWork, vaults: Vaults) -> None:
    """See that this keyring can unwrap what is in the database, and finds what was indexed.

    Raises:
        KeyringDiffers: it lacks a key, or has another one of the same name.
    """
    held = vaults.keyring.key_ids()
    with begin() as work:
        wrapping = work.data_keys.wrapping_key_ids()
        for key_id in wrapping:
            if key_id not in held:
                raise KeyringDiffers(
                    f"This database holds keys that are wrapped by {key_id}, which the keyring lacks: "
                    "bring that key back, from a backup of the keyring or another server."
                )
        _refuse_namesakes(work, vaults, wrapping)
        _confirm_index(work, vaults, in_use=bool(wrapping))


def refuse_lost_keyring(begin: BeginWork, path: Path) -> None:
    """See that a keyring may be made at `path`: not in the place of one that the database needs.

    Raises:
        KeyringDiffers: the file is not there, and the database holds keys that it wrapped.
    """
    if path.exists():
        return
    with begin() as work:
        wrapping = work.data_keys.wrapping_key_ids()
    if wrapping:
        raise KeyringDiffers(
            f"{path} is not there, and this database holds keys that are wrapped by {', '.join(wrapping)}: "
            "bring it back, by `autom8 key restore` or from another server."
        )


def _confirm_index(work: Work, vaults: Vaults, *, in_use: bool) -> None:
    """Let the installation know the keyring's index key; another one would find nothing, and no double."""
    check = vaults.keyring.blind(b"check", b"").hex()[:16]
    installation = work.installation.lock()
    known = (installation.keys_check or "").split(".") if installation else []
    if installation is None or len(known) < _CHECKS - 1 or known[_CHECKS - 1 :] == [check]:
        return
    if len(known) == _CHECKS and in_use:
        raise KeyringDiffers(
            'The keyring\'s "index" is another than the one that this database was indexed with: '
            "bring back the keyring that was used with it."
        )
    installation.keys_check = ".".join([*known[: _CHECKS - 1], check])
    work.commit()


def _refuse_namesakes(work: Work, vaults: Vaults, wrapping: Sequence[str]) -> None:
    """Refuse a keyring that unwraps nothing; some damaged data keys keep nobody from starting."""
    tried = {key_id: [_unwraps(vaults, row) for row in _some(work, key_id)] for key_id in wrapping}
    every = [good for goods in tried.values() for good in goods]
    if len(every) > 1 and not any(every):
        raise KeyringDiffers(
            f"The keyring's {wrapping[0]} is not the key of that name which wrapped this database's keys: "
            "bring back the keyring that was used with it."
        )
    for key_id, goods in tried.items():
        if goods and not any(goods):
            log.error("key_unwraps_nothing", extra={"fields": {"key_id": key_id, "tried": len(goods)}})


def _some(work: Work, key_id: str) -> Sequence[WrappedKey]:
    return work.data_keys.after(key_id, 0, batch_size=_TRIED)


def _unwraps(vaults: Vaults, row: WrappedKey) -> bool:
    try:
        vaults.keyring.unwrap(row.wrapping_key_id, row.wrapped, place_of_key(vaults.installation, row))
    except Refused:
        return False
    return True

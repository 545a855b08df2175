"""Keyrings and vaults of tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autom8.kernel.clock import SystemClock
from autom8.kernel.events import DecryptionFailed
from autom8.kernel.secrets import Secret
from autom8.kernel.telemetry import Telemetry
from autom8.persistence.shredding import Shredder
from autom8.security.decryption_alarm import DecryptionAlarm
from autom8.security.keyring import KeyMaterial, Keyring
from autom8.security.keyring_sources import FileKeyring, GivenKeyring
from autom8.security.vaults import Vaults
from tests.security.house import INSTALLATION

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def fresh_text() -> str:
    return KeyMaterial.fresh(at=NOON).text()


def given(material: KeyMaterial | None = None) -> GivenKeyring:
    return GivenKeyring(Secret((material or KeyMaterial.fresh(at=NOON)).text()))


def in_file(path: Path) -> FileKeyring:
    """The keyring of a file, made if it is not there."""
    if not path.exists():
        path.touch(0o600)
        path.write_text(fresh_text(), encoding="utf-8")
    return FileKeyring(path, SystemClock())


@dataclass
class Strongroom:
    """Vaults and what their alarm said."""

    keyring: Keyring = field(default_factory=given)
    installation: str = INSTALLATION
    heard: list[DecryptionFailed] = field(default_factory=list)
    telemetry: Telemetry = field(default_factory=Telemetry)
    shredder: Shredder | None = None

    def __post_init__(self) -> None:
        alarm = DecryptionAlarm(announce=self.heard.append, clock=SystemClock(), telemetry=self.telemetry)
        shred = self.shredder.shred if self.shredder else lambda: True
        self.vaults = Vaults(self.keyring, self.installation, alarm, shred)
        self.vault = self.vaults.vault_for("contact")

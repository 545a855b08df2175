"""A backup of the keyring opens with its passphrase, and tells nothing without it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autom8.kernel.errors import Invalid
from autom8.kernel.secrets import Secret
from autom8.security import key_backup
from autom8.security.key_backup import NoBackup, WrongPassphrase, opened_backup, sealed_backup
from autom8.security.keyring import KeyMaterial
from tests.security.keyrings import NOON

PASSPHRASE = Secret("correct horse battery")
MATERIAL = KeyMaterial.fresh(at=NOON)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_backup, "_COST", {"n": 1 << 10, "r": 8, "p": 1})


def test_a_backup_brings_the_keyring_back() -> None:
    backup = sealed_backup(MATERIAL, PASSPHRASE, NOON)

    assert opened_backup(backup, PASSPHRASE) == MATERIAL
    assert json.loads(backup)["scrypt"] == {"n": 131_072, "r": 8, "p": 1}


@pytest.mark.usefixtures("cheap")
def test_it_tells_nothing_of_what_is_in_it() -> None:
    backup = sealed_backup(MATERIAL, PASSPHRASE, NOON)

    document = json.loads(MATERIAL.text())
    for told in (*document["keys"], *document["keys"].values(), document["index"], PASSPHRASE.reveal()):
        assert told not in backup
    assert sealed_backup(MATERIAL, PASSPHRASE, NOON) != backup


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("wrong", ["correct horse batterz", "correct horse batter", ""])
def test_another_passphrase_opens_nothing(wrong: str) -> None:
    with pytest.raises(WrongPassphrase):
        opened_backup(sealed_backup(MATERIAL, PASSPHRASE, NOON), Secret(wrong))


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize("name", ["made_at", "salt", "nonce", "sealed"])
@pytest.mark.parametrize("value", ["", "AAAA", "?", None, 1])
def test_an_altered_backup_opens_nothing(name: str, value: object) -> None:
    document = json.loads(sealed_backup(MATERIAL, PASSPHRASE, NOON))

    with pytest.raises(Invalid) as told:
        opened_backup(json.dumps({**document, name: value}), PASSPHRASE)

    assert told.value.code in {"wrong_passphrase", "no_backup"}


@pytest.mark.parametrize(
    "change", [{"kind": "x"}, {"version": 2}, {"scrypt": {"n": 1 << 30, "r": 8, "p": 1}}, {"scrypt": None}]
)
def test_a_backup_of_another_kind_is_not_tried(change: dict[str, Any]) -> None:
    document = {"kind": "autom8 keyring backup", "version": 1, "scrypt": {"n": 131_072, "r": 8, "p": 1}}

    with pytest.raises(NoBackup):
        opened_backup(json.dumps({**document, **change}), PASSPHRASE)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", "[" * 100_000])
def test_what_is_no_backup_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NoBackup):
        opened_backup(text, PASSPHRASE)


def test_a_passphrase_has_some_length() -> None:
    with pytest.raises(Invalid, match="12 characters"):
        sealed_backup(MATERIAL, Secret("elevenchars"), NOON)

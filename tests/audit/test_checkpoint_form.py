"""A checkpoint is a C2SP signed note: other tools check it, and no bit of it can be changed unseen."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from autom8.audit.checkpoint import (
    NotACheckpoint,
    Signer,
    key_id,
    read_checkpoint,
    read_public_key,
    verifier_key,
)
from tests.audit.recording import SEED

ORIGIN = "0d0b7c1e-98e1-4b39-a07b-3a2c5f4f9f11"
AT = datetime(2026, 7, 1, 12, 0, 0, 1, tzinfo=UTC)
SIGNER = Signer(origin=ORIGIN, seed=SEED)
MADE = SIGNER.sign(size=1_000, root=b"r" * 32, last_hash=b"h" * 32, at=AT)


def test_the_note_is_checked_by_the_rules_of_signed_notes_alone() -> None:
    text, _, signatures = MADE.note.partition("\n\n")
    dash, name, stamp = signatures.strip().split(" ")
    key_name, key_hash, encoded = verifier_key(ORIGIN, SIGNER.public_key).split("+", 2)
    algorithm, public = b64decode(encoded)[:1], b64decode(encoded)[1:]
    signed = b64decode(stamp)

    assert (dash, name, key_name, algorithm) == ("\u2014", ORIGIN, ORIGIN, b"\x01")
    assert (
        sha256(f"{ORIGIN}\n".encode() + b"\x01" + public).digest()[:4]
        == signed[:4]
        == bytes.fromhex(key_hash)
    )
    Ed25519PublicKey.from_public_bytes(public).verify(signed[4:], f"{text}\n".encode())
    assert text.split("\n") == [
        ORIGIN,
        "1000",
        b64encode(b"r" * 32).decode(),
        "last " + "68" * 32,
        "at 2026-07-01T12:00:00.000001Z",
    ]


def test_a_checkpoint_is_read_back_as_it_was_written() -> None:
    assert read_checkpoint(MADE.line()) == MADE
    assert MADE.genuine


def test_the_same_seed_signs_alike_and_another_does_not() -> None:
    other = Signer(origin=ORIGIN, seed=bytes(32))

    assert replace(MADE, signature=b"").text == MADE.text
    assert SIGNER.sign(size=1_000, root=b"r" * 32, last_hash=b"h" * 32, at=AT) == MADE
    assert other.public_key != SIGNER.public_key
    assert key_id(ORIGIN, other.public_key) != MADE.key_id


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "another"},
        {"size": 999},
        {"root": b"R" * 32},
        {"last_hash": b"H" * 32},
        {"at": AT + timedelta(microseconds=1)},
        {"public_key": Signer(origin=ORIGIN, seed=bytes(32)).public_key},
        {"public_key": b"short"},
        {"signature": bytes([MADE.signature[0] ^ 1]) + MADE.signature[1:]},
        {"signature": MADE.signature[:-1]},
        {"signature": b""},
    ],
)
def test_nothing_of_it_can_be_changed(changed: dict[str, Any]) -> None:
    assert not replace(MADE, **changed).genuine


def test_every_bit_of_a_line_counts() -> None:
    line = MADE.line().rstrip(b"\n")
    taken = 0
    for at in range(len(line)):
        for bit in range(8):
            flipped = line[:at] + bytes([line[at] ^ 1 << bit]) + line[at + 1 :]
            try:
                found = read_checkpoint(flipped)
            except NotACheckpoint:
                continue
            # Only how a thing is spelled may change: letters of hex, names that are not read, unused bits.
            assert found == MADE or not found.genuine, flipped
            taken += found == MADE

    assert taken < 8 * len(line) / 4


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b'"x"',
        orjson.dumps({**MADE.as_json(), "size": 0}),
        orjson.dumps({**MADE.as_json(), "size": "1000"}),
        orjson.dumps({**MADE.as_json(), "size": True}),
        orjson.dumps({**MADE.as_json(), "root": "00"}),
        orjson.dumps({**MADE.as_json(), "origin": 7}),
        orjson.dumps({**MADE.as_json(), "origin": "two\nlines"}),
        orjson.dumps({**MADE.as_json(), "at": "2026-07-01"}),
        orjson.dumps({**MADE.as_json(), "at": "2026-07-01T12:00:00+00:00"}),
        orjson.dumps({**MADE.as_json(), "signature": "?"}),
    ],
)
def test_what_is_no_checkpoint_is_refused(line: bytes) -> None:
    with pytest.raises(NotACheckpoint):
        read_checkpoint(line)


def test_a_public_key_is_read_in_the_forms_that_it_is_shown_in() -> None:
    key = SIGNER.public_key
    for form in (key.hex(), b64encode(key).decode(), f" {verifier_key(ORIGIN, key)}\n"):
        assert read_public_key(form) == key
    for wrong in ("", "x", key.hex()[:-2], b64encode(key + b"x").decode(), f"{ORIGIN}+00000000+AAAA"):
        with pytest.raises(NotACheckpoint):
            read_public_key(wrong)


def test_the_seed_is_shown_nowhere() -> None:
    assert repr(SEED) not in repr(SIGNER)

"""What a vault sealed opens for its owner in its place, and nowhere else; each refusal says why."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given as for_all
from hypothesis import strategies as st
from sqlalchemy import text

from autom8.kernel.errors import DecryptionRefused
from autom8.kernel.events import DataKeysDestroyed, DecryptionFailed
from autom8.repositories.data_keys import DataKeyThere
from autom8.security.vault import FieldKey, OpenKey
from tests.security.house import House
from tests.security.keyrings import Strongroom, given

MAIL: Final = "ada@example.org"
PLACE: Final = ("contact", "email_encrypted", 7)


@pytest.fixture
def room() -> Strongroom:
    return Strongroom()


def create(house: House, room: Strongroom, *owners: int, purpose: str = "contact") -> dict[int, FieldKey]:
    with house.writing() as work:
        keys = room.vaults.vault_for(purpose).create(work, owners)
        work.commit()
    return dict(keys)


def opened(house: House, room: Strongroom, owner: int) -> FieldKey:
    with house.reading() as work:
        return room.vault.open(work, [owner])[owner]


def refused(key: FieldKey, value: bytes, place: tuple[str, str, int] = PLACE) -> str:
    """Why it is, once it is seen that the words name the place and that the alarm was raised."""
    with pytest.raises(DecryptionRefused) as told:
        key.unseal(*place, value)
    table, column, row = place
    assert f"{table}.{column} of row {row}" in str(told.value)
    assert told.value.code == "decryption_refused"
    return told.value.reason


@pytest.mark.parametrize("words", ["", MAIL, "+4915112345678", "Ünïcødé 🎈 \n\0", "x" * 100_000])
def test_what_was_sealed_is_read_again(house: House, room: Strongroom, words: str) -> None:
    sealed = create(house, room, 7)[7].seal(*PLACE, words)

    assert opened(house, room, 7).unseal(*PLACE, sealed) == words
    assert room.heard == []


@for_all(st.text())
def test_any_text_is_read_again_and_not_seen_in_what_is_kept(words: str) -> None:
    key = _a_key(Strongroom())

    sealed = key.seal(*PLACE, words)

    assert key.unseal(*PLACE, sealed) == words
    assert len(words) < 4 or words.encode() not in sealed


def _a_key(room: Strongroom) -> FieldKey:
    return OpenKey(3, AESGCM(b"k" * 32), room.installation, room.vaults.alarm)


def test_each_owner_has_a_key_of_their_own(house: House, room: Strongroom) -> None:
    keys = create(house, room, 7, 8)

    assert keys[7].id != keys[8].id
    assert refused(keys[8], keys[7].seal(*PLACE, MAIL)) == "wrong_key"


def test_who_has_no_key_is_left_out(house: House, room: Strongroom) -> None:
    create(house, room, 7)

    with house.reading() as work:
        assert list(room.vault.open(work, [6, 7, 8])) == [7]


def test_an_owner_gets_no_second_key(house: House, room: Strongroom) -> None:
    create(house, room, 7)

    with pytest.raises(DataKeyThere):
        create(house, room, 7)


def test_a_key_that_was_not_committed_is_none(house: House, room: Strongroom) -> None:
    with house.writing() as work:
        room.vault.create(work, [7])

    with house.reading() as work:
        assert room.vault.open(work, [7]) == {}


def test_a_destroyed_key_is_gone_and_its_id_is_told(house: House, room: Strongroom) -> None:
    keys = create(house, room, 7, 8)
    with house.writing() as work:
        gone = room.vault.destroy(work, [7, 9])
        work.commit()

    assert gone == {7: keys[7].id}
    assert house.heard[-1] == DataKeysDestroyed(purpose="contact")
    with house.reading() as work:
        assert list(room.vault.open(work, [7, 8])) == [8]


def test_the_same_text_sealed_twice_looks_different(house: House, room: Strongroom) -> None:
    key = create(house, room, 7)[7]

    assert key.seal(*PLACE, MAIL) != key.seal(*PLACE, MAIL)


def test_nonces_are_unique_over_many_values_and_threads(house: House, room: Strongroom) -> None:
    key = create(house, room, 7)[7]

    def seal(_: int) -> list[bytes]:
        return [key.seal(*PLACE, "x")[9:21] for _ in range(25_000)]

    with ThreadPoolExecutor(4) as pool:
        nonces = [each for some in pool.map(seal, range(4)) for each in some]

    assert len(set(nonces)) == len(nonces) == 100_000


def test_what_is_kept_is_laid_out_as_decided(house: House, room: Strongroom) -> None:
    """`version(1) | data key id(8) | nonce(12) | ciphertext and tag(16)`: later versions must read it."""
    key = create(house, room, 7)[7]

    sealed = key.seal(*PLACE, MAIL)

    assert sealed[0] == 1
    assert int.from_bytes(sealed[1:9]) == key.id
    assert len(sealed) == 1 + 8 + 12 + len(MAIL) + 16


@pytest.mark.parametrize(
    "place",
    [
        ("contact", "email_encrypted", 8),
        ("contact", "phone_encrypted", 7),
        ("user_account", "email_encrypted", 7),
        ("contactemail_encrypted", "", 7),
        ("contac", "temail_encrypted", 7),
    ],
)
def test_moved_to_another_row_column_or_table_it_is_refused(
    house: House, room: Strongroom, place: tuple[str, str, int]
) -> None:
    key = create(house, room, 7)[7]

    assert refused(key, key.seal(*PLACE, MAIL), place) == "altered"


def test_moved_to_another_installation_it_is_refused(house: House, other_house: House) -> None:
    keyring = given()
    here, there = Strongroom(keyring), Strongroom(keyring, installation="another")
    create(house, here, 7)

    with other_house.reading() as work:  # the same rows and the same keyring, as in a copied database
        key = there.vault.open(work, [7])[7]

    assert [each.table for each in there.heard] == ["data_key"]
    assert refused(key, opened(house, here, 7).seal(*PLACE, MAIL)) == "lost_key"


def test_a_bit_that_flipped_anywhere_is_refused(house: House, room: Strongroom) -> None:
    key = create(house, room, 7)[7]
    sealed = key.seal(*PLACE, MAIL)
    expected = ["unknown_version"] + ["wrong_key"] * 8 + ["altered"] * (len(sealed) - 9)

    for position, reason in enumerate(expected):
        for bit in range(8):
            flipped = bytearray(sealed)
            flipped[position] ^= 1 << bit
            assert refused(key, bytes(flipped)) == reason, (position, bit)


def test_cut_at_any_length_it_is_refused(house: House, room: Strongroom) -> None:
    key = create(house, room, 7)[7]
    sealed = key.seal(*PLACE, MAIL)

    reasons = [refused(key, sealed[:length]) for length in range(len(sealed))]

    assert reasons == ["truncated"] * 37 + ["altered"] * (len(sealed) - 37)
    assert refused(key, sealed + b"\0") == "altered"


@for_all(st.binary(max_size=200))
def test_bytes_that_nobody_sealed_are_refused(value: bytes) -> None:
    with pytest.raises(DecryptionRefused):
        _a_key(Strongroom()).unseal(*PLACE, value)


TAMPERS: Final[dict[str, tuple[str, str]]] = {
    "two owners' rows change hands": (
        "UPDATE data_key SET owner_id = -15 - owner_id; UPDATE data_key SET owner_id = owner_id + 30",
        "altered",
    ),
    "two owners' wrapped keys change places": (
        (
            "WITH o AS MATERIALIZED (SELECT id, wrapped FROM data_key) "
            "UPDATE data_key SET wrapped = (SELECT o.wrapped FROM o WHERE o.id <> data_key.id)"
        ),
        "altered",
    ),
    "a row takes another id": ("UPDATE data_key SET id = id + 1000", "altered"),
    "another purpose": ("UPDATE data_key SET purpose = 'contact' WHERE purpose = 'user'", "altered"),
    "a wrapping key that is not here": ("UPDATE data_key SET wrapping_key_id = 'k9'", "unknown_key"),
}


@pytest.mark.parametrize("tampering", TAMPERS)
def test_data_keys_that_were_tampered_with_open_nothing(
    house: House, room: Strongroom, tampering: str
) -> None:
    statements, reason = TAMPERS[tampering]
    purpose = "user" if tampering == "another purpose" else "contact"
    keys = create(house, room, 7, 8, purpose=purpose)
    sealed = {owner: key.seal("contact", "email_encrypted", owner, MAIL) for owner, key in keys.items()}
    with house.writing() as work:
        for statement in statements.split(";"):
            work.session.execute(text(statement))
        work.commit()

    with house.reading() as work:
        found = room.vault.open(work, [7, 8])

    assert [(each.table, each.column, each.reason) for each in room.heard] == [
        ("data_key", "wrapped", reason)
    ] * 2
    for owner in (7, 8):
        place = ("contact", "email_encrypted", owner)
        assert refused(found[owner], sealed[owner], place) == "lost_key"
        with pytest.raises(DecryptionRefused):
            found[owner].seal(*place, MAIL)


def test_a_wrapped_key_that_was_altered_anywhere_opens_nothing(house: House, room: Strongroom) -> None:
    create(house, room, 7)
    with house.reading() as work:
        (row,) = work.data_keys.find_many("contact", [7])
    versions = [row.wrapped[:length] for length in range(len(row.wrapped))]
    versions += [_flipped(row.wrapped, position) for position in range(len(row.wrapped))]

    for wrapped in versions:
        assert room.vault._opened(row._replace(wrapped=wrapped)).id == row.id
        with pytest.raises(DecryptionRefused):
            room.vault._opened(row._replace(wrapped=wrapped)).unseal(*PLACE, b"")


def _flipped(value: bytes, position: int) -> bytes:
    return value[:position] + bytes([value[position] ^ 1]) + value[position + 1 :]


@pytest.mark.parametrize("wrapped", [b"", b"\x02" + bytes(60), "a text, which SQLite keeps anywhere"])
def test_one_damaged_key_keeps_nobody_elses_fields_from_being_read(
    house: House, room: Strongroom, wrapped: object
) -> None:
    keys = create(house, room, 7, 8)
    sealed = keys[8].seal("contact", "email_encrypted", 8, MAIL)
    with house.writing() as work:
        damage = text("UPDATE data_key SET wrapped = :wrapped WHERE owner_id = 7")
        work.session.execute(damage, {"wrapped": wrapped})
        work.commit()

    with house.reading() as work:
        found = room.vault.open(work, [7, 8])

    assert found[8].unseal("contact", "email_encrypted", 8, sealed) == MAIL
    assert len(room.heard) == 1


def test_each_refusal_is_counted_and_ten_a_minute_are_told(house: House, room: Strongroom) -> None:
    key = create(house, room, 7)[7]
    for _ in range(25):
        refused(key, b"")

    assert room.telemetry.snapshot()["vault.refused"] == 25
    assert (
        room.heard
        == [DecryptionFailed(table="contact", column="email_encrypted", row=7, reason="truncated")] * 10
    )


def test_a_refusal_is_logged_without_what_was_refused(
    house: House, room: Strongroom, caplog: pytest.LogCaptureFixture
) -> None:
    key = create(house, room, 7)[7]
    sealed = key.seal(*PLACE, MAIL)
    refused(key, _flipped(sealed, 30))

    (record,) = caplog.records
    assert (record.message, record.levelname) == ("decryption_refused", "ERROR")
    assert record.fields["reason"] == "altered"  # type: ignore[attr-defined]
    assert MAIL not in str(vars(record))
    assert sealed.hex() not in str(vars(record))
    assert base64.b64encode(sealed).decode() not in str(vars(record))


def test_equal_values_have_equal_indexes_in_one_column_of_one_installation() -> None:
    keyring = given()
    room = Strongroom(keyring)
    mine = room.vault.blind_index("email_index", MAIL)

    assert mine == room.vault.blind_index("email_index", MAIL)
    others = [
        room.vault.blind_index("email_index", "bob@example.org"),
        room.vault.blind_index("phone_index", MAIL),
        room.vaults.vault_for("user").blind_index("email_index", MAIL),
        Strongroom(keyring, installation="another").vault.blind_index("email_index", MAIL),
        Strongroom(given()).vault.blind_index("email_index", MAIL),
    ]
    assert {len(each) for each in (mine, *others)} == {32}
    assert len({mine, *others}) == 6


def test_keys_do_not_show_themselves(house: House, room: Strongroom) -> None:
    key = create(house, room, 7)[7]
    keyring = room.keyring
    material = keyring.material()  # type: ignore[attr-defined]

    shown = repr((key, room.vault, room.vaults, keyring, material)) + str(material)

    for secret in (*material.keys.values(), material.index):
        assert base64.b64encode(secret).decode() not in shown
        assert repr(secret)[2:-1] not in shown

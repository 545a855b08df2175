"""A keyring is well-formed or refused in one line that shows no key; a file's is one for all who share it."""

from __future__ import annotations

import base64
import json
import os
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from autom8.kernel.clock import SystemClock
from autom8.kernel.errors import Misconfigured
from autom8.kernel.secrets import Secret
from autom8.security.keyring import BadKeyring, KeyMaterial
from autom8.security.keyring_sources import FileKeyring, GivenKeyring, KeyringGiven, open_keyring
from autom8.security.keys import Keys, confirm_keys
from autom8.security.sealing import Refused
from autom8.security.secret_files import UnsafeSecretFile, alone, replace_secret_file
from autom8.security.vaults import KeyringDiffers, confirm_keyring, refuse_lost_keyring
from tests.security.house import KEYS, House
from tests.security.keyrings import NOON, Strongroom, given, in_file

Json = dict[str, Any]
PLACE = b"a place"


def document() -> Json:
    found: Json = json.loads(KeyMaterial.fresh(at=NOON).text())
    return found


def key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


def refused(text: str) -> str:
    with pytest.raises(BadKeyring) as told:
        GivenKeyring(Secret(text))
    words = str(told.value)
    assert words.startswith("AUTOM8_KEYRING is not a keyring: ")
    assert "\n" not in words
    return words


def test_a_fresh_keyring_reads_as_it_was_written() -> None:
    fresh = KeyMaterial.fresh(at=NOON)

    again = KeyMaterial.parse(fresh.text(), origin="x")

    assert again == fresh
    assert [len(each) for each in (*fresh.keys.values(), fresh.index)] == [32, 32]
    assert fresh.created == {fresh.primary: "2026-11-25T12:00:00+00:00"}


def test_what_an_operator_writes_by_hand_is_enough() -> None:
    keyring = GivenKeyring(
        Secret(json.dumps({"primary": "k2", "keys": {"k1": key(), "k2": key()}, "index": key()}))
    )

    assert (keyring.primary(), sorted(keyring.key_ids())) == ("k2", ["k1", "k2"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is no JSON"),
        ("{", "it is no JSON (line 1, column 2)"),
        ("[" * 100_000, "it is no JSON"),
        ("[]", "must be an object"),
        ("null", "must be an object"),
        ("{}", "it has no keys"),
        ('{"keys": []}', '"keys" must be an object of texts'),
        ('{"keys": {"k1": 1}}', '"keys" must be an object of texts'),
        ('{"keys": {"k1": "x", "k1": "x"}}', "a name stands in it twice"),
    ],
)
def test_what_is_no_keyring_is_refused(text: str, words: str) -> None:
    assert words in refused(text)


def _with(change: Callable[[Json], object]) -> str:
    made = document()
    change(made)
    return json.dumps(made)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.pop("primary"), '"primary" must name one of its keys'),
        (lambda d: d.update(primary="k9"), '"primary" must name one of its keys'),
        (lambda d: d.update(primary=["k9"]), '"primary" must name one of its keys'),
        (lambda d: d.pop("index"), '"index" must be 32 bytes in base64'),
        (lambda d: d.update(index=d["keys"][d["primary"]]), "two of its keys are the same"),
        (lambda d: d["keys"].update(k2=d["keys"][d["primary"]]), "two of its keys are the same"),
        (lambda d: d["keys"].update(k2=base64.b64encode(b"x" * 31).decode()), "the key k2 must be 32 bytes"),
        (lambda d: d["keys"].update(k2=base64.b64encode(os.urandom(33)).decode()), "the key k2 must be 32"),
        (lambda d: d["keys"].update(k2="!" * 44), "the key k2 must be 32 bytes in base64"),
        (lambda d: d["keys"].update(k2=key().rstrip("=")), "the key k2 must be 32 bytes in base64"),
        (lambda d: d["keys"].update(k2="ä" * 44), "the key k2 must be 32 bytes in base64"),
        (lambda d: d["keys"].update(k2="A" * 43 + "="), "the key k2 is too regular"),
        (lambda d: d["keys"].update({"k 2": key()}), "a key's id must be"),
        (lambda d: d["keys"].update({"": key()}), "a key's id must be"),
        (lambda d: d["keys"].update({"k\n2": key()}), "a key's id must be"),
        (lambda d: d["keys"].update({"k" * 65: key()}), "a key's id must be"),
        (lambda d: d.update(primry="k1"), "'primry' is no part of one"),
        (lambda d: d.update(created=1), '"created" must be an object of texts'),
    ],
)
def test_a_keyring_with_something_wrong_is_refused_and_no_key_is_shown(
    change: Callable[[Json], object], words: str
) -> None:
    text = _with(change)

    told = refused(text)

    assert words in told
    for secret in json.loads(text).get("keys", {}).values():
        assert secret not in told


def test_development_makes_a_keyring_once_and_production_never(tmp_path: Path) -> None:
    def opened(*, generate: bool) -> KeyMaterial:
        keyring = open_keyring(tmp_path, text=None, path=None, generate=generate, clock=SystemClock())
        return keyring.material()

    with pytest.raises(Misconfigured, match="none is generated"):
        opened(generate=False)
    assert list(tmp_path.iterdir()) == []
    first = opened(generate=True)
    assert opened(generate=True) == first
    assert stat.S_IMODE((tmp_path / "keyring.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622, 0o666])
def test_a_keyring_that_others_can_open_stops_the_start(tmp_path: Path, mode: int) -> None:
    in_file(tmp_path / "k.json")
    (tmp_path / "k.json").chmod(mode)

    with pytest.raises(UnsafeSecretFile, match="chmod 600"):
        in_file(tmp_path / "k.json")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_keyring_of_another_owner_stops_the_start(tmp_path: Path) -> None:
    in_file(tmp_path / "k.json")
    os.chown(tmp_path / "k.json", 65_534, -1)

    with pytest.raises(UnsafeSecretFile, match="another user"):
        in_file(tmp_path / "k.json")


def test_a_keyring_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(UnsafeSecretFile, match=r"no\.json can't be read"):
        FileKeyring(tmp_path / "no.json", SystemClock())


def test_a_keyring_in_the_environment_is_not_changed_here() -> None:
    with pytest.raises(KeyringGiven, match="AUTOM8_KEYRING"), given().changing():
        pass


def test_what_another_process_adds_to_the_file_is_known_at_once(tmp_path: Path) -> None:
    mine, other = in_file(tmp_path / "k.json"), in_file(tmp_path / "k.json")
    with other.changing() as put:
        added = other.material().with_spare(at=NOON)
        spare = added.spare()
        assert spare is not None
        put(added.promoted(spare))
    wrapped = other.wrap(spare, b"d" * 32, PLACE)

    assert mine.primary() == spare
    assert mine.unwrap(spare, wrapped, PLACE) == b"d" * 32


def test_a_key_that_is_not_in_the_file_is_looked_for_once_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring, reads = in_file(tmp_path / "k.json"), list[Path]()
    load = FileKeyring._load

    def counted(self: FileKeyring) -> None:
        reads.append(self.path)
        load(self)

    monkeypatch.setattr(FileKeyring, "_load", counted)

    for _ in range(100):
        with pytest.raises(Refused, match="unknown_key"):
            keyring.unwrap("k9", b"", PLACE)

    assert len(reads) == 1


def test_a_rotation_is_heard_of_at_once_by_who_has_just_looked_for_a_key(tmp_path: Path) -> None:
    """Else it would wrap by the key before, which may be taken out of the file by then."""
    keyring, another = in_file(tmp_path / "k.json"), in_file(tmp_path / "k.json")
    with pytest.raises(Refused, match="unknown_key"):
        keyring.unwrap("k9", b"", PLACE)

    with another.changing() as put:
        added = another.material().with_spare(at=NOON)
        put(added.promoted(added.spare() or ""))

    assert keyring.primary() == added.spare()


def test_a_file_that_became_unsafe_or_broken_is_told_of_and_what_was_read_stays_good(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "k.json"
    keyring = in_file(path)
    before = keyring.primary()
    wrapped = keyring.wrap(before, b"d" * 32, PLACE)

    damages: list[Callable[[], None]] = [
        lambda: path.chmod(0o644),
        lambda: replace_secret_file(path, "{"),
        path.unlink,
    ]
    for damage in damages:
        keyring._look_again_at = 0.0
        damage()
        assert keyring.unwrap(before, wrapped, PLACE) == b"d" * 32
        assert keyring.primary() == before

    assert "keyring_unreadable" in caplog.messages


def test_the_file_is_replaced_whole_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "k.json"
    (tmp_path / ".k.json.draft").write_text("of one who was killed", encoding="utf-8")
    before = os.umask(0)
    try:
        replace_secret_file(path, "one")
        replace_secret_file(path, "two")
    finally:
        os.umask(before)

    assert path.read_text(encoding="utf-8") == "two"
    assert [each.name for each in tmp_path.iterdir()] == ["k.json"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "k.json"
    replace_secret_file(path, "one")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UnsafeSecretFile, match="No space left"):
        replace_secret_file(path, "two")

    assert path.read_text(encoding="utf-8") == "one"
    assert [each.name for each in tmp_path.iterdir()] == ["k.json"]


def test_many_who_change_a_file_lose_nothing_of_each_other(tmp_path: Path) -> None:
    keyrings = [in_file(tmp_path / "k.json") for _ in range(4)]
    start = threading.Barrier(4)

    def add(keyring: FileKeyring) -> None:
        start.wait()
        for _ in range(10):
            with keyring.changing() as put:
                put(keyring.material().with_spare(at=NOON))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, keyrings))

    assert len(keyrings[0].material().keys) == 41


def test_a_folder_that_is_not_there_can_not_be_locked(tmp_path: Path) -> None:
    with pytest.raises(UnsafeSecretFile), alone(tmp_path / "no" / "k.json"):
        pass


class TestADatabase:
    """It knows the keyring that it is used with."""

    def test_takes_its_own_keyring(self, house: House) -> None:
        room = self._filled(house)

        confirm_keyring(house.writing, room.vaults)
        confirm_keyring(house.writing, room.vaults)

    def test_refuses_one_that_lacks_a_key_and_names_it(self, house: House) -> None:
        room = self._filled(house)

        with pytest.raises(
            KeyringDiffers, match=f"wrapped by {room.keyring.primary()}, which the keyring lacks"
        ):
            confirm_keyring(house.writing, Strongroom().vaults)

    def test_refuses_that_a_lost_keyring_is_made_anew(self, house: House, tmp_path: Path) -> None:
        path = tmp_path / "keyring.json"
        refuse_lost_keyring(house.reading, path)  # nothing needs one yet
        room = self._filled(house)

        with pytest.raises(KeyringDiffers, match=f"wrapped by {room.keyring.primary()}: bring it back"):
            refuse_lost_keyring(house.reading, path)

        path.touch()
        refuse_lost_keyring(house.reading, path)

    def test_refuses_another_key_of_the_same_name(self, house: House) -> None:
        room = self._filled(house)
        name = room.keyring.primary()
        other = KeyMaterial(primary=name, keys={name: os.urandom(32)}, index=os.urandom(32))

        with pytest.raises(KeyringDiffers, match=f"{name} is not the key of that name"):
            confirm_keyring(house.writing, Strongroom(given(other)).vaults)

    def test_refuses_another_index_key_once_something_is_indexed(self, house: House) -> None:
        room = self._filled(house)
        confirm_keyring(house.writing, room.vaults)
        material = room.keyring.material()  # type: ignore[attr-defined]
        other = KeyMaterial(primary=material.primary, keys=material.keys, index=os.urandom(32))

        with pytest.raises(KeyringDiffers, match='"index" is another'):
            confirm_keyring(house.writing, Strongroom(given(other)).vaults)

    def test_takes_any_keyring_while_nothing_is_sealed(self, house: House) -> None:
        confirm_keys(house.writing, KEYS)
        for _ in range(3):
            confirm_keyring(house.writing, Strongroom().vaults)
        other = Keys.derived(
            secret=Secret("another secret key, of 40 bytes or more!"), pepper=Secret("p" * 32)
        )
        confirm_keys(house.writing, other)
        room = Strongroom().vaults
        confirm_keyring(house.writing, room)

        with house.reading() as work:
            assert work.installation.get().keys_check == ".".join(
                [other.pepper_check, other.secret_check, room.keyring.blind(b"check", b"").hex()[:16]]
            )

    @pytest.mark.parametrize("which", ["owner_id = 7", "purpose = 'other'"])
    def test_starts_although_some_of_its_keys_are_damaged(
        self, house: House, which: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Also where they alone are left under a key, as a rotation leaves them."""
        room = self._filled(house)
        with house.writing() as work:
            room.vaults.vault_for("other").create(work, [1])
            run = work.session.connection().exec_driver_sql
            run(f"UPDATE data_key SET owner_id = 99 WHERE {which}")
            work.commit()

        confirm_keyring(house.writing, room.vaults)

        assert caplog.messages == []

    def test_says_which_key_unwraps_nothing(self, house: House, caplog: pytest.LogCaptureFixture) -> None:
        room = self._filled(house)
        keyring = given(room.keyring.material().with_spare(at=NOON))  # type: ignore[attr-defined]
        spare = keyring.material().spare()
        with house.writing() as work:
            run = work.session.connection().exec_driver_sql
            run(f"UPDATE data_key SET wrapping_key_id = '{spare}' WHERE owner_id = 7")
            work.commit()

        confirm_keyring(house.writing, Strongroom(keyring).vaults)

        assert caplog.messages == ["key_unwraps_nothing"]

    def _filled(self, house: House) -> Strongroom:
        confirm_keys(house.writing, KEYS)
        room = Strongroom()
        with house.writing() as work:
            room.vault.create(work, [7, 8])
            work.commit()
        return room

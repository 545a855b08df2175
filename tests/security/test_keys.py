"""Keys are given or made once, kept where only their owner can read, and belong to their database."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autom8.kernel.errors import Misconfigured
from autom8.kernel.secrets import Secret
from autom8.security.keys import Keys, KeysDiffer, WeakKey, confirm_keys, ensure_keys, ensure_local_token
from autom8.security.secret_files import UnsafeSecretFile, ensure_secret_file
from tests.security.house import House

SECRET, PEPPER = Secret("s" * 32), Secret("p" * 32)


def made(home: Path) -> Keys:
    return ensure_keys(home, secret=None, pepper=None, generate=True)[0]


def test_development_makes_its_keys_once_and_says_so(tmp_path: Path) -> None:
    first = ensure_keys(tmp_path, secret=None, pepper=None, generate=True)
    second = ensure_keys(tmp_path, secret=None, pepper=None, generate=True)

    assert (first[1], second[1]) == (True, False)
    assert first[0] == second[0]


def test_two_installations_have_nothing_in_common(tmp_path: Path) -> None:
    homes = [tmp_path / "one", tmp_path / "other"]
    for home in homes:
        home.mkdir()
    one, other = (made(home) for home in homes)

    for name in ("access", "refresh", "cookie", "csrf", "throttle", "pepper"):
        assert getattr(one, name) != getattr(other, name)


def test_each_use_has_a_key_of_its_own(tmp_path: Path) -> None:
    keys = Keys.derived(secret=SECRET, pepper=SECRET)

    assert len({keys.access, keys.refresh, keys.cookie, keys.csrf, keys.throttle, keys.pepper}) == 6


def test_keys_that_are_given_are_taken_and_no_file_is_made(tmp_path: Path) -> None:
    keys, now = ensure_keys(tmp_path, secret=SECRET, pepper=PEPPER, generate=False)

    assert (keys, now) == (Keys.derived(secret=SECRET, pepper=PEPPER), False)
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_given_wins_over_the_file(tmp_path: Path) -> None:
    before = made(tmp_path)
    keys, _ = ensure_keys(tmp_path, secret=SECRET, pepper=None, generate=True)

    assert keys.access == Keys.derived(secret=SECRET, pepper=PEPPER).access
    assert keys.pepper == before.pepper


@pytest.mark.parametrize(("secret", "pepper"), [(None, PEPPER), (SECRET, None), (None, None)])
def test_production_makes_no_keys(tmp_path: Path, secret: Secret | None, pepper: Secret | None) -> None:
    with pytest.raises(Misconfigured):
        ensure_keys(tmp_path, secret=secret, pepper=pepper, generate=False)
    assert list(tmp_path.iterdir()) == []


def test_a_short_key_is_refused() -> None:
    with pytest.raises(WeakKey):
        Keys.derived(secret=Secret("s" * 31), pepper=PEPPER)
    with pytest.raises(WeakKey):
        Keys.derived(secret=SECRET, pepper=Secret("p" * 31))


def test_files_are_for_their_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made(tmp_path)
        ensure_local_token(tmp_path)
    finally:
        os.umask(before)

    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert {path.name for path in tmp_path.iterdir()} == {"keys.json", "local.token"}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o610])
def test_a_file_that_others_can_open_stops_the_start(tmp_path: Path, mode: int) -> None:
    made(tmp_path)
    (tmp_path / "keys.json").chmod(mode)

    with pytest.raises(UnsafeSecretFile, match="chmod 600"):
        made(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_owner_stops_the_start(tmp_path: Path) -> None:
    made(tmp_path)
    os.chown(tmp_path / "keys.json", 65_534, -1)

    with pytest.raises(UnsafeSecretFile, match="another user"):
        made(tmp_path)


def test_a_file_that_is_none_stops_the_start(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    made(elsewhere)
    keys = tmp_path / "keys.json"
    keys.symlink_to(elsewhere / "keys.json")
    with pytest.raises(UnsafeSecretFile):
        made(tmp_path)
    keys.unlink()
    os.mkfifo(keys, 0o600)
    with pytest.raises(UnsafeSecretFile, match="ordinary file"):
        made(tmp_path)
    keys.unlink()
    keys.mkdir(0o700)
    with pytest.raises(UnsafeSecretFile):
        made(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"secret_key": "x"}', "\udcff"])
def test_a_damaged_file_stops_the_start_and_is_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.touch(0o600)
    path.write_bytes(content.encode("utf-8", "surrogateescape"))

    with pytest.raises(Misconfigured):
        made(tmp_path)
    assert path.read_bytes() == content.encode("utf-8", "surrogateescape")


def test_a_folder_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(UnsafeSecretFile):
        made(tmp_path / "missing")


def test_many_who_start_at_once_get_the_same_keys_and_leave_no_litter(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: ensure_secret_file(tmp_path / "s", str(number)), range(8)))

    assert len({content for content, _ in answers}) == 1
    assert [made for _, made in answers].count(True) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_a_crash_while_it_is_written_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(UnsafeSecretFile, match="No space left"):
        made(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_local_token_is_long_and_stays(tmp_path: Path) -> None:
    token = ensure_local_token(tmp_path)

    assert token.reveal().startswith("a8l_")
    assert len(token.reveal()) >= 4 + 43  # 256 bits in base64
    assert ensure_local_token(tmp_path) == token


def test_a_damaged_local_token_stops_the_start(tmp_path: Path) -> None:
    ensure_local_token(tmp_path)
    for content in ["", "a8l_", "a8l_short", "x" * 60]:
        (tmp_path / "local.token").write_text(content, encoding="utf-8")
        with pytest.raises(UnsafeSecretFile, match="damaged"):
            ensure_local_token(tmp_path)


def test_a_database_knows_its_keys(house: House) -> None:
    keys = Keys.derived(secret=SECRET, pepper=PEPPER)
    confirm_keys(house.writing, keys)
    confirm_keys(house.writing, keys)

    with pytest.raises(KeysDiffer, match="password pepper"):
        confirm_keys(house.writing, Keys.derived(secret=SECRET, pepper=Secret("q" * 32)))


def test_a_leaked_secret_key_can_be_replaced(house: House, caplog: pytest.LogCaptureFixture) -> None:
    confirm_keys(house.writing, Keys.derived(secret=SECRET, pepper=PEPPER))
    replaced = Keys.derived(secret=Secret("r" * 32), pepper=PEPPER)
    confirm_keys(house.writing, replaced)
    confirm_keys(house.writing, replaced)

    assert caplog.messages == ["secret_key_replaced"]

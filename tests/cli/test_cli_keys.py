"""`autom8 key`, through a server and without one."""

from __future__ import annotations

import json
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from autom8.cli.server import local_operator, local_services
from autom8.kernel.paging import Page
from tests.api.rig import House, opened
from tests.cli.command import Cli

PASSPHRASE = "correct horse battery\n"


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The real API, which the command line is told of."""
    with opened(tmp_path / "data") as house:
        server = make_server("127.0.0.1", 0, house.client.application, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("AUTOM8_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AUTOM8_TOKEN_FILE", str(tmp_path / "data" / "local.token"))
        try:
            yield house
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@pytest.fixture(params=["through a server", "without a server"])
def keyring(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The file of a keyring that wraps three data keys; the commands reach it either way."""
    if request.param == "through a server":
        house: House = request.getfixturevalue("served")
        _fill(house)
    else:
        with opened(tmp_path / "data") as house:
            _fill(house)
    return tmp_path / "data" / "keyring.json"


def _fill(house: House) -> None:
    with house.services.units.writing() as work:
        house.services.vaults.vault_for("contact").create(work, [1, 2, 3])
        work.commit()


def primary(keyring: Path) -> str:
    return str(json.loads(keyring.read_bytes())["primary"])


def test_keys_are_listed_and_none_is_shown(cli: Cli, keyring: Path) -> None:
    shown = cli("key", "list")

    assert shown.out.splitlines()[0].split() == ["KEY", "STATE", "MADE", "WRAPS"]
    assert shown.out.splitlines()[1].split()[:2] == [primary(keyring), "primary"]
    assert shown.out.splitlines()[1].split()[-1] == "3"
    assert shown.out.splitlines()[2] == f"from {keyring}"
    as_json = cli("key", "list", "--json")
    assert as_json.json["keys"][0]["wraps"] == 3
    for secret in (*json.loads(keyring.read_bytes())["keys"].values(), "index"):
        assert secret not in shown.out + as_json.out


def test_a_rotation_wraps_all_anew_and_an_old_key_is_taken_out(cli: Cli, keyring: Path) -> None:
    old = primary(keyring)
    refused = cli("key", "rotate", "--retire", old)

    rotated = cli("key", "rotate")
    retired = cli("key", "rotate", "--retire", old)

    assert (refused.code, refused.err) == (7, f"autom8: {old} is the primary key; rotate first.\n")
    assert rotated.out == f"wrapped 3 data keys by {primary(keyring)}\n"
    assert retired.out == f"took {old} out of the keyring\n"
    assert list(json.loads(keyring.read_bytes())["keys"]) == [primary(keyring)] != [old]
    assert stat.S_IMODE(keyring.stat().st_mode) == 0o600


def test_what_a_rotation_did_is_told_in_json(cli: Cli, keyring: Path) -> None:
    assert cli("key", "rotate", "--json").json == {
        "primary": primary(keyring),
        "began": True,
        "remaining": 0,
        "moved": 3,
        "refused": [],
    }


def test_a_backup_is_written_for_its_owner_and_brings_the_keyring_back(
    cli: Cli, keyring: Path, tmp_path: Path
) -> None:
    backup, before = tmp_path / "backup.json", json.loads(keyring.read_bytes())

    made = cli("key", "export", "--output", str(backup), "--passphrase-stdin", stdin=PASSPHRASE)
    again = cli("key", "export", "--output", str(backup), "--passphrase-stdin", stdin=PASSPHRASE)
    there = cli("key", "restore", str(backup), "--passphrase-stdin", stdin=PASSPHRASE)
    keyring.unlink()
    wrong = cli("key", "restore", str(backup), "--passphrase-stdin", stdin="wrong horse battery\n")
    assert not keyring.exists()
    restored = cli("key", "restore", str(backup), "--passphrase-stdin", stdin=PASSPHRASE)

    assert (made.code, made.out, made.err) == (0, "", f"wrote {backup}\n")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert before["index"] not in backup.read_text()
    assert (again.code, there.code, wrong.code) == (7, 7, 8)
    assert restored.out == f"wrote {keyring}; start the servers that use it again\n"
    assert json.loads(keyring.read_bytes()) == before


def test_a_plain_export_goes_into_a_file_only(cli: Cli, keyring: Path, tmp_path: Path) -> None:
    refused = cli("key", "export", "--plain")
    made = cli("key", "export", "--plain", "--output", str(tmp_path / "plain.json"))
    restored = cli("key", "restore", str(tmp_path / "plain.json"), "--output", str(tmp_path / "again.json"))

    assert (refused.code, "needs --output" in refused.err) == (8, True)
    assert (made.code, restored.code) == (0, 0)
    for copy in ("plain.json", "again.json"):
        assert json.loads((tmp_path / copy).read_bytes()) == json.loads(keyring.read_bytes())
        assert stat.S_IMODE((tmp_path / copy).stat().st_mode) == 0o600


def test_a_backup_is_shown_when_no_file_is_named(cli: Cli, keyring: Path) -> None:
    shown = cli("key", "export", "--passphrase-stdin", stdin=PASSPHRASE)

    assert shown.json["kind"] == "autom8 keyring backup"
    assert primary(keyring) not in shown.out


def test_a_short_passphrase_and_nobody_to_ask_are_told(cli: Cli, served: House) -> None:
    assert cli("key", "export", "--passphrase-stdin", stdin="short\n").code == 8
    nobody = cli("key", "export")
    assert (nobody.code, "--passphrase-stdin" in nobody.err) == (8, True)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"primary": "k1"}'])
def test_what_is_no_backup_is_not_written(cli: Cli, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b").write_bytes(content)

    outcome = cli("key", "restore", str(tmp_path / "b"), "--output", str(tmp_path / "k"), stdin="x\n")

    assert outcome.code == 8
    assert not (tmp_path / "k").exists()
    assert cli("key", "restore", str(tmp_path / "no")).code == 6


def test_a_damaged_data_key_is_named_and_told_by_the_exit_code(cli: Cli, keyring: Path) -> None:
    services = local_services(None)
    try:
        with services.units.writing() as work:
            sql = "UPDATE data_key SET owner_id = 9 WHERE owner_id = 2"
            work.session.connection().exec_driver_sql(sql)
            work.commit()
    finally:
        services.close()

    outcome = cli("key", "rotate")

    assert (outcome.code, outcome.out) == (1, f"wrapped 2 data keys by {primary(keyring)}\n")
    assert "autom8: the data key 2 can't be unwrapped, and was left as it is" in outcome.err.splitlines()
    shown = cli("key", "list")
    assert "1 data keys are wrapped by an old key" in shown.err


def test_each_command_leaves_its_entry(cli: Cli, keyring: Path, tmp_path: Path) -> None:
    old = primary(keyring)
    cli("key", "rotate")
    cli("key", "rotate", "--retire", old)
    cli("key", "export", "--plain", "--output", str(tmp_path / "plain.json"))

    services = local_services(None)
    try:
        page = Page(limit=50, order="seq", filters={"object_type": "key"})
        actions = [entry.action for entry in services.audit.list_(page, actor=local_operator()).items]
    finally:
        services.close()
    assert actions == ["key.rotated", "key.rewrapped", "key.retired", "key.exported"]

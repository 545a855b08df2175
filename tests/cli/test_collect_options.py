"""`autom8 collect`: what it asks for, and how it refuses to start."""

from __future__ import annotations

from pathlib import Path

import pytest

from autom8.cli.collect_service import data_folder, read_authorization, sent_in_the_clear
from autom8.kernel.errors import Misconfigured
from tests.cli.collecting import KEY, key_file
from tests.cli.command import Cli


def start(cli: Cli, folder: Path, **given: str) -> tuple[int, str]:
    options = {
        "--server": "http://127.0.0.1:9",
        "--key-file": str(key_file(folder)),
        "--data": str(folder / "d"),
    } | {f"--{name.replace('_', '-')}": value for name, value in given.items()}
    outcome = cli("collect", *[word for pair in options.items() for word in pair])
    return outcome.code, outcome.err


@pytest.mark.parametrize("every", ["0.9s", "0", "2h", "soon"])
def test_a_beat_beyond_its_bounds_is_refused(cli: Cli, tmp_path: Path, every: str) -> None:
    code, said = start(cli, tmp_path, every=every)

    assert code == 2
    assert f"{every!r} is not" in said


def test_a_server_and_a_key_must_be_named(cli: Cli) -> None:
    outcome = cli("collect")

    assert outcome.code == 2
    assert "--server" in outcome.err
    assert "--key-file" in outcome.err


@pytest.mark.parametrize("server", ["autom8.example", "ftp://a", "http://", "http://a:b"])
def test_what_is_no_address_is_refused(cli: Cli, tmp_path: Path, server: str) -> None:
    assert start(cli, tmp_path, server=server) == (
        8,
        f"autom8: {server!r} is not a server's address; write https://HOST[:PORT]\n",
    )


def test_a_password_in_the_address_is_refused_and_not_repeated(cli: Cli, tmp_path: Path) -> None:
    code, said = start(cli, tmp_path, server="https://me:hunter2@autom8.example")

    assert code == 8
    assert "hunter2" not in said


def test_a_name_that_no_host_can_have_is_refused(cli: Cli, tmp_path: Path) -> None:
    assert start(cli, tmp_path, name=" ") == (8, "autom8: the host's name must not be empty\n")


def test_a_key_that_others_can_read_or_that_is_none_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "open").write_text(KEY)
    (tmp_path / "open").chmod(0o644)
    (tmp_path / "empty").touch(mode=0o600)
    for name, reason in (
        ("open", "is open to others"),
        ("gone", "can't be read"),
        ("empty", "holds no API key"),
    ):
        code, said = start(cli, tmp_path, key_file=str(tmp_path / name))
        assert code == 10
        assert reason in said
        assert said.count("\n") == 1


@pytest.mark.parametrize("text", ["two words", "bad\0key", "schlüssel", "line\nline"])
def test_what_cannot_stand_in_a_header_is_no_key(tmp_path: Path, text: str) -> None:
    with pytest.raises(Misconfigured, match="holds no API key"):
        read_authorization(key_file(tmp_path, text))


def test_batches_wait_where_systemd_says_or_in_a_folder_of_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert data_folder("/x", {"STATE_DIRECTORY": "/a"}) == Path("/x")
    assert data_folder(None, {"STATE_DIRECTORY": "/a:/b"}) == Path("/a")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert data_folder(None, {}) == Path("/var/lib/autom8-collect")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert data_folder(None, {"XDG_STATE_HOME": "/s"}) == Path("/s/autom8-collect")
    assert data_folder(None, {}) == Path.home() / ".local/state/autom8-collect"


def test_a_key_on_its_way_in_the_clear_is_known() -> None:
    assert sent_in_the_clear("http://autom8.example")
    assert not sent_in_the_clear("https://autom8.example")
    assert not any(sent_in_the_clear(f"http://{host}:8008") for host in ("127.0.0.1", "[::1]", "localhost"))

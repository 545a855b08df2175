from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.command import Cli
from tests.cli.contract_server import ContractServer


@pytest.fixture
def local(tmp_path: Path, server: ContractServer) -> Path:
    """The data folder of a server that runs on this machine."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "server.json").write_text(json.dumps({"url": server.url, "pid": os.getpid()}), encoding="utf-8")
    (folder / "local.token").write_text("local-token\n", encoding="ascii")
    return folder


def test_on_the_servers_machine_nothing_needs_to_be_said(
    local: Path, server: ContractServer, cli: Cli
) -> None:
    assert cli("task", "list").code == 0
    assert server.asked[-1].headers["Authorization"] == "Bearer local-token"


def test_without_a_server_it_is_said_how_to_start_or_name_one(tmp_path: Path, cli: Cli) -> None:
    outcome = cli("task", "list")

    assert outcome.code == 3
    assert outcome.err == (
        f"autom8: no Autom8 server is running on this machine (data folder {tmp_path / 'data'});"
        " start one with `autom8 up`, or name one with AUTOM8_URL\n"
    )


def test_a_server_that_was_killed_is_no_server(local: Path, cli: Cli) -> None:
    (local / "server.json").write_text('{"url": "http://127.0.0.1:9", "pid": 1}', encoding="utf-8")

    outcome = cli("task", "list")

    assert outcome.code == 3
    assert "no Autom8 server is running on this machine" in outcome.err


def test_a_data_folder_that_is_damaged_is_named(local: Path, cli: Cli) -> None:
    (local / "server.json").write_text("[]", encoding="utf-8")

    outcome = cli("task", "list")

    assert outcome.code == 10
    assert f"{local}/server.json can't be read" in outcome.err


def test_a_token_of_another_user_asks_for_a_login(
    local: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, **_: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refuse)
    outcome = cli("task", "list")

    assert outcome.code == 4
    assert f"{local}/local.token belongs to another user; log in with a name and a password" in outcome.err


def test_data_names_the_folder_and_goes_before_all_but_url(
    local: Path, tmp_path: Path, server: ContractServer, here: Cli
) -> None:
    assert here("task", "list", "--data", str(local)).code == 0
    assert server.asked[-1].headers["Authorization"] == "Bearer local-token"
    assert here("task", "list", "--data", str(tmp_path / "none")).code == 3
    assert here("task", "list", "--data", str(tmp_path / "none"), "--url", server.url).code == 0


def test_a_named_server_needs_a_token(server: ContractServer, cli: Cli) -> None:
    outcome = cli("task", "list", "--url", server.url)

    assert outcome.code == 10
    assert f"AUTOM8_TOKEN or AUTOM8_TOKEN_FILE is not; set one, or: autom8 login {server.url}" in outcome.err


def test_the_token_may_stand_in_a_file(
    server: ContractServer, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text(f"{server.token}\n", encoding="ascii")
    monkeypatch.setenv("AUTOM8_URL", server.url)
    monkeypatch.setenv("AUTOM8_TOKEN_FILE", str(tmp_path / "token"))
    assert cli("task", "list").code == 0

    monkeypatch.setenv("AUTOM8_TOKEN_FILE", str(tmp_path / "none"))
    outcome = cli("task", "list")
    assert outcome.code == 10
    assert "AUTOM8_TOKEN_FILE names" in outcome.err


def test_a_login_to_the_named_server_will_do_instead_of_a_token(server: ContractServer, cli: Cli) -> None:
    cli("login", server.url, "--password-stdin", stdin="correct horse\n")

    assert cli("task", "list", "--url", server.url).code == 0
    assert cli("task", "list", "--url", "http://127.0.0.1:9").code == 10


def test_a_token_that_is_wrong_is_said_to_be_so(
    server: ContractServer, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOM8_TOKEN", "wrong")

    outcome = cli("task", "list", "--url", server.url)

    assert (outcome.code, outcome.err) == (4, "autom8: Who are you?\n")

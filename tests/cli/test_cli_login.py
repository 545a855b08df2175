from __future__ import annotations

import argparse
import getpass
import io
import json
import stat
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from autom8.cli.errors import NotLoggedIn
from autom8.cli.login import refuse_plain
from autom8.cli.logins import Login, LoginFile, StoredCredentials
from autom8.cli.passwords import new_password
from autom8.kernel.errors import Invalid, Misconfigured
from tests.cli.command import Cli
from tests.cli.contract_server import ContractServer


@pytest.fixture
def login_file(tmp_path: Path) -> LoginFile:
    return LoginFile(tmp_path / "config" / "autom8")


@pytest.fixture
def logged_in(server: ContractServer, cli: Cli, login_file: LoginFile) -> Login:
    cli("login", server.url, "--name", "ada", "--password-stdin", stdin="correct horse\n")
    login = login_file.find()
    assert login is not None
    return login


def test_after_a_login_commands_go_to_that_server(server: ContractServer, cli: Cli) -> None:
    server.add_task(name="a")

    outcome = cli("login", server.url + "/", "--name", "ada", "--password-stdin", stdin="correct horse\n")

    assert outcome.out == f"logged in to {server.url} as ada; commands go there until `autom8 logout`\n"
    assert cli("task", "list", "--json").json[0]["name"] == "a"
    assert server.asked[0].body == {"name": "ada", "password": "correct horse"}


def test_the_login_is_kept_where_only_its_owner_can_read_it(logged_in: Login, login_file: LoginFile) -> None:
    assert stat.S_IMODE(login_file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(login_file.path.parent.stat().st_mode) == 0o700
    assert "correct horse" not in login_file.path.read_text(encoding="utf-8")
    assert logged_in.refresh_token not in repr(logged_in)


def test_a_wrong_password_stores_nothing(server: ContractServer, cli: Cli, login_file: LoginFile) -> None:
    outcome = cli("login", server.url, "--password-stdin", stdin="wrong\n")

    assert (outcome.code, outcome.err) == (4, "autom8: Name or password is wrong.\n")
    assert login_file.find() is None
    assert server.asked[0].body["name"] == getpass.getuser()


def test_an_access_token_that_ends_is_renewed_and_the_new_refresh_token_kept(
    server: ContractServer, cli: Cli, logged_in: Login, login_file: LoginFile
) -> None:
    login_file.put(replace(logged_in, access_until=time.time() + 5))

    assert cli("task", "list").code == 0

    renewed = login_file.find()
    assert renewed is not None
    assert renewed.refresh_token == server.refresh_tokens[-1] != logged_in.refresh_token
    assert [asked.path for asked in server.asked] == ["/auth/login", "/auth/refresh", "/tasks"]


def test_a_token_that_the_server_refuses_is_renewed_too(
    server: ContractServer, cli: Cli, logged_in: Login, login_file: LoginFile
) -> None:
    login_file.put(replace(logged_in, access_token="revoked"))

    assert cli("task", "list").code == 0


def test_a_login_that_has_ended_says_how_to_log_in_again(
    server: ContractServer, cli: Cli, logged_in: Login, login_file: LoginFile
) -> None:
    login_file.put(replace(logged_in, access_until=0, refresh_token="used"))

    outcome = cli("task", "list")

    assert outcome.code == 4
    assert f"has ended; log in again: autom8 login {server.url} --name ada" in outcome.err


def test_of_two_processes_only_one_renews(
    server: ContractServer, logged_in: Login, login_file: LoginFile
) -> None:
    # Each refresh token is good once: a second use would end the whole login.
    stale = replace(logged_in, access_until=0)
    login_file.put(stale)
    both = [StoredCredentials(login_file, stale) for _ in range(2)]
    tokens: list[str | None] = []

    threads = [threading.Thread(target=lambda each=each: tokens.append(each.bearer())) for each in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert tokens == [server.token, server.token]
    assert [asked.path for asked in server.asked].count("/auth/refresh") == 1


def test_a_login_that_was_given_up_meanwhile_is_not_made_again(
    server: ContractServer, logged_in: Login, login_file: LoginFile
) -> None:
    credentials = StoredCredentials(login_file, replace(logged_in, access_until=0))
    login_file.remove()
    with pytest.raises(NotLoggedIn, match="given up meanwhile"):
        credentials.bearer()

    login_file.put(replace(logged_in, url="https://elsewhere.example", access_token="not for here"))
    with pytest.raises(NotLoggedIn, match="given up meanwhile"):
        credentials.bearer()


def test_a_login_file_that_is_damaged_is_named(login_file: LoginFile, cli: Cli) -> None:
    login_file.path.parent.mkdir(parents=True)
    login_file.path.write_text(json.dumps({"url": "x"}), encoding="utf-8")

    with pytest.raises(Misconfigured, match=str(login_file.path)):
        login_file.find()
    assert cli("task", "list").code == 10


def test_logging_out_tells_the_server_and_forgets(
    server: ContractServer, cli: Cli, logged_in: Login, login_file: LoginFile
) -> None:
    assert cli("logout").out == f"logged out of {server.url}\n"
    assert server.asked[-1].path == "/auth/logout"
    assert server.asked[-1].headers["Authorization"] == f"Bearer {logged_in.access_token}"
    assert login_file.find() is None
    assert cli("logout").out == "not logged in anywhere\n"


def test_logging_out_of_a_server_that_is_gone_forgets_all_the_same(
    cli: Cli, logged_in: Login, login_file: LoginFile
) -> None:
    login_file.put(replace(logged_in, url="http://127.0.0.1:9"))

    outcome = cli("logout")

    assert outcome.code == 0
    assert "the server was not told" in outcome.err
    assert login_file.find() is None


def test_a_password_is_not_sent_in_the_clear(cli: Cli, login_file: LoginFile) -> None:
    outcome = cli("login", "http://autom8.example.org", "--password-stdin", stdin="secret\n")

    assert outcome.code == 8
    assert "your password could be read on the way" in outcome.err


@pytest.mark.parametrize(
    "url", ["https://example.org", "http://localhost:8008", "http://127.0.0.1", "http://[::1]:8008"]
)
def test_what_nobody_on_the_way_can_read_may_be_sent(url: str) -> None:
    refuse_plain(url)


def test_an_odd_address_is_refused_before_the_password_is_asked_for(cli: Cli) -> None:
    with pytest.raises(Invalid):
        refuse_plain("http://[::1")
    assert cli("login", "ftp://x", "--plain-http", "--password-stdin", stdin="x\n").code == 8


class Terminal(io.StringIO):
    """A stdin at which somebody sits."""

    def isatty(self) -> bool:
        return True


def test_a_new_password_is_typed_twice_and_must_be_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    typed = iter(["one", "one", "one", "other"])
    monkeypatch.setattr(getpass, "getpass", lambda _: next(typed))
    monkeypatch.setattr(sys, "stdin", Terminal())
    args = argparse.Namespace(generate=False, password_stdin=False)

    assert new_password(args) == "one"
    with pytest.raises(Invalid, match="the two passwords differ"):
        new_password(args)


def test_where_nobody_sits_a_password_must_come_by_stdin(here: Cli) -> None:
    outcome = here("user", "add", "ada", "--role", "admin")

    assert outcome.code == 8
    assert "--password-stdin" in outcome.err

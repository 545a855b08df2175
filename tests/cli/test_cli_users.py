from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import Cli
from tests.cli.contract_server import ContractServer


def test_a_user_is_added_through_the_server(here: Cli, server: ContractServer) -> None:
    outcome = here(
        "user", "add", "grace", "--role", "operator", "--password-stdin", stdin="a long password\r\nrest"
    )

    assert outcome.out == "added user grace, operator\n"
    assert server.asked[-1].body == {"name": "grace", "password": "a long password", "role": "operator"}


def test_a_generated_password_is_shown_once_and_not_on_stdout(here: Cli, server: ContractServer) -> None:
    outcome = here("user", "add", "grace", "--role", "viewer", "--generate", "--json")

    assert outcome.json["name"] == "grace"
    assert outcome.err == f"password: {server.asked[-1].body['password']}\n"
    assert len(server.asked[-1].body["password"]) == 24


def test_users_are_listed(here: Cli, server: ContractServer) -> None:
    users = [server.add_user(name="ada", role="admin"), server.add_user(name="bob", disabled=True)]

    assert here("user", "list").out.splitlines() == [
        "NUMBER  NAME  ROLE      STATE     LAST LOGIN",
        "     1  ada   admin     active    -",
        "     2  bob   operator  disabled  -",
    ]
    assert here("user", "list", "--json").json == users
    assert "there are more than 1" in here("user", "list", "--limit", "1").err


def test_a_user_is_disabled_and_enabled_by_name(here: Cli, server: ContractServer) -> None:
    server.add_user(name="Ada")

    assert here("user", "disable", "ada").out == "user Ada is disabled\n"
    assert server.asked[-1].headers["If-Match"] == '"1"'
    assert here("user", "enable", "ada", "--json").json["disabled"] is False


def test_a_user_that_is_not_there_is_said_to_be_so(here: Cli) -> None:
    outcome = here("user", "disable", "nobody")

    assert (outcome.code, outcome.err) == (
        6,
        "autom8: no user is named nobody; `autom8 user list` shows those there are\n",
    )


def test_the_first_administrator_is_made_with_no_server_running(cli: Cli, tmp_path: Path) -> None:
    words = ["user", "add", "ada", "--role", "admin", "--password-stdin", "--json"]

    outcome = cli(*words, stdin="correct horse battery staple\n")

    assert outcome.code == 0, outcome.err
    assert outcome.json["name"] == "ada"
    assert outcome.json["role"] == "admin"
    assert (tmp_path / "data" / "autom8.db").exists()
    again = cli(*words, stdin="correct horse battery staple\n")
    assert again.code == 7
    assert "ada" in again.err


def test_a_weak_password_is_refused_with_no_server_running_too(cli: Cli) -> None:
    outcome = cli("user", "add", "ada", "--role", "admin", "--password-stdin", stdin="short\n")

    assert outcome.code == 8
    assert "password: " in outcome.err


def test_the_audit_trail_is_listed(here: Cli, server: ContractServer) -> None:
    actor = {"kind": "user", "id": 1, "name": "ada"}
    entry = {
        "seq": 7,
        "at": "2026-07-01T12:00:00Z",
        "actor": actor,
        "address": "127.0.0.1",
        "action": "task.pause",
    }
    server.audit += [
        {**entry, "object_type": "task", "object_id": "3", "details": {"reason": "voll\x07"}, "hash": "00"},
        {**entry, "seq": 6, "actor": {"kind": "local", "id": None, "name": ""}, "object_type": None}
        | {"object_id": None, "details": {}, "hash": "00"},
    ]

    assert here("audit", "list").out.splitlines() == [
        "ENTRY  AT                          WHO    DID         TO      MORE",
        '    7  2026-07-02 00:45:00 +12:45  ada    task.pause  task 3  {"reason": "voll\\u0007"}',
        "    6  2026-07-02 00:45:00 +12:45  local  task.pause  -       -",
    ]
    assert here("audit", "list", "--json").json == server.audit
    assert "there are more than 1" in here("audit", "list", "--limit", "1").err


@pytest.mark.parametrize(("option", "name"), [("--actor", "actor"), ("--object-type", "object_type")])
def test_the_filters_of_the_audit_trail_are_the_servers_work(
    here: Cli, server: ContractServer, option: str, name: str
) -> None:
    here("audit", "list", option, "x")

    assert server.asked[-1].query == {name: "x", "limit": "50"}

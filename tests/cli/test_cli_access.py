"""`autom8 apikey`, `autom8 user password|sessions|factor` and `autom8 login` with a code, at a real API."""

from __future__ import annotations

import getpass
import io
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pyotp
import pytest
from werkzeug.serving import make_server

from autom8.bootstrap import parts as bootstrap
from autom8.cli.main import main
from autom8.kernel.actor import SYSTEM
from autom8.kernel.paging import Page
from autom8.kernel.vocabulary import Role
from autom8.security.service import build_security
from tests.api.rig import PASSWORD, House, opened
from tests.cli.command import Cli

NEW_PASSWORD = "another long and unlikely password"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "build_security", partial(build_security, password_cost=4))
        with opened(tmp_path_factory.mktemp("access") / "home", requests_per_minute=100_000) as house:
            yield house


@pytest.fixture(scope="module")
def url(house: House) -> Iterator[str]:
    served = make_server("127.0.0.1", 0, house.client.application, threaded=True)
    thread = threading.Thread(target=served.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    thread.join()
    served.server_close()


def add_user(house: House, name: str, role: Role = Role.VIEWER) -> int:
    return house.services.security.users.add(name, PASSWORD, role, actor=SYSTEM).id


@pytest.fixture
def as_user(house: House, url: str, cli: Cli, request: pytest.FixtureRequest) -> Cli:
    """The command of a user of this test alone, who is logged in."""
    add_user(house, name_for(request), Role.OPERATOR)
    words = ("login", url, "--name", name_for(request), "--password-stdin")
    assert cli(*words, stdin=PASSWORD).code == 0
    return cli


def name_for(request: pytest.FixtureRequest) -> str:
    return re.sub(r"\W", "", request.node.name)[-40:]


@contextmanager
def typed(*lines: str) -> Iterator[list[str]]:
    """Somebody sits here and types these; what they were asked."""
    left, asked = iter(lines), []

    def type_(prompt: str) -> str:
        asked.append(prompt)
        return next(left)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(getpass, "getpass", type_)
        patch.setattr(sys, "stdin", Terminal())
        yield asked


def forget_proof(house: House, user_id: int) -> None:
    with house.services.units.writing() as work:
        for session in work.access.open_sessions(user_id):
            session.proved_at = work.now() - timedelta(minutes=11)
        work.commit()


def test_a_key_is_made_shown_on_stdout_used_and_revoked(
    as_user: Cli, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scopes = ("--scope", "tasks:read", "--scope", "runs:read")
    made = as_user("apikey", "add", "backup", *scopes, "--expires", "1d")
    key = made.out.strip()
    assert made.err == "the key backup, which is shown this once:\n"
    listed = as_user("apikey", "list").out
    assert re.search(rf"{key[:20]}_… +backup +runs:read tasks:read +active until 20", listed)
    assert key not in listed

    with monkeypatch.context() as patch:
        patch.setenv("AUTOM8_URL", url)
        patch.setenv("AUTOM8_TOKEN", key)
        assert as_user("task", "list").code == 0
        assert as_user("apikey", "list").code == 5
        assert as_user("task", "add", "x", "--", "true").code == 5
        patch.setenv("AUTOM8_TOKEN", key[:-1])
        assert as_user("task", "list").code == 4

    assert as_user("apikey", "revoke", "backup").out == f"revoked the key backup ({key[:20]}_…)\n"
    assert as_user("apikey", "revoke", "backup").code == 6
    assert as_user("apikey", "revoke", key[:20]).code == 0  # by its number or id, however often
    assert as_user("apikey", "list", "--json").json[0]["revoked_at"] is not None


def test_an_administrator_lists_and_revokes_the_keys_of_others(
    as_user: Cli, house: House, cli: Cli, url: str, request: pytest.FixtureRequest
) -> None:
    as_user("apikey", "add", "theirs", "--scope", "tasks:read")
    add_user(house, "root", Role.ADMIN)
    cli("login", url, "--name", "root", "--password-stdin", stdin=PASSWORD)

    assert "theirs" in cli("apikey", "list", "--user", name_for(request)).out
    assert cli("apikey", "list").out.count("\n") == 1
    assert cli("apikey", "revoke", "theirs", "--user", name_for(request)).code == 0


def test_what_wants_proof_asks_who_sits_here_and_is_then_done(
    as_user: Cli, house: House, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    user_id = house.services.security.users.list_(Page(order="id", limit=200), actor=SYSTEM).items[-1].id
    forget_proof(house, user_id)
    refused = as_user("apikey", "add", "a", "--scope", "tasks:read")
    how = "do this at a terminal, or after a new `autom8 login`"
    assert (refused.code, refused.err) == (5, f"autom8: Prove once more who you are: {how}.\n")

    with typed(PASSWORD) as asked:
        assert main(["apikey", "add", "a", "--scope", "tasks:read"]) == 0
    assert asked == [f"Password of {name_for(request)}, once more: "]
    assert capsys.readouterr().out.startswith("a8_live_")
    forget_proof(house, user_id)
    with typed("wrong"):
        assert main(["apikey", "add", "b", "--scope", "tasks:read"]) == 5


def test_a_second_factor_is_set_up_and_asked_for_at_the_next_login(
    as_user: Cli, url: str, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    capsys.readouterr()
    with typed() as _, pytest.MonkeyPatch.context() as patch:
        patch.setattr(getpass, "getpass", lambda _: _code(capsys))
        assert main(["user", "factor", "--set-up"]) == 0
    codes = capsys.readouterr().out.split()
    assert len(codes) == 10
    shown = as_user("user", "factor").out
    assert re.search(r"second factor +on", shown)
    assert re.search(r"recovery codes left +10", shown)

    login = ("login", url, "--name", name_for(request), "--password-stdin")
    without = as_user(*login, stdin=PASSWORD)
    assert (without.code, "give it with --code" in without.err) == (4, True)
    assert as_user(*login, "--code", codes[0], stdin=PASSWORD).code == 0
    assert as_user(*login, "--code", codes[0], stdin=PASSWORD).code == 4
    with typed(PASSWORD, codes[1]) as asked:
        assert main(["login", url, "--name", name_for(request)]) == 0
    assert len(asked) == 2
    assert len(as_user("user", "factor", "--recovery-codes").out.split()) == 10
    assert as_user("user", "factor", "--remove").out == "the second factor is removed\n"
    assert as_user(*login, stdin=PASSWORD).code == 0


def _code(capsys: pytest.CaptureFixture[str]) -> str:
    secret = re.search(r"^([A-Z2-7]{32})$", capsys.readouterr().err, re.MULTILINE)
    assert secret is not None
    return pyotp.TOTP(secret[1]).now()


def test_ones_own_password_is_changed_and_the_login_goes_on(
    as_user: Cli, url: str, request: pytest.FixtureRequest
) -> None:
    changing = ("user", "password", "--password-stdin")
    assert as_user(*changing, stdin=f"wrong\n{NEW_PASSWORD}\n").code == 5
    assert as_user(*changing, stdin=f"{PASSWORD}\nshort\n").code == 8
    changed = as_user(*changing, stdin=f"{PASSWORD}\n{NEW_PASSWORD}\n")

    assert changed.out == "your password is changed; your other logins have ended\n"
    assert as_user("task", "list").code == 0
    login = ("login", url, "--name", name_for(request), "--password-stdin")
    assert as_user(*login, stdin=PASSWORD).code == 4
    assert as_user(*login, stdin=NEW_PASSWORD).code == 0


def test_sessions_are_shown_and_ended(as_user: Cli, url: str, request: pytest.FixtureRequest) -> None:
    as_user("login", url, "--name", name_for(request), "--password-stdin", stdin=PASSWORD)
    listed = as_user("user", "sessions", "--json").json
    other = next(each["id"] for each in listed if not each["current"])

    assert "this one" in as_user("user", "sessions").out
    assert as_user("user", "sessions", "--end", other).out == f"ended session {other}\n"
    assert as_user("user", "sessions", "--end", "0" * 32).code == 6
    assert as_user("user", "sessions", "--end-all").code == 0
    assert len(as_user("user", "sessions", "--json").json) == 1


def test_the_local_operator_gives_passwords_ends_sessions_and_has_no_keys(
    house: House, url: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_user(house, "lost")
    house.stranger.post("/auth/login", {"name": "lost", "password": PASSWORD})
    monkeypatch.setenv("AUTOM8_URL", url)
    monkeypatch.setenv("AUTOM8_TOKEN", house.local.headers["Authorization"].removeprefix("Bearer "))

    assert cli("user", "sessions", "lost", "--end-all").out == "ended all sessions of lost\n"
    assert cli("user", "sessions", "lost", "--json").json == []
    given = cli("user", "password", "lost", "--generate")
    assert given.out == "the password of lost is changed\n"
    password = given.err.removeprefix("password: ").strip()
    assert house.stranger.post("/auth/login", {"name": "lost", "password": password}).status_code == 200
    assert re.search(r"second factor +none", cli("user", "factor", "lost").out)
    assert cli("user", "factor", "lost", "--remove").code == 0
    refused = cli("apikey", "add", "x", "--scope", "tasks:read")
    assert (refused.code, "signed in" in refused.err) == (5, True)


def test_the_local_operator_gives_a_role_and_removes_a_user(
    house: House, url: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_user(house, "risen")
    monkeypatch.setenv("AUTOM8_URL", url)
    monkeypatch.setenv("AUTOM8_TOKEN", house.local.headers["Authorization"].removeprefix("Bearer "))

    assert cli("user", "role", "risen", "operator").out == "user risen is operator\n"
    assert "(choose from 'viewer', 'operator', 'admin')" in cli("user", "role", "risen", "king").err
    assert cli("user", "remove", "risen").out == "removed user risen\n"
    assert cli("user", "remove", "risen").code == 6


@pytest.mark.parametrize("words", [["apikey", "add", "x", "--scope", "users:write"], ["apikey", "add", "x"]])
def test_a_scope_that_no_key_may_hold_is_no_choice(here: Cli, words: list[str], tmp_path: Path) -> None:
    assert here(*words).code == 2

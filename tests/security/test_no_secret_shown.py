"""No password, token, key or pepper ends in a repr, a log line, an error or the audit trail."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from sqlalchemy import text

from autom8.kernel.errors import Autom8Error
from autom8.kernel.vocabulary import Role
from autom8.security.keys import ensure_keys, ensure_local_token
from autom8.security.views import UserChanges
from tests.security.house import BESIDE, KEYS, LOCAL_TOKEN, OTHER_PASSWORD, PASSWORD, STRANGER, House

_TAIL = 20  # characters that end each kind of secret, all of them random


def test_nothing_of_a_whole_life_shows_a_secret(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    security, shown, secrets = house.security, [], {PASSWORD, OTHER_PASSWORD, LOCAL_TOKEN.reveal()}
    setup_token = security.setup.open_()
    assert setup_token is not None
    ada = security.setup.complete(setup_token.reveal(), "Ada", PASSWORD, actor=BESIDE)
    tokens = security.sign_ins.sign_in("Ada", PASSWORD, actor=STRANGER)
    cookie = security.sign_ins.sign_in_page("Ada", PASSWORD, actor=STRANGER)
    renewed = security.sign_ins.refresh(tokens.refresh_token.reveal(), actor=STRANGER)
    caller = security.authenticator.cookie(cookie.cookie.reveal(), address="", request_id="")
    changes = UserChanges(password=OTHER_PASSWORD, role=Role.ADMIN)
    security.users.change(ada.id, changes, actor=caller.actor)
    for attempt in (
        lambda: security.sign_ins.sign_in("Ada", PASSWORD, actor=STRANGER),
        lambda: security.sign_ins.refresh(tokens.refresh_token.reveal(), actor=STRANGER),
        lambda: security.authenticator.bearer(tokens.access_token.reveal(), address="", request_id=""),
        lambda: security.setup.complete(setup_token.reveal(), "Eve", PASSWORD, actor=BESIDE),
    ):
        with pytest.raises(Autom8Error) as refused:
            attempt()
        shown.append(repr(refused.value))
    grants = (setup_token, tokens.access_token, tokens.refresh_token, renewed.refresh_token, cookie.cookie)
    secrets |= {each.reveal() for each in grants}
    secrets |= {cookie.csrf_token.reveal(), KEYS.access.hex(), repr(KEYS.pepper), repr(KEYS.cookie)}
    shown += [repr(each) for each in (tokens, cookie, renewed, caller, changes, KEYS, security, house.heard)]
    shown += [repr(house.entries()), caplog.text, str(caplog.records)]

    for secret in secrets:
        assert not [each for each in shown if secret in each]


def test_nothing_that_is_kept_in_the_database_lets_anybody_in(house: House) -> None:
    security = house.security
    setup_token = security.setup.open_()
    assert setup_token is not None
    security.setup.complete(setup_token.reveal(), "Ada", PASSWORD, actor=BESIDE)
    tokens = security.sign_ins.sign_in("Ada", PASSWORD, actor=STRANGER)
    cookie = security.sign_ins.sign_in_page("Ada", PASSWORD, actor=STRANGER)
    tables = ("installation", "user_account", "session", "login_throttle", "audit_entry")
    with house.database.read_engine.connect() as connection:
        kept = str([connection.execute(text(f"SELECT * FROM {table}")).all() for table in tables])

    for secret in (setup_token, tokens.access_token, tokens.refresh_token, cookie.cookie, cookie.csrf_token):
        assert secret.reveal()[-_TAIL:] not in kept
    assert PASSWORD not in kept


def test_keys_and_tokens_from_files_are_not_shown_either(tmp_path: Path) -> None:
    keys, _ = ensure_keys(tmp_path, secret=None, pepper=None, generate=True)
    shown = repr(keys) + repr(ensure_local_token(tmp_path))

    for name in ("keys.json", "local.token"):
        for word in re.findall(r"[A-Za-z0-9_-]{40,}", (tmp_path / name).read_text(encoding="utf-8")):
            assert word not in shown
    assert "access" not in shown

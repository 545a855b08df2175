"""Signing in by a provider: who comes in, as whom, in which role, and what the trail tells of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from autom8.kernel.actor import SYSTEM
from autom8.kernel.vocabulary import Role
from tests.api.rig import PASSWORD, migrated, opened
from tests.security.oidc.provider import CLIENT_ID, CLIENT_SECRET, Json, provided
from tests.security.oidc.rig import PUBLIC_URL, Site, instant, problem, site
from tests.services.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def everywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A house on each database."""
    with provided() as provider:
        if request.param == "sqlite":
            with site(tmp_path / "home", provider) as here:
                yield here
            return
        server: PostgresServer = request.getfixturevalue("postgres")
        template = server.ensure_template("api", migrated)
        with server.database(template=template) as url, site(tmp_path / "home", provider, url) as here:
            yield here


def test_the_way_to_the_provider_carries_what_it_should(here: Site) -> None:
    url = urlsplit(here.browser().start("?next=/runs"))
    asked = {name: values for name, (values,) in parse_qs(url.query).items()}

    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{here.provider.url}/authorize"
    assert asked["client_id"] == CLIENT_ID
    assert asked["redirect_uri"] == f"{PUBLIC_URL}/api/v1/auth/oidc/callback"
    assert asked["scope"] == "openid profile email"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert CLIENT_SECRET not in url.query


def test_a_person_comes_in_as_a_user_of_their_own(everywhere: Site) -> None:
    here, browser = everywhere, everywhere.browser()

    answer = browser.sign_in(here.provider)

    assert answer.status_code == 200
    session = browser.session()
    assert (session["user"]["name"], session["user"]["role"]) == ("ada", "operator")
    told = {entry["action"]: entry for entry in here.trail()}
    assert told["session.started"]["details"]["method"] == "oidc"
    assert told["session.started"]["actor"]["name"] == "ada"
    assert told["user.added"]["details"] == {"name": "ada", "role": "operator"}
    assert here.provider.posted[0][0].startswith("Basic ")
    assert CLIENT_SECRET not in str(here.provider.posted[0][1])


def test_the_same_subject_is_the_same_user_whatever_their_name_is_now(everywhere: Site) -> None:
    here = everywhere
    here.browser().sign_in(here.provider)
    again = here.browser()
    again.sign_in(here.provider, preferred_username="lovelace", email="new@example.org")

    assert again.session()["user"]["name"] == "ada"
    assert len(here.users()) == 1


def test_another_subject_with_a_taken_name_is_refused(here: Site) -> None:
    here.house.services.security.users.add("Carol", PASSWORD, Role.ADMIN, actor=SYSTEM)
    browser = here.browser()

    assert (
        problem(browser.sign_in(here.provider, sub="not-carol", preferred_username="carol"))
        == "oidc_name_taken"
    )
    assert not browser.is_in
    assert here.trail()[0]["details"] == {"method": "oidc", "reason": "oidc_name_taken"}


def test_two_first_sign_ins_at_once_are_one_user(everywhere: Site) -> None:
    here = everywhere
    browsers = [here.browser() for _ in range(2)]
    ways = [browser.start() for browser in browsers]
    returned = [here.provider.let_in(way, nonce=None) for way in ways]
    nonces = [parse_qs(urlsplit(way).query)["nonce"][0] for way in ways]
    together, lock = threading.Barrier(2), threading.Lock()
    by_code = dict(zip((each["code"] for each in returned), nonces, strict=True))
    original = here.provider._token

    def token(headers: object, body: bytes) -> tuple[int, bytes]:
        code = parse_qs(body.decode())["code"][0]
        together.wait(10)
        with lock:
            here.provider.claims["nonce"] = by_code[code]
            return original(headers, body)

    here.provider._token = token  # type: ignore[method-assign]
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda pair: pair[0].come_back(pair[1]), zip(browsers, returned, strict=True))
        )

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(here.users()) == 1


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["ops"], "operator"),
        (["admins", "ops"], "admin"),
        ("admins", "admin"),
        (["ops", 7, None, "x"], "operator"),
    ],
)
def test_the_role_follows_the_claim_at_each_sign_in(here: Site, groups: object, role: str) -> None:
    person = {"sub": "changing", "preferred_username": "changing"}
    here.browser().sign_in(here.provider, **person, groups=["ops"])
    browser = here.browser()
    browser.sign_in(here.provider, **person, groups=groups)

    assert browser.session()["user"]["role"] == role


def test_a_changed_role_is_told_and_reaches_older_sessions(everywhere: Site) -> None:
    here, older = everywhere, everywhere.browser()
    older.sign_in(here.provider, groups=["admins"])
    assert older.get("/users").status_code == 200

    here.browser().sign_in(here.provider, groups=["ops"])

    assert older.get("/users").status_code == 403
    changed = next(entry for entry in here.trail() if entry["action"] == "user.changed")
    assert changed["details"] == {"name": "ada", "role": "operator", "by": "provider"}


@pytest.mark.parametrize("groups", [[], ["others"], "op", {"ops": True}, 7])
def test_who_matches_no_role_is_refused(here: Site, groups: object) -> None:
    answer = here.browser().sign_in(here.provider, sub="nobody", preferred_username="nobody", groups=groups)

    assert problem(answer) == "oidc_no_role"
    assert "nobody" not in {user["name"] for user in here.users()}


def test_a_claim_may_lie_inside_another(tmp_path: Path) -> None:
    with (
        provided() as provider,
        site(tmp_path / "home", provider, oidc_role_claim="realm_access.roles") as here,
    ):
        browser = here.browser()
        browser.sign_in(provider, realm_access={"roles": ["admins"]})

        assert browser.session()["user"]["role"] == "admin"


def test_without_a_role_claim_roles_are_given_here(tmp_path: Path) -> None:
    settings: Json = {"oidc_role_claim": "", "oidc_roles": (), "oidc_default_role": Role.VIEWER}
    with provided() as provider, site(tmp_path / "home", provider, **settings) as here:
        here.browser().sign_in(provider)
        (user,) = here.users()
        assert user["role"] == "viewer"
        etag = here.house.local.get(f"/users/{user['id']}").headers["ETag"]
        here.house.local.patch(f"/users/{user['id']}", {"role": "admin"}, etag)

        browser = here.browser()
        browser.sign_in(provider)
        assert browser.session()["user"]["role"] == "admin"


def test_a_disabled_user_stays_out_until_enabled(everywhere: Site) -> None:
    here, browser = everywhere, everywhere.browser()
    browser.sign_in(here.provider)
    (user,) = here.users()
    set_disabled(here, user, disabled=True)

    assert not browser.is_in
    assert problem(here.browser().sign_in(here.provider)) == "oidc_user_disabled"
    set_disabled(here, user, disabled=False)
    assert here.browser().sign_in(here.provider).status_code == 200


def set_disabled(here: Site, user: Json, *, disabled: bool) -> None:
    etag = here.house.local.get(f"/users/{user['id']}").headers["ETag"]
    assert here.house.local.patch(f"/users/{user['id']}", {"disabled": disabled}, etag).status_code == 200


@pytest.mark.parametrize("name", [None, "", " ada", "x" * 65, "a\u0000b", "12345", "a\u202eb", 7])
def test_a_name_that_nobody_can_have_is_refused(here: Site, name: object) -> None:
    here.provider.userinfo = {"sub": "nameless"}

    answer = here.browser().sign_in(here.provider, sub="nameless", preferred_username=name)

    assert problem(answer) == "oidc_name_unusable"


def test_who_has_no_password_can_not_use_one_and_waits_as_long(here: Site) -> None:
    here.browser().sign_in(here.provider, sub="no-password", preferred_username="nopass")

    def refused_s(name: str, password: str) -> float:
        began = time.perf_counter()
        answer = here.house.stranger.post("/auth/login", {"name": name, "password": password})
        assert (answer.status_code, answer.json["code"]) == (401, "wrong_credentials")
        return time.perf_counter() - began

    assert refused_s("nopass", "") > 0.3 * refused_s("nobody at all", PASSWORD)
    assert refused_s("nopass", PASSWORD) > 0.3 * refused_s("nobody at all", PASSWORD)


def test_when_the_person_was_asked_is_when_they_proved_who_they_are(here: Site) -> None:
    asked = int(time.time()) - 3_600
    here.browser().sign_in(here.provider, sub="asked", preferred_username="asked", auth_time=asked)

    with here.house.services.units.reading() as work:
        user = work.access.find_user("asked")
        assert user is not None
        (session,) = work.access.open_sessions(user.id)
        assert session.method == "oidc"
        assert session.proved_at == datetime.fromtimestamp(asked, UTC)
        assert session.created_at - session.proved_at > timedelta(minutes=59)


def test_who_may_have_been_let_in_unasked_has_proved_nothing(here: Site) -> None:
    here.browser().sign_in(here.provider, sub="unasked", preferred_username="unasked")

    with here.house.services.units.reading() as work:
        user = work.access.find_user("unasked")
        assert user is not None
        (session,) = work.access.open_sessions(user.id)
        assert session.proved_at is None


def test_the_provider_is_made_to_ask_anew_when_proof_is_needed(here: Site) -> None:
    asked = parse_qs(urlsplit(here.browser().start("?fresh=true")).query)

    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])


def test_a_house_without_a_provider_says_so(tmp_path: Path) -> None:
    with opened(tmp_path / "home") as house:
        assert house.stranger.get("/auth/oidc").json == {"enabled": False, "label": ""}
        for path in ("start", "callback?state=x&code=y"):
            answer = house.stranger.get(f"/auth/oidc/{path}")
            assert (answer.status_code, answer.json["code"]) == (404, "oidc_off")


def test_the_page_is_told_what_the_provider_is_called(here: Site) -> None:
    assert here.browser().get("/auth/oidc").json == {"enabled": True, "label": "Our login"}


def test_instants_of_a_session_are_as_always(here: Site) -> None:
    browser = here.browser()
    browser.sign_in(here.provider)

    assert instant(browser.session()["user"]["last_login_at"]) > datetime.now(UTC) - timedelta(minutes=1)


def test_a_public_client_shows_no_secret(tmp_path: Path) -> None:
    with provided() as provider, site(tmp_path / "home", provider, oidc_client_secret=None) as here:
        assert here.browser().sign_in(provider).status_code == 200
        authorization, said = provider.posted[0]
        assert (authorization, said["client_id"]) == ("", CLIENT_ID)


def test_a_provider_that_wants_the_secret_in_the_body_gets_it_there(tmp_path: Path) -> None:
    with provided() as provider, site(tmp_path / "home", provider) as here:
        provider.described = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
        assert here.browser().sign_in(provider).status_code == 200
        authorization, said = provider.posted[0]
        assert (authorization, said["client_secret"]) == ("", CLIENT_SECRET)


def test_a_restart_in_between_loses_no_sign_in(tmp_path: Path) -> None:
    with provided() as provider:
        with site(tmp_path / "home", provider) as before:
            browser = before.browser()
            returned = provider.let_in(browser.start())
        with site(tmp_path / "home", provider) as after:
            browser.caller = after.house.stranger
            assert browser.come_back(returned).status_code == 200

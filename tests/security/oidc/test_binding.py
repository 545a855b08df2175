"""An answer of a provider is taken once, in time, and from the browser that asked."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from autom8.security.oidc import local_path
from tests.security.oidc.rig import Site, problem


def test_an_answer_is_taken_once(here: Site) -> None:
    browser = here.browser()
    returned = here.provider.let_in(browser.start())
    cookies = dict(browser.cookies)
    assert browser.come_back(returned).status_code == 200

    browser.cookies = cookies
    assert problem(browser.come_back(returned)) == "oidc_state_refused"
    assert len(here.provider.posted) == 1


def test_of_many_at_once_one_is_taken(here: Site) -> None:
    browser = here.browser()
    returned = here.provider.let_in(browser.start())
    cookies = dict(browser.cookies)

    def come_back(_: int) -> int:
        other = here.browser()
        other.cookies = dict(cookies)
        return other.come_back(returned).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(come_back, range(8))) == [200] + [302] * 7
    assert len(here.provider.posted) == 1


def test_a_failed_answer_can_not_be_tried_again(here: Site) -> None:
    browser = here.browser()
    returned = here.provider.let_in(browser.start(), aud="another")
    assert problem(browser.come_back(returned)) == "oidc_refused"

    here.provider.claims["aud"] = "autom8-here"
    assert problem(browser.come_back(returned)) == "oidc_state_refused"


def test_another_browser_can_not_complete_it(here: Site) -> None:
    """Else somebody could have another sign in as them, and read what they do."""
    returned = here.provider.let_in(here.browser().start())
    other = here.browser()
    other.start()

    assert problem(other.come_back(returned)) == "oidc_state_refused"
    assert problem(here.browser().come_back(returned)) == "oidc_state_refused"
    assert here.provider.posted == []


@pytest.mark.parametrize("state", ["", "x", "x" * 4_000, "\u0000", None])
def test_a_made_up_state_is_refused(here: Site, state: str | None) -> None:
    browser = here.browser()
    browser.start()
    returned = {"code": "x"} if state is None else {"code": "x", "state": state}

    assert problem(browser.come_back(returned)) == "oidc_state_refused"


def test_an_answer_that_comes_too_late_is_refused(here: Site) -> None:
    browser = here.browser()
    returned = here.provider.let_in(browser.start())
    with here.house.services.units.writing() as work:
        taken = work.session.connection().exec_driver_sql(
            "UPDATE sign_in_request SET expires_at = created_at"
        )
        assert taken.rowcount >= 1
        work.commit()

    assert problem(browser.come_back(returned)) == "oidc_state_refused"


def test_sign_ins_that_nobody_came_back_from_are_removed(here: Site) -> None:
    here.browser().start()
    oidc = here.house.services.oidc
    assert oidc is not None
    assert oidc.prune() == 0
    with here.house.services.units.writing() as work:
        removed = work.federation.remove_requests_before(work.now() + timedelta(minutes=11))
        assert removed >= 1


def test_several_may_be_under_way_in_one_browser(here: Site) -> None:
    browser = here.browser()
    first, second = here.provider.let_in(browser.start()), browser.start()
    kept = dict(browser.cookies)
    here.provider.claims["nonce"] = here.provider.challenges[first["code"]]["nonce"]

    assert browser.come_back(first).status_code == 200
    browser.cookies = kept
    assert browser.come_back(here.provider.let_in(second)).status_code == 200


def test_what_is_kept_of_a_state_does_not_give_it_away(here: Site) -> None:
    browser = here.browser()
    returned = here.provider.let_in(browser.start())

    with here.house.services.units.reading() as work:
        rows = work.session.connection().exec_driver_sql("SELECT * FROM sign_in_request").all()
    assert returned["state"] not in str(rows)
    assert all(cookie not in str(rows) for cookie in browser.cookies.values())


def test_the_cookies_are_closed_to_scripts_and_other_sites(here: Site) -> None:
    browser = here.browser()
    (binder,) = browser.get("/auth/oidc/start").headers.getlist("Set-Cookie")
    assert re.fullmatch(
        r"__Host-autom8-sign-in=[\w-]{43}; Expires=[^;]+ GMT; Path=/; HttpOnly; SameSite=Lax; Secure", binder
    )

    answer = browser.sign_in(here.provider)
    session, gone = answer.headers.getlist("Set-Cookie")
    assert re.fullmatch(
        r"__Host-autom8=[^;]+; Expires=[^;]+ GMT; Path=/; HttpOnly; SameSite=Strict; Secure", session
    )
    assert gone.startswith("__Host-autom8-sign-in=; Expires=Thu, 01 Jan 1970")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/", "/"),
        ("/runs?state=failed&x=%2F", "/runs?state=failed&x=%2F"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("\\/evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\t/evil.example", "/"),
        ("/ x", "/"),
        ("/a\\b", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/api/v1/auth/logout", "/"),
        ("/auth/login", "/"),
        ("/\u00e4", "/"),
        ("", "/"),
        ("/" + "a" * 2_000, "/"),
    ],
)
def test_the_way_back_stays_here(path: str, kept: str) -> None:
    assert local_path(path) == kept


def test_the_way_back_can_not_break_out_of_the_page(here: Site) -> None:
    browser = here.browser()
    url = browser.start("?next=/x%22%3E%3Cscript%3Ealert(1)%3C/script%3E%27")

    answer = browser.come_back(here.provider.let_in(url))

    assert "<script" not in answer.text
    assert "url=/x&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#x27;" in answer.text

"""One's own account at the page: password, second factor, sessions, keys, and proof before changes."""

from __future__ import annotations

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pyotp
import pytest
from playwright.sync_api import Page, Route, expect

from tests.dashboard.person import Person
from tests.dashboard.running_server import PASSWORD, RunningServer

NEW_PASSWORD = "another horse entirely, stapled"


@pytest.fixture
def pia(server: RunningServer, stranger: Person, request: pytest.FixtureRequest) -> Person:
    """A viewer of this test alone, at their account."""
    name = f"pia {len(server.get('/users?limit=200')['items'])}"
    server.add_user(name, "viewer")
    person = stranger.signed_in(name).open("/account")
    person.sees_heading("Account")
    person.sees(f"You are {name}, viewer.")
    return person


def name_of(person: Person) -> str:
    text = person.page.get_by_text("You are").first.inner_text()
    return text.removeprefix("You are ").removesuffix(", viewer.")


def unproved_once(page: Page, path: str) -> None:
    """Have the next change at `path` refused for want of proof, as ten minutes later."""
    problem = {"title": "Forbidden", "status": 403, "code": "proof_needed", "detail": "Prove it."}

    def refuse(route: Route) -> None:
        route.fulfill(status=403, content_type="application/problem+json", body=json.dumps(problem))

    page.route(f"**/api/v1{path}", refuse, times=1)


def status_of(server: RunningServer, key: str) -> int:
    request = Request(f"{server.url}/api/v1/tasks", headers={"Authorization": f"Bearer {key}"})
    try:
        with urlopen(request, timeout=10) as answer:
            status: int = answer.status
            return status
    except HTTPError as refused:
        return refused.code


def test_a_password_is_changed_by_the_one_before(pia: Person) -> None:
    name = name_of(pia)
    pia.fill("Current password", "not this one")
    pia.fill("New password", NEW_PASSWORD)
    pia.click("Change password")
    pia.sees("This is not your password.")
    pia.fill("Current password", PASSWORD)
    pia.click("Change password")
    pia.sees("Your password is changed")

    pia.click("Sign out")
    pia.sees_heading("Sign in")
    pia.sign_in(name, NEW_PASSWORD)
    pia.sees_heading("Tasks")


def test_a_second_factor_is_set_up_asked_for_and_removed(pia: Person) -> None:
    name = name_of(pia)
    pia.click("Set up a second factor")
    picture = pia.page.get_by_role("img", name="The secret as a picture")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 0
    assert pia.accessibility_faults() == ""
    assert pia.blocked == []
    secret = pia.page.locator("code.spelled").inner_text().replace(" ", "")
    pia.fill("Code", "000000")
    pia.click("Confirm")
    pia.sees("The code is wrong.")
    pia.fill("Code", pyotp.TOTP(secret).now())
    pia.click("Confirm")
    pia.sees("They are not shown again.")
    assert pia.accessibility_faults() == ""
    codes = pia.page.get_by_label("Recovery codes", exact=True).inner_text().split()
    assert len(codes) == 10
    with pia.page.expect_download() as kept:
        pia.follow("Download")
    assert kept.value.path().read_text(encoding="utf-8").split() == codes
    pia.click("I have kept them")
    pia.sees("Recovery codes left: 10.")
    pia.sees_no(codes[0])

    pia.click("Sign out")
    pia.sign_in(name)
    expect(pia.page.get_by_label("Code of your authenticator")).to_be_focused()
    assert pia.accessibility_faults() == ""
    pia.page.get_by_label("Code of your authenticator").fill("111111")
    pia.click("Sign in")
    pia.sees("The name, the password or the code is wrong.")
    pia.page.get_by_label("Code of your authenticator").fill(codes[0].lower())
    pia.click("Sign in")
    pia.sees_heading("Tasks")

    pia.open("/account").sees("Recovery codes left: 9.")
    pia.page.get_by_role("button", name="Remove", exact=True).click()
    pia.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    pia.sees("None. With one, signing in takes a code")


def test_a_key_is_shown_once_works_and_is_revoked(pia: Person, server: RunningServer) -> None:
    pia.click("Make a key")
    pia.fill("Name", "backup script")
    pia.page.get_by_label("tasks:read").check()
    expect(pia.page.get_by_label("self:write")).to_have_count(0)
    expect(pia.page.get_by_label("tasks:write")).to_have_count(0)
    assert pia.accessibility_faults() == ""
    pia.click("Make the key")
    pia.sees("It is not shown again.")
    key = pia.page.get_by_label("API key", exact=True).inner_text().strip()
    assert status_of(server, key) == 200
    pia.click("I have kept it")
    pia.sees_no(key)
    row = pia.page.get_by_role("row").filter(has_text="backup script")
    expect(row).to_contain_text("tasks:read")

    pia.click("Revoke backup script")
    pia.page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_contain_text("revoked")
    assert status_of(server, key) == 401
    pia.open("/account").sees("backup script")
    pia.sees_no(key)


def test_a_key_without_scopes_is_not_made_and_says_why(pia: Person) -> None:
    pia.click("Make a key")
    pia.fill("Name", "nothing")
    pia.click("Make the key")

    pia.sees("must name at least one")


def test_other_sessions_are_seen_and_ended(pia: Person, server: RunningServer) -> None:
    name = name_of(pia)
    login = server.post("/auth/login", {"name": name, "password": PASSWORD})
    assert login["user"]["name"] == name
    pia.open("/account").sees("here, now")
    expect(pia.page.get_by_role("button", name="End the session at 127.0.0.1")).to_have_count(1)
    pia.click("End all others")
    pia.sees("All your other sessions have ended")

    expect(pia.page.get_by_role("button", name="End the session at 127.0.0.1")).to_have_count(0)
    pia.sees("here, now")


def test_what_wants_proof_asks_for_the_password_and_is_then_done(pia: Person) -> None:
    unproved_once(pia.page, "/auth/keys")
    pia.click("Make a key")
    pia.fill("Name", "proved")
    pia.page.get_by_label("tasks:read").check()
    pia.click("Make the key")
    dialog = pia.page.get_by_role("dialog", name="Is it you?")
    expect(dialog.get_by_label("Your password")).to_be_focused()
    assert pia.accessibility_faults() == ""
    dialog.get_by_label("Your password").fill("not this one")
    dialog.get_by_role("button", name="Go on").click()
    expect(dialog.get_by_role("alert")).to_contain_text("wrong")
    dialog.get_by_label("Your password").fill(PASSWORD)
    dialog.get_by_role("button", name="Go on").click()

    expect(dialog).to_have_count(0)
    pia.sees("This is the key proved.")


def test_who_does_not_prove_it_changes_nothing(pia: Person) -> None:
    unproved_once(pia.page, "/auth/keys")
    pia.click("Make a key")
    pia.fill("Name", "unproved")
    pia.page.get_by_label("tasks:read").check()
    pia.click("Make the key")
    pia.page.get_by_role("dialog").get_by_role("button", name="Back").click()

    pia.sees("Prove it.")
    expect(pia.page.get_by_role("button", name="Make the key")).to_be_enabled()
    assert pia.open("/account").page.get_by_text("unproved").count() == 0

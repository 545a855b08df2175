"""Coming in and going out: the first admin, the login, and the way back to where one was."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.dashboard.person import Person
from tests.dashboard.running_server import PASSWORD, RunningServer


def test_the_setup_link_makes_the_first_admin_and_lets_them_in(
    fresh_server: RunningServer, page: Page
) -> None:
    person = Person(page, fresh_server.url).open(fresh_server.setup_link.removeprefix(fresh_server.url))
    person.sees_heading("Welcome to Autom8")

    person.fill("Name", "mara")
    person.fill("Password", "short")
    person.sees("7 more to go.")
    person.fill("Password", PASSWORD)
    person.fill("Password, once more", PASSWORD + "!")
    person.click("Make the account")
    person.sees("Not the same as above.")
    person.fill("Password, once more", PASSWORD)
    person.click("Make the account")

    person.sees_heading("Tasks")
    person.sees("No tasks yet")
    assert person.page.url == fresh_server.url + "/"
    assert fresh_server.get("/users")["items"][0]["role"] == "admin"


def test_a_used_setup_link_says_so(server: RunningServer, stranger: Person) -> None:
    stranger.open("/setup?token=used")
    stranger.fill("Name", "eve")
    stranger.fill("Password", PASSWORD)
    stranger.fill("Password, once more", PASSWORD)
    stranger.click("Make the account")

    expect(stranger.page.get_by_role("alert")).not_to_be_empty()
    assert "eve" not in {user["name"] for user in server.get("/users")["items"]}


def test_a_person_comes_back_to_where_they_wanted_to_go(stranger: Person) -> None:
    stranger.open("/runs?state=failed")
    stranger.sees_heading("Sign in")
    stranger.sign_in("mara")

    stranger.sees_heading("Runs")
    assert stranger.page.url == f"{stranger.url}/runs?state=failed"


def test_the_way_back_never_leads_to_another_site(stranger: Person) -> None:
    stranger.open("/login?next=//example.org/")
    stranger.sign_in("mara")

    stranger.sees_heading("Tasks")
    assert stranger.page.url == f"{stranger.url}/"


def test_a_wrong_password_is_said_and_lets_nobody_in(stranger: Person) -> None:
    stranger.open("/login").sign_in("vic", "not this one, surely")

    expect(stranger.page.get_by_role("alert")).not_to_be_empty()
    stranger.sees_heading("Sign in")


def test_signing_out_ends_the_session_at_once(vic: Person) -> None:
    vic.click("Sign out")
    vic.sees_heading("Sign in")

    vic.open("/runs")
    vic.sees_heading("Sign in")


def test_a_session_that_ended_elsewhere_leads_to_the_login_and_back(vic: Person) -> None:
    vic.open("/runs")
    vic.sees_heading("Runs")
    vic.page.context.clear_cookies()

    vic.sees_heading("Sign in")
    vic.sign_in("vic")
    vic.sees_heading("Runs")


def test_password_fields_hide_and_take_what_is_pasted(stranger: Person) -> None:
    """Password managers fill in and paste; nothing may keep them from it."""
    page = stranger.open("/").page
    stranger.sees_heading("Sign in")
    field = page.get_by_label("Password")
    assert field.get_attribute("type") == "password"
    assert field.get_attribute("autocomplete") == "current-password"

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", PASSWORD)
    stranger.fill("Name", "mara")
    field.focus()
    page.keyboard.press("Control+V")
    expect(field).to_have_value(PASSWORD)

"""Users at the page: administrators add, change, disable and remove them."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.dashboard.person import Person
from tests.dashboard.running_server import PASSWORD, RunningServer


def user_named(server: RunningServer, name: str) -> dict[str, object]:
    found: dict[str, object] = next(
        user for user in server.get("/users?limit=200")["items"] if user["name"] == name
    )
    return found


def test_an_administrator_adds_a_user(mara: Person, server: RunningServer) -> None:
    mara.open("/users").sees_heading("Users")
    mara.click("Add a user")
    mara.fill("Name", "nia")
    mara.fill("Password", PASSWORD)
    mara.page.get_by_label("Role").select_option("operator")
    assert mara.accessibility_faults() == ""
    mara.click("Add the user")
    mara.sees("nia is added")

    expect(mara.row("nia")).to_contain_text("operator")
    assert user_named(server, "nia")["role"] == "operator"


def test_a_form_that_is_sent_twice_quickly_is_sent_once(mara: Person) -> None:
    sent: list[str] = []
    mara.open("/users").click("Add a user")
    mara.fill("Name", "rosa")
    mara.fill("Password", PASSWORD)
    mara.page.on("request", lambda request: sent.append(request.method))
    mara.page.evaluate("for (const _ of [1, 2]) document.querySelector('form.boxed').requestSubmit()")

    mara.sees("rosa is added")
    expect(mara.row("rosa")).to_be_visible()
    assert sent.count("POST") == 1


def test_a_user_is_changed_disabled_and_enabled(mara: Person, server: RunningServer) -> None:
    server.add_user("otto", "viewer")
    mara.open(f"/users/{user_named(server, 'otto')['id']}").sees_heading("otto")
    mara.page.get_by_label("Role").select_option("operator")
    mara.fill("Requests a minute", "50")
    mara.click("Save")
    mara.sees("otto is changed")
    changed = user_named(server, "otto")
    assert (changed["role"], changed["requests_per_minute"]) == ("operator", 50)

    expect(mara.page.get_by_label("Requests a minute")).to_have_value("50")
    mara.fill("Requests a minute", "")
    with mara.page.expect_response(lambda response: response.request.method == "PATCH"):
        mara.click("Save")
    expect(mara.page.get_by_label("Requests a minute")).to_have_value("")
    mara.click("Disable")
    expect(mara.page.get_by_role("button", name="Enable")).to_be_visible()
    disabled = user_named(server, "otto")
    assert (disabled["disabled"], disabled["requests_per_minute"]) == (True, None)
    mara.click("Enable")
    expect(mara.page.get_by_role("button", name="Disable")).to_be_visible()


def test_the_sessions_of_a_user_are_ended(mara: Person, server: RunningServer) -> None:
    server.add_user("petra", "viewer")
    server.post("/auth/login", {"name": "petra", "password": PASSWORD})
    mara.open(f"/users/{user_named(server, 'petra')['id']}").sees_heading("petra")
    mara.click("End all")

    mara.sees("Nowhere.")


def test_a_user_is_removed_once_their_name_is_typed(mara: Person, server: RunningServer) -> None:
    server.add_user("quentin", "viewer")
    mara.open(f"/users/{user_named(server, 'quentin')['id']}").sees_heading("quentin")
    mara.click("Remove quentin")
    dialog = mara.page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Remove")).to_be_disabled()
    assert mara.accessibility_faults() == ""
    dialog.get_by_label("Type quentin to confirm").fill("quentin")
    dialog.get_by_role("button", name="Remove").click()

    mara.sees_heading("Users")
    mara.sees("quentin is removed")
    expect(mara.row("quentin")).to_have_count(0)


def test_the_last_administrator_stays_and_the_page_says_why(mara: Person, server: RunningServer) -> None:
    mara.open(f"/users/{user_named(server, 'mara')['id']}").sees_heading("mara")
    mara.click("Disable")

    mara.sees("This is the last enabled administrator")


def test_who_may_not_see_the_users_is_told_so(olu: Person) -> None:
    expect(olu.page.get_by_role("link", name="Users")).to_have_count(0)
    olu.open("/users").sees("Only admins can see the users.")
    olu.open("/users/1").sees("Only admins can see the users.")

"""What holds on every page: no fault that axe finds, no request elsewhere, no button that can't be used."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.dashboard.person import Person
from tests.dashboard.running_server import RunningServer

PAGES = {
    "/": "Tasks",
    "/tasks/new": "New task",
    "/tasks/{task}": "everything",
    "/tasks/{task}/edit": "Edit everything",
    "/runs": "Runs",
    "/runs/{run}": "Run {run}",
    "/incidents": "Incidents",
    "/silences": "Silences",
    "/dependencies": "Dependencies",
    "/rules": "Rules",
    "/checks": "Checks",
    "/messages": "Messages",
    "/channels": "Channels",
    "/oncall": "On call",
    "/escalation-policies": "Escalation policies",
    "/contacts": "Contacts",
    "/contacts/new": "New contact",
    "/contacts/{contact}": "Ada Everything",
    "/contacts/{contact}/edit": "Edit Ada Everything",
    "/contacts/groups": "Groups",
    "/contacts/duplicates": "Duplicates",
    "/contacts/erasures": "Erasures",
    "/contacts/erasures/{erased}": "Certificate of erasure",
    "/audit": "Audit",
    "/users": "Users",
    "/users/1": "mara",
    "/account": "Account",
    "/contacts/import": "Import contacts",
    "/tasks/999999": "Nothing is here",
    "/nowhere": "Nothing is here",
}


@pytest.fixture(scope="session")
def places(server: RunningServer) -> dict[str, str]:
    """A task with something of all that its pages can show, and its failed run."""
    task = server.add_line(
        "everything",
        "echo fine; echo careful >&2; exit 3",
        schedule={"kind": "cron", "cron": "30 2 * * *"},
        zone="America/New_York",
        env={"LANG": "C"},
        description="A bit of each.",
    )
    return {
        "task": str(task["id"]),
        "run": str(server.run_to_end(task)["id"]),
        "contact": str(_contact(server)),
        "erased": str(_erased(server)),
    }


def _contact(server: RunningServer) -> int:
    """A contact with everything, and another who may be the same person."""
    server.post("/groups", {"name": "On call", "description": "Whoever has the pager."})
    everything = {
        "name": "Ada Everything",
        "email": "ada.everything@a-rather-long-domain-for-a-narrow-phone.example.org",
        "phone": "+49 30 901820",
        "notes": "Two lines\nof notes.",
        "tags": ["ops", "night"],
        "groups": ["On call"],
        "zone": "Europe/Berlin",
        "language": "de",
        "quiet": {"from": "22:00", "until": "07:00"},
        "channels": ["sms", "email"],
    }
    server.post("/contacts", {"name": "ADA EVERYTHING", "phone": "+49 30 901820"})
    contact_id: int = server.post("/contacts", everything)["id"]
    return contact_id


def _erased(server: RunningServer) -> int:
    contact_id: int = server.post("/contacts", {"name": "Gone"})["id"]
    server.post(f"/contacts/{contact_id}/erase", {"confirm": "Gone", "reason": "asked for it"})
    return contact_id


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_nothing_is_asked_elsewhere(
    mara: Person, places: dict[str, str], path: str, scheme: str
) -> None:
    mara.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    mara.open(path.format(**places)).sees_heading(PAGES[path].format(**places))
    for summary in mara.page.locator("summary").all():
        summary.click()
    mara.page.wait_for_load_state("networkidle" if path == "/tasks/999999" else "load")

    assert mara.accessibility_faults() == ""
    assert mara.blocked == []
    assert mara.asked_elsewhere == []


@pytest.mark.parametrize("path", ["/login", "/setup?token=x", "/setup"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_before_signing_in(stranger: Person, path: str, scheme: str) -> None:
    stranger.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    stranger.open(path)
    expect(stranger.page.get_by_role("heading", level=1)).to_be_visible()

    assert stranger.accessibility_faults() == ""
    assert stranger.blocked == []


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_of_320_pixels_never_scrolls_sideways(
    at_phone: Person, places: dict[str, str], path: str
) -> None:
    at_phone.open(path.format(**places)).sees_heading(PAGES[path].format(**places))

    assert not at_phone.scrolls_sideways()
    assert at_phone.accessibility_faults() == ""


def test_a_viewer_sees_nothing_that_they_may_not_do(vic: Person, places: dict[str, str]) -> None:
    vic.open(f"/tasks/{places['task']}").sees_heading("everything")
    expect(vic.row(f"#{places['run']}")).to_be_visible()
    for name in ("Run now", "Run with …", "Pause …", "Remove …"):
        expect(vic.page.get_by_role("button", name=name)).to_have_count(0)
    expect(vic.page.get_by_role("link", name="Edit")).to_have_count(0)

    vic.open("/").sees_heading("Tasks")
    expect(vic.row("everything")).to_be_visible()
    expect(vic.page.get_by_role("link", name="New task")).to_have_count(0)
    expect(vic.page.get_by_role("columnheader", name="Actions")).to_have_count(0)
    expect(vic.page.get_by_role("link", name="Audit", exact=True)).to_have_count(0)


def test_who_may_not_read_the_audit_is_told_so(olu: Person) -> None:
    olu.open("/audit").sees("Only admins can read the audit.")


def test_the_audit_shows_who_did_what_and_narrows_by_action(server: RunningServer, mara: Person) -> None:
    task = server.add_task("audited")
    mara.open(f"/tasks/{task['id']}")
    mara.click("Pause …")
    mara.fill("Reason", "for the record")
    mara.click("Pause")
    mara.sees("for the record")
    entry = mara.open("/audit").page.get_by_role("row").filter(has_text=f"task {task['id']}").first
    expect(entry).to_contain_text("mara")
    entry.locator("summary").click()
    expect(entry).to_contain_text("for the record")

    action = entry.locator("code").first.inner_text()
    mara.fill("Action", action)
    mara.page.keyboard.press("Enter")
    expect(mara.page.locator("tbody tr").first.locator("code")).to_have_text(action)
    assert f"action={action}" in mara.page.url


def test_the_colours_are_kept_as_chosen(mara: Person) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    mara.page.emulate_media(color_scheme="light")
    light = mara.page.evaluate(ground)
    mara.click("Colours: as the system has them")
    mara.click("Colours: light")
    dark = mara.page.evaluate(ground)

    mara.open("/").sees_heading("Tasks")
    assert mara.page.evaluate(ground) == dark != light


def test_the_skip_link_is_the_first_stop_and_leads_past_the_header(vic: Person) -> None:
    vic.open("/").sees_heading("Tasks")
    vic.page.keyboard.press("Tab")

    expect(vic.page.get_by_role("link", name="Skip to content")).to_be_focused()
    vic.page.keyboard.press("Enter")
    expect(vic.page.locator("main")).to_be_focused()

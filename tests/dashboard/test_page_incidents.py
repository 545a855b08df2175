"""Incidents on the page: what failed is there, and somebody acknowledges, notes and resolves it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.dashboard.person import Person
from tests.dashboard.running_server import RunningServer
from tests.faults.server import wait_until


def fail(server: RunningServer, name: str) -> None:
    """Have a task fail, and wait for its incident."""
    server.run_to_end(server.add_task(name, "false"))
    wait_until(
        lambda: [each for each in server.get("/incidents")["items"] if name in each["title"]],
        within_s=20,
        what="an incident",
    )


def test_an_operator_acknowledges_notes_and_resolves_an_incident(olu: Person, server: RunningServer) -> None:
    fail(server, "page-backup")
    olu.open("/").page.get_by_role("navigation", name="Main").get_by_role("link", name="Incidents").click()
    olu.sees_heading("Incidents")
    assert olu.accessibility_faults() == ""
    olu.follow("page-backup: failed")
    olu.sees_heading("page-backup: failed")
    olu.click("Acknowledge")
    olu.fill("For", "2h")
    assert olu.accessibility_faults() == ""
    olu.click("Acknowledge it")
    expect(olu.page.get_by_role("button", name="Take back")).to_be_focused()
    olu.sees("Acknowledged until")
    server.post("/contacts", {"name": "Page Assignee"})
    olu.click("Assign")
    olu.page.get_by_label("Contact", exact=True).select_option(label="Page Assignee")
    olu.click("Assign it")
    olu.sees("Assigned to")
    expect(olu.page.get_by_role("link", name="Page Assignee")).to_be_visible()
    olu.fill("Note", "the disk is full")
    olu.page.route("**/notes", lambda route: route.abort())
    olu.click("Add")
    olu.sees("nothing is known to have changed")
    olu.page.unroute("**/notes")
    olu.click("Add")
    olu.sees("the disk is full")
    olu.sees_no("nothing is known to have changed")
    assert olu.accessibility_faults() == ""
    assert not olu.scrolls_sideways()
    olu.click("Resolve")
    olu.page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    olu.sees("Resolved by")
    olu.sees_no("Take back")


def test_the_latest_of_a_long_story_is_seen_first(vic: Person, server: RunningServer) -> None:
    fail(server, "page-long")
    incident = next(each for each in server.get("/incidents")["items"] if "page-long" in each["title"])
    for number in range(51):
        server.post(f"/incidents/{incident['id']}/notes", {"text": f"note number {number}."})
    vic.open(f"/incidents/{incident['id']}")
    vic.sees("note number 50.")
    vic.sees_no("note number 0.")
    vic.follow("Next page")
    vic.sees("note number 0.")
    vic.follow("First page")
    vic.sees("note number 50.")


def test_incidents_are_narrowed_by_what_the_address_says_and_counted_on_every_page(
    vic: Person, server: RunningServer
) -> None:
    fail(server, "page-narrow")
    places = vic.open("/").page.get_by_role("navigation", name="Main")
    expect(places.get_by_role("link", name=re.compile(r"^Incidents \d+ open$"))).to_be_visible()
    assert vic.accessibility_faults() == ""
    vic.open("/incidents?q=PAGE-narrow").sees("page-narrow: failed")
    expect(vic.page.locator("tbody tr")).to_have_count(1)
    vic.page.get_by_label("Severity").select_option("Critical")
    vic.sees("No incident fits.")
    vic.page.get_by_label("Severity").select_option("Warning")
    vic.sees("page-narrow: failed")
    vic.page.get_by_label("State").select_option("Resolved")
    vic.sees("No incident fits.")
    assert vic.page.url.endswith("/incidents?q=PAGE-narrow&severity=warning&state=resolved")
    vic.page.reload()
    expect(vic.page.get_by_label("State")).to_have_value("resolved")


def test_a_viewer_sees_incidents_and_changes_none(vic: Person, server: RunningServer) -> None:
    fail(server, "page-report")
    vic.open("/incidents")
    vic.follow("page-report: failed")
    vic.sees_heading("page-report: failed")
    vic.sees_no("Acknowledge")


def test_an_administrator_makes_tests_and_removes_a_channel(mara: Person) -> None:
    mara.open("/channels").sees_heading("Channels")
    mara.click("New channel")
    mara.fill("Name", "Hook")
    mara.page.get_by_label("Kind").select_option("webhook")
    mara.fill("URL", "http://127.0.0.1:9/")
    assert mara.accessibility_faults() == ""
    mara.click("Make the channel")
    mara.sees("Hook is made")
    mara.click("Test Hook")
    mara.click("Send the test")
    mara.sees("must not be reached from here")
    mara.click("Back")
    mara.click("Edit Hook")
    mara.fill("Name", "Hooked")
    mara.click("Save")
    mara.sees("Hooked is saved")
    mara.click("Words of Hooked")
    mara.fill("Subject", "Page me: {{ incident.titel }}")
    mara.click("Preview")
    mara.page.get_by_role("dialog").locator("[aria-invalid=true]").first.wait_for()
    mara.fill("Subject", "Page me: {{ incident.title }}")
    mara.click("Preview")
    mara.page.get_by_label("Preview").get_by_text("Page me: ").wait_for()
    expect(mara.page.get_by_role("dialog").locator("[aria-invalid=true]")).to_have_count(0)
    assert mara.accessibility_faults() == ""
    mara.click("Save")
    mara.sees("The words of Hooked are saved")
    mara.click("Edit Hooked")
    mara.fill("Name", "Hook")
    mara.click("Save")
    mara.click("Limits of Hook")
    mara.fill("Messages alone", "2")
    mara.click("Save")
    mara.sees("must be from 0 to alone_max")
    assert mara.accessibility_faults() == ""
    mara.fill("Of them kept for critical ones", "1")
    mara.click("Save")
    mara.sees("2 alone and 6 digests in 1h")
    mara.sees_no("No channel is on")
    mara.click("Turn Hook off")
    mara.sees("Hook is off")
    expect(mara.page.locator("tr", has_text="Hook").locator("[data-label=State]")).to_have_text("off")
    mara.sees("No channel is on, so nobody is told of anything.")
    mara.click("Remove Hook")
    mara.click("Remove the channel")
    mara.sees("Hook is removed")


def test_whoever_sees_incidents_is_warned_that_nobody_is_told(vic: Person, server: RunningServer) -> None:
    vic.open("/incidents").sees("No channel is on, so nobody is told of anything.")
    assert vic.accessibility_faults() == ""
    vic.follow("Add a channel, or turn one on")
    vic.sees_heading("Channels")
    default = server.get("/escalation-policies?is_default=true")["items"]
    for each in default:
        server.patch(f"/escalation-policies/{each['id']}", {"is_default": False})
    vic.open("/incidents").follow("Make a policy the default")
    vic.sees_heading("Escalation policies")


def test_a_viewer_sees_channels_and_changes_none(vic: Person) -> None:
    vic.open("/channels").sees_heading("Channels")
    vic.sees_no("New channel")


def test_on_a_phone_a_channel_and_a_story_keep_to_its_width(at_phone: Person, server: RunningServer) -> None:
    hook = {
        "name": "Phone hook",
        "kind": "webhook",
        "fields": {"url": "https://hooks.example/x"},
        "enabled": False,
    }
    made = server.post("/channels", hook)
    at_phone.open("/channels").sees("Phone hook")
    assert not at_phone.scrolls_sideways()
    assert at_phone.accessibility_faults() == ""
    fail(server, "page-phone")
    at_phone.open("/incidents").follow("page-phone: failed")
    caption = at_phone.page.locator("caption")
    caption.wait_for()
    assert caption.bounding_box()["height"] < 60  # type: ignore[index]
    assert not at_phone.scrolls_sideways()
    at_phone.open("/channels").click("Remove Phone hook")
    at_phone.click("Remove the channel")
    at_phone.sees_dialog_close()
    assert made["id"] not in [each["id"] for each in server.get("/channels")["items"]]

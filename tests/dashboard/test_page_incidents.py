"""Incidents on the page: what failed is there, and somebody acknowledges, notes and resolves it."""

from __future__ import annotations

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
    olu.open("/").follow("Incidents")
    olu.sees_heading("Incidents")
    assert olu.accessibility_faults() == ""
    olu.follow("page-backup: failed")
    olu.sees_heading("page-backup: failed")
    olu.click("Acknowledge")
    olu.fill("For", "2h")
    assert olu.accessibility_faults() == ""
    olu.click("Acknowledge it")
    olu.sees("Take back")
    olu.sees("Until")
    server.post("/contacts", {"name": "Page Assignee"})
    olu.click("Assign")
    olu.page.get_by_label("Contact", exact=True).select_option(label="Page Assignee")
    olu.click("Assign it")
    olu.sees("Assigned")
    olu.fill("Note", "the disk is full")
    olu.click("Add")
    olu.sees("the disk is full")
    assert olu.accessibility_faults() == ""
    assert not olu.scrolls_sideways()
    olu.click("Resolve")
    olu.page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    olu.sees("Resolved")
    olu.sees_no("Take back")


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
    assert mara.accessibility_faults() == ""
    mara.click("Save")
    mara.sees("The words of Hooked are saved")
    mara.click("Edit Hooked")
    mara.fill("Name", "Hook")
    mara.click("Save")
    mara.click("Turn Hook off")
    mara.sees("Hook is off")
    mara.click("Remove Hook")
    mara.click("Remove the channel")
    mara.sees("Hook is removed")


def test_a_viewer_sees_channels_and_changes_none(vic: Person) -> None:
    vic.open("/channels").sees_heading("Channels")
    vic.sees_no("New channel")

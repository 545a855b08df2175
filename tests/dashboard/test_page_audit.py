"""The trail at the page: found by who, what and when; hostile content is text; the check is plain."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from urllib.error import HTTPError

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.person import Person
from tests.dashboard.running_server import RunningServer, running

MARKUP = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'


def filter_by(person: Person, label: str, text: str) -> None:
    person.fill(label, text)
    person.page.keyboard.press("Tab")  # a filter is taken when its field is left


def test_entries_are_found_by_user_action_object_and_time(server: RunningServer, mara: Person) -> None:
    task = server.add_task("audited-one")
    server.post(f"/tasks/{task['id']}/pause", {"reason": "found by its action"})
    mara.open(f"/audit?object_type=task&object_id={task['id']}").sees_heading("Audit")
    rows = mara.page.get_by_role("row")
    expect(rows).to_have_count(3)

    filter_by(mara, "Action", "task.paused")
    expect(rows).to_have_count(2)
    mara.page.get_by_text("Details").last.click()
    mara.sees("found by its action")
    filter_by(mara, "Actor", "nobody")
    mara.sees("No entry fits.")
    filter_by(mara, "Actor", "local")
    expect(rows).to_have_count(2)
    filter_by(mara, "Since", "2099-01-01T00:00")
    mara.sees("No entry fits.")


def test_what_somebody_wrote_is_shown_as_text_wherever_it_stands(server: RunningServer, mara: Person) -> None:
    """The log of what others did is where an administrator looks, so it is where a stranger would write."""
    server.add_task(f"hostile {MARKUP}"[:100])
    with pytest.raises(HTTPError, match="401"):
        server.post("/auth/login", {"name": MARKUP, "password": "x"})
    task = server.add_task("paused-by-markup")
    server.post(f"/tasks/{task['id']}/pause", {"reason": MARKUP})
    mara.open("/audit")
    hidden = mara.page.locator("tr", has_text="task.paused").locator("summary").first
    expect(hidden).to_be_visible()
    for each in mara.page.locator("summary").all():
        each.click()

    expect(mara.page.get_by_text("onerror=").first).to_be_visible()
    assert mara.page.locator("main img, main script").count() == 0
    mara.open(f"/audit?actor={MARKUP}&action={MARKUP}&object_id={MARKUP}").sees("No entry fits.")
    assert mara.page.locator("main img, main script").count() == 0
    assert mara.page.title() != "owned"
    assert mara.blocked == []


def test_the_check_says_what_is_proven_and_up_to_where(server: RunningServer, mara: Person) -> None:
    mara.open("/audit")
    mara.click("Check the trail")
    mara.sees("Nothing is wrong with entries 1 to")
    mara.sees("autom8 audit verify")
    end = time.monotonic() + 20
    while not server.get("/audit/checkpoints")["items"]:
        assert time.monotonic() < end
        time.sleep(0.2)
    mara.click("Check the trail")
    mara.sees("Signed checkpoints prove them up to entry")

    assert mara.accessibility_faults() == ""
    with mara.page.expect_download() as download:
        mara.follow("Export")
    assert download.value.path().read_bytes().startswith(b'{"autom8_audit_export":1')


def test_the_check_names_an_entry_that_somebody_altered(built: Path, tmp_path: Path, page: Page) -> None:
    with running(tmp_path / "home") as server:
        server.add_user("mara", "admin")
        server.add_task("altered")
        with sqlite3.connect(tmp_path / "home" / "autom8.db", timeout=10) as database:
            database.execute("UPDATE audit_entry SET actor_name = ? WHERE seq = 2", (MARKUP,))
        database.close()
        person = Person(page, server.url).signed_in("mara").open("/audit")
        person.click("Check the trail")
        person.sees("Entry 2 is bad: its columns differ from its content")
        assert person.page.locator("main img, main script").count() == 0


def test_who_may_not_read_the_trail_is_not_shown_it(vic: Person) -> None:
    vic.open("/audit").sees("Only admins can read the audit")
    expect(vic.page.get_by_role("button", name="Check the trail")).to_have_count(0)

"""Contacts from a file on the page: how it is read is seen and corrected, and nothing is written unseen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.dashboard.person import Person

MIXED = "Wer;Anschrift;Sonst\r\nAda Import;ada.import@example.org;x\r\nBad Import;nonsense;\r\n".encode(
    "utf-16"
)


def _choose(person: Person, data: bytes, name: str = "people.csv") -> None:
    file: Any = {"name": name, "mimeType": "text/csv", "buffer": data}
    person.page.get_by_label("A CSV or vCard file").set_input_files(file)


def _map(person: Person, column: str, field: str) -> None:
    person.page.get_by_label(column, exact=True).select_option(field)


def test_a_file_is_read_corrected_judged_and_imported(mara: Person) -> None:
    mara.open("/contacts/import").sees_heading("Import contacts")
    _choose(mara, MIXED)

    mara.sees("Choose above which column holds the name.")
    expect(mara.page.get_by_label("Delimiter")).to_contain_text("found out: semicolon")
    mara.page.get_by_label("First row").select_option("true")
    _map(mara, "Wer", "name")
    _map(mara, "Anschrift", "email")

    mara.sees("is not an email address")
    button = mara.page.get_by_role("button", name="Import 1 contact")
    expect(button).to_be_disabled()
    mara.page.get_by_label("Bad rows").select_option("good")
    button.click()

    mara.sees("Imported: 1 contact added, 0 updated, 0 skipped, 1 bad.")
    with mara.page.expect_download() as download:
        mara.click("Save the report")
    saved = download.value.path().read_bytes().decode()
    assert saved.startswith("line,fate,why\r\n3,bad,")
    assert "Bad Import" not in saved
    mara.follow("Show contacts")
    mara.sees("Ada Import")


def test_rows_are_shown_by_their_fate_a_page_at_a_time(mara: Person) -> None:
    rows = [f"Person {number},p{number}@import.example" for number in range(120)]
    mara.open("/contacts/import")
    _choose(mara, "\n".join(["name,email", *rows, "Odd,nothing"]).encode())

    mara.sees("Page 1 of 3")
    mara.click("Later rows")
    mara.sees("Person 60")
    mara.page.get_by_role("button", name="Bad 1").click()
    mara.sees("Odd")
    mara.sees_no("Person 60")


@pytest.mark.parametrize("width", [380, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_phone_or_beside_it(mara: Person, scheme: str, width: int) -> None:
    mara.page.set_viewport_size({"width": width, "height": 900})
    mara.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    mara.open("/contacts/import")
    _choose(mara, b"name,email,Birthday\nAda,ada@import.example,1815\nBad,nonsense,\n")
    mara.sees("is not an email address")

    assert mara.accessibility_faults() == ""
    assert mara.blocked == []
    wide = mara.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide

"""Contacts on the page: found, added, edited, grouped, merged, and erased with a certificate."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.dashboard.person import Person
from tests.dashboard.running_server import RunningServer

_numbers = count(1)
# Both come before the page is drawn anew, as from a key that chatters.
TWO_ENTERS = "for (const _ of [1, 2]) document.querySelector('dialog form').requestSubmit()"


def _add(server: RunningServer, name: str, **values: Any) -> Any:
    return server.post("/contacts", {"name": name, **values})


def test_a_contact_is_added_found_by_name_and_email_and_edited(server: RunningServer, olu: Person) -> None:
    server.post("/groups", {"name": "Night shift"})
    olu.open("/contacts/new").sees_heading("New contact")
    olu.fill("Name", "Zoë Brønsted")
    olu.page.get_by_role("textbox", name="Email").fill("zoe@exämple.org")
    olu.fill("Phone", "030 1")
    olu.fill("Tags", "Ops, night")
    olu.page.get_by_label("Night shift").check()
    olu.page.get_by_label("SMS").check()
    olu.page.get_by_role("checkbox", name="Email").check()
    olu.fill("Quiet from", "22:00")
    olu.page.get_by_label("Sunday").uncheck()
    olu.click("Add the contact")
    olu.sees("Some fields need another look.")
    olu.stands_in("quiet.until")
    olu.fill("Quiet until", "07:00")
    olu.click("Add the contact")
    olu.sees("Some fields need another look.")
    olu.stands_in("phone")
    olu.fill("Phone", "+49 30 901820")
    olu.click("Add the contact")

    olu.sees_heading("Zoë Brønsted")
    for text in (
        "zoe@exämple.org",
        "+4930901820",
        "SMS, then Email",
        "22:00 to 07:00, Mon Tue",
        "Night shift",
    ):
        olu.sees(text)
    olu.open("/contacts").fill("Search contacts by name, email or phone", "bronst")
    expect(olu.row("Zoë Brønsted")).to_contain_text("zoe@exämple.org")
    olu.fill("Search contacts by name, email or phone", "ZOE@exämple.org")
    expect(olu.page.locator("tbody tr")).to_have_count(1)
    assert "zoe" not in olu.page.url
    olu.follow("Zoë Brønsted")
    olu.follow("Edit")
    olu.page.get_by_role("textbox", name="Email").fill("")
    olu.click("Save")
    olu.sees_heading("Zoë Brønsted")
    olu.sees_no("zoe@exämple.org")


def test_an_email_that_is_taken_is_a_wrong_field(server: RunningServer, olu: Person) -> None:
    _add(server, "Holder", email="taken@example.org")
    olu.open("/contacts/new")
    olu.fill("Name", "Second")
    olu.page.get_by_role("textbox", name="Email").fill("TAKEN@example.org")
    olu.click("Add the contact")

    olu.sees("has this email already")
    olu.stands_in("email")


def test_a_viewer_sees_masks_and_nothing_to_change(server: RunningServer, vic: Person) -> None:
    contact = _add(server, "Masked Maya", email="maya@example.org", phone="+49 30 901820", notes="hush")
    vic.open("/contacts").fill("Search contacts by name", "masked")
    row = vic.row("Masked Maya")
    expect(row).to_contain_text("m…@e…")
    expect(row).to_contain_text("+49…20")
    vic.sees("are masked")
    for name in ("New contact", "Import", "Duplicates", "Erasures"):
        expect(vic.page.get_by_role("link", name=name)).to_have_count(0)
    vic.open(f"/contacts/{contact['id']}").sees_heading("Masked Maya")
    vic.sees_no("maya@")
    vic.sees_no("hush")
    expect(vic.page.get_by_role("button", name="Erase …")).to_have_count(0)
    vic.open(f"/contacts/{contact['id']}/edit").sees("Your role may look at contacts but not change them.")


def test_a_contact_is_erased_once_its_name_is_typed(server: RunningServer, mara: Person) -> None:
    contact = _add(server, "Ada Gone", email="gone@example.org")
    mara.open(f"/contacts/{contact['id']}").sees_heading("Ada Gone")
    mara.click("Erase …")
    button = mara.page.get_by_role("button", name="Erase for ever")
    expect(button).to_be_disabled()
    mara.fill("Type Ada Gone to be sure", "Ada Gone")
    mara.fill("Reason", "Ada Gone asked")
    mara.click("Erase for ever")
    mara.sees("must not hold the contact's name")
    mara.fill("Reason", "asked for it")
    mara.click("Erase for ever")

    mara.sees_heading("Certificate of erasure")
    certificate = server.get(f"/contacts/erasures/{contact['id']}")
    mara.sees(certificate["audit_hash"])
    mara.sees("asked for it")
    mara.sees_no("Ada Gone")
    mara.page.emulate_media(media="print")
    expect(mara.page.get_by_role("button", name="Print")).to_be_hidden()
    mara.page.emulate_media(media="screen")
    mara.open("/contacts/erasures").follow(f"Contact {contact['id']}")
    mara.sees_heading("Certificate of erasure")


def test_where_an_erased_contact_was_its_erasure_is_told(server: RunningServer, mara: Person) -> None:
    contact_id = _add(server, "Told Tess")["id"]
    erasure = {"confirm": "Told Tess", "reason": "asked by letter"}
    erased_at = server.post(f"/contacts/{contact_id}/erase", erasure)["erased_at"]
    added = mara.open(f"/audit?object_type=contact&object_id={contact_id}&action=contact.added")
    added.follow(f"contact {contact_id}")

    mara.sees_heading(f"Contact {contact_id} was erased")
    expect(mara.page.locator("time")).to_have_attribute("datetime", erased_at)
    mara.sees("asked by letter")
    mara.follow("See the certificate")
    mara.sees_heading("Certificate of erasure")
    mara.open(f"/contacts/{contact_id}/edit").sees_heading(f"Contact {contact_id} was erased")
    mara.open("/contacts/999999").sees("There is no contact 999999")


def test_who_may_not_see_certificates_reads_that_a_contact_may_be_erased(
    server: RunningServer, vic: Person
) -> None:
    contact_id = _add(server, "Hidden Hal")["id"]
    server.post(f"/contacts/{contact_id}/erase", {"confirm": "Hidden Hal", "reason": "not for all"})
    asked: list[str] = []
    vic.page.on("request", lambda request: asked.append(request.url))
    vic.open(f"/contacts/{contact_id}").sees("It may have been erased, or merged into another.")

    expect(vic.page.get_by_role("link", name="See the certificate")).to_have_count(0)
    vic.sees_no("not for all")
    assert not [url for url in asked if "erasures" in url]


@pytest.mark.parametrize(
    ("words", "file", "beginning"),
    [
        ("CSV", "contacts.csv", "name,email,"),
        ("vCard 4.0", "contacts.vcf", "BEGIN:VCARD\r\nVERSION:4.0"),
        ("vCard 3.0", "contacts.vcf", "BEGIN:VCARD\r\nVERSION:3.0"),
    ],
)
def test_contacts_are_taken_out_as_a_file(
    server: RunningServer, mara: Person, words: str, file: str, beginning: str
) -> None:
    tag = f"taken-{next(_numbers)}"
    _add(server, "Taken Tom", email=f"{tag}@example.org", tags=[tag])
    _add(server, "Left Lea")
    mara.open(f"/contacts?tag={tag}").click("Export …")
    mara.sees(f"Only contacts with the tag {tag} are in the file")
    with mara.page.expect_download() as download:
        mara.follow(words)

    assert download.value.suggested_filename == file
    text = download.value.path().read_bytes().decode()
    assert text.startswith(beginning)
    assert f"{tag}@example.org" in text
    assert "Left Lea" not in text
    expect(mara.page.get_by_role("dialog")).to_have_count(0)


def test_contacts_are_taken_out_by_keyboard_on_a_phone(server: RunningServer, at_phone: Person) -> None:
    _add(server, "Keyed Kay")
    at_phone.open("/contacts").sees_heading("Contacts")
    at_phone.page.get_by_role("button", name="Export …").press("Enter")
    at_phone.sees("All contacts are in the file")
    assert not at_phone.scrolls_sideways()
    assert at_phone.accessibility_faults() == ""
    at_phone.page.keyboard.press("Escape")
    expect(at_phone.page.get_by_role("dialog")).to_have_count(0)
    at_phone.page.get_by_role("button", name="Export …").press("Enter")
    with at_phone.page.expect_download() as download:
        at_phone.page.get_by_role("link", name="CSV").press("Enter")

    assert "Keyed Kay" in download.value.path().read_text()


def test_who_may_not_take_contacts_out_is_not_shown_how(olu: Person) -> None:
    olu.open("/contacts").sees_heading("Contacts")
    expect(olu.page.get_by_role("link", name="Import")).to_be_visible()

    expect(olu.page.get_by_role("button", name="Export …")).to_have_count(0)


def test_groups_are_made_renamed_and_removed(server: RunningServer, olu: Person) -> None:
    name = f"Group {next(_numbers)}"
    olu.open("/contacts/groups").sees_heading("Groups")
    olu.click("New group")
    olu.fill("Name", name)
    olu.click("Make the group")
    expect(olu.row(name)).to_be_visible()
    olu.click(f"Edit {name}")
    olu.fill("Name", f"{name} anew")
    olu.click("Save")
    expect(olu.row(f"{name} anew")).to_be_visible()
    olu.click(f"Remove {name} anew")
    olu.click("Remove the group")
    expect(olu.row(f"{name} anew")).to_have_count(0)


def test_a_question_that_is_answered_twice_quickly_is_answered_once(olu: Person) -> None:
    name = f"Group {next(_numbers)}"
    held: list[Route] = []
    olu.page.route(
        "**/api/v1/groups",
        lambda route: held.append(route) if route.request.method == "POST" else route.fallback(),
    )
    olu.open("/contacts/groups").click("New group")
    olu.fill("Name", name)
    with olu.page.expect_request(lambda request: request.method == "POST"):
        olu.page.evaluate(TWO_ENTERS)
    expect(olu.page.get_by_role("button", name="Make the group")).to_be_disabled()
    olu.page.keyboard.press("Enter")
    held[0].continue_()

    expect(olu.row(name)).to_be_visible()
    assert len(held) == 1


def test_a_question_that_was_refused_can_be_answered_again(server: RunningServer, olu: Person) -> None:
    taken, name = f"Group {next(_numbers)}", f"Group {next(_numbers)}"
    server.post("/groups", {"name": taken})
    olu.open("/contacts/groups").click("New group")
    olu.fill("Name", taken)
    olu.page.keyboard.press("Enter")
    expect(olu.page.get_by_label("Name", exact=True)).to_have_attribute("aria-invalid", "true")
    olu.fill("Name", name)
    olu.page.keyboard.press("Enter")

    expect(olu.row(name)).to_be_visible()


def test_chosen_contacts_are_tagged_together(server: RunningServer, olu: Person) -> None:
    first, second = _add(server, "Bulky One"), _add(server, "Bulky Two")
    olu.open("/contacts").fill("Search contacts by name, email or phone", "bulky")
    expect(olu.page.locator("tbody tr")).to_have_count(2)
    olu.page.get_by_label("All on this page").check()
    olu.fill("Which tag", "Together")
    olu.click("Apply")

    olu.sees("2 contacts changed")
    expect(olu.row("Bulky Two")).to_contain_text("together")
    assert [server.get(f"/contacts/{each['id']}")["tags"] for each in (first, second)] == [["together"]] * 2


def test_who_is_not_shown_any_more_is_not_chosen_either(server: RunningServer, olu: Person) -> None:
    _add(server, "Choice Charlie")
    _add(server, "Choice Delta")
    olu.open("/contacts").fill("Search contacts by name, email or phone", "choice charlie")
    expect(olu.row("Choice Delta")).to_have_count(0)
    olu.page.get_by_label("Choose Choice Charlie").check()
    olu.sees("1 contact chosen")

    olu.fill("Search contacts by name, email or phone", "choice delta")
    expect(olu.row("Choice Charlie")).to_have_count(0)
    olu.page.get_by_label("Choose Choice Delta").check()

    olu.sees("1 contact chosen")


def test_who_was_changed_meanwhile_is_not_merged(server: RunningServer, olu: Person) -> None:
    kept = _add(server, "Kept Kim", phone="+1 202-555-0143")
    other = _add(server, "Other Kim", phone="+1 202-555-0143")
    olu.open("/contacts/duplicates").click(f"Merge into contact {kept['id']}, Kept Kim")
    server.patch(f"/contacts/{kept['id']}", {"name": "Kim King"})

    olu.click("Merge")

    olu.sees("Somebody has changed this contact meanwhile")
    assert server.get(f"/contacts/{other['id']}")["name"] == "Other Kim"


def test_two_that_are_one_are_merged(server: RunningServer, olu: Person) -> None:
    kept = _add(server, "Twin Tina", phone="+1 202-555-0142", tags=["a"])
    other = _add(server, "Tina Twin", phone="+1 202-555-0142", email="tina@example.org", tags=["b"])
    olu.open("/contacts/duplicates").sees("The same phone number: +12025550142")
    olu.click(f"Merge into contact {kept['id']}, Twin Tina")
    olu.page.get_by_label("Tina Twin", exact=True).check()
    olu.click("Merge")

    olu.sees(f"contact {other['id']} is erased")
    merged = server.get(f"/contacts/{kept['id']}")
    assert (merged["name"], merged["email"], merged["tags"]) == ("Tina Twin", "tina@example.org", ["a", "b"])


@pytest.mark.parametrize("name", ["<b>bold</b>", "' OR 1=1 --", "{{7*7}}"])
def test_a_name_is_text_and_never_markup(server: RunningServer, olu: Person, name: str) -> None:
    contact = _add(server, name)

    olu.open(f"/contacts/{contact['id']}").sees_heading(name)

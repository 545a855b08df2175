"""What is written is read back as it was: all that a contact holds, in each format, whatever its text."""

from __future__ import annotations

import pytest
import vobject
from hypothesis import given, settings

from autom8.contacts.cards.writers import FORMATS, guarded
from autom8.contacts.draft import ContactDraft, QuietHours
from autom8.kernel.vocabulary import ContactChannel
from tests.contacts.cards import DRAFTS, draft, read_cards, read_csv, there_and_back, written

FULL = draft(
    name='Ada "the first"; King, Countess of Lovelace \\o/',
    email="ada@bücher.example",
    phone="+49 30 901820",
    notes="=1+1\r\n\tand, then; \\n more\n\n end ",
    tags=["On-Call", "db:::x", "\\"],
    groups=["Ops, Berlin", "* starred", "a;b", "c\\"],
    zone="Pacific/Chatham",
    language="pt_BR",
    quiet=QuietHours.read("22:00", "24:00", ["sun", "mon"]),
    channels=["sms", "email"],
)


@pytest.mark.parametrize("format_", FORMATS)
def test_all_that_a_contact_holds_comes_back(format_: str) -> None:
    plain = draft(name="Bob")

    assert there_and_back([FULL, plain], format_) == [FULL, plain]


@pytest.mark.parametrize("format_", FORMATS)
@settings(max_examples=120, deadline=None)
@given(made=DRAFTS)
def test_any_contact_that_may_be_comes_back(made: ContactDraft, format_: str) -> None:
    assert there_and_back([made], format_) == [made]


@pytest.mark.parametrize("text", ["=1+1", "+49", "-1", "@x", "\tx", "'=x", "''-"])
def test_no_cell_begins_a_formula(text: str) -> None:
    (found,) = read_csv(b'name,notes\r\nx,"' + guarded(text).encode() + b'"\r\n')

    assert guarded(text)[0] == "'"
    assert found.values["notes"] == text


def test_every_phone_number_is_kept_from_being_calculated() -> None:
    row = written([draft(phone="+49 30 901820")], "csv").decode().splitlines()[1]

    assert ",'+4930901820," in row


@pytest.mark.parametrize("format_", ["vcard3", "vcard4"])
def test_another_program_reads_the_same_of_our_cards(format_: str) -> None:
    made = draft(name=FULL.name, notes=FULL.notes, tags=FULL.tags, email="ada@example.org")

    card = vobject.readOne(written([made], format_).decode())

    assert (card.fn.value, card.note.value, card.email.value) == (made.name, made.notes, made.email)
    assert sorted(card.categories.value) == sorted(made.tags)


def test_cards_of_another_program_are_read_as_they_were_meant() -> None:
    card = vobject.vCard()
    card.add("fn").value = FULL.name
    card.add("n").value = vobject.vcard.Name(family="Lovelace", given="Ada")
    card.add("note").value = FULL.notes
    card.add("categories").value = list(FULL.tags)

    (found,) = read_cards(card.serialize())

    assert found.values == {"name": FULL.name, "notes": FULL.notes, "tags": FULL.tags}


@pytest.mark.parametrize("format_", ["vcard3", "vcard4"])
def test_lines_are_folded_at_75_octets_without_parting_a_character(format_: str) -> None:
    made = draft(name="\u00e9" * 150 + "x", notes="\U0001f600" * 500)

    lines = written([made], format_).split(b"\r\n")

    assert all(len(line) <= 75 and line.decode() for line in lines[:-1])
    assert there_and_back([made], format_) == [made]


def test_channels_keep_their_order() -> None:
    made = draft(channels=[ContactChannel.PUSH, ContactChannel.EMAIL])

    assert [each.channels for each in there_and_back([made], "csv")] == [("push", "email")]

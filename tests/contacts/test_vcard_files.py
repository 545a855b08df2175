"""vCards as they come: of the usual exporters, folded, quoted, nested, cut off and hostile."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest

from autom8.contacts.cards.drafts import draft_of
from autom8.contacts.cards.vcard_reader import VcardFile
from autom8.kernel.errors import Invalid
from tests.contacts.cards import read_cards

SAMPLES = Path(__file__).parent / "samples"


def _card(*lines: str, version: str = "4.0") -> str:
    return "\r\n".join(("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""))


def test_apples_export_is_understood() -> None:
    (found,) = read_cards((SAMPLES / "apple.vcf").read_bytes())

    assert found.values == {
        "name": "Ada King Lovelace",
        "email": "ada@example.org",
        "phone": "+49 151 23456789",
        "notes": "Wrote the first\nprogram, on paper.",
        "tags": ("Bereitschaft", "Mathematik"),
    }
    assert found.warnings == ("email: 1 further value was left out", "phone: 1 further value was left out")


def test_what_of_a_card_fills_no_field_is_told() -> None:
    file = VcardFile((SAMPLES / "apple.vcf").read_bytes())
    list(file.rows())

    assert file.unmapped() == {"URL": 1, "PHOTO": 1, "X-ABUID": 1}


def test_nextclouds_export_is_understood() -> None:
    emmy, group = read_cards((SAMPLES / "nextcloud.vcf").read_bytes())

    assert emmy.values == {
        "name": "Emmy Noether",
        "email": "emmy@example.org",
        "phone": "+49-30-901820",
        "tags": ("Algebra", "Ringe", "on-call"),
        "zone": "Europe/Berlin",
        "language": "de",
    }
    assert "tags: one with a comma was parted into several" in emmy.warnings
    assert (group.line, group.passed_over, group.faults) == (16, "is the card of a group", {})


def test_what_outlook_still_writes_of_the_old_version_is_understood() -> None:
    (found,) = read_cards((SAMPLES / "outlook-2.1.vcf").read_bytes())

    made = draft_of(found, "")

    assert (made.name, made.phone, made.notes) == ("Käthe Krüger", "+4915123456789", "Größe\nzweite Zeile")


def test_a_card_names_the_line_it_begins_at() -> None:
    cards = read_cards("\r\n" + _card("FN:A") + "\n" + _card("FN:B"))

    assert [each.line for each in cards] == [2, 7]


def test_folded_lines_are_put_together_wherever_they_were_parted() -> None:
    (found,) = read_cards(
        _card("FN:J", " an", "\te D", " oe", "NOTE:a\\", " nb", "EMAIL;TYPE=", " work:a@example.org")
    )

    assert found.values == {"name": "Jane Doe", "notes": "a\nb", "email": "a@example.org"}


def test_the_preferred_of_several_is_taken() -> None:
    (found,) = read_cards(
        _card(
            "FN:x",
            "EMAIL;PREF=50:b@example.org",
            "EMAIL;PREF=1:a@example.org",
            "EMAIL:mailto:c@example.org",
            "TEL;TYPE=fax:1",
            "TEL;TYPE=home:2",
            'TEL;TYPE="cell,voice":tel:3',
        )
    )

    assert (found.values["email"], found.values["phone"]) == ("a@example.org", "3")
    assert found.warnings == (
        "email: 2 further values were left out",
        "phone: 2 further values were left out",
    )


def test_a_card_without_a_formatted_name_is_named_by_what_it_has() -> None:
    cards = read_cards(
        _card("N:Doe;Jane;M.;Dr.;PhD") + _card("NICKNAME:jd,x") + _card("ORG:Initech;Ops") + _card("N:;;;;")
    )

    assert [each.values.get("name") for each in cards] == ["Dr. Jane M. Doe PhD", "jd", "Initech", None]


def test_an_offset_is_no_time_zone_and_that_is_told() -> None:
    (found,) = read_cards(_card("FN:x", "TZ;VALUE=utc-offset:-0500"))

    assert "zone" not in found.values
    assert found.warnings == ("zone: an offset is no time zone, and was left out",)


def test_several_notes_are_all_kept() -> None:
    (found,) = read_cards(_card("FN:x", "NOTE:one", "NOTE:two"))

    assert found.values["notes"] == "one\n\ntwo"


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        ("BEGIN:VCARD\nFN:x\n", 1, "no end"),
        ("BEGIN:VCARD\nFN:x\n" + _card("FN:y"), 1, "no end"),
        (_card("FN:x\n;;;"), 1, "no property"),
        (_card("FN:x", 'TEL;TYPE="cell:1'), 1, "TEL"),
        (_card("FN;ENCODING=QUOTED-PRINTABLE;CHARSET=klingon:=41"), 1, "FN"),
        (_card("FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=FF"), 1, "FN"),
        (_card("FN:x", version="5.0"), 1, "version"),
        ("hello\nworld\n", 1, "not part"),
        (_card("FN:" + "x" * 300_000), 1, "characters"),
        (_card(*["NOTE:" + "x" * 200_000] * 8), 1, "characters"),
    ],
)
def test_a_card_that_can_not_be_read_says_why(data: str, line: int, words: str) -> None:
    bad = [each for each in read_cards(data) if each.faults]

    assert [each.line for each in bad] == [line]
    assert words in bad[0].faults["card"]


def test_text_between_cards_is_told_once() -> None:
    cards = read_cards(_card("FN:A") + "some\nnoise\n" + _card("FN:B"))

    assert [(each.line, bool(each.faults)) for each in cards] == [(1, False), (5, True), (7, False)]


def test_a_line_that_is_no_text_makes_its_card_bad_and_no_other() -> None:
    data = _card("FN:Jörg").encode() * 12 + _card("FN:K\udce4the").encode("utf-8", "surrogateescape")

    cards = read_cards(data)

    assert [bool(each.faults) for each in cards] == [False] * 12 + [True]
    assert cards[-1].faults == {"card": "line 51 can't be read as utf-8"}


def test_a_card_within_a_card_is_not_another_contact() -> None:
    nested = "AGENT:\r\nBEGIN:VCARD\r\nFN:inner\r\nEND:VCARD"

    (found,) = read_cards(_card("FN:outer", nested, version="2.1"))

    assert found.values == {"name": "outer"}


@pytest.mark.parametrize(
    "piece",
    [
        "BEGIN:VCARD\n",
        "END:VCARD\n",
        "BEGIN:X\n",
        "BEGIN:VCARD\nAGENT:\n",
        "\n ",
        "A;B====",
        'TEL;"',
        "FN:\\",
        "NOTE;QUOTED-PRINTABLE:=\n",
        "\xff\x00",
        "CATEGORIES:,\\,",
        "TEL;TYPE=a,b,",
    ],
)
def test_hostile_text_is_read_in_the_time_that_its_size_takes(piece: str) -> None:
    def seconds(size: int) -> float:
        text = "BEGIN:VCARD\nVERSION:3.0\nFN:" + piece * (size // len(piece))
        began = time.process_time()  # of ours alone, however busy the machine is
        for each in read_cards(text):
            with suppress(Invalid):
                draft_of(each, "")
        return time.process_time() - began

    seconds(10_000)
    assert seconds(400_000) < 120 * max(seconds(20_000), 0.002)


def test_the_photo_of_a_card_is_never_kept() -> None:
    photo = "PHOTO;ENCODING=b:" + "\r\n ".join(["A" * 74] * 20_000)

    (found,) = read_cards(_card("FN:x", photo))

    assert found.values == {"name": "x"}

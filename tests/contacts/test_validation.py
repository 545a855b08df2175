"""What a contact may be, and the one form in which it is kept."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autom8.contacts.draft import ContactDraft, QuietHours, values_from_json
from autom8.contacts.folding import email_key, folded, words_of
from autom8.contacts.language import language_tag
from autom8.contacts.validation import checked, checked_email, checked_phone
from autom8.kernel.errors import Invalid
from autom8.kernel.vocabulary import ContactChannel, Weekday


@pytest.mark.parametrize(
    ("typed", "kept", "key"),
    [
        ("ada@example.org", "ada@example.org", "ada@example.org"),
        ("  Ada.L+x@Example.ORG ", "Ada.L+x@example.org", "ada.l+x@example.org"),
        ("ada@exämple.org", "ada@exämple.org", "ada@xn--exmple-cua.org"),
        ("ada@xn--exmple-cua.org", "ada@exämple.org", "ada@xn--exmple-cua.org"),
        ("用户@例子.中国", "用户@例子.中国", "用户@xn--fsqu00a.xn--fiqs8s"),
        ("ju\u0308rgen@example.org", "jürgen@example.org", "jürgen@example.org"),
        ("JÜRGEN@example.org", "JÜRGEN@example.org", "jürgen@example.org"),
        ("ops@mail.internal", "ops@mail.internal", "ops@mail.internal"),
        ("root@localhost", "root@localhost", "root@localhost"),
        ("me@printer.local", "me@printer.local", "me@printer.local"),
    ],
)
def test_an_email_is_kept_in_one_form_and_has_one_key(typed: str, kept: str, key: str) -> None:
    assert checked_email(typed) == kept
    assert email_key(kept) == key
    assert checked_email(kept) == kept


@pytest.mark.parametrize(
    "wrong",
    [
        "ada",
        "ada@",
        "@example.org",
        "ada@mail",
        "ada@exa mple.org",
        "ada@exam_ple.org",
        "ada@-example.org",
        "Ada <ada@example.org>",
        "ada@[192.0.2.1]",
        '"a b"@example.org',
        "ada@example.org\u200b",
        "ada\r\nbcc: eve@example.org",
        "ada@example.org,eve@example.org",
        "a" * 65 + "@example.org",
        "ada@" + "x" * 260 + ".org",
        "ada@\ud800.org",
    ],
)
def test_what_is_no_email_is_refused_and_not_repeated(wrong: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(ContactDraft(name="Ada", email=wrong))

    assert set(refused.value.fields) == {"email"}
    assert wrong not in str(refused.value).replace("ada@example.org", "")


@pytest.mark.parametrize(
    ("typed", "region", "kept"),
    [
        ("+49 30 901820", "", "+4930901820"),
        ("030 / 90 18 20", "DE", "+4930901820"),
        ("(020) 7946 0958", "GB", "+442079460958"),
        ("tel:+1-202-555-0100", "", "+12025550100"),
        ("+1 (202) 555-0100", "DE", "+12025550100"),
        ("00 49 30 901820", "DE", "+4930901820"),
        ("٠٣٠٩٠١٨٢٠", "DE", "+4930901820"),
    ],
)
def test_a_phone_number_is_kept_in_e164(typed: str, region: str, kept: str) -> None:
    assert checked_phone(typed, region) == kept
    assert checked_phone(kept) == kept


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("030 901820", "must begin with +"),
        ("+999 123456", "must begin with +"),
        ("+1 202 555", "is too short"),
        ("+1 555 555 0100", "in no range"),
        ("call me", "is not a phone number"),
        ("+49 30 901820 ext. 7", "without an extension"),
        ("+" + "1" * 80, "at most 60"),
    ],
)
def test_what_is_no_phone_number_is_refused_with_what_is_wrong(wrong: str, says: str) -> None:
    with pytest.raises(ValueError, match=r"must|is") as refused:
        checked_phone(wrong)

    assert says in str(refused.value)
    assert wrong not in str(refused.value)


def test_everything_wrong_is_named_at_once() -> None:
    draft = ContactDraft(
        name=" ",
        email="x",
        phone="1",
        notes="a\0b",
        tags=("a,b",),
        groups=("",),
        zone="Mars/Base",
        language="x-",
        quiet=QuietHours(start_min=60, end_min=60),
    )

    with pytest.raises(Invalid) as refused:
        checked(draft)

    assert set(refused.value.fields) == {
        "name", "email", "phone", "notes", "tags", "groups", "zone", "language", "quiet"
    }  # fmt: skip


def test_only_what_is_asked_for_is_looked_at() -> None:
    """What was stored under older rules stays as it is until somebody changes it."""
    draft = ContactDraft(name="Ada", email="no longer one", tags=(" B", "a", "b"))

    assert checked(draft, only=["tags"]) == replace(draft, tags=("a", "b"))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("de", "de"),
        ("DE_ch", "de-CH"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("sl-rozaj-biske", "sl-rozaj-biske"),
        ("de-x-Phonebk", "de-x-phonebk"),
        ("deutsch-land-x", None),
        ("d", None),
        ("de--ch", None),
        ("de-\u0661\u0662\u0663", None),
    ],
)
def test_a_language_is_a_well_formed_tag_in_the_usual_case(typed: str, kept: str | None) -> None:
    assert language_tag(typed) == kept


def test_quiet_hours_read_and_write_what_the_api_has() -> None:
    quiet = QuietHours.read("22:00", "07:30", ["sun", "mon"])

    assert quiet.to_json() == {"from": "22:00", "until": "07:30", "days": ["mon", "sun"]}
    assert QuietHours.of_bits(quiet.start_min, quiet.end_min, quiet.day_bits) == quiet
    assert QuietHours.read("00:00", "24:00").end_min == 1440


def test_no_day_is_not_every_day() -> None:
    """A form whose boxes were all cleared must not keep somebody quiet all week."""
    with pytest.raises(Invalid):
        values_from_json({"quiet": {"from": "22:00", "until": "07:00", "days": []}})


@pytest.mark.parametrize(
    ("start", "end", "days", "field"),
    [
        ("24:00", "07:00", ["mon"], "quiet.from"),
        ("7:00", "08:00", ["mon"], "quiet.from"),
        ("22:60", "07:00", ["mon"], "quiet.from"),
        ("22:00", "24:01", ["mon"], "quiet.until"),
        ("22:00", "22:00", ["mon"], "quiet.until"),
        ("22:00", "07:00", [], "quiet.days"),
        ("22:00", "07:00", ["someday"], "quiet.days"),
    ],
)
def test_quiet_hours_that_can_not_be_meant_are_refused(
    start: str, end: str, days: list[str], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        QuietHours.read(start, end, days)

    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Jürgen Müller", "muller"),
        ("Jürgen Müller", "MÜLL"),
        ("Łukasz Ødegård", "odegard"),
        ("Łukasz Ødegård", "luk"),
        ("Αθηνά Παπαδοπούλου", "αθηνα"),
        ("Straße", "strasse"),
        ("Nguyễn Thị Ánh", "nguyen"),
        ("田中 太郎", "太郎"),
        ("ﬁnn", "fi"),
        ("O'Neil", "neil"),
    ],
)
def test_a_word_of_a_name_is_found_without_its_case_and_marks(name: str, asked: str) -> None:
    assert any(word.startswith(folded(asked)) for word in words_of(name))


def test_personal_values_stay_out_of_a_draft_that_is_logged() -> None:
    shown = repr(ContactDraft(name="Ada", email="ada@example.org", phone="+4930901820", notes="hush"))

    assert "example" not in shown
    assert "4930" not in shown
    assert "hush" not in shown


_locals = st.text("abcdefgüñ用.+-_ABC", min_size=1, max_size=20).filter(
    lambda text: not text.startswith(".") and not text.endswith(".") and ".." not in text
)
_domains = st.sampled_from(["example.org", "EXAMPLE.org", "exämple.de", "xn--exmple-cua.de", "例子.中国"])
_names = st.text(st.characters(codec="utf-8", categories=["L", "N", "Zs", "P"]), min_size=1, max_size=60)
_quiets = st.builds(
    QuietHours,
    start_min=st.integers(0, 1439),
    end_min=st.integers(0, 1440),
    days=st.sets(st.sampled_from(list(Weekday)), min_size=1).map(
        lambda days: tuple(day for day in Weekday if day in days)
    ),
).filter(lambda quiet: quiet.start_min != quiet.end_min)
_drafts = st.builds(
    ContactDraft,
    name=_names.filter(lambda name: name.strip() != ""),
    email=st.none() | st.builds("{}@{}".format, _locals, _domains),
    phone=st.none() | st.sampled_from(["030 901820", "+49 30 901820", "+1 202-555-0100", "+44 20 7946 0958"]),
    notes=st.none() | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=200),
    tags=st.lists(_names.filter(lambda t: t.strip() and "," not in t and ";" not in t), max_size=5).map(
        tuple
    ),
    zone=st.sampled_from([None, "Europe/Berlin", "UTC", "Pacific/Chatham"]),
    language=st.sampled_from([None, "de", "de_ch", "ZH-hant"]),
    quiet=st.none() | _quiets,
    channels=st.lists(st.sampled_from(list(ContactChannel)), max_size=5).map(tuple),
)


@given(_drafts)
@example(ContactDraft(name="A\u030a", tags=("İ", "i̇")))
def test_what_was_checked_once_is_the_same_when_checked_again(draft: ContactDraft) -> None:
    try:
        once = checked(draft, "DE")
    except Invalid:
        return

    assert checked(once, "DE") == once
    assert checked(once) == once  # no region is needed any more
    assert unicodedata.is_normalized("NFC", once.name)
    if once.quiet is not None:
        assert values_from_json({"quiet": once.quiet.to_json()})["quiet"] == once.quiet
    if once.email is not None:
        assert email_key(once.email) == email_key(checked_email(once.email.upper()) or "")

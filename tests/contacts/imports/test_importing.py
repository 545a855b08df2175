"""What an import writes and what it leaves: all rows or none, or the good ones, and nobody twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autom8.contacts.imports.orders import ImportOrder
from autom8.contacts.imports.writing import BATCH_ROWS
from autom8.kernel.errors import Forbidden, Invalid, TooLarge
from autom8.kernel.events import ContactsChanged
from autom8.kernel.paging import Page
from tests.api.rig import House, Open
from tests.contacts.imports.files import (
    ALL,
    GOOD,
    OPERATOR,
    brief,
    contacts,
    counts,
    csv,
    entries,
    people,
    run,
)

MIXED = csv(
    "Ada,ada@example.org,,,,",
    "Bob,nonsense,12,,,",
    'Carl,carl@example.org,,"On-Call;db","Ops, Berlin","two\nlines"',
)


def test_good_rows_become_contacts_as_they_were_written(each_house: House) -> None:
    report, fates = run(each_house, csv('Carl,CARL@Example.org,+49 30 901820,"On-Call;db",Team,"two\nlines"'))

    [carl] = contacts(each_house)
    assert (carl.name, carl.email, carl.phone, carl.notes) == (
        "Carl",
        "CARL@example.org",
        "+4930901820",
        "two\nlines",
    )
    assert (list(carl.tags), [each.name for each in carl.groups]) == (["db", "on-call"], ["Team"])
    assert (report.applied, report.rows, report.added) == (True, 1, 1)
    assert [(each.line, each.fate.value, each.name) for each in fates] == [(2, "add", "Carl")]


def test_with_all_one_bad_row_means_that_nothing_is_written_at_all(house: House) -> None:
    report, fates = run(house, MIXED, mode=ALL)

    assert (report.applied, report.rows, report.bad) == (False, 3, 1)
    assert brief(fates)[1] == (
        3,
        "bad",
        {
            "email": "is not an email address, such as ada@example.org",
            "phone": "must begin with + and the country's code",
        },
    )
    assert counts(house) == (0, 0)
    assert entries(house, "contact.imported") == []


def test_with_good_all_rows_but_the_bad_ones_are_written(each_house: House) -> None:
    report, _ = run(each_house, MIXED, mode=GOOD)

    assert (report.applied, report.added, report.bad) == (True, 2, 1)
    assert [each.name for each in contacts(each_house)] == ["Ada", "Carl"]


@pytest.mark.parametrize("mode", [ALL, GOOD])
def test_the_same_file_twice_adds_nobody_twice(each_house: House, mode: str) -> None:
    first, _ = run(each_house, people(30), mode=mode)
    again, fates = run(each_house, people(30), mode=mode)

    assert (first.added, again.added, again.skipped) == (30, 0, 30)
    assert counts(each_house) == (30, 30)
    assert {each.fate.value for each in fates} == {"skip"}
    assert all("has it already" in text for each in fates for text in each.why.values())


@pytest.mark.parametrize("mode", [ALL, GOOD])
def test_an_update_gives_what_the_row_says_and_keeps_the_rest(each_house: House, mode: str) -> None:
    run(each_house, csv("Ada,ada@example.org,+4930901820,old,Team,kept"))

    data = csv("Ada King,Ada@EXAMPLE.org,,new,Other,", "Bob,bob@example.org,,,,")
    report, fates = run(each_house, data, mode=mode, on_existing="update")
    again, after = run(each_house, data, mode=mode, on_existing="update")

    ada, bob = contacts(each_house)
    assert (ada.name, ada.phone, ada.notes, ada.version) == ("Ada King", "+4930901820", "kept", 2)
    assert (list(ada.tags), [each.name for each in ada.groups]) == (["new", "old"], ["Other", "Team"])
    assert (bob.name, bob.version) == ("Bob", 1)
    assert [each.fate.value for each in fates] == ["update", "add"]
    assert (report.updated, report.added, again.updated, again.skipped) == (1, 1, 0, 2)
    assert after[0].why == {"row": f"contact {ada.id} is so already"}
    found = each_house.services.contacts.people
    assert found.get(ada.id, actor=OPERATOR).email == "Ada@example.org"


@pytest.mark.parametrize("mode", [ALL, GOOD])
def test_two_rows_that_are_one_contact_do_not_both_change_it(house: House, mode: str) -> None:
    run(house, csv("Ada,ada@example.org,+4930901820,,,"))

    data = csv("Ada,ada@example.org,,by-email,,", "Ada,,+4930901820,by-phone,,")
    report, fates = run(house, data, mode=mode, on_existing="update")

    assert brief(fates) == [(2, "update", {}), (3, "bad", {"phone": "is contact 1, as line 2 is"})]
    assert report.applied == (mode == GOOD)
    assert list(contacts(house)[0].tags) == (["by-email"] if mode == GOOD else [])


def test_a_name_alone_is_nobody_who_has_an_email(house: House) -> None:
    run(house, csv("Ada,ada@example.org,,,,"))

    report, _ = run(house, csv("Ada,ada@example.org,,,,", "Ada,,,,,"))

    assert (report.skipped, report.added, counts(house)) == (1, 1, (2, 2))


def test_all_contacts_that_one_import_updates_are_locked_at_once(each_house: House) -> None:
    """Batch by batch they would be locked in the file's order, against that of a bulk change."""
    run(each_house, people(BATCH_ROWS + 1))

    with each_house.statements() as sent:
        run(each_house, people(BATCH_ROWS + 1).replace(b",crew,", b",team,"), on_existing="update")

    locking = [each for each in sent if "FROM contact " in each and each.endswith("FOR UPDATE")]
    assert len(locking) == (1 if each_house.services.database.dialect == "postgresql" else 0)
    assert all(list(each.tags) == ["crew", "team"] for each in contacts(each_house))


def test_a_row_of_somebody_who_is_there_can_be_refused(house: House) -> None:
    run(house, csv("Ada,ada@example.org,,,,"))

    report, fates = run(
        house, csv("Eve,eve@example.org,,,,", "Ada,ada@example.org,,,,"), on_existing="refuse"
    )

    assert (report.applied, counts(house)) == (False, (1, 1))
    assert brief(fates)[1] == (3, "bad", {"email": "contact 1 has it already"})


def test_rows_of_one_person_are_told_with_both_lines(house: House) -> None:
    data = csv(
        "Ada,ada@example.org,,,,",
        "Ada,ada@example.org,,,,",
        "Countess,ADA@example.org,,,,",
        "Bob,,,,,",
        "BOB,,,db,,",
    )
    _, fates = run(house, data, mode=GOOD)

    assert brief(fates) == [
        (2, "add", {}),
        (3, "skip", {"row": "says the same as line 2"}),
        (4, "bad", {"email": "is that of line 2 too"}),
        (5, "add", {}),
        (6, "bad", {"name": "is that of line 5 too"}),
    ]


def test_people_without_email_are_told_apart_by_phone_and_name(house: House) -> None:
    run(house, csv("Ada,,+4930901820,,,", "Bob,,,,,"))

    _, fates = run(
        house, csv("Ada,,+4930901821,,,", "ADA,,+4930901820,,,", "Eve,,+4930901820,,,", "bob,,,,,")
    )

    assert [each.fate.value for each in fates] == ["add", "skip", "add", "skip"]


def test_a_plan_says_what_would_be_and_writes_nothing(house: House) -> None:
    run(house, csv("Ada,ada@example.org,,,,"))
    before = counts(house), entries(house, "contact.imported")

    data = csv("Ada,ada@example.org,,db,,", "Bob,bob@example.org,,,,", "X,nope,,,,")
    report, fates = run(house, data, on_existing="update", dry_run=True)

    assert [each.fate.value for each in fates] == ["update", "add", "bad"]
    assert (report.applied, report.dry_run) == (False, True)
    assert (counts(house), entries(house, "contact.imported")) == before


@pytest.mark.parametrize("mode", [ALL, GOOD])
def test_what_was_imported_stands_in_the_trail_by_numbers_only(each_house: House, mode: str) -> None:
    run(each_house, people(300), mode=mode)

    told = entries(each_house, "contact.imported")
    assert sum(each["added"] for each in told) == 300
    assert len({each["import"] for each in told}) == 1
    assert "Person" not in str(told)
    assert "example" not in str(told)
    assert each_house.services.audit.verify().ok


@pytest.mark.parametrize("mode", [ALL, GOOD])
def test_what_can_not_be_audited_is_not_imported(house: House, mode: str) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no room for an entry")

    house.services.bus.within(ContactsChanged, fail)

    with pytest.raises(RuntimeError):
        run(house, people(10), mode=mode)

    assert counts(house) == (0, 0)


def test_nothing_personal_can_be_read_in_the_files_of_the_database(house: House) -> None:
    run(house, csv("Ada,ada.secret@example.org,+49 30 901820,,,beware of the dog"))

    home = house.services.settings.home
    data = b"".join(each.read_bytes() for each in home.iterdir() if each.is_file())
    for secret in ("ada.secret", "901820", "beware of the dog"):
        assert secret.encode() not in data
        assert secret.encode("utf-16-le") not in data


def test_a_file_of_too_many_rows_is_refused_before_the_first_is_written(open_house: Open) -> None:
    house = open_house(import_rows_max=100)

    with pytest.raises(TooLarge) as refused:
        run(house, people(101), mode=GOOD)

    assert "100 rows" in str(refused.value)
    assert counts(house) == (0, 0)
    report, _ = run(house, people(100), mode=GOOD)
    assert report.added == 100
    cell = 'X,,,,,"' + "line\n" * 500 + '"'
    assert run(house, csv(cell), dry_run=True)[0].rows == 1


def test_a_file_of_too_many_bytes_is_refused(open_house: Open) -> None:
    house = open_house(import_bytes_max=1_024)

    with pytest.raises(TooLarge):
        run(house, b"x" * 1_025)


def test_a_vcard_file_without_a_card_is_refused(house: House) -> None:
    with pytest.raises(Invalid) as refused:
        run(house, b"\x89PNG\r\n\x1a\n" * 100, format="vcard")

    assert "file" in refused.value.fields


def test_a_plan_of_a_file_without_known_names_tells_its_columns(house: House) -> None:
    report, fates = run(house, b"a,b\nx,y\n", dry_run=True)

    assert (report.rows, fates, set(report.wrong)) == (0, [], {"mapping"})
    assert [each.sample for each in report.columns] == ["a", "b"]
    with pytest.raises(Invalid):
        run(house, b"a,b\nx,y\n")


def test_the_format_is_found_out(house: House) -> None:
    cards = b"\r\n\r\nbegin:vcard\r\nVERSION:4.0\r\nFN:Ada\r\nEND:VCARD\r\n"

    assert run(house, cards)[0].format == "vcard"
    assert run(house, csv("Bob,,,,,"))[0].format == "csv"


def test_who_may_not_see_emails_and_phones_learns_no_fates_of_rows(house: House) -> None:
    """Else one file would tell which of 200,000 numbers is Ada's."""
    run(house, csv("Ada,,+4930901820,,,"))
    writer = replace(OPERATOR, scopes=frozenset({"contacts:read", "contacts:write"}))

    with pytest.raises(Forbidden, match="contacts:pii"):
        next(house.services.contacts.imports.run(csv("Ada,,+4930901820,,,"), ImportOrder(), actor=writer))

    run(house, csv("Bob,,+4930901820,,,", "ADA,,+4930901821,,,"))
    shown = house.services.contacts.merging.duplicates
    assert [each.reason for each in shown(Page(), actor=OPERATOR).items] == ["phone", "name"]
    assert [each.reason for each in shown(Page(), actor=writer).items] == ["name"]

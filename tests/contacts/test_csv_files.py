"""CSV as it comes: delimiters, encodings, the columns of exporters, and the line of everything wrong."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from autom8.contacts.cards.csv_reader import CsvFile, CsvOptions
from autom8.contacts.cards.drafts import draft_of
from autom8.kernel.errors import Invalid
from tests.contacts.cards import read_csv

SAMPLES = Path(__file__).parent / "samples"
PLAIN = "name{0}email{0}notes\r\nJörg{0}joerg@example.org{0}Größe\r\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    (found,) = read_csv(PLAIN.format(delimiter))

    assert found.values == {"name": "Jörg", "email": "joerg@example.org", "notes": "Größe"}


def test_a_delimiter_within_quotes_counts_for_nothing() -> None:
    (found,) = read_csv('name;notes\n"Jane";"a, b, c, d"\n')

    assert found.values == {"name": "Jane", "notes": "a, b, c, d"}


def test_excels_own_first_line_tells_the_delimiter_and_is_no_row() -> None:
    (found,) = read_csv("sep=;\r\nname;notes\r\nJane;a,b\r\n")

    assert (found.line, found.values["notes"]) == (3, "a,b")


@pytest.mark.parametrize(
    ("encoding", "found_out"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32"),
        ("cp1252", "cp1252"),
        ("iso-8859-1", "cp1252"),
    ],
)
def test_the_encoding_is_found_out(encoding: str, found_out: str) -> None:
    file = CsvFile(PLAIN.format(",").encode(encoding), CsvOptions())
    (found,) = file.rows()

    assert (file.encoding, found.values["name"], found.values["notes"]) == (found_out, "Jörg", "Größe")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("windows-1252", "Größe 5 €"),
        ("ISO-8859-15", "Größe 5 €"),
        ("cp1250", "Dvořák"),
        ("koi8-r", "Чайковский"),
        ("shift_jis", "山田太郎"),
        ("gb18030", "王小明"),
        ("latin2", "Dvořák"),
    ],
)
def test_the_encoding_that_is_given_decides(encoding: str, text: str) -> None:
    (found,) = read_csv(f"name,notes\n{text},x\n".encode(encoding), encoding=encoding)

    assert found.values["name"] == text


def test_russian_is_told_from_western_by_its_letters() -> None:
    rows = "имя,заметки\n" + "Пётр Ильич Чайковский,композитор и дирижёр из Воткинска\n" * 5

    assert CsvFile(rows.encode("cp1251"), CsvOptions()).encoding == "cp1251"


def test_what_is_not_of_the_encoding_is_told_with_its_line_and_stops_nobody_else() -> None:
    rows = ["name"] + ["Jörg"] * 20
    data = "\n".join(rows).encode() + b"\nK\xe4the\nBob\n"

    found = read_csv(data)

    assert [(each.line, dict(each.faults)) for each in found if each.faults] == [
        (22, {"row": "can't be read as utf-8"})
    ]
    assert found[-1].values == {"name": "Bob"}
    assert CsvFile(b"name\nx", CsvOptions(encoding="UTF8")).encoding == "utf-8"


def test_utf_16_that_is_cut_off_is_told_with_its_line() -> None:
    found = read_csv("name\r\nJane\r\nBob".encode("utf-16") + b"x")

    assert [(each.line, bool(each.faults)) for each in found] == [(2, False), (3, True)]


@pytest.mark.parametrize("encoding", ["utf-7", "rot13", "base64", "nonsense", "x\0y"])
def test_an_encoding_that_is_not_read_here_is_refused(encoding: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_csv(b"name\nx", encoding=encoding)
    assert "encoding" in refused.value.fields


def test_lines_are_counted_as_an_editor_does_whatever_is_in_quotes() -> None:
    found = read_csv('name,notes\r\n"Jane","one\r\ntwo\nthree\rfour"\r\n\r\nBob,x\rCarl,"y"\n')

    assert [(each.line, each.values["name"]) for each in found] == [(2, "Jane"), (7, "Bob"), (8, "Carl")]
    assert found[0].values["notes"] == "one\r\ntwo\nthree\rfour"


def test_unicodes_own_separators_end_no_line() -> None:
    (found,) = read_csv("name,notes\nJane,a\u2028b\u0085c\x0bd\x1ce\n")

    assert found.values["notes"] == "a\u2028b\u0085c\x0bd\x1ce"


def test_a_row_with_fewer_cells_lacks_them_and_one_with_more_is_told() -> None:
    found = read_csv("name,email,notes\nJane\nBob,bob@example.org,a, b\nEve,,,,\n")

    assert found[0].values == {"name": "Jane"}
    assert found[1].faults == {"row": "has 4 cells and the file has 3 columns"}
    assert found[2].values == {"name": "Eve"}


def test_a_quote_without_end_takes_one_row_with_it_and_not_the_file() -> None:
    found = read_csv('name,notes\nJane,"oops\nBob,x\nEve,y\n')

    assert (found[0].line, found[0].faults) == (2, {"row": "opens a quote that is never closed"})
    assert [each.values["name"] for each in found[1:]] == ["Bob", "Eve"]


def test_the_rest_of_cut_off_notes_makes_nobody() -> None:
    found = read_csv('name,notes\nJane,"Dear all\nBuy milk\nMrs. Smith\n')

    assert [each.line for each in found] == [2, 3, 4]
    assert all(each.faults and not each.values for each in found)


def test_a_quote_in_the_middle_of_a_cell_is_itself() -> None:
    (found,) = read_csv('name,notes\nJane,5" pipe\n')

    assert found.values["notes"] == '5" pipe'


@pytest.mark.parametrize("size", [300_000, 1_200_000])
def test_a_huge_cell_makes_its_row_bad_and_no_other(size: int) -> None:
    found = read_csv(b'name,notes\nJane,"' + b"x" * size + b'"\nBob,y\n')

    assert [each.line for each in found] == [2, 3]
    assert "row" in found[0].faults
    assert found[1].values["name"] == "Bob"


def test_a_huge_cell_of_many_lines_makes_its_row_bad_and_no_other() -> None:
    found = read_csv(b'name,notes\nJane,"' + b"line\n" * 100_000 + b'"\nBob,y\n')

    assert [(each.line, bool(each.faults)) for each in found] == [(2, True), (100_003, False)]


def test_nul_and_binary_rows_are_told() -> None:
    found = read_csv(b"name,notes\nJa\0ne,x\nBob,y\n")

    assert found[0].faults == {"row": "holds a NUL character"}
    assert found[1].values["name"] == "Bob"


def test_columns_of_one_name_are_all_looked_at() -> None:
    (found,) = read_csv("name,email,email\nJane,,jane@example.org\n")

    assert found.values["email"] == "jane@example.org"


def test_a_column_that_was_left_out_by_word_is_not_told_again() -> None:
    file = CsvFile(b"name,Birthday,Shoe\nJane,1.1.,39\n", CsvOptions(mapping={"Birthday": "-"}))
    list(file.rows())

    assert file.unmapped() == {"Shoe": 1}


def test_what_fills_no_field_is_told_with_the_number_of_rows() -> None:
    file = CsvFile(b"name,Birthday,Shoe\nJane,1.1.,\nBob,2.2.,\nEve,,\n", CsvOptions())
    list(file.rows())

    assert file.unmapped() == {"Birthday": 2}
    assert [(each.name, each.field) for each in file.columns] == [
        ("name", "name"),
        ("Birthday", None),
        ("Shoe", None),
    ]


def test_a_mapping_decides_before_any_guess() -> None:
    data = "name,email,Private Mail,Alias\nJane,a@example.org,b@example.org,jj\n"
    (found,) = read_csv(data, mapping={"private mail": "email", "name": "-", "Alias": "name"})

    assert found.values == {"name": "jj", "email": "b@example.org"}
    assert found.warnings == ("email: 1 further value was left out",)


def test_columns_without_names_go_by_their_number() -> None:
    found = read_csv("Jane;jane@example.org\nBob;bob@example.org\n", mapping={"1": "name", "#2": "email"})

    assert [(each.line, each.values["name"]) for each in found] == [(1, "Jane"), (2, "Bob")]


@pytest.mark.parametrize(
    ("data", "mapping", "field"),
    [
        ("name\nx", {"nobody": "email"}, "mapping.nobody"),
        ("name\nx", {"name": "colour"}, "mapping.name"),
        ("", None, "file"),
        ("\n \n", None, "file"),
        ("x," * 600, None, "file"),
    ],
)
def test_a_file_that_can_not_be_understood_is_refused(
    data: str, mapping: dict[str, str] | None, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        read_csv(data, mapping=mapping)
    assert field in refused.value.fields


def test_a_file_whose_names_are_not_known_says_what_columns_there_are() -> None:
    file = CsvFile(b"a;b\nx;y\n", CsvOptions(header=True))

    assert file.wrong == {"mapping": "must say which column holds the name; there are a, b"}
    assert [(each.name, each.sample) for each in file.columns] == [("a", "x"), ("b", "y")]
    assert CsvFile(b"a;b\nx;y\n", CsvOptions(mapping={"b": "name"})).wrong == {}


def test_googles_export_is_understood() -> None:
    grace, company = read_csv((SAMPLES / "google.csv").read_bytes())

    assert grace.values == {
        "name": "Grace Brewster Hopper",
        "email": "grace@example.org",
        "phone": "+1 202-555-0123",
        "notes": "Found the first bug.\nIt was a moth.",
        "tags": ("On Call", "Databases"),
    }
    assert grace.warnings == ("email: 1 further value was left out", "phone: 1 further value was left out")
    assert (company.line, company.values["name"]) == (4, "Initech")


def test_outlooks_german_export_is_understood() -> None:
    (found,) = read_csv((SAMPLES / "outlook-german.csv").read_bytes())

    made = draft_of(found, "DE")

    assert (made.name, made.email, made.phone) == ("Käthe Krüger", "kaethe@example.org", "+4915123456789")
    assert (made.tags, made.notes) == (("bereitschaft", "strasse"), "Größe: 5 €")


def test_thunderbirds_export_is_understood() -> None:
    (found,) = read_csv((SAMPLES / "thunderbird.csv").read_bytes())

    made = draft_of(found, "")

    assert (made.name, made.email, made.phone) == ("Alan M. Turing", "alan@example.org", "+447911123456")


def test_all_that_is_wrong_with_a_row_is_told_and_nothing_of_it_repeated() -> None:
    (found,) = read_csv("name,email,phone,quiet,channels,zone\n,nonsense,123,late,owl,Mars\n")

    with pytest.raises(Invalid) as refused:
        draft_of(found, "")
    assert set(refused.value.fields) == {"name", "email", "phone", "quiet", "channels", "zone"}
    assert "nonsense" not in str(refused.value)


def test_garbage_is_read_in_the_time_that_its_size_takes() -> None:
    """Text that invites going back over it: each doubling of it may double the time, not square it."""

    def seconds(size: int) -> float:
        began = time.process_time()
        for piece in (b'"\n', b'a"b\n', b"\xff", b'""",', b"\0ab\n", b"a:::b;", b"'=\n"):
            list(CsvFile(b"name\n" + piece * (size // len(piece)), CsvOptions()).rows())
        return time.process_time() - began

    seconds(50_000)
    assert seconds(400_000) < 40 * max(seconds(50_000), 0.01)

"""Contacts as files over HTTP: who may, what is taken, and what is answered while it goes on."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autom8.kernel.vocabulary import Role
from tests.api.rig import Caller, House, Json, Open

CSV = {"content_type": "text/csv"}
MIXED = b"name,email\nAda,ada@example.org\nBad,nonsense\nBob,bob@example.org\n"
LINES = {"Accept": "application/x-ndjson"}


def _import(caller: Caller, data: bytes, query: str = "", **options: object) -> Json:
    answer = caller.post(f"/contacts/import{query}", data=data, **{**CSV, **options})
    assert answer.status_code == HTTPStatus.OK, answer.text
    report: Json = answer.json
    return report


def test_a_file_with_a_bad_row_is_reported_and_not_imported(api: Caller) -> None:
    report = _import(api, MIXED)

    assert (report["applied"], report["rows"], report["bad"]) == (False, 3, 1)
    assert report["fates"] == [
        {
            "line": 3,
            "fate": "bad",
            "name": "Bad",
            "why": {"email": "is not an email address, such as ada@example.org"},
            "warnings": [],
            "contact_id": None,
        }
    ]
    assert api.get("/contacts").json["items"] == []


def test_the_good_rows_are_imported_when_asked(api: Caller) -> None:
    report = _import(api, MIXED, "?mode=good")

    assert (report["applied"], report["added"], report["bad"]) == (True, 2, 1)
    assert [each["email"] for each in api.get("/contacts").json["items"]] == [
        "ada@example.org",
        "bob@example.org",
    ]


def test_a_plan_is_told_a_part_at_a_time(local: Caller) -> None:
    first = _import(local, MIXED, "?dry_run=true&tell=all&limit=2")
    rest = _import(local, MIXED, "?dry_run=true&tell=all&limit=2&after_line=3")

    assert ([each["line"] for each in first["fates"]], first["more"]) == ([2, 3], True)
    assert ([each["line"] for each in rest["fates"]], rest["more"]) == ([4], False)
    assert first["columns"][0] == {"name": "name", "number": 1, "field": "name", "sample": "Ada"}


def test_progress_comes_as_lines_and_the_report_as_the_last(local: Caller) -> None:
    rows = b"".join(b"Person %d,\n" % number for number in range(500))
    answer = local.post("/contacts/import", data=b"name,email\n" + rows, headers=LINES, **CSV)

    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert answer.headers["Cache-Control"] == "no-store"
    stages = [line["progress"]["stage"] for line in lines if "progress" in line]
    assert (stages[0], stages[-1], stages.count("seal")) == ("check", "write", 2)
    assert [line["report"]["added"] for line in lines if "report" in line] == [500]
    assert "report" in lines[-1]


def test_what_goes_wrong_when_the_answer_has_begun_is_its_last_line(
    local: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret of the server's")

    monkeypatch.setattr("autom8.contacts.imports.writing.Writer._insert_all", fail)
    answer = local.post("/contacts/import", data=b"name\nAda\n", headers=LINES, **CSV)

    last = json.loads(answer.text.splitlines()[-1])
    assert (last["problem"]["status"], last["problem"]["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert local.get("/contacts").json["items"] == []


def test_the_type_says_what_the_file_is_and_its_charset_how_to_read_it(local: Caller) -> None:
    report = _import(local, "name\nJörg\n".encode("cp850"), content_type="text/csv; charset=cp850")
    card = b"BEGIN:VCARD\nVERSION:4.0\nFN:Ada\nEND:VCARD\n"

    assert report["encoding"] == "cp850"
    assert _import(local, card, content_type="text/vcard")["format"] == "vcard"
    assert _import(local, card, content_type="application/octet-stream")["skipped"] == 1


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_other_types_are_refused(local: Caller, content_type: str) -> None:
    answer = local.post("/contacts/import", data=b"name\nx", content_type=content_type)

    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("mapping=[]", "mapping"),
        ("mapping={", "mapping"),
        ('mapping={"a":1}', "mapping"),
        ('mapping={"shoe":"email"}', "mapping.shoe"),
        ('mapping={"name":"shoe"}', "mapping.name"),
        ("encoding=klingon", "encoding"),
        ("delimiter=x", "delimiter"),
        ("mode=some", "mode"),
        ("colour=red", "colour"),
        ("limit=0", "limit"),
    ],
)
def test_an_option_that_can_not_be_meant_is_named(local: Caller, query: str, field: str) -> None:
    answer = local.post(f"/contacts/import?{query}", data=MIXED, **CSV)

    assert (answer.status_code, list(answer.json["fields"])) == (400, [field])


def test_only_files_may_be_larger_than_other_bodies(open_house: Open) -> None:
    house = open_house(body_bytes_max=1_024, import_bytes_max=4_096)
    local = house.local
    rows = b"name\n" + b"Ada\n" * 500

    assert _import(local, rows)["rows"] == 500
    for path in ("/contacts", "/tasks"):
        refused = local.post(path, data=b'{"name": "' + b"x" * 2_000 + b'"}', content_type="application/json")
        assert refused.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    refused = local.post("/contacts/import", data=b"name\n" + b"Ada\n" * 1_500, **CSV)
    assert (refused.status_code, refused.json["code"]) == (413, "too_large")
    chunked = local.post(
        "/contacts/import", data=b"x" * 5_000, headers={"Transfer-Encoding": "chunked"}, **CSV
    )
    assert chunked.status_code in {400, 413}


def test_who_may_import_and_who_may_export(house: House) -> None:
    allowed = {Role.VIEWER: (403, 403), Role.OPERATOR: (200, 403), Role.ADMIN: (200, 200)}

    for role, expected in allowed.items():
        user = house.user(role)
        imported = user.post("/contacts/import", data=b"name\nAda\n", **CSV).status_code
        assert (imported, user.get("/contacts/export").status_code) == expected


@pytest.mark.parametrize(
    ("format_", "kind", "begin"),
    [
        ("csv", "text/csv", "name,email,"),
        ("vcard3", "text/vcard", "BEGIN:VCARD\r\nVERSION:3.0"),
        ("vcard4", "text/vcard", "BEGIN:VCARD\r\nVERSION:4.0"),
    ],
)
def test_an_export_is_imported_again_as_it_was(
    each_house: House, open_house: Open, format_: str, kind: str, begin: str
) -> None:
    row = (
        b'Ada,ada@example.org,+49 30 901820,"=1+1, x\ny",a;b,"Team \\; x",'
        b"Europe/Berlin,de,22:00-07:00 fri,sms;email"
    )
    head = b"name,email,phone,notes,tags,groups,zone,language,quiet,channels\n"
    _import(each_house.local, head + row + b"\nBob,,,,,,,,,\n")

    answer = each_house.local.get(f"/contacts/export?format={format_}")
    other = open_house().local
    _import(other, answer.get_data(), content_type=kind)

    assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.text.startswith(begin)
    mine, theirs = (
        {each["name"]: each for each in caller.get("/contacts").json["items"]}
        for caller in (each_house.local, other)
    )
    assert mine["Ada"]["quiet"]["days"] == ["fri"]
    for name in ("email", "phone", "notes", "tags", "zone", "language", "quiet", "channels"):
        assert mine["Ada"][name] == theirs["Ada"][name]
    assert [each["name"] for each in theirs["Ada"]["groups"]] == ["Team ; x"]


def test_an_export_can_be_narrowed(local: Caller) -> None:
    _import(local, b"name,tags\nAda,ops\nBob,db\n")

    assert "Bob" not in local.get("/contacts/export?tag=ops").text
    assert "Ada" not in local.get("/contacts/export?q=bo").text


def test_an_export_stands_in_the_trail_before_its_first_byte(each_house: House) -> None:
    _import(each_house.local, MIXED, "?mode=good")
    from tests.contacts.imports.files import OPERATOR, entries

    pieces = each_house.services.contacts.exports.run("csv", {}, actor=OPERATOR)
    assert entries(each_house, "contact.exported") == []
    assert next(pieces).startswith(b"name,")

    assert entries(each_house, "contact.exported") == [{"contacts": 2, "filters": [], "format": "csv"}]
    assert b"ada@example.org" in b"".join(pieces)


def test_an_export_that_can_not_be_audited_gives_nothing_out(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("full")

    _import(house.local, MIXED, "?mode=good")
    monkeypatch.setattr("autom8.repositories.audit.AuditRepository.add", fail)

    answer = house.local.get("/contacts/export")

    assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "ada" not in answer.text


@pytest.mark.parametrize(("format_", "kind"), [("csv", "text/csv"), ("vcard4", "text/vcard")])
def test_a_file_that_broke_off_is_taken_for_whole_by_nobody(house: House, format_: str, kind: str) -> None:
    _import(house.local, MIXED, "?mode=good")
    with house.services.units.writing() as work:
        work.session.connection().exec_driver_sql("UPDATE contact SET email_encrypted = x'01' WHERE id = 2")
        work.commit()

    data = house.local.get(f"/contacts/export?format={format_}").get_data()

    assert data.endswith(b"INCOMPLETE: this export broke off")
    report = _import(house.local, data, content_type=kind)
    assert (report["applied"], report["bad"]) == (False, 1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.one_of(
        st.binary(max_size=400),
        st.lists(
            st.sampled_from(
                [b"BEGIN:VCARD\n", b"FN:x\n", b"END:VCARD\n", b'"', b",", b";", b"\0", b"\xff", b"name\n"]
            ),
            max_size=30,
        ).map(b"".join),
    ),
    kind=st.sampled_from(["text/csv", "text/vcard", "application/octet-stream"]),
    query=st.sampled_from(
        ["", "?mode=good", "?dry_run=true&tell=all", "?header=true", "?encoding=utf-16", "?encoding=utf-32"]
    ),
)
def test_no_file_makes_the_server_fail(local: Caller, data: bytes, kind: str, query: str) -> None:
    answer = local.post(f"/contacts/import{query}", data=data, content_type=kind)

    assert answer.status_code in {200, 400}

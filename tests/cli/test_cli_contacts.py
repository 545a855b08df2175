"""`autom8 contact` against the real API: what is sent, what is shown, and how it ends."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from tests.api.rig import House, opened
from tests.cli.command import Cli
from tests.contacts.people import ADA, add, group


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, str]]:
    """A house whose API listens on this machine."""
    with opened(tmp_path_factory.mktemp("cli") / "home") as house:
        server = make_server("127.0.0.1", 0, house.client.application, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield house, f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def house(served: tuple[House, str]) -> House:
    return served[0]


@pytest.fixture
def here(served: tuple[House, str], cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    house, url = served
    monkeypatch.setenv("AUTOM8_URL", url)
    monkeypatch.setenv("AUTOM8_TOKEN", house.local.headers["Authorization"].removeprefix("Bearer "))
    return cli


def test_a_contact_is_added_by_options_and_shown(here: Cli, house: House) -> None:
    group(house.local, "On call")
    words = ["--email", "grace@example.org", "--phone", "+49 30 901820", "--tag", "a", "--tag", "b"]
    words += ["--group", "on call", "--quiet", "22:00-07:00", "--quiet-day", "mon", "--channel", "sms"]

    added = here("contact", "add", "Grace Hopper", *words, "--json")

    contact = added.json
    assert (contact["email"], contact["phone"], contact["tags"]) == (
        "grace@example.org",
        "+4930901820",
        ["a", "b"],
    )
    assert contact["quiet"] == {"from": "22:00", "until": "07:00", "days": ["mon"]}
    shown = here("contact", "show", str(contact["id"])).out
    assert "quiet     22:00 to 07:00, mon" in shown
    assert "groups    On call" in shown
    edited = here("contact", "edit", str(contact["id"]), "--phone", "", "--name", "Grace", "--tag", "c")
    assert edited.out == f"changed contact {contact['id']}, Grace\n"
    after = house.local.get(f"/contacts/{contact['id']}").json
    assert (after["phone"], after["tags"], after["email"]) == (None, ["c"], "grace@example.org")


def test_personal_values_come_by_stdin_where_arguments_can_be_read(here: Cli, house: House) -> None:
    said = json.dumps({"email": "stdin@example.org", "notes": "hush"})

    added = here("contact", "add", "Stdin", "--stdin-json", "--json", stdin=said)
    found = here("contact", "search", "--stdin-json", "--json", stdin='{"email": "STDIN@example.org"}')

    assert added.json["notes"] == "hush"
    assert [each["id"] for each in found.json] == [added.json["id"]]
    assert here("contact", "add", "X", "--stdin-json", stdin="[1]").code == 8
    assert here("contact", "search").code == 8


def test_contacts_are_listed_and_found_in_a_table(here: Cli, house: House) -> None:
    add(house.local, "Zoë Table", email="zoe@example.org", tags=["table"])

    out = here("contact", "list", "--tag", "table").out

    assert out.splitlines()[0].split() == ["NUMBER", "NAME", "EMAIL", "PHONE", "TAGS", "GROUPS"]
    assert "Zoë Table  zoe@example.org  -      table" in out
    found = here("contact", "search", "zoe", "tab")
    assert found.out == out, found.err
    assert here("contact", "list", "--group", "nobody's").code == 6


def test_tags_and_groups_are_changed_for_many(here: Cli, house: House) -> None:
    ids = [str(add(house.local, f"Many {number}").json["id"]) for number in range(2)]

    assert here("contact", "tag", "Both", *ids).out == "changed 2 of 2 contacts\n"
    assert here("contact", "tag", "both", ids[0], "--remove").out == "changed 1 of 1 contacts\n"
    assert "both" in here("contact", "tag").out
    beside = here("contact", "tag", "beside", *ids, "999999")
    assert beside.out == "changed 2 of 2 contacts\n"
    assert beside.err == "autom8: no contact has one of these numbers\n"
    assert here("contact", "group", "Crew", *ids, "--create").out == "changed 2 of 2 contacts\n"
    assert here("contact", "group", "crew", ids[0], "--remove").out == "changed 1 of 1 contacts\n"
    assert here("contact", "group", "Crew", "--rename", "Band").out == "group Band has 1 member\n"
    assert "Band" in here("contact", "group").out
    assert (
        here("contact", "group", "Band", "--delete").out == "removed group Band; its members stay contacts\n"
    )
    assert here("contact", "group", "Band").code == 6
    assert here("contact", "tag", "alone").code == 8


def test_duplicates_are_shown_and_merged(here: Cli, house: House) -> None:
    kept = add(house.local, "Dora Dup", phone="+1 202-555-0177").json
    other = add(house.local, "D. Dup", phone="+1 202-555-0177", email="dora@example.org").json

    assert f"phone  {kept['id']:>6}  Dora Dup" in here("contact", "duplicates").out
    numbers = (str(kept["id"]), str(other["id"]))
    assert here("contact", "merge", *numbers).code == 8, "nobody is there to say that these two are meant"
    merged = here("contact", "merge", *numbers, "--take", "name", "--yes")

    assert merged.out == f"merged contact {other['id']} into {kept['id']}, D. Dup, and erased it\n"
    assert house.local.get(f"/contacts/{kept['id']}").json["email"] == "dora@example.org"


def test_a_contact_is_erased_by_its_name_and_certified(here: Cli, house: House, tmp_path: Path) -> None:
    contact = add(house.local, **{**ADA, "name": "Erasmus"}).json
    number = str(contact["id"])

    assert here("contact", "erase", number).code == 8, "nobody is there to type the name"
    assert here("contact", "erase", number, "--confirm", "Ada").code == 8
    done = here("contact", "erase", number, "--confirm", "Erasmus", "--reason", "asked")

    certificate = house.local.get(f"/contacts/erasures/{number}").json
    assert done.out.splitlines()[0] == "CERTIFICATE OF ERASURE"
    assert f"audit hash          {certificate['audit_hash']}" in done.out
    assert here("contact", "erasures", number, "--json").json == certificate
    assert "asked" in here("contact", "erasures").out
    exported = here("contact", "erasures", "--export")
    assert exported.json["installation"] == house.services.installation_key
    assert certificate in exported.json["erasures"]
    file = tmp_path / "erasures.json"
    file.write_text(exported.out)
    known = len(exported.json["erasures"])
    assert here("contact", "erase", "--replay", str(file), "--json").json == {
        "erased": 0, "noted": 0, "known": known, "given_anew": 0
    }  # fmt: skip
    file.write_text("{}")
    assert here("contact", "erase", "--replay", str(file)).code == 8

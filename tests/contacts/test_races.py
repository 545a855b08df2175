"""Real processes that want the same at once: one has it, the others are told, and nothing is half done."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest
from sqlalchemy import text

from tests.api.rig import House
from tests.contacts.people import ADA, add, entries, group, names

RACERS = 8


def _race(what: str, house: House, count: int = RACERS) -> Counter[str]:
    services = house.services
    url = services.settings.database_url.reveal() if services.settings.database_url else "sqlite"
    words = [
        sys.executable,
        "-m",
        "tests.contacts.racers",
        what,
        str(services.settings.home),
        url,
        str(count),
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    return Counter(done.stdout.split())


def test_of_eight_who_add_one_email_one_has_it(each_house: House) -> None:
    fates = _race("add", each_house)

    assert fates == {"done": 1, "email_taken": RACERS - 1}
    assert len(names(each_house.local.get("/contacts"))) == 1
    with each_house.services.units.reading() as work:
        assert work.session.execute(text("SELECT count(*) FROM data_key")).scalar_one() == 1
    assert [each["action"] for each in entries(each_house.local)] == ["contact.added"]
    assert each_house.services.audit.verify().ok


def test_of_two_edits_of_one_version_one_is_made(each_house: House) -> None:
    add(each_house.local, "Ada")

    assert _race("edit", each_house, 4) == {"done": 1, "stale": 3}
    assert each_house.local.get("/contacts/1").json["version"] == 2


@pytest.mark.parametrize("turn", range(2))
def test_who_edits_whom_another_erases_brings_nothing_back(each_house: House, turn: int) -> None:
    add(each_house.local, **{**ADA, "name": "Ada"})

    fates = _race("erase", each_house)

    assert fates["done"] >= 1
    assert fates["done"] + fates["contact_not_found"] == RACERS
    assert each_house.local.get("/contacts/1").status_code == 404
    with each_house.services.units.reading() as work:
        for table in ("contact", "contact_word", "contact_tag", "data_key"):
            assert work.session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0, table
    certificate = each_house.local.get("/contacts/erasures/1").json
    erased = entries(each_house.local, action="contact.erased")
    assert [(each["seq"], each["hash"]) for each in erased] == [
        (certificate["audit_seq"], certificate["audit_hash"])
    ]
    assert entries(each_house.local)[-1]["action"] == "contact.erased", "nothing was told of it afterwards"
    assert each_house.services.audit.verify().ok


def test_a_group_that_goes_while_contacts_join_it_stalls_nobody(each_house: House) -> None:
    group(each_house.local, "Team")
    group(each_house.local, "Other")
    add(each_house.local, "Ada", groups=["Team"])

    fates = _race("group", each_house)

    assert set(fates) <= {"done", "invalid"}, fates
    assert each_house.local.get("/groups/1").status_code == 404
    assert [each["name"] for each in each_house.local.get("/contacts/1").json["groups"]] in ([], ["Other"])

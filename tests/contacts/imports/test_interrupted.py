"""Imports that meet others, are let go of, or are killed: whole batches or nothing, and never a double."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from autom8.contacts.draft import ContactDraft
from autom8.contacts.imports import writing
from autom8.contacts.imports.orders import ImportOrder, Progress
from autom8.contacts.imports.service import ImportBusy
from autom8.contacts.imports.writing import BATCH_ROWS, MeanwhileThere, TooSlow
from autom8.contacts.store import ContactStore
from autom8.kernel.vocabulary import ImportMode
from tests.api.rig import House, migrated, opened
from tests.contacts.imports.files import ALL, GOOD, OPERATOR, counts, csv, entries, people, run
from tests.services.postgres import PostgresServer

VICTIM = (sys.executable, "-m", "tests.contacts.imports.victim")


@pytest.mark.parametrize("row", ["Ada,ada@example.org,,,,", "Ada,,+4930901820,,,"])
def test_who_is_added_while_an_import_is_prepared_keeps_all_of_it_out(each_house: House, row: str) -> None:
    name, email, phone = row.split(",")[:3]
    steps = each_house.services.contacts.imports.run(csv("Eve,,,,,", row), ImportOrder(), actor=OPERATOR)
    for step in steps:
        if isinstance(step, Progress) and step.stage == "seal":
            break
    each_house.services.contacts.people.add(
        ContactDraft(name=name, email=email or None, phone=phone or None), actor=OPERATOR
    )

    with pytest.raises(MeanwhileThere):
        list(steps)

    assert counts(each_house) == (1, 1)
    assert entries(each_house, "contact.imported") == []


def test_an_import_that_is_let_go_of_ends_there_and_leaves_nothing(house: House) -> None:
    imports = house.services.contacts.imports
    steps = imports.run(people(500), ImportOrder(), actor=OPERATOR)
    for step in steps:
        if isinstance(step, Progress) and step.stage == "seal":
            break
    assert counts(house)[1] > 0

    steps.close()

    assert counts(house) == (0, 0)
    assert not imports.busy


def test_one_that_stood_still_makes_no_contact_whose_key_another_has_given_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A caller that reads slowly holds an import up between the keys and the contacts."""
    imports = house.services.contacts.imports
    steps = imports.run(people(5), ImportOrder(), actor=OPERATOR)
    for step in steps:
        if isinstance(step, Progress) and step.stage == "seal":
            break
    monkeypatch.setattr(writing, "_UNBORN_AFTER", timedelta())
    another_server = replace(imports, _turn=threading.Lock())
    list(another_server.run(csv("Eve,,,,,"), ImportOrder(), actor=OPERATOR))
    monkeypatch.setattr(writing, "_BORN_WITHIN", timedelta())

    with pytest.raises(TooSlow):
        list(steps)

    assert counts(house) == (1, 1)


def test_one_that_writes_the_good_rows_keeps_the_batches_it_wrote(house: House) -> None:
    imports = house.services.contacts.imports
    steps = imports.run(people(500), ImportOrder(mode=ImportMode.GOOD), actor=OPERATOR)
    next(steps), next(steps)

    steps.close()

    assert counts(house) == (BATCH_ROWS, BATCH_ROWS)
    assert run(house, people(500), mode=GOOD)[0].added == 500 - BATCH_ROWS


def test_a_process_imports_one_file_at_a_time(house: House) -> None:
    imports = house.services.contacts.imports
    first = imports.run(people(3), ImportOrder(), actor=OPERATOR)
    next(first)

    with pytest.raises(ImportBusy):
        next(imports.run(people(3), ImportOrder(), actor=OPERATOR))

    list(first)
    assert run(house, people(4))[0].added == 1


@pytest.mark.parametrize("mode", [ALL, GOOD])
def test_two_servers_that_import_one_file_at_once_add_nobody_twice(
    postgres: PostgresServer,
    tmp_path: Path,
    quick_passwords: None,
    mode: ImportMode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Held up where both have found nobody: only their taking turns keeps the second from adding again."""
    template = postgres.ensure_template("api", migrated)
    both = threading.Barrier(2)
    insert = ContactStore.insert
    names = csv(*(f"Person {number},,,,," for number in range(90)))  # no group and no email to wait for

    def insert_together(*args: Any, **options: Any) -> None:
        with suppress(threading.BrokenBarrierError):
            both.wait(timeout=1)
        insert(*args, **options)

    monkeypatch.setattr(ContactStore, "insert", insert_together)
    with (
        postgres.database(template=template) as url,
        opened(tmp_path / "one", url) as one,
        opened(shutil.copytree(tmp_path / "one", tmp_path / "two"), url) as two,  # the same keys
    ):
        added: list[int] = []

        def import_(house: House) -> None:
            try:
                added.append(run(house, names, mode=mode)[0].added)
            except MeanwhileThere:
                added.append(0)

        threads = [threading.Thread(target=import_, args=(house,)) for house in (one, two)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

        assert (sum(added), counts(one)) == (90, (90, 90))


@pytest.mark.parametrize(("mode", "stage"), [("all", "check"), ("all", "seal"), ("good", "check")])
def test_one_that_is_killed_leaves_nothing_or_whole_batches_and_is_completed_by_a_repeat(
    tmp_path: Path, quick_passwords: None, mode: str, stage: str
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(people(1_500))
    home = tmp_path / "home"
    with opened(home):
        pass
    victim = subprocess.Popen([*VICTIM, str(home), str(file), mode, stage], stdout=subprocess.PIPE)
    assert victim.stdout is not None
    assert victim.stdout.readline() == b"there\n"
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    victim.stdout.close()

    with opened(home) as house:
        left, _ = counts(house)
        assert left == 0 if mode == "all" else left % BATCH_ROWS == 0
        report, _ = run(house, file.read_bytes(), mode=mode)
        assert (report.added, report.bad) == (1_500 - left, 0)
        assert counts(house)[0] == 1_500
        assert house.services.audit.verify().ok


def test_keys_that_a_killed_import_left_are_destroyed_by_a_later_one(each_house: House) -> None:
    services = each_house.services
    store = services.contacts.people.store
    with services.units.writing() as work:
        store.reserve(work, 5)
        work.commit()
    with services.units.writing() as work:
        old = "1" if services.database.dialect == "sqlite" else "'2026-01-01T00:00:00Z'"
        work.session.connection().exec_driver_sql(f"UPDATE data_key SET created_at = {old}")
        work.commit()
    assert counts(each_house) == (0, 5)

    run(each_house, people(3), mode=ALL)

    assert counts(each_house) == (3, 3)

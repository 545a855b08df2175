"""An export proves itself: by our own check, and by the one that the documentation lets others write."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from autom8.audit.checkpoint import Signer
from autom8.audit.checkpoint_file import read_checkpoints
from autom8.audit.export import NotAnExport
from autom8.audit.inquiry import Verification
from autom8.audit.offline import Trusted, export_database, verify_export
from autom8.kernel.actor import Actor
from autom8.kernel.clock import SystemClock
from autom8.kernel.errors import Invalid
from autom8.kernel.events import Audited
from autom8.kernel.paging import Page
from autom8.repositories.trail import NotATrail
from tests.audit.recording import ADA, SEED, record, sealing, where
from tests.security.house import INSTALLATION, House, another_house

DOCS = Path(__file__).parents[2] / "docs" / "audit.md"
KEY = Signer(origin=INSTALLATION, seed=SEED).public_key
Lines = list[bytes]


@dataclass
class Exported:
    """Nine entries, signed at three and at seven, and what was exported of them."""

    house: House
    url: str
    folder: Path

    def write(self, *, first: int = 1, last: int | None = None) -> Path:
        path = self.folder / "export.jsonl"
        with (
            export_database(where(self.url), first=first, last=last, clock=SystemClock()) as (lines, _),
            path.open("wb") as file,
        ):
            file.writelines(lines)
        return path

    def check(self, path: Path, *, pin: bytes | None = KEY, kept: Path | None = None) -> Verification:
        found = None if kept is None else read_checkpoints(kept)
        trusted = Trusted(keys=frozenset([pin] if pin else []), kept=found)
        return verify_export(path, trusted, lambda *_: None)

    def check_changed(self, change: Callable[[Lines], Lines]) -> Verification:
        path = self.write()
        path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
        return self.check(path)


def _begun(house: House, url: str, folder: Path) -> Exported:
    seals = sealing(house, folder / "kept.jsonl")
    for names in ("abc", "defg"):
        record(house, *names)
        assert seals.seal() is not None
    record(house, "h", "i")
    return Exported(house, url, folder)


@pytest.fixture
def exported(house: House, migrated_url: str, tmp_path: Path) -> Exported:
    return _begun(house, migrated_url, tmp_path)


@pytest.fixture
def here(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Exported]:
    """On SQLite alone: what is in a file does not depend on where it came from."""
    shutil.copy(migrated_sqlite, tmp_path / "autom8.db")
    url = f"sqlite+pysqlite:///{tmp_path / 'autom8.db'}"
    with another_house(url) as house:
        yield _begun(house, url, tmp_path)


def numbers(path: Path) -> list[object]:
    """What stands in each line: entries by number, checkpoints by size, header and end."""
    found: list[object] = []
    for line in path.read_bytes().splitlines():
        body = orjson.loads(line)
        found.append(body.get("seq") or next(iter(body)))
    return found


def by_the_docs(path: Path, key: bytes = KEY) -> subprocess.CompletedProcess[str]:
    """What the verifier of the documentation says."""
    code = next(
        each for each in re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL) if "sys.argv" in each
    )
    argv = [sys.executable, "-c", code, str(path), b64encode(key).decode()]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def test_an_export_holds_entries_checkpoints_and_an_end_and_is_good(exported: Exported) -> None:
    path = exported.write()
    found = exported.check(path, kept=exported.folder / "kept.jsonl")

    assert numbers(path) == [
        "autom8_audit_export",
        1,
        2,
        3,
        "checkpoint",
        4,
        5,
        6,
        7,
        "checkpoint",
        8,
        9,
        "end",
    ]
    assert (found.ok, found.first, found.last) == (True, 1, 9)
    assert (found.trail.size, found.covered, found.uncovered) == (7, 7, (8, 9))
    header = orjson.loads(path.read_bytes().partition(b"\n")[0])
    assert [b64decode(each["public_key"]) for each in header["public_keys"]] == [KEY]


def test_the_verifier_of_the_documentation_agrees(here: Exported) -> None:
    path = here.write()
    assert by_the_docs(path).stdout == "9 entries are whole; checkpoints prove them up to 7\n"
    assert by_the_docs(path, bytes(32)).returncode == 1

    content = path.read_bytes()
    for old, new in ((b'"seq":5', b'"seq":6'), (b'"size":7', b'"size":8'), (b'{"end"', b'{"fin"')):
        path.write_bytes(content.replace(old, new, 1))
        assert by_the_docs(path).returncode == 1


def test_the_canonical_bytes_are_those_that_were_hashed(here: Exported) -> None:
    entry = orjson.loads(here.write().read_bytes().splitlines()[1])
    body = orjson.loads(b64decode(entry["canonical"]))

    assert (body["action"], body["actor"]["name"], body["seq"]) == ("a", ADA.name, 1)
    assert entry["hash"] == here.house.entries()[0].hash


@pytest.mark.parametrize(("first", "covered"), [(2, 7), (3, 7), (4, 7), (5, 7), (7, 7)])
def test_a_part_is_proven_from_its_first_entry_by_a_checkpoint_behind_it(
    here: Exported, first: int, covered: int
) -> None:
    found = here.check(here.write(first=first), kept=here.folder / "kept.jsonl")

    assert (found.ok, found.first, found.last, found.count) == (True, first, 9, 10 - first)
    assert (found.covered, found.uncovered) == (covered, (8, 9))


def test_a_part_that_no_checkpoint_covers_says_so(here: Exported) -> None:
    found = here.check(here.write(first=8))
    assert (found.ok, found.trail.checkpoints, found.uncovered) == (True, 0, (8, 9))

    in_between = here.check(here.write(first=4, last=6))
    assert (in_between.ok, in_between.last, in_between.uncovered) == (True, 6, (4, 6))


def test_a_part_that_says_another_past_does_not_fit_its_checkpoint(here: Exported) -> None:
    path = here.write(first=5)
    head, rest = path.read_bytes().split(b"\n", 1)
    header = orjson.loads(head)
    frontier = bytes.fromhex(header["frontier"])
    header["frontier"] = (bytes([frontier[0] ^ 1]) + frontier[1:]).hex()
    path.write_bytes(orjson.dumps(header) + b"\n" + rest)

    found = here.check(path)
    assert not found.ok
    assert "the entries up to 7 are not those that were signed" in str(found.what)


def _replaced(old: bytes, new: bytes) -> Callable[[Lines], Lines]:
    return lambda lines: [line.replace(old, new) for line in lines]


def _blamed(lines: Lines) -> Lines:
    entry = orjson.loads(lines[2])
    canonical = b64decode(entry["canonical"]).replace(b"Ada", b"Eve")
    return [
        *lines[:2],
        orjson.dumps({**entry, "canonical": b64encode(canonical).decode()}) + b"\n",
        *lines[3:],
    ]


@pytest.mark.parametrize(
    ("change", "bad", "what"),
    [
        (_blamed, 2, "its content is not what was hashed"),
        (lambda lines: [*lines[:3], *lines[4:]], 4, "entry 3 is missing"),
        (lambda lines: [*lines[:3], lines[2], *lines[3:]], 2, "it stands behind entry 2"),
        (lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], 3, "entry 2 is missing"),
        (lambda lines: lines[:-1], 10, "the file has no end: it was cut off"),
        (lambda lines: lines[:-2], 9, "the file has no end: it was cut off"),
        (
            lambda lines: [*lines[:-2], lines[-1]],
            9,
            "the file is not whole: of entries 1 to 9 it holds those to 8",
        ),
        (lambda lines: [*lines[:-1], lines[-1][:-9]], 10, "can't be read"),
        (lambda lines: [*lines[:5], lines[5][:40]], 4, "can't be read"),
        (lambda lines: [*lines[:2], b"what?\n", *lines[2:]], 2, "can't be read"),
        (lambda lines: [*lines[:4], *lines[5:]], 10, "not as many checkpoints"),
        (_replaced(b'"size":3', b'"size":2'), 2, "signature is wrong"),
        (_replaced(b'"seq":5', b'"seq":55'), 55, "entry 5 is missing"),
        (lambda lines: [lines[0].replace(b'"last":9', b'"last":8'), *lines[1:]], 9, "the file is not whole"),
    ],
)
def test_what_is_done_to_the_lines_is_found(
    here: Exported, change: Callable[[Lines], Lines], bad: int, what: str
) -> None:
    found = here.check_changed(change)

    assert not found.ok
    assert what in str(found.what)
    assert found.first_bad_seq == bad


def test_every_bit_of_an_entrys_line_counts(here: Exported) -> None:
    path = here.write()
    lines = path.read_bytes().splitlines(keepends=True)
    for at in range(0, len(lines[6]) - 1, 7):
        changed = lines[6][:at] + bytes([lines[6][at] ^ 1]) + lines[6][at + 1 :]
        path.write_bytes(b"".join([*lines[:6], changed, *lines[7:]]))
        assert not here.check(path).ok, changed


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\n",
        b"{}\n",
        b"SQLite format 3\0",
        b'{"autom8_audit_export":2}\n',
    ],
)
def test_what_is_no_export_is_refused(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "what.jsonl"
    path.write_bytes(head)
    with pytest.raises(NotAnExport):
        verify_export(path, Trusted(), lambda *_: None)


def test_an_export_that_begins_elsewhere_is_refused(here: Exported) -> None:
    with pytest.raises(NotAnExport):
        here.check_changed(_replaced(INSTALLATION.encode(), b"another"))


@pytest.mark.parametrize(("first", "last"), [(0, None), (11, None), (1, 10), (5, 3), (-1, 2)])
def test_entries_that_are_not_there_are_not_exported(here: Exported, first: int, last: int | None) -> None:
    with pytest.raises(Invalid):
        here.write(first=first, last=last)


def test_a_database_without_a_trail_is_told_in_our_words(tmp_path: Path) -> None:
    junk = tmp_path / "junk.db"
    junk.write_bytes(b"no database at all, but long enough to be looked at" * 99)
    for path in (junk, tmp_path / "none.db"):
        with pytest.raises(NotATrail), export_database(str(path), first=1, last=None, clock=SystemClock()):
            pass


def test_an_export_through_the_service_is_audited_and_holds_its_own_entry(house: House) -> None:
    record(house, "a")
    span, lines = house.audit.export(actor=ADA)
    content = b"".join(lines)

    assert (span.first, span.last) == (1, 2)
    assert house.entries()[-1].action == "audit.exported"
    assert house.entries()[-1].details == {"first": 1}
    assert b'{"seq":2,' in content
    with pytest.raises(Invalid):
        house.audit.export(first=9, actor=ADA)
    assert len(house.entries()) == 2


def test_what_is_sealed_is_opened_only_for_who_may_see_it_and_gone_once_erased(house: House) -> None:
    vault: dict[int, dict[str, str]] = {7: {"phone": "+49"}}
    opening = type(house.audit)(
        begin=house.writing,
        read=house.reading,
        installation_key=INSTALLATION,
        unseal=lambda contact, _data: vault.get(contact),
    )
    with house.writing(ADA) as work:
        sealed = {"sealed": {"contact": 7, "data": "AAAA"}, "fields": ["phone"]}
        work.record(Audited(action="contact.changed", object_type="contact", object_id="7", details=sealed))
        work.commit()

    def shown(*scopes: str) -> object:
        reader = Actor(kind=ADA.kind, id=1, name="Ada", scopes=frozenset(scopes))
        return opening.list_(Page(), actor=reader).items[0].details

    assert shown("audit:read") == {"sealed": {"contact": 7, "hidden": True}, "fields": ["phone"]}
    assert shown("contacts:pii") == {"sealed": {"contact": 7, "phone": "+49"}, "fields": ["phone"]}
    vault.clear()
    assert shown("contacts:pii") == {"sealed": {"contact": 7, "erased": True}, "fields": ["phone"]}
    assert house.audit.verify().ok

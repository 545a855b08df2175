"""The database's files and our logs hold nothing personal in any form that can be read without a key."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import text

from autom8.kernel.logs import JsonLines
from tests.api.rig import Caller, House, opened
from tests.contacts.people import ADA, add
from tests.services.postgres import PostgresServer, running_postgres

SECRETS = (
    "Ada.Lovelace@exämple.org",
    "ada.lovelace@xn--exmple-cua.org",
    "Ada.Lovelace",
    "second.address@example.org",
    "+493090182055",
    "90182055",
    "+12025550142",
    "under the third flowerpot",
    "moved to the attic",
)


def forms(secret: str) -> Iterator[tuple[str, bytes]]:
    """A text as a file might hold it: in each encoding, in hex, and in base64 wherever it begins."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        raw = secret.encode(encoding)
        yield encoding, raw
        yield f"hex of {encoding}", raw.hex().encode()
        yield f"HEX of {encoding}", raw.hex().upper().encode()
    raw = secret.encode()
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + raw)
        # what is before and behind mixes into the first and the last letters
        yield f"base64 at {shift}", whole[(0, 2, 3)[shift] : len(whole) // 4 * 4 - 4]
        yield f"base64url at {shift}", whole.translate(bytes.maketrans(b"+/", b"-_"))[(0, 2, 3)[shift] : -4]


def found_in(content: bytes) -> list[str]:
    """Which secrets a file's content holds, and how."""
    lowered = content.lower()
    return [
        f"{secret} as {how}"
        for secret in SECRETS
        for how, form in forms(secret)
        if form in content or form.lower() in lowered
    ]


def _live(caller: Caller, look: list[bytes] | None = None, files: Iterable[Path] = ()) -> None:
    """Everything that may be done with a contact; `look` gets the files' content after each step."""

    def step() -> None:
        if look is not None:
            look.append(b"".join(path.read_bytes() for path in files if path.exists()))

    repeated = caller.having(Idempotency_Key="once")
    ada = repeated.post("/contacts", {**ADA, "name": "Ada"})
    step()
    path = f"/contacts/{ada.json['id']}"
    changes = {
        "email": "second.address@example.org",
        "phone": "+1 202-555-0142",
        "notes": "moved to the attic",
    }
    assert caller.patch(path, changes, ada.headers["ETag"]).status_code == 200
    step()
    for asked in ({"email": "SECOND.address@example.org"}, {"phone": "+1 202-555-0142"}, {"q": "ada"}):
        assert len(caller.post("/contacts/search", asked).json["items"]) == 1
    caller.post("/contacts", {"name": "Twin", "email": "second.address@example.org"})
    caller.post("/contacts", {"name": "Wrong", "email": "second.address@example.org@", "phone": "90182055"})
    caller.get("/contacts")
    caller.get("/audit")
    step()
    other = add(caller, "Other", phone="+493090182055", notes="under the third flowerpot").json
    seen = caller.get(path)
    body = {"other_id": other["id"], "other_version": 1, "join_notes": True, "take": ["phone"]}
    merged = caller.having(If_Match=seen.headers["ETag"]).post(f"{path}/merge", body)
    assert merged.status_code == 200
    step()
    assert caller.post(f"{path}/erase", {"confirm": "Ada", "reason": "asked"}).status_code == 200
    step()


def test_the_search_finds_what_is_there() -> None:
    """Each form of each secret, in a file that holds it."""
    for secret in SECRETS:
        for shift in range(3):
            assert found_in(b"xx" + base64.b64encode(b"abc"[:shift] + secret.encode() + b"tail")), secret
        for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
            assert found_in(b"x" + secret.encode(encoding) + b"x"), secret
            assert found_in(b"x" + secret.encode(encoding).hex().encode() + b"x"), secret


def test_sqlites_files_hold_nothing_personal_at_any_time(house: House) -> None:
    home = house.services.settings.home
    files = [home / f"autom8.db{end}" for end in ("", "-wal", "-shm")]
    assert files[0].exists()
    looks: list[bytes] = []

    _live(house.local, looks, files)

    assert len(looks) == 5
    assert [found_in(look) for look in looks] == [[]] * 5
    assert house.services.shredder.shred()
    after = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert found_in(after) == []


def test_an_erased_contacts_wrapped_key_and_name_are_overwritten(house: House) -> None:
    """Not only unlinked: whoever later gets hold of the keyring must not find the key in a free page."""
    contact_id = add(house.local, "Wilhelmina Quagmire", notes="hush").json["id"]
    with house.services.units.reading() as work:
        wrapped = bytes(work.session.execute(text("SELECT wrapped FROM data_key")).scalar_one())
    database = house.services.settings.home / "autom8.db"
    files = [database, database.with_name("autom8.db-wal")]
    assert wrapped in b"".join(path.read_bytes() for path in files if path.exists())

    house.local.post(f"/contacts/{contact_id}/erase", {"confirm": "Wilhelmina Quagmire"})

    content = b"".join(path.read_bytes() for path in files if path.exists())
    assert wrapped not in content
    assert b"Wilhelmina" not in content
    assert b"quagmire" not in content


def test_our_logs_hold_nothing_personal(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    monkeypatch.setattr(root, "level", logging.DEBUG)
    try:
        _live(house.local)
    finally:
        root.removeHandler(handler)

    assert "/contacts" in written.getvalue(), "requests were logged"
    assert found_in(written.getvalue().encode()) == []


@pytest.fixture
def logging_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of our own, whose folder holds nobody else's data."""
    with running_postgres() as server:
        yield server


def test_postgresqls_files_hold_nothing_personal(
    logging_postgres: PostgresServer, tmp_path: Path, quick_passwords: None
) -> None:
    with logging_postgres.database() as url, opened(tmp_path / "home", url) as house:
        _live(house.local)
        add(house.local, **ADA)  # one who stays
        with house.services.database.write_engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("CHECKPOINT")
        folder = logging_postgres.folder
        held = [path for path in folder.rglob("*") if path.is_file()]
        assert any(path.parent.name == "pg_wal" for path in held)

        faults = {str(path.relative_to(folder)): found_in(path.read_bytes()) for path in held}

    assert {name: found for name, found in faults.items() if found} == {}

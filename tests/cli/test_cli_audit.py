"""`autom8 audit export|verify|key`: what they print, write and end with."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from autom8.audit.checkpoint import Signer
from autom8.cli.program import run
from tests.audit.recording import SEED, record, sealing, tamper
from tests.dashboard.running_server import RunningServer, running
from tests.security.fixtures import migrated_sqlite
from tests.security.house import INSTALLATION, House, another_house

__all__ = ["migrated_sqlite"]
KEY = Signer(origin=INSTALLATION, seed=SEED).public_key.hex()


@pytest.fixture
def house(migrated_sqlite: Path, tmp_path: Path) -> Iterator[House]:
    """Four entries, of which a checkpoint covers three, in `tmp_path/autom8.db` and `kept.jsonl`."""
    shutil.copy(migrated_sqlite, tmp_path / "autom8.db")
    with another_house(f"sqlite+pysqlite:///{tmp_path / 'autom8.db'}") as house:
        record(house, *"abc")
        assert sealing(house, tmp_path / "kept.jsonl").seal() is not None
        record(house, "d")
        yield house


@pytest.fixture
def here(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.chdir(tmp_path)
    return house


def autom8(line: str, *more: str) -> int:
    return run([*line.split(), *more])


def test_a_copy_is_checked_and_what_is_proven_is_said(
    here: House, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "audit verify --database autom8.db --checkpoints kept.jsonl --public-key"
    assert autom8(words, KEY) == 0
    told = capsys.readouterr().out.splitlines()

    assert told[0] == "nothing is wrong with entries 1 to 4"
    assert told[1].startswith("1 checkpoint beside the entries proves what was there up to entry 3")
    assert told[2].startswith("1 checkpoint kept elsewhere proves what was there up to entry 3")
    assert told[3] == "no checkpoint that was kept elsewhere covers entry 4 yet"
    assert told[4] == f"the last good entry has the hash {here.entries()[-1].hash}"


def test_an_export_is_written_once_for_its_owner_alone_and_checked(
    here: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "audit export trail.jsonl --database autom8.db"
    assert autom8(words) == 0
    assert "wrote 4 entries to trail.jsonl" in capsys.readouterr().err
    assert (tmp_path / "trail.jsonl").stat().st_mode & 0o777 == 0o600
    assert autom8(words) == 7
    assert "trail.jsonl is there already" in capsys.readouterr().err

    assert run(["audit", "verify", "trail.jsonl", "--json", "--public-key", KEY]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["last"], found["pinned"], found["uncovered_from"]) == (True, 4, True, 4)
    assert found["checkpoints"]["size"] == 3


def test_a_part_goes_to_stdout_and_to_no_file(here: House, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert autom8("audit export - --first 2 --last 3 --database autom8.db") == 0
    lines = capfdbinary.readouterr().out.splitlines()

    assert [json.loads(line).get("seq") for line in lines] == [None, 2, 3, None, None]


def test_what_is_wrong_is_named_and_the_exit_status_is_one(
    here: House, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(here, "UPDATE audit_entry SET actor_name = 'Eve' WHERE seq = 2")
    assert autom8("audit verify --database autom8.db") == 1
    told = capsys.readouterr()
    assert told.out.startswith("good are entry 1\n")
    assert told.err == "autom8: entry 2 is bad: its columns differ from its content\n"

    tamper(here, "DELETE FROM audit_entry", "DELETE FROM audit_checkpoint")
    assert autom8("audit verify --database autom8.db") == 0
    assert autom8("audit verify --database autom8.db --checkpoints kept.jsonl") == 1
    assert "entries 1 to 3 are missing, the end was cut off" in capsys.readouterr().err
    assert autom8("audit verify --database autom8.db --json") == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("audit verify none.jsonl", "none.jsonl can't be read"),
        ("audit verify kept.jsonl", "does not begin as an export"),
        ("audit verify --database none.db", "none.db is no file"),
        ("audit verify kept.jsonl --database autom8.db", "name one of them"),
        ("audit verify --database autom8.db --checkpoints none.jsonl", "none.jsonl can't be read"),
        ("audit verify --database autom8.db --checkpoints autom8.db", "Line 1 of autom8.db is no checkpoint"),
        ("audit verify --database autom8.db --public-key what", "This is no public key"),
        ("audit verify --database-url autom8.db", "a file is --database"),
        ("audit verify --checkpoints kept.jsonl", "are for an export or a copy"),
        ("audit export trail.jsonl --database autom8.db --last 99", "at most 4"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_line(
    here: House, capsys: pytest.CaptureFixture[str], words: str, said: str
) -> None:
    assert autom8(words) == 8
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not Path("trail.jsonl").exists()


def test_a_server_is_asked_for_its_key_its_proof_and_an_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with running(tmp_path / "home") as server:
        _ask(server)
        said = capsys.readouterr().out
        assert autom8("audit key --json --data home") == 0
        key = json.loads(capsys.readouterr().out)["public_key"]
    assert "nothing is wrong with entries 1 to 3" in said

    # the server is gone, and left a checkpoint of all it did
    kept = "--checkpoints home/audit-checkpoints.jsonl"
    words = f"audit verify --database home/autom8.db {kept} --json --public-key"
    assert autom8(words, key) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["uncovered_from"]) == (True, None)
    assert run(["audit", "verify", "trail.jsonl", "--public-key", key]) == 0


def _ask(server: RunningServer) -> None:
    server.add_task("a")
    assert autom8("audit export trail.jsonl --data home") == 0
    assert autom8("audit verify --data home") == 0

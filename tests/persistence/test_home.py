"""The data folder: for its owner only, one server at a time, and a name of its own."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from autom8.kernel.errors import Misconfigured
from autom8.persistence import home as module
from autom8.persistence.home import (
    HomeInUse,
    announce_server,
    ensure_home,
    home_key,
    lock_place,
    withdraw_server,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_is_its_owners_only(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    ensure_home(home)
    assert mode(home) == 0o700


@pytest.mark.parametrize("mine", ["autom8.db", "home.key", "keys.json", "autom8.toml"])
def test_our_own_folder_is_closed_to_others(tmp_path: Path, mine: str) -> None:
    (tmp_path / mine).touch()
    tmp_path.chmod(0o755)
    ensure_home(tmp_path)
    assert mode(tmp_path) == 0o700


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    ensure_home(tmp_path)
    assert mode(tmp_path) == 0o700


def test_a_folder_that_others_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "somebody's").touch()
    tmp_path.chmod(0o777)
    with pytest.raises(Misconfigured, match="its own"):
        ensure_home(tmp_path)
    assert mode(tmp_path) == 0o777


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4_242)
    with pytest.raises(Misconfigured, match="another user"):
        ensure_home(tmp_path)


def test_a_folder_that_can_not_be_made_or_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="can't be used"):
        ensure_home(tmp_path / "file" / "home")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(Misconfigured, match="can't be written"):
        ensure_home(tmp_path / "home")


HOLDING = """
import sys
from pathlib import Path
from autom8.persistence.home import lock_place
print(lock_place(Path(sys.argv[1]), places=2), flush=True)
sys.stdin.read()
"""


def test_each_server_has_a_place_and_leaves_it_when_it_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_WAIT_S", 0.2)
    argv = [sys.executable, "-c", HOLDING, str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "1\n"
        with pytest.raises(HomeInUse):
            lock_place(tmp_path, places=1)
        assert lock_place(tmp_path, places=2) == 2
        other.kill()
        other.wait(10)
    assert lock_place(tmp_path, places=1) == 1


def test_the_name_of_a_folder_is_made_once(tmp_path: Path) -> None:
    first = home_key(tmp_path)
    assert len(first) == 32
    assert home_key(tmp_path) == first
    assert [each.name for each in tmp_path.iterdir()] == ["home.key"]


def test_servers_that_start_at_once_read_one_whole_name(tmp_path: Path) -> None:
    start = threading.Barrier(8)
    told: list[str] = []

    def go() -> None:
        start.wait()
        told.append(home_key(tmp_path))

    threads = [threading.Thread(target=go) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(told)) == 1
    assert len(told[0]) == 32


def test_an_announcement_is_withdrawn_only_by_its_own_server(tmp_path: Path) -> None:
    path = tmp_path / "server.json"
    announce_server(tmp_path, url="http://127.0.0.1:8008", pid=1)
    assert json.loads(path.read_text()) == {"url": "http://127.0.0.1:8008", "pid": 1}
    withdraw_server(tmp_path, pid=2)
    assert path.exists()
    withdraw_server(tmp_path, pid=1)
    assert not path.exists()
    withdraw_server(tmp_path, pid=1)

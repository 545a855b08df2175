"""`autom8 contact import` and `export`, against the API itself: codes, lines, files that only we can read."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from tests.api.fixtures import quick_passwords
from tests.api.rig import House, opened
from tests.cli.command import Cli

__all__ = ["quick_passwords"]

MIXED = "name,email,Shoe\nAda,ada@example.org,37\nBad,nonsense,\nBob,bob@example.org,\n"


@pytest.fixture
def house(tmp_path: Path, quick_passwords: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house whose API listens, named in the environment."""
    with opened(tmp_path / "home") as house:
        server = make_server("127.0.0.1", 0, house.client.application, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("AUTOM8_URL", f"http://127.0.0.1:{server.port}")
        token = (tmp_path / "home" / "local.token").read_text(encoding="ascii").strip()
        monkeypatch.setenv("AUTOM8_TOKEN", token)
        yield house
        server.shutdown()
        thread.join()
        server.server_close()


def _names(house: House) -> list[str]:
    return [each["name"] for each in house.local.get("/contacts").json["items"]]


def test_a_file_with_a_bad_row_is_not_imported_and_its_line_is_told(house: House, cli: Cli) -> None:
    done = cli("contact", "import", "-", stdin=MIXED)

    assert done.code == 8
    assert "line 3: bad: email is not an email address" in done.err
    assert "autom8: Shoe fills no field (1 row); --map says what it is, or - for nothing" in done.err
    assert done.out == "nothing was imported: 1 of 3 rows are bad (--mode good leaves them out)\n"
    assert _names(house) == []


def test_the_good_rows_are_imported_and_the_code_tells_of_the_others(house: House, cli: Cli) -> None:
    done = cli("contact", "import", "-", "--mode", "good", stdin=MIXED)

    assert (done.code, _names(house)) == (8, ["Ada", "Bob"])
    assert done.out == "3 rows (csv, utf-8, ','): 2 added, 0 updated, 0 skipped, 1 bad\n"


def test_a_plan_shows_each_row_and_writes_nothing(house: House, cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_bytes("Wer|Wo\nJörg|joerg@example.org\n".encode("cp1252"))

    done = cli(
        "contact", "import", str(file), "--plan", "--map", "Wer=name", "--map", "Wo=email",
        "--delimiter", "|", "--encoding", "windows-1252",
    )  # fmt: skip

    assert done.code == 0
    assert done.out.splitlines() == [
        "LINE  FATE  NAME  WHY",
        "   2  add   Jörg  -",
        "1 rows (csv, cp1252, '|') would be: 1 added, 0 updated, 0 skipped, 0 bad",
    ]
    assert _names(house) == []


def test_json_has_the_report_with_all_fates(house: House, cli: Cli) -> None:
    report = cli("contact", "import", "-", "--plan", "--json", stdin=MIXED).json

    assert [each["fate"] for each in report["fates"]] == ["add", "bad", "add"]
    assert report["unmapped"] == [{"name": "Shoe", "rows": 1}]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--map", "Nobody=name"), 8, "mapping.Nobody"),
        (("--map", "nonsense"), 2, "NAME=VALUE"),
        (("--delimiter", "x"), 8, "--delimiter must be one of"),
        (("--encoding", "klingon"), 8, "encoding"),
        (("--mode", "some"), 2, "invalid choice: 'some' (choose from 'all', 'good')"),
        (("--format", "vcard"), 8, "BEGIN:VCARD"),
    ],
)
def test_what_can_not_be_meant_is_said_in_a_line(
    house: House, cli: Cli, words: tuple[str, ...], code: int, said: str
) -> None:
    done = cli("contact", "import", "-", *words, stdin=MIXED)

    assert (done.code, said in done.err) == (code, True)
    assert len(done.err.splitlines()) == 1


def test_columns_that_nobody_knows_are_named_in_a_plan_too(house: House, cli: Cli) -> None:
    done = cli("contact", "import", "-", "--plan", "--header", stdin="a,b\nx,y\n")

    assert (done.code, "which column holds the name; there are a, b" in done.err) == (8, True)


def test_a_file_that_is_not_there_is_said(house: House, cli: Cli) -> None:
    done = cli("contact", "import", "/nowhere.csv")

    assert (done.code, done.err) == (8, "autom8: /nowhere.csv can't be read: no such file or directory\n")


@pytest.mark.parametrize("format_", ["csv", "vcard3", "vcard4"])
def test_an_export_is_a_file_that_only_we_can_read(
    house: House, cli: Cli, tmp_path: Path, format_: str
) -> None:
    cli("contact", "import", "-", "--mode", "good", stdin=MIXED)
    out = tmp_path / "out"

    done = cli("contact", "export", "--format", format_, "--out", str(out))

    assert (done.code, stat.S_IMODE(out.stat().st_mode)) == (0, 0o600)
    assert b"ada@example.org" in out.read_bytes()
    again = cli("contact", "import", str(out))
    assert "0 added, 0 updated, 2 skipped, 0 bad" in again.out


def test_an_export_that_breaks_off_leaves_no_file_and_a_list_says_what_is_broken(
    house: House, cli: Cli, tmp_path: Path
) -> None:
    cli("contact", "import", "-", "--mode", "good", stdin=MIXED)
    with house.services.units.writing() as work:
        work.session.connection().exec_driver_sql("UPDATE contact SET email_encrypted = x'01' WHERE id = 1")
        work.commit()
    folder = tmp_path / "folder"
    folder.mkdir()

    done = cli("contact", "export", "--out", str(folder / "out.csv"))

    assert (done.code, "broke off" in done.err) == (1, True)
    assert list(folder.iterdir()) == []
    assert cli("contact", "list").err == (
        "autom8: of contact 1 this is stored, but can't be decrypted: email\n"
    )

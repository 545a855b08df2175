"""The page's files: how each reaches a browser, and what is said when they are missing."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from autom8.dashboard import make_blueprint

SCRIPT = b"console.log('page')"
FIRST_LOAD_BYTES_MAX = 60_000
SHELL = Path(__file__).parents[2] / "web/src/shell/app.tsx"


def client_of(folder: Path) -> FlaskClient:
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(make_blueprint(folder))
    return app.test_client()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A page as the build leaves it."""
    assets = tmp_path / "static" / "assets"
    assets.mkdir(parents=True)
    (assets.parent / "index.html").write_text("<!doctype html><title>Autom8</title>")
    (assets.parent / "icon.svg").write_text("<svg/>")
    (assets.parent / "secrets.txt").write_text("not of the page")
    (assets / "index-1a2b.js").write_bytes(SCRIPT)
    (assets / "index-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "keys.js").write_text("beside the page")
    return assets.parent


@pytest.mark.parametrize(
    "path", ["/", "/setup?token=x", "/login", "/tasks/new", "/tasks/7/edit", "/runs/7", "/audit"]
)
def test_each_address_of_the_page_gives_the_page_and_is_not_kept(folder: Path, path: str) -> None:
    answer = client_of(folder).get(path)

    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert b"<title>Autom8" in answer.data


def test_each_view_that_the_page_has_is_found_at_its_address(folder: Path) -> None:
    client = client_of(folder)
    views = re.findall(r"^  \['(/[^']*)', ", SHELL.read_text(encoding="utf-8"), re.MULTILINE)
    assert "/contacts/:id/edit" in views

    lacking = [view for view in views if client.get(view.replace(":id", "7")).status_code != 200]

    assert lacking == []


def test_a_named_by_content_file_is_kept_for_good(folder: Path) -> None:
    answer = client_of(folder).get("/static/assets/index-1a2b.js")

    assert answer.data == SCRIPT
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Content-Encoding" not in answer.headers


def test_any_other_file_is_asked_for_again_after_an_hour(folder: Path) -> None:
    answer = client_of(folder).get("/static/icon.svg")

    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.content_type.startswith("image/svg+xml")


def test_a_browser_that_takes_gzip_gets_the_packed_file(folder: Path) -> None:
    answer = client_of(folder).get("/static/assets/index-1a2b.js", headers={"Accept-Encoding": "br, gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == SCRIPT
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.content_type == "text/javascript; charset=utf-8"


def test_gzip_that_is_refused_is_not_sent(folder: Path) -> None:
    answer = client_of(folder).get("/static/assets/index-1a2b.js", headers={"Accept-Encoding": "gzip;q=0"})

    assert answer.data == SCRIPT


@pytest.mark.parametrize(
    "name", ["../keys.js", "..%2fkeys.js", "secrets.txt", "assets", "none.js", "assets/index-1a2b.js.gz"]
)
def test_nothing_but_files_of_the_page_is_given_out(folder: Path, name: str) -> None:
    assert client_of(folder).get(f"/static/{name}").status_code == 404


def test_an_address_that_means_nothing_is_404_to_all_and_the_page_to_people(folder: Path) -> None:
    client = client_of(folder)
    to_people = client.get("/nowhere/at/all", headers={"Accept": "text/html,*/*"})
    to_programs = client.get("/nowhere/at/all", headers={"Accept": "*/*"})

    assert (to_people.status_code, to_programs.status_code) == (404, 404)
    assert b"<title>Autom8" in to_people.data
    assert b"<title>Autom8" not in to_programs.data


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api", "/auth/nothing", "/static/nothing"])
def test_addresses_of_programs_never_give_the_page(folder: Path, path: str) -> None:
    answer = client_of(folder).get(path, headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert b"<title>Autom8" not in answer.data


def test_without_its_files_the_page_says_so_and_what_to_do(tmp_path: Path) -> None:
    answer = client_of(tmp_path / "static").get("/")

    assert answer.status_code == 503
    assert "The page was not built:" in answer.text
    assert "./dev run" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_first_load_of_script_is_small(built: Path) -> None:
    html = (built / "index.html").read_text()
    first = re.findall(r'(?:src|href)="/static/(assets/[^"]+\.js)"', html)

    assert first
    assert sum((built / f"{name}.gz").stat().st_size for name in first) < FIRST_LOAD_BYTES_MAX


def test_the_built_page_has_no_inline_script_or_style(built: Path) -> None:
    html = (built / "index.html").read_text()

    assert re.findall(r"<script(?![^>]*\ssrc=)", html) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", html) == []


def test_the_lock_of_the_page_names_no_host() -> None:
    lock = Path(__file__).parents[2] / "web" / "package-lock.json"

    assert "://" not in lock.read_text()
    assert all("resolved" not in package for package in json.loads(lock.read_text())["packages"].values())

"""Swagger UI at /api/docs: from files of our own, under a policy that lets nothing else in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autom8.api import docs
from tests.api.rig import House


def test_the_page_asks_this_server_only(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "swagger-ui-bundle.js").touch()
    monkeypatch.setattr(docs, "SWAGGER", tmp_path)

    answer = house.stranger.get("//api/docs")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    sources = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert sources
    assert all(source.startswith("/static/") for source in sources)
    assert "<script>" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy


def test_without_swagger_ui_the_page_leads_to_the_description(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docs, "SWAGGER", tmp_path)

    answer = house.stranger.get("//api/docs")

    assert answer.status_code == 200
    assert "/api/v1/openapi.json" in answer.text
    assert "<script" not in answer.text


def test_not_even_swagger_ui_is_allowed_inline_script_or_style(house: House) -> None:
    assert "unsafe" not in house.stranger.get("//api/docs").headers["Content-Security-Policy"]
    assert "unsafe" not in house.stranger.get("/openapi.json").headers["Content-Security-Policy"]

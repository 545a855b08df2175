"""uv downloads from where pip would, and what the person set for uv wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from devtools.pip_settings import pip_settings, uv_environment, uv_flags


def from_variables(**variables: str) -> dict[str, str]:
    return uv_environment(variables, pip_settings(variables, files=[]))


@pytest.mark.parametrize(
    ("variable", "value", "name", "expected"),
    [
        ("PIP_INDEX_URL", "https://mirror.example/simple", "UV_DEFAULT_INDEX", "https://mirror.example/simple"),
        ("PIP_EXTRA_INDEX_URL", "https://a.example\n https://b.example", "UV_INDEX", "https://a.example https://b.example"),
        ("PIP_FIND_LINKS", "/srv/a /srv/b", "UV_FIND_LINKS", "/srv/a,/srv/b"),
        ("PIP_TRUSTED_HOST", "mirror.example", "UV_INSECURE_HOST", "mirror.example"),
        ("PIP_PROXY", "http://proxy.example:3128", "HTTPS_PROXY", "http://proxy.example:3128"),
        ("PIP_CERT", "/srv/authority.pem", "SSL_CERT_FILE", "/srv/authority.pem"),
        ("PIP_DEFAULT_TIMEOUT", "90", "UV_HTTP_TIMEOUT", "90"),
    ],
)  # fmt: skip
def test_each_setting_of_pip_reaches_uv(variable: str, value: str, name: str, expected: str) -> None:
    assert from_variables(**{variable: value})[name] == expected


def test_what_is_set_for_uv_wins() -> None:
    given = {"PIP_INDEX_URL": "https://pip.example", "UV_INDEX_URL": "https://uv.example"}
    assert "UV_DEFAULT_INDEX" not in from_variables(**given)
    assert (
        from_variables(PIP_PROXY="http://pip.example", https_proxy="http://own.example").get("HTTPS_PROXY")
        is None
    )


def test_an_extra_index_may_hold_what_the_first_has_not() -> None:
    assert from_variables(PIP_EXTRA_INDEX_URL="https://a.example")["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert "UV_INDEX_STRATEGY" not in from_variables()


def test_files_are_read_in_pips_order_and_variables_last(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("[global]\nindex-url = https://site.example\ntimeout = 7\n")
    (tmp_path / "own").write_text("[global]\nindex_url = https://own.example\n[install]\nno-index = true\n")
    (tmp_path / "broken").write_text("index-url")
    files = [tmp_path / name for name in ("site", "own", "broken", "absent")]

    found = pip_settings({"PIP_TIMEOUT": "9"}, files=files)

    assert found == {"index-url": "https://own.example", "timeout": "9", "no-index": "true"}
    assert uv_flags(found) == ["--no-index"]


def test_no_index_can_be_switched_off() -> None:
    assert uv_flags({"no-index": "0"}) == []
    assert uv_flags({}) == []

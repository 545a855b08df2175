"""Settings: where they come from, what they may be, and what stops the start."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

import pytest

from autom8.config import Settings, data_folder, read_settings
from autom8.kernel.errors import Misconfigured

KEY = "0123456789abcdefghijklmnopqrstuvwxyz"
PEPPER = KEY[::-1]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"AUTOM8_HOME": str(tmp_path)}


@pytest.fixture
def production(env: dict[str, str]) -> dict[str, str]:
    return env | {
        "AUTOM8_ENV": "production",
        "AUTOM8_SECRET_KEY": KEY,
        "AUTOM8_PASSWORD_PEPPER": PEPPER,
        "AUTOM8_KEYRING": '{"primary": "k1"}',
        "AUTOM8_BEHIND_TLS_PROXY": "1",
    }


def refused(env: dict[str, str]) -> str:
    with pytest.raises(Misconfigured) as told:
        read_settings(env)
    text = str(told.value)
    assert "\n" not in text, "one line"
    return text


def test_nothing_but_a_folder_is_needed(env: dict[str, str], tmp_path: Path) -> None:
    settings = read_settings(env)

    assert (settings.home, settings.port, settings.env) == (tmp_path, 8_008, "development")
    assert settings.database_url is None
    assert not settings.production


def test_the_command_line_goes_before_the_environment_before_the_file(
    env: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "autom8.toml").write_text('port = 1\nhost = "10.0.0.1"\nworker_slots = 3\n')

    settings = read_settings(env | {"AUTOM8_PORT": "2", "AUTOM8_HOST": "::1"}, {"port": "3"})

    assert (settings.port, settings.host, settings.worker_slots) == (3, "::1", 3)


def test_a_value_may_come_from_a_file(env: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "url"
    path.write_text("postgresql://ada:hunter2@db/autom8\n")

    settings = read_settings(env | {"AUTOM8_DATABASE_URL_FILE": str(path)})

    assert settings.database_url is not None
    assert settings.database_url.reveal() == "postgresql+psycopg://ada:hunter2@db/autom8"
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("AUTOM8_PROT", "1", "AUTOM8_PROT is not a setting"),
        ("AUTOM8_Port", "1", "AUTOM8_Port is not a setting"),
        ("AUTOM8_PORT", "http", "AUTOM8_PORT must be a whole number from 0 to 65535"),
        ("AUTOM8_PORT", "1_000", "AUTOM8_PORT"),
        ("AUTOM8_PORT", " 80", "AUTOM8_PORT"),
        ("AUTOM8_PORT", "٨٠", "AUTOM8_PORT"),
        ("AUTOM8_PORT", "65536", "AUTOM8_PORT"),
        ("AUTOM8_PORT", "", "AUTOM8_PORT"),
        ("AUTOM8_HOME", "", "AUTOM8_HOME must name a folder"),
        ("AUTOM8_HOST", "", "AUTOM8_HOST"),
        ("AUTOM8_HOST", "a b", "AUTOM8_HOST"),
        ("AUTOM8_ENV", "prod", "AUTOM8_ENV must be one of development, production"),
        ("AUTOM8_BEHIND_TLS_PROXY", "maybe", "AUTOM8_BEHIND_TLS_PROXY must be true or false"),
        ("AUTOM8_LOG_LEVEL", "info", "AUTOM8_LOG_LEVEL"),
        ("AUTOM8_WORKER_NAME", "a\nb", "AUTOM8_WORKER_NAME"),
        ("AUTOM8_SECRET_KEY", "short", "AUTOM8_SECRET_KEY must have at least 32 bytes"),
        ("AUTOM8_SECRET_KEY", "a" * 40, "AUTOM8_SECRET_KEY is too regular"),
        ("AUTOM8_DATABASE_URL", "", "AUTOM8_DATABASE_URL must begin with postgresql://"),
        ("AUTOM8_DATABASE_URL", "sqlite:///x", "AUTOM8_DATABASE_URL"),
        ("AUTOM8_DATABASE_URL", "postgresql:x", "AUTOM8_DATABASE_URL"),
        ("AUTOM8_PORT_FILE", "/nowhere/port", "AUTOM8_PORT_FILE names /nowhere/port"),
        ("AUTOM8_CONFIG", "/nowhere/autom8.toml", "/nowhere/autom8.toml"),
        ("AUTOM8_POOL_SIZE", "50", "AUTOM8_POOL_MAX must not be below AUTOM8_POOL_SIZE"),
        ("AUTOM8_TRUSTED_PROXIES", "10.0.0.0/33", "AUTOM8_TRUSTED_PROXIES must hold networks"),
        ("AUTOM8_TRUSTED_PROXIES", "10.0.0.1/8", "AUTOM8_TRUSTED_PROXIES must hold networks"),
        ("AUTOM8_TRUSTED_PROXIES", "proxy", "AUTOM8_TRUSTED_PROXIES must hold networks"),
        ("AUTOM8_TRUSTED_PROXIES", "0.0.0.0/0", "AUTOM8_TRUSTED_PROXIES must not trust everybody"),
        ("AUTOM8_TRUSTED_PROXIES", "::1,::/0", "AUTOM8_TRUSTED_PROXIES must not trust everybody"),
        *(
            ("AUTOM8_CORS_ORIGINS", odd, "AUTOM8_CORS_ORIGINS must hold origins")
            for odd in (
                "*",
                "null",
                "https://*.example.org",
                "https://app.example.org/",
                "https://app.example.org/path",
                "https://App.example.org",
                "https://app.example.org:443",
                "http://app.example.org:80",
                "https://user@app.example.org",
                "app.example.org",
                "file://x",
                "https://a.example,*",
            )
        ),
        ("AUTOM8_RATE_LIMITS_BY_ROLE", "viewer", "AUTOM8_RATE_LIMITS_BY_ROLE must give each"),
        ("AUTOM8_RATE_LIMITS_BY_ROLE", "viewer=0", "AUTOM8_RATE_LIMITS_BY_ROLE must give each"),
        ("AUTOM8_RATE_LIMITS_BY_ROLE", "viewer=many", "AUTOM8_RATE_LIMITS_BY_ROLE must give each"),
        ("AUTOM8_RATE_LIMITS_BY_ROLE", "guest=5", "AUTOM8_RATE_LIMITS_BY_ROLE names what is no role: guest"),
        ("AUTOM8_RATE_LIMITS_BY_ROUTE", "/api/v1/tasks=5", "AUTOM8_RATE_LIMITS_BY_ROUTE must name routes"),
        (
            "AUTOM8_RATE_LIMITS_BY_ROUTE",
            "get /api/v1/tasks=5",
            "AUTOM8_RATE_LIMITS_BY_ROUTE must name routes",
        ),
        ("AUTOM8_REDIS_URL", "http://redis", "AUTOM8_REDIS_URL must begin with redis://"),
        ("AUTOM8_REDIS_URL", "redis://", "AUTOM8_REDIS_URL must begin with redis://"),
        ("AUTOM8_REDIS_URL", "rediss://r?ssl_cert_reqs=none", "AUTOM8_REDIS_URL takes no parameters but"),
        ("AUTOM8_PUBLIC_URL", "autom8.example.org", "AUTOM8_PUBLIC_URL must be an address"),
        ("AUTOM8_PUBLIC_URL", "https://autom8.example.org/path", "AUTOM8_PUBLIC_URL must be an address"),
        ("AUTOM8_TLS_CERT", "", "AUTOM8_TLS_CERT must name a file"),
        ("AUTOM8_TLS_CERT", "cert.pem", "AUTOM8_TLS_CERT and AUTOM8_TLS_KEY belong together"),
        ("AUTOM8_TLS_KEY", "key.pem", "AUTOM8_TLS_CERT and AUTOM8_TLS_KEY belong together"),
        ("AUTOM8_HTTP_REDIRECT_PORT", "80", "AUTOM8_HTTP_REDIRECT_PORT needs AUTOM8_TLS_CERT"),
    ],
)
def test_an_unknown_or_odd_value_is_named(env: dict[str, str], name: str, value: str, words: str) -> None:
    assert words in refused(env | {name: value})


@pytest.mark.parametrize("text", ["yes", "True", "ON", "1"])
def test_truths_may_be_written_as_people_write_them(env: dict[str, str], text: str) -> None:
    assert read_settings(env | {"AUTOM8_BEHIND_TLS_PROXY": text}).behind_tls_proxy


def test_a_value_given_twice_is_refused(env: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "port"
    path.write_text("1")
    assert "twice" in refused(env | {"AUTOM8_PORT": "1", "AUTOM8_PORT_FILE": str(path)})


def test_names_of_others_are_no_settings(env: dict[str, str]) -> None:
    others = ("AUTOM8_URL", "AUTOM8_TOKEN", "AUTOM8_RUN_ID", "AUTOM8_PARAM_X", "AUTOM8_TEST_X", "PATH")
    assert read_settings(env | dict.fromkeys(others, "x")).port == 8_008


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("prot = 1", "prot"),
        ("home = '/x'", "home"),
        ("port = 1.5", "port"),
        ("port = [1]", "port"),
        ("port = true", "AUTOM8_PORT"),
        ("port = ", "can't be read"),
    ],
)
def test_a_wrong_file_is_named(env: dict[str, str], tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "autom8.toml").write_text(text)
    assert words in refused(env)


def test_a_file_elsewhere_can_be_named(env: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text("behind_tls_proxy = true\nport = 81")
    settings = read_settings(env | {"AUTOM8_CONFIG": str(path)})
    assert (settings.behind_tls_proxy, settings.port) == (True, 81)


def test_production_starts_with_all_it_needs(production: dict[str, str]) -> None:
    assert read_settings(production).production


@pytest.mark.parametrize(
    "name",
    ["AUTOM8_SECRET_KEY", "AUTOM8_PASSWORD_PEPPER", "AUTOM8_KEYRING", "AUTOM8_BEHIND_TLS_PROXY"],
)
def test_production_refuses_to_start_without(production: dict[str, str], name: str) -> None:
    del production[name]
    assert name in refused(production)


def test_production_takes_a_certificate_instead_of_a_proxy(production: dict[str, str]) -> None:
    del production["AUTOM8_BEHIND_TLS_PROXY"]
    tls = {"AUTOM8_TLS_CERT": "/etc/cert.pem", "AUTOM8_TLS_KEY": "/etc/key.pem"}

    assert read_settings(production | tls).tls_cert == Path("/etc/cert.pem")


def test_production_lets_no_page_in_that_came_by_plain_http(production: dict[str, str]) -> None:
    origins = "https://a.example,http://b.example"
    assert "https:// only, not http://b.example" in refused(production | {"AUTOM8_CORS_ORIGINS": origins})


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"AUTOM8_PORT": "80"}, "must differ"),
        ({"AUTOM8_PUBLIC_URL": "http://autom8.example.org"}, "must be https://"),
    ],
)
def test_plain_http_is_sent_on_to_https_only(env: dict[str, str], more: dict[str, str], words: str) -> None:
    tls = {"AUTOM8_TLS_CERT": "c", "AUTOM8_TLS_KEY": "k", "AUTOM8_HTTP_REDIRECT_PORT": "80"}

    assert read_settings(env | tls).http_redirect_port == 80
    assert words in refused(env | tls | more)


def test_behind_a_tls_proxy_this_machines_is_believed_unless_others_are_named(env: dict[str, str]) -> None:
    behind = env | {"AUTOM8_BEHIND_TLS_PROXY": "1"}

    assert read_settings(env).proxy_networks == ()
    assert [str(each) for each in read_settings(behind).proxy_networks] == ["127.0.0.0/8", "::1/128"]
    named = read_settings(behind | {"AUTOM8_TRUSTED_PROXIES": "10.0.0.0/8, fd00::/8"}).proxy_networks
    assert [str(each) for each in named] == ["10.0.0.0/8", "fd00::/8"]


def test_limits_and_origins_are_lists(env: dict[str, str]) -> None:
    settings = read_settings(
        env
        | {
            "AUTOM8_RATE_LIMITS_BY_ROLE": "viewer=100, admin=1000",
            "AUTOM8_RATE_LIMITS_BY_ROUTE": "POST /api/v1/metrics=5000,GET /api/v1/tasks/{task_id}=600",
            "AUTOM8_CORS_ORIGINS": "https://app.example.org,http://localhost:3000",
            "AUTOM8_REDIS_URL": "redis://:hunter2@cache/1",
        }
    )

    assert settings.rate_limits_by_role == (("viewer", 100), ("admin", 1_000))
    assert settings.rate_limits_by_route[1] == ("GET /api/v1/tasks/{task_id}", 600)
    assert settings.cors_origins == ("https://app.example.org", "http://localhost:3000")
    assert "hunter2" not in repr(settings)


def test_one_key_is_not_used_for_two_things(production: dict[str, str]) -> None:
    assert "must differ" in refused(production | {"AUTOM8_PASSWORD_PEPPER": KEY})


def test_the_file_of_a_keyring_is_a_path_and_not_read_yet(production: dict[str, str], tmp_path: Path) -> None:
    del production["AUTOM8_KEYRING"]
    settings = read_settings(production | {"AUTOM8_KEYRING_FILE": "/run/keyring.json"})

    assert (settings.keyring, settings.keyring_file) == (None, Path("/run/keyring.json"))


def test_a_keyring_is_given_once(production: dict[str, str]) -> None:
    assert "given twice" in refused(production | {"AUTOM8_KEYRING_FILE": "/run/keyring.json"})


@pytest.mark.parametrize("text", ["", "/run/keyring.json", "k1"])
def test_a_keyring_that_is_no_json_is_refused_without_being_shown(env: dict[str, str], text: str) -> None:
    assert "AUTOM8_KEYRING_FILE takes a path" in refused(env | {"AUTOM8_KEYRING": text})


class TestDataFolder:
    def test_what_is_given_goes_first_then_the_environment(self) -> None:
        assert data_folder("/a", {"AUTOM8_HOME": "/b"}) == Path("/a")
        assert data_folder(None, {"AUTOM8_HOME": "/b"}) == Path("/b")

    def test_a_relative_folder_is_told_whole(self) -> None:
        assert data_folder("here", {}) == Path.cwd() / "here"
        assert read_settings({"AUTOM8_HOME": "here"}).home == Path.cwd() / "here"

    def test_root_has_the_machines_and_others_their_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert data_folder(None, {}) == Path("/var/lib/autom8")
        monkeypatch.setattr(os, "geteuid", lambda: 1_000)
        assert data_folder(None, {"XDG_DATA_HOME": "/x"}) == Path("/x/autom8")
        assert data_folder(None, {}) == Path.home() / ".local/share/autom8"


def test_every_setting_says_what_it_is_for_and_what_it_accepts() -> None:
    for each in fields(Settings):
        assert each.metadata["doc"].endswith(".")
        assert each.metadata["kind"].accepts

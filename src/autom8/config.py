"""Settings: read once from the environment, `NAME_FILE` files and one TOML file, then passed as a value.

An unknown or odd value stops the start with one line that names it. Only `bootstrap`, `cli` and
`wsgi` import this module.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from autom8.kernel import defaults, readers
from autom8.kernel.destinations import Destination
from autom8.kernel.errors import Misconfigured
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Role

PREFIX: Final = "AUTOM8_"
# Names that the CLI, the build or a running command use; they are not settings of the server.
NOT_SETTINGS: Final = frozenset(
    {
        "AUTOM8_URL",
        "AUTOM8_TOKEN",
        "AUTOM8_TOKEN_FILE",
        "AUTOM8_CONFIG",
        "AUTOM8_REQUIRE_PAGE",
        "AUTOM8_WEB_OUT",
        "AUTOM8_NODE",
        "AUTOM8_TASK",
        "AUTOM8_RUN_ID",
        "AUTOM8_ATTEMPT",
        "AUTOM8_SLOT_AT",
    },
)
NOT_SETTINGS_PREFIXES: Final = ("AUTOM8_PARAM_", "AUTOM8_TEST_")
SECRET_BYTES_MIN: Final = 32
_WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
_TRUTHS: Final = frozenset({"1", "true", "yes", "on"})
_LIES: Final = frozenset({"0", "false", "no", "off"})


@dataclass(frozen=True, slots=True)
class Kind:
    """What a setting's text may be: `accepts` tells it in words, `read` gives its value or a ValueError."""

    accepts: str
    read: Callable[[str], Any]


def _integer(low: int, high: int) -> Kind:
    accepts = f"a whole number from {low} to {high}"

    def read(text: str) -> int:
        if not _WHOLE_NUMBER.fullmatch(text) or not low <= int(text) <= high:
            raise ValueError(f"must be {accepts}")
        return int(text)

    return Kind(accepts, read)


def _one_of(*choices: str) -> Kind:
    accepts = f"one of {', '.join(choices)}"

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be {accepts}")
        return text

    return Kind(accepts, read)


def _read_boolean(text: str) -> bool:
    if text.lower() not in _TRUTHS | _LIES:
        raise ValueError("must be true or false")
    return text.lower() in _TRUTHS


def _read_word(text: str) -> str:
    if not text or any(char.isspace() or not char.isprintable() for char in text):
        raise ValueError("must be a word without blanks")
    return text


def _read_name(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        raise ValueError("must be a text without control characters")
    return text


def _read_region(text: str) -> str:
    if text and not re.fullmatch("[A-Z]{2}", text):
        raise ValueError("must be the two capital letters of a country, such as DE")
    return text


def _read_folder(text: str) -> Path:
    if not text or "\0" in text:
        raise ValueError("must name a folder")
    return Path(text)


def _read_key(text: str) -> Secret:
    if len(text.encode()) < SECRET_BYTES_MIN:
        raise ValueError(f"must have at least {SECRET_BYTES_MIN} bytes of randomness")
    if len(set(text)) < SECRET_BYTES_MIN // 4:
        raise ValueError("is too regular to be a key")
    return Secret(text)


def _read_keyring(text: str) -> Secret:
    if not text.lstrip().startswith("{"):
        raise ValueError("must be a keyring in JSON; AUTOM8_KEYRING_FILE takes a path")
    return Secret(text)


def _read_database_url(text: str) -> Secret:
    scheme, mark, rest = text.partition("://")
    if scheme not in {"postgresql", "postgres", "postgresql+psycopg"} or not mark or not rest:
        raise ValueError("must begin with postgresql:// (SQLite needs no URL: it lives in the data folder)")
    return Secret(f"postgresql+psycopg://{rest}")


_BOOLEAN: Final = Kind("true or false", _read_boolean)
_WORD: Final = Kind("a word", _read_word)
_NAME: Final = Kind("a text", _read_name)
_REGION: Final = Kind("a country's two letters", _read_region)
_FOLDER: Final = Kind("a folder", _read_folder)
_KEY: Final = Kind(f"a text of at least {SECRET_BYTES_MIN} bytes", _read_key)
_KEYRING: Final = Kind("a keyring in JSON", _read_keyring)
_DATABASE_URL: Final = Kind("a URL that begins with postgresql://", _read_database_url)
_REDIS_URL: Final = Kind("a URL that begins with redis://, rediss:// or unix://", readers.read_redis_url)
_URL: Final = Kind("an address", readers.read_url)
_FILE: Final = Kind("a file", readers.read_file_name)
_ROLE_LIMITS: Final = Kind("ROLE=NUMBER, separated by commas", readers.read_role_limits)
_ROUTE_LIMITS: Final = Kind("METHOD PATH=NUMBER, separated by commas", readers.read_route_limits)
_ORIGINS: Final = Kind("origins, separated by commas", readers.read_origins)
_DESTINATIONS: Final = Kind("networks, hosts and HOST:PORT, separated by commas", readers.read_destinations)
_ISSUER: Final = Kind("an issuer's address", readers.read_issuer)
_ROLE: Final = Kind(f"one of {', '.join(Role)}, or nothing", readers.read_role)
_ROLE_MAP: Final = Kind("WORD=ROLE, separated by commas", readers.read_role_map)
_SCOPES: Final = Kind("words separated by blanks", readers.read_scopes)
_SECRET: Final = Kind("a text", lambda text: Secret(_read_name(text)))
_PORTS: Final = Kind("ports and ranges of ports, separated by commas", readers.read_ports)
_NETWORKS: Final = Kind("networks, separated by commas", readers.read_networks)


def _setting(doc: str, kind: Kind, default: Any = MISSING) -> Any:
    return field(default=default, metadata={"doc": doc, "kind": kind})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a server: AUTOM8_<NAME> in the environment, <name> in the TOML file."""

    home: Path = _setting("Data folder, made with mode 0700.", _FOLDER)
    env: str = _setting(
        "Production refuses to start insecure.", _one_of("development", "production"), "development"
    )
    database_url: Secret | None = _setting(
        "PostgreSQL to use; without it, SQLite in the data folder.", _DATABASE_URL, None
    )
    host: str = _setting("Address to listen on.", _WORD, "127.0.0.1")
    port: int = _setting("Port to listen on; 0 takes any free one.", _integer(0, 65_535), defaults.PORT)
    behind_tls_proxy: bool = _setting("Says that a proxy in front ends TLS.", _BOOLEAN, False)
    trusted_proxies: tuple[readers.Network, ...] = _setting(
        "Proxies whose X-Forwarded-For, -Proto and -Host are believed; "
        "behind a TLS proxy, this machine's when none are named.",
        _NETWORKS,
        (),
    )
    tls_cert: Path | None = _setting(
        "Certificate to serve HTTPS with, PEM, followed by its intermediates.", _FILE, None
    )
    tls_key: Path | None = _setting(
        "The certificate's private key, PEM, readable by its owner alone.", _FILE, None
    )
    http_redirect_port: int | None = _setting(
        "Port on which plain HTTP is sent on to HTTPS.", _integer(1, 65_535), None
    )
    public_url: str = _setting(
        "Address under which people reach this server, such as https://autom8.example.org.", _URL, ""
    )
    cors_origins: tuple[str, ...] = _setting(
        "Origins whose pages may ask the API with a bearer token.", _ORIGINS, ()
    )
    secret_key: Secret | None = _setting(
        "Signs tokens and cookies. Generated once in development.", _KEY, None
    )
    password_pepper: Secret | None = _setting(
        "Keys password hashes. Generated once in development.", _KEY, None
    )
    keyring: Secret | None = _setting(
        "Wraps the keys of encrypted fields, when it is not kept in a file.", _KEYRING, None
    )
    keyring_file: Path | None = _setting(
        "File of the keyring, mode 0600. Generated once in development: `keyring.json` in the data folder.",
        _FILE,
        None,
    )
    log_level: str = _setting(
        "Least level to log.", _one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), "INFO"
    )
    worker_name: str = _setting("Name of this worker; the host's name when empty.", _NAME, "")
    worker_slots: int = _setting("Commands that this server runs at once.", _integer(0, 1_000), 16)
    stop_grace_s: int = _setting(
        "On stop, seconds that running commands get before they are ended.", _integer(0, 86_400), 10
    )
    http_threads: int = _setting("Threads that answer requests.", _integer(1, 64), 4)
    pool_size: int = _setting("PostgreSQL connections kept open.", _integer(1, 100), 5)
    pool_max: int = _setting("PostgreSQL connections at most.", _integer(1, 200), 20)
    body_bytes_max: int = _setting(
        "Bytes of a request's body at most.", _integer(1_024, defaults.GIB), defaults.BODY_BYTES_MAX
    )
    header_bytes_max: int = _setting(
        "Bytes of a request's headers at most.", _integer(4_096, defaults.MIB), defaults.HEADER_BYTES_MAX
    )
    requests_per_minute: int = _setting(
        "Requests a minute for each identity.",
        _integer(1, readers.PER_MINUTE_MAX),
        defaults.REQUESTS_PER_MINUTE,
    )
    rate_limits_by_role: tuple[tuple[str, int], ...] = _setting(
        "Requests a minute for users of a role, such as `viewer=100,admin=1000`.", _ROLE_LIMITS, ()
    )
    rate_limits_by_route: tuple[tuple[str, int], ...] = _setting(
        "Requests a minute to a route, counted apart, such as `GET /api/v1/tasks=600`.", _ROUTE_LIMITS, ()
    )
    redis_url: Secret | None = _setting(
        "Redis in which servers share what they count; without it, each counts for itself.", _REDIS_URL, None
    )
    cache_items: int = _setting(
        "Answers kept in memory; 0 turns the cache off.", _integer(0, 1_000_000), 1_000
    )
    cache_ttl_s: int = _setting("Seconds that a cached answer is good at most.", _integer(1, 86_400), 300)
    retention_days: int = _setting(
        "Days that ended runs are kept.", _integer(1, 36_500), defaults.RETENTION_AGE.days
    )
    retention_runs: int = _setting(
        "Ended runs kept of each task.", _integer(1, 10_000_000), defaults.RETENTION_RUNS
    )
    retention_output_bytes: int = _setting(
        "Bytes of output kept in all.", _integer(0, 1 << 50), defaults.RETENTION_OUTPUT_BYTES
    )
    import_bytes_max: int = _setting(
        "Bytes of a file of contacts to import at most.",
        _integer(1_024, defaults.GIB),
        defaults.IMPORT_BYTES_MAX,
    )
    import_rows_max: int = _setting(
        "Rows of a file of contacts to import at most.", _integer(1, 10_000_000), defaults.IMPORT_ROWS_MAX
    )
    contact_region: str = _setting(
        "Country of phone numbers without a country code, such as DE; when empty they need one.", _REGION, ""
    )
    oidc_issuer: str = _setting(
        "Provider (OpenID Connect) by which people may sign in, as it names itself.", _ISSUER, ""
    )
    oidc_client_id: str = _setting("What the provider knows Autom8 as.", _NAME, "")
    oidc_client_secret: Secret | None = _setting(
        "What Autom8 proves to the provider who it is by; without it, PKCE alone.", _SECRET, None
    )
    oidc_label: str = _setting("What the page calls the provider.", _NAME, "single sign-on")
    oidc_scopes: str = _setting("What to ask the provider for.", _SCOPES, "openid profile email")
    oidc_name_claim: str = _setting("Claim that names a new user.", _WORD, "preferred_username")
    oidc_role_claim: str = _setting(
        "Claim that the role follows at each sign-in; dots lead inside it. Without it, roles are given here.",
        _NAME,
        "",
    )
    oidc_roles: tuple[tuple[str, Role], ...] = _setting(
        "Which word in the role claim makes which role, such as `ops=operator,admins=admin`.", _ROLE_MAP, ()
    )
    oidc_default_role: Role | None = _setting(
        "Role of who has no such word; they are refused when empty.", _ROLE, None
    )
    egress_allow: tuple[Destination, ...] = _setting(
        "What may be reached from here although it is private or special.", _DESTINATIONS, ()
    )
    egress_ports: tuple[range, ...] = _setting(
        "Ports that may be reached out in the public network; every one when empty.", _PORTS, ()
    )
    egress_ca_file: Path | None = _setting(
        "Certificate authorities (PEM) to believe beside the machine's own.", _FILE, None
    )

    @property
    def proxy_networks(self) -> tuple[readers.Network, ...]:
        """From where forwarded headers are believed."""
        return self.trusted_proxies or (readers.LOOPBACK if self.behind_tls_proxy else ())

    audit_checkpoint_file: Path | None = _setting(
        "Where signed checkpoints of the audit trail are kept, apart from the database; "
        "`audit-checkpoints.jsonl` in the data folder when empty.",
        _FILE,
        None,
    )

    @property
    def production(self) -> bool:
        """Whether this is production."""
        return self.env == "production"


def data_folder(explicit: str | None, env: Mapping[str, str]) -> Path:
    """The data folder: as given, else AUTOM8_HOME, else the user's own (root: /var/lib/autom8)."""
    if explicit:
        return Path(explicit).absolute()
    if given := env.get("AUTOM8_HOME"):
        return Path(given).absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/autom8")
    return Path(env.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "autom8"


def read_settings(env: Mapping[str, str], given: Mapping[str, str] | None = None) -> Settings:
    """Settings from the command line (`given`), the environment and the TOML file, in this order.

    The TOML file is AUTOM8_CONFIG, else `autom8.toml` in the data folder.

    Raises:
        Misconfigured: an unknown name, an odd value, or production without what it needs, told in one line.
    """
    known = {each.name: each for each in fields(Settings)}
    texts = {**_from_environment(env, known), **(given or {})}
    home = _read(known["home"], texts["home"]).absolute() if "home" in texts else data_folder(None, env)
    texts = {**_from_toml(_toml_path(env, home), known), **texts, "home": str(home)}
    settings = Settings(**{name: _read(known[name], text) for name, text in texts.items()})
    _refuse_contradictions(settings)
    if settings.production:
        _refuse_insecure(settings)
    return settings


def _from_environment(env: Mapping[str, str], known: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in env.items():
        if not name.startswith(PREFIX) or name in NOT_SETTINGS or name.startswith(NOT_SETTINGS_PREFIXES):
            continue
        key, text = name.removeprefix(PREFIX).lower(), value
        if key not in known and key.endswith("_file"):
            key, text = key.removesuffix("_file"), _read_file(name, value)
        if key not in known or name != name.upper():
            raise Misconfigured(f"{name} is not a setting of Autom8; the reference lists them.")
        if key in found:
            raise Misconfigured(f"{PREFIX}{key.upper()} is given twice, directly and as a file.")
        found[key] = text
    return found


def _read_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{name} names {path}, which can't be read: {type(error).__name__}.") from error


def _toml_path(env: Mapping[str, str], home: Path) -> Path | None:
    if given := env.get("AUTOM8_CONFIG"):
        return Path(given)
    return home / "autom8.toml" if (home / "autom8.toml").exists() else None


def _from_toml(path: Path | None, known: Iterable[str]) -> dict[str, str]:
    if path is None:
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(f"The settings file {path} can't be read: {error}.") from error
    for name, value in table.items():
        if name not in known or name == "home":
            raise Misconfigured(f"{name} in {path} is not a setting of Autom8; the reference lists them.")
        if not isinstance(value, str | int | bool):
            raise Misconfigured(f"{name} in {path} must be a text, a whole number or a boolean.")
    return {name: str(value) for name, value in table.items()}


def _read(each: Field[Any], text: str) -> Any:
    try:
        return each.metadata["kind"].read(text)
    except ValueError as error:
        raise Misconfigured(f"{PREFIX}{each.name.upper()} {error}.") from None


def _refuse_contradictions(settings: Settings) -> None:
    if settings.pool_max < settings.pool_size:
        raise Misconfigured("AUTOM8_POOL_MAX must not be below AUTOM8_POOL_SIZE.")
    if settings.secret_key is not None and settings.secret_key == settings.password_pepper:
        raise Misconfigured("AUTOM8_SECRET_KEY and AUTOM8_PASSWORD_PEPPER must differ.")
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise Misconfigured("AUTOM8_TLS_CERT and AUTOM8_TLS_KEY belong together; one of them is missing.")
    _refuse_incomplete_provider(settings)
    if settings.http_redirect_port is not None:
        if settings.tls_cert is None:
            raise Misconfigured(
                "AUTOM8_HTTP_REDIRECT_PORT needs AUTOM8_TLS_CERT: to where else should it send?"
            )
        if settings.public_url.startswith("http://"):
            raise Misconfigured(
                "AUTOM8_HTTP_REDIRECT_PORT sends to AUTOM8_PUBLIC_URL, which must be https://."
            )
        if settings.http_redirect_port == settings.port:
            raise Misconfigured("AUTOM8_HTTP_REDIRECT_PORT and AUTOM8_PORT must differ.")
    if settings.keyring is not None and settings.keyring_file is not None:
        raise Misconfigured("AUTOM8_KEYRING is given twice, directly and as a file.")


def _refuse_incomplete_provider(settings: Settings) -> None:
    """A provider needs what it asks us for, and some way to a role."""
    if not settings.oidc_issuer:
        return
    for name in ("oidc_client_id", "public_url"):
        if not getattr(settings, name):
            raise Misconfigured(f"AUTOM8_OIDC_ISSUER needs {PREFIX}{name.upper()} beside it.")
    if bool(settings.oidc_role_claim) != bool(settings.oidc_roles):
        raise Misconfigured(
            "AUTOM8_OIDC_ROLE_CLAIM and AUTOM8_OIDC_ROLES belong together; one of them is missing."
        )
    if not settings.oidc_roles and settings.oidc_default_role is None:
        raise Misconfigured(
            "AUTOM8_OIDC_ISSUER needs AUTOM8_OIDC_ROLE_CLAIM with AUTOM8_OIDC_ROLES, or "
            "AUTOM8_OIDC_DEFAULT_ROLE: nobody could come in."
        )


def _refuse_insecure(settings: Settings) -> None:
    for name in ("secret_key", "password_pepper"):
        if getattr(settings, name) is None:
            variable = f"{PREFIX}{name.upper()}"
            raise Misconfigured(
                f"In production {variable} (or {variable}_FILE) must be given; none is generated."
            )
    if settings.keyring is None and settings.keyring_file is None:
        raise Misconfigured(
            "In production AUTOM8_KEYRING or AUTOM8_KEYRING_FILE must be given; none is generated."
        )
    if not settings.behind_tls_proxy and settings.tls_cert is None:
        raise Misconfigured(
            "In production plain HTTP is refused: set AUTOM8_TLS_CERT and AUTOM8_TLS_KEY, or "
            "put a TLS-terminating proxy in front and set AUTOM8_BEHIND_TLS_PROXY=1.",
        )
    for name in ("oidc_issuer", "public_url"):
        if settings.oidc_issuer and not getattr(settings, name).lower().startswith("https://"):
            raise Misconfigured(f"In production {PREFIX}{name.upper()} must begin with https://.")
    if plain := [origin for origin in settings.cors_origins if origin.startswith("http://")]:
        raise Misconfigured(f"In production AUTOM8_CORS_ORIGINS takes https:// only, not {plain[0]}.")

"""All settings of a server, each with its meaning, its form and its default. Reads none."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field
from pathlib import Path
from typing import Any

from autom8.config import kinds, readers
from autom8.kernel import defaults
from autom8.kernel.destinations import Destination
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Role


def described(doc: str, kind: kinds.Kind, default: Any = MISSING) -> Any:
    return field(default=default, metadata={"doc": doc, "kind": kind})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a server: AUTOM8_<NAME> in the environment, <name> in the TOML file."""

    home: Path = described("Data folder, made with mode 0700.", kinds.FOLDER)
    env: str = described(
        "Production refuses to start insecure.", kinds.one_of("development", "production"), "development"
    )
    database_url: Secret | None = described(
        "PostgreSQL to use; without it, SQLite in the data folder.", kinds.DATABASE_URL, None
    )
    host: str = described("Address to listen on.", kinds.WORD, "127.0.0.1")
    port: int = described("Port to listen on; 0 takes any free one.", kinds.integer(0, 65_535), defaults.PORT)
    behind_tls_proxy: bool = described("Says that a proxy in front ends TLS.", kinds.BOOLEAN, False)
    trusted_proxies: tuple[readers.Network, ...] = described(
        "Proxies whose X-Forwarded-For, -Proto and -Host are believed; "
        "behind a TLS proxy, this machine's when none are named.",
        kinds.NETWORKS,
        (),
    )
    tls_cert: Path | None = described(
        "Certificate to serve HTTPS with, PEM, followed by its intermediates.", kinds.FILE, None
    )
    tls_key: Path | None = described(
        "The certificate's private key, PEM, readable by its owner alone.", kinds.FILE, None
    )
    http_redirect_port: int | None = described(
        "Port on which plain HTTP is sent on to HTTPS.", kinds.integer(1, 65_535), None
    )
    public_url: str = described(
        "Address under which people reach this server, such as https://autom8.example.org.", kinds.URL, ""
    )
    cors_origins: tuple[str, ...] = described(
        "Origins whose pages may ask the API with a bearer token.", kinds.ORIGINS, ()
    )
    secret_key: Secret | None = described(
        "Signs tokens and cookies. Generated once in development.", kinds.KEY, None
    )
    password_pepper: Secret | None = described(
        "Keys password hashes. Generated once in development.", kinds.KEY, None
    )
    keyring: Secret | None = described(
        "Wraps the keys of encrypted fields, when it is not kept in a file.", kinds.KEYRING, None
    )
    keyring_file: Path | None = described(
        "File of the keyring, mode 0600. Generated once in development: `keyring.json` in the data folder.",
        kinds.FILE,
        None,
    )
    log_level: str = described(
        "Least level to log.", kinds.one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), "INFO"
    )
    worker_name: str = described("Name of this worker; the host's name when empty.", kinds.NAME, "")
    worker_slots: int = described("Commands that this server runs at once.", kinds.integer(0, 1_000), 16)
    stop_grace_s: int = described(
        "On stop, seconds that running commands get before they are ended.", kinds.integer(0, 86_400), 10
    )
    http_threads: int = described("Threads that answer requests.", kinds.integer(1, 64), 4)
    pool_size: int = described("PostgreSQL connections kept open.", kinds.integer(1, 100), 5)
    pool_max: int = described("PostgreSQL connections at most.", kinds.integer(1, 200), 20)
    body_bytes_max: int = described(
        "Bytes of a request's body at most.", kinds.integer(1_024, defaults.GIB), defaults.BODY_BYTES_MAX
    )
    header_bytes_max: int = described(
        "Bytes of a request's headers at most.", kinds.integer(4_096, defaults.MIB), defaults.HEADER_BYTES_MAX
    )
    requests_per_minute: int = described(
        "Requests a minute for each identity.",
        kinds.integer(1, readers.PER_MINUTE_MAX),
        defaults.REQUESTS_PER_MINUTE,
    )
    rate_limits_by_role: tuple[tuple[str, int], ...] = described(
        "Requests a minute for users of a role, such as `viewer=100,admin=1000`.", kinds.ROLE_LIMITS, ()
    )
    rate_limits_by_route: tuple[tuple[str, int], ...] = described(
        "Requests a minute to a route, counted apart, such as `GET /api/v1/tasks=600`.",
        kinds.ROUTE_LIMITS,
        (),
    )
    redis_url: Secret | None = described(
        "Redis in which servers share what they count; without it, each counts for itself.",
        kinds.REDIS_URL,
        None,
    )
    cache_items: int = described(
        "Answers kept in memory; 0 turns the cache off.", kinds.integer(0, 1_000_000), 1_000
    )
    cache_ttl_s: int = described(
        "Seconds that a cached answer is good at most.", kinds.integer(1, 86_400), 300
    )
    retention_days: int = described(
        "Days that ended runs are kept.", kinds.integer(1, 36_500), defaults.RETENTION_AGE.days
    )
    retention_runs: int = described(
        "Ended runs kept of each task.", kinds.integer(1, 10_000_000), defaults.RETENTION_RUNS
    )
    retention_output_bytes: int = described(
        "Bytes of output kept in all.", kinds.integer(0, 1 << 50), defaults.RETENTION_OUTPUT_BYTES
    )
    import_bytes_max: int = described(
        "Bytes of a file of contacts to import at most.",
        kinds.integer(1_024, defaults.GIB),
        defaults.IMPORT_BYTES_MAX,
    )
    import_rows_max: int = described(
        "Rows of a file of contacts to import at most.",
        kinds.integer(1, 10_000_000),
        defaults.IMPORT_ROWS_MAX,
    )
    contact_region: str = described(
        "Country of phone numbers without a country code, such as DE; when empty they need one.",
        kinds.REGION,
        "",
    )
    oidc_issuer: str = described(
        "Provider (OpenID Connect) by which people may sign in, as it names itself.", kinds.ISSUER, ""
    )
    oidc_client_id: str = described("What the provider knows Autom8 as.", kinds.NAME, "")
    oidc_client_secret: Secret | None = described(
        "What Autom8 proves to the provider who it is by; without it, PKCE alone.", kinds.SECRET, None
    )
    oidc_label: str = described("What the page calls the provider.", kinds.NAME, "single sign-on")
    oidc_scopes: str = described("What to ask the provider for.", kinds.SCOPES, "openid profile email")
    oidc_name_claim: str = described("Claim that names a new user.", kinds.WORD, "preferred_username")
    oidc_role_claim: str = described(
        "Claim that the role follows at each sign-in; dots lead inside it. Without it, roles are given here.",
        kinds.NAME,
        "",
    )
    oidc_roles: tuple[tuple[str, Role], ...] = described(
        "Which word in the role claim makes which role, such as `ops=operator,admins=admin`.",
        kinds.ROLE_MAP,
        (),
    )
    oidc_default_role: Role | None = described(
        "Role of who has no such word; they are refused when empty.", kinds.ROLE, None
    )
    egress_allow: tuple[Destination, ...] = described(
        "What may be reached from here although it is private or special.", kinds.DESTINATIONS, ()
    )
    egress_ports: tuple[range, ...] = described(
        "Ports that may be reached out in the public network; every one when empty.", kinds.PORTS, ()
    )
    egress_ca_file: Path | None = described(
        "Certificate authorities (PEM) to believe beside the machine's own.", kinds.FILE, None
    )
    dead_man_url: Secret | None = described(
        "URL to ping while this server is well: a watch elsewhere, which alerts when the pings stay away.",
        kinds.SECRET_URL,
        None,
    )
    collect_every_s: int = described(
        "Seconds between two readings of this host, kept under its name; 0 reads nothing.",
        kinds.integer(0, 600),
        int(defaults.COLLECT_EVERY.total_seconds()),
    )
    dead_man_every_s: int = described("Seconds between two such pings.", kinds.integer(10, 86_400), 60)

    audit_checkpoint_file: Path | None = described(
        "Where signed checkpoints of the audit trail are kept, apart from the database; "
        "`audit-checkpoints.jsonl` in the data folder when empty.",
        kinds.FILE,
        None,
    )

    disk_free_percent: int = described(
        "Percent of a disk that must be free, within 1 and 20 GiB; 0 asks for nothing.",
        kinds.integer(0, 50),
        5,
    )
    backup_path: Path | None = described(
        "Backup to watch: a file, or a folder of which the newest file counts.", kinds.FILE, None
    )
    backup_age_max_h: int = described("Hours that the newest backup may be old.", kinds.integer(1, 8_784), 26)

    @property
    def proxy_networks(self) -> tuple[readers.Network, ...]:
        """From where forwarded headers are believed."""
        return self.trusted_proxies or (readers.LOOPBACK if self.behind_tls_proxy else ())

    @property
    def production(self) -> bool:
        """Whether this is production."""
        return self.env == "production"

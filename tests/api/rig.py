"""The API over real services on a real database, and people who ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from sqlalchemy import event
from werkzeug.test import Client, TestResponse

from autom8.api.app import create_app
from autom8.bootstrap import Services, build_services, parts
from autom8.config import Settings
from autom8.kernel.actor import SYSTEM
from autom8.kernel.secrets import Secret
from autom8.kernel.vocabulary import Role
from autom8.persistence.engines import Database, open_sqlite
from autom8.persistence.home import CORE_FILE, SERIES_FILE
from autom8.persistence.migrate import Lineage, migrate

PASSWORD = "a long and unlikely password"
PREFIX = "/api/v1"
Json = dict[str, Any]


class Answer(TestResponse):
    """An answer; its JSON is what a test says it is."""

    json: Any


@dataclass(frozen=True)
class Caller:
    """Somebody who asks the API, with what they always send along."""

    client: Client
    services: Services
    headers: Json = field(default_factory=dict)

    def ask(self, method: str, path: str, **options: Any) -> Answer:
        """One request; a path below /api/v1 unless it begins with two slashes."""
        headers = {**self.headers, **options.pop("headers", {})}
        options.setdefault("environ_base", {"REMOTE_ADDR": "127.0.0.1"})
        target = path[1:] if path.startswith("//") else PREFIX + path
        return cast("Answer", self.client.open(target, method=method, headers=headers, **options))

    def get(self, path: str, **options: Any) -> Answer:
        return self.ask("GET", path, **options)

    def post(self, path: str, json: object = None, **options: Any) -> Answer:
        if json is not None:
            options["json"] = json
        return self.ask("POST", path, **options)

    def patch(self, path: str, json: object, etag: str | None = None) -> Answer:
        headers = {} if etag is None else {"If-Match": etag}
        return self.ask("PATCH", path, json=json, headers=headers)

    def delete(self, path: str, etag: str | None = None) -> Answer:
        return self.ask("DELETE", path, headers={} if etag is None else {"If-Match": etag})

    def having(self, **headers: str) -> Caller:
        """The same caller, who sends these headers too."""
        return replace(self, headers={**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}})

    def add_task(self, name: str = "a-task", **settings: Any) -> Json:
        """A task of that name."""
        answer = self.post("/tasks", {"name": name, "command": ["/bin/true"], **settings})
        assert answer.status_code == 201, answer.text
        task: Json = answer.json
        return task


@dataclass(frozen=True)
class House:
    """An API with its services, and how its people come in. `local` is the operator of its machine."""

    services: Services
    client: Client
    local: Caller

    @property
    def stranger(self) -> Caller:
        """Nobody we know."""
        return Caller(self.client, self.services)

    def user(self, role: Role, name: str = "") -> Caller:
        """A user of this role, who has signed in as a program does."""
        name = name or role.value
        self.services.security.users.add(name, PASSWORD, role, actor=SYSTEM)
        answer = self.stranger.post("/auth/login", {"name": name, "password": PASSWORD})
        return self.stranger.having(Authorization=f"Bearer {answer.json['access_token']}")

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The SQL that the services send to the database meanwhile, transactions apart."""
        sent: list[str] = []

        def note(_c: object, _cur: object, statement: str, *_: object) -> None:
            if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
                sent.append(statement)

        engines = {self.services.database.write_engine, self.services.database.read_engine}
        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        yield sent
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


@contextmanager
def opened(home: Path, url: str | None = None, **settings: Any) -> Iterator[House]:
    """A house on SQLite in `home`, or on the PostgreSQL of `url`."""
    database_url = Secret(url) if url and url.startswith("postgresql") else None
    given = {"requests_per_minute": 1_000_000, **settings}
    if database_url is None:
        _migrate_at_once(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "open_sqlite", _open_without_sync)
        services = build_services(Settings(home=home, database_url=database_url, **given))
    app = create_app(services, health=services.health)
    client = Client(app, use_cookies=False)
    token = (home / "local.token").read_text(encoding="ascii").strip()
    local = Caller(client, services, {"Authorization": f"Bearer {token}"})
    try:
        yield House(services, client, local)
    finally:
        services.close()


def _open_without_sync(path: Path, **options: Any) -> Database:
    """SQLite that does not wait for the disk: no test of the API cuts the machine's power."""
    return open_sqlite(path, **{**options, "synchronous": "OFF"})


def _migrate_at_once(home: Path) -> None:
    """Give a new house databases that have the schema already: making it takes longer than most tests."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in _empty_databases().items():
        if not (home / name).exists():
            (home / name).write_bytes(content)


@cache
def _empty_databases() -> Mapping[str, bytes]:
    made: dict[str, bytes] = {}
    lineages: dict[str, Lineage] = {CORE_FILE: "core", SERIES_FILE: "series"}
    with TemporaryDirectory() as folder:
        for name, lineage in lineages.items():
            database = open_sqlite(Path(folder, name))
            migrate(database.write_engine, lineage)
            with database.write_engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")  # no log can be cut in a transaction
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            database.dispose()
            made[name] = Path(folder, name).read_bytes()
    return made


def migrated(url: str) -> None:
    """Bring a fresh PostgreSQL database to the schema, to be copied."""
    from autom8.persistence.engines import open_postgresql

    database = open_postgresql(url)
    migrate(database.write_engine, "core")
    migrate(database.write_engine, "series")
    database.dispose()


Open = Callable[..., House]

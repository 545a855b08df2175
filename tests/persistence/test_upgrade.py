"""The schema of the release before, with data in it, becomes today's and loses none of it."""

from __future__ import annotations

from alembic import command
from sqlalchemy import Connection, text

from autom8.persistence.migrate import _alone, alembic_config, migrate
from tests.persistence.test_migrate import differences
from tests.scheduler.house import opened

BEFORE = "2026_11_23_heart"
USER = """
    INSERT INTO user_account
    (id, name, name_key, password_hash, role, disabled, version, created_at, updated_at)
    VALUES (7, 'Ada', 'ada', 'a hash', 'admin', {false}, 3, {now}, {now})
"""
SESSION = """
    INSERT INTO session
    (id, user_id, kind, generation, refresh_hash, rotated_at, created_at, used_at, expires_at, address, agent)
    VALUES ('s', 7, 'token', 1, '', {now}, {now}, {now}, {now}, '', '')
"""


def _fill(connection: Connection) -> None:
    words = (
        {"false": "0", "now": "1800000000000000"}
        if connection.dialect.name == "sqlite"
        else {"false": "false", "now": "now()"}
    )
    for statement in (USER, SESSION):
        connection.execute(text(statement.format(**words)))


def test_users_and_their_sessions_stay(database_url: str) -> None:
    with opened(database_url) as database:
        config = alembic_config("core")
        with database.write_engine.connect() as connection, _alone(connection):
            config.attributes["connection"] = connection
            command.upgrade(config, BEFORE)
        with database.write_engine.begin() as connection:
            _fill(connection)

        migrate(database.write_engine, "core")

        assert differences(database.write_engine, "core") == []
        with database.read_engine.connect() as connection:
            kept = connection.execute(
                text(
                    "SELECT user_account.name, password_hash, session.method, session.proved_at "
                    "FROM session JOIN user_account ON user_account.id = session.user_id"
                )
            ).all()
        assert [tuple(row) for row in kept] == [("Ada", "a hash", "password", None)]

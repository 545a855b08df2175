"""Numbers that people see are never given twice."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url, text

from autom8.persistence.engines import open_postgresql, open_sqlite
from autom8.persistence.migrate import migrate

USER = (
    "INSERT INTO user_account"
    " (name, name_key, password_hash, role, disabled, version, created_at, updated_at)"
    " VALUES ('ada', 'ada', '', 'viewer', {no}, 1, {now}, {now}) RETURNING id"
)


def test_a_removed_rows_number_is_not_given_again(database_url: str) -> None:
    url = make_url(database_url)
    sqlite = url.get_backend_name() == "sqlite"
    database = open_sqlite(Path(url.database or "")) if sqlite else open_postgresql(database_url)
    migrate(database.write_engine, "core")
    insert = text(USER.format(no="0" if sqlite else "false", now="0" if sqlite else "now()"))
    with database.write_engine.begin() as connection:
        first = connection.execute(insert).scalar_one()
        connection.execute(text("DELETE FROM user_account"))
        second = connection.execute(insert).scalar_one()
    database.dispose()

    assert second > first

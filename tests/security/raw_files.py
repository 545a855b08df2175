"""The bytes of a database's files, searched for what must not be in them."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url


def forms_of(secret: str | bytes) -> dict[str, bytes]:
    """A secret as it may stand in a file: plain, in UTF-16, in hexadecimal, in base64 at each alignment."""
    plain = secret.encode() if isinstance(secret, str) else secret
    forms = {"plain": plain, "hex": plain.hex().encode(), "HEX": plain.hex().upper().encode()}
    if isinstance(secret, str):
        forms |= {"utf-16le": secret.encode("utf-16-le"), "utf-16be": secret.encode("utf-16-be")}
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + plain)
        forms[f"base64+{shift}"] = encoded[
            4 if shift else 0 : len(encoded) - 4
        ]  # what neighbours don't change
    return forms


def found_in(files: dict[Path, bytes], secret: str | bytes) -> list[str]:
    """In which files a secret stands, and in which form."""
    return [
        f"{path.name}: {form}"
        for path, content in files.items()
        for form, looked_for in forms_of(secret).items()
        if looked_for in content
    ]


def files_of(url: str) -> dict[Path, bytes]:
    """All files of the database behind `url`, as they are on the disk: SQLite's with its log, or the tables
    of one PostgreSQL database, whose server writes them out first.
    """
    return {path: path.read_bytes() for path in _paths(url)}


def _paths(url: str) -> Iterator[Path]:
    if url.startswith("sqlite"):
        database = Path(str(make_url(url).database))
        yield from sorted(database.parent.glob(f"{database.name}*"))
        return
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CHECKPOINT")
        folder = connection.exec_driver_sql("SHOW data_directory").scalar_one()
        oid = connection.exec_driver_sql(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        ).scalar_one()
    engine.dispose()
    yield from sorted(path for path in Path(folder, "base", str(oid)).iterdir() if path.is_file())

"""Reads settings: from the command line, the environment, `NAME_FILE` files and one TOML file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import Field, fields
from pathlib import Path
from typing import Any, Final

from autom8.config.refusals import PREFIX, refuse_contradictions, refuse_insecure
from autom8.config.settings import Settings
from autom8.kernel.errors import Misconfigured

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
    refuse_contradictions(settings)
    if settings.production:
        refuse_insecure(settings)
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

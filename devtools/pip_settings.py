"""Lets uv use the index, mirror, proxy and certificates that this machine's pip is set to use.

uv reads none of pip's settings. They are translated when ./dev runs and written nowhere, so no
index is ever named in the repository. What the person set for uv itself wins.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from pathlib import Path

_SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_FALSE = {"", "0", "false", "no", "off", "n", "f"}

# pip's name, uv's names (those before the last only mean that the person chose for uv), uv's separator
_TRANSLATED = (
    ("index-url", ("UV_INDEX_URL", "UV_DEFAULT_INDEX"), " "),
    ("extra-index-url", ("UV_EXTRA_INDEX_URL", "UV_INDEX"), " "),
    ("find-links", ("UV_FIND_LINKS",), ","),
    ("trusted-host", ("UV_INSECURE_HOST",), " "),
    ("client-cert", ("SSL_CLIENT_CERT",), " "),
    ("timeout", ("UV_HTTP_TIMEOUT",), " "),
    ("default-timeout", ("UV_HTTP_TIMEOUT",), " "),
    ("proxy", ("HTTPS_PROXY",), " "),
    ("proxy", ("HTTP_PROXY",), " "),
)


def pip_settings(environ: Mapping[str, str], *, files: list[Path] | None = None) -> dict[str, str]:
    """What pip is set to, by pip's long option names: its files in its order, then `PIP_*`."""
    found: dict[str, str] = {}
    for path in _files(environ) if files is None else files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(path)
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue  # pip itself will say so, should it be needed
        for section in ("global", "install"):
            if parser.has_section(section):
                found.update({key.replace("_", "-"): value for key, value in parser.items(section)})
    for name, value in environ.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE":
            found[name[4:].lower().replace("_", "-")] = value
    return {key: " ".join(value.split()) for key, value in found.items() if value.strip()}


def uv_environment(environ: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """`environ` for a uv that downloads as pip would."""
    env = dict(environ)
    for option, names, separator in _TRANSLATED:
        if option in settings and not any(name in env or name.lower() in env for name in names):
            env[names[-1]] = separator.join(settings[option].split())
    if "UV_INDEX" in env:
        # As pip does, and safe here: every package is pinned by its hash, whichever index has it.
        env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    if certificates := settings.get("cert"):
        env.setdefault("SSL_CERT_DIR" if Path(certificates).is_dir() else "SSL_CERT_FILE", certificates)
    elif _SYSTEM_CERTIFICATES.exists():
        env.setdefault("UV_SYSTEM_CERTS", "true")
    env.setdefault("UV_PYTHON_DOWNLOADS", "never")
    env.setdefault("UV_NO_PROGRESS", "1")
    return env


def uv_flags(settings: Mapping[str, str]) -> list[str]:
    """The one setting of pip's that uv takes as an option only: no index at all, `find-links` instead."""
    return ["--no-index"] if settings.get("no-index", "").lower() not in _FALSE else []


def _files(environ: Mapping[str, str]) -> list[Path]:
    chosen = environ.get("PIP_CONFIG_FILE")
    if chosen == os.devnull:
        return []
    home = Path(environ.get("HOME") or Path.home())
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    places = [
        Path("/etc/xdg/pip/pip.conf"),
        Path("/etc/pip.conf"),
        home / ".pip/pip.conf",
        config / "pip/pip.conf",
    ]
    return [*places, Path(chosen)] if chosen else places

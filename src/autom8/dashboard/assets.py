"""The built files of the page: which there are, which form of each to send, how long it keeps.

Knows files and header values, no addresses. The folder is looked at for each request: it may be
built while the server runs, and it may be missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

BUILT: Final = Path(__file__).with_name("static")

# Vite puts a digest of the content into each name below assets/, so such a file never changes.
_FOREVER: Final = "public, max-age=31536000, immutable"
_AN_HOUR: Final = "public, max-age=3600"
_NEVER: Final = "no-store"

_MEDIA_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is to be sent."""

    path: Path
    media_type: str
    cache_control: str
    gzipped: bool


def index(folder: Path) -> Asset | None:
    """The page itself, never to be kept by a browser: it names the files of the present build."""
    path = folder / "index.html"
    if not path.is_file():
        return None
    return Asset(path, _MEDIA_TYPES[".html"], _NEVER, gzipped=False)


def find_asset(folder: Path, name: str, *, accepts_gzip: bool) -> Asset | None:
    """The file that the page means by `name`; None for what is no file of the page.

    Names lead nowhere but below `folder`, and only kinds that the build makes are given out.
    """
    path = (folder / name).resolve()
    media_type = _MEDIA_TYPES.get(path.suffix)
    if media_type is None or not path.is_relative_to(folder.resolve()) or not path.is_file():
        return None
    kept = _FOREVER if path.parent.name == "assets" else _AN_HOUR
    packed = path.with_name(f"{path.name}.gz")
    if accepts_gzip and packed.is_file():
        return Asset(packed, media_type, kept, gzipped=True)
    return Asset(path, media_type, kept, gzipped=False)

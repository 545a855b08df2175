"""How a guard is taken out."""

from __future__ import annotations

WINDOW_S = 0.3  # a gap is held open for so long, or a few kills would hardly find it


def put(owner: object, name: str, instead: object) -> None:
    """Replace what `owner` calls `name`."""
    assert hasattr(owner, name), f"the guard {name} is gone; this sabotage has to follow it"
    setattr(owner, name, instead)

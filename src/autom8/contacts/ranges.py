"""Ids as text that is short enough for an audit entry. Rules only."""

from __future__ import annotations

from collections.abc import Sequence


def ranges(ids: Sequence[int]) -> str:
    """Ascending ids as text, neighbours drawn together: `3-7,9`. Thousands fit into an entry."""
    parts: list[list[int]] = []
    for each in ids:
        if parts and parts[-1][1] == each - 1:
            parts[-1][1] = each
        else:
            parts.append([each, each])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)

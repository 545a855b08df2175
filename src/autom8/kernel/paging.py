"""What a caller asks of a list, and what a list answers: one vocabulary for every list there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

LIMIT_MAX: Final = 200
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a caller asks of a list: how many, from where, in which order, and which."""

    limit: int = 50
    cursor: str | None = None
    order: str | None = None  # a field; "-" before it for descending
    filters: Mapping[str, Any] = field(default_factory=dict)  # None values are no filter


@dataclass(frozen=True, slots=True)
class Paged(Generic[R_co]):
    """One page: its items, and the cursor of the next page or None."""

    items: Sequence[R_co]
    next: str | None

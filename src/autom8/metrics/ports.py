"""What the metrics service needs from outside: a store of samples."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from autom8.kernel.paging import Page, Paged


class Measured(NamedTuple):  # one for each sample, at half of what a frozen dataclass costs
    """One value of a series. `labels` are pairs, sorted by name; `at` is in milliseconds since 1970."""

    name: str
    labels: tuple[tuple[str, str], ...]
    at: int
    value: float


class SampleStore(Protocol):
    """Where samples are kept."""

    def write(self, samples: Sequence[Measured], *, now: datetime) -> object:
        """Keep all of these, in one transaction; of two for one series and millisecond, the later one.

        Raises:
            Unavailable: none was kept.
        """
        ...

    def roll_up(self) -> int:
        """Roll up some of what was changed; 0 once all is done.

        Raises:
            Unavailable: nothing was done.
        """
        ...

    def seal(self, *, now: datetime) -> int:
        """Pack some of what is over; 0 once all is done.

        Raises:
            Unavailable: nothing was done.
        """
        ...

    def forget(self, *, now: datetime) -> int:
        """Remove what is older than it is kept; returns how many rows."""
        ...


class Outcome(Protocol):
    """How many samples were kept, and how many not, by reason."""

    @property
    def kept(self) -> int: ...
    @property
    def too_old(self) -> int: ...
    @property
    def too_early(self) -> int: ...
    @property
    def not_finite(self) -> int: ...
    @property
    def too_many_series(self) -> int: ...


class SampleTaker(Protocol):
    """Where samples that others send are kept."""

    @property
    def series_max(self) -> int:
        """How many series there may be."""
        ...

    def write(self, samples: Sequence[Measured], *, now: datetime) -> Outcome:
        """Keep all of these that can be, in one transaction; of two for one instant of a series, the later.

        Raises:
            Unavailable: none was kept.
        """
        ...


class SeriesFound(Protocol):
    """A series that is there."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def labels(self) -> Mapping[str, str]: ...


class PointsFound(Protocol):
    """Samples of a series, ascending: instants in milliseconds since 1970 ("q"), and values ("d")."""

    @property
    def times(self) -> array[int]: ...
    @property
    def values(self) -> array[float]: ...


class StepFound(Protocol):
    """What became of a series from `ts` to before `ts` and a step."""

    @property
    def ts(self) -> int: ...
    @property
    def count(self) -> int: ...
    @property
    def sum(self) -> float: ...
    @property
    def min(self) -> float: ...
    @property
    def max(self) -> float: ...
    @property
    def last(self) -> float: ...


class SampleReader(Protocol):
    """Where samples are read. Instants and steps are milliseconds; all of these may raise Unavailable."""

    def series(self, name: str | None = None) -> Sequence[SeriesFound]:
        """All series, or those of a name, by id."""
        ...

    def list_(self, page: Page, wanted: Callable[[SeriesFound], bool]) -> Paged[SeriesFound]:
        """A page of the series that are wanted; they may be filtered by `name`.

        Raises:
            Invalid: the page's cursor is not of this list.
        """
        ...

    def points(self, series_ids: Collection[int], start: int, end: int) -> Mapping[int, PointsFound]:
        """The samples from `start` to before `end`, by series."""
        ...

    def rolled_up(
        self, tier: int, series_ids: Collection[int], start: int, end: int, *, step: int
    ) -> Mapping[int, Sequence[StepFound]]:
        """The rollups of a tier from `start` to before `end`, by steps that begin at their multiples."""
        ...


class TierUsageFound(Protocol):
    """What a tier (0: samples) holds: how many, their bytes, and the oldest instant (milliseconds)."""

    @property
    def tier(self) -> int: ...
    @property
    def count(self) -> int: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def oldest(self) -> int | None: ...


class UsageFound(Protocol):
    """What is stored; `came` are the samples since the instant that was asked for."""

    @property
    def series(self) -> int: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def estimated(self) -> bool: ...
    @property
    def tiers(self) -> Sequence[TierUsageFound]: ...
    @property
    def came(self) -> int: ...


class UsageSource(Protocol):
    """Where it is known how much is stored."""

    def usage(self, *, since: int) -> UsageFound:
        """What is stored, and how many samples are of the hours since an instant (milliseconds).

        Raises:
            Unavailable: it can't be asked.
        """
        ...

"""How long each measurement takes: to be quoted, for a quick look, or only to see that it works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Sizes and times of the measurements."""

    databases: tuple[str, ...] = ("sqlite", "postgresql")
    lateness_s: float
    lateness_settle_s: float  # left out at the start, as are its slots
    burst_runs: int
    starts: int
    idle_settle_s: float
    idle_s: float
    cli_starts: int
    api_rounds: int
    api_round_s: float
    data_keys: int
    contacts: int
    audit_entries: int
    audit_rounds: int
    told_runs: int


FULL: Final = Scale(
    lateness_s=60,
    lateness_settle_s=5,
    burst_runs=1_000,
    starts=7,
    idle_settle_s=5,
    idle_s=30,
    cli_starts=25,
    api_rounds=8,
    api_round_s=2,
    data_keys=100_000,
    contacts=100_000,
    audit_entries=500_000,
    audit_rounds=3,
    told_runs=200,
)
QUICK: Final = Scale(
    lateness_s=15,
    lateness_settle_s=2,
    burst_runs=300,
    starts=3,
    idle_settle_s=3,
    idle_s=10,
    cli_starts=9,
    api_rounds=4,
    api_round_s=1,
    data_keys=20_000,
    contacts=10_000,
    audit_entries=200_000,
    audit_rounds=2,
    told_runs=60,
)
TRIAL: Final = Scale(
    databases=("sqlite",),
    lateness_s=2,
    lateness_settle_s=0.5,
    burst_runs=20,
    starts=1,
    idle_settle_s=0,
    idle_s=0.5,
    cli_starts=2,
    api_rounds=1,
    api_round_s=0.1,
    data_keys=500,
    contacts=500,
    audit_entries=3_000,
    audit_rounds=1,
    told_runs=3,
)

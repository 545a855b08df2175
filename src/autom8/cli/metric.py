"""`autom8 metric`: samples are sent, series listed and drawn, and what they take told."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from autom8.cli.arguments import add_limit, count, duration, pair, seconds
from autom8.cli.commands import Word, command, tell_list, titled
from autom8.cli.connection import connect
from autom8.cli.durations import show_duration
from autom8.cli.exposition import number_of, read_samples
from autom8.cli.parser import Parser, add_commands
from autom8.cli.terminal import Column, print_fields, print_json, print_table, tell, warn
from autom8.cli.wording import Json, instant_json, parse_instant, show_instant
from autom8.kernel.errors import Invalid

if TYPE_CHECKING:
    from autom8.cli.client import Client

METRICS: Final = "/metrics"
SERIES: Final = "/metrics/series"
LISTED: Final = 200
BATCH_BYTES: Final = 800_000  # below the mebibyte that a server takes
BATCH_SAMPLES: Final = 10_000
AGGREGATES: Final = ("avg", "min", "max", "sum", "last", "count", "rate", "increase")
_EXAMPLE: Final = """\
examples:
  autom8 metric push backup_bytes 5200000000 --label host=db1
  curl -s localhost:9100/metrics | autom8 metric push"""
_MATCH: Final = """matchers of labels: 'host="db1", mode!~"idle|user"'"""


def register(group: Parser) -> None:
    """Add the commands of `autom8 metric`."""
    commands = add_commands(group)
    pushing = command(
        commands,
        "push",
        push_samples,
        "send a sample, or those that stand on stdin as Prometheus' text format writes them",
        Word("name", "NAME", "of the series; without one stdin is read", nargs="?"),
        Word("value", "VALUE", "a number", nargs="?"),
    )
    pushing.add_argument("--label", metavar="NAME=VALUE", type=pair, action="append", help="may be repeated")
    pushing.add_argument("--at", metavar="INSTANT", type=_instant, help="when that was (default now)")
    pushing.epilog = _EXAMPLE
    listing = command(
        commands, "list", list_series, "show series", Word("name", "NAME", "only of this name", nargs="?")
    )
    listing.add_argument("--match", metavar="TEXT", help=_MATCH)
    add_limit(listing, LISTED)
    asking = command(
        commands, "query", query_series, "show what series did", Word("name", "NAME", "of the series")
    )
    asking.add_argument("--match", metavar="TEXT", help=_MATCH)
    asking.add_argument("--since", metavar="TIME", type=duration, help="how long ago it begins (default 1h)")
    asking.add_argument("--step", metavar="TIME", type=seconds, help="of what one value is told")
    asking.add_argument("--aggregate", choices=AGGREGATES, help="what is told of each step (default avg)")
    asking.add_argument("--top", metavar="N", type=count, help="only so many, the largest")
    command(commands, "usage", show_usage, "show how much is stored, and how fast it grows")


def push_samples(args: argparse.Namespace) -> int:
    """Send samples in batches; what a batch left out is told by reason."""
    kept, left_out = 0, dict[str, int]()
    with connect(args) as client:
        for batch in _batches(_samples(args)):
            told = client.post(METRICS, {"samples": batch}).body
            kept += told["kept"]
            for reason, number in told["not_kept"].items():
                if number:
                    left_out[reason] = left_out.get(reason, 0) + number
    if left_out:
        reasons = ", ".join(f"{number} {reason}" for reason, number in left_out.items())
        warn(f"autom8: not kept: {reasons}")
    return tell(args, {"kept": kept, "not_kept": left_out}, f"kept {kept} sample{'' if kept == 1 else 's'}")


def list_series(args: argparse.Namespace) -> int:
    """Show series."""
    with connect(args) as client:
        found = client.items(SERIES, limit=args.limit, name=args.name, match=args.match)
    columns = titled("NUMBER", "NAME", "LABELS")
    return tell_list(args, found, columns, lambda each: (each["id"], each["name"], _labels(each)))


def query_series(args: argparse.Namespace) -> int:
    """Show each series' least, mean, largest and latest value, or with `--json` all of its points."""
    with connect(args) as client:
        chart = _chart(client, args)
    if args.json:
        print_json(chart)
        return 0
    titles = ("LABELS", "POINTS", "LEAST", "MEAN", "MOST", "LATEST")
    print_table(titled(*titles, numbers=titles[1:]), [_line(each) for each in chart["series"]])
    made_of = f"{chart['aggregate']} of each {show_duration(chart['step_s'])}, from {chart['tier']}"
    warn(f"autom8: {made_of}; {chart['left_out']} more" if chart["left_out"] else f"autom8: {made_of}")
    return 0


def show_usage(args: argparse.Namespace) -> int:
    """Show how much is stored."""
    with connect(args) as client:
        usage = client.get(f"{METRICS}/usage").body
    if args.json:
        print_json(usage)
        return 0
    print_fields(
        {
            "series": f"{usage['series']:,} of {usage['series_max']:,}",
            "size": _size(usage["size_bytes"]),
            "within a day": f"{usage['samples_per_day']:,} samples, {_size(usage['bytes_per_day'])}",
            "counted": "some series, for all" if usage["estimated"] else "all series",
        }
    )
    columns = [Column("TIER"), Column("COUNT", number=True), Column("SIZE", number=True)]
    print_table([*columns, Column("OLDEST"), Column("KEPT FOR")], [_tier(each) for each in usage["tiers"]])
    return 0


def _samples(args: argparse.Namespace) -> Iterator[Json]:
    if args.name is None:
        if args.label or args.at:
            raise Invalid("--label and --at are of one sample; lines on stdin say their own")
        yield from read_samples(sys.stdin)
        return
    value = None if args.value is None else number_of(args.value)
    if value is None:
        raise Invalid("a sample is a NAME and a VALUE, which is a number")
    sample: Json = {"name": args.name, "labels": dict(args.label or ()), "value": value}
    yield sample if args.at is None else {**sample, "at": int(args.at.timestamp() * 1_000)}


def _batches(samples: Iterable[Json]) -> Iterator[list[Json]]:
    batch: list[Json] = []
    size = 0
    for each in samples:
        length = len(json.dumps(each)) + 2
        if batch and (size + length > BATCH_BYTES or len(batch) == BATCH_SAMPLES):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += length
    if batch:
        yield batch


def _chart(client: Client, args: argparse.Namespace) -> Any:
    since: timedelta | None = args.since
    begin = None if since is None else instant_json(client.now() - since)
    asked = {"name": args.name, "match": args.match, "from": begin, "step": args.step}
    return client.get(f"{METRICS}/query", **asked, aggregate=args.aggregate, top=args.top).body


def _line(series: Json) -> tuple[object, ...]:
    values = [value for _, value in series["points"] if value is not None]
    if not values:
        return (_labels(series), 0)
    told = (min(values), math.fsum(values) / len(values), max(values), values[-1])
    return (_labels(series), len(values), *(f"{value:.6g}" for value in told))


def _tier(tier: Json) -> tuple[object, ...]:
    oldest = show_instant(tier["oldest"]) if tier["oldest"] else None
    size = _size(tier["size_bytes"])
    return tier["tier"], f"{tier['count']:,}", size, oldest, show_duration(tier["kept_s"])


def _labels(series: Json) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(series["labels"].items()))


def _size(size_bytes: float) -> str:
    for unit in ("bytes", "KiB", "MiB"):
        if size_bytes < 1_024:
            return f"{size_bytes:.3g} {unit}"
        size_bytes /= 1_024
    return f"{size_bytes:.3g} GiB"


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None

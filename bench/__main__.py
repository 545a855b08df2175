"""`python -m bench [NAME …] [--quick] [--json]`: take the figures, print each as soon as it is there."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence

from bench import api, audit, cli, contacts, idle, keys, lateness, limits, start, throughput, told
from bench.figures import Machine, Report, Taken, load, table
from bench.scale import FULL, QUICK, TRIAL, Scale

BENCHES: dict[str, Callable[[Scale], Iterator[Report]]] = {
    "lateness": lateness.measure,
    "throughput": throughput.measure,
    "start": start.measure,
    "idle": idle.measure,
    "cli": cli.measure,
    "api": api.measure,
    "keys": keys.measure,
    "limits": limits.measure,
    "contacts": contacts.measure,
    "audit": audit.measure,
    "told": told.measure,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what the arguments name, all by default. Exit status 0, whether or not the aims are met."""
    args = _parser().parse_args(argv)
    scale = TRIAL if args.trial else QUICK if args.quick else FULL
    machine = Machine()
    if not args.json:
        print(f"{machine.cores} cores, {machine.system}, {machine.implementation} {machine.python}\n")
    taken: list[Taken] = []
    for name in args.names or BENCHES:
        for each in _take(BENCHES[name], scale):
            taken.append(each)
            if not args.json:
                print(table(each), end="\n\n", flush=True)
    if args.json:
        json.dump({"machine": machine.as_json(), "reports": [each.as_json() for each in taken]}, sys.stdout)
        print()
    return 0


def _take(measure: Callable[[Scale], Iterator[Report]], scale: Scale) -> Iterator[Taken]:
    before = load()
    for report in measure(scale):
        yield Taken(report=report, load_before=before, load_after=load())
        before = load()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./dev bench", description="Measure Autom8 on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*BENCHES, []], help=", ".join(BENCHES))
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="a look, in about a minute and a half")
    length.add_argument(
        "--trial", action="store_true", help="only see that it works; the numbers mean nothing"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""One command line from its words to its exit code. The one place of the CLI that catches all."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

from autom8.cli.exits import Exit, exit_for
from autom8.cli.parser import TAKE_A_COMMAND, build_parser
from autom8.cli.terminal import prepare_streams, warn
from autom8.cli.wording import one_line
from autom8.kernel.errors import Autom8Error


def run(words: Sequence[str]) -> int:
    """Parse `words`, carry out the command, and return the exit code; an error is one line on stderr."""
    prepare_streams()
    try:
        return _carry_out(words)
    except SystemExit as ended:  # argparse: help, version, usage
        return ended.code if isinstance(ended.code, int) else Exit.FAILURE
    except Autom8Error as error:
        warn(f"autom8: {one_line(error)}")
        return exit_for(error)
    except KeyboardInterrupt:
        warn("autom8: interrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        _let_go_of_stdout()
        return Exit.BROKEN_PIPE
    except Exception:  # noqa: BLE001 - the top of the process
        traceback.print_exc()
        warn("autom8: this is a fault in Autom8, not in what you typed; please report the lines above")
        return Exit.FAILURE


def _carry_out(words: Sequence[str]) -> int:
    args = _parse(list(words))
    code: int = args.handler(args)
    sys.stdout.flush()  # a reader that has gone shows here, and not when Python ends
    return code


def _parse(words: list[str]) -> argparse.Namespace:
    """Parse a command line; what stands after the first `--` of `task add` and `task edit` is the task's.

    It is parted off here, because in some versions argparse takes further `--` out of it.
    """
    parser = build_parser(words[0] if words else None)
    at = words.index("--") if tuple(words[:2]) in TAKE_A_COMMAND and "--" in words else None
    parsed: tuple[argparse.Namespace, list[str]] = parser.parse_known_args(words[:at])
    args, unknown = parsed
    if unknown:
        hint = "; a task's command stands after --" if tuple(words[:2]) in TAKE_A_COMMAND else ""
        parser.error(f"{unknown[0]!r} can't be understood here{hint}")
    args.words = None if at is None else words[at + 1 :]
    return args


def _let_go_of_stdout() -> None:
    """Point stdout at nothing, so that Python's own last flush can't fail once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)

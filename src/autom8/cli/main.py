"""The console script. Owns the way in; it must stay quick, so it loads nothing to say a version."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from autom8 import __version__


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (the process's own by default) and return its exit code."""
    words = sys.argv[1:] if argv is None else list(argv)
    if words in (["--version"], ["-V"]):
        sys.stdout.write(f"autom8 {__version__}\n")
        return 0

    from autom8.cli.program import run  # argparse and the rest: not for a version number

    return run(words)


if __name__ == "__main__":
    sys.exit(main())

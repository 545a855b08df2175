"""`autom8 completion`: a script that makes a shell complete the words of autom8's command line."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from autom8.cli.terminal import say

if TYPE_CHECKING:
    from autom8.cli.parser import Parser

_HOW: Final = """\
to use it in every new shell:
  bash  autom8 completion bash > ~/.local/share/bash-completion/completions/autom8
  zsh   autom8 completion zsh > "${fpath[1]}/_autom8"
  fish  autom8 completion fish > ~/.config/fish/completions/autom8.fish"""


def register(parser: Parser) -> None:
    """Add the options of `autom8 completion`."""
    parser.set_defaults(handler=completion)
    parser.epilog = _HOW
    parser.add_argument("shell", choices=["bash", "zsh", "fish"])


def completion(args: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    from autom8.cli.parser import build_parser

    say(shtab.complete(build_parser(), shell=args.shell))
    return 0

"""How Debian's cron 3.0pl1 reads one line: settings of the environment, and `%` in a command.

Owns these two small state machines, each true to the daemon (`env.c`, `do_command.c`) where the
man page is vague. It must not know what a task is.
"""

from __future__ import annotations

import re
from typing import Final

BLANKS: Final = " \t"  # what cron skips at the start of a line and between fields
_SPACES: Final = " \t\n\v\f\r"  # C's isspace, which is what a setting is trimmed of

_NAME: Final = rf"""(?:"([^"=]*)"|'([^'=]*)'|([^={_SPACES}"'][^={_SPACES}]*)?)"""
_VALUE: Final = rf"""(?:"([^"]*)"|'([^']*)'|([^"'{_SPACES}].*))"""
_SETTING: Final = re.compile(rf"{_NAME}[{_SPACES}]*=[{_SPACES}]*{_VALUE}[{_SPACES}]*", re.DOTALL)


def read_setting(text: str) -> tuple[str, str] | None:
    """Name and value, if cron takes this line (leading blanks cut off) for a setting, else None.

    As the daemon has it: nothing is expanded; `NAME=` without quotes is no setting; blanks at the
    end are lost even inside quotes; a value that is quoted once more inside loses those quotes too.
    """
    found = _SETTING.fullmatch(text)
    if found is None:
        return None
    name = found[1] or found[2] or found[3] or ""
    value = next((group for group in found.groups()[3:] if group is not None), "").rstrip(_SPACES)
    if len(value) > 1 and value[0] in "\"'" and value[0] == value[-1]:
        value = value[1:-1]
    return name, value


def split_command(text: str) -> tuple[str, str | None]:
    r"""The command line and its standard input, parted at the first `%` without a backslash.

    In the command `\%` becomes `%` and `\\` becomes `\`. In the input `\%` becomes `%`, any other
    `%` a newline, and a newline is added at the end. None: the command reads an end of file.
    """
    command: list[str] = []
    position = 0
    while position < len(text) and text[position] != "%":
        if text[position] == "\\" and text[position + 1 : position + 2] in ("%", "\\"):
            position += 1
        elif text[position] == "\\":
            command.append("\\")
            position += 1
            if position == len(text):
                break
        command.append(text[position])
        position += 1
    return "".join(command), _read_input(text[position + 1 :])


def _read_input(text: str) -> str | None:
    if not text:
        return None
    written = re.sub(r"\\%|%", lambda found: "%" if len(found[0]) > 1 else "\n", text)
    return written if written.endswith("\n") else written + "\n"

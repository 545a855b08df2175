"""The table from errors to exit codes, and nothing else. It decides no wording."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from autom8.kernel import errors


class Exit(IntEnum):
    """What the `autom8` command ends with. The numbers are permanent: scripts match on them."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    UNREACHABLE = 3
    UNAUTHENTICATED = 4
    FORBIDDEN = 5
    NOT_FOUND = 6
    CONFLICT = 7
    INVALID = 8
    RATE_LIMITED = 9
    MISCONFIGURED = 10
    INTERRUPTED = 130
    BROKEN_PIPE = 141


MEANINGS: Final[dict[Exit, str]] = {
    Exit.OK: "done; with --follow: the run succeeded",
    Exit.FAILURE: "failed in a way no other code names; with --follow: the run did not succeed",
    Exit.USAGE: "the command line can't be understood",
    Exit.UNREACHABLE: "no server answers, or it can't serve now",
    Exit.UNAUTHENTICATED: "not logged in, or no longer",
    Exit.FORBIDDEN: "logged in, but not allowed to do this",
    Exit.NOT_FOUND: "there is no such thing",
    Exit.CONFLICT: "it does not fit what is there, or somebody changed it meanwhile",
    Exit.INVALID: "what was asked for can't be meant; the message names each wrong field",
    Exit.RATE_LIMITED: "too many requests in too short a time",
    Exit.MISCONFIGURED: "a setting stops the start",
    Exit.INTERRUPTED: "interrupted from the keyboard",
    Exit.BROKEN_PIPE: "whoever read the output stopped reading",
}

EXIT_BY_ERROR: Final[dict[type[errors.Autom8Error], Exit]] = {
    errors.Autom8Error: Exit.FAILURE,
    errors.Unavailable: Exit.UNREACHABLE,
    errors.Unauthenticated: Exit.UNAUTHENTICATED,
    errors.Forbidden: Exit.FORBIDDEN,
    errors.NotFound: Exit.NOT_FOUND,
    errors.Conflict: Exit.CONFLICT,
    errors.Stale: Exit.CONFLICT,
    errors.PreconditionMissing: Exit.CONFLICT,
    errors.Invalid: Exit.INVALID,
    errors.TooLarge: Exit.INVALID,
    errors.RateLimited: Exit.RATE_LIMITED,
    errors.Misconfigured: Exit.MISCONFIGURED,
}


def exit_for(error: errors.Autom8Error) -> Exit:
    """The exit code of `error`: that of its own class, or of the nearest family above it."""
    return next(EXIT_BY_ERROR[kind] for kind in type(error).__mro__ if kind in EXIT_BY_ERROR)

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import autom8
from autom8.cli.exits import EXIT_BY_ERROR, MEANINGS, Exit, exit_for
from autom8.kernel import errors
from autom8.kernel.errors import Autom8Error


def every_error() -> Iterator[type[Autom8Error]]:
    """Each error class of the whole program."""
    for module in pkgutil.walk_packages(autom8.__path__, "autom8."):
        if ".migrations." not in module.name and not module.name.endswith((".wsgi", ".__main__")):
            importlib.import_module(module.name)
    waiting = [Autom8Error]
    while waiting:
        kind = waiting.pop()
        yield kind
        waiting += kind.__subclasses__()


# Faults of our own, for which no family tells a caller what to do; and what only its kinds are raised of.
FAULTS = {"internal", "server_fault", "audit_refused", "egress_failed"}


def test_every_error_of_the_program_has_the_exit_code_of_a_family() -> None:
    astray = []
    for kind in every_error():
        family = next(each for each in kind.__mro__ if each in EXIT_BY_ERROR)
        if family is Autom8Error and kind.code not in FAULTS:
            astray.append(kind)

    assert astray == []


def test_every_error_has_a_permanent_code() -> None:
    assert [kind for kind in every_error() if not kind.code or kind.code != kind.code.lower()] == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Invalid("x", fields={}), Exit.INVALID),
        (errors.NotFound("x"), Exit.NOT_FOUND),
        (errors.Stale("x"), Exit.CONFLICT),
        (errors.RateLimited("x", retry_after_s=1), Exit.RATE_LIMITED),
        (errors.Autom8Error("x"), Exit.FAILURE),
    ],
)
def test_an_error_ends_with_the_code_of_its_family(error: Autom8Error, code: Exit) -> None:
    assert exit_for(error) is code


def test_an_error_below_a_family_ends_with_the_code_of_the_family() -> None:
    class TapeMissing(errors.NotFound):
        code = "tape_missing"

    assert exit_for(TapeMissing("no tape")) is Exit.NOT_FOUND


def test_every_exit_code_is_explained() -> None:
    assert set(MEANINGS) == set(Exit)
    assert set(EXIT_BY_ERROR.values()) <= set(Exit)

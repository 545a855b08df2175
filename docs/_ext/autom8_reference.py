"""Reference pages made from the code when the documentation is built, so that they can't fall behind it.

One directive, `autom8`, whose argument names what to show: `api`, `cli`, `errors` or `exits`.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import pkgutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import autom8
from autom8.kernel.errors import Autom8Error


class Autom8Directive(SphinxDirective):
    """Shows a part of Autom8 as its code has it."""

    required_arguments = 1
    shown: ClassVar[dict[str, Callable[[], Iterable[str]]]] = {}

    def run(self) -> list[nodes.Node]:
        """The part as nodes."""
        text = "\n".join(self.shown[self.arguments[0]]())
        return self.parse_text_to_nodes(text, allow_section_headings=True)


def shows(name: str) -> Callable[[Callable[[], Iterable[str]]], Callable[[], Iterable[str]]]:
    """Register what the directive shows under `name`."""

    def register(lines: Callable[[], Iterable[str]]) -> Callable[[], Iterable[str]]:
        Autom8Directive.shown[name] = lines
        return lines

    return register


@shows("api")
def api_lines() -> Iterator[str]:
    """Each route of the API with what it needs and answers."""
    described = _openapi()
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            yield f"## {method.upper()} `{path}`"
            yield ""
            yield f"{operation.get('summary', '')} {operation.get('description', '')}".strip()
            yield ""
            yield from _parameters([*operations.get("parameters", []), *operation.get("parameters", [])])
            yield from _table(
                ("status", "answer"),
                ((f"`{status}`", answer["description"]) for status, answer in operation["responses"].items()),
            )


def _parameters(parameters: list[dict[str, Any]]) -> Iterator[str]:
    named = [each for each in parameters if "name" in each]
    if named:
        rows = ((f"`{each['name']}`", each["in"], each.get("description", "")) for each in named)
        yield from _table(("parameter", "in", ""), rows)


def _openapi() -> dict[str, Any]:
    from autom8.api.app import create_app
    from autom8.bootstrap import build_services
    from autom8.config import read_settings

    logging.disable(logging.WARNING)  # what a server logs at its start says nothing here
    with tempfile.TemporaryDirectory() as home:
        services = build_services(read_settings({"AUTOM8_HOME": str(Path(home) / "data")}))
        try:
            answer = create_app(services, health=services.health).test_client().get("/api/v1/openapi.json")
            described: dict[str, Any] = answer.get_json()
        finally:
            services.close()
            logging.disable(logging.NOTSET)
    return described


@shows("cli")
def cli_lines() -> Iterator[str]:
    """Each command with its usage and options."""
    from autom8.cli.parser import build_parser

    yield from _command(build_parser(), depth=2)


def _command(parser: argparse.ArgumentParser, *, depth: int) -> Iterator[str]:
    # `autom8 task` and its kind only group commands; what can be run is told in full.
    groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not groups:
        yield f"{'#' * depth} {parser.prog}"
        yield ""
        yield (parser.description or "").replace("%", "").strip()
        yield ""
        yield "```text"
        yield parser.format_usage().strip()
        yield "```"
        yield ""
        options = [each for each in parser._actions if each.help not in {None, argparse.SUPPRESS}]
        yield from _table(("option", ""), ((f"`{_spelled(each)}`", _help(parser, each)) for each in options))
    for group in groups:
        for name in group.choices:
            yield from _command(group.choices[name], depth=depth)


def _spelled(action: argparse.Action) -> str:
    words = ", ".join(action.option_strings) or str(action.metavar or action.dest)
    value = action.metavar or (action.dest.upper() if action.option_strings and action.nargs != 0 else "")
    if action.choices and action.option_strings:
        value = "{" + ",".join(str(each) for each in action.choices) + "}"
    return f"{words} {value}".strip() if action.option_strings else words


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    return parser._get_formatter()._expand_help(action)


@shows("errors")
def error_lines() -> Iterator[str]:
    """Each error with its permanent code and its HTTP status."""
    from autom8.api.errors import status_of

    _load_everything()
    seen = {each.code: each for each in _subclasses(Autom8Error) if each.__module__.startswith("autom8.")}
    rows = []
    for code, error in sorted(seen.items()):
        status = "" if error.__module__.startswith("autom8.cli") else f"{int(status_of(error))}"
        rows.append((f"`{code}`", status, (error.__doc__ or "").splitlines()[0]))
    yield from _table(("code", "status", "means"), rows)


@shows("exits")
def exit_lines() -> Iterator[str]:
    """Each exit status of the command line."""
    from autom8.cli.exits import MEANINGS

    yield from _table(("status", "means"), ((str(int(code)), meaning) for code, meaning in MEANINGS.items()))


def _load_everything() -> None:
    for module in pkgutil.walk_packages(autom8.__path__, "autom8."):
        if ".migrations." not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _subclasses(of: type[Autom8Error]) -> Iterator[type[Autom8Error]]:
    yield of
    for each in of.__subclasses__():
        yield from _subclasses(each)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
    yield ""


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx's entry."""
    app.add_directive("autom8", Autom8Directive)
    return {"parallel_read_safe": False}

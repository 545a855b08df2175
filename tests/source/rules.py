"""What our sources must not hold, each rule a function from a module's tree to the lines that break it.

Ruff and bandit look for much of the kind; these rules are ours, or must hold without exception.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

Rule: TypeAlias = Callable[[ast.Module], Iterator[int]]

SQL_TAKERS: Final = {
    "text",
    "exec_driver_sql",
    "execute",
    "executemany",
    "literal_column",
    "DDL",
    "scalar",
    "scalars",
}
LOGGERS: Final = {"debug", "info", "warning", "error", "critical", "exception", "log"}
SECRET_MAKERS: Final = {"SystemRandom"}
NET: Final = {
    *("aiohttp", "asyncio", "dns", "ftplib", "http.client", "httpcore", "httpx", "imaplib", "nntplib"),
    *("poplib", "redis", "requests", "smtplib", "socket", "socketserver", "ssl", "telnetlib"),
    *("urllib.request", "urllib3", "websockets", "xmlrpc.client"),
}
CONNECTORS: Final = {"create_connection", "open_connection", "getaddrinfo", "gethostbyname", "urlopen"}
UNPICKLERS: Final = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle"}
XML: Final = {"xml.etree", "xml.dom", "xml.sax", "lxml", "xmlrpc"}
WEAK: Final = {"md5", "sha1", "MD5", "SHA1", "ECB", "CBC", "PKCS1v15", "ARC4", "TripleDES", "Fernet"}


def sql_made_of_strings(tree: ast.Module) -> Iterator[int]:
    """SQL put together from pieces: an f-string with a value in it, `+`, `%`, `.format()`, `.join()`."""
    for call in _calls(tree):
        if _name(call.func) in SQL_TAKERS and call.args and _is_assembled(call.args[0]):
            yield call.lineno


def dynamic_code(tree: ast.Module) -> Iterator[int]:
    """`eval`, `exec`, `compile`, `__import__`; unpicklers; YAML that makes objects."""
    for call in _calls(tree):
        if isinstance(call.func, ast.Name) and call.func.id in {"eval", "exec", "compile", "__import__"}:
            yield call.lineno
        if _dotted(call.func) in {"yaml.load", "yaml.unsafe_load", "yaml.full_load"}:
            yield call.lineno
    yield from _imports(tree, UNPICKLERS)


def shells(tree: ast.Module) -> Iterator[int]:
    """A shell that interprets a string: `shell=True`, `os.system`, `os.popen`."""
    for call in _calls(tree):
        if _dotted(call.func) in {
            "os.system",
            "os.popen",
            "subprocess.getoutput",
            "subprocess.getstatusoutput",
        }:
            yield call.lineno
        if any(each.arg == "shell" and _is_true(each.value) for each in call.keywords):
            yield call.lineno


def processes(tree: ast.Module) -> Iterator[int]:
    """Starting processes."""
    yield from _imports(tree, {"subprocess", "multiprocessing", "pty"})
    for call in _calls(tree):
        if re.fullmatch(r"os\.(fork|forkpty|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?)", _dotted(call.func)):
            yield call.lineno


def secrets_in_texts(tree: ast.Module) -> Iterator[int]:
    """A revealed secret in an f-string, a formatted text, or a log call."""
    for node in ast.walk(tree):
        shown: list[ast.expr] = []
        if isinstance(node, ast.JoinedStr):
            shown = [each.value for each in node.values if isinstance(each, ast.FormattedValue)]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
            shown = [node.left, node.right]
        elif isinstance(node, ast.Call) and (_is_log_call(node) or _name(node.func) == "format"):
            shown = [*node.args, *(each.value for each in node.keywords)]
        if isinstance(node, ast.expr) and any(_reveals(each) for each in shown):
            yield node.lineno


def log_messages_that_vary(tree: ast.Module) -> Iterator[int]:
    """A log message that is not a constant name: values travel as fields, or they could not be escaped."""
    for call in _calls(tree):
        if _is_log_call(call):
            message = call.args[1 if _name(call.func) == "log" else 0]
            if not (
                isinstance(message, ast.Constant) and re.fullmatch(r"[a-z][a-z0-9_ ]*", str(message.value))
            ):
                yield call.lineno


def guessable_randomness(tree: ast.Module) -> Iterator[int]:
    """Python's `random`, but for the generator that the system feeds."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and _dotted(node.value) == "random"
            and node.attr not in SECRET_MAKERS
        ):
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module == "random":
            yield from (node.lineno for each in node.names if each.name not in SECRET_MAKERS)
        if isinstance(node, ast.Attribute) and _dotted(node) in {"uuid.uuid1", "uuid.uuid3"}:
            yield node.lineno


def files_by_hand(tree: ast.Module) -> Iterator[int]:
    """Opening, reading or writing a file."""
    for call in _calls(tree):
        named = _name(call.func) in {"read_text", "read_bytes", "write_text", "write_bytes"}
        if named or _dotted(call.func) in {"open", "os.open", "io.open"}:
            yield call.lineno


def files_open_to_others(tree: ast.Module) -> Iterator[int]:
    """A file made by `os.open` without a mode, which is 0777 less the umask."""
    for call in _calls(tree):
        flags = ast.dump(call)
        if _dotted(call.func) == "os.open" and "O_CREAT" in flags and len(call.args) < 3:
            yield call.lineno


def connections(tree: ast.Module) -> Iterator[int]:
    """Means to reach another machine, by whatever name they are imported; egress is the one way out."""
    yield from _imports(tree, NET)
    for call in _calls(tree):
        if _name(call.func) in CONNECTORS:
            yield call.lineno
        if _name(call.func) in {"import_module", "__import__"}:
            named = (str(each.value) for each in call.args if isinstance(each, ast.Constant))
            if any(name == each or name.startswith(f"{each}.") for name in named for each in NET):
                yield call.lineno


def unverified_tls(tree: ast.Module) -> Iterator[int]:
    """TLS that takes any certificate."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"CERT_NONE", "_create_unverified_context"}:
            yield node.lineno
        if (
            isinstance(node, ast.keyword)
            and node.arg in {"verify", "check_hostname"}
            and _is_false(node.value)
        ):
            yield node.value.lineno
        if isinstance(node, ast.Assign) and _is_false(node.value):
            yield from (node.lineno for each in node.targets if _name(each) == "check_hostname")


def xml_parsers(tree: ast.Module) -> Iterator[int]:
    """Parsers of XML: none is needed, so none can be misled."""
    yield from _imports(tree, XML)


def weak_cryptography(tree: ast.Module) -> Iterator[int]:
    """Hashes, ciphers and modes that are not to be used any more, or not by us."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and _name(node) in WEAK:
            yield node.lineno
        if isinstance(node, ast.ImportFrom):
            yield from (node.lineno for each in node.names if each.name in WEAK)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _imports(tree: ast.Module, modules: set[str]) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
        else:
            continue
        if any(name == module or name.startswith(f"{module}.") for name in names for module in modules):
            yield node.lineno


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return getattr(node, "id", "?")


def _is_assembled(node: ast.expr) -> bool:
    match node:
        case ast.JoinedStr():
            return any(isinstance(each, ast.FormattedValue) for each in node.values)
        case ast.BinOp(op=ast.Add() | ast.Mod()):
            return not (_is_constant(node.left) and _is_constant(node.right))
        case ast.Call(func=ast.Attribute(attr="format" | "join" | "replace")):
            return True
        case _:
            return False


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def _is_log_call(call: ast.Call) -> bool:
    func = call.func
    return (
        isinstance(func, ast.Attribute)
        and func.attr in LOGGERS
        and _dotted(func.value).rpartition(".")[2] in {"log", "logger", "logging", "_log"}
        and bool(call.args)
    )


def _reveals(node: ast.AST) -> bool:
    return any(_name(call.func) == "reveal" for call in _calls(node))


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False

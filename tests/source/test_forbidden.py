"""Our sources hold nothing of what they must not; each exception is a file with its reason."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from dataclasses import dataclass, field

import pytest

from devtools.console import ROOT
from tests.source import rules
from tests.source.rules import Rule

SOURCES = sorted((ROOT / "src/autom8").rglob("*.py"))


@dataclass(frozen=True, kw_only=True)
class Ban:
    """A rule, where it does not hold and why, and samples that break it and that do not."""

    rule: Rule
    broken_by: tuple[str, ...]
    kept_by: tuple[str, ...] = ()
    within: str = ""  # the folders where it holds; everywhere without one
    but_for: dict[str, str] = field(default_factory=dict)


BANS = [
    Ban(
        rule=rules.sql_made_of_strings,
        broken_by=(
            "connection.execute(text(f'DELETE FROM {table}'))",
            "cursor.execute('SELECT 1 WHERE name = ' + name)",
            "connection.exec_driver_sql('SELECT %s' % name)",
            "session.scalar(text('SELECT {}'.format(name)))",
        ),
        kept_by=("connection.execute(text('SELECT 1 WHERE name = :name'), {'name': name})",),
        but_for={
            "persistence/engines.py": "SQLite's PRAGMAs take no parameters; the values are ours",
            "persistence/shredding.py": "likewise",
            "repositories/many.py": "inserts many rows; tables and columns are ours, values are parameters",
        },
    ),
    Ban(
        rule=rules.dynamic_code,
        broken_by=(
            "eval(given)",
            "exec(given)",
            "import pickle",
            "from marshal import loads",
            "yaml.load(x)",
        ),
        kept_by=("yaml.safe_load(x)", "re.compile('a')"),
    ),
    Ban(
        rule=rules.shells,
        broken_by=("subprocess.run(line, shell=True)", "os.system(line)", "os.popen(line)"),
        kept_by=("subprocess.run([program])", "Command(shell='/bin/sh')"),
    ),
    Ban(
        rule=rules.processes,
        broken_by=(
            "import subprocess",
            "from multiprocessing import Pool",
            "os.execv(path, argv)",
            "os.fork()",
        ),
        but_for={
            "audit/sharing.py": "several processes check a long trail",
            "scheduler/runners/gate.py": "starts a task's command, behind its gate",
            "cli/server.py": "granian's parent has its worker end with it",
        },
    ),
    Ban(
        rule=rules.secrets_in_texts,
        broken_by=(
            "log.info('a', extra={'fields': {'key': key.reveal()}})",
            "f'key={key.reveal()}'",
            "'key=' + key.reveal()",
            "'key={}'.format(key.reveal())",
        ),
        kept_by=("f'{key}'", "sign(key.reveal())"),
        but_for={
            "audit/settings.py": "a keyed hash of it, so that a change shows",
            "middleware/cookies.py": "the Set-Cookie header",
            "security/key_format.py": "puts a new key together, which is shown once",
            "cli/server.py": "the setup link is printed on purpose",
        },
    ),
    Ban(
        rule=rules.log_messages_that_vary,
        broken_by=("log.info(f'{a} came')", "log.warning(message)", "log.log(level, 'User %s', name)"),
        kept_by=("log.info('user_came', extra=fields)", "math.log(2)"),
        but_for={"audit/sealing.py": "one of its own names, told at most once in a while"},
    ),
    Ban(
        rule=rules.guessable_randomness,
        broken_by=("random.random()", "from random import choice", "random.Random(7)", "uuid.uuid1()"),
        kept_by=("random.SystemRandom()", "secrets.token_bytes(32)"),
    ),
    Ban(
        rule=rules.files_by_hand,
        within="security",
        broken_by=("open(path)", "path.read_text()", "os.open(path, os.O_RDONLY)"),
        but_for={"security/secret_files.py": "the one place that reads and makes files with secrets"},
    ),
    Ban(
        rule=rules.files_open_to_others,
        broken_by=("os.open(path, os.O_WRONLY | os.O_CREAT)",),
        kept_by=("os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)", "os.open(path, os.O_RDONLY)"),
    ),
    Ban(
        rule=rules.connections,
        broken_by=(
            "import socket",
            "from urllib.request import urlopen",
            "import http.client",
            "import httpx",
            "from http import client",
            "import_module('socket')",
            "hidden.create_connection(('x', 1))",
        ),
        kept_by=("from http import HTTPStatus", "from urllib.parse import urlsplit"),
        but_for={
            "cli/redirect.py": "listens for plain HTTP, and reaches nobody",
            "bootstrap/engine.py": "the name of this host",
            "cli/client.py": "the command line asks its server",
            "cli/dialling.py": "the command line connects to its server",
            "cli/server.py": "whether the port to listen on is free, and answers",
            "persistence/shared_counts.py": "the Redis that the operator names",
            "alerts/channels/smtp.py": "SMTP's words, over a connection that egress made",
            "egress/guard.py": "the one way out: connects to what was judged",
            "egress/resolver.py": "the one way out: looks names up",
            "egress/service.py": "the one way out: what others get of it",
            "egress/tls.py": "the one way out: whom it believes",
            "egress/wire.py": "the one way out: HTTP over the judged connection",
        },
    ),
    Ban(
        rule=rules.unverified_tls,
        broken_by=(
            "context.verify_mode = ssl.CERT_NONE",
            "httpx.get(url, verify=False)",
            "c.check_hostname = False",
        ),
        kept_by=("httpx.get(url, verify=context)",),
        but_for={"cli/dialling.py": "knows this machine's server by its certificate's fingerprint"},
    ),
    Ban(rule=rules.xml_parsers, broken_by=("import xml.etree.ElementTree", "from lxml import etree")),
    Ban(
        rule=rules.weak_cryptography,
        broken_by=(
            "hashlib.md5(x)",
            "modes.ECB()",
            "from cryptography.hazmat.primitives.ciphers.modes import CBC",
        ),
        kept_by=("hashlib.sha256(x)", "AESGCM(key)"),
    ),
]
BY_NAME = [pytest.param(ban, id=ban.rule.__name__) for ban in BANS]


@pytest.mark.parametrize("ban", BY_NAME)
def test_no_source_holds_what_is_banned(ban: Ban) -> None:
    found = []
    for path in SOURCES:
        name = path.relative_to(ROOT / "src/autom8").as_posix()
        if name.startswith(ban.within) and name not in ban.but_for:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found += [f"src/autom8/{name}:{line}" for line in ban.rule(tree)]
    assert found == [], ban.rule.__doc__


@pytest.mark.parametrize("ban", BY_NAME)
def test_each_ban_sees_what_breaks_it_and_nothing_else(ban: Ban) -> None:
    assert [sample for sample in ban.broken_by if not [*ban.rule(ast.parse(sample))]] == []
    assert [sample for sample in ban.kept_by if [*ban.rule(ast.parse(sample))]] == []


@pytest.mark.parametrize("ban", BY_NAME)
def test_no_exception_outlives_its_cause(ban: Ban) -> None:
    for name in ban.but_for:
        path = ROOT / "src/autom8" / name
        assert path.exists(), f"{name} is gone"
        assert [*ban.rule(ast.parse(path.read_text(encoding="utf-8")))], f"{name} needs no exception"


def test_the_page_puts_no_markup_together_and_keeps_no_secret() -> None:
    """Preact sets texts as texts; what is kept in the browser is how things look."""
    banned = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\("
        r"|new Function|postMessage|sessionStorage|indexedDB|document\.cookie|__proto__"
    )
    found = []
    for path in sorted((ROOT / "web/src").rglob("*.ts*")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if banned.search(line) or ("localStorage" in line and path.name != "kept.ts"):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []


def test_no_committed_file_names_a_place_on_somebodys_machine() -> None:
    places = re.compile(r"(?<![\w.])/(?:home/(?!you/)\w+/|Users/\w+/|root/\w|work/\w|opt/\w+/simple|mnt/\w)")
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    found = []
    for name in filter(None, names):
        path = ROOT / name
        if path.is_file() and path.suffix not in {".png", ".ico"}:
            text = path.read_text(encoding="utf-8", errors="ignore")
            found += [f"{name}: {each[0]}" for each in places.finditer(text)]
    assert found == []


def test_npms_lock_names_no_registry_and_a_hash_for_each_package() -> None:
    packages = json.loads((ROOT / "web/package-lock.json").read_text())["packages"]
    assert [name for name, each in packages.items() if "resolved" in each] == []
    assert [name for name, each in packages.items() if name and not each.get("integrity")] == []

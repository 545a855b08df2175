"""The command as a process of its own: what it loads, how quick it is, and how it ends."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import autom8
from tests.cli.contract_server import ContractServer

AUTOM8 = [sys.executable, "-m", "autom8.cli.main"]
HEAVY = {
    "flask",
    "sqlalchemy",
    "pydantic",
    "rich",
    "granian",
    "cronsim",
    "http.client",
    "ssl",
    "orjson",
    "psutil",
}


def loaded_by(*words: str) -> set[str]:
    """The modules that a command has loaded at its end."""
    program = (
        "import sys; from autom8.cli.main import main;"
        " main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stderr.split("\n")[-2].split())


def test_a_version_needs_not_even_argparse() -> None:
    loaded = loaded_by("--version")

    assert "argparse" not in loaded
    assert not loaded & HEAVY


def test_parsing_and_help_load_neither_server_nor_client() -> None:
    assert not loaded_by("--help") & HEAVY
    assert not loaded_by("task", "add", "--help") & HEAVY
    assert "autom8.cli.run" not in loaded_by("task", "--help")


def test_the_version_is_said_at_once() -> None:
    def wall_s() -> float:
        begun = time.perf_counter()
        subprocess.run([*AUTOM8, "--version"], check=True, capture_output=True, timeout=60)
        return time.perf_counter() - begun

    assert min(wall_s() for _ in range(5)) < 0.25  # aim 0.06; the bench measures that, a busy machine may not


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_is_that_of_the_package(option: str) -> None:
    done = subprocess.run([*AUTOM8, option], check=True, capture_output=True, text=True, timeout=60)

    assert done.stdout == f"autom8 {autom8.__version__}\n"


def test_a_reader_that_goes_away_is_no_traceback(server: ContractServer) -> None:
    for _ in range(200):
        server.add_task(description="x" * 2_000)
    env = os.environ | {"AUTOM8_URL": server.url, "AUTOM8_TOKEN": server.token}
    env.pop("PYTHONUNBUFFERED", None)  # with it Python takes a write that was cut short for a whole one
    with subprocess.Popen(
        [*AUTOM8, "task", "list", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()

        assert process.wait(timeout=60) == 141
        assert said == b""


def test_a_reader_that_was_never_there_is_no_traceback_either() -> None:
    # So little is written that it waits in the buffer for Python's own last flush.
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*AUTOM8, "preview", "--cron", "@daily"],
        stdout=writer,
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        check=False,
        timeout=60,
    )
    os.close(writer)

    assert (done.returncode, done.stderr) == (141, b"")


def test_an_interrupt_ends_a_command_with_130_and_one_line(server: ContractServer) -> None:
    run = server.add_run(server.add_task(), state="running")
    server.say(run, "begun\n")
    env = os.environ | {"AUTOM8_URL": server.url, "AUTOM8_TOKEN": server.token}
    with subprocess.Popen(
        [*AUTOM8, "run", "output", "2", "--follow"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)

    assert process.returncode == 130
    assert said.startswith("autom8: stopped following; run 2 goes on")
    assert said.count("\n") == 1


def test_a_locale_without_the_characters_is_no_obstacle(server: ContractServer) -> None:
    server.add_task(name="Köln…猫")
    env = os.environ | {"AUTOM8_URL": server.url, "AUTOM8_TOKEN": server.token, "PYTHONIOENCODING": "ascii"}

    done = subprocess.run([*AUTOM8, "task", "list"], capture_output=True, env=env, check=True, timeout=60)

    assert rb"K\xf6ln\u2026\u732b" in done.stdout


def test_on_a_real_terminal_help_has_colours(tmp_path: Path) -> None:
    shown = on_a_terminal("task", "list", "--help")

    assert "\x1b[" in shown
    assert "task list" in re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert "\x1b[3" not in on_a_terminal("task", "list", "--help", NO_COLOR="1")


def on_a_terminal(*words: str, **env: str) -> str:
    """What a command writes to a terminal of its own."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*AUTOM8, *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm"} | env,
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 65_536)
        except OSError:  # Linux's way to say that nobody holds the other end
            break
        if not piece:
            break
        written += piece
    os.close(ours)
    assert process.wait(timeout=60) == 0
    return written.decode()


@pytest.mark.parametrize(
    ("shell", "check"),
    [("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n"]), ("fish", ["fish", "--no-execute"])],
)
def test_a_completion_script_is_good_shell(shell: str, check: list[str], tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_bytes(
        subprocess.run([*AUTOM8, "completion", shell], capture_output=True, check=True, timeout=60).stdout
    )

    assert subprocess.run([*check, str(script)], capture_output=True, check=False, timeout=60).stderr == b""


def test_bash_completes_commands_and_options() -> None:
    assert bash_completes("task ", "") >= {"add", "list", "show", "edit", "run", "pause", "resume", "remove"}
    assert bash_completes("ta", "ta") == {"task"}
    assert "--cron" in bash_completes("task add x --c", "--c")
    assert bash_completes("task add --gap ", "") >= {"skip", "shift"}


def bash_completes(line: str, word: str) -> set[str]:
    """What bash offers after `autom8 LINE`."""
    program = """
        eval "$("$PYTHON" -m autom8.cli.main completion bash)"
        COMP_WORDS=(autom8 $LINE); [ -n "$WORD" ] || COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
        "$(complete -p autom8 | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    env = os.environ | {"PYTHON": sys.executable, "LINE": line, "WORD": word}
    done = subprocess.run(
        ["bash", "-c", program], capture_output=True, text=True, env=env, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_fish_completes_commands() -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    program = '"$PYTHON" -m autom8.cli.main completion fish | source; complete -C "autom8 task "'
    env = os.environ | {"PYTHON": sys.executable}
    done = subprocess.run(
        ["fish", "-c", program], capture_output=True, text=True, env=env, check=True, timeout=60
    )

    assert {line.split("\t")[0] for line in done.stdout.splitlines()} >= {"add", "list", "remove"}


def test_a_fault_of_our_own_shows_where_and_asks_for_a_report(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from autom8.cli import program

    def broken(_: object) -> None:
        raise ZeroDivisionError("one of ours")

    monkeypatch.setattr(program, "build_parser", broken)

    assert program.run(["task"]) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError: one of ours" in said
    assert "this is a fault in Autom8" in said


def test_an_interrupt_anywhere_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    from autom8.cli import program

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "build_parser", interrupted)

    assert program.run(["task"]) == 130


def test_zsh_completes_commands(tmp_path: Path) -> None:
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    script = subprocess.run(
        [*AUTOM8, "completion", "zsh"], capture_output=True, check=True, timeout=60
    ).stdout
    (tmp_path / "_autom8").write_bytes(script)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["zsh", "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path, start_new_session=True
    ) as shell:
        os.close(theirs)
        os.write(ours, b"fpath=($PWD $fpath); autoload -U compinit; compinit -u -D; autom8() { : }\n")
        os.write(ours, b"autom8 task \t")
        shown = b""
        while b"resume" not in shown:  # the test's time limit ends this if it never comes
            shown += os.read(ours, 65_536)
        shell.kill()
    os.close(ours)

    assert b"add" in shown
    assert b"pause" in shown

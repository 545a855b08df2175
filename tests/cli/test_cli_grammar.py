from __future__ import annotations

import argparse

import pytest

from autom8.cli.parser import GROUPS, build_parser
from tests.cli.command import Cli
from tests.cli.contract_server import ContractServer

DOCUMENTED = """
up
up --host 0.0.0.0 --port 0 --data /srv/autom8
login https://example.org
login https://example.org --name ada
logout
task add a --cron @daily
task add a --every 2s
task add a --at 2026-12-24T18:00:00Z
task add a --boot
task add a --every 5m --tz Europe/Berlin --timeout 2h --grace 5 --cwd / --env A=1 --env B=a=b \
  --stdin @- --user nobody --shell --delivery at_least_once --concurrency allow:3 --catch-up all \
  --lateness-max 1h --gap skip --overlap both --retries 3 --retry-first 10s --retry-longest 1h \
  --description text --output-max 1M
task list
task list --json --limit 3
task show a
task show 3
task edit a --every 3s
task run a
task run a --follow --param N=V --param M=
task pause a
task pause a --reason text
task resume a
task remove a
run list
run list --limit 5 --task a --state failed,lost --json
run show 3
run output 3
run output 3 --follow
run cancel 3
preview --cron @daily --tz Europe/Berlin
preview --cron @daily --tz UTC --from 2026-03-28T00:00:00Z --count 5 --gap skip --overlap both \
  --json
metric push load 1.5 --label host=a --label cpu=0 --at 2027-01-01T00:00:00Z
metric push
metric list load --match host="a" --limit 3 --json
metric query load --since 1d --step 5m --aggregate rate --top 5
metric usage --json
oncall now
oncall next Operations --json
oncall shifts Operations --since 2027-01-01T00:00:00Z --until 2027-02-01T00:00:00Z
oncall schedule list
oncall schedule add Operations --tz Europe/Berlin --people Ada 7 --turn 7d --start 2027-01-04T09:00 \
  --only fri,sat@22:00-06:00 --rotation Weekly --description text
oncall schedule edit Operations --drop 2
oncall schedule remove Operations
oncall override list Operations
oncall override add Operations --on Grace --off Ada --for 4h --comment text
oncall override remove Operations 3
oncall policy add First --tell schedule:Operations --tell group:Team,contact:Ada@10m \
  --repeats forever --default
oncall policy show First
oncall policy edit First --not-default --repeated-after 30m
oncall policy remove First
user add ada --role admin
user add ada --role viewer --password-stdin
user list
user disable ada
import crontab -
import crontab /etc/crontab --system --plan --paused --skip-bad
audit list --limit 3
completion bash
completion zsh
completion fish
""".strip().splitlines()


@pytest.mark.parametrize("line", DOCUMENTED)
def test_every_documented_form_is_understood(line: str) -> None:
    words = line.split()
    args = build_parser(words[0]).parse_args(words)

    assert callable(args.handler)


def test_the_parser_of_all_groups_understands_what_that_of_one_does() -> None:
    for line in DOCUMENTED:
        assert vars(build_parser().parse_args(line.split())) == vars(
            build_parser(line.split()[0]).parse_args(line.split())
        )


@pytest.mark.parametrize(
    "words", [[], ["tsk"], ["task"], ["task", "ad"], ["task", "list", "--lim", "3"], ["up", "x"]]
)
def test_a_line_that_cannot_be_understood_ends_with_2_and_one_line(cli: Cli, words: list[str]) -> None:
    outcome = cli(*words)

    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("autom8")
    assert "--help`)" in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("task list --limit 0", "'0' is not a whole number from 1 up"),
        ("task add a --every soon -- x", "'soon' is not a length of time"),
        ("task add a --env A -- x", "'A' is not NAME=VALUE"),
        ("task add a --env =A -- x", "'=A' is not NAME=VALUE"),
        ("task add a --concurrency some -- x", "'some' is not allow, allow:N, forbid, queue or replace"),
        ("task add a --concurrency queue:2 -- x", "'queue:2' is not allow"),
        ("task add a --concurrency allow:0 -- x", "'0' is not a whole number from 1 up"),
        ("task add a --retries few -- x", "'few' is not a whole number from 0 up"),
        ("task add a --output-max 10X -- x", "'10X' is not a size"),
        ("task add a --output-max M -- x", "'M' is not a size"),
        ("task add a --delivery maybe -- x", "invalid choice: 'maybe'"),
        ("task add a --cron @daily --every 2s -- x", "not allowed with argument"),
        ("run list --state done", "'done' is not one of queued, claimed, running"),
        ("run show a", "'a' is not a whole number from 1 up"),
        ("up --port 70000", "'70000' is not a port"),
        ("user add ada", "--role"),
        ("preview --tz UTC", "one of the arguments --cron --every --at is required"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(cli: Cli, words: str, said: str) -> None:
    outcome = cli(*words.split())

    assert outcome.code == 2
    assert said in outcome.err


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_and_each_of_its_commands_has_help(cli: Cli, group: str) -> None:
    outcome = cli(group, "--help")

    assert outcome.code == 0
    assert outcome.out.startswith(f"usage: autom8 {group}")
    parser = build_parser(group)
    for command in commands_of(parser, group):
        assert cli(group, command, "--help").out.startswith(f"usage: autom8 {group} {command}")


def commands_of(parser: argparse.ArgumentParser, *path: str) -> list[str]:
    for name in path:
        parser = choices(parser)[name]
    return list(choices(parser))


def choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def test_every_option_says_what_it_is_for() -> None:
    silent = []
    waiting: list[argparse.ArgumentParser] = [build_parser()]
    while waiting:
        parser = waiting.pop()
        for action in parser._actions:
            if not action.help and not isinstance(action, argparse._SubParsersAction):
                silent += [(parser.prog, action.dest)]
        waiting += choices(parser).values()

    assert silent == [
        ("autom8 completion", "shell"),
        ("autom8 user enable", "name"),
        ("autom8 user disable", "name"),
        ("autom8 user add", "name"),
    ]


def test_the_help_lists_the_exit_codes(cli: Cli) -> None:
    assert "  6  there is no such thing" in cli("--help").out


def test_a_command_keeps_its_own_options_and_dashes(here: Cli, server: ContractServer) -> None:
    here("task", "add", "a", "--", "git", "log", "--", "--follow", "-n1")

    assert server.asked[-1].body["command"] == ["git", "log", "--", "--follow", "-n1"]


def test_two_dashes_mean_what_they_always_do_for_the_other_commands(
    here: Cli, server: ContractServer
) -> None:
    server.add_task(name="-odd")

    assert here("task", "show", "--json", "--", "-odd").json["name"] == "-odd"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("oncall now --json Operations", {"schedule": "Operations"}),
        ("contact tag --remove vip 3 4", {"tag": "vip", "numbers": [3, 4]}),
        ("contact search --email a@b.c ada lovelace", {"named": ["ada", "lovelace"]}),
        ("contact erase --reason asked 3", {"number": 3, "reason": "asked"}),
        ("silence add --for 2h -- a=b", {"matchers": ["a=b"]}),
    ],
)
def test_words_may_stand_behind_options(line: str, named: dict[str, object]) -> None:
    args = vars(build_parser().parse_args(line.split()))

    assert {name: args[name] for name in named} == named

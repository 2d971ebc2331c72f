"""What --help tells, and that it is true."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.cli import cli
from bot.cli.common import Command
from tests.unit.cli.typed import comptoir

DOCUMENT = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")


def commands(group: click.Group = cli, before: str = "comptoir") -> Iterator[tuple[str, Command]]:
    """All commands, with what is typed for them."""
    for name, command in group.commands.items():
        typed = f"{before} {name}"
        if isinstance(command, click.Group):
            yield from commands(command, typed)
        else:
            assert isinstance(command, Command), f"{typed} lacks --config and --json"
            yield typed, command


COMMANDS = dict(commands())


def test_commands_stand_in_the_order_in_which_a_newcomer_needs_them() -> None:
    listed = comptoir("--help").stdout.partition("Commands:")[2].partition("Examples:")[0]
    names = re.findall(r"^  (\w+)", listed, re.MULTILINE)
    assert names == list(cli.commands)
    assert names[:5] == ["run", "ask", "chat", "init", "check"]
    assert "..." not in listed, "a summary is cut off"


def test_the_version_is_told() -> None:
    assert re.fullmatch(r"comptoir, version \d+\.\d+\.\d+\n", comptoir("--version").stdout)


@pytest.mark.parametrize("typed", COMMANDS)
def test_every_command_shows_examples_that_can_be_typed(typed: str) -> None:
    shown = comptoir(*typed.split()[1:], "--help").stdout
    examples = COMMANDS[typed].examples
    assert examples
    for example in examples:
        assert example in shown
        for one in re.split(r"&&|\|", example):
            words = shlex.split(one.partition("<")[0])
            if words[0] == "comptoir":
                _parse(words[1:])


def _parse(words: list[str]) -> None:
    """Raise click.UsageError where a command does not take these words."""
    group: click.Group = cli
    context = click.Context(cli)
    while True:
        _, command, words = group.resolve_command(context, words)
        if not isinstance(command, click.Group):
            break
        group = command
    assert command is not None
    command.make_context("", words)


@pytest.mark.parametrize("typed", COMMANDS)
def test_every_command_and_option_is_documented(typed: str) -> None:
    section = re.search(rf"^### {typed}$(.*?)(?=^##|\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert section, f"docs/commands.md lacks '### {typed}'"
    common = DOCUMENT.partition("## First steps")[0]
    for parameter in COMMANDS[typed].params:
        if isinstance(parameter, click.Option):
            place = common if parameter.name in {"config", "as_json"} else section[1]
            rows = [row for row in place.splitlines() if row.startswith(f"| `{parameter.opts[0]}")]
            assert rows, f"docs/commands.md: {typed} lacks {parameter.opts[0]}"
            if isinstance(parameter.type, click.Choice):
                lacking = [one for one in parameter.type.choices if f"`{one}`" not in rows[0]]
                assert not lacking, f"docs/commands.md: {typed} {parameter.opts[0]} lacks {lacking}"


def test_nothing_is_documented_that_is_not_there() -> None:
    headings = re.findall(r"^### (.*)$", DOCUMENT, re.MULTILINE)
    assert sorted(headings) == sorted(COMMANDS)
    for typed, section in zip(
        headings, re.split(r"^### .*$", DOCUMENT, flags=re.MULTILINE)[1:], strict=True
    ):
        known = {name for one in COMMANDS[typed].params for name in one.opts}
        assert set(re.findall(r"^\| `(--[\w-]+)", section, re.MULTILINE)) <= known


def test_a_mistyped_command_or_option_is_told_the_nearest() -> None:
    wrong = comptoir("chekc")
    assert wrong.exit_code == 2
    assert "there is no command 'chekc' (did you mean 'check'?)" in wrong.stderr
    wrong = comptoir("queue", "lst")
    assert "did you mean 'list'?" in wrong.stderr
    wrong = comptoir("run", "--prot", "1")
    assert wrong.exit_code == 2
    assert "--port" in wrong.stderr


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--bogus", "comptoir: No such option '--bogus'; see `comptoir --help`"),
        ("ask", "comptoir: Missing argument 'QUESTION'; see `comptoir ask --help`"),
        ("queue reply 1", "comptoir: Missing argument 'TEXT'; see `comptoir queue reply --help`"),
    ],
)
def test_wrong_use_is_told_in_one_line(typed: str, said: str) -> None:
    wrong = comptoir(*typed.split())
    assert (wrong.exit_code, wrong.stderr.splitlines()) == (2, [said])

"""What all commands share: their options, their settings, and how they print.

What takes long to import (numpy, FastAPI) is imported inside the commands that need it: `--help`
then answers in 0.2 s instead of 1.8 s, and `ask` in half the time. Those imports carry a `noqa`.
"""

import getpass
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from bot import config
from bot.config import Settings
from bot.options import nearest

if TYPE_CHECKING:
    from bot.store.audit import By

T = TypeVar("T")
NOTHING = "-"
"""Stands for "no entry of the FAQ"."""


@dataclass(frozen=True, slots=True)
class Call:
    """How a command was called, as far as all commands are called alike."""

    config: Path
    """The configuration file."""
    config_named: bool
    """--config was given."""
    as_json: bool

    def settings(self) -> Settings:
        """All of bot.toml; raises ConfigError."""
        return config.load(self.config)

    def say(self, text: str, document: object) -> None:
        """Print the text, or with --json the document."""
        if not self.as_json:
            click.echo(text)
            return
        plain = not (sys.stdout.encoding or "").lower().startswith("utf")
        click.echo(json.dumps(document, ensure_ascii=plain, indent=2, default=str))


class Command(click.Command):
    """A command that takes --config and --json, is handed them as a `Call`, and has examples."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = tuple(examples)
        self.params += (
            click.Option(
                ["--config"],
                type=click.Path(path_type=Path),
                metavar="FILE",
                default="bot.toml",
                show_default=True,
                help="The configuration.",
            ),
            click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document."),
        )

    def invoke(self, ctx: click.Context) -> Any:
        """Hand the options that all commands take over as one."""
        named = ctx.get_parameter_source("config") is not ParameterSource.DEFAULT
        call = Call(ctx.params.pop("config"), named, ctx.params.pop("as_json"))
        ctx.params["call"] = call
        return super().invoke(ctx)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's
        """End the help with the examples."""
        _show_examples(formatter, self.examples)


class Group(click.Group):
    """Commands in the order in which they were added; a mistyped one is told the nearest."""

    command_class = Command

    def __init__(self, *args: Any, examples: Sequence[str] = (), **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = tuple(examples)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's
        """The names, for --help."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            ctx.fail(f"there is no command {args[0]!r}{nearest(args[0], self.commands)}")
        return super().resolve_command(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's
        """End the help with the examples."""
        _show_examples(formatter, self.examples)


class Words(click.ParamType[str]):
    """Words that somebody typed: not empty, and text that can be stored."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what is no text."""
        if not value.strip():
            self.fail("it is empty", param, ctx)
        try:
            value.encode()
        except UnicodeEncodeError:  # bytes of another encoding, which Python smuggles through
            self.fail("it is not written in UTF-8", param, ctx)
        return value


def login() -> str:
    """The name of whoever is logged in on this machine; empty where the system tells none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a bare container has no names
        return ""


def by(name: str) -> "By":
    """Somebody who acts from a command."""
    from bot.store.audit import By, Surface  # noqa: PLC0415  # slow, see above

    return By(name, Surface.COMMAND)


def myself() -> "By":
    """Who is logged in, where a command lets nobody else be named."""
    return by(login())


AS = click.option(
    "--as",
    "by",
    metavar="NAME",
    type=Words(),
    default=login,
    callback=lambda _, __, name: by(name),
    show_default="your login on this machine",
    help="Who acts.",
)
"""Names who acts, as a login name of the desk does; a command is given it as `By`."""


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows of words as lines, in columns; the last column is as long as it likes."""
    lines = [tuple(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)][:-1]
    return "\n".join(
        "  ".join((*(word.ljust(width) for word, width in zip(row, widths, strict=False)), row[-1]))
        for row in lines
    )


def harmless(text: str) -> str:
    """What a follower wrote, without the control characters that could command a terminal."""
    return "".join(one if one.isprintable() or one in "\n\t" else "\ufffd" for one in text)


def watched(items: Iterable[T], label: str, length: int | None = None) -> Iterator[T]:
    """The items, with a bar on standard error that shows how far it is, if a person watches.

    `length` is their number, where they do not tell it.
    """
    hidden = not sys.stderr.isatty()
    bar = click.progressbar(items, length, label=label, file=sys.stderr, hidden=hidden)
    with bar as shown:
        yield from shown


def _show_examples(formatter: click.HelpFormatter, examples: Sequence[str]) -> None:
    if examples:
        with formatter.section("Examples"):
            for example in examples:  # as they are typed: never wrapped
                formatter.write(f"{'':{formatter.current_indent}}{example}\n")

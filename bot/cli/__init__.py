"""The command line: it parses, calls, and prints.

Status 0: done; 1: faults were found; 2: used wrongly, or cannot run; 130: stopped with Ctrl-C.
"""

import io
import sqlite3
import sys
from typing import IO, Any

import click

from bot.cli import (
    accounts,
    answering,
    auditing,
    content,
    correcting,
    crisis,
    desk,
    exchanging,
    followers,
    learning,
    reviewing,
    running,
    subjects,
)
from bot.cli.common import Group
from bot.errors import ComptoirError

_STOPPED = 130
"""What shells give a command that Ctrl-C ended."""


class _Failure(click.ClickException):
    """What went wrong, in lines for the person at the keyboard."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it to standard error."""
        for line in self.message.splitlines():
            click.echo(f"comptoir: {line}", file=file or sys.stderr)


class _Root(Group):
    """All commands; one clear line, and no traceback, for what a person can mend."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options before the command's name."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise _misused(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            raise _misused(error) from None
        except (KeyboardInterrupt, click.Abort):
            sys.exit(_STOPPED)
        except BrokenPipeError:
            raise  # whoever read our output has gone: click then ends quietly
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise _Failure(f"{where}{error.strerror or error}") from None
        except (ComptoirError, sqlite3.Error) as error:
            raise _Failure(str(error)) from None


def _misused(error: click.UsageError) -> _Failure:
    command = error.ctx.command_path if error.ctx else "comptoir"
    return _Failure(f"{error.format_message().rstrip('.')}; see `{command} --help`")


@click.group(
    cls=_Root,
    context_settings={"help_option_names": ["-h", "--help"]},
    examples=(
        "comptoir run                       the demo brand; open the address it prints",
        'comptoir ask "vous livrez en combien de jours ?" --explain',
        "comptoir init my-brand             your own: edit bot.toml and faq/ in it",
        "comptoir check                     what to mend after an edit",
        "comptoir COMMAND --help            more about one command",
    ),
)
@click.version_option(package_name="comptoir", prog_name="comptoir")
def cli() -> None:
    """Comptoir answers a brand's followers from the brand's own FAQ.

    What the FAQ does not answer goes to a person, whose reply comes back in the same conversation.
    """


for _queued in (answering.suggest, answering.groups, answering.reply_all, answering.promote):
    desk.queue.add_command(_queued)

for _command in (
    running.run,
    content.ask,
    content.chat,
    content.init,
    reviewing.check,
    exchanging.take_in,
    exchanging.give_out,
    running.doctor,
    desk.queue,
    accounts.user,
    accounts.token,
    followers.followers,
    learning.learning,
    subjects.subjects,
    correcting.correct,
    auditing.audit,
    crisis.crisis,
    reviewing.replay,
    content.evaluate,
):
    cli.add_command(_command)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without our letters must not stop us
    cli()

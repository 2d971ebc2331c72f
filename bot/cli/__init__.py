"""The command line: it parses, calls, and prints.

Status 0: done; 1: faults were found; 2: used wrongly, or cannot run.
"""

import os
import sys

import click

from bot.cli import content, desk, running
from bot.cli.common import VERSION
from bot.errors import ComptoirError

_ORDER = ("run", "ask", "chat", "check", "init", "doctor", "queue", "user", "token", "eval")


class _Commands(click.Group):
    """Commands in the order in which a newcomer needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's
        """The names, for --help."""
        return list(_ORDER)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="comptoir")
def cli() -> None:
    r"""Answer a brand's followers from its own FAQ, and hand the rest to a person.

    \b
    A first look, with the demo brand:
        comptoir run                                    then open http://127.0.0.1:8080/chat
        comptoir ask "vous livrez en combien de jours ?" --explain
    \b
    Your own brand:
        comptoir init my-brand && cd my-brand           then edit bot.toml and faq/
        comptoir check && comptoir run

    Every command takes --config FILE and --json.
    """


for command in (*content.COMMANDS, *running.COMMANDS, *desk.COMMANDS):
    cli.add_command(command)


def main() -> None:
    """Run the command line; one clear line instead of a traceback for what a person can mend."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without our letters must not stop us
    try:
        status = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except BrokenPipeError:
        # Whoever read our output has gone; nothing more can be written, at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except ComptoirError as error:
        for line in str(error).splitlines():
            click.echo(f"comptoir: {line}", err=True)
        sys.exit(2)
    sys.exit(status if isinstance(status, int) else 0)

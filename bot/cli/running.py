"""Commands about the running bot: run, doctor."""

import asyncio
import sys
from dataclasses import replace

import click

from bot.cli.common import Call, Command, table
from bot.clock import SystemClock
from bot.errors import UserError

_SWITCH_SECONDS = 0.0005
"""The store's thread and the event loop take turns this often: a tenth of Python's own setting,
which made every commit wait for 5 ms under load (benchmarks/throughput.py)."""


@click.command(
    cls=Command,
    examples=(
        "comptoir run",
        "comptoir run --port 9000",
        "comptoir run --config my-brand/bot.toml --host 0.0.0.0",
    ),
)
@click.option("--host", metavar="H", help="The address to serve on, instead of bot.toml's.")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    help="The port, instead of bot.toml's; 0 takes a free one.",
)
def run(call: Call, host: str | None, port: int | None) -> None:
    """Run the bot, its web chat and its desk until Ctrl-C.

    The addresses (/chat and /desk) are printed once they are served; the log goes to standard
    error. SIGTERM ends it like Ctrl-C, once what is on its way has left.
    """
    from bot import app  # noqa: PLC0415  # slow, see bot.cli.common
    from bot.cli import logs  # noqa: PLC0415  # beside it
    from bot.cli.loading import located  # noqa: PLC0415  # slow

    settings = call.settings()
    web = settings.web
    web = replace(web, host=host or web.host, port=web.port if port is None else port)
    settings = replace(settings, web=web)
    logs.to_stderr(settings)
    sys.setswitchinterval(_SWITCH_SECONDS)
    serving = app.serve(settings, announce=_Announcement(call))
    with located(settings.faq_folder):
        try:
            import uvloop  # noqa: PLC0415  # there is none on Windows
        except ImportError:
            asyncio.run(serving)
        else:
            uvloop.run(serving)


class _Announcement:
    """Prints what the bot announces; with --json all of it once the last, the desk, is there."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._lines: list[str] = []

    def __call__(self, line: str) -> None:
        """Print a line."""
        self._lines.append(line)
        if not self._call.as_json:
            click.echo(line)
        elif line.endswith("/desk"):
            words = " ".join(self._lines).split()
            addresses = [word for word in words if word.startswith("http://")]
            self._call.say("", {"announced": self._lines, "addresses": addresses})


@click.command(cls=Command, examples=("comptoir doctor", "comptoir doctor --json"))
def doctor(call: Call) -> None:
    """Check all that the bot needs, and say what to do.

    Configuration, FAQ, database, clock, disk, the desk's hours, and every enabled network: token,
    permissions, reach. May be run beside a running bot, and changes nothing. Status 1 if anything
    is wrong.
    """
    from bot.cli import diagnosing  # noqa: PLC0415  # slow, see bot.cli.common

    if not call.config.is_file():
        raise UserError(
            f"there is no {call.config}: name one with --config, "
            "or make a folder with `comptoir init DIR`"
        )
    found = asyncio.run(diagnosing.diagnose(call.config, SystemClock()))
    well = not any(one.state is diagnosing.State.WRONG for one in found)
    call.say(
        table((one.state, one.subject, one.detail) for one in found),
        {
            "ok": well,
            "checks": [
                {"subject": one.subject, "state": one.state.lower(), "detail": one.detail}
                for one in found
            ],
        },
    )
    if not well:
        raise click.exceptions.Exit(1)

"""Commands about the running bot: run, doctor."""

import logging
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from bot import app
from bot.cli import common
from bot.cli.common import options, print_json, settings
from bot.clock import SystemClock
from bot.config import Settings
from bot.contract import Diagnosis
from bot.core import knowledge
from bot.core.hours import Hours
from bot.errors import ComptoirError, LibraryError
from bot.store import journal

_LEAST_FREE_MB = 200
_SWITCH_SECONDS = 0.0005
"""The store's thread and the event loop take turns this often: a tenth of Python's own setting,
which made every commit wait for 5 ms under load (benchmarks/throughput.py)."""


@click.command()
@click.option("--host", help="The address to serve on, instead of bot.toml's.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port, instead of bot.toml's.")
@options
def run(host: str | None, port: int | None, config_path: Path, as_json: bool) -> None:  # noqa: ARG001  # it prints addresses only
    r"""Run the bot, its web chat (/chat) and the desk (/desk), until stopped.

    \b
    comptoir run --port 9000
    """
    loaded = settings(config_path)
    web = replace(
        loaded.web,
        host=loaded.web.host if host is None else host,
        port=loaded.web.port if port is None else port,
    )
    _log_to_stderr()
    sys.setswitchinterval(_SWITCH_SECONDS)
    serving = app.serve(replace(loaded, web=web), announce=_announce)
    try:
        import uvloop  # noqa: PLC0415  # there is none on Windows
    except ImportError:
        common.run(serving)
    else:
        uvloop.run(serving)


@click.command()
@options
def doctor(config_path: Path, as_json: bool) -> int:
    """Check configuration, FAQ, database, disk and networks, and say what to do.

    Status 1 if anything is wrong.
    """
    loaded = settings(config_path)
    found = [Diagnosis("configuration", ok=True, detail=str(config_path))]
    found += [*_content(loaded), *_disk(loaded)]
    found += common.run(_connected(loaded))
    well = all(one.ok for one in found)
    if as_json:
        print_json({"ok": well, "checks": [_row(one) for one in found]})
    else:
        for one in found:
            click.echo(f"{'ok   ' if one.ok else 'WRONG'} {one.subject}: {one.detail}")
    return 0 if well else 1


COMMANDS = (run, doctor)


def _announce(line: str) -> None:
    click.echo(line)
    sys.stdout.flush()


def _log_to_stderr() -> None:
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for name in ("bot", "handlers"):
        logging.getLogger(name).setLevel(logging.INFO)


def _row(one: Diagnosis) -> dict[str, object]:
    return {"subject": one.subject, "ok": one.ok, "detail": one.detail}


def _content(loaded: Settings) -> Iterator[Diagnosis]:
    try:
        content = knowledge.read(loaded)
    except LibraryError as error:
        for fault in error.faults:
            yield Diagnosis("faq", ok=False, detail=f"{fault} (a running bot keeps the last good)")
    else:
        entries = content.library.entries
        for language in loaded.brand.languages:
            count = sum(entry.language == language for entry in entries)
            yield Diagnosis("faq", ok=count > 0, detail=f"{count} entries in {language!r}")
        today = datetime.now(loaded.brand.zone).date()
        for entry in entries:
            if entry.review_by and entry.review_by < today:
                detail = f"{entry.source}: {entry.id} was to be reviewed by {entry.review_by}"
                yield Diagnosis("faq", ok=False, detail=detail)
    try:
        hours = Hours(loaded.desk.hours, loaded.desk.holidays, loaded.brand.zone)
    except ComptoirError as error:
        yield Diagnosis("desk hours", ok=False, detail=str(error))
        return
    presence = hours.presence(datetime.now(UTC))
    if presence is None:
        detail = "none given: followers are told no time"
    elif presence.open:
        detail = f"open until {presence.closing or 'further notice'}"
    else:
        detail = f"closed until {presence.opening or 'an unknown time'}"
    yield Diagnosis("desk hours", ok=True, detail=detail)


def _disk(loaded: Settings) -> Iterator[Diagnosis]:
    place = next(folder for folder in (loaded.var, *loaded.var.parents) if folder.is_dir())
    free = shutil.disk_usage(place).free // 1_000_000
    enough = free >= _LEAST_FREE_MB
    detail = f"{free} MB free" + ("" if enough else f": make room, {_LEAST_FREE_MB} MB at least")
    yield Diagnosis("disk", ok=enough, detail=detail)


async def _connected(loaded: Settings) -> list[Diagnosis]:
    """What needs a connection: the database, and every enabled network."""
    found = []
    try:
        async with app.opened(loaded) as store:
            position = await store.run(journal.position)
        detail = f"{loaded.database} can be written, {position} journal entries"
        found.append(Diagnosis("database", ok=True, detail=detail))
    except ComptoirError as error:
        found.append(Diagnosis("database", ok=False, detail=str(error)))
    for section in loaded.handlers:
        if not section.enabled:
            found.append(Diagnosis(section.account, ok=True, detail="not enabled in bot.toml"))
            continue
        only = replace(loaded, handlers=(section,))
        try:
            handler = app.build_handlers(only, SystemClock())[section.account]
        except ComptoirError as error:
            found.append(Diagnosis(section.account, ok=False, detail=str(error)))
            continue
        with suppress(ComptoirError):
            checks = await handler.diagnose()
            found += checks or [Diagnosis(section.account, ok=True, detail="enabled")]
        await handler.close()
    return found

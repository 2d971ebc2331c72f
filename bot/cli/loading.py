"""What commands read before they begin: settings, FAQ, and the `Mind` made of them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from bot import config, shipped
from bot.cli.common import Call
from bot.config import Faq, Settings
from bot.core.conversation.decisions import Mind
from bot.core.knowledge import live
from bot.core.knowledge.experience import Experience, experience
from bot.encoders import setting
from bot.errors import EncoderError, LibraryError, UserError
from bot.library.reading import read_library
from bot.matching.meaning.encoding import Encoding
from bot.models import Fault, Library, Source
from bot.store.knowledge import learnings
from bot.store.knowledge.learnings import State
from bot.store.sqlite import peeking


def read(call: Call, faq: Path | None) -> tuple[Settings, Library]:
    """The settings and the FAQ.

    Args:
        call: names bot.toml.
        faq: an FAQ folder or file to take instead of bot.toml's, in any languages; bot.toml may
            then be missing.

    Raises:
        UserError: one of them cannot be used; faults of the FAQ are named as by `located`.
    """
    if faq is None:
        settings = call.settings()
        with located(settings.faq_folder):
            return settings, read_library(settings.faq_folder, settings.brand.languages)
    if not faq.exists():
        raise UserError(f"there is no FAQ at {faq}: name a folder or a file with --faq")
    alone = not (call.config_named or call.config.exists())
    settings = config.load(shipped.folder() / "bot.toml" if alone else call.config)
    with located(faq):
        library = read_library(faq)
    held = dict.fromkeys(entry.language for entry in library.entries)
    usual = [language for language in settings.brand.languages if language in held]
    brand = replace(settings.brand, languages=tuple(dict.fromkeys((*usual, *held))))
    return replace(settings, brand=brand, faq=Faq(str(faq.resolve()))), library


def mind(call: Call, faq: Path | None) -> tuple[Settings, Mind]:
    """The settings, and all that the bot would know; raises as `read` does.

    With bot.toml's FAQ this has what the brand's own people have taught.
    """
    settings, library = read(call, faq)
    learnt = learning(settings)[1] if faq is None else Experience()
    with located(settings.faq_folder):
        content = live.read(settings, library)
    return settings, live.understand(settings, content, learnt, encoding(settings, faq))


def encoding(settings: Settings, faq: Path | None) -> Encoding | None:
    """The encoder; where it cannot be used, that is said, and the command works without it.

    What it makes of another FAQ than bot.toml's is not kept: it would be in the place of what is.
    """
    try:
        return setting.encoding(settings, keep=faq is None, download=False)
    except EncoderError as error:
        click.echo(f"Without an encoder: {error}", err=True)
        return None


def learning(settings: Settings) -> tuple[State | None, Experience]:
    """How learning stands, and what is in force; None and nothing where nothing can be read.

    Raises:
        UserError: the database is broken.
    """
    try:
        with peeking(settings.database) as tx:
            if tx is None:
                return None, Experience()
            state = learnings.state(tx)
            return state, experience(tx, state)
    except sqlite3.Error as error:
        raise UserError(f"the database {settings.database} cannot be read: {error}") from error


@contextmanager
def located(faq: Path) -> Iterator[None]:
    """Name the files of faults as seen from the current folder, so that an editor can open them."""
    try:
        yield
    except LibraryError as error:
        faults = [Fault(place(fault.source, faq), fault.message) for fault in error.faults]
        raise LibraryError(faults) from None


def place(source: Source, faq: Path) -> Source:
    """A place below the FAQ folder, as seen from the current folder."""
    folder = faq if faq.is_dir() else faq.parent
    path = (faq if source.file == faq.name else folder / source.file).absolute()
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return Source(str(shown), source.line)

"""What is to be mended in bot.toml and the FAQ folder: every fault, with its place."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bot import config, texts
from bot.cli.loading import located, place
from bot.clock import Clock
from bot.config import Settings
from bot.core.hours import Hours
from bot.core.priority import Priorities
from bot.core.vetting import Vetting
from bot.encoders.setting import encoding
from bot.errors import ConfigError, EncoderError, LibraryError, UserError
from bot.library.canned import missing_attachments, read_canned
from bot.library.charter import dangling, read_charter
from bot.library.reading import read_library, refuse
from bot.library.spotting import finders
from bot.models import Fault, Library, Source
from bot.networks import build_handlers


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found; the files of faults are named as seen from the current folder."""

    settings: Settings | None
    """None where bot.toml cannot be used."""
    library: Library | None
    """None where the FAQ cannot be used, or was not found for want of settings."""
    config: tuple[Fault, ...]
    """In bot.toml."""
    content: tuple[Fault, ...] = ()
    """In the FAQ, the bot's own texts, the charter and the canned replies."""
    stale: tuple[Fault, ...] = ()
    """Entries past their review date."""
    untranslated: tuple[Fault, ...] = ()
    """Entries that lack one of the brand's languages."""
    unbecoming: tuple[Fault, ...] = ()
    """Answers that break the charter, and canned replies whose files are missing."""
    encoder: tuple[Fault, ...] = ()
    """Why the sentence encoder cannot be used."""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All that keeps the bot from starting."""
        return self.config + self.content

    @property
    def doubts(self) -> tuple[Fault, ...]:
        """What is no fault, and yet to be looked at."""
        return self.stale + self.untranslated + self.unbecoming + self.encoder


def look(path: Path, clock: Clock) -> Findings:
    """Read all that bot.toml names.

    Raises:
        ConfigError: there is no such bot.toml.
    """
    try:
        settings = config.load(path)
    except ConfigError as error:
        if not path.is_file():
            raise
        return Findings(None, None, (_config_fault(path, error),))
    library, content = _content(settings)
    return Findings(
        settings,
        library,
        tuple(_config_fault(path, error) for error in _config_errors(settings, clock)),
        tuple(content),
        tuple(stale(settings, library, clock.now().astimezone(settings.brand.zone).date())),
        tuple(_untranslated(settings, library)),
        tuple(_unbecoming(settings, library) if library and not content else ()),
        tuple(_config_fault(path, error) for error in _encoder_errors(settings)),
    )


def rows(faults: Sequence[Fault]) -> list[dict[str, object]]:
    """Faults for programs."""
    return [
        {"file": fault.source.file, "line": fault.source.line, "message": fault.message}
        for fault in faults
    ]


def stale(settings: Settings, library: Library | None, today: date) -> Iterator[Fault]:
    """The entries past their review date."""
    for entry in library.entries if library else ():
        if entry.review_by and entry.review_by < today:
            where = place(entry.source, settings.faq_folder)
            yield Fault(where, f"{entry.id} was to be reviewed by {entry.review_by}")


def _content(settings: Settings) -> tuple[Library | None, list[Fault]]:
    """All that is in the folder: everything is read, that no faults hide those of the rest."""
    folder, languages = settings.faq_folder, settings.brand.languages
    library: Library | None = None
    faults: list[Fault] = []
    try:
        with located(folder):
            library = read_library(folder, languages)
    except LibraryError as error:
        faults += error.faults
    known = library
    readers: tuple[Callable[[], object], ...] = (
        lambda: texts.read(folder, languages, settings.brand.name),
        lambda: _charter(settings, known),
        lambda: read_canned(folder, languages),
    )
    for read in readers:
        try:
            with located(folder):
                read()
        except LibraryError as error:
            faults += error.faults
    return library, faults


def _charter(settings: Settings, library: Library | None) -> None:
    charter = read_charter(settings.faq_folder, settings.brand.languages)
    if library:
        refuse(tuple(dangling(charter, library)))


def _unbecoming(settings: Settings, library: Library) -> Iterator[Fault]:
    """What the charter forbids in answers, and files of canned replies that are not there."""
    folder, languages = settings.faq_folder, settings.brand.languages
    breaches = Vetting(read_charter(folder, languages)).answers(library)
    missing = missing_attachments(folder, read_canned(folder, languages))
    for fault in (*breaches, *missing):
        yield Fault(place(fault.source, folder), fault.message)


def _config_errors(settings: Settings, clock: Clock) -> Iterator[ConfigError]:
    """What only shows when the settings are used: the desk's hours and rules, each network."""
    try:
        Hours(settings.desk.hours, settings.desk.holidays, settings.brand.zone).check()
    except ConfigError as error:
        yield error
    try:
        Priorities(settings.desk.priority, finders(settings.brand.languages))
    except ConfigError as error:
        yield error
    for section in settings.handlers:
        try:
            build_handlers(replace(settings, handlers=(section,)), clock)
        except ConfigError as error:
            yield error


def _encoder_errors(settings: Settings) -> Iterator[EncoderError]:
    try:
        encoding(settings, keep=False, download=False)
    except EncoderError as error:
        yield EncoderError(f"[matching] encoder: {error} (until then the bot works without it)")


def _untranslated(settings: Settings, library: Library | None) -> Iterator[Fault]:
    entries = library.entries if library else ()
    first = {entry.id: entry for entry in reversed(entries)}
    held = {(entry.id, entry.language) for entry in entries}
    for entry in entries:
        wanted = settings.brand.languages
        missing = [language for language in wanted if (entry.id, language) not in held]
        if missing and first[entry.id] is entry:
            where = place(entry.source, settings.faq_folder)
            yield Fault(where, f"{entry.id} is not there in {', '.join(missing)}")


# ── lines of bot.toml ────────────────────────────────────────────────────────────────────────────


def _config_fault(path: Path, error: UserError) -> Fault:
    message = str(error).removeprefix(str(path)).lstrip(": ")
    return Fault(Source(str(path), _line(path, message)), message)


def _line(path: Path, message: str) -> int:
    """The line that a message is about: the one it names, or that of the key or section."""
    if named := re.search(r"\bat line (\d+)", message):
        return int(named[1])
    section = re.search(r"\[([\w.-]+)\]", message)
    words = set(re.findall(r"[\w-]+", message[section.end() :])) if section else set()
    header, current = 1, ""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        if found := re.match(r"\s*\[+([^\[\]]+)\]", line):
            current = found[1].strip()
            header = number if section and current == section[1] else header
        elif section and current == section[1] and line.split("=")[0].strip() in words:
            return number
    return header

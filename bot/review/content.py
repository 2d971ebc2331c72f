"""All that is in the FAQ folder, looked at together: no fault hides those of the rest."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from bot import texts
from bot.config import Settings
from bot.contract import Handler
from bot.core.charter.vetting import Vetting
from bot.core.conversation.smalltalk import SmallTalk
from bot.errors import LibraryError
from bot.library.canned import missing_attachments, read_canned
from bot.library.files.file import Contents
from bot.library.reading import read_what_can, refuse, unread_files
from bot.library.rules.charter import dangling, read_charter
from bot.models import Library, Source
from bot.review import confusion, lengths, links
from bot.review.confusion import Answering
from bot.review.findings import Finding, Kind, Places, in_order, of
from bot.sentence import Sentence

_UNREAD = Sentence(
    "nothing in this file is read: only files whose names end with .md are. Rename it if it is "
    "written like those, else take it in with `comptoir import`"
)


@dataclass(frozen=True, slots=True)
class Read:
    """What could be read, and the faults that keep it from being live."""

    library: Library
    """Without what could not be read."""
    faults: tuple[Finding, ...]
    """Files are named as seen from the FAQ folder, here and in all findings."""
    whole: bool
    """No entry is missing for want of a readable file."""


def read(settings: Settings, contents: Contents = Path.read_bytes) -> Read:
    """Read the FAQ, the bot's own texts, the charter and the canned replies.

    Args:
        settings: all of bot.toml.
        contents: how a file is read, for a change that has not been saved.
    """
    folder, languages = settings.faq_folder, settings.brand.languages
    library, faults = read_what_can(folder, languages, contents)
    found = of(Kind.FILE, faults)
    readers: tuple[Callable[[], object], ...] = (
        lambda: texts.read(folder, languages, settings.brand.name),
        lambda: _charter(settings, None if faults else library, contents),
        lambda: read_canned(folder, languages, contents),
    )
    for reader in readers:
        try:
            reader()
        except LibraryError as error:
            found += of(Kind.FILE, error.faults)
    return Read(library, in_order(found), not faults)


def review(
    settings: Settings,
    today: date,
    networks: Sequence[Handler] = (),
    contents: Contents = Path.read_bytes,
    answering: Answering | None = None,
) -> tuple[Finding, ...]:
    """All faults and doubts in the FAQ folder: faults first, then by file and line.

    Args:
        settings: all of bot.toml.
        today: in the brand's time zone.
        networks: those that are to carry the answers.
        contents: as for `read`.
        answering: how followers are answered; as it comes with Comptoir where it is not given.
    """
    known = read(settings, contents)
    answering = answering or Answering(settings.matching.precision)
    if not known.faults:
        said = texts.read(settings.faq_folder, settings.brand.languages, settings.brand.name)
        answering = replace(answering, smalltalk=SmallTalk(said))
    library, places = known.library, Places(settings.faq_folder, contents)
    found = [
        *known.faults,
        *stale(library, today),
        *links.look(library, places, whole=known.whole),
        *lengths.look(library, networks),
        *confusion.look(library, answering, places),
    ]
    if known.whole:  # what cannot be read would seem to be missing
        found += _untranslated(settings, library)
    if not known.faults:
        found += _untranslated_texts(settings)
        found += of(Kind.UNUSED, texts.unused(settings.faq_folder, settings.brand.languages))
        found += _beside(settings, library, contents)
    return in_order(found)


def stale(library: Library, today: date) -> Iterator[Finding]:
    """The entries past their review date."""
    for entry in library.entries:
        if entry.review_by and entry.review_by < today:
            yield Finding(
                Kind.STALE,
                entry.source,
                Sentence(
                    "{entry} was to be reviewed by {date}: read it again, and move the date",
                    entry=entry.id,
                    date=entry.review_by,
                ),
            )


def _charter(settings: Settings, library: Library | None, contents: Contents) -> None:
    charter = read_charter(settings.faq_folder, settings.brand.languages, contents)
    if library:
        refuse(tuple(dangling(charter, library)))


def _beside(settings: Settings, library: Library, contents: Contents) -> Iterator[Finding]:
    """What the charter forbids in answers; files that are not there, or are there for nothing."""
    folder, languages = settings.faq_folder, settings.brand.languages
    vetting = Vetting(read_charter(folder, languages, contents))
    yield from of(Kind.CHARTER, vetting.answers(library))
    canned = read_canned(folder, languages, contents)
    yield from of(Kind.MISSING_FILE, missing_attachments(folder, canned))
    carried = {PurePosixPath(one.path).name for reply in canned for one in reply.attachments}
    linked = {PurePosixPath(unquote(one.address)).name for one in links.links(library.entries)}
    for path in unread_files(folder):
        if path.name not in carried | linked:
            yield Finding(Kind.UNREAD, Source(path.relative_to(folder).as_posix(), 1), _UNREAD)


def _untranslated(settings: Settings, library: Library) -> Iterator[Finding]:
    wanted = settings.brand.languages
    first = {entry.id: entry for entry in reversed(library.entries)}
    held = {(entry.id, entry.language) for entry in library.entries}
    for entry in library.entries:
        missing = [language for language in wanted if (entry.id, language) not in held]
        if missing and first[entry.id] is entry:
            yield Finding(
                Kind.UNTRANSLATED,
                entry.source,
                Sentence(
                    "{entry} is not there in {languages}: write it there under the same id, "
                    "{{#{entry}}}; until then it is given in another language, with a note",
                    entry=entry.id,
                    languages=", ".join(missing),
                ),
            )


def _untranslated_texts(settings: Settings) -> Iterator[Finding]:
    """The languages in which the bot's own words are partly another's."""
    default = settings.brand.languages[0]
    missing = texts.untranslated(settings.faq_folder, settings.brand.languages)
    for language, keys in missing.items():
        more = Sentence(" and {number} more", number=len(keys) - 3) if len(keys) > 3 else ""
        yield Finding(
            Kind.UNTRANSLATED,
            Source(f"{texts.FOLDER}/{language}.toml", 1),
            Sentence(
                "the bot says {number} texts in {default!r} to whoever speaks {language!r} "
                "({keys}{more}): write them in this file",
                number=len(keys),
                default=texts.FALLBACK if language == default else default,
                language=language,
                keys=", ".join(keys[:3]),
                more=more,
            ),
        )

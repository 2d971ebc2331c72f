"""What the bot knows at this moment, made anew whenever a file is saved.

FAQ files, the bot's own texts, the charter and the canned replies are read together, and faults are
there to be shown. A file of entries that has some stays as it was when it last had none, while the
others go live; where that cannot be, the last good state of all stays live. The files of what is
live are kept in `var/`, so that it outlives a restart.
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from bot import texts
from bot.clock import Clock
from bot.config import Settings
from bot.core.charter.vetting import Vetting
from bot.core.conversation.commands import Commands
from bot.core.conversation.decisions import Mind
from bot.core.conversation.smalltalk import SmallTalk
from bot.core.knowledge.experience import Experience
from bot.core.queue.hours import Hours
from bot.core.queue.priority import Priorities
from bot.encoders.remembering import Recalling
from bot.encoders.setting import encoding, looking, own
from bot.errors import EncoderError, LibraryError
from bot.library import keeping
from bot.library.canned import CannedReply, canned_files, read_canned
from bot.library.files.file import Parsed
from bot.library.live import Live
from bot.library.reading import library_files, read_library, refuse
from bot.library.rules.charter import Charter, charter_files, dangling, read_charter
from bot.library.rules.spotting import finders
from bot.library.standing import key, read_standing
from bot.matching.matcher import Matcher
from bot.matching.meaning.encoding import Encoding
from bot.matching.meaning.sense import said_in
from bot.models import Fault, Library
from bot.process import give_back
from bot.texts import Languages

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Content:
    """What stands in the FAQ folder."""

    library: Library
    texts: Languages
    charter: Charter
    canned: tuple[CannedReply, ...]


def read(
    settings: Settings, library: Library | None = None, parsed: Parsed | None = None
) -> Content:
    """Read the FAQ folder, or all else that is in it where the library is at hand.

    Files that still hold what they held when they were `parsed` are not read again.

    Raises:
        LibraryError: with every fault of the files.
    """
    faq, brand = settings.faq_folder, settings.brand
    library = library or read_library(faq, brand.languages, parsed=parsed)
    charter = read_charter(faq, brand.languages)
    refuse(tuple(dangling(charter, library)))
    return Content(
        library,
        texts.read(faq, brand.languages, brand.name),
        charter,
        read_canned(faq, brand.languages),
    )


def read_what_stands(
    settings: Settings, parsed: Parsed, last: Content | None
) -> tuple[Content, tuple[Fault, ...]]:
    """The same, with faulty files of entries as they were in `last`, and their faults.

    Raises:
        LibraryError: with every fault of the files, where `last` had better stay as it is: they do
            not go together, or an entry is gone, which may now stand in a faulty file.
    """
    if last is None:
        return read(settings, parsed=parsed), ()
    faq, languages = settings.faq_folder, settings.brand.languages
    standing = read_standing(faq, languages, last.library, parsed=parsed)
    try:
        if set(map(key, last.library.entries)) - set(map(key, standing.library.entries)):
            refuse(standing.faults)
        return read(settings, standing.library), standing.faults
    except LibraryError as error:
        raise LibraryError(tuple(dict.fromkeys((*standing.faults, *error.faults)))) from None


def recall(settings: Settings) -> Content | None:
    """What was live last, by the files kept of it; None where there are none that can be used."""
    try:
        return _unpack(settings, _archive(settings).read_bytes(), Parsed())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, LibraryError) as error:
        _log.warning("The last good FAQ, %s, cannot be used: %s", _archive(settings), error)
        return None


def _keep(settings: Settings, content: Content, parsed: Parsed, faults: Sequence[Fault]) -> None:
    """Keep the files of what is live; nothing is kept that would not be read as the same."""
    try:
        packed = _pack(settings, {fault.source.file for fault in faults})
        if _unpack(settings, packed, parsed) == content:  # else they have just been saved once more
            keeping.keep(_archive(settings), packed)
    except (OSError, ValueError, LibraryError) as error:
        if not faults:  # else the files are not what is live
            _log.warning("The FAQ is live, but cannot be kept for a restart: %s", error)


def _pack(settings: Settings, faulty: Collection[str]) -> bytes:
    """The files as they are, but for faulty ones, which are as they were kept before."""
    faq, files = settings.faq_folder, _files(settings)
    if not faulty:
        return keeping.pack(faq, files)
    with keeping.unpacked(_archive(settings).read_bytes()) as there:
        known = {faq / name: there / name for name in faulty}
        kept = {path: one.read_bytes() for path, one in known.items() if one.is_file()}
    there_now = [path for path in files if path in kept or path not in known]
    return keeping.pack(
        faq, there_now, lambda path: kept[path] if path in kept else path.read_bytes()
    )


def _unpack(settings: Settings, packed: bytes, parsed: Parsed) -> Content:
    with keeping.unpacked(packed) as faq:
        there = replace(settings, faq=replace(settings.faq, path=str(faq)))
        return read(there, parsed=parsed)


def _archive(settings: Settings) -> Path:
    return settings.var / "last-good-faq.zip"


def understand(
    settings: Settings,
    content: Content,
    experience: Experience = Experience(),  # noqa: B008  # it is immutable
    encoding: Encoding | None = None,
    *,
    keep: bool = False,
    before: Matcher | None = None,
) -> Mind:
    """Make ready what was read; raises ConfigError where the desk's hours cannot be understood.

    Where the encoder fails, that is logged, and it is done without.

    Args:
        settings: all of bot.toml.
        content: what was read.
        experience: what was learnt and is in force.
        encoding: the encoder that bot.toml asks for.
        keep: keep in `var/` what the bot's own encoder makes of this: for the running bot alone.
        before: the matcher of an earlier state; what it knows of this is not made again.
    """
    brand, library = settings.brand, content.library
    smalltalk = SmallTalk(content.texts)
    return Mind(
        library=library,
        matcher=_matcher(
            settings, library, smalltalk, experience, encoding, keep=keep, before=before
        ),
        texts=content.texts,
        smalltalk=smalltalk,
        commands=Commands(content.texts),
        hours=Hours(settings.desk.hours, settings.desk.holidays, brand.zone),
        zone=brand.zone,
        patience=settings.conversation,
        vetting=Vetting(content.charter),
        canned=content.canned,
        priorities=Priorities(settings.desk.priority, finders(brand.languages)),
        times=settings.desk.times,
        in_turn=settings.desk.assign == "turn",
    )


def _matcher(
    settings: Settings,
    library: Library,
    smalltalk: SmallTalk,
    experience: Experience,
    encoding: Encoding | None,
    *,
    keep: bool = False,
    before: Matcher | None = None,
) -> Matcher:
    build = partial(
        Matcher.build,
        library,
        settings.matching.precision,
        settings.brand.languages,
        own=_own(settings, before, keep=keep),
        before=before,
    )
    adaptation = experience.adaptation(library, smalltalk)
    try:
        matcher = build(adaptation=adaptation, encoding=encoding)
    except EncoderError as error:
        _log.warning("%s; this FAQ is matched without an encoder", error)
        matcher = build(adaptation=adaptation)
    return experience.fit(matcher, settings.matching.encoder)


def _own(settings: Settings, before: Matcher | None, *, keep: bool) -> Encoding:
    """The bot's own encoder, which knows what the earlier matcher has of it already."""
    encoding = own(settings, keep=keep)
    held = before.sense.known.values() if before else ()
    known = {text: row for one in held for text, row in one.by(encoding.encoder).items()}
    return replace(encoding, known=Recalling(encoding.encoder, known)) if known else encoding


def _remember(settings: Settings, matcher: Matcher) -> None:
    """Keep in `var/` what the bot's own encoder has made of the FAQ."""
    encoding = own(settings)
    told = [
        language
        for language, known in matcher.sense.known.items()
        if encoding.encoder in [one.encoder for one in known.encodings]
    ]
    if said := said_in(matcher.library.entries, told):
        encoding.known.encode(said)


def retold(mind: Mind, library: Library) -> Mind:
    """The mind with the answers of that library, where it has the same entries in the same order.

    To index thousands of entries takes a tenth of a second, and to train what is trained on some
    hundreds takes seconds; a price that was mended is not to wait for that.
    Until then messages are matched by the wordings that there were before.
    """
    if list(map(key, library.entries)) != list(map(key, mind.library.entries)):
        return mind
    indexes = []
    for index in mind.matcher.indexes:
        own = [entry for entry in library.entries if entry.language == index.language]
        indexes.append(replace(index, entries=(*own, *index.entries[index.shown :])))
    matcher = replace(mind.matcher, library=library, indexes=tuple(indexes))
    return replace(mind, library=library, matcher=matcher)


class Knowledge:
    """The current `Mind`, and what keeps a newer one from being live."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        experience: Experience = Experience(),  # noqa: B008  # it is immutable
    ) -> None:
        """Read everything for the first time; raises as `read` and `understand` do.

        Faulty files raise only where no earlier run has left a good state. The encoder comes later,
        while the bot already answers: `run` loads it.

        Args:
            settings: all of bot.toml.
            clock: the time.
            experience: what was learnt and is in force.
        """
        self.settings = settings
        self._experience = self._applied = experience
        self.parsed = Parsed()
        """What the FAQ's files held when they were last read."""
        self._live = Live(
            settings.faq_folder,
            lambda last: read_what_stands(settings, self.parsed, last),
            lambda: _files(settings),
            clock,
            lambda: recall(settings),
        )
        self._understood = self._live.current
        """What the mind was made of, but for answers that are newer."""
        self._mind = understand(settings, self._understood, experience, keep=True)
        self._mind.hours.check()
        self._remembered = self._mind.library
        """What the bot's own encoder has made of it is kept."""
        self._changed = asyncio.Event()
        self._encoding: Encoding | None = None
        self._encoded = not settings.matching.encoder
        """The encoder is at hand, or it is known that it will not be."""
        self._turn = asyncio.Lock()
        self._live.subscribe(self._changed.set)

    @property
    def mind(self) -> Mind:
        """What is live."""
        return self._mind

    @property
    def faults(self) -> Sequence[Fault]:
        """What to mend in the files as they are now; empty when all are live."""
        return self._live.faults

    @property
    def experience(self) -> Experience:
        """What was learnt and is part of the mind."""
        return self._applied

    def learn(self, experience: Experience) -> None:
        """Know this from soon on, in the place of what was learnt before."""
        self._experience = experience
        self._changed.set()

    async def reload(self) -> None:
        """Read the files now; when this returns they are live, unless they have faults."""
        await self._live.reload()
        await self._understand()

    def foresee(self, library: Library) -> Matcher:
        """How messages would be matched if that were the FAQ."""
        mind = self._mind
        return _matcher(
            self.settings,
            library,
            mind.smalltalk,
            self._applied,
            looking(self._encoding, self.settings),
            before=mind.matcher,
        )

    async def run(self) -> None:
        """Follow the files until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._live.watch())
            group.create_task(self._follow())
            if not self._encoded:
                group.create_task(self._encode())

    async def _follow(self) -> None:
        await asyncio.to_thread(self._mind.hours.prepare)
        while True:  # looks first: a run that failed may have left something to do
            self._changed.clear()
            content = await self._understand()
            faults = self._live.faults
            await asyncio.to_thread(_keep, self.settings, content, self.parsed, faults)
            if content.library is not self._remembered:
                await asyncio.to_thread(_remember, self.settings, self._mind.matcher)
                self._remembered = content.library
            await asyncio.to_thread(give_back)
            await self._changed.wait()

    async def _understand(self) -> Content:
        """Make the mind of what is live, and tell what that is."""
        async with self._turn:
            content, experience = self._live.current, self._experience
            if content != self._understood or experience != self._applied:
                self._mind = retold(self._mind, content.library)
                await self._make(content, experience)
            return content

    async def _make(self, content: Content, experience: Experience) -> None:
        self._mind = await asyncio.to_thread(
            understand,
            self.settings,
            content,
            experience,
            self._encoding,
            keep=True,
            before=self._mind.matcher,
        )
        self._understood, self._applied = content, experience

    async def _encode(self) -> None:
        """Load the encoder, and understand anew with it; what is wrong is mended by a restart."""
        try:
            self._encoding = await asyncio.to_thread(encoding, self.settings)
        except EncoderError as error:
            _log.warning("%s; the bot works without an encoder", error)
        else:
            async with self._turn:
                await self._make(self._live.current, self._experience)
            for language, proof in self._mind.matcher.proofs.items():
                _log.info("The encoder in %r: %s", language, proof)
        self._encoded = True


def _files(settings: Settings) -> list[Path]:
    faq = settings.faq_folder
    beside = (*texts.files(faq), *charter_files(faq), *canned_files(faq))
    return [*library_files(faq), *beside]

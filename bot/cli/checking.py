"""What is to be mended in bot.toml and the FAQ folder: every fault and doubt, with its place."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot import config, texts
from bot.cli.common import watched
from bot.cli.loading import learning, place
from bot.clock import Clock
from bot.config import Settings
from bot.contract import Handler
from bot.core.knowledge.experience import Experience
from bot.core.queue.hours import Hours
from bot.core.queue.priority import Priorities
from bot.encoders import setting
from bot.errors import ConfigError, EncoderError, LibraryError, UserError
from bot.library.editing import history
from bot.library.rules.spotting import finders
from bot.matching.meaning.encoding import Encoding
from bot.models import Source
from bot.networks import build_handlers
from bot.review import content
from bot.review.confusion import Answering
from bot.review.findings import Finding, Kind, Places, in_order
from bot.sentence import Sentence, told


@dataclass(frozen=True, slots=True)
class Configured:
    """What bot.toml says, as far as it can be used."""

    settings: Settings | None
    """None where it cannot."""
    findings: tuple[Finding, ...]
    networks: tuple[Handler, ...] = ()
    """The enabled ones that can be made."""
    encoding: Encoding | None = None
    """The operator's sentence encoder, where one can be used."""


@dataclass(frozen=True, slots=True)
class Looked:
    """All that is to be mended, and how a language says it."""

    findings: tuple[Finding, ...]
    """Files are named as seen from the current folder."""
    sentences: Mapping[str, str]


def look(path: Path, clock: Clock, *, visiting: bool = False, language: str = "") -> Looked:
    """Everything that is to be mended.

    Args:
        path: bot.toml.
        clock: the time.
        visiting: whether the links of answers are visited.
        language: in which it is to be told; English where there are no words for it.

    Raises:
        ConfigError: there is no such bot.toml.
    """
    found = configuration(path, clock)
    if found.settings is None:
        return Looked(found.findings, {})
    faq = found.settings.faq_folder
    today = clock.now().astimezone(found.settings.brand.zone).date()
    answering = _answering(found.settings, found.encoding)
    reviewed = [*content.review(found.settings, today, found.networks, answering=answering)]
    if visiting:
        reviewed += _visited(found.settings)
    try:
        sentences = texts.sentences(faq, language) if language else {}
    except LibraryError:  # that file's faults are among those found
        sentences = {}
    findings = (
        replace(one, message=told(one.message, sentences)) for one in from_here(reviewed, faq)
    )
    return Looked(in_order([*found.findings, *findings]), sentences)


def _answering(settings: Settings, added: Encoding | None) -> Answering:
    """How the running bot answers; what its encoder makes is kept where there is a `var/`."""
    try:
        _, learnt = learning(settings)
    except UserError:  # that is for `doctor` to say
        learnt = Experience()
    own = setting.trying(settings)
    return Answering(
        settings.matching.precision, own, added, learnt, settings.matching.encoder if added else ""
    )


def _visited(settings: Settings) -> Iterator[Finding]:
    """The links that lead nowhere; a bar shows how far it is, if a person watches."""
    from bot.review import online  # noqa: PLC0415  # slow, and seldom asked for

    library = content.read(settings).library
    urls = set(online.addresses(library).values())
    problems = dict(watched(online.dead(urls), "Visiting", len(urls)))
    return online.findings(library, Places(settings.faq_folder), problems)


def configuration(path: Path, clock: Clock) -> Configured:
    """What is to be mended in bot.toml alone; raises as `look` does."""
    try:
        settings = config.load(path)
    except ConfigError as error:
        if not path.is_file():
            raise
        faults = [ConfigError(line) for line in str(error).splitlines()]
        return Configured(None, tuple(_finding(path, fault) for fault in faults))
    networks: list[Handler] = []
    found = [_finding(path, error) for error in _config_errors(settings, clock, networks)]
    if settings.faq.commit and (problem := history.hindrance(settings.faq_folder)):
        refused = ConfigError(f"[faq] commit: {problem} (until then saves are not committed)")
        found.append(_finding(path, refused, Kind.GIT))
    try:
        encoder = setting.encoding(settings, keep=False, download=False)
    except EncoderError as error:
        said = EncoderError(f"[matching] encoder: {error} (until then the bot works without it)")
        return Configured(settings, (*found, _finding(path, said, Kind.ENCODER)), tuple(networks))
    return Configured(settings, tuple(found), tuple(networks), encoder)


def from_here(findings: Sequence[Finding], faq: Path) -> Iterator[Finding]:
    """The findings, with files named as seen from the current folder."""
    return (replace(one, source=place(one.source, faq)) for one in findings)


def rows(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """Findings for programs."""
    return [
        {
            "kind": one.kind,
            "file": one.source.file,
            "line": one.source.line,
            "message": one.message,
        }
        for one in findings
    ]


def line(one: Finding) -> str:
    """A finding for people."""
    if one.kind.is_fault:
        return str(one)
    return Sentence("{source}: a doubt: {message}", source=one.source, message=one.message)


def annotation(one: Finding) -> str:
    """A finding as GitHub's continuous integration shows it beside the line.

    Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
    """
    level = "error" if one.kind.is_fault else "warning"
    file = _escaped(one.source.file).replace(":", "%3A").replace(",", "%2C")
    message = _escaped(one.message)
    return f"::{level} file={file},line={one.source.line},title=comptoir {one.kind}::{message}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _config_errors(
    settings: Settings, clock: Clock, networks: list[Handler]
) -> Iterator[ConfigError]:
    """What only shows when the settings are used: the desk's hours and rules, each network.

    Networks that can be made are added to `networks`.
    """
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
            networks += build_handlers(replace(settings, handlers=(section,)), clock).values()
        except ConfigError as error:
            yield error


# ── lines of bot.toml ────────────────────────────────────────────────────────────────────────────


def _finding(path: Path, error: UserError, kind: Kind = Kind.CONFIG) -> Finding:
    message = str(error).removeprefix(str(path)).lstrip(": ")
    named = re.search(r"\bat line (\d+)", message) if kind is Kind.CONFIG else None
    line = int(named[1]) if named else _line(path, message)
    return Finding(kind, Source(str(path), line), message)


def _line(path: Path, message: str) -> int:
    """The line that a message is about: that of the key or section."""
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

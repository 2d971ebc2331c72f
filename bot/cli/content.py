"""Commands about content: ask, chat, check, eval, init."""

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import click

from bot import shipped
from bot.cli.common import options, print_json, settings
from bot.clock import SystemClock
from bot.config import Settings
from bot.core import knowledge
from bot.core.conversation import Decision, Group, Mind, Situation, choose, decide, hear
from bot.errors import LibraryError, UserError
from bot.library.reading import read_library
from bot.matching import evaluate as evaluation
from bot.matching.matcher import Matcher
from bot.models import (
    Conversation,
    Fault,
    IncomingKind,
    Library,
    Message,
    Offer,
    Source,
)

_FAQ = click.option(
    "--faq", type=click.Path(path_type=Path), help="An FAQ folder or file, instead of bot.toml's."
)
_STRANGER = Conversation(
    id=0,
    account="",
    address="",
    follower_id=0,
    name="",
    public=False,
    language="",
    introduced=True,
    last_said="",
    last_said_count=0,
)


@click.command()
@click.argument("question")
@click.option("--explain", is_flag=True, help="Show why: language, likeliest entries, features.")
@_FAQ
@options
def ask(question: str, explain: bool, faq: Path | None, config_path: Path, as_json: bool) -> None:
    r"""Print what the bot would answer to QUESTION.

    \b
    comptoir ask "vous livrez en combien de jours ?" --explain
    """
    mind = _mind(settings(config_path, faq), faq)
    group, decision = _decide(mind, question)
    if as_json:
        print_json(_answer(group, decision, mind))
        return
    if decision.said:
        click.echo(decision.said.text)
        for option in decision.said.options:
            click.echo(f"  [{option.label}]")
    if decision.escalate:
        click.echo(f"(to a person: {decision.escalate})")
    if explain:
        click.echo("")
        _explain(group, mind)


@click.command()
@_FAQ
@options
def chat(faq: Path | None, config_path: Path, as_json: bool) -> None:  # noqa: ARG001  # a dialogue
    """Talk with the bot in the terminal; nothing is kept, Ctrl-D ends.

    A choice is pressed by its number.
    """
    mind = _mind(settings(config_path, faq), faq)
    click.echo("Ask as a follower would. Ctrl-D ends.")
    conversation = _STRANGER
    offers: tuple[Offer, ...] = ()
    first = True
    while True:
        try:
            line = click.prompt("you", prompt_suffix="> ").strip()
        except click.Abort:
            click.echo("")
            return
        situation = Situation(replace(conversation, introduced=not first), None, 1)
        if line.isdecimal() and 0 < int(line) <= len(offers):
            decision = choose(offers[int(line) - 1], situation, mind, _now())
        else:
            group = replace(hear([_line(line)], mind, conversation), closed=True)
            decision = decide(group, situation, mind, _now())
        conversation, offers = _tell(decision, conversation)
        first = first and decision.said is None


@click.command()
@options
def check(config_path: Path, as_json: bool) -> int:
    """List every fault in bot.toml and the FAQ, with file and line; status 1 if there is any.

    Doubts (a translation that is missing, an answer past its review date) are listed too.
    """
    faults: list[Fault] = []
    doubts: list[Fault] = []
    try:
        loaded = settings(config_path)
        content = knowledge.read(loaded)
        knowledge.understand(loaded, content)
        today = SystemClock().now().astimezone(loaded.brand.zone).date()
        doubts = list(_doubts(content.library, loaded.brand.languages, today))
    except LibraryError as error:
        faults = list(error.faults)
    except UserError as error:
        if not config_path.exists():
            raise
        faults = [Fault(Source(str(config_path), 1), str(error))]
    if as_json:
        print_json({"faults": _as_json(faults), "doubts": _as_json(doubts)})
        return 1 if faults else 0
    for fault in faults:
        click.echo(str(fault))
    for doubt in doubts:
        click.echo(f"{doubt} (a doubt)")
    click.echo(f"{len(faults)} faults, {len(doubts)} doubts")
    return 1 if faults else 0


@click.command("eval")
@click.argument("questions", type=click.Path(path_type=Path))
@click.option("--predictions", type=click.Path(path_type=Path), help="Write a TSV of each verdict.")
@_FAQ
@options
def evaluate(
    questions: Path, predictions: Path | None, faq: Path | None, config_path: Path, as_json: bool
) -> None:
    r"""Measure the matcher on labelled QUESTIONS.

    A TSV without header: the expected entry's id (or - where nothing answers), a tab, the message.

    \b
    comptoir eval questions.tsv --faq faq --predictions out.tsv
    """
    loaded = settings(config_path, faq)
    library = _library(loaded, faq)
    begun = time.perf_counter()
    languages = () if faq else loaded.brand.languages
    matcher = Matcher.build(library, loaded.matching.precision, languages)
    seconds = time.perf_counter() - begun
    asked = evaluation.read_questions(questions, {entry.id for entry in library.entries})
    report = evaluation.evaluate(matcher, asked, seconds)
    if predictions:
        evaluation.write_predictions(predictions, report.predictions)
    if as_json:
        print_json(report.as_dict())
        return
    for name, value in report.as_dict().items():
        shown = f"{value:.3f}" if isinstance(value, float) else value
        click.echo(f"{name.replace('_', ' '):32} {'-' if shown is None else shown}")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@options
def init(folder: Path, config_path: Path, as_json: bool) -> None:  # noqa: ARG001  # makes its own
    """Make FOLDER with a bot.toml and a demo faq/ to edit; nothing there is overwritten."""
    source = shipped.folder()
    for name in ("bot.toml", "faq"):
        if (folder / name).exists():
            raise UserError(f"{folder / name} is in the way: name another folder, or move it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / "bot.toml", folder / "bot.toml")
        shutil.copytree(source / "faq", folder / "faq")
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror}") from None
    if as_json:
        print_json({"folder": str(folder)})
    else:
        click.echo(f"Made {folder} with bot.toml and faq/. Now: cd {folder} && comptoir run")


COMMANDS = (ask, chat, check, evaluate, init)


def _library(loaded: Settings, faq: Path | None) -> Library:
    """An FAQ named on the command line may be in any language."""
    return read_library(loaded.faq_folder, () if faq else loaded.brand.languages)


def _mind(loaded: Settings, faq: Path | None) -> Mind:
    if faq is None:
        return knowledge.understand(loaded, knowledge.read(loaded))
    return knowledge.understand(loaded, knowledge.read(loaded, _library(loaded, faq)))


def _now() -> datetime:
    return SystemClock().now()


def _line(text: str) -> Message:
    return Message(1, IncomingKind.MESSAGE, text, _now(), _now())


def _decide(mind: Mind, question: str) -> tuple[Group, Decision]:
    """What is decided once no further line is waited for."""
    group = replace(hear([_line(question)], mind, _STRANGER), closed=True)
    return group, decide(group, Situation(_STRANGER, None, 1), mind, _now())


def _tell(decision: Decision, conversation: Conversation) -> tuple[Conversation, tuple[Offer, ...]]:
    """Print a decision; what is to be remembered, and the choices that are open now."""
    said = decision.said
    if said is None:
        return conversation, ()
    click.echo(f"bot> {said.text}")
    for number, option in enumerate(said.options, start=1):
        click.echo(f"     {number}. {option.label}")
    again = conversation.last_said_count + 1 if said.topic == conversation.last_said else 1
    remembered = replace(
        conversation, language=decision.language, last_said=said.topic, last_said_count=again
    )
    offers = tuple(
        Offer(str(number), 0, "", option.action, option.label, option.entry_id, decision.language)
        for number, option in enumerate(said.options)
    )
    return remembered, offers


def _answer(group: Group, decision: Decision, mind: Mind) -> dict[str, object]:
    """The decision and its reasons, for programs."""
    said, verdict = decision.said, group.verdict
    return {
        "smalltalk": group.smalltalk.gist if group.smalltalk else None,
        "verdict": verdict.kind if verdict else None,
        "language": decision.language,
        "text": said.text if said else None,
        "choices": [option.label for option in said.options] if said else [],
        "entry": said.entry.id if said and said.entry else None,
        "version": said.entry.version if said and said.entry else None,
        "escalate": decision.escalate,
        "library": mind.library.hash,
        "matches": [
            {
                "entry": match.entry.id,
                "source": str(match.entry.source),
                "probability": match.probability,
                "phrasing": match.phrasing,
                "features": dict(match.features),
            }
            for match in (verdict.matches if verdict else ())
        ],
    }


def _explain(group: Group, mind: Mind) -> None:
    if group.smalltalk:
        click.echo(f"small talk: {group.smalltalk.gist} ({group.smalltalk.language})")
        return
    verdict = group.verdict
    if verdict is None:
        return
    click.echo(f"verdict: {verdict.kind}, language: {verdict.language}")
    click.echo(
        f"an answer must be right with a probability of {mind.matcher.precision:.2f} or more"
    )
    for match in verdict.matches:
        entry = match.entry
        click.echo(f"{match.probability:6.3f}  {entry.id}  ({entry.source})")
        click.echo(f"        nearest wording: {match.phrasing}")
        for name, value in sorted(match.features.items()):
            click.echo(f"        {name:24} {value:8.3f}")


def _doubts(library: Library, languages: Sequence[str], today: date) -> Iterator[Fault]:
    """What is no fault, and yet to be looked at."""
    spoken: dict[str, set[str]] = {}
    for entry in library.entries:
        spoken.setdefault(entry.id, set()).add(entry.language)
    told: set[str] = set()
    for entry in library.entries:
        if entry.review_by and entry.review_by < today:
            yield Fault(entry.source, f"{entry.id} was to be reviewed by {entry.review_by}")
        missing = [language for language in languages if language not in spoken[entry.id]]
        if missing and entry.id not in told:
            told.add(entry.id)
            yield Fault(entry.source, f"{entry.id} has no translation in {', '.join(missing)}")


def _as_json(faults: Sequence[Fault]) -> list[dict[str, object]]:
    return [
        {"file": fault.source.file, "line": fault.source.line, "message": fault.message}
        for fault in faults
    ]

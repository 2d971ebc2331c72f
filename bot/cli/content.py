"""Commands about content: ask, chat, init, eval."""

import shlex
import shutil
import sys
import time
from pathlib import Path

import click

from bot import shipped
from bot.cli.common import Call, Command, Words, table, watched
from bot.clock import SystemClock
from bot.errors import UserError

_FAQ = click.option(
    "--faq",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="An FAQ folder or file to take instead of bot.toml's, which may then be missing.",
)


@click.command(
    cls=Command,
    examples=(
        'comptoir ask "vous livrez en combien de jours ?"',
        'comptoir ask "can I return it?" --faq ~/my-brand/faq --explain',
        'comptoir ask "un humain svp" --json',
    ),
)
@click.argument("question", type=Words())
@click.option("--explain", is_flag=True, help="Show why: likeliest entries, features, thresholds.")
@click.option("--language", metavar="XX", help="The follower's, where QUESTION does not tell.")
@_FAQ
def ask(call: Call, question: str, explain: bool, language: str | None, faq: Path | None) -> None:
    """Show what the bot would do about QUESTION.

    The first line is its verdict; the rest is what the follower would be told.
    """
    from bot.cli import explaining, loading  # noqa: PLC0415  # slow, see bot.cli.common
    from bot.core.faq.rehearsing import Session  # noqa: PLC0415  # slow

    settings, mind = loading.mind(call, faq)
    spoken = settings.brand.languages
    if language is not None and language not in spoken:
        raise UserError(f"nothing is known in the language {language!r}: {', '.join(spoken)} only")
    turn = Session(mind, SystemClock(), language=language or "", introduced=True).say(question)
    shown = f"{explaining.headline(turn, settings.faq_folder)}\n\n{explaining.reply(turn)}"
    if explain:
        shown += f"\n\n{explaining.explanation(turn, mind, settings.faq_folder)}"
    call.say(shown, explaining.document(turn, mind, settings.faq_folder))


@click.command(
    cls=Command,
    examples=(
        "comptoir chat",
        "comptoir chat --faq ~/my-brand/faq",
        "printf 'bonjour\\nun humain\\n' | comptoir chat --json",
    ),
)
@_FAQ
def chat(call: Call, faq: Path | None) -> None:
    """Talk with the bot as a follower would.

    A choice is pressed by its number. Ctrl-D ends; nothing is kept. With --json, lines are read
    until the end of the input and the whole conversation is printed.
    """
    from bot.cli import explaining, loading  # noqa: PLC0415  # slow, see bot.cli.common
    from bot.core.faq.rehearsing import Session  # noqa: PLC0415  # slow

    settings, mind = loading.mind(call, faq)
    session, turns = Session(mind, SystemClock()), []
    if not call.as_json:
        click.echo("Write as a follower would; a number presses a choice, Ctrl-D ends.")
    while (line := _line(prompt="" if call.as_json else "\nyou> ")) is not None:
        if not line:
            continue
        turn = session.say(line)
        turns.append(explaining.document(turn, mind, settings.faq_folder))
        if not call.as_json:
            click.echo(f"\n{explaining.reply(turn, numbered=True)}")
    call.say("", {"turns": turns})


def _line(prompt: str) -> str | None:
    """The next line without space around it; None at the end of the input."""
    if prompt and sys.stdin.isatty():
        import readline  # noqa: F401, PLC0415  # arrow keys and history, where the system has it
    try:
        return input(prompt).strip()
    except EOFError:
        return None


@click.command(cls=Command, examples=("comptoir init my-brand && cd my-brand && comptoir run",))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def init(call: Call, folder: Path) -> None:
    """Make the folder DIR: bot.toml and a demo faq/, to edit.

    Nothing is ever overwritten.
    """
    source = shipped.folder()
    for name in ("bot.toml", "faq"):
        if (folder / name).exists():
            raise UserError(f"{folder / name} is in the way: name another folder, or move it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / "bot.toml", folder / "bot.toml")
        shutil.copytree(source / "faq", folder / "faq")
    except OSError as error:
        raise UserError(f"{folder} cannot be written: {error.strerror or error}") from None
    here = folder.resolve() == Path.cwd()
    program = _program()
    entering = "" if here else f"cd {shlex.quote(str(folder))} && "
    following = f"{entering}{program} run"
    call.say(
        f"Made {folder / 'bot.toml'} and {folder / 'faq'}, to edit.\n"
        f"{_TO_EDIT.format(program=program)}\nNext: {following}",
        {"folder": str(folder), "next": following},
    )


_TO_EDIT = """
They speak for a coffee roaster who does not exist. Before followers read it:
  - put your brand's name into bot.toml
  - write your FAQ in faq/fr and faq/en, and delete the roaster's files there
  - go through charter.md and canned-replies.md there: your rules, your team's replies
  - type `{program} check`, which says what is left to mend
"""


def _program() -> str:
    """What starts Comptoir from any folder: its name, or where it lies if it is not on PATH."""
    typed = Path(sys.argv[0])
    if typed.stem != "comptoir" or shutil.which("comptoir"):
        return "comptoir"
    return shlex.quote(str(typed.absolute()))


@click.command(
    "eval",
    cls=Command,
    examples=(
        "comptoir eval questions.tsv",
        "comptoir eval questions.tsv --learnt",
        "comptoir eval questions.tsv --wanted 0.95 --curve curve.svg",
        "comptoir eval questions.tsv --faq faq --predictions predictions.tsv --json",
    ),
)
@click.argument("questions", metavar="QUESTIONS.tsv", type=click.Path(path_type=Path))
@click.option(
    "--predictions",
    type=click.Path(path_type=Path),
    metavar="OUT.tsv",
    help="Write what the matcher said to each question.",
)
@click.option(
    "--curve",
    type=click.Path(path_type=Path),
    metavar="OUT.svg",
    help="Draw how many questions are answered against how many answers are right.",
)
@click.option(
    "--wanted",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SHARE",
    help="Tell what to set for that share of right answers, such as 0.95.",
)
@click.option("--learnt", is_flag=True, help="With what the brand's own people have taught.")
@_FAQ
def evaluate(
    call: Call,
    questions: Path,
    predictions: Path | None,
    curve: Path | None,
    wanted: float | None,
    learnt: bool,
    faq: Path | None,
) -> None:
    """Measure the matcher on labelled questions.

    QUESTIONS.tsv has no header; each line is the expected entry's id (or - where nothing in the
    FAQ answers), a tab, and the message. The matcher is measured as shipped, and with --learnt as
    the running bot has it.
    """
    from bot.cli import loading, measuring  # noqa: PLC0415  # slow, see bot.cli.common
    from bot.core.knowledge.experience import Experience  # noqa: PLC0415  # slow
    from bot.matching import Matcher  # noqa: PLC0415  # slow
    from bot.matching import evaluate as evaluation  # noqa: PLC0415  # slow
    from bot.matching.adaptation import Adaptation  # noqa: PLC0415  # slow

    settings, library = loading.read(call, faq)
    asked = evaluation.read_questions(questions, {entry.id for entry in library.entries})
    taught = measuring.learnt(call, library) if learnt else (Experience(), Adaptation())
    experience, adaptation = taught
    encoding = loading.encoding(settings, faq)
    languages, precision = settings.brand.languages, settings.matching.precision
    begun = time.perf_counter()
    matcher = Matcher.build(library, precision, languages, adaptation, encoding)
    matcher = experience.fit(matcher, settings.matching.encoder)
    built = time.perf_counter() - begun
    report = evaluation.evaluate(matcher, watched(asked, "Asking"), built)
    if predictions:
        evaluation.write_predictions(predictions, report.predictions)
    found = measuring.study(asked, report.predictions, library, precision, wanted)
    if curve:
        measuring.draw(curve, found, report.predictions)
    rows = [("learnt", measuring.taught(matcher.adaptation)), *measuring.rows(report)]
    told = {"learnt": adaptation != Adaptation(), **report.as_dict(), **measuring.document(found)}
    call.say("\n".join([table(rows), *measuring.closer(found)]), told)

"""Commands about the FAQ as it was edited: check, replay."""

from datetime import datetime
from pathlib import Path

import click

from bot.cli.common import Call, Command
from bot.clock import SystemClock
from bot.sentence import Sentence, told


@click.command(
    cls=Command,
    examples=(
        "comptoir check",
        "comptoir check --strict --online",
        "comptoir check --config shop/bot.toml --format github",
    ),
)
@click.option("--strict", is_flag=True, help="Doubts count as well: status 1 if there is any.")
@click.option("--online", is_flag=True, help="Also visit the links of answers.")
@click.option(
    "--format",
    "layout",
    type=click.Choice(["text", "github"]),
    default="text",
    show_default=True,
    help="How findings are printed: for people, or as GitHub's annotations.",
)
@click.option(
    "--language",
    metavar="XX",
    default="",
    help="Tell findings in this language, if Comptoir has words for it; else in English.",
)
def check(call: Call, strict: bool, online: bool, layout: str, language: str) -> None:
    """List what is to be mended in bot.toml and faq/.

    Every fault has its file and line; status 1 if there is any. Doubts (a wording that belongs to
    another entry, a dead link, an answer past its review date) are listed as such and keep nothing
    from being live.
    """
    from bot.cli import checking  # noqa: PLC0415  # slow, see bot.cli.common

    if call.as_json and layout != "text":
        raise click.UsageError("--format is for people and GitHub: leave it out with --json")
    looked = checking.look(call.config, SystemClock(), visiting=online, language=language)
    found = looked.findings
    faults = [one for one in found if one.kind.is_fault]
    doubts = [one for one in found if not one.kind.is_fault]
    shown = map(checking.annotation if layout == "github" else checking.line, found)
    total = Sentence("faults: {faults}, doubts: {doubts}", faults=len(faults), doubts=len(doubts))
    call.say(
        "\n".join(told(one, looked.sentences) for one in (*shown, total)),
        {"faults": checking.rows(faults), "doubts": checking.rows(doubts)},
    )
    if faults or (strict and doubts):
        raise click.exceptions.Exit(1)


_FOLDER = click.Path(path_type=Path)


@click.command(
    cls=Command,
    examples=(
        "comptoir replay",
        "comptoir replay --since 2026-11-01 --limit 500",
        "comptoir replay --faq ~/faq-draft --against faq --questions questions.tsv --json",
    ),
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%d"]),
    help="Questions asked since, in the brand's time zone; else those of the last 30 days.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="So many at most, the latest.")
@click.option(
    "--questions",
    "file",
    type=_FOLDER,
    metavar="FILE",
    help="Questions from a file: one a line, or labelled as for `comptoir eval`.",
)
@click.option("--faq", type=_FOLDER, metavar="DIR", help="The FAQ as edited, if not bot.toml's.")
@click.option(
    "--against", type=_FOLDER, metavar="DIR", help="The FAQ before, instead of what was answered."
)
def replay(
    call: Call,
    since: datetime | None,
    limit: int | None,
    file: Path | None,
    faq: Path | None,
    against: Path | None,
) -> None:
    """Show which real questions the edited FAQ would answer otherwise.

    Nothing is stored or sent. Each change has what was told before and what would be told now, and
    whether that is better or worse, where a manager or the follower has said what is right.
    """
    from bot.cli import replaying  # noqa: PLC0415  # slow, see bot.cli.common

    wanted = replaying.Wanted(file, since, limit, faq, against)
    found = replaying.run(call, wanted, SystemClock().now())
    call.say("\n".join(replaying.shown(found)), replaying.document(found))

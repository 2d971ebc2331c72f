"""Commands that take an FAQ in and give it out: import, export."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot import durable
from bot.cli.common import Call, Command, harmless
from bot.errors import UserError

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.exchange.formats import Format
    from bot.exchange.importing import Proposal
    from bot.exchange.planning import Plan
    from bot.exchange.writing import FileChange
    from bot.models import Entry

_FILE_MODE = 0o644


@click.command(
    "import",
    cls=Command,
    examples=(
        "comptoir import faq.csv",
        "comptoir import https://www.example.com/faq --language en",
        "comptoir import my-agent.zip --format dialogflow --yes",
    ),
)
@click.argument("source", metavar="FILE-or-URL")
@click.option("--format", "format_name", metavar="F", default="", help="What it is, if not told.")
@click.option("--language", metavar="XX", default="", help="Of entries that name none.")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--fresh", is_flag=True, help="Forget earlier imports: take what SOURCE says.")
@click.option("--private", is_flag=True, help="Fetch from addresses of private networks, too.")
def take_in(
    call: Call,
    source: str,
    format_name: str,
    language: str,
    yes: bool,
    fresh: bool,
    private: bool,
) -> None:
    """Take entries from another FAQ into the files.

    It shows first, as a difference, what would change, and asks. Without a terminal, and without
    --yes, nothing is written. What was edited here since an earlier import stays.
    """
    from bot.cli import loading  # noqa: PLC0415  # slow, see bot.cli.common
    from bot.exchange import importing, memory  # noqa: PLC0415  # slow

    settings = call.settings()
    languages, faq = settings.brand.languages, settings.faq_folder
    if language and language not in languages:
        raise UserError(f"{language!r} is none of the brand's languages: {', '.join(languages)}")
    imported = importing.read(source, format_name, private=private)
    with loading.located(faq):
        target = importing.Target(faq, languages, settings.var / memory.FILE)
        proposal = importing.propose(imported, source, target, language, fresh=fresh)
    if not call.as_json:
        _show(proposal)
    written = yes or _agreed(call, proposal.files)
    if written:
        proposal.write()
    call.say(_ending(proposal.files, written), _document(proposal, written))


def _show(proposal: "Proposal") -> None:
    for file in proposal.files:
        click.echo(f"{harmless(file.diff)}\n")
    click.echo(harmless("\n".join([*_notes(proposal), _counts(proposal.plan)])))


def _notes(proposal: "Proposal") -> list[str]:
    """What a person should know besides the difference, a line each."""
    taken = proposal.taken_for
    guess = f"no language is named: taken for {taken!r} (--language says another)"
    return [*proposal.notes, *_told(proposal.plan), *([guess] if taken else [])]


def _agreed(call: Call, files: "Sequence[FileChange]") -> bool:
    if not files or call.as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return click.confirm(f"Write this to {len(files)} file(s)?")


def _told(plan: "Plan") -> Iterator[str]:
    """What a person should know of a plan, a line each."""
    for title, lines in (
        ("cannot be taken", plan.refused),
        ("edited here and there: what is here stays", plan.clashes),
        ("changed, to stand in an FAQ file", plan.altered),
        ("deleted here since, and stays so (--fresh takes it again)", plan.removed),
        ("edited here since, and stays so", plan.kept),
        ("no longer in the source, and stays here", plan.gone),
    ):
        if lines:
            yield f"{title}:"
            yield from (f"  {line}" for line in lines)


def _counts(plan: "Plan") -> str:
    counts = (
        (len(plan.new), "new"),
        (len(plan.updated), "changed"),
        (len(plan.unchanged), "as they are"),
        (len(plan.kept), "kept as edited here"),
        (len(plan.refused), "not taken"),
    )
    return ", ".join(f"{count:,} {what}" for count, what in counts if count) or "no entries"


def _ending(files: "Sequence[FileChange]", written: bool) -> str:
    if not files:
        return "Nothing to change."
    names = ", ".join(file.file for file in files)
    if written:
        return f"Written: {names}"
    return f"Nothing is written. To write {names}, say --yes."


def _document(proposal: "Proposal", written: bool) -> dict[str, object]:
    plan = proposal.plan
    return {
        "written": written,
        "new": plan.new,
        "changed": plan.updated,
        "unchanged": plan.unchanged,
        "kept": plan.kept,
        "clashes": plan.clashes,
        "removed": plan.removed,
        "gone": plan.gone,
        "refused": plan.refused,
        "notes": _notes(proposal),
        "files": [{"file": file.file, "diff": file.diff} for file in proposal.files],
    }


@click.command(
    "export",
    cls=Command,
    examples=(
        "comptoir export --format csv --out faq.csv",
        "comptoir export --format jsonld --language fr",
        "comptoir export --site public",
    ),
)
@click.option("--format", "format_name", metavar="F", default="", help="What to write.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Where to.")
@click.option("--language", metavar="XX", default="", help="Only the entries in this one.")
@click.option("--without", multiple=True, metavar="TAG", help="Leave out entries of this tag.")
@click.option("--site", type=click.Path(path_type=Path), metavar="DIR", help="Make a web site.")
def give_out(
    call: Call,
    format_name: str,
    out: Path | None,
    language: str,
    without: tuple[str, ...],
    site: Path | None,
) -> None:
    """Write the FAQ as a file for other programs, or as a web site.

    Formats: markdown, csv, tsv, yaml, json, jsonld. Without --out the file goes to standard output.
    """
    from bot.cli import loading  # noqa: PLC0415  # slow, see bot.cli.common
    from bot.exchange import exporting, formats  # noqa: PLC0415  # slow

    if bool(format_name) == bool(site):
        raise UserError(f"say one of --site DIR and --format {'|'.join(formats.WRITABLE)}")
    wanted = exporting.format_of(format_name) if format_name else None
    settings, library = loading.read(call, None)
    _outside(site or out, settings.faq_folder)
    entries = exporting.chosen(library.entries, language, without)
    _remember(entries, settings)
    if site:
        _write_site(call, site, exporting.for_everybody(entries), settings)
    elif wanted is not None:
        _write_format(call, wanted, out, entries)


def _remember(entries: "Sequence[Entry]", settings: "Settings") -> None:
    from bot.exchange import exporting, memory  # noqa: PLC0415  # slow, see bot.cli.common

    try:
        exporting.remember(entries, settings.var / memory.FILE)
    except UserError as error:
        click.echo(f"What goes out is not remembered: {error}", err=True)


def _write_format(
    call: Call, wanted: "Format", out: Path | None, entries: "Sequence[Entry]"
) -> None:
    from bot.exchange import exporting, formats  # noqa: PLC0415  # slow, see bot.cli.common
    from bot.exchange.codecs.html import to_html  # noqa: PLC0415  # slow

    if wanted.public:
        entries = exporting.for_everybody(entries)
    if wanted is formats.FORMATS["markdown"] and len({one.language for one in entries}) > 1:
        _write_folder(call, out, entries, wanted.loses)
        return
    assert wanted.write is not None  # noqa: S101  # all writable ones have it
    content = wanted.write(entries, to_html)
    if out is None and not call.as_json:
        click.echo(content, nl=False)
        click.echo(f"Lost on the way: {wanted.loses}", err=True)
        return
    if out is not None:
        for_spreadsheets = wanted is formats.FORMATS["csv"]
        _write(out, content.encode("utf-8-sig" if for_spreadsheets else "utf-8"))
    call.say(
        f"{len(entries):,} entries written to {out}\nLost on the way: {wanted.loses}",
        {"entries": len(entries), "loses": wanted.loses, "out": out and str(out)}
        | ({} if out else {"content": content}),
    )


def _write_folder(call: Call, out: Path | None, entries: "Sequence[Entry]", loses: str) -> None:
    from bot.exchange.codecs import markdown  # noqa: PLC0415  # slow, see bot.cli.common

    if out is None or out.suffix.lower() == ".md":
        raise UserError(
            "a Markdown file is in one language: say --out FOLDER for all of them, or --language"
        )
    for file, content in markdown.write_files(entries).items():
        _write(out / file, content.encode())
    call.say(
        f"{len(entries):,} entries written to {out}\nLost on the way: {loses}",
        {"entries": len(entries), "loses": loses, "out": str(out)},
    )


def _write_site(call: Call, site: Path, entries: "Sequence[Entry]", settings: "Settings") -> None:
    """Write the pages; what else is in the folder stays."""
    from bot import texts  # noqa: PLC0415  # slow, see bot.cli.common
    from bot.exchange import site as public  # noqa: PLC0415  # slow
    from bot.exchange.codecs.html import to_html  # noqa: PLC0415  # slow

    faq, brand = settings.faq_folder, settings.brand
    words = texts.read(faq, brand.languages, brand.name)
    made = public.pages(entries, words, brand.name, to_html)
    for file, content in made.items():
        _write(site / file, content)
    call.say(
        f"{len(entries):,} entries written to {site / 'index.html'}\n"
        "Entries for a person (.human) are left out.",
        {"entries": len(entries), "site": str(site), "files": sorted(made)},
    )


def _outside(out: Path | None, faq: Path) -> None:
    if out is not None and out.resolve().is_relative_to(faq.resolve()):
        raise UserError(f"{out} is in the FAQ folder, which the bot reads: name another place")


def _write(path: Path, content: bytes) -> None:
    try:
        durable.write(path, content, _FILE_MODE)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror or error}") from None

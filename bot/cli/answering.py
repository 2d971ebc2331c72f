"""comptoir queue, what helps to answer: suggestions, groups, one reply to many, the FAQ."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

import click

from bot.cli.common import AS, Call, Command, Words, harmless, table
from bot.cli.stored import with_store
from bot.clock import SystemClock
from bot.config import Settings
from bot.core.desk import documents
from bot.errors import Unusable
from bot.models import Library
from bot.store.audit import By
from bot.store.files import Files
from bot.store.protocol import Store

if TYPE_CHECKING:  # what takes long to import, see bot.cli.common
    from bot.core.desk.actions import Desk
    from bot.core.desk.aids import Aids
    from bot.core.desk.answering import Outcome
    from bot.core.faq.promoting import Draft, Proposal, Wish
    from bot.matching.matcher import Matcher

R = TypeVar("R")

_ITEM = click.IntRange(1, 2**63 - 1)
_ID = click.argument("number", metavar="ID", type=_ITEM)


@click.command(cls=Command, examples=("comptoir queue suggest 12",))
@_ID
@AS
def suggest(call: Call, number: int, by: By) -> None:
    """Show what may be answered: FAQ entries, canned replies, what was answered before."""
    found = with_aids(call, lambda aids, _: aids.suggesting.on(number, by.actor))
    rows = [
        *(
            (f"entry {one.entry.id}", f"{one.probability:.2f}", one.entry.question)
            for one in found.entries
        ),
        *((f"canned {one.reply.id}", "", one.reply.name) for one in found.canned),
        *(
            (f"item {one.found.escalation_id}", f"{one.found.likeness:.2f}", one.filled.text)
            for one in found.past
        ),
    ]
    shown = table((kind, likely, harmless(" ".join(text.split()))) for kind, likely, text in rows)
    call.say(shown or "nothing", documents.suggestions(found))


@click.command(cls=Command, examples=("comptoir queue groups",))
def groups(call: Call) -> None:
    """List the questions that wait and ask the same: one reply can go to all of a line."""

    async def act(aids: "Aids", _: "Desk") -> tuple[list[int], ...]:
        await aids.alike.step()
        return tuple(list(group.ids) for group in aids.alike.groups)

    found = with_aids(call, act)
    lines = [" ".join(map(str, ids)) for ids in found]
    call.say("\n".join(lines) or "nothing", {"groups": [{"escalations": ids} for ids in found]})


@click.command(
    "reply-all",
    cls=Command,
    examples=(
        'comptoir queue reply-all "Bonjour {first_name}, le site remarche." 12 13 14 --as lea',
    ),
)
@click.argument("text", type=Words())
@click.argument("numbers", metavar="ID...", type=_ITEM, nargs=-1, required=True)
@click.option("--resolve", is_flag=True, help="Close each item that it went to.")
@click.option("--anyway", is_flag=True, help="Send it whatever the charter says.")
@AS
def reply_all(
    call: Call, text: str, numbers: tuple[int, ...], resolve: bool, anyway: bool, by: By
) -> None:
    """Send TEXT to several items, each in its own conversation; status 1 where one was left out.

    Variables of canned replies are filled in for each.
    """
    from bot.core.desk.answering import Common, Fate  # noqa: PLC0415  # slow, see bot.cli.common

    reply = Common(text.strip(), secrets.token_hex(8), (), anyway, resolve)
    found = with_aids(
        call, lambda aids, desk: aids.answering.reply(desk, numbers, by, reply), networks=True
    )
    call.say(table(map(_outcome, found)), documents.outcomes(found))
    if any(one.fate is not Fate.SENT for one in found):
        raise SystemExit(1)


@click.command(
    cls=Command,
    examples=(
        "comptoir queue promote 12 --entry delai-livraison",
        'comptoir queue promote 12 --file fr/cafes.md --answer "Oui, tous." --yes --as lea',
    ),
)
@_ID
@click.option(
    "--entry", "entry_id", metavar="ENTRY", default="", help="A new phrasing of this entry."
)
@click.option("--question", default="", help="As it is to be asked; else as it was asked.")
@click.option("--answer", default="", help="Of a new entry; else what was replied.")
@click.option("--file", default="", help="Of a new entry, below the FAQ folder; may be new.")
@click.option("--category", default="", help="Of a new entry.")
@click.option("--id", default="", help="Of a new entry; else made of its question.")
@click.option("--yes", is_flag=True, help="Do not ask before it is written.")
@AS
def promote(call: Call, number: int, yes: bool, by: By, **wanted: str) -> None:
    """Make FAQ of a resolved item: a new entry, or with --entry a phrasing of one.

    What is personal is taken out; the difference is shown before it is written.
    """

    async def act(aids: "Aids", _: "Desk") -> "Proposal":
        promoting = aids.promoting
        wish = _wish(await promoting.draft(number), wanted)
        proposal = await promoting.propose(number, wish)
        click.echo(_proposed(proposal), err=True)
        if not yes:
            click.confirm("Write this?", abort=True, err=True)
        return await promoting.accept(number, wish, proposal.digest, by)

    done = with_aids(call, act)
    shown = f"{number}: {done.edit.entry.id} is written to {done.edit.file}"
    call.say(shown, documents.proposal(done, written=True))


# ── how they do it ───────────────────────────────────────────────────────────────────────────────


def with_aids(
    call: Call, act: Callable[["Aids", "Desk"], Awaitable[R]], *, networks: bool = False
) -> R:
    """What comes of acting with what helps managers; `networks` if something is to be sent."""
    from bot.cli import loading  # noqa: PLC0415  # slow, see bot.cli.common
    from bot.core.desk.actions import Desk  # noqa: PLC0415  # as above
    from bot.core.desk.aids import build  # noqa: PLC0415  # as above
    from bot.core.faq.keeping import Keeper  # noqa: PLC0415  # as above
    from bot.networks import build_handlers  # noqa: PLC0415  # as above

    settings, mind = loading.mind(call, None)

    async def reload() -> None:
        """A running bot sees by itself that the file has changed."""

    async def work(store: Store) -> R:
        clock, files = SystemClock(), Files(settings.files)
        handlers = build_handlers(settings, clock) if networks else {}
        try:
            keeper = Keeper(
                *(settings.faq_folder, settings.brand.languages, reload),
                foresee=lambda library: _foresee(settings, library),
                commit=settings.faq.commit,
            )
            aids = build(store, clock, lambda: mind, settings.brand, files, keeper)
            desk = Desk(store, clock, handlers, lambda: mind.vetting)
            return await act(aids, desk)
        finally:
            for handler in handlers.values():
                await handler.close()

    with loading.located(settings.faq_folder):
        return with_store(settings, work)


def _wish(draft: "Draft", wanted: Mapping[str, str]) -> "Wish":
    """What is wanted, and what the draft has where nothing is."""
    from bot.core.faq.promoting import Wish  # noqa: PLC0415  # slow, see bot.cli.common

    file = wanted["file"] or next(iter(draft.files), "")
    if not (wanted["entry_id"] or file):
        problem = f"no file has entries in {draft.language!r}: name one with --file"
        raise Unusable(problem, "file")
    return Wish(
        language=draft.language,
        question=wanted["question"] or draft.question,
        entry_id=wanted["entry_id"],
        answer=wanted["answer"] or draft.answer,
        file=file,
        category=wanted["category"],
        id=wanted["id"],
    )


def _foresee(settings: Settings, library: Library) -> "Matcher":
    from bot.matching.matcher import Matcher  # noqa: PLC0415  # slow, see bot.cli.common

    return Matcher.build(library, settings.matching.precision, settings.brand.languages)


def _outcome(one: "Outcome") -> tuple[str, ...]:
    why = one.holder or one.problem
    return (str(one.id), one.fate, harmless(one.item.name) if one.item else "-", harmless(why))


def _proposed(found: "Proposal") -> str:
    near = [
        f"asked already? {one.match.entry.id} ({one.match.probability:.2f}): "
        f"{one.match.entry.question}"
        for one in found.near
    ]
    personal = ["it holds personal details: the company's own?"] if found.details else []
    if found.kept:
        then = f"the charter keeps this subject for people: {found.kept.name}"
    elif found.answers:
        then = "the same question is answered by itself then"
    else:
        then = "the bot would not be sure of it yet: add other ways to ask"
    return "\n".join([*near, *personal, found.edit.diff, "", then])

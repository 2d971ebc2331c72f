"""comptoir subjects: what followers ask and the FAQ does not answer, with a proposal each."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from bot.cli.answering import with_aids
from bot.cli.common import AS, Call, Group, harmless, table
from bot.errors import UserError
from bot.store.audit import By
from bot.store.faq.gaps import Decision

if TYPE_CHECKING:  # what takes long to import, see bot.cli.common
    from bot.core.desk.actions import Desk
    from bot.core.desk.aids import Aids
    from bot.core.faq.curating import Curating, Proposal, Wish
    from bot.core.faq.gaps import Gap

_ID = click.argument("number", metavar="ID", type=click.IntRange(1, 2**63 - 1))


@click.group(
    cls=Group,
    examples=(
        "comptoir subjects list",
        "comptoir subjects accept 12 --as ada",
        "comptoir subjects dismiss 12 --as ada",
    ),
)
def subjects() -> None:
    """Questions that nothing answers: make them FAQ, or not."""


@subjects.command("list", examples=("comptoir subjects list", "comptoir subjects list --json"))
def list_(call: Call) -> None:
    """List what several followers asked without a good answer in the last 30 days.

    Those of most people come first. Each line has the entry that it may be another way to ask, or
    "new entry".
    """

    async def act(aids: "Aids", _: "Desk") -> "tuple[Gap, ...]":
        return await aids.gaps.found()

    found = with_aids(call, act)
    lines = [
        (str(gap.id), f"{gap.people} people", _proposed(gap), harmless(gap.question))
        for gap in found
    ]
    call.say(table(lines) if lines else "nothing", {"subjects": [_document(gap) for gap in found]})


@subjects.command(
    examples=(
        "comptoir subjects accept 12 --as ada",
        "comptoir subjects accept 12 --entry delai-livraison --yes",
        'comptoir subjects accept 12 --file fr/cafes.md --answer "Oui, toutes." --as ada',
    )
)
@_ID
@click.option("--entry", metavar="ENTRY", default="", help="A new way to ask this entry.")
@click.option("--question", default="", help="As it is to be asked; else as it was asked first.")
@click.option("--answer", default="", help="Of a new entry; else what managers replied.")
@click.option("--file", default="", help="Of a new entry, below the FAQ folder; may be new.")
@click.option("--category", default="", help="Of a new entry.")
@click.option("--id", default="", help="Of a new entry; else made of its question.")
@click.option("--yes", is_flag=True, help="Do not ask before it is written.")
@AS
def accept(call: Call, number: int, yes: bool, by: By, **wanted: str) -> None:
    """Put the subject ID into the FAQ: as a way to ask an entry, or with --file as a new entry.

    Without --entry and --file, what `list` proposes is done. The difference is shown first.
    """

    async def act(aids: "Aids", _: "Desk") -> "Proposal":
        gaps, curating = aids.gaps, aids.curating
        gap = await gaps.one(number)
        wish = await _wish(gap, curating, wanted)
        proposal = await curating.propose(wish)
        click.echo(proposal.edit.diff, err=True)
        if not yes:
            click.confirm("Write this?", abort=True, err=True)
        if problem := await curating.accept(wish, proposal.digest, by):
            click.echo(f"git did not take it: {problem}", err=True)
        await gaps.decide(gap, Decision.ACCEPTED, by)
        return proposal

    edit = with_aids(call, act).edit
    told = {"entry": edit.entry.id, "language": edit.entry.language, "file": edit.file}
    call.say(f"{number}: {edit.entry.id} is written to {edit.file}", told)


@subjects.command(examples=("comptoir subjects dismiss 12 --as ada",))
@_ID
@AS
def dismiss(call: Call, number: int, by: By) -> None:
    """Leave the subject ID out of the FAQ; it comes back when as many people again ask it."""

    async def act(aids: "Aids", _: "Desk") -> None:
        gaps = aids.gaps
        await gaps.decide(await gaps.one(number), Decision.DISMISSED, by)

    with_aids(call, act)
    call.say(f"{number}: dismissed", {"dismissed": number})


async def _wish(gap: "Gap", curating: "Curating", wanted: dict[str, str]) -> "Wish":
    from bot.core.faq.curating import Addition, Change  # noqa: PLC0415  # slow, see bot.cli.common
    from bot.library.editing.editor import NewEntry, unused_id  # noqa: PLC0415  # as above

    question = wanted["question"] or gap.question
    entry_id = wanted["entry"] or ("" if wanted["file"] or not gap.near else gap.near.entry.id)
    if entry_id:
        now = await curating.written(entry_id, gap.language)
        return Change(entry_id, gap.language, replace(now, phrasings=(*now.phrasings, question)))
    answer = wanted["answer"] or gap.answer
    if not (wanted["file"] and answer):
        raise UserError("a new entry needs --file, and --answer where no manager has replied")
    new = NewEntry(
        id=wanted["id"] or unused_id(question, curating.library),
        language=gap.language,
        question=question,
        answer=answer,
        phrasings=gap.examples,
    )
    return Addition(wanted["file"], new, wanted["category"])


def _proposed(gap: "Gap") -> str:
    return f"another way to ask {gap.near.entry.id}" if gap.near else "new entry"


def _document(gap: "Gap") -> dict[str, object]:
    return {
        "id": gap.id,
        "question": gap.question,
        "language": gap.language,
        "people": gap.people,
        "times": gap.times,
        "not_helpful": gap.unhelpful,
        "examples": list(gap.examples),
        "entry": gap.near.entry.id if gap.near else None,
        "answer": gap.answer,
    }

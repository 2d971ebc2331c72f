"""comptoir followers: what is known of a person; add to it; give it to them; erase it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from bot.cli.common import AS, Call, Group, Words, harmless, myself, table
from bot.cli.stored import run, with_store
from bot.clock import SystemClock
from bot.core.desk import documents
from bot.core.people.cards import People
from bot.core.privacy import rights
from bot.errors import NotFound, UserError
from bot.store import audit
from bot.store.audit import By, Deed
from bot.store.files import Files
from bot.store.lock import exclusive
from bot.store.people import cards
from bot.store.people import followers as people
from bot.store.people.cards import Card
from bot.store.people.followers import Follower
from bot.store.protocol import Store, Tx

R = TypeVar("R")

_ID = click.argument("number", metavar="ID", type=click.IntRange(1, 2**63 - 1))


@click.group(
    cls=Group,
    examples=(
        "comptoir followers list ann",
        "comptoir followers show 12",
        "comptoir followers merge 12 31 --as lea",
        "comptoir followers export 12 --out ann.json",
        "comptoir followers forget 12",
    ),
)
def followers() -> None:
    """Know a person's data: find it, hand it over, erase it."""


@followers.command(
    "list", examples=("comptoir followers list", "comptoir followers list ann --json")
)
@click.argument("words", metavar="[WORDS]", default="")
def list_(call: Call, words: str) -> None:
    """List followers, latest first: all, or those with WORDS in their name or address."""
    found = run(call.settings(), people.listed, words)
    shown = table(_row(one) for one in found)
    call.say(shown or "nobody", {"followers": [asdict(one) for one in found]})


@followers.command(examples=("comptoir followers show 12",))
@_ID
def show(call: Call, number: int) -> None:
    """Show a person: accounts, tags, notes, what they have asked, and how much is kept of them."""
    card, data = run(call.settings(), _known, number, myself(), SystemClock().now())
    counts = {name: len(rows) for name, rows in data.items()}
    kept = ", ".join(f"{count} {name}" for name, count in counts.items())
    document = {**documents.card(card), "kept": counts}
    call.say(f"{_shown(card, call)}\n\nkept: {kept}", document)


@followers.command(
    examples=(
        'comptoir followers note 12 "Préfère le décaféiné." --as lea',
        'comptoir followers note 12 "Rappeler pour la machine" --due "2026-12-01 09:00" --as lea',
    )
)
@_ID
@click.argument("text", type=Words())
@click.option(
    "--due",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]),
    metavar="TIME",
    help="A promise: it comes back to the queue then, by the brand's clock.",
)
@AS
def note(call: Call, number: int, text: str, due: datetime | None, by: By) -> None:
    """Write TEXT down about a person, for those who serve them."""
    zone = call.settings().brand.zone
    due_at = due.replace(tzinfo=zone) if due else None
    _tell(call, number, _with_people(call, lambda one: one.note(number, by, text, due_at)))


@followers.command(
    examples=("comptoir followers tag 12 fidèle", "comptoir followers tag 12 fidèle --remove")
)
@_ID
@click.argument("tag", type=Words())
@click.option("--remove", is_flag=True, help="Take it away.")
@AS
def tag(call: Call, number: int, tag: str, remove: bool, by: By) -> None:
    """Give a person a TAG."""

    def act(one: People) -> Awaitable[Card]:
        return one.untag(number, by, tag) if remove else one.tag(number, by, tag)

    _tell(call, number, _with_people(call, act))


_OTHER = click.argument("other", metavar="OTHER", type=click.IntRange(1, 2**63 - 1))


@followers.command(examples=("comptoir followers merge 12 31 --as lea",))
@_ID
@_OTHER
@AS
def merge(call: Call, number: int, other: int, by: By) -> None:
    """Note that two followers are one person, in all that is done for either."""
    _tell(call, number, _with_people(call, lambda one: one.merge(number, other, by)))


@followers.command(examples=("comptoir followers unmerge 12 31 --as lea",))
@_ID
@_OTHER
@AS
def unmerge(call: Call, number: int, other: int, by: By) -> None:
    """Take a merge back: both are as if it had not been."""

    async def act(one: People) -> Card:
        made = (await one.card(number)).merges
        for merge in made:
            if {merge.first, merge.second} == {number, other}:
                return await one.unmerge(number, merge.id, by)
        raise NotFound(f"nobody has merged {number} and {other}")

    _tell(call, number, _with_people(call, act))


@followers.command(examples=("comptoir followers export 12 --out ann.json",))
@_ID
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it there."
)
def export(call: Call, number: int, out: Path | None) -> None:
    """Give out all that is kept about a person, as JSON."""
    exported = run(call.settings(), rights.exported, number, myself(), SystemClock().now())
    document = people.document(exported)
    if out is None:
        click.echo(document)
        return
    out.write_text(document, encoding="utf-8")
    call.say(f"Written to {out}", {"file": str(out)})


@followers.command(examples=("comptoir followers forget 12", "comptoir followers forget 12 --yes"))
@_ID
@click.option("--yes", is_flag=True, help="Do not ask.")
def forget(call: Call, number: int, yes: bool) -> None:
    """Erase a person: words, names, addresses, files; counts stay.

    All accounts that are known to be theirs go, at once, and nothing is said to them.
    """
    found = run(call.settings(), people.person, number)
    if not yes:
        click.echo(table(_row(one) for one in found), err=True)
        click.confirm("Erase all that is kept about this person?", abort=True, err=True)
    gone = _erase(call, found[0].person)
    later = "" if gone else "; the running bot removes the last traces from the files"
    call.say(f"{number}: erased{later}", {"erased": [one.id for one in found]})


# ── how they do it ───────────────────────────────────────────────────────────────────────────────


def _known(
    tx: Tx, number: int, by: By, now: datetime
) -> tuple[Card, dict[str, list[dict[str, Any]]]]:
    found = cards.read(tx, number), people.export(tx, number)
    audit.write(tx, by, Deed.VIEW, now, follower_id=number)
    return found


def _with_people(call: Call, act: Callable[[People], Awaitable[R]]) -> R:
    return with_store(call.settings(), lambda store: act(People(store, SystemClock())))


def _tell(call: Call, number: int, card: Card) -> None:
    call.say(f"{number}: done\n\n{_shown(card, call)}", documents.card(card))


def _shown(card: Card, call: Call) -> str:
    zone = call.settings().brand.zone
    parts = [table(_row(one) for one in card.accounts)]
    if card.tags:
        parts.append("tags: " + ", ".join(one.tag for one in card.tags))
    parts += [
        f"{one.first} and {one.second} were merged by {one.author}, {one.merged_at:%Y-%m-%d}"
        for one in card.merges
        if one.author
    ]
    for one in card.notes:
        due = f" [{one.state} {one.due_at.astimezone(zone):%Y-%m-%d %H:%M}]" if one.due_at else ""
        parts.append(f"{one.author}, {one.written_at:%Y-%m-%d}{due}: {harmless(one.text)}")
    for past in card.past:
        by = past.entry_id or past.manager or "-"
        asked, answer = (" ".join(words.split()) for words in (past.question, past.answer))
        parts.append(f"{past.at:%Y-%m-%d} {harmless(asked)}\n  ({by}) {harmless(answer) or '-'}")
    return "\n".join(parts)


def _erase(call: Call, person: int) -> bool:
    """Erase a person; False where the last traces in the files are left to a running bot."""
    settings = call.settings()

    async def work(store: Store) -> bool:
        now = SystemClock().now()
        await rights.erase(store, Files(settings.files), person, myself(), now)
        try:
            with exclusive(settings.database):
                return await store.scrub()
        except UserError:  # it would have to wait for us; it does this by itself
            return False

    return with_store(settings, work)


def _row(one: Follower) -> Sequence[str]:
    return (
        str(one.id),
        one.account,
        harmless(one.name) or "-",
        one.language or "-",
        f"{one.messages} messages",
        f"{one.latest or one.since:%Y-%m-%d}",
        harmless(one.address),
    )

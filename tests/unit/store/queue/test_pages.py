"""The queue a page at a time, and how much there is of what."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.escalation import EscalationKind, Level, Reason
from bot.store import journal
from bot.store.people import contacts
from bot.store.people.contacts import Contact
from bot.store.protocol import Tx
from bot.store.queue import escalations, pages
from bot.store.queue.pages import Sieve, Sort, Tally
from bot.store.sqlite import SqliteStore

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    yield store
    await store.close()


def asks(tx: Tx, name: str, account: str, spoken: str, minute: int, language: str = "") -> int:
    """A follower's only conversation, with an item that is opened at that minute."""
    at = NOON + timedelta(minutes=minute)
    row = {"account": account, "address": name, "language": spoken, "created_at": at}
    follower = tx.insert("followers", {**row, "name": name})
    reach = {"follower_id": follower, "public": 0, "reach": "open"}
    conversation = tx.insert("conversations", {**row, **reach})
    opening = escalations.Opening(
        cause=name,
        kind=EscalationKind.QUESTION,
        reason=Reason.ASKED,
        conversation_id=conversation,
        question="?",
        language=language,
    )
    return escalations.open_(tx, opening, at)


def fill(tx: Tx) -> dict[str, int]:
    ids = {
        "Di": asks(tx, "Di", "sky", "fr", 3),
        "Ana": asks(tx, "Ana", "net", "fr", 0, "en"),
        "Bo": asks(tx, "Bo", "net", "fr", 1),
        "Cy": asks(tx, "Cy", "sky", "", 2),
    }
    escalations.claim(tx, ids["Bo"], "camille", NOON)
    tx.update("escalations", {"priority": 0}, "id = :id", id=ids["Di"])
    for name, subject in (("Ana", "delai"), ("Bo", "prix"), ("Cy", "")):
        tx.update("escalations", {"subject": subject}, "id = :id", id=ids[name])
    asleep = asks(tx, "Fay", "net", "fr", 5)
    tx.update("escalations", {"snoozed_at": NOON}, "id = :id", id=asleep)
    escalations.resolve(tx, asks(tx, "Ed", "net", "fr", 4), "camille", NOON)
    return ids


@pytest.mark.parametrize(
    ("sieve", "names"),
    [
        (Sieve(), ["Di", "Ana", "Bo", "Cy"]),
        (Sieve("waiting"), ["Di", "Ana", "Cy"]),
        (Sieve("claimed", holder="camille"), ["Bo"]),
        (Sieve("claimed", holder="denis"), []),
        (Sieve(account="sky"), ["Di", "Cy"]),
        (Sieve(language="fr"), ["Di", "Bo"]),
        (Sieve(language="en"), ["Ana"]),
        (Sieve("resolved"), ["Ed"]),
        (Sieve("snoozed"), ["Fay"]),
        (Sieve(level=Level.URGENT), ["Di"]),
        (Sieve(level=Level.LOW), []),
        (Sieve(subjects={"delai", "prix"}), ["Ana", "Bo"]),
        (Sieve(subjects={""}), ["Cy"]),
        (Sieve(subjects=()), []),
        (Sieve(sort=Sort.LONGEST), ["Ana", "Bo", "Cy", "Di"]),
        (Sieve(sort=Sort.LATEST), ["Di", "Cy", "Bo", "Ana"]),
        (Sieve("resolved", sort=Sort.LONGEST), ["Ed"]),
    ],
)
async def test_a_sieve_lets_through_what_is_wanted(
    store: SqliteStore, sieve: Sieve, names: list[str]
) -> None:
    await store.run(fill)
    assert [item.name for item in await store.run(pages.page, sieve, 10)] == names


async def test_pages_follow_one_another(store: SqliteStore) -> None:
    await store.run(fill)
    found = [await store.run(pages.page, Sieve(), 3, offset) for offset in (0, 3, 6)]
    assert [[item.name for item in page] for page in found] == [["Di", "Ana", "Bo"], ["Cy"], []]


async def test_what_is_there_is_counted(store: SqliteStore) -> None:
    assert await store.run(pages.tally) == Tally({}, {}, {}, dict.fromkeys(Level, 0), {}, 0)
    await store.run(fill)
    assert await store.run(pages.tally) == Tally(
        holders={"": 3, "camille": 1},
        accounts={"net": 2, "sky": 2},
        languages={"fr": 2, "en": 1, "": 1},
        levels={Level.URGENT: 1, Level.HIGH: 0, Level.NORMAL: 3, Level.LOW: 0},
        subjects={"delai": 1, "prix": 1, "": 1},
        snoozed=1,
    )


async def test_the_contact_of_an_item_is_the_person_with_all_their_accounts(
    store: SqliteStore,
) -> None:
    ids = await store.run(fill)
    await store.run(_join, "Di", "Ana")
    found = await store.run(contacts.contact, ids["Di"])
    assert found == Contact("Di", ("sky", "net"), "fr", NOON + timedelta(minutes=3), NOON, 1)
    await store.run(_erase, "Cy")
    assert await store.run(contacts.contact, ids["Cy"]) is None


def _join(tx: Tx, first: str, other: str) -> None:
    """Two followers are one person, who has written once, as the other."""
    person = tx.row("SELECT id FROM followers WHERE name = :name", name=first)
    writer = tx.row("SELECT id FROM followers WHERE name = :name", name=other)
    talk = tx.row("SELECT id FROM conversations WHERE address = :name", name=other)
    assert person
    assert writer
    assert talk
    tx.update("followers", {"person_id": person["id"]}, "id = :id", id=writer["id"])
    line = {"account": "net", "key": "1", "kind": "message", "text": "?"}
    times = {"at": NOON, "received_at": NOON}
    ids = {"conversation_id": talk["id"], "follower_id": writer["id"]}
    tx.insert("messages", {**line, **times, **ids})


def _erase(tx: Tx, name: str) -> None:
    tx.update("followers", {"erased_at": NOON}, "name = :name", name=name)


async def test_the_queue_is_counted_anew_once_something_has_happened_to_it(
    store: SqliteStore,
) -> None:
    ids = await store.run(fill)
    first = await store.run(pages.count, None)
    await store.run(_say, ids["Ana"])
    again = await store.run(pages.count, first)
    assert again.tally is first.tally, "what is said elsewhere changes nothing"
    assert again.upto > first.upto
    await store.run(escalations.claim, ids["Ana"], "denis", NOON)
    assert (await store.run(pages.count, again)).tally.holders == {"": 2, "camille": 1, "denis": 1}


def _say(tx: Tx, escalation_id: int) -> None:
    journal.write(tx, NOON, journal.SENT, escalations.where(tx, escalation_id))

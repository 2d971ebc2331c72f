"""What is kept about a person is found whole, and is gone whole."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import NotFound
from bot.models import Attachment, IncomingKind
from bot.store import topics
from bot.store.people import followers
from bot.store.protocol import Tx
from tests.support.acting import by
from tests.support.clock import START
from tests.support.traces import traces
from tests.support.world import World, incoming, world

KEPT = {
    "followers": {"account", "language", "chosen_language", "created_at", "erased_at"},
    "conversations": {"account", "language", "reach", "introduced_at", "last_said", "created_at"},
    "messages": {
        *("account", "kind", "choice", "at", "received_at", "handled_at", "edited_at"),
        *("deleted_at", "verdict", "entry_id", "library"),
    },
    "outbox": {
        *("cause", "account", "author", "manager", "label", "entry_id", "entry_version", "state"),
        *("due_at", "lease_until", "first_sent_at", "created_at", "sent_at", "act"),
        "trouble",
        *("revised_at", "withdrawn_at"),
    },
    "escalations": {
        *("cause", "kind", "reason", "state", "holder", "language", "opened_at", "claimed_at"),
        *("replied_at", "resolved_at", "announced_at", "recalled_at"),
        *("because", "respond_by", "resolve_by"),
        *("asked_at", "seen_at", "alerted_at", "active_at", "first_reply_at", "snoozed_at"),
        *("snoozed_until", "check_at", "subject"),
    },
    "staff_topics": {"account", "address", "state"},
    "staff_lines": {"account", "kind", "at", "received_at", "handled_at"},
    "judgements": {"cause", "language", "entry_id", "entry_version", "origin", "actor", "at"},
}
"""Columns of text that tell nothing of the person: they are counted after an erasure."""


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


async def test_every_column_of_text_is_either_wiped_or_kept_for_a_reason(bot: World) -> None:
    for table, wiped in followers.WIPED.items():
        info = await bot.rows(f"PRAGMA table_info({table})")
        texts = {row["name"] for row in info if row["type"] == "TEXT"}
        numbers = {row["name"] for row in info} - texts
        assert texts == (set(wiped) | KEPT[table]) - numbers, table


async def test_every_table_with_words_of_followers_is_known(bot: World) -> None:
    rows = await bot.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%!_fts%' ESCAPE '!'"
    )  # of the indices, see test_searching.py
    others = {
        *("journal", "users", "tokens", "logouts", "erasures", "letters", "learnings"),
        *("audit", "asked", "asked_upto", "crises", "crises_told", "gap_decisions"),
        *("staff_rooms", "staff_members", "staff_codes"),
    }
    assert {row["name"] for row in rows} - others == set(followers.ABOUT)


# ── who there is ─────────────────────────────────────────────────────────────────────────────────


async def test_followers_are_listed_who_wrote_last_first(bot: World) -> None:
    for number, (name, words) in enumerate([("Ann", "un"), ("Bob_%", "deux"), ("Cléo", "trois")]):
        event = incoming(words, key=f"k{number}", conversation=f"c{number}", name=name)
        await bot.hear(event)
        bot.clock.advance(1)
    await bot.hear(incoming("encore", key="k9", conversation="c0"))

    found = await bot.store.run(followers.listed)
    assert [(one.name, one.messages) for one in found] == [("Ann", 2), ("Cléo", 1), ("Bob_%", 1)]
    assert found[0].latest == START + timedelta(seconds=3)
    for words, names in (("b_%", ["Bob_%"]), ("f-c2", ["Cléo"]), ("zoé", [])):
        assert [one.name for one in await bot.store.run(followers.listed, words)] == names


async def test_nobody_is_not_found(bot: World) -> None:
    for unit in (followers.person, followers.export):
        with pytest.raises(NotFound):
            await bot.store.run(unit, 7)


# ── all that is kept ─────────────────────────────────────────────────────────────────────────────


async def everything(bot: World) -> None:
    """Ann asks in private and in a room where Bob asks as well; a manager answers both of them."""
    photo = Attachment("ref", "secret.jpg", "image/jpeg")
    ann = incoming("SECRET question", key="a1", conversation="dm", follower="SECRET-1")
    await bot.hear(replace(ann, name="SECRET name", attachments=(photo,)))
    await bot.hear(incoming("!prix", key="r1", conversation="room", follower="bob", public=True))
    room = incoming("!delai SECRET", key="r2", conversation="room", follower="SECRET-1")
    await bot.hear(replace(room, public=True))
    bot.clock.advance(10)
    await bot.turn()
    await bot.desk.reply(1, by("lea"), "SECRET answer", "r")
    await bot.desk.judge(1, by("lea"), None)
    await bot.turn()


async def count(bot: World, table: str) -> int:
    return len(await bot.rows(f"SELECT id FROM {table}"))  # noqa: S608  # names of ours


def erase_person(tx: Tx, follower_id: int) -> None:
    followers.erase(tx, followers.person(tx, follower_id)[0].person, START)


async def test_an_export_holds_all_and_nothing_of_others(bot: World) -> None:
    await everything(bot)
    data = await bot.store.run(followers.export, 1)

    assert [row["text"] for row in data["messages"]] == ["SECRET question", "!delai SECRET"]
    assert [row["name"] for row in data["followers"]] == ["SECRET name"]
    assert [row["question"] for row in data["escalations"]] == ["SECRET question"]
    assert [row["question"] for row in data["judgements"]] == ["SECRET question"]
    assert "SECRET answer" in [row["text"] for row in data["outbox"]]
    assert "secret.jpg" in followers.document(data)
    assert "bob" not in followers.document(data)


async def test_an_erasure_leaves_no_word_and_every_row(bot: World, tmp_path: Path) -> None:
    await everything(bot)
    tables = (
        *("followers", "conversations", "messages", "outbox", "escalations", "judgements"),
        "journal",
    )
    before = [await count(bot, name) for name in tables]
    await bot.store.run(erase_person, 1)
    assert await bot.store.scrub()

    assert traces(tmp_path, "SECRET") == []
    *rest, journal = [await count(bot, name) for name in tables]
    assert [*rest, journal - 1] == before  # one row more: the request is closed
    assert [row["text"] for row in await bot.rows("SELECT text FROM messages ORDER BY id")] == [
        *("", "!prix", "")
    ]
    assert await bot.queue() == ()
    assert [one.name for one in await bot.store.run(followers.listed)] == [""]  # Bob


async def test_cursors_of_a_private_conversation_go_with_it(bot: World) -> None:
    await everything(bot)
    mine, others = ("dm", "dm/read"), ("dm2", "dm2/read", "room", "session", "dmdm/")
    for stream in (*mine, *others):
        await bot.intake().accept([], stream, "17")
    data = await bot.store.run(followers.export, 1)
    assert {row["stream"] for row in data["cursors"]} == set(mine)
    await bot.store.run(erase_person, 1)

    assert await bot.intake().cursors("") == dict.fromkeys(others, "17")


async def test_the_room_stays_open_to_others(bot: World) -> None:
    await everything(bot)
    await bot.store.run(erase_person, 1)
    await bot.hear(incoming("!delai", key="r3", conversation="room", follower="bob", public=True))
    await bot.turn()

    assert bot.handler.texts_to("room")[-1] == "fr: delai"


async def test_who_comes_back_is_somebody_new(bot: World) -> None:
    await everything(bot)
    await bot.store.run(erase_person, 1)
    await bot.hear(incoming("!prix", key="a2", conversation="dm", follower="SECRET-1"))
    await bot.turn()

    assert bot.mind.texts["fr"].say("conversation.introduction") in bot.handler.texts_to("dm")[-1]
    assert [one.id for one in await bot.store.run(followers.listed)] == [3, 2]
    with pytest.raises(NotFound):
        await bot.store.run(followers.person, 1)


async def test_what_was_still_to_be_sent_is_cancelled(bot: World) -> None:
    await bot.write("!long")
    await bot.dispatch()
    await bot.store.run(erase_person, 1)
    await bot.turn()

    assert await bot.states() == ["cancelled"] * 3
    assert bot.handler.attempts == []
    assert await bot.unhandled() == 0


async def test_all_accounts_of_a_person_go_together(bot: World) -> None:
    await bot.write("SECRET one", conversation="c1")
    await bot.write("two", conversation="c2")
    await bot.write("three", conversation="c3")
    await bot.store.run(lambda tx: tx.update("followers", {"person_id": 1}, "id = 2"))
    assert [one.id for one in await bot.store.run(followers.person, 2)] == [1, 2]
    await bot.store.run(erase_person, 2)

    rows = await bot.rows("SELECT text FROM messages ORDER BY id")
    assert [row["text"] for row in rows] == ["", "", "three"]


# ── when ─────────────────────────────────────────────────────────────────────────────────────────


async def to_erase(bot: World) -> tuple[list[int], float | None]:
    """The persons, and in how many seconds to look again."""
    ready, later = await bot.store.run(followers.to_erase, bot.clock.now())
    return ready, (later - bot.clock.now()).total_seconds() if later else None


async def test_an_erasure_waits_for_what_is_on_its_way_but_not_for_ever(bot: World) -> None:
    await bot.write("bonjour")
    await bot.turn()
    assert await to_erase(bot) == ([], None)

    with bot.store.topics.listen(topics.PRIVACY) as woken:
        await bot.store.run(followers.forget, 1, bot.clock.now())
        assert woken.is_set()
    assert await to_erase(bot) == ([], 60)
    bot.clock.advance(60)
    assert await to_erase(bot) == ([1], None)

    await bot.write("!prix")  # unread
    assert await to_erase(bot) == ([], 60)
    await bot.dispatch()  # unsent
    assert await to_erase(bot) == ([], 60)
    await bot.store.run(followers.forget, 1, bot.clock.now())  # asked again: as before
    bot.clock.advance(3600)
    assert await to_erase(bot) == ([1], None)


async def test_a_change_of_mind_is_no_edit(bot: World) -> None:
    """An edit of a line that was erased meanwhile brings nothing back."""
    await bot.hear(incoming("SECRET", key="a"))
    await bot.turn()
    await bot.store.run(erase_person, 1)
    edit = incoming("SECRET again", key="e", kind=IncomingKind.EDIT, refers_to="a")
    await bot.hear(edit)

    assert not await bot.rows("SELECT id FROM messages WHERE text <> ''")

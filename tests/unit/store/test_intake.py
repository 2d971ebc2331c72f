"""T1: what a network tells is stored once, with its cursor, and understood."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.models import Attachment, Author, IncomingKind, Reach
from tests.support.world import World, incoming, world


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


async def texts(bot: World) -> list[str]:
    return [row["text"] for row in await bot.rows("SELECT text FROM messages ORDER BY id")]


async def reach(bot: World) -> list[tuple[str, str]]:
    rows = await bot.rows("SELECT address, reach FROM conversations ORDER BY id")
    return [(row["address"], row["reach"]) for row in rows]


# ── once ─────────────────────────────────────────────────────────────────────────────────────────


async def test_a_repeated_event_is_ignored(bot: World) -> None:
    await bot.hear(incoming("one", key="a"), incoming("two", key="b"), incoming("one", key="a"))
    await bot.hear(incoming("two, retold", key="b"), incoming("three", key="c"))

    assert await texts(bot) == ["one", "two", "three"]
    assert [line.text for line in await bot.lines()] == ["one", "two", "three"]


async def test_a_repeat_of_something_handled_is_not_answered_again(bot: World) -> None:
    await bot.hear(incoming("!delai", key="a"))
    await bot.turn()
    await bot.hear(incoming("!delai", key="a"))
    await bot.turn()

    assert len(bot.handler.delivered) == 1


async def test_accounts_do_not_share_keys(bot: World) -> None:
    await bot.hear(incoming("one", key="a"), account="net")
    await bot.hear(incoming("two", key="a"), account="web")

    assert await texts(bot) == ["one", "two"]
    assert len(await bot.rows("SELECT * FROM conversations")) == 2


# ── the cursor ───────────────────────────────────────────────────────────────────────────────────


async def test_the_cursor_is_stored_with_its_batch(bot: World) -> None:
    inbox = bot.intake()
    await inbox.accept([incoming("one")], "stream", "17")

    assert await inbox.cursor("stream") == "17"
    assert await inbox.cursor("other") is None
    assert await bot.intake("web").cursor("stream") is None


async def test_a_batch_without_a_cursor_leaves_it(bot: World) -> None:
    inbox = bot.intake()
    await inbox.accept([], "s", "17")
    await inbox.accept([incoming("one")], "s", None)

    assert await inbox.cursor("s") == "17"


async def test_a_batch_that_cannot_be_stored_moves_no_cursor(bot: World) -> None:
    inbox = bot.intake()
    await inbox.accept([], "s", "17")
    broken = incoming("two", key="b", latitude="north")
    with pytest.raises(Exception, match="TEXT value in REAL column"):
        await inbox.accept([incoming("one", key="a"), broken], "s", "18")

    assert await inbox.cursor("s") == "17"
    assert await texts(bot) == []


# ── what events mean ─────────────────────────────────────────────────────────────────────────────


async def test_an_edit_before_the_answer_is_what_counts(bot: World) -> None:
    await bot.hear(incoming("?!", key="a"))
    await bot.hear(incoming("!delai", key="a2", kind=IncomingKind.EDIT, refers_to="a"))
    await bot.turn()

    assert "fr: delai" in bot.handler.texts[0]
    assert [line.text for line in await bot.lines() if line.author is Author.FOLLOWER] == ["!delai"]


async def test_an_edit_after_the_answer_is_only_shown(bot: World) -> None:
    await bot.hear(incoming("!delai", key="a"))
    await bot.turn()
    await bot.hear(incoming("!prix", key="a2", kind=IncomingKind.EDIT, refers_to="a"))
    await bot.turn()

    assert len(bot.handler.delivered) == 1
    lines = [line.text for line in await bot.lines() if line.author is Author.FOLLOWER]
    assert lines == ["!delai", "!prix"]


async def test_a_deletion_is_stored_and_asks_for_nothing(bot: World) -> None:
    await bot.hear(incoming(key="d", kind=IncomingKind.DELETION, refers_to="a"))

    assert await bot.unhandled() == 0
    assert len(await texts(bot)) == 1


async def test_people_talking_to_each_other_are_stored_and_left_alone(bot: World) -> None:
    await bot.hear(incoming("!delai", addressed=False, public=True))
    await bot.turn()

    assert await texts(bot) == ["!delai"]
    assert await bot.unhandled() == 0
    assert not bot.handler.delivered


async def test_a_location_waits_for_an_answer(bot: World) -> None:
    await bot.hear(incoming(kind=IncomingKind.LOCATION, latitude=48.9, longitude=2.4))

    row = (await bot.rows("SELECT latitude, longitude, handled_at FROM messages"))[0]
    assert row == {"latitude": 48.9, "longitude": 2.4, "handled_at": None}


async def test_a_choice_is_stored_with_its_id(bot: World) -> None:
    await bot.hear(incoming(kind=IncomingKind.CHOICE, choice="abc"))

    assert await bot.rows("SELECT choice FROM messages") == [{"choice": "abc"}]
    assert await bot.unhandled() == 1


async def test_attachments_come_back(bot: World) -> None:
    photo = Attachment("ref", "été.jpg", "image/jpeg", 12)
    await bot.hear(incoming(attachments=(photo,)))

    assert (await bot.lines())[0].attachments == (photo,)


async def test_a_new_name_is_learned_and_an_absent_one_forgets_nothing(bot: World) -> None:
    for key, name in (("a", "Ann"), ("b", ""), ("c", "Anna")):
        await bot.hear(incoming("x", key=key, name=name))
        expected = name or "Ann"
        assert await bot.rows("SELECT name FROM followers") == [{"name": expected}]


async def test_half_a_character_spoils_no_batch(bot: World) -> None:
    await bot.hear(
        incoming("\ud83d", key="a", name="\udc00"),
        incoming("\ud83d\ude00 a\0b", key="b"),
        incoming("ok", key="c"),
    )

    assert await texts(bot) == ["\ufffd", "😀 ab", "ok"]


# ── reach ────────────────────────────────────────────────────────────────────────────────────────


async def test_blocked_and_back(bot: World) -> None:
    await bot.hear(incoming(key="a", kind=IncomingKind.REACH, reach=Reach.BLOCKED))
    assert await reach(bot) == [("c1", "blocked")]
    assert await bot.unhandled() == 0

    await bot.hear(incoming("me again", key="b"))  # who writes can be written to
    assert await reach(bot) == [("c1", "reachable")]


async def test_a_group_that_moves_keeps_its_conversation(bot: World) -> None:
    await bot.hear(incoming("one", key="a"))
    await bot.hear(incoming(key="b", kind=IncomingKind.REACH, reach=Reach.MOVED, moved_to="c2"))
    await bot.hear(incoming("!delai", key="c", conversation="c2"))
    await bot.turn()

    assert await reach(bot) == [("c2", "reachable")]
    assert bot.handler.delivered[-1].conversation == "c2"


async def test_a_group_whose_new_address_was_heard_of_first(bot: World) -> None:
    await bot.hear(incoming("one", key="a"), incoming("two", key="b", conversation="c2"))
    await bot.hear(
        incoming(key="c", kind=IncomingKind.REACH, reach=Reach.MOVED, moved_to="c2"),
        incoming("three", key="d", conversation="c2"),
    )

    assert await reach(bot) == [("c1", "moved"), ("c2", "reachable")]
    assert (await texts(bot))[-1] == "three"

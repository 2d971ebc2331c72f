"""T1: what a network tells is stored once, with its cursor, and understood."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Rooms
from bot.errors import Unreachable
from bot.models import Attachment, Author, IncomingKind, Manner, Reach
from bot.store import topics
from tests.support.acting import by
from tests.support.traces import traces
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


async def test_the_message_of_a_repeated_event_is_named(bot: World) -> None:
    inbox = bot.intake()
    first = await inbox.take(incoming("one", key="a"))
    second = await inbox.take(incoming("two", key="b"))

    assert first != second
    assert await inbox.take(incoming("one, retold", key="a")) == first


async def test_who_waits_for_a_conversation_is_woken_once_it_begins(bot: World) -> None:
    events = bot.store.topics
    with (
        events.listen(topics.beginning("net", "c1")) as awaited,
        events.listen(topics.beginning("net", "c2")) as other,
    ):
        await bot.hear(incoming("one", key="a", conversation="c1"))
        assert (awaited.is_set(), other.is_set()) == (True, False)

        awaited.clear()
        await bot.hear(incoming("two", key="b", conversation="c1"))
        assert not awaited.is_set()


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


async def test_cursors_are_found_by_how_their_streams_begin(bot: World) -> None:
    inbox = bot.intake()
    for stream in ("dm:1", "dm:1/read", "dm_2", "d"):
        await inbox.accept([], stream, f"of {stream}")
    await bot.intake("web").accept([], "dm:3", "another network's")

    assert await inbox.cursors("dm:") == {"dm:1": "of dm:1", "dm:1/read": "of dm:1/read"}


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


async def test_an_edit_makes_an_unsure_line_sure_at_once(bot: World) -> None:
    await bot.hear(incoming("qsdf", key="a"))
    await bot.turn()
    await bot.hear(incoming("!delai", key="a2", kind=IncomingKind.EDIT, refers_to="a"))
    await bot.turn()

    assert "fr: delai" in bot.handler.texts[0]


async def test_an_edit_after_the_answer_is_only_shown(bot: World) -> None:
    await bot.hear(incoming("!delai", key="a"))
    await bot.turn()
    edit = incoming("!prix", key="a2", kind=IncomingKind.EDIT, refers_to="a")
    await bot.hear(edit, edit)
    await bot.turn()

    assert len(bot.handler.delivered) == 1
    own = [line for line in await bot.lines() if line.author is Author.FOLLOWER]
    assert [(line.text, line.original, line.edited) for line in own] == [("!prix", "!delai", True)]
    kinds = [row["kind"] for row in await bot.rows("SELECT kind FROM journal ORDER BY id")]
    assert kinds == ["message", "sent", "edited"]


async def test_what_is_taken_back_before_an_answer_is_not_answered(bot: World) -> None:
    await bot.hear(incoming("qsdf", key="a"), incoming("wxcv", key="b"))
    await bot.turn()
    await bot.hear(incoming(key="d", kind=IncomingKind.DELETION, refers_to="a"))
    assert await bot.unhandled() == 1
    await bot.hear(incoming(key="e", kind=IncomingKind.DELETION, refers_to="b"))
    bot.clock.advance(10)
    await bot.turn()

    assert not bot.handler.delivered
    assert await bot.queue() == ()
    assert [(line.text, line.deleted) for line in await bot.lines()] == [
        *(("qsdf", True), ("wxcv", True))
    ]


async def test_what_is_taken_back_after_an_answer_is_marked(bot: World) -> None:
    await bot.talk("un humain svp")
    await bot.hear(incoming(key="d", kind=IncomingKind.DELETION, refers_to="auto-0"))
    await bot.turn()

    assert [line.deleted for line in await bot.lines()] == [True, False]
    assert len(await bot.queue()) == 1  # a person decides what that means
    kinds = [row["kind"] for row in await bot.rows("SELECT kind FROM journal ORDER BY id")]
    assert kinds[-1] == "deleted"


@pytest.mark.parametrize("kind", [IncomingKind.EDIT, IncomingKind.DELETION])
async def test_a_change_of_what_was_never_stored_is_dropped(bot: World, kind: IncomingKind) -> None:
    inbox = bot.intake()
    await inbox.accept([incoming("!prix", key="d", kind=kind, refers_to="a")], "s", "18")

    assert await texts(bot) == []
    assert await bot.rows("SELECT id FROM followers") == []
    assert await inbox.cursor("s") == "18"


# ── where others read ────────────────────────────────────────────────────────────────────────────


async def test_what_people_say_to_each_other_is_not_stored(bot: World) -> None:
    await bot.hear(
        incoming("!delai", addressed=False, public=True),
        incoming("!prix", key="e", kind=IncomingKind.EDIT, refers_to="k1", public=True),
    )
    await bot.turn()

    assert await texts(bot) == []
    assert await bot.rows("SELECT id FROM followers") == []
    assert not bot.handler.delivered


async def test_an_edit_that_no_longer_speaks_to_us_counts_all_the_same(bot: World) -> None:
    await bot.hear(incoming("!delai", public=True))
    edit = incoming("!prix", key="e", kind=IncomingKind.EDIT, refers_to="k1", public=True)
    await bot.hear(replace(edit, addressed=False))
    await bot.turn()

    assert bot.handler.texts[0].endswith("fr: prix")


async def test_a_silent_room(bot: World) -> None:
    bot.rooms["net"] = Rooms(Manner.ANSWER, {"quiet": Manner.SILENT})
    inbox = bot.intake()
    quiet = incoming("!delai", conversation="quiet", public=True)
    await inbox.accept([quiet, incoming("!prix", key="b", conversation="dm")], "s", "18")

    assert await texts(bot) == ["!prix"]
    assert await inbox.cursor("s") == "18"


async def test_personal_details_are_never_on_disk_where_others_read(
    bot: World, tmp_path: Path
) -> None:
    mail = "SECRET@mail.example"
    await bot.hear(incoming(f"je suis {mail}", public=True))
    edit = incoming(f"moi {mail}", key="e", kind=IncomingKind.EDIT, refers_to="k1", public=True)
    await bot.hear(edit, incoming(f"c'est {mail}", key="p", conversation="dm"))

    assert await texts(bot) == ["moi [e-mail]", "", f"c'est {mail}"]
    await bot.store.run(lambda tx: tx.update("messages", {"text": ""}, "conversation_id = 2"))
    assert await bot.store.scrub()
    assert traces(tmp_path, "SECRET") == []


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


# ── back again ──────────────────────────────────────────────────────────────────────────────────


async def unreachable(bot: World) -> None:
    """A manager's reply in two parts meets a follower who has blocked us."""
    await bot.talk("un humain svp")
    bot.handler.script.append(Unreachable("blocked"))
    await bot.desk.reply(1, by("lea"), "un✂deux", "r")
    await bot.send()
    assert await bot.states() == ["sent", "unreachable", "cancelled"]


async def test_what_could_not_reach_them_is_sent_when_they_are_back(bot: World) -> None:
    await unreachable(bot)
    await bot.hear(incoming("me again", key="again"))
    await bot.send()

    assert bot.handler.texts[1:] == ["un", "deux"]
    assert [item.kind for item in await bot.queue()] == ["question"]
    await bot.hear(incoming("and again", key="again2"))
    await bot.send()
    assert bot.handler.texts[1:] == ["un", "deux"]


async def test_what_a_person_decided_on_stays_so(bot: World) -> None:
    await unreachable(bot)
    await bot.desk.resolve(2, by("lea"))
    await bot.hear(incoming("me again", key="again"))
    await bot.send()

    assert await bot.states() == ["sent", "unreachable", "cancelled"]


async def test_the_bots_own_words_are_not_sent_late(bot: World) -> None:
    bot.handler.script.append(Unreachable("blocked"))
    await bot.talk("!prix")
    await bot.hear(incoming("merci", key="again"))
    await bot.send()

    assert await bot.states() == ["unreachable"]


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


async def test_what_is_told_twice_of_a_group_that_moved_makes_no_other(bot: World) -> None:
    moved = incoming(key="b", kind=IncomingKind.REACH, reach=Reach.MOVED, moved_to="c2")
    await bot.hear(incoming("one", key="a"), moved)
    await bot.hear(moved)
    assert await reach(bot) == [("c2", "reachable")]


async def test_a_group_whose_new_address_was_heard_of_first(bot: World) -> None:
    await bot.hear(incoming("one", key="a"), incoming("two", key="b", conversation="c2"))
    await bot.hear(
        incoming(key="c", kind=IncomingKind.REACH, reach=Reach.MOVED, moved_to="c2"),
        incoming("three", key="d", conversation="c2"),
    )

    assert await reach(bot) == [("c1", "moved"), ("c2", "reachable")]
    assert (await texts(bot))[-1] == "three"

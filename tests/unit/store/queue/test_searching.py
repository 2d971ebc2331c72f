"""Searching what was written: what is found, what is not, and what an erasure leaves of it."""

from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.models import Author
from bot.store import journal
from bot.store.people import followers
from bot.store.protocol import MARK, UNMARK, Term, Tx
from bot.store.queue import searching
from bot.store.queue.searching import Found, terms
from bot.store.sqlite import connect
from tests.support.acting import by
from tests.support.clock import START
from tests.support.traces import traces
from tests.support.world import World, incoming, world


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        yield one


async def hear(bot: World, text: str, conversation: str, name: str = "") -> None:
    key = f"k{await bot.store.run(journal.position)}"
    await bot.hear(incoming(text, key=key, conversation=conversation, name=name))
    bot.clock.advance(10)
    await bot.turn()


async def search(bot: World, words: str) -> list[Found]:
    return await bot.store.run(searching.search, words)


async def found(bot: World, words: str) -> list[str]:
    """The excerpts of what is found, with brackets around the words."""
    return [one.excerpt.replace(MARK, "[").replace(UNMARK, "]") for one in await search(bot, words)]


# ── what is meant ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("", []),
        ('  ?! -- ** "" \' ', []),
        ("colis perdu", [Term("colis"), Term("perdu")]),
        ('"colis perdu" ici', [Term("colis perdu", begins=False), Term("ici")]),
        ('"colis perdu', [Term("colis perdu", begins=False)]),
        ("à", [Term("à", begins=False)]),
        ("l'eau AND (x*) NEAR", [Term("l'eau"), Term("AND"), Term("(x*)"), Term("NEAR")]),
        ("a1 " * 50, [Term("a1")] * 12),
    ],
)
def test_what_is_meant_by_what_is_typed(words: str, meant: list[Term]) -> None:
    assert terms(words) == meant


# ── what is found ────────────────────────────────────────────────────────────────────────────────


async def test_accents_case_and_endings_do_not_count(bot: World) -> None:
    await hear(bot, "Où est passé mon COLIS déjà payé ?", "c1")
    for words in ("deja", "DÉJÀ", "col", "passe colis", "pay", '"colis deja"', "ou est"):
        assert len(await found(bot, words)) == 1, words
    for words in ("lis", '"deja colis"', '"pay"', "colis perdu", "%", "_"):
        assert await found(bot, words) == [], words
    assert await found(bot, "colis deja") == ["Où est passé mon [COLIS] [déjà] payé ?"]


async def test_a_conversation_is_found_once_by_its_latest_line(bot: World) -> None:
    await hear(bot, "un humain svp pour ma machine", "c1", "Léa")
    await hear(bot, "ma machine fuit", "c1", "Léa")
    await hear(bot, "une machine à laver ?", "c2", "Max")
    one, two = await search(bot, "machine")
    assert (one.name, two.name) == ("Max", "Léa")
    assert (two.author, two.excerpt) == (Author.FOLLOWER, f"ma {MARK}machine{UNMARK} fuit")
    assert two.escalation
    assert (two.escalation.id, two.escalation.question) == (1, "un humain svp pour ma machine")
    assert two.account == "net"


async def test_what_managers_say_is_found_and_what_the_bot_says_is_not(bot: World) -> None:
    await hear(bot, "un humain svp", "c1", "Léa")
    await bot.desk.reply(1, by("lea"), "Le **détartrage** coûte 4 €.", "r1")
    [reply] = await search(bot, "detartrage")
    assert (reply.author, reply.escalation and reply.escalation.id) == (Author.MANAGER, 1)
    said = await bot.rows("SELECT text FROM outbox WHERE author = 'bot'")
    word = next(word for row in said for word in row["text"].split() if len(word) > 6)
    assert await found(bot, word) == []


async def test_names_come_first(bot: World) -> None:
    await hear(bot, "un humain svp", "c1", "Zoé Colis")
    await hear(bot, "mon colis", "c2", "Max")
    one, two = await search(bot, "colis")
    assert (one.name, one.author) == ("Zoé Colis", None)
    assert (two.name, two.escalation) == ("Max", two.escalation)


async def test_what_was_changed_is_found_as_it_is_now(bot: World) -> None:
    await hear(bot, "un humain svp", "c1")
    await bot.desk.reply(1, by("lea"), "le joint est grattuit", "r1")
    row = (await bot.rows("SELECT id FROM outbox WHERE author = 'manager'"))[0]["id"]
    await bot.desk.revise(row, by("lea"), "le joint est gratuit")
    await bot.turn()
    assert await found(bot, "grattuit") == []
    assert len(await found(bot, "gratuit")) == 1


async def test_no_more_is_found_than_is_asked_for(bot: World) -> None:
    for number in range(7):
        await hear(bot, "pareil", f"c{number}")
    assert len(await bot.store.run(searching.search, "pareil", 5)) == 5


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    words=st.one_of(
        st.text(max_size=60),
        st.text(alphabet="ab\"'*()^+-:{}.,\\\0 ANDORNT\u0301é日", max_size=40),
    )
)
async def test_nothing_that_can_be_typed_is_a_fault(bot: World, words: str) -> None:
    assert isinstance(await search(bot, words), list)


@pytest.mark.parametrize("words", ["\ud800", "a\ud800b", "\0", "a\0b", '"' * 99, "NEAR(a b)"])
async def test_neither_is_what_no_keyboard_types(bot: World, words: str) -> None:
    assert await search(bot, words) == []


# ── what an erasure leaves ───────────────────────────────────────────────────────────────────────


async def test_an_erasure_leaves_no_word_in_the_indices(bot: World, tmp_path: Path) -> None:
    event = incoming("zyxwvuts un humain svp", key="k1", conversation="c1")
    await bot.hear(replace(event, name="Qponmlk"))
    bot.clock.advance(10)
    await bot.turn()
    await bot.desk.reply(1, by("lea"), "jihgfedc", "r1")
    await hear(bot, "zyxwother", "c2")
    assert [len(await search(bot, word)) for word in ("zyxw", "qpon", "jihg")] == [2, 1, 1]

    await bot.store.run(_erase)
    assert [len(await search(bot, word)) for word in ("zyxw", "qpon", "jihg")] == [1, 0, 0]
    assert await bot.store.scrub()
    for word in ("xwvuts", "ponmlk", "ihgfedc"):
        assert traces(tmp_path, word) == []
    with closing(connect(tmp_path / "comptoir.db")) as db:
        for table in ("messages", "outbox", "followers"):
            db.execute(
                f"CREATE VIRTUAL TABLE temp.{table}_terms"
                f" USING fts5vocab('main', '{table}_fts', 'row')"
            )
            rows = db.execute(f"SELECT term FROM temp.{table}_terms").fetchall()  # noqa: S608
            kept = {term for (term,) in rows if term[:1] in "zqj"}
            assert kept <= {"zy", "zyx", "zyxwother"}, table


def _erase(tx: Tx) -> None:
    followers.erase(tx, 1, START)

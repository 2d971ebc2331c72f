"""What a manager is offered to answer with."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Brand
from bot.core.desk.suggesting import Remembering, Suggesting
from bot.core.subjects.wording import telling
from bot.errors import FileRefused, NotFound
from bot.escalation import EscalationState
from bot.library.canned import read_canned
from bot.store.faq import recall
from bot.store.people import followers
from tests.support.acting import by
from tests.support.traces import traces
from tests.support.world import World, incoming, world

CANNED = """---
language: fr
---

## Demander la photo {#photo tags="machine"}

> image

Bonjour {first_name|}, une photo de votre {network} ? {question}

![Où](files/où.png)

## Perdu {#perdu}

Il est perdu.

![Nulle part](files/none.png)
"""


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as one:
        (tmp_path / "faq" / "files").mkdir(parents=True)
        (tmp_path / "faq" / "canned-replies.md").write_text(CANNED, encoding="utf-8")
        (tmp_path / "faq" / "files" / "où.png").write_bytes(b"picture")
        one.mind = replace(one.mind, canned=read_canned(tmp_path / "faq", ("fr", "en")))
        yield one


@pytest.fixture
def suggesting(bot: World, tmp_path: Path) -> Suggesting:
    return Suggesting(
        bot.store, bot.clock, lambda: bot.mind, Brand("La Brûlerie"), bot.files, tmp_path / "faq"
    )


async def ask(bot: World, text: str, conversation: str, name: str = "") -> int:
    event = incoming(text, key=f"k-{conversation}", conversation=conversation, name=name)
    await bot.hear(event)
    await bot.turn()
    bot.clock.advance(10)
    await bot.turn()
    return (await bot.queue())[-1].id


async def answered(bot: World, text: str, answer: str, conversation: str, name: str = "Léa") -> int:
    item = await ask(bot, text, conversation, name)
    await bot.desk.reply(item, by("camille"), answer, "1")
    await bot.desk.resolve(item, by("camille"))
    return item


async def test_the_likeliest_entries_are_offered(bot: World, suggesting: Suggesting) -> None:
    item = await ask(bot, "bizarre", "c1")
    assert (await suggesting.on(item, "camille")).entries == ()
    await bot.write("/human ?delai,prix,retour", conversation="c2")
    await bot.turn()
    item = (await bot.queue())[-1].id
    found = await suggesting.on(item, "camille")
    assert [one.entry.id for one in found.entries] == ["delai", "prix", "retour"]


async def test_canned_replies_come_filled_in_and_are_searched(
    bot: World, suggesting: Suggesting
) -> None:
    item = await ask(bot, "Elle *fuit*", "c1", "LÉA roux")
    photo, lost = (await suggesting.on(item, "camille")).canned
    assert photo.filled.text == r"Bonjour Léa, une photo de votre net ? Elle \*fuit\*"
    assert photo.filled.missing == ()
    assert lost.reply.id == "perdu"
    assert [one.reply.id for one in (await suggesting.on(item, "camille", "imag")).canned] == [
        "photo"
    ]


async def test_a_canned_reply_brings_its_files(bot: World, suggesting: Suggesting) -> None:
    item = await ask(bot, "Elle fuit", "c1")
    insert = await suggesting.canned(item, "photo", "camille")
    [file] = insert.files
    assert (file.name, file.media_type, file.size) == ("Où.png", "image/png", 7)
    assert bot.files.path(file).read_bytes() == b"picture"
    with pytest.raises(FileRefused, match=r"files/none\.png is not in the FAQ folder"):
        await suggesting.canned(item, "perdu", "camille")
    with pytest.raises(NotFound, match="'nope'"):
        await suggesting.canned(item, "nope", "camille")
    with pytest.raises(NotFound):
        await suggesting.canned(99, "photo", "camille")


async def test_a_link_out_of_the_faq_is_not_followed(
    bot: World, suggesting: Suggesting, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "faq" / "files" / "none.png").symlink_to(tmp_path / "secret")
    item = await ask(bot, "Elle fuit", "c1")
    with pytest.raises(FileRefused):
        await suggesting.canned(item, "perdu", "camille")


async def test_what_was_answered_before_is_found_again(bot: World, suggesting: Suggesting) -> None:
    remembering = Remembering(bot.store, bot.clock)
    await answered(bot, "Ma machine fuit par le bas", "Bonjour Léa, serrez le joint.", "c1")
    await answered(bot, "Vendez-vous du thé vert ?", "Non.", "c2")
    await answered(bot, "machine qui fuit par dessous", "Écrivez à ann@mail.org.", "c3")
    assert await remembering.step() == 3
    assert await remembering.step() == 0

    item = await ask(bot, "Bonjour, la machine FUIT par le bas", "c4", "Max Roi")
    first, second = (await suggesting.on(item, "camille")).past
    assert first.found.escalation_id == 1
    assert (first.found.manager, first.filled.text) == ("camille", "Bonjour Max, serrez le joint.")
    assert second.filled.text == "Écrivez à [e-mail]."
    assert 0.5 <= second.found.likeness < first.found.likeness <= 1


async def test_who_has_no_name_gets_none_of_anothers(bot: World, suggesting: Suggesting) -> None:
    await answered(bot, "Ma machine fuit", "Bonjour Léa, serrez le joint.", "c1")
    await Remembering(bot.store, bot.clock).step()
    item = await ask(bot, "Ma machine fuit !", "c2")
    [past] = (await suggesting.on(item, "camille")).past
    assert past.filled.text == "Bonjour {first_name}, serrez le joint."
    assert past.filled.missing == ("first_name",)


async def test_an_answer_is_told_once_and_not_of_itself(bot: World, suggesting: Suggesting) -> None:
    for number in range(5):
        await answered(bot, "Ma machine fuit", "Serrez le joint.", f"c{number}")
    await Remembering(bot.store, bot.clock).step()
    assert len((await suggesting.on(5, "camille")).past) == 1
    await answered(bot, "Une théière", "Oui.", "d")
    await Remembering(bot.store, bot.clock).step()
    assert (await suggesting.on(6, "camille")).past == ()


async def test_only_what_stands_is_told(bot: World, suggesting: Suggesting) -> None:
    item = await answered(bot, "Ma machine fuit", "Serrez le joint.", "c1")
    await bot.turn()
    await Remembering(bot.store, bot.clock).step()
    await bot.store.run(
        lambda tx: tx.update("outbox", {"withdrawn_at": bot.clock.now()}, "author = 'manager'")
    )
    again = await ask(bot, "Ma machine fuit", "c2")
    assert again != item
    assert (await suggesting.on(again, "camille")).past == ()


async def test_words_of_the_erased_are_gone_from_the_index(
    bot: World, suggesting: Suggesting, tmp_path: Path
) -> None:
    await answered(bot, "Ma machine SECRETE fuit", "Serrez.", "c1")
    late = await ask(bot, "Ma cafetière SECRETE fume", "c2")
    remembering = Remembering(bot.store, bot.clock)
    await remembering.step()
    await bot.desk.reply(late, by("camille"), "Débranchez.", "1")
    fresh = await bot.store.run(recall.fresh)
    for whose in (1, 2):
        await bot.store.run(followers.erase, whose, bot.clock.now())
    said = {one.escalation_id: telling(one.question, one.language) for one in fresh}
    await bot.store.run(recall.remember, said, bot.clock.now())  # it had been read before
    assert await bot.store.scrub()
    assert traces(tmp_path, "SECRET") == []
    assert await bot.rows("SELECT * FROM asked_words") == []
    item = await ask(bot, "Ma machine fuit", "c3")
    assert (await suggesting.on(item, "camille")).past == ()


async def test_an_item_without_a_question_has_no_suggestions(
    bot: World, suggesting: Suggesting
) -> None:
    await answered(bot, "Ma machine fuit", "Serrez.", "c1")
    await bot.store.run(lambda tx: tx.update("escalations", {"kind": "delivery"}, "id = 1"))
    found = await suggesting.on(1, "camille")
    assert (found.entries, found.past) == ((), ())
    [item] = await bot.queue("resolved")
    assert item.state is EscalationState.RESOLVED

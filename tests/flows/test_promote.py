"""What a manager has answered once, the bot answers from then on; over the whole bot."""

from pathlib import Path

import pytest

from tests.support.whole import WholeBot, whole_bot

ASKED = "est-ce que vos sachets vont au compost du jardin ?"
WAITING = "SELECT id FROM escalations WHERE state <> 'resolved'"
SENT = "SELECT id FROM outbox WHERE author = :author AND state = 'sent'"
ANSWER = "Oui : les **sachets** vont au compost."


async def answered(bot: WholeBot) -> int:
    """Somebody asks what the FAQ does not know, and Camille answers."""
    chatter = await bot.chatter()
    await bot.write(chatter, f"/human {ASKED}")
    item = int((await bot.store.until(WAITING))["id"])
    await bot.reply(item, f"Bonjour,\n\n{ANSWER}")
    await bot.store.until(SENT, author="manager")
    done = await bot.api.post(f"/desk/escalations/{item}/resolve", json={})
    assert done.status_code == 200
    return item


async def promote(bot: WholeBot, item: int, **wish: object) -> dict[str, object]:
    """Look at the difference, and accept it."""
    path = f"/desk/escalations/{item}/promotion"
    shown = await bot.api.post(path, json=wish)
    assert shown.status_code == 200, shown.text
    assert shown.json()["answers"] is True
    written = await bot.api.post(path, json={**wish, "digest": shown.json()["digest"]})
    assert written.status_code == 200, written.text
    found: dict[str, object] = written.json()
    return found


async def ask_again(bot: WholeBot) -> str:
    """What somebody else is told who asks the same."""
    other = await bot.chatter()
    await bot.write(other, ASKED)
    query = "SELECT text FROM outbox WHERE entry_id <> '' AND state = 'sent'"
    return str((await bot.store.until(query))["text"])


async def test_a_new_entry_answers_the_next_who_asks(tmp_path: Path) -> None:
    async with whole_bot(tmp_path) as bot:
        item = await answered(bot)
        draft = (await bot.api.get(f"/desk/escalations/{item}/promotion")).json()
        assert draft["question"] == ASKED
        wish = {"language": "fr", "question": ASKED, "answer": ANSWER, "file": "fr/cafes.md"}
        before = (tmp_path / "faq" / "fr" / "cafes.md").read_text(encoding="utf-8")
        written = await promote(bot, item, **wish)
        assert written["file"] == "fr/cafes.md"
        assert (tmp_path / "faq/fr/cafes.md").read_text(encoding="utf-8").startswith(before)

        assert ANSWER in await ask_again(bot)
        assert await bot.queue() == []


async def test_a_phrasing_has_the_entry_answer_the_next_who_asks(tmp_path: Path) -> None:
    async with whole_bot(tmp_path) as bot:
        item = await answered(bot)
        await promote(bot, item, language="fr", question=ASKED, entry="delai-livraison")
        assert "3 à 5 jours ouvrés" in await ask_again(bot)


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"question": ASKED, "entry": "no-such-entry"}, 422),
        ({"question": ASKED, "answer": "", "file": "fr/cafes.md"}, 422),
        ({"question": ASKED, "entry": "delai-livraison", "digest": "old"}, 409),
        ({"question": "", "entry": "delai-livraison"}, 422),
    ],
)
async def test_what_cannot_be_written_says_why(
    tmp_path: Path, wish: dict[str, str], status: int
) -> None:
    async with whole_bot(tmp_path) as bot:
        item = await answered(bot)
        path = f"/desk/escalations/{item}/promotion"
        refused = await bot.api.post(path, json={"language": "fr", **wish})
        assert refused.status_code == status
        assert refused.json()["detail"]

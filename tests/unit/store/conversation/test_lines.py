"""Reading a conversation costs a few queries, however long it is."""

from pathlib import Path

import pytest

from bot.models import Line
from bot.store.conversation import conversations
from bot.store.protocol import Row, Tx
from bot.store.sqlite import SqliteTx
from tests.support.world import World, world


async def talked(folder: Path, times: int) -> World:
    """A conversation of a bot that has since been stopped: answers with choices, one pressed."""
    async with world(folder) as bot:
        for number in range(times):
            await bot.talk(f"question {number}", "!delai")
        await bot.press("Utile")
        await bot.turn()
        return bot


def read(tx: Tx) -> tuple[list[Line], list[Line]]:
    return conversations.lines(tx, 1), conversations.last_lines(tx, [1])


@pytest.mark.parametrize("times", [1, 8])
async def test_a_long_conversation_takes_no_more_queries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    await talked(tmp_path, times)
    asked: list[str] = []
    rows = SqliteTx.rows

    def counted(self: SqliteTx, sql: str, **values: object) -> list[Row]:
        asked.append(sql)
        return rows(self, sql, **values)

    async with world(tmp_path) as bot:
        monkeypatch.setattr(SqliteTx, "rows", counted)
        every, last = await bot.store.run(read)
    assert every == last
    assert len(every) > 3 * times
    assert len(asked) == 2 * 4  # places, what followers said, what we said, choices


async def test_each_line_has_its_own_choices(tmp_path: Path) -> None:
    await talked(tmp_path, 1)
    async with world(tmp_path) as bot:
        lines = await bot.lines()
    answers = [line for line in lines if "delai" in line.text and line.offers]
    assert len(answers) == 1
    assert [offer.pressed for offer in answers[0].offers] == [True, False, False]
    assert answers[0].offers[0].label == "Utile"
    assert lines[-2].text == "Utile"
    assert lines[-2].offers == ()

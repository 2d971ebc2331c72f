"""Where a network shows that an answer is coming, one comes, whatever the bot has to say."""

from pathlib import Path

from tests.fakes import discord
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_api import LOADING
from tests.support.whole import ANSWERS, CALLED, told, whole_bot

NOTED = "J'ajoute cela à votre demande"


def thinking(network: FakeDiscord) -> int:
    """Before how many questions stands "… is thinking"."""
    return sum(bool(one.get("flags", 0) & LOADING) for one in network.outgoing)


async def answered(network: FakeDiscord, name: str, argument: str, *, public: bool) -> None:
    """Use a command, and return once there is one answer more."""
    before = len(network.sent)
    await network.command(name, argument, public=public)
    await network.changes.until(lambda: len(network.sent) > before)


async def test_no_slash_command_is_left_thinking(tmp_path: Path) -> None:
    async with discord.fake() as network, whole_bot(tmp_path, network) as bot:
        await network.command("human", public=True)
        await told(network, CALLED)
        for public in (True, True, False):
            await answered(network, "human", "vite", public=public)
        assert [NOTED in one.text for one in network.sent[-3:]] == [True] * 3

        # A person of the team has the floor: the assistant only says that they will see it.
        [item] = await bot.queue()
        await bot.api.post(f"/desk/escalations/{item['id']}/claim", json={})
        await answered(network, "ask", "vous livrez en combien de jours ?", public=True)
        assert NOTED in network.sent[-1].text
        assert thinking(network) == 0


async def test_questions_asked_at_once_are_answered_each(tmp_path: Path) -> None:
    async with discord.fake() as network, whole_bot(tmp_path, network):
        for question in ("qsdf wxcv", "vous livrez en combien de jours ?", "azer tyui"):
            await network.command("ask", question)
        await told(network, ANSWERS)
        await network.changes.until(lambda: not thinking(network) and len(network.sent) >= 3)

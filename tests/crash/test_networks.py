"""Killed in the midst of all that a network is known for, the bot loses nothing, doubles nothing.

Every follower meets another failure at the first attempt to answer them; the bot dies before it
hears how the last one ended. What then cannot be known is shown to a person, and to nobody twice.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.crash.scene import Discord, N, Scene, Telegram, scene
from tests.fakes import discord_rules, telegram_updates
from tests.fakes.server import Drop

pytestmark = pytest.mark.crash

QUESTION = "Quels sont les délais de livraison ?"
ANSWER = "3 à 5 jours ouvrés"
LAST = "never hears of it"


def refused(status: int, text: str, **more: object) -> Exception:
    return telegram_updates.ApiError(status, text, **more)


def declined(status: int, code: int, **more: object) -> Exception:
    return discord_rules.ApiError(status, code, "no", **more)


TELEGRAM: Mapping[str, Exception] = {
    "must wait": refused(429, "Too Many Requests: retry after 1", retry_after=1),
    "blocked": refused(403, "bot was blocked by the user"),
    "entities": refused(400, "can't parse entities: unsupported start tag"),
    "too long": refused(400, "message is too long"),
    "gone": refused(400, "chat not found"),
    "no topic": refused(400, "message thread not found"),
    "broken": refused(502, "Bad Gateway"),
    "cut": Drop(),
}
DISCORD: Mapping[str, Exception] = {
    "must wait": declined(429, 0, retry_after=0.5, **{"global": False}),
    "all wait": declined(429, 0, retry_after=0.5, **{"global": True}),
    "blocked": declined(403, 50007),
    "too fast": declined(400, 40003),
    "archived": declined(400, 50083),
    "locked": declined(400, 160005),
    "too many": declined(400, 160006),
    "broken": declined(502, 0),
    "cut": Drop(),
}


class Trouble:
    """Lets every follower's first answer fail in its own way; the answer to the last is death."""

    def __init__(self, network: Telegram | Discord, rows: Mapping[str, Exception]) -> None:
        self._network = network
        self._ahead = dict(rows)
        self.followers: dict[str, str] = {}
        """Whose chat or channel is whose."""
        network.before, network.after = self._before, self._after

    @property
    def met(self) -> bool:
        """Everybody but the last has met theirs."""
        return not self._ahead

    def _before(self, _call: str, parameters: Mapping[str, Any]) -> None:
        follower = self._answered(parameters)
        if not isinstance(self._ahead.get(follower, Drop()), Drop):
            raise self._ahead.pop(follower)

    def _after(self, _call: str, parameters: Mapping[str, Any]) -> None:
        follower = self._answered(parameters)
        if follower in self._ahead:
            raise self._ahead.pop(follower)
        if follower == LAST:
            self._network.before = self._network.after = None
            self._network.kill()
            raise Drop

    def _answered(self, parameters: Mapping[str, Any]) -> str:
        text = str(parameters.get("text") or parameters.get("content"))
        place = str(parameters.get("chat_id") or parameters.get("channel"))
        return self.followers.get(place, "") if ANSWER in text else ""


async def killed_in_the_midst(stage: Scene[N], rows: Mapping[str, Exception]) -> None:
    """Everybody asks; returns once the bot, killed and started again, has nothing left to send."""
    trouble = Trouble(stage.network, rows)
    with stage.bot() as bot:
        await stage.until(lambda: stage.network.connected)
        for follower in [*rows, LAST]:
            if follower == LAST:
                await stage.until(lambda: trouble.met)
            said: Any = await stage.network.say("hello", follower=follower)
            place = said.payload.get("channel_id") or said.payload["chat"]["id"]
            trouble.followers[str(place)] = follower
            await stage.network.say(QUESTION, follower=follower)
        await stage.death(bot)
    with stage.bot():
        async with asyncio.timeout(60):
            waiting = "SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')"
            while stage.rows(waiting) != [(0,)]:  # noqa: ASYNC110  # in another process
                await asyncio.sleep(0.05)


def fates(stage: Scene[N]) -> dict[str, tuple[str, int]]:
    """Of everybody: what became of their answer, and how often they have it."""
    rows = stage.rows(
        "SELECT followers.name, outbox.state, outbox.text FROM outbox"
        " JOIN conversations ON conversations.id = outbox.conversation_id"
        " JOIN followers ON followers.id = conversations.follower_id"
    )
    rows = [row for row in rows if ANSWER in str(row[2])]
    had = [one.follower.title() for one in stage.network.sent if ANSWER in one.text]
    states = {str(name).removesuffix(" Lovelace"): str(state) for name, state, _ in rows}
    assert len(states) == len(rows)  # nobody has two
    return {name: (state, had.count(name)) for name, state in states.items()}


def shown(stage: Scene[N]) -> int:
    """How many deliveries a person is asked to look at."""
    [(number,)] = stage.rows("SELECT count(*) FROM escalations WHERE kind = 'delivery'")
    assert isinstance(number, int)
    return number


async def test_on_telegram(tmp_path: Path) -> None:
    async with Telegram() as network:
        stage = scene(tmp_path, network)
        await killed_in_the_midst(stage, TELEGRAM)
        found = fates(stage)
        assert found.pop("Must Wait") in {("sent", 1), ("uncertain", 0)}  # it was waiting, or not
        assert found.pop("Entities") == ("sent", 1)  # plain
        assert found.pop("Too Long") == ("dead", 0)
        assert {found.pop(name) for name in ("Blocked", "Gone", "No Topic")} == {("unreachable", 0)}
        assert found.pop("Broken") == ("uncertain", 0)
        assert found == {"Cut": ("uncertain", 1), LAST.title(): ("uncertain", 1)}
        states = "SELECT count(*) FROM outbox WHERE state <> 'sent'"
        assert [(shown(stage),)] == stage.rows(states)


async def test_on_discord(tmp_path: Path) -> None:
    async with Discord() as network:
        stage = scene(tmp_path, network)
        await killed_in_the_midst(stage, DISCORD)
        found = fates(stage)
        unreachable = {found.pop(name) for name in ("Blocked", "Archived", "Locked")}
        assert unreachable == {("unreachable", 0)}
        assert set(found.values()) == {("sent", 1)}
        assert len(found) == len(DISCORD) - 3 + 1
        assert shown(stage) == 3


async def test_a_session_that_was_lost_while_nobody_was_there(tmp_path: Path) -> None:
    async with Discord() as network:
        stage = scene(tmp_path, network)
        with stage.bot() as bot:
            await stage.until(lambda: network.connected)
            await network.say("hello")
            await network.say("hello", public=True)
            await stage.until(lambda: len(network.sent) == 2)
            network.kill()
            await stage.death(bot)
        network.forget_sessions()
        await network.say(QUESTION)
        await network.say(QUESTION, public=True)
        with stage.bot():
            await stage.until(lambda: len(network.sent) == 4)
            await network.say("where is my parcel?")
            await stage.until(lambda: len(network.sent) == 5)
        assert [ANSWER in one.text for one in network.sent].count(True) == 2

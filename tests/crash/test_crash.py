"""Killed at any instant, the bot loses nothing and says nothing twice."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.crash.scene import Scene, Telegram, scene
from tests.fakes.server import Drop

pytestmark = pytest.mark.crash

QUESTION = "Quels sont les délais de livraison ?"
ANSWER = "3 à 5 jours ouvrés"
DECISION = "bot.core.conversation.dispatcher._decide"
TAKE = "bot.store.delivery.outbox.take"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Scene[Telegram]]:
    async with Telegram() as network:
        yield scene(tmp_path, network)


def times(stage: Scene[Telegram], words: str) -> int:
    return sum(words in text for text in stage.network.texts())


async def another_is_answered(stage: Scene[Telegram]) -> None:
    """What is asked later is answered later: all that was to be said before has been said."""
    await stage.network.say("where is my parcel?", follower="bob")
    await stage.until(lambda: times(stage, "tracking number"))


async def killed_and_started_again(
    stage: Scene[Telegram], instant: str, question: str, answer: str
) -> None:
    with stage.bot(instant) as bot:
        await stage.network.say(question)
        await stage.death(bot)
    with stage.bot():
        await stage.until(lambda: times(stage, answer))
        await another_is_answered(stage)


@pytest.mark.parametrize(
    "instant",
    [f"before commit of {DECISION}", f"before commit of {TAKE}"],
    ids=["decided and not committed", "committed and not sent"],
)
async def test_around_the_decision(stage: Scene[Telegram], instant: str) -> None:
    await killed_and_started_again(stage, instant, QUESTION, ANSWER)
    assert times(stage, ANSWER) == 1


async def test_stored_and_not_acknowledged(stage: Scene[Telegram]) -> None:
    def kill_at_the_acknowledgement(method: str, parameters: Mapping[str, Any]) -> None:
        if method == "getUpdates" and int(parameters.get("offset") or 0) > 0:
            stage.network.before = None
            stage.network.kill()
            raise Drop

    stage.network.before = kill_at_the_acknowledgement
    with stage.bot() as bot:
        said = await stage.network.say(QUESTION)
        await stage.death(bot)
    assert not said.acknowledged
    assert stage.rows("SELECT count(*) FROM messages") == [(1,)]
    with stage.bot():
        await stage.until(lambda: said.acknowledged and times(stage, ANSWER))
        await another_is_answered(stage)
    assert times(stage, ANSWER) == 1
    assert stage.rows("SELECT count(*) FROM messages") == [(2,)]


async def test_between_two_parts_of_a_reply(stage: Scene[Telegram]) -> None:
    await killed_and_started_again(
        stage, f"before commit of {TAKE} 2", "recite the poem", "Second half"
    )
    assert times(stage, "First half") == 1
    assert times(stage, "Second half") == 1


@pytest.mark.parametrize(
    "instant",
    [f"before commit of {DECISION}", f"before commit of {TAKE} 2"],
    ids=["decided and not committed", "the first of them sent"],
)
async def test_around_two_answers_to_one_message(stage: Scene[Telegram], instant: str) -> None:
    both = f"{QUESTION} Et je peux payer par PayPal ?"
    await killed_and_started_again(stage, instant, both, "PayPal, Apple Pay")
    assert (times(stage, ANSWER), times(stage, "PayPal, Apple Pay")) == (1, 1)
    said = "SELECT cause, entry_id, state FROM outbox WHERE cause LIKE 'answer:1%' ORDER BY id"
    assert stage.rows(said) == [
        ("answer:1:0", "delai-livraison", "sent"),
        ("answer:1.1:0", "moyens-paiement", "sent"),
    ]
    assert stage.rows("SELECT number, entry_id FROM message_parts ORDER BY number") == [
        (0, "delai-livraison"),
        (1, "moyens-paiement"),
    ]


async def test_received_by_the_network_and_not_known_to_us(stage: Scene[Telegram]) -> None:
    def kill_after_receipt(method: str, _parameters: Mapping[str, Any]) -> None:
        if method == "sendMessage":
            stage.network.after = None
            stage.network.kill()
            raise Drop

    stage.network.after = kill_after_receipt
    with stage.bot() as bot:
        await stage.network.say(QUESTION)
        await stage.death(bot)
    assert times(stage, ANSWER) == 1
    with stage.bot():
        await another_is_answered(stage)
    assert times(stage, ANSWER) == 1
    assert stage.rows("SELECT state FROM outbox WHERE cause = 'answer:1:0'") == [("uncertain",)]
    queue = "SELECT kind, reason FROM escalations WHERE state = 'open'"
    assert stage.rows(queue) == [("delivery", "uncertain")]


class Page:
    """A follower's page: keeps its token, resends what was not accepted."""

    def __init__(self, client: httpx.AsyncClient, token: str = "") -> None:
        self.client = client
        self.token = token

    async def begin(self) -> None:
        made = await self.client.post("/api/chat/conversations", json={})
        self.token = made.json()["token"]

    async def say(self, text: str, client_id: str) -> None:
        answer = await self.client.post(
            "/api/chat/messages",
            json={"client_id": client_id, "text": text},
            headers={"Authorization": f"Bearer {self.token}"},
        )
        assert answer.status_code == 202, answer.text

    async def until(self, words: str) -> list[dict[str, Any]]:
        """All lines, once one of the bot's has these words."""
        messages: list[dict[str, Any]] = []
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.client.stream("GET", "/api/chat/events", headers=headers) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    messages += httpx.Response(200, text=line[6:]).json()["messages"]
                if any(words in m["text"] for m in messages if m["from"] == "bot"):
                    return messages
        raise AssertionError("the stream ended")


@pytest.mark.parametrize(
    "instant",
    [
        "after bot.core.conversation.intake._taken",
        f"before commit of {DECISION}",
        f"after {DECISION}",
    ],
)
async def test_on_our_own_page(stage: Scene[Telegram], instant: str) -> None:
    with stage.bot(instant) as bot:
        page = Page(await stage.healthy())
        await page.begin()
        try:
            await page.say(QUESTION, "one")
        except httpx.TransportError:
            assert "_taken" in instant  # only there the answer to the request is lost
        await stage.death(bot)
        await page.client.aclose()
    with stage.bot():
        page.client = await stage.healthy()
        await page.say(QUESTION, "one")
        await page.say("where is my parcel?", "two")
        messages = await page.until("tracking number")
        await page.client.aclose()
    said = [m["text"] for m in messages if m["from"] == "follower"]
    assert said == [QUESTION, "where is my parcel?"]
    assert sum(ANSWER in m["text"] for m in messages) == 1

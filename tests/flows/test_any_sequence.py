"""Whatever followers, managers, networks and time do: nothing is lost, nothing is said twice."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import DeskError, NotSent, Refused, Uncertain, Unreachable
from bot.models import IncomingKind
from tests.support.acting import by
from tests.support.handler import ScriptedHandler
from tests.support.minds import mind
from tests.support.world import World, incoming, world

POLITE = ("bonjour", "merci", "👍", "ok merci")
ASKED = ("!prix", "!delai", "!long", "!plainte", "?delai,prix", "qsdf", "c'est", "combien")
COMMANDS = ("/aide", "/human", "/human vite", "/language en", "/mydata", "/forget", "/start x")
LINES = (*POLITE, *ASKED, *COMMANDS, "un humain svp", "?", "!boom", "")
CHATS = ("c1", "c2")
ACTIONS = ("claim", "release", "resolve", "reply", "resend", "arrived")
CHANGES = (None, *ASKED)
"""What a line is changed to; None takes it back."""
ERRORS = (NotSent("busy"), Uncertain("cut off"), Refused("no"), Unreachable("blocked"))

Step = tuple[str, Any]

steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.tuples(st.sampled_from(CHATS), st.sampled_from(LINES))),
        st.tuples(st.just("press"), st.tuples(st.sampled_from(CHATS), st.integers(0, 50))),
        st.tuples(st.just("act"), st.tuples(st.sampled_from(ACTIONS), st.integers(1, 4))),
        st.tuples(st.just("change"), st.tuples(st.integers(0, 9), st.sampled_from(CHANGES))),
        st.tuples(st.just("fail"), st.sampled_from(ERRORS)),
        st.tuples(st.just("pass"), st.sampled_from([0.5, 2.0, 7.0, 400.0])),
        st.tuples(st.just("decide"), st.none()),
        st.tuples(st.just("send"), st.none()),
    ),
    max_size=25,
)


@dataclass
class Play:
    """A world, and what must hold in it after every step."""

    bot: World
    managers: int = 0
    seen: set[int] = field(default_factory=set)

    @property
    def handler(self) -> ScriptedHandler:
        return self.bot.handler

    async def step(self, kind: str, what: Any) -> None:
        do: Callable[[Any], Coroutine[Any, Any, None]] = getattr(
            self, kind if kind != "pass" else "later"
        )
        await do(what)

    async def write(self, what: tuple[str, str]) -> None:
        await self.bot.write(what[1], conversation=what[0])

    async def press(self, what: tuple[str, int]) -> None:
        """Press any choice ever offered, in any conversation."""
        offered = [choice for item in self.handler.delivered for choice in item.reply.choices]
        if offered:
            await self.bot.press_id(offered[what[1] % len(offered)].id, what[0])

    async def change(self, what: tuple[int, str | None]) -> None:
        """A follower edits a line, or takes it back."""
        number, text = what
        kind = IncomingKind.DELETION if text is None else IncomingKind.EDIT
        key = f"change-{next(self.bot.keys)}"
        event = incoming(text or "", key=key, kind=kind, refers_to=f"auto-{number}")
        await self.bot.hear(event)

    async def act(self, what: tuple[str, int]) -> None:
        self.managers += 1
        action, item = what
        with suppress(DeskError):
            if action == "reply":
                await self.bot.desk.reply(item, by("lea"), "Bonjour", f"r{self.managers}")
            else:
                await getattr(self.bot.desk, action)(item, by("lea"))

    async def fail(self, error: Exception) -> None:
        self.handler.script.append(error)

    async def later(self, seconds: float) -> None:
        self.bot.clock.advance(seconds)

    async def send(self, _: None = None) -> None:
        await self.bot.send()

    async def decide(self, _: None = None) -> None:
        held = await self.held()
        before = await self.said_by_bot()
        await self.bot.dispatch()
        after = await self.said_by_bot()
        for conversation in held:
            assert after[conversation] == before[conversation], "the bot spoke over a manager"
        await self.unsure_questions_end_somewhere(held)

    async def held(self) -> set[int]:
        rows = await self.bot.rows(
            "SELECT conversation_id AS id FROM escalations"
            " WHERE kind = 'question' AND state = 'claimed'"
        )
        return {row["id"] for row in rows}

    async def said_by_bot(self) -> Counter[int]:
        rows = await self.bot.rows("SELECT conversation_id AS id FROM outbox WHERE author = 'bot'")
        return Counter(row["id"] for row in rows)

    async def unsure_questions_end_somewhere(self, held: set[int]) -> None:
        rows = await self.bot.rows(
            "SELECT id, conversation_id, (SELECT choices FROM outbox WHERE cause ="
            " 'answer:' || messages.id || ':0') AS choices FROM messages"
            " WHERE handled_at IS NOT NULL AND verdict IN ('clarify', 'escalate')"
        )
        waiting = await self.bot.rows(
            "SELECT conversation_id AS id FROM escalations"
            " WHERE kind = 'question' AND state <> 'resolved'"
        )
        with_people = {row["id"] for row in waiting} | held
        for row in rows:
            if row["id"] not in self.seen:
                self.seen.add(row["id"])
                assert row["conversation_id"] in with_people or row["choices"], "a lost question"

    # ── at the end ───────────────────────────────────────────────────────────────────────────────

    async def finish(self) -> None:
        """Let the network work again, and all patience and all pauses run out."""
        self.handler.script.clear()
        for _ in range(4):
            self.bot.clock.advance(600)
            await self.decide()
            await self.send()

    async def check(self) -> None:
        assert await self.bot.unhandled() == 0
        # Nothing twice: one delivery for each cause, and one reply for each message.
        causes = Counter(item.cause for item in self.handler.delivered)
        assert not [cause for cause, times in causes.items() if times > 1]
        # Nothing stuck: what still waits does so behind something a person must decide.
        stuck = await self.bot.rows(
            "SELECT outbox.id FROM outbox LEFT JOIN outbox AS earlier ON earlier.id ="
            " outbox.after_id WHERE outbox.state = 'sending' OR (outbox.state = 'pending'"
            " AND coalesce(earlier.state, '') NOT IN ('uncertain', 'pending'))"
        )
        assert not stuck
        # Nothing hidden: whatever did not arrive has exactly one item, open or decided.
        rows = await self.bot.rows(
            "SELECT outbox.id, count(escalations.id) AS items FROM outbox LEFT JOIN escalations"
            " ON escalations.outbox_id = outbox.id"
            " WHERE outbox.state IN ('uncertain', 'dead', 'unreachable') GROUP BY outbox.id"
        )
        assert all(row["items"] == 1 for row in rows)
        # Nothing called for in vain, and one request at a time in a conversation.
        questions = [item.question for item in await self.bot.queue("all") if not item.outbox_id]
        assert not set(questions) & set(POLITE)
        open_ = Counter(
            item.conversation_id for item in await self.bot.queue() if not item.outbox_id
        )
        assert all(times == 1 for times in open_.values())
        # The introduction came first, and once.
        for chat in CHATS:
            texts = [one.reply.text for one in self.handler.attempts if one.conversation == chat]
            introduced = [text for text in texts if "assistant automatique" in text]
            assert len(set(introduced)) <= 1


@given(steps)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_is_lost_nothing_is_said_twice(sequence: list[Step]) -> None:
    async def play() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with world(Path(folder)) as bot:
                bot.mind = mind(Path(folder), joined={"c'est\ncombien": "!prix"})
                one = Play(bot)
                for kind, what in sequence:
                    await one.step(kind, what)
                await one.finish()
                await one.check()

    asyncio.run(play())

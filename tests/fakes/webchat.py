"""Our own web chat for the contract suite: its real HTTP interface, a real store, and followers.

A follower's client does as the page does: it sends a line again, under the same id, until the
server has said that it is durable.
"""

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import NoReturn

import httpx
from fastapi import FastAPI

from bot import shipped, texts
from bot.clock import Clock, SystemClock
from bot.config import Brand, Web
from bot.contract import Handler, Inbox, Invitation, Section
from bot.core.conversation.crisis import Switch
from bot.core.conversation.decisions import Mind
from bot.core.conversation.intake import Intake
from bot.core.desk import aids
from bot.core.desk.actions import Desk
from bot.core.desk.presence import Presence
from bot.core.faq.correcting import Correcting
from bot.core.faq.keeping import Keeper
from bot.core.people.gauging import Gauging
from bot.matching.matcher import Matcher
from bot.models import Action, Incoming, Line, Offer, OutboxItem, Sent, StaffLine
from bot.rendering import plain
from bot.store.conversation import conversations, offers
from bot.store.delivery import outbox, outcomes
from bot.store.files import Files
from bot.store.protocol import Tx
from bot.store.sqlite import SqliteStore
from bot.web.auth import Auth
from bot.web.server import create_app
from bot.web.services import Services
from handlers import webchat
from tests.fakes.network import (
    Button,
    Changes,
    Failure,
    File,
    FindFile,
    Menu,
    Received,
    no_file,
    serving,
)
from tests.support.minds import mind
from tests.web.sites import Site

ACCOUNT = "webchat"
KEY = b"a key for tests only"


@dataclass(slots=True)
class Post:
    """Something a follower's page has sent, and whether the server said it is durable."""

    path: str
    body: dict[str, str]
    token: str
    acknowledged: bool = False


class Both:
    """The suite's inbox first, which may refuse or wait; then the store that the page reads."""

    def __init__(self, inbox: Inbox, intake: Intake) -> None:
        self._inbox = inbox
        self._intake = intake

    async def cursor(self, stream: str) -> str | None:
        return await self._inbox.cursor(stream)

    async def cursors(self, prefix: str) -> Mapping[str, str]:
        return await self._inbox.cursors(prefix)

    async def accept(
        self, events: Sequence[Incoming | StaffLine], stream: str = "", cursor: str | None = None
    ) -> None:
        await self._inbox.accept(events, stream, cursor)
        await self._intake.accept(events, stream, cursor)

    async def take(self, event: Incoming) -> int:
        await self._inbox.accept([event])
        return await self._intake.take(event)


class FakeWebChat:
    """The pages of one bot, and the people who have them open."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._tokens: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._sent: list[Received] = []
        self._seen: set[str] = set()
        self._serving = asyncio.Event()
        self._changes = Changes()
        self._sending: set[asyncio.Task[None]] = set()
        self._ids = count()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]

    @property
    def secrets(self) -> Sequence[str]:
        return [KEY.decode(), *self._tokens.values()]

    @property
    def sent(self) -> Sequence[Received]:
        return self._sent

    @property
    def menu(self) -> Mapping[str, Mapping[str, str]]:
        return {}

    @property
    def menu_changes(self) -> int:
        return 0

    def handler(self, clock: Clock, menu: Menu = tuple, file: FindFile = no_file) -> Handler:
        def secret(name: str) -> NoReturn:
            raise AssertionError(f"this handler needs no secret, and asked for {name}")

        return webchat.build(Section(ACCOUNT, {}, clock, secret, menu, file))

    @asynccontextmanager
    async def serve(self, handler: Handler, inbox: Inbox) -> AsyncIterator[None]:
        async with self._pages(self._app(handler, inbox)), serving(handler, inbox):
            self._serving.set()
            try:
                yield
            finally:
                self._serving.clear()

    async def send(self, handler: Handler, item: OutboxItem) -> Sent:
        sent = await handler.send(item)
        lines = await self._store.run(_mark_sent, item, sent, SystemClock())
        for line in lines:
            if line.outbox_id is not None and line.id not in self._seen:
                self._seen.add(line.id)
                buttons = tuple(Button(offer.id, offer.label) for offer in line.offers)
                name = self._names[item.conversation]
                self._sent.append(Received(name, plain(line.text), buttons))
        return sent

    async def say(
        self,
        text: str,
        *,
        follower: str = "ada",
        public: bool = False,
        addressed: bool = True,
        bot: bool = False,
        files: Sequence[File] = (),
    ) -> Post:
        assert not files, "the page takes no files"
        assert addressed, "there are no groups here"
        assert not public, "there are no groups here"
        assert not bot, "programs cannot write into a follower's conversation"
        body = {"client_id": str(next(self._ids)), "text": text}
        return await self._post("/api/chat/messages", body, follower)

    async def press(self, choice: str, *, follower: str = "ada") -> Post:
        shown = [b.id for one in self._sent if one.follower == follower for b in one.choices]
        assert choice in shown
        body = {"client_id": str(next(self._ids)), "choice": choice}
        return await self._post("/api/chat/choices", body, follower)

    async def taken(self, said: Post) -> None:
        await self._changes.until(lambda: said.acknowledged)

    async def repeat(self, said: Post) -> None:
        """The page did not hear that its line was taken, and sends it again."""
        self._keep_sending(Post(said.path, said.body, said.token))

    async def edit(self, said: Post, text: str) -> Post:
        raise AssertionError(f"{said.body} cannot become {text!r}")

    async def delete(self, said: Post) -> Post:
        raise AssertionError(f"{said.body} stays")

    async def command(
        self, name: str, argument: str = "", *, follower: str = "ada", public: bool = False
    ) -> Post:
        return await self.say(f"/{name} {argument}".strip(), follower=follower, public=public)

    async def open(self, invitation: Invitation, *, follower: str = "ada") -> None:
        raise AssertionError(f"{invitation.address} is not for {follower}")

    async def lose(self, said: Post) -> None:
        raise AssertionError(f"{said.body} has no files")

    async def block(self, *, follower: str = "ada") -> Post:
        raise AssertionError(f"{follower} can only close the page")

    async def leave(self) -> None:
        """Close all pages."""
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def _post(self, path: str, body: dict[str, str], follower: str) -> Post:
        if follower not in self._tokens:
            async with self._client() as client:
                made = (await client.post("/api/chat/conversations", json={})).json()
            self._tokens[follower], self._names[made["conversation"]] = made["token"], follower
        line = Post(path, body, self._tokens[follower])
        self._keep_sending(line)
        return line

    def _keep_sending(self, line: Post) -> None:
        task = asyncio.create_task(self._deliver(line))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _deliver(self, line: Post) -> None:
        while not line.acknowledged:
            await self._serving.wait()
            headers = {"Authorization": f"Bearer {line.token}"}
            with contextlib.suppress(httpx.TransportError):
                async with self._client() as client:
                    answer = await client.post(line.path, json=line.body, headers=headers)
                line.acknowledged = answer.status_code == 202
                self._changes.announce()
            await asyncio.sleep(0)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self._port}", timeout=30)

    def _app(self, handler: Handler, inbox: Inbox) -> FastAPI:
        clock, brand = SystemClock(), Brand()
        languages = texts.read(shipped.folder() / "faq", brand.languages, brand.name)
        files = Files(Path(tempfile.gettempdir()) / "no-such-folder")
        known = mind(Path(tempfile.gettempdir()) / "no-such-folder")

        def knowing() -> Mind:
            return known

        services = Services(
            brand=brand,
            web=Web(),
            clock=clock,
            store=self._store,
            desk=Desk(self._store, clock, {ACCOUNT: handler}),
            aids=aids.build(
                *(self._store, clock, _no_mind, brand, files),
                keeper=Keeper(shipped.folder() / "faq", brand.languages, _no_reload, Matcher.build),
            ),
            auth=Auth(self._store, clock, KEY, Path(tempfile.gettempdir()) / "no-such-file"),
            presence=Presence(clock),
            correcting=Correcting(self._store, clock, knowing, {ACCOUNT: handler}),
            switch=Switch(self._store, clock, knowing),
            gauging=Gauging(self._store, clock),
            spikes=tuple,
            mind=knowing,
            handlers={ACCOUNT: handler},
            inboxes={ACCOUNT: Both(inbox, Intake(self._store, ACCOUNT, clock))},
            statuses={},
            texts=lambda: languages,
            stopping=asyncio.Event(),
            faults=tuple,
            files=files,
        )
        return create_app(services, KEY)

    @asynccontextmanager
    async def _pages(self, app: FastAPI) -> AsyncIterator[None]:
        site = Site(app, self._port)
        try:
            yield
        finally:
            await site.stop()


def _mark_sent(tx: Tx, item: OutboxItem, sent: Sent, clock: Clock) -> list[Line]:
    """What the core does around a send; returns the conversation's lines as the page gets them."""
    now, group = clock.now(), item.cause.rpartition(":")[0]
    found = conversations.at_address(tx, ACCOUNT, item.conversation)
    assert found is not None
    if not tx.row("SELECT id FROM outbox WHERE cause = :cause", cause=item.cause):
        draft = outbox.Draft(item.cause, found, ACCOUNT, [item.reply])
        ids = outbox.enqueue(tx, draft, now)
        tx.update("outbox", {"cause": item.cause}, "id = :id", id=ids[0])
        offers.add(
            tx,
            [
                Offer(choice.id, found, group, Action.PERSON, choice.label, "", "fr")
                for choice in item.reply.choices
            ],
        )
        [claimed] = outbox.claim(tx, ids, "lease", now, now)
        outcomes.sent(tx, claimed, sent.key, now)
    return conversations.lines(tx, found)


# ── For the handler contract suite ───────────────────────────────────────────────────────────────


def fake() -> AbstractAsyncContextManager[FakeWebChat]:
    """A fresh web chat with nobody on it."""
    return _fake()


@asynccontextmanager
async def _fake() -> AsyncIterator[FakeWebChat]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "chat.db")
        await store.open()
        made = FakeWebChat(store)
        try:
            yield made
        finally:
            await made.leave()
            await store.close()


_OURS = "the page is ours: a row that is marked as sent is on it"
_CORES = "the core does it on our own pages, not the handler: tried in tests/web"
IMPOSSIBLE: Mapping[str, str] = {
    "rooms": "the team has the desk's pages",
    "NotSent": _OURS,
    "Uncertain": _OURS,
    "Refused": _OURS,
    "Unreachable": _OURS,
    "Misconfigured": "there is no account with anybody",
    "bots": "only who holds a conversation's token can write in it",
    "edits": "the page cannot change a line",
    "public": "a conversation has one follower",
    "reach": "a follower can only close the page",
    "commands": "on the page a command is a line that was typed",
    "invitations": "the page is where followers come from",
    "webhooks": "nobody calls us but the page",
    "files": _CORES,
    "revisions": _CORES,
    "withdrawals": _CORES,
    "deletions": "the page cannot take a line back",
}
FAILURES: Sequence[Failure] = ()


def _no_mind() -> Mind:
    raise AssertionError("the page knows nothing of the FAQ")


async def _no_reload() -> None:
    raise AssertionError("the page changes nothing in the FAQ")
